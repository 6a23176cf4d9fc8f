use std::fmt;

use clap::ValueEnum;
use zeroize::Zeroizing;

use crate::environment::{Change, Changes};
use crate::error::{Failure, Result};

/// Which shell runs this program.
pub mod detect;

mod cmd;
mod elvish;
mod fish;
mod nushell;
mod posix;
mod powershell;
mod tcsh;
mod xonsh;

/// The shells whose language is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// sh, dash, ksh, mksh and the other POSIX shells
    #[value(
        alias = "posix",
        alias = "dash",
        alias = "ksh",
        alias = "mksh",
        alias = "ash"
    )]
    Sh,
    /// fish
    Fish,
    /// PowerShell
    #[value(alias = "pwsh")]
    Powershell,
    /// nushell
    #[value(alias = "nu")]
    Nushell,
    /// elvish
    Elvish,
    /// tcsh and csh
    #[value(alias = "csh")]
    Tcsh,
    /// xonsh
    Xonsh,
    /// cmd.exe
    Cmd,
}

/// What is different from shell to shell.
trait Syntax {
    /// One statement that gives an exported variable a value, with all that ends it.
    ///
    /// # Errors
    ///
    /// If the shell has no way to write this value; says why.
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str>;

    /// One statement that removes a variable that is set, with all that ends it.
    fn unset(&self, out: &mut Vec<u8>, name: &str);

    /// A statement that fails, with this status where the shell can say so.
    fn failing(&self, status: u8) -> String;

    /// How a person makes the shell evaluate what `command` prints.
    fn load_command(&self, command: &str) -> String;

    /// How a person removes variables that are set.
    fn how_to_unset(&self, names: &[&str]) -> String {
        let mut statements = Vec::new();
        for name in names {
            self.unset(&mut statements, name);
        }
        let statements = String::from_utf8_lossy(&statements);
        let lines = statements.lines().map(|line| line.trim_end_matches(';'));
        lines.collect::<Vec<_>>().join("; ")
    }

    /// All statements, one a line.
    fn print(&self, changes: &Changes, out: &mut Vec<u8>) -> Result<(), UnrepresentableValue> {
        for change in changes.iter() {
            match change {
                Change::Unset(name) => self.unset(out, name),
                Change::Set(name, value) => {
                    self.set(out, name, value)
                        .map_err(|why| UnrepresentableValue {
                            name: name.clone(),
                            why,
                        })?;
                }
            }
        }
        Ok(())
    }
}

struct UnrepresentableValue {
    name: String,
    why: &'static str,
}

/// A shell that completion is available for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompletionShell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    #[value(alias = "pwsh")]
    Powershell,
    /// elvish
    Elvish,
    /// nushell
    #[value(alias = "nu")]
    Nushell,
}

impl CompletionShell {
    /// The completion for this shell; `None` if there is none.
    #[must_use]
    pub fn for_shell(shell: Shell) -> Option<Self> {
        match shell {
            Shell::Bash => Some(Self::Bash),
            Shell::Zsh => Some(Self::Zsh),
            Shell::Fish => Some(Self::Fish),
            Shell::Powershell => Some(Self::Powershell),
            Shell::Elvish => Some(Self::Elvish),
            Shell::Nushell => Some(Self::Nushell),
            Shell::Sh | Shell::Tcsh | Shell::Xonsh | Shell::Cmd => None,
        }
    }
}

