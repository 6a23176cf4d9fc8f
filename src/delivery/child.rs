//! A child process that gets the session in its environment, for `exec`.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use crate::environment::{Change, Changes, value_from_bytes};
use crate::error::{Failure, Result};
use crate::files::executable::in_path;

/// Runs a command in this process's environment with these changes, and returns its exit status. On Unix the
/// command replaces this process (execve(2)), so that signals, terminal and exit status are the command's own.
///
/// # Errors
///
/// If there is no such command, or it cannot be run.
pub fn run(changes: &Changes, words: &[OsString]) -> Result<u8> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(Failure::usage("there is no command to run"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    for change in changes.iter() {
        match change {
            Change::Unset(name) => command.env_remove(name),
            Change::Set(name, value) => command.env(name, value_from_bytes(value)),
        };
    }
    #[cfg(unix)]
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(not(unix))]
    let error = match command.status() {
        Ok(status) => {
            return Ok(status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .unwrap_or(1));
        }
        Err(error) => error,
    };
    let exists = exists(program);
    let program = program.to_string_lossy();
    Err(if error.kind() == std::io::ErrorKind::NotFound {
        Failure::no_command(if exists {
            format!("could not run {program}: the interpreter that its first line names is missing")
        } else {
            format!("could not run {program}: there is no such command")
        })
    } else {
        Failure::no_execution(format!("could not run {program}: {error}"))
    })
}

/// Whether there is a file that the system would run for this program: execve(2) reports a missing interpreter
/// of a script with the same error as a missing script.
fn exists(program: &OsStr) -> bool {
    if Path::new(program).components().count() > 1 {
        return Path::new(program).exists();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    in_path(&path, program).any(|file| file.is_file())
}
