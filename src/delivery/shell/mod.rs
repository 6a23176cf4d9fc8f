//! The languages of the shells: how each sets and unsets a variable, and how it is made to fail. `env` and `off`
//! print these statements, and the shell evaluates them; nothing here changes an environment.

use std::fmt;

use clap::ValueEnum;
use zeroize::Zeroizing;

use crate::environment::{Change, Changes, Environment};
use crate::error::{Failure, Result};
use crate::process_tree::Process;

pub mod detect;

mod cmd;
mod elvish;
mod fish;
mod nushell;
mod posix;
mod powershell;
pub mod tcsh;
mod xonsh;

/// A shell that statements can be printed for.
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

/// The syntax of one shell's language.
trait Syntax {
    /// Writes one complete statement that sets an exported variable.
    ///
    /// # Errors
    ///
    /// If the shell cannot represent the value: the reason.
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str>;

    /// Writes one complete statement that unsets a variable that is set.
    fn unset(&self, out: &mut Vec<u8>, name: &str);

    /// A statement that fails, with this exit status if the shell can express it.
    fn failing_statement(&self, status: u8) -> String;

    /// The command line with which a user has the shell evaluate the output of `command`.
    fn load_command(&self, command: &str) -> String;

    /// The command line with which a user unsets variables that are set.
    fn unset_command(&self, names: &[&str]) -> String {
        let mut statements = Vec::new();
        for name in names {
            self.unset(&mut statements, name);
        }
        let statements = String::from_utf8_lossy(&statements);
        let lines = statements.lines().map(|line| line.trim_end_matches(';'));
        lines.collect::<Vec<_>>().join("; ")
    }

    /// Writes everything that the shell evaluates.
    fn write_all(&self, changes: &Changes, out: &mut Vec<u8>) -> Result<(), UnrepresentableValue> {
        self.write_each(changes, out)
    }

    /// Writes all statements, one per line.
    fn write_each(&self, changes: &Changes, out: &mut Vec<u8>) -> Result<(), UnrepresentableValue> {
        for change in changes.iter() {
            match change {
                Change::Unset(name) => self.unset(out, name),
                Change::Set(name, value) => {
                    self.set(out, name, value)
                        .map_err(|reason| UnrepresentableValue {
                            name: name.clone(),
                            reason,
                        })?;
                }
            }
        }
        Ok(())
    }
}

/// The variable in which the hook of a POSIX shell names the readonly ones among the variables of a session, separated
/// by blanks. Only the shell knows them.
pub const READONLY_NAMES: &str = "__aws_mfa_readonly";

/// Checks that the shell lets every one of these variables be changed, as far as the hook reported it.
///
/// # Errors
///
/// If one of them is readonly in the shell.
pub fn check_writable(env: &Environment, changes: &Changes) -> Result<()> {
    let readonly = env.text(READONLY_NAMES).unwrap_or_default();
    let blocked: Vec<&str> = readonly
        .split_ascii_whitespace()
        .filter(|name| changes.iter().any(|change| change.name() == *name))
        .collect();
    match blocked.as_slice() {
        [] => Ok(()),
        names => Err(Failure::usage(format!(
            "could not change this shell's environment: {} {} readonly in it",
            names.join(", "),
            if names.len() == 1 { "is" } else { "are" },
        ))
        .help("use a shell without that `readonly`, or run one command with `aws-mfa exec ACCOUNT -- COMMAND`")),
    }
}

/// A value that the shell's language cannot express.
struct UnrepresentableValue {
    /// The variable.
    name: String,
    reason: &'static str,
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
    /// If the shell cannot represent a value.
    pub fn statements(self, changes: &Changes) -> Result<Zeroizing<Vec<u8>>> {
        // Large enough for any session: a buffer that has to grow would leave unzeroed copies of the secrets in
        // memory.
        let mut out = Zeroizing::new(Vec::with_capacity(64 * 1024));
        self.syntax()
            .write_all(changes, &mut out)
            .map_err(|value| {
                Failure::usage(format!(
                    "could not write the value of {} for {self}: {}",
                    value.name, value.reason
                ))
            })?;
        Ok(out)
    }

    /// A statement that fails. The exit status of `eval "$(aws-mfa env …)"` is that of the last statement evaluated,
    /// 0 if there is none, and never the program's own, so the output must fail by itself.
    #[must_use]
    pub fn failing_statement(self, status: u8) -> String {
        self.syntax().failing_statement(status)
    }

    /// The command line with which a user has this shell evaluate the output of `command`.
    #[must_use]
    pub fn load_command(self, command: &str) -> String {
        self.syntax().load_command(command)
    }

    /// The command line with which a user unsets variables that are set in this shell.
    #[must_use]
    pub fn unset_command(self, names: &[&str]) -> String {
        self.syntax().unset_command(names)
    }

    /// The shell that runs in this process; `None` if it runs none.
    #[must_use]
    pub fn from_process(process: &Process) -> Option<Self> {
        process.names().find_map(|name| Self::from_program(&name))
    }

    /// The shell that runs a program of this name or path, as in `/usr/bin/zsh`, `-bash` or `pwsh.exe`.
    #[must_use]
    pub fn from_program(program: &str) -> Option<Self> {
        let name = program.rsplit(['/', '\\']).next()?;
        let name = name.strip_prefix('-').unwrap_or(name).to_ascii_lowercase();
        match name.strip_suffix(".exe").unwrap_or(&name) {
            "bash" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "sh" | "dash" | "ash" | "busybox" | "ksh" | "ksh93" | "lksh" | "mksh" | "oksh"
            | "posh" | "yash" => Some(Self::Sh),
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

/// Writes `text` in single quotes. A byte for which `special` returns `Some` is replaced with that.
fn write_quoted<'a>(out: &mut Vec<u8>, text: &'a [u8], special: impl Fn(u8) -> Option<&'a [u8]>) {
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
    fn a_shell_is_found_by_the_name_of_its_program() {
        for (program, shell) in [
            ("/usr/bin/zsh", Some(Shell::Zsh)),
            ("-bash", Some(Shell::Bash)),
            ("pwsh.exe", Some(Shell::Powershell)),
            ("C:\\Windows\\System32\\cmd.exe", Some(Shell::Cmd)),
            ("mksh", Some(Shell::Sh)),
            ("make", None),
            ("", None),
        ] {
            assert_eq!(Shell::from_program(program), shell, "{program}");
        }
    }

    #[test]
    fn failing_statements_have_the_status_where_the_shell_can_express_it() {
        for shell in Shell::value_variants() {
            let statement = shell.failing_statement(3);
            assert!(!statement.contains('\n'), "{shell}");
            let has_status = matches!(
                shell,
                Shell::Bash | Shell::Zsh | Shell::Sh | Shell::Tcsh | Shell::Cmd
            );
            assert_eq!(statement.contains('3'), has_status, "{shell}: {statement}");
        }
    }
}