impl Shell {
    fn syntax(self) -> &'static dyn Syntax {
        match self {
            Self::Bash | Self::Zsh | Self::Sh => &posix::Posix,
            Self::Fish => &fish::Fish,
            Self::Powershell => &powershell::PowerShell,
            Self::Nushell => &nushell::Nushell,
            Self::Elvish => &elvish::Elvish,
            Self::Tcsh => &tcsh::Tcsh,
            Self::Xonsh => &xonsh::Xonsh,
            Self::Cmd => &cmd::Cmd,
        }
    }

    /// The statements that make these changes in this shell, ready to be evaluated.
    ///
    /// # Errors
    ///
    /// If a value cannot be written in the shell's language.
    pub fn statements(self, changes: &Changes) -> Result<Zeroizing<Vec<u8>>> {
        // Large enough to never move: a buffer that grows leaves copies of the secrets behind.
        let mut out = Zeroizing::new(Vec::with_capacity(64 * 1024));
        self.syntax()
            .print(changes, &mut out)
            .map_err(|unprintable| {
                Failure::usage(format!(
                    "could not write the value of {} for {self}: {}",
                    unprintable.name, unprintable.why
                ))
            })?;
        Ok(out)
    }

    /// A statement that fails. `eval "$(aws-mfa env …)"` is status 0 whatever the program's own
    /// status is, so what it prints must fail by itself.
    #[must_use]
    pub fn failing_statement(self, status: u8) -> String {
        self.syntax().failing(status)
    }

    /// How a person makes this shell evaluate what `command` prints.
    #[must_use]
    pub fn load_command(self, command: &str) -> String {
        self.syntax().load_command(command)
    }

    /// How a person removes variables that are set in this shell.
    #[must_use]
    pub fn how_to_unset(self, names: &[&str]) -> String {
        self.syntax().how_to_unset(names)
    }

    /// The shell whose program has this name, as in `/usr/bin/zsh`, `-bash` or `pwsh.exe`.
    #[must_use]
    pub fn of_program(program: &str) -> Option<Self> {
        let name = program.rsplit(['/', '\\']).next()?;
        let name = name.strip_prefix('-').unwrap_or(name).to_ascii_lowercase();
        match name.strip_suffix(".exe").unwrap_or(&name) {
            "bash" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "sh" | "dash" | "ash" | "busybox" | "ksh" | "ksh93" | "mksh" | "oksh" | "yash" => {
                Some(Self::Sh)
            }
            "fish" => Some(Self::Fish),
            "pwsh" | "powershell" => Some(Self::Powershell),
            "nu" => Some(Self::Nushell),
            "elvish" => Some(Self::Elvish),
            "tcsh" | "csh" => Some(Self::Tcsh),
            "xonsh" => Some(Self::Xonsh),
            "cmd" => Some(Self::Cmd),
            _ => None,
        }
    }
}

impl fmt::Display for Shell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Sh => "sh",
            Self::Fish => "fish",
            Self::Powershell => "PowerShell",
            Self::Nushell => "nushell",
            Self::Elvish => "elvish",
            Self::Tcsh => "tcsh",
            Self::Xonsh => "xonsh",
            Self::Cmd => "cmd",
        })
    }
}

/// `text` between `before` and `after`, with each byte of `special` replaced by what it maps to.
fn quoted<'a>(out: &mut Vec<u8>, text: &'a [u8], special: impl Fn(u8) -> Option<&'a [u8]>) {
    out.push(b'\'');
    for byte in text {
        match special(*byte) {
            Some(escaped) => out.extend_from_slice(escaped),
            None => out.push(*byte),
        }
    }
    out.push(b'\'');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_name() {
        for (program, shell) in [
            ("/usr/bin/zsh", Some(Shell::Zsh)),
            ("-bash", Some(Shell::Bash)),
            ("pwsh.exe", Some(Shell::Powershell)),
            ("C:\\Windows\\System32\\cmd.exe", Some(Shell::Cmd)),
            ("mksh", Some(Shell::Sh)),
            ("make", None),
            ("", None),
        ] {
            assert_eq!(Shell::of_program(program), shell, "{program}");
        }
    }

    #[test]
    fn every_shell_that_can_fails_with_the_status() {
        for shell in Shell::value_variants() {
            let statement = shell.failing_statement(3);
            assert!(!statement.contains('\n'), "{shell}");
            let says_status = matches!(
                shell,
                Shell::Bash | Shell::Zsh | Shell::Sh | Shell::Tcsh | Shell::Cmd
            );
            assert_eq!(statement.contains('3'), says_status, "{shell}: {statement}");
        }
    }
}
