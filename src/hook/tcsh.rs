//! The command line of tcsh's `mfa`. tcsh has aliases but no functions, so the alias runs `aws-mfa tcsh-hook WORDS…`
//! and evaluates its output; this module decides what the other hooks decide in their own language.

use crate::account::reserved::SUBCOMMANDS;
use crate::delivery::shell;

/// An `mfa` command line of tcsh, interpreted.
#[derive(Debug, PartialEq, Eq)]
pub enum TcshCommand {
    /// Arguments for this program, whose output tcsh evaluates.
    Evaluate(Vec<String>),
    /// Arguments for this program, whose output tcsh does not evaluate.
    Run(Vec<String>),
}

/// Interprets the words after tcsh's `mfa`, or however the hook's command is called. `holds_session`: whether the shell
/// holds a session.
#[must_use]
pub fn interpret(command: &str, words: &[String], holds_session: bool) -> TcshCommand {
    let evaluate = |command: &str, rest: &[String]| {
        let fixed = [command, "--evaluated", "--shell", "tcsh"].map(str::to_owned);
        TcshCommand::Evaluate(fixed.into_iter().chain(rest.iter().cloned()).collect())
    };
    match words.split_first() {
        None if holds_session => {
            TcshCommand::Run(["status", "--hook", command].map(str::to_owned).to_vec())
        }
        None => evaluate("env", &[]),
        Some((first, [])) if ["-h", "--help", "help"].contains(&first.as_str()) => {
            TcshCommand::Run(["hook-help", command].map(str::to_owned).to_vec())
        }
        Some((first, rest)) if first == "off" => evaluate("off", rest),
        Some((first, _)) if first.starts_with('-') && !is_passed_on(words) => {
            // `mfa -q off`: options may stand before the subcommand.
            if before_escape(words).any(|word| word == "off") {
                let fixed = ["--evaluated", "--shell", "tcsh"].map(str::to_owned);
                return TcshCommand::Evaluate(words.iter().cloned().chain(fixed).collect());
            }
            evaluate("env", words)
        }
        Some((first, _)) if first.starts_with('-') || SUBCOMMANDS.contains(&first.as_str()) => {
            TcshCommand::Run(words.to_vec())
        }
        Some(_) => evaluate("env", words),
    }
}

/// The command with which tcsh runs this program with these arguments.
#[must_use]
pub fn command_line(arguments: &[String]) -> String {
    let words = arguments.iter().map(|word| format!(" {}", quoted(word)));
    format!("\\aws-mfa{}", words.collect::<String>())
}

/// Whether standard output is a pipe, as in tcsh's backquotes. With `mfa list > file`, tcsh redirects the program
/// in the backquotes, and there is nothing left to evaluate.
#[cfg(unix)]
#[must_use]
pub fn is_output_captured() -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileTypeExt as _;
    let stdout = std::io::stdout().as_fd().try_clone_to_owned();
    let metadata = stdout.and_then(|stdout| std::fs::File::from(stdout).metadata());
    metadata.is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Whether standard output is a pipe. Assumed: the standard library cannot tell on this system.
#[cfg(not(unix))]
#[must_use]
pub fn is_output_captured() -> bool {
    true
}

/// The redirection that gives the command of [`TcshCommand::Run`] the input of the alias, if it needs one: tcsh gives
/// a pipe or a file to the program in the backquotes, but not to the command that it evaluates then. Empty for the
/// shell's own input; `None` if there is no name by which the shell could open the input.
#[cfg(unix)]
#[must_use]
pub fn input_redirection() -> Option<String> {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};

    let stdin = std::io::stdin();
    let file = stdin.as_fd().try_clone_to_owned().map(std::fs::File::from);
    let Some((metadata, position)) = file.ok().and_then(|file| {
        let position = rustix::fs::tell(&file).unwrap_or_default();
        Some((file.metadata().ok()?, position))
    }) else {
        return Some(String::new());
    };
    if metadata.file_type().is_fifo() || metadata.file_type().is_socket() {
        // tcsh has made a process for this part of the pipeline, whose standard input it is.
        return Some(" < /dev/stdin".to_owned());
    }
    // A file of which nothing was read is not a script that the shell itself reads.
    if !metadata.is_file() || position > 0 {
        return Some(String::new());
    }
    let path = path_of_stdin()?;
    let named = std::fs::metadata(&path).ok()?;
    let is_same = (named.dev(), named.ino()) == (metadata.dev(), metadata.ino());
    is_same.then(|| format!(" < {}", quoted(&path)))
}

/// The path of the file that is standard input, where the system knows it.
#[cfg(unix)]
fn path_of_stdin() -> Option<String> {
    #[cfg(target_vendor = "apple")]
    let path = {
        use std::os::unix::ffi::OsStringExt as _;
        let path = rustix::fs::getpath(std::io::stdin()).ok()?;
        std::path::PathBuf::from(std::ffi::OsString::from_vec(path.into_bytes()))
    };
    #[cfg(not(target_vendor = "apple"))]
    let path = std::fs::read_link("/proc/self/fd/0").ok()?;
    path.into_os_string().into_string().ok()
}

/// None: tcsh's `mfa` is not used here.
#[cfg(not(unix))]
#[must_use]
pub fn input_redirection() -> Option<String> {
    Some(String::new())
}

/// Whether a line that begins with an option is for a subcommand whose output is not evaluated, or asks for help.
fn is_passed_on(words: &[String]) -> bool {
    let first = before_escape(words).find(|word| {
        ["-h", "--help", "-V", "--version"].contains(word) || SUBCOMMANDS.contains(word)
    });
    first.is_some_and(|word| word != "off")
}

/// The words before `--`, after which those of the command of `exec` follow.
fn before_escape(words: &[String]) -> impl Iterator<Item = &str> {
    words
        .iter()
        .map(String::as_str)
        .take_while(|word| *word != "--")
}

/// The word in single quotes.
fn quoted(word: &str) -> String {
    String::from_utf8_lossy(&shell::tcsh::quoted(word.as_bytes())).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_evaluated_as_env_or_off_or_passed_on() {
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let run = |text: &str| TcshCommand::Run(words(text));
        let evaluate = |text: &str| TcshCommand::Evaluate(words(text));
        for (typed, holds_session, command) in [
            ("", true, run("status --hook mfa")),
            ("--help", true, run("hook-help mfa")),
            ("help exec", true, run("help exec")),
            ("", false, evaluate("env --evaluated --shell tcsh")),
            ("off", true, evaluate("off --evaluated --shell tcsh")),
            ("list --json", true, run("list --json")),
            ("--version", true, run("--version")),
            (
                "exec test -- echo it's!",
                true,
                run("exec test -- echo it's!"),
            ),
            (
                "test 123456",
                false,
                evaluate("env --evaluated --shell tcsh test 123456"),
            ),
        ] {
            assert_eq!(
                interpret("mfa", &words(typed), holds_session),
                command,
                "{typed}"
            );
        }
        assert_eq!(
            command_line(&words("exec test -- echo it's!")),
            "\\aws-mfa 'exec' 'test' '--' 'echo' 'it'\\''s'\\!''"
        );
    }
}
