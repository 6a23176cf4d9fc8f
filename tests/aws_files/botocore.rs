use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::harness::requirements::python_tools;

/// Sections by name, each with its values by key; nested settings are an object.
pub(super) type Sections = BTreeMap<String, BTreeMap<String, Value>>;

/// A pair of files as botocore reads them.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) config: Reading<Option<ConfigFile>>,
    pub(super) credentials: Reading<Option<Sections>>,
    /// The merged profiles, if both files are read.
    pub(super) merged: Option<Sections>,
    /// The sections of the credentials file if it is refused for duplicates and nothing else.
    pub(super) lenient: Option<Sections>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Reading<T> {
    // The first one that fits is taken, and what is not there fits an option.
    Refused {
        /// The line that it names, if it names one.
        refused: Option<usize>,
        says: String,
    },
    Read {
        read: T,
    },
}

#[derive(Debug, Deserialize)]
pub(super) struct ConfigFile {
    pub(super) sso_sessions: Sections,
    pub(super) services: Sections,
}

struct Process {
    _child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Asks botocore. None where there is no Python for the tests.
pub(super) fn ask(config: Option<&[u8]>, credentials: Option<&[u8]>) -> Option<Answer> {
    static PROCESS: OnceLock<Option<Mutex<Process>>> = OnceLock::new();
    let process = PROCESS.get_or_init(start).as_ref()?;
    let mut process = process.lock().unwrap_or_else(PoisonError::into_inner);
    let encode = |text: Option<&[u8]>| text.map(|text| STANDARD.encode(text));
    let request =
        serde_json::json!({ "config": encode(config), "credentials": encode(credentials) });
    writeln!(process.requests, "{request}").expect("botocore is asked");
    let mut answer = String::new();
    process.answers.read_line(&mut answer).expect("it answers");
    Some(serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer:?}")))
}

/// One process answers all: Python takes longer to start than to read a hundred files. It ends when this one
/// does, since there are no more requests then.
fn start() -> Option<Mutex<Process>> {
    let python = python_tools()?.join("python");
    let mut child = Command::new(python)
        .args(["-c", include_str!("read_as_botocore.py")])
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("tests/run has installed it");
    Some(Mutex::new(Process {
        requests: child.stdin.take().expect("it is piped"),
        answers: BufReader::new(child.stdout.take().expect("it is piped")),
        _child: child,
    }))
}
