use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::Command;

use super::requirements::has;
use crate::support::home::{Home, Outcome};

/// A shell as a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shell {
    /// The name of the program.
    pub(crate) program: &'static str,
    /// The name in `--shell`.
    pub(crate) language: &'static str,
    /// Arguments before a script, so that no rc file of this machine is read.
    arguments: &'static [&'static str],
    /// Evaluates what `{}` prints.
    load: &'static str,
    /// The same without quotes, if the shell can.
    load_unquoted: Option<&'static str>,
    /// Evaluates the file `{}`.
    load_file: &'static str,
    /// Goes on only if what comes before did not fail.
    and_then: &'static str,
    /// Runs `env -0`.
    dump: &'static str,
    /// How many random cases it gets: the slow ones fewer.
    pub(crate) cases: u32,
}

const POSIX: Shell = Shell {
    program: "dash",
    language: "sh",
    arguments: &["-c"],
    load: "eval \"$({})\"",
    load_unquoted: Some("eval $({})"),
    load_file: ". '{}'",
    and_then: " && ",
    dump: "env -0",
    cases: 24,
};

/// Every shell that the tests know.
pub(crate) const ALL: [Shell; 11] = [
    Shell {
        program: "bash",
        language: "bash",
        arguments: &["--noprofile", "--norc", "-c"],
        ..POSIX
    },
    Shell {
        program: "zsh",
        language: "zsh",
        arguments: &["-f", "-c"],
        ..POSIX
    },
    POSIX,
    Shell {
        program: "mksh",
        ..POSIX
    },
    Shell {
        program: "ksh93",
        ..POSIX
    },
    Shell {
        program: "busybox",
        arguments: &["sh", "-c"],
        ..POSIX
    },
    Shell {
        program: "fish",
        language: "fish",
        arguments: &["--no-config", "-c"],
        load: "{} | source",
        load_unquoted: Some("eval ({})"),
        load_file: "source '{}'",
        and_then: "; and ",
        dump: "command env -0",
        cases: 16,
    },
    Shell {
        program: "elvish",
        language: "elvish",
        arguments: &["-norc", "-c"],
        load: "eval ({} | slurp)",
        load_unquoted: None,
        load_file: "eval (e:cat '{}' | slurp)",
        and_then: "; ",
        dump: "e:env -0",
        cases: 16,
    },
    Shell {
        program: "tcsh",
        language: "tcsh",
        arguments: &["-f", "-c"],
        load: "eval \"`{}`\"",
        load_unquoted: None,
        load_file: "source '{}'",
        and_then: " && ",
        dump: "env -0",
        cases: 16,
    },
    Shell {
        program: "xonsh",
        language: "xonsh",
        arguments: &["--no-rc", "-c"],
        load: "execx(__import__('subprocess').check_output('{}'.split(), env=${...}.detype()).decode())",
        load_unquoted: None,
        load_file: "source '{}'",
        and_then: "; ",
        dump: "env -0",
        cases: 3,
    },
    Shell {
        program: "nu",
        language: "nushell",
        arguments: &["--no-config-file", "-c"],
        load: "^{} | from json | load-env",
        load_unquoted: None,
        load_file: "open --raw '{}' | from json | load-env",
        and_then: "; ",
        dump: "^env -0",
        cases: 8,
    },
];

/// The shells of the list that this machine has. One that is missing is told by name, and is a
/// failure where all are expected (`AWS_MFA_TEST_SHELLS=all`).
pub(crate) fn present() -> Vec<Shell> {
    ALL.into_iter().filter(|shell| has(shell.program)).collect()
}

impl Shell {
    /// Runs a script in this shell.
    pub(crate) fn run(&self, home: &Home, script: &str) -> Outcome {
        home.run(&mut self.command(home, script))
    }

    /// This shell with a script, not yet running.
    pub(crate) fn command(&self, home: &Home, script: &str) -> Command {
        let mut command = home.command(self.program);
        command.args(self.arguments).arg(script);
        command
    }

    /// The words that make the shell evaluate what a command prints.
    pub(crate) fn loading(&self, command: &str) -> String {
        self.load.replace("{}", command)
    }

    /// The same without quotes.
    pub(crate) fn loading_unquoted(&self, command: &str) -> Option<String> {
        Some(self.load_unquoted?.replace("{}", command))
    }

    /// The words that make the shell evaluate a file.
    pub(crate) fn loading_file(&self, file: &str) -> String {
        self.load_file.replace("{}", file)
    }

    /// `first`, and `then` only if it did not fail.
    pub(crate) fn and_then(&self, first: &str, then: &str) -> String {
        format!("{first}{}{then}", self.and_then)
    }

    /// The environment, in bytes, that a program sees after these words, which say nothing else.
    #[track_caller]
    pub(crate) fn environment_after(
        &self,
        home: &Home,
        words: &[String],
    ) -> BTreeMap<OsString, Vec<u8>> {
        let mut script: Vec<&str> = words.iter().map(String::as_str).collect();
        script.push(self.dump);
        let outcome = self.run(home, &script.join("\n"));
        let clean = outcome.status == Some(0) && outcome.stderr.is_empty();
        assert!(
            clean,
            "{}: {}\n{:?} {}",
            self.program,
            script.join("\n"),
            outcome.status,
            outcome.stderr
        );
        parse_environment(&outcome.stdout)
    }
}

/// What `env -0` prints.
pub(crate) fn parse_environment(text: &[u8]) -> BTreeMap<OsString, Vec<u8>> {
    text.split(|byte| *byte == 0)
        .filter_map(|entry| {
            let at = entry.iter().position(|byte| *byte == b'=')?;
            let name = String::from_utf8(entry[..at].to_vec()).ok()?;
            Some((name.into(), entry[at + 1..].to_vec()))
        })
        .collect()
}
