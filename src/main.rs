//! `aws-mfa`: parse, run, exit status.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::iter;
use std::process::ExitCode;

use aws_mfa::account::values::SUBCOMMANDS;
use aws_mfa::cli::Cli;
use aws_mfa::console::Console;
use aws_mfa::context::Context;
use aws_mfa::delivery::changes::{ACCOUNT, Changes};
use aws_mfa::delivery::shell::{Shell, detect};
use aws_mfa::error::Kind;
use aws_mfa::hook::{self, TcshWords};
use aws_mfa::{commands, completion, interrupt};
use clap::{CommandFactory as _, FromArgMatches as _, ValueEnum as _};

fn main() -> ExitCode {
    keep_memory_private();
    if std::env::var_os(completion::VARIABLE).is_some()
        && completion::answer(
            Context::of_process(Console::plain()),
            std::env::args_os().skip(1),
        )
    {
        return ExitCode::SUCCESS;
    }
    let mut words: Vec<OsString> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "tcsh-hook") {
        match tcsh_words(&words) {
            TcshWords::Evaluated(meant) => {
                let meant = meant.into_iter().map(Into::into);
                words = iter::once(words[0].clone()).chain(meant).collect();
            }
            TcshWords::Passed(statement) if hook::is_captured() => {
                let _ = writeln!(std::io::stdout(), "{statement}");
                return ExitCode::SUCCESS;
            }
            // `mfa list > file`: tcsh redirects what runs in the backquotes, and has nothing to evaluate.
            TcshWords::Passed(_) => {
                words.remove(1);
            }
        }
    }
    help_by_word(&mut words);
    let cli = match parse(&words) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &words),
    };
    let context = Context::of_process(Console::new(&cli.global));
    let shell = commands::evaluated_by(&cli, &context);
    if let Some(shell) = shell {
        interrupt::install(move |status| shell.failing_statement(status));
    }
    fail_on_panic(shell);
    match commands::run(&cli, &context) {
        Ok(status) => status.into(),
        Err(failure) => {
            // What ended because of a signal did not fail.
            interrupt::check();
            context.console.failure(&failure);
            if failure.kind() == Kind::Interrupted {
                interrupt::end();
            }
            if failure.kind() != Kind::BrokenPipe {
                fail_in(shell, failure.kind().exit_status());
            }
            failure.kind().exit_status().into()
        }
    }
}

/// `help`, `help COMMAND` and `version`, as other programs have them, are the options of these names.
fn help_by_word(words: &mut Vec<OsString>) {
    match words.get(1).and_then(|word| word.to_str()) {
        Some("help") => {
            words.remove(1);
            words.truncate(2);
            words.push("--help".into());
        }
        Some("version") if words.len() == 2 => words[1] = "--version".into(),
        _ => {}
    }
}

fn parse(words: &[OsString]) -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    let parsed = match command.try_get_matches_from_mut(words) {
        Ok(mut matches) => {
            Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
        }
        Err(error) => Err(error),
    };
    // The process ends soon. To take the description of all commands apart would be work for nothing.
    std::mem::forget(command);
    parsed
}

/// What tcsh's command is asked to do.
fn tcsh_words(words: &[OsString]) -> TcshWords {
    let typed: Vec<String> = words[2..]
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    hook::tcsh_words(&typed, std::env::var_os(ACCOUNT).is_some())
}

/// Help and version, or what is wrong with the command line.
fn usage(error: &clap::Error, words: &[OsString]) -> ExitCode {
    let status = u8::try_from(error.exit_code()).unwrap_or(2);
    if words.iter().any(|word| word == "--evaluated") {
        // Help for whoever typed `mfa test --help`, while a shell waits for statements.
        let _ = write!(std::io::stderr(), "{error}");
        if let (0, Some(shell)) = (status, shell_of_mistyped(words)) {
            let nothing = shell.statements(&Changes::default());
            let _ = std::io::stdout().write_all(&nothing.unwrap_or_default());
        }
    } else {
        let _ = error.print();
    }
    if status != 0 && !std::io::stdout().is_terminal() {
        fail_in(shell_of_mistyped(words), status);
    }
    status.into()
}

/// The shell that evaluates the output of a command line that could not be understood: most likely
/// a typing error within `eval "$(…)"`, which must not pass for success there.
fn shell_of_mistyped(words: &[OsString]) -> Option<Shell> {
    let words: Vec<String> = words[1..]
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if words
        .iter()
        .any(|word| word == "--json" || word == "--dotenv")
    {
        return None;
    }
    let is_value = |at: usize| at > 0 && ["--config", "--color"].contains(&words[at - 1].as_str());
    let command = words
        .iter()
        .enumerate()
        .find(|(at, word)| !word.starts_with('-') && !is_value(*at))
        .map(|(_, word)| word.as_str());
    // Of the commands that there are, shells evaluate what these two print.
    let evaluated = |command| matches!(command, "env" | "off") || !SUBCOMMANDS.contains(&command);
    if !command.is_none_or(evaluated) {
        return None;
    }
    let named =
        words
            .iter()
            .enumerate()
            .find_map(|(at, word)| match word.strip_prefix("--shell") {
                Some("") => words.get(at + 1).map(String::as_str),
                Some(value) => value.strip_prefix('='),
                None => None,
            });
    let named = named.and_then(|name| Shell::from_str(name, true).ok());
    Some(named.unwrap_or_else(|| detect::shell(&Context::of_process(Console::plain()))))
}

/// Makes the shell that evaluates the output fail, too.
fn fail_in(shell: Option<Shell>, status: u8) {
    if let Some(shell) = shell {
        let _ = writeln!(std::io::stdout(), "{}", shell.failing_statement(status));
    }
}

/// A bug must not pass for success in the shell either; what a panic says could be a secret.
fn fail_on_panic(shell: Option<Shell>) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let _ = writeln!(
            std::io::stderr(),
            "aws-mfa: this is a bug in aws-mfa, at {place}"
        );
        fail_in(shell, Kind::Broken.exit_status());
    }));
}

/// No core dump, and no look into this process for others of the same user: it will hold secrets.
fn keep_memory_private() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
