//! Failures: what could not be done, why, what to do next, and the exit status of the process.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The result of everything in this library that can fail.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// The kind of a failure, which decides the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Something broke: input or output failed, or an answer could not be understood.
    Broken,
    /// The command line or the configuration is wrong.
    Usage,
    /// AWS refused the request, or would refuse the code because it was used.
    Refused,
    /// AWS could not be reached.
    Unreachable,
    /// No MFA code was available: no terminal, cancelled, or the command for it failed.
    NoCode,
    /// The user pressed Ctrl-C in a list (raw mode, no signal) or in a command that the configuration names.
    Interrupted,
    /// The command of `exec` does not exist.
    NoCommand,
    /// The command of `exec` cannot be run.
    NoExecution,
    /// The reader closed standard output; no message is printed.
    BrokenPipe,
}

impl ErrorKind {
    /// The exit status of the process.
    #[must_use]
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::BrokenPipe => 0,
            Self::Broken => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Unreachable => 4,
            Self::NoCode => 5,
            // The statuses that shells use (POSIX.1-2024, Shell & Utilities, 2.8.2).
            Self::Interrupted => 130,
            Self::NoExecution => 126,
            Self::NoCommand => 127,
        }
    }
}

/// A failure as the user sees it: what could not be done and why, and what to do next. The error that caused
/// it is its [`source`](Error::source), which `-vv` shows.
///
/// No text of it contains a secret.
#[derive(Clone, Debug)]
pub struct Failure {
    kind: ErrorKind,
    message: String,
    hints: Vec<String>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl Failure {
    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hints: Vec::new(),
            cause: None,
        }
    }

    /// A failure of [`ErrorKind::Broken`].
    pub fn broken(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Broken, message)
    }

    /// A failure of [`ErrorKind::Usage`].
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// A failure of [`ErrorKind::Refused`].
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Refused, message)
    }

    /// A failure of [`ErrorKind::Unreachable`].
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unreachable, message)
    }

    /// A failure of [`ErrorKind::NoCode`].
    pub fn no_code(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NoCode, message)
    }

    /// A failure of [`ErrorKind::Interrupted`].
    #[must_use]
    pub fn interrupted() -> Self {
        Self::new(ErrorKind::Interrupted, "interrupted")
    }

    /// A failure of [`ErrorKind::NoCommand`].
    pub fn no_command(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NoCommand, message)
    }

    /// A failure of [`ErrorKind::NoExecution`].
    pub fn no_execution(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NoExecution, message)
    }

    /// A failure to write standard output; a reader that closed it is [`ErrorKind::BrokenPipe`].
    #[must_use]
    pub fn stdout(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::new(ErrorKind::BrokenPipe, "standard output was closed")
        } else {
            Self::broken(format!("could not write to standard output: {error}")).caused_by(error)
        }
    }

    /// Adds a next step for the user, after those that the failure has.
    #[must_use]
    pub fn help(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Replaces the next steps of the failure with this one.
    #[must_use]
    pub fn with_only_help(mut self, hint: impl Into<String>) -> Self {
        self.hints = vec![hint.into()];
        self
    }

    /// Keeps the error that caused the failure.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// The same failure with the account's name before its message, where several accounts are worked on.
    #[must_use]
    pub fn for_account(&self, name: &str) -> Self {
        Self {
            message: format!("{name}: {}", self.message),
            ..self.clone()
        }
    }

    /// The kind of the failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The next steps for the user, the most likely one first.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The first of the next steps.
    #[must_use]
    pub fn next_step(&self) -> Option<&str> {
        self.hints.first().map(String::as_str)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_failure_has_its_exit_status() {
        let statuses = [
            (Failure::broken(""), 1),
            (Failure::usage(""), 2),
            (Failure::refused(""), 3),
            (Failure::unreachable(""), 4),
            (Failure::no_code(""), 5),
            (Failure::interrupted(), 130),
            (Failure::no_execution(""), 126),
            (Failure::no_command(""), 127),
            (Failure::stdout(std::io::ErrorKind::BrokenPipe.into()), 0),
            (Failure::stdout(std::io::ErrorKind::StorageFull.into()), 1),
        ];
        for (failure, status) in statuses {
            assert_eq!(failure.kind().exit_status(), status, "{failure:?}");
        }
    }

    #[test]
    fn a_failure_keeps_its_cause_and_all_hints() {
        let cause = std::io::Error::other("disk on fire");
        let failure = Failure::broken("could not write x: disk on fire")
            .help("first")
            .caused_by(cause)
            .help("second");
        assert_eq!(failure.hints(), ["first", "second"]);
        assert_eq!(failure.next_step(), Some("first"));
        let again = failure.for_account("test");
        assert_eq!(again.to_string(), "test: could not write x: disk on fire");
        assert_eq!(again.source().unwrap().to_string(), "disk on fire");
        assert_eq!(again.with_only_help("third").hints(), ["third"]);
    }
}
