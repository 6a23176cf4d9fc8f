//! Other programs that write the credentials file at the same time, as the AWS CLI does: in place, without a lock.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use super::{FILE, home_with_session, read};
use crate::harness::requirements::python_tools;
use crate::support::home::Home;

const LOCK: &str = ".aws/.credentials.aws-mfa.lock";

/// A Python script that writes the credentials file with the AWS CLI's own writer.
struct Writer {
    process: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Writer {
    /// Starts the script; its first argument is the file.
    fn start(home: &Home, script: &str) -> Option<Self> {
        let python = python_tools()?.join("python");
        let mut process = home
            .command(python)
            .args(["-c", script])
            .arg(home.path(FILE))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Some(Self {
            stdin: process.stdin.take().unwrap(),
            stdout: BufReader::new(process.stdout.take().unwrap()),
            process,
        })
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    /// Lets the script go on, and waits until it has ended.
    fn finish(mut self) -> String {
        let _ = self.stdin.write_all(b"\n");
        drop(self.stdin);
        let mut last = String::new();
        for line in self.stdout.lines() {
            last = line.unwrap();
        }
        assert!(self.process.wait().unwrap().success());
        last
    }
}

/// Sets a value in the section `other`, and stops between the open, which empties the file, and the write.
const STOPPED_WRITER: &str = r"
import builtins, sys
from awscli.customizations.configure.writer import ConfigFileWriter
real = open
def stopping(path, mode='r', *rest, **named):
    file = real(path, mode, *rest, **named)
    if 'w' in mode and path == sys.argv[1]:
        print('opened', flush=True)
        sys.stdin.readline()
    return file
builtins.open = stopping
ConfigFileWriter().update_config({'__section__': 'other', 'region': 'eu-west-1'}, sys.argv[1])
";

/// Starts `save` and returns it when it waits for the lock, after it has read the file for the first time.
fn save_that_waits(home: &Home, lock: &File) -> Child {
    lock.lock().unwrap();
    lock.set_len(0).unwrap();
    let mut command = home.command("strace");
    command.args(["-f", "-e", "trace=flock", "-o", "tries", "--"]);
    command.args(["aws-mfa", "save", "test"]);
    let save = command.stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    let tries = || std::fs::read_to_string(home.path("tries")).unwrap_or_default();
    while !tries().contains("EAGAIN") {
        assert!(Instant::now() < end, "{}", tries());
        std::thread::sleep(Duration::from_millis(5));
    }
    save
}

#[test]
fn a_file_that_another_program_has_emptied_is_waited_for_and_never_replaced() {
    if python_tools().is_none() {
        return;
    }
    let (_sts, home) = home_with_session();
    home.write(FILE, read(&home) + "\n[other]\nregion = us-east-1\n");
    home.aws_mfa(&["save", "test", "--to", "earlier"]).success();
    let before = read(&home);
    let lock = File::options().write(true).open(home.path(LOCK)).unwrap();

    // The writer never writes.
    let save = save_that_waits(&home, &lock);
    let mut writer = Writer::start(&home, STOPPED_WRITER).unwrap();
    assert_eq!(writer.line(), "opened");
    assert_eq!(read(&home), "");
    lock.unlock().unwrap();
    let outcome = save.wait_with_output().unwrap();
    let said = String::from_utf8(outcome.stderr).unwrap();
    assert_eq!(outcome.status.code(), Some(1), "{said}");
    assert!(
        said.contains("it no longer has section [") && said.contains("when aws-mfa started"),
        "{said}"
    );
    assert_eq!(read(&home), "");
    writer.finish();
    let after = before.replace("us-east-1", "eu-west-1");
    assert_eq!(read(&home), after);

    // The writer writes while `save` holds the lock.
    std::fs::remove_file(home.path("tries")).unwrap();
    let save = save_that_waits(&home, &lock);
    let mut writer = Writer::start(&home, STOPPED_WRITER).unwrap();
    assert_eq!(writer.line(), "opened");
    lock.unlock().unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while std::fs::metadata(home.path(LOCK)).unwrap().len() == 0 {
        assert!(Instant::now() < end, "it does not take the lock");
        std::thread::sleep(Duration::from_millis(1));
    }
    writer.finish();
    let outcome = save.wait_with_output().unwrap();
    assert!(outcome.status.success(), "{outcome:?}");
    let saved = read(&home);
    assert!(
        saved.starts_with(&after) && saved.contains("\n[test]\n"),
        "{saved}"
    );
}

#[test]
fn what_is_written_to_the_replaced_file_is_merged_into_the_new_one() {
    let (_sts, home) = home_with_session();
    home.write(FILE, read(&home) + "\n[other]\nregion = us-east-1\n");
    let before = read(&home);
    let script = r"
import os, sys
file = open(sys.argv[1], 'r+')
text = file.read().replace('us-east-1', 'eu-west-1') + '[new]\nregion = eu-west-2\n'
print('opened', flush=True)
while os.fstat(file.fileno()).st_nlink:
    pass
file.seek(0)
file.write(text)
";
    let Some(mut writer) = Writer::start(&home, script) else {
        return;
    };
    assert_eq!(writer.line(), "opened");
    // The rename takes long, so that the writer, which waits for it, has the time to write before it is looked for.
    let mut strace = home.command("strace");
    strace.args(["-f", "-o", "/dev/null", "-e"]);
    strace.arg("inject=rename,renameat,renameat2:delay_exit=1000000:when=1");
    strace.args(["--", "aws-mfa", "save", "test"]);
    home.run(&mut strace).success();
    writer.finish();
    let saved = read(&home);
    let theirs = before.replace("us-east-1", "eu-west-1");
    assert!(saved.starts_with(&theirs), "{saved}");
    assert!(saved.contains("[new]\nregion = eu-west-2\n"), "{saved}");
    assert!(
        saved.contains("\n[test]\naws_access_key_id = ASIA"),
        "{saved}"
    );
}

#[test]
fn five_hundred_saves_beside_the_aws_cli_lose_no_section() {
    let (_sts, home) = home_with_session();
    // Ten sections are rewritten in place, and others are appended.
    let script = r"
import json, select, sys
from awscli.customizations.configure.writer import ConfigFileWriter
writer, written, count = ConfigFileWriter(), {}, 0
while not select.select([sys.stdin], [], [], 0.01)[0]:
    count += 1
    name = f'other{count}' if count % 50 == 0 or count < 10 else f'other{count % 9 + 1}'
    writer.update_config({'__section__': name, 'region': f'r{count}'}, sys.argv[1])
    written[name] = f'r{count}'
    if count == 20:
        print('running', flush=True)
print(json.dumps(written))
";
    let before = read(&home);
    let Some(mut writer) = Writer::start(&home, script) else {
        return;
    };
    assert_eq!(writer.line(), "running");
    let mut saved = 0;
    let mut tries = 0;
    while saved < 500 {
        tries += 1;
        assert!(tries < 1000, "only {saved} of {tries} could save");
        let to = format!("saved{}", saved % 10);
        let outcome = home.aws_mfa(&["-q", "save", "test", "--to", &to]);
        // One that reads the emptied file for its accounts finds none, before it writes anything; one that is disturbed
        // for too long gives up.
        let found_none = outcome.status == Some(2) && outcome.stderr.contains("could not find");
        let gave_up = outcome.status == Some(1) && outcome.stderr.contains("could not write");
        if !found_none && !gave_up {
            outcome.success();
            saved += 1;
        }
    }
    let written: std::collections::BTreeMap<String, String> =
        serde_json::from_str(&writer.finish()).unwrap();
    let text = read(&home);
    assert!(written.len() > 10, "{written:?}");
    assert!(text.starts_with(&before), "{text}");
    let lost: Vec<_> = written
        .iter()
        .filter(|(name, value)| !text.contains(&format!("[{name}]\nregion = {value}\n")))
        .collect();
    assert!(lost.is_empty(), "{lost:?} of {} in\n{text}", written.len());
}

#[test]
fn a_session_that_cannot_be_saved_is_in_the_shell_nevertheless() {
    let (_sts, home) = home_with_session();
    let before = read(&home);
    // A disk that fails is found only when the session is written.
    let script = "out=$(strace -f -o /dev/null -e inject=fsync:error=EIO -- \
                  aws-mfa env --shell bash --persist test); echo $?; \
                  eval \"$out\"; echo $?; grep --count '^export AWS_SESSION_TOKEN=' < <(echo \"$out\")";
    let outcome = home.run(home.command("bash").args(["-c", script]));
    assert_eq!(outcome.text(), "1\n1\n1\n", "{}", outcome.stderr);
    outcome
        .says("could not write ~/.aws/credentials: Input/output error")
        .says(
            "help: the session is in this shell; `aws-mfa save test` saves it without another code",
        );
    assert_eq!(read(&home), before);
}

/// Starts `save`; it stops itself between the sync of the new file and the rename.
fn save_that_stops_before_the_rename(home: &Home) -> Child {
    let _ = std::fs::remove_file(home.path(LOCK));
    let mut command = home.command("strace");
    let inject = "inject=fsync:signal=STOP:when=1";
    command.args(["-f", "-o", "/dev/null", "-e", inject, "--"]);
    command.args(["aws-mfa", "-q", "save", "test", "--to", "first"]);
    command.spawn().unwrap()
}

/// Waits until the process that holds the lock is stopped, and returns its ID.
fn stopped_holder(home: &Home) -> String {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        assert!(Instant::now() < end, "it does not come to the sync");
        let id = std::fs::read_to_string(home.path(LOCK)).unwrap_or_default();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        if !id.is_empty() && (status.contains("State:\tT") || status.contains("State:\tt")) {
            return id;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn saves_without_a_common_lock_leave_no_half_written_file() {
    let (_sts, home) = home_with_session();
    let before = read(&home);
    // The second one is killed in each of its writes, until there are no more.
    for write in 1.. {
        let mut first = save_that_stops_before_the_rename(&home);
        let id = stopped_holder(&home);
        // As a user does who takes the lock for a left-over one. File systems that two machines share do the same if
        // each machine has locks of its own.
        std::fs::remove_file(home.path(LOCK)).unwrap();
        let inject = format!("inject=write:error=EIO:signal=KILL:when={write}");
        let mut second = home.command("strace");
        second.args(["-f", "-o", "/dev/null", "-e", &inject]);
        second.args(["--", "aws-mfa", "-q", "save", "test", "--to", "second"]);
        let second = home.run(&mut second);
        home.run(home.command("kill").args(["-CONT", &id]))
            .success();
        first.wait().unwrap();
        let after = read(&home);
        assert!(after.starts_with(&before), "write {write}: {after:?}");
        if second.status == Some(0) {
            break;
        }
    }
    home.aws_mfa(&["save", "test"]).success();
    assert_eq!(super::beside(&home), super::LEFT_BESIDE);
}

#[test]
fn what_a_save_removes_itself_is_not_taken_for_another_programs_loss() {
    let (_sts, home) = home_with_session();
    // The no-break spaces of a web page: to the AWS CLI, such a line is a part of the value above it.
    let text = read(&home)
        + "\n[test]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\n\u{a0}aws_secret_access_key = old\n\u{a0}x = 1\n";
    home.write(FILE, &text);
    home.aws_mfa(&["save", "test"]).success();
    assert!(!read(&home).contains('\u{a0}'));
}
