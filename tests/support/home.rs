//! A throw-away home directory, and processes that know no other.

// Each of its users needs another part of it.
#![allow(dead_code)]

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::sts::{ADMIN_ROLE, JANES_PHONE, KEY_ID, OTHER_KEY_ID, OTHER_SECRET, SECRET, StrictSts};

/// A home directory that is gone when this value is.
#[derive(Debug)]
pub(crate) struct Home {
    directory: tempfile::TempDir,
    variables: Vec<(OsString, OsString)>,
}

impl Home {
    /// An empty home; `binary` is on its PATH as `aws-mfa`.
    pub(crate) fn empty(binary: &Path) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("aws-mfa-home-")
            .tempdir()
            .expect("the directory for temporary files can be written");
        let home = Self {
            directory,
            variables: Vec::new(),
        };
        let bin = home.path("bin");
        std::fs::create_dir(&bin).expect("the directory is ours");
        link(binary, &bin.join("aws-mfa"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(bin).chain(std::env::split_paths(&path)))
            .expect("the directories have no colon");
        // In the C locale, fish turns what it inherits into something else.
        home.env("PATH", path)
            .env("USER", "jane")
            .env("LANG", "C.UTF-8")
    }

    /// A home in which `test` is a pair by convention, `prod` a role of the config, and
    /// `joe` a pair whose device must be looked up; all of it leads to `sts`.
    pub(crate) fn of_jane(binary: &Path, sts: &StrictSts) -> Self {
        let url = sts.url();
        let home = Self::empty(binary);
        home.write(
            ".aws/credentials",
            format!(
                "# jane's keys\n[test-mfa]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n\n\
                 [joe-long-term]\naws_access_key_id = {OTHER_KEY_ID}\naws_secret_access_key = {OTHER_SECRET}\n"
            ),
        );
        home.write(
            ".aws/config",
            format!(
                "[profile test-mfa]\nmfa_serial = {JANES_PHONE}\nendpoint_url = {url}\n\n\
                 [profile joe-long-term]\nendpoint_url = {url}\n"
            ),
        );
        home.write(
            ".config/aws-mfa/config.toml",
            format!(
                "[accounts.test]\nregion = \"eu-west-1\"\n\n\
                 [accounts.prod]\nsource_profile = \"test-mfa\"\nrole_arn = \"{ADMIN_ROLE}\"\nenv = {{ KUBECONFIG = \"~/.kube/prod\" }}\n"
            ),
        );
        home
    }

    /// With a variable in the environment of its processes.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.retain(|(known, _)| known != name.as_ref());
        self.variables
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// A path in it.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    /// Writes a file in it, with the directories above.
    pub(crate) fn write(&self, below: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(below);
        let directory = path.parent().expect("it is below the home");
        std::fs::create_dir_all(directory).expect("the home is ours");
        std::fs::write(&path, content).expect("the home is ours");
        path
    }

    /// Writes a program into it, with the directories above.
    #[cfg(unix)]
    pub(crate) fn write_executable(&self, below: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.write(below, content);
        self.set_mode(below, 0o755);
        path
    }

    /// Sets the mode of a file or directory in it; `""` is the home itself.
    #[cfg(unix)]
    pub(crate) fn set_mode(&self, below: &str, mode: u32) {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(self.path(below), mode).expect("the home is ours");
    }

    /// The content of a file in it.
    #[track_caller]
    pub(crate) fn read(&self, below: &str) -> String {
        std::fs::read_to_string(self.path(below)).unwrap_or_else(|error| panic!("{below}: {error}"))
    }

    /// The environment of its processes, and nothing else.
    pub(crate) fn variables(&self) -> Vec<(OsString, OsString)> {
        let mut variables = self.variables.clone();
        variables.push(("HOME".into(), self.directory.path().into()));
        variables
    }

    /// A process that knows this home and no other.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.variables())
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs `aws-mfa` with these arguments and without a terminal.
    pub(crate) fn aws_mfa(&self, arguments: &[&str]) -> Outcome {
        self.run(self.command(self.path("bin/aws-mfa")).args(arguments))
    }

    /// Runs a command to its end, in a session of its own, so that it has no terminal.
    pub(crate) fn run(&self, command: &mut Command) -> Outcome {
        let mut detached = Command::new("setsid");
        detached
            .arg("--wait")
            .arg(command.get_program())
            .args(command.get_args());
        detached
            .env_clear()
            .current_dir(self.directory.path())
            .stdin(Stdio::null());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                detached.env(name, value);
            }
        }
        detached.output().expect("setsid is part of Debian").into()
    }
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) {
    std::os::unix::fs::symlink(original, link).expect("the directory is ours");
}

#[cfg(not(unix))]
fn link(original: &Path, link: &Path) {
    std::fs::copy(original, link.with_extension("exe")).expect("the directory is ours");
}

/// The exit status and the output of a process.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Outcome {
    /// It ended with 0.
    #[track_caller]
    pub(crate) fn success(self) -> Self {
        self.ends_with(0)
    }

    /// It ended with this status.
    #[track_caller]
    pub(crate) fn ends_with(self, status: i32) -> Self {
        assert_eq!(
            self.status,
            Some(status),
            "stdout: {}\nstderr: {}",
            self.text(),
            self.stderr
        );
        self
    }

    /// Asserts that standard error contains this text.
    #[track_caller]
    pub(crate) fn says(self, part: &str) -> Self {
        assert!(
            self.stderr.contains(part),
            "no {part:?} in: {}",
            self.stderr
        );
        self
    }

    /// Asserts that standard output is exactly this text.
    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert_eq!(self.text(), text, "stderr: {}", self.stderr);
        self
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}
