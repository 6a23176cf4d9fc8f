//! What can go wrong, which exit status it gets, and how it is told to the user.

use std::fmt;

/// The result of everything in this library that can fail.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// What kind of failure it is: decides the exit status and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something broke: input or output failed, or an answer made no sense.
    Broken,
    /// The command line or the configuration is wrong.
    Usage,
    /// AWS said no.
    Refused,
    /// AWS could not be reached.
    Unreachable,
    /// No MFA code could be had.
    NoCode,
    /// The user pressed Ctrl-C where the terminal makes no signal of it.
    Interrupted,
    /// The command of `exec` does not exist.
    NoCommand,
    /// The command of `exec` cannot be run.
    NoExecution,
    /// Nobody reads standard output any more; not worth a word.
    BrokenPipe,
}

impl Kind {
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
            // As shells have it.
            Self::Interrupted => 130,
            Self::NoExecution => 126,
            Self::NoCommand => 127,
        }
    }
}

/// A failure as the user meets it: what could not be done and why, and what to do next.
///
/// Neither text ever holds a secret.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
    help: Option<String>,
}

impl Failure {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            help: None,
        }
    }

    /// A failure of [`Kind::Broken`].
    pub fn broken(message: impl Into<String>) -> Self {
        Self::new(Kind::Broken, message)
    }

    /// A failure of [`Kind::Usage`].
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A failure of [`Kind::Refused`].
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// A failure of [`Kind::Unreachable`].
    pub fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Kind::Unreachable, message)
    }

    /// A failure of [`Kind::NoCode`].
    pub fn no_code(message: impl Into<String>) -> Self {
        Self::new(Kind::NoCode, message)
    }

    /// A failure of [`Kind::Interrupted`].
    #[must_use]
    pub fn interrupted() -> Self {
        Self::new(Kind::Interrupted, "interrupted")
    }

    /// A failure of [`Kind::NoCommand`].
    pub fn no_command(message: impl Into<String>) -> Self {
        Self::new(Kind::NoCommand, message)
    }

    /// A failure of [`Kind::NoExecution`].
    pub fn no_execution(message: impl Into<String>) -> Self {
        Self::new(Kind::NoExecution, message)
    }

    /// A failure to write standard output; a reader that went away is [`Kind::BrokenPipe`].
    #[must_use]
    pub fn stdout(error: &std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            Self::new(Kind::BrokenPipe, "standard output was closed")
        } else {
            Self::broken(format!("could not write to standard output: {error}"))
        }
    }

    /// The same failure with the next step for the user.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same failure once more, for somebody else whom it hits.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            kind: self.kind,
            message: self.message.clone(),
            help: self.help.clone(),
        }
    }

    /// The same failure with the account that it hits, where several are at it.
    #[must_use]
    pub fn for_account(&self, name: &str) -> Self {
        Self {
            message: format!("{name}: {}", self.message),
            ..self.again()
        }
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The next step for the user, if there is one.
    #[must_use]
    pub fn next_step(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

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
            (Failure::stdout(&std::io::ErrorKind::BrokenPipe.into()), 0),
            (Failure::stdout(&std::io::ErrorKind::StorageFull.into()), 1),
        ];
        for (failure, status) in statuses {
            assert_eq!(failure.kind().exit_status(), status, "{failure:?}");
        }
    }
}
