//! The program from its arguments to its exit status: what stands between `main` and the subcommands.

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::iter;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, ValueEnum as _};

use crate::account::values::SUBCOMMANDS;
use crate::cli::Cli;
use crate::console::Console;
use crate::context::Context;
use crate::delivery::shell::{Shell, detect};
use crate::environment::Changes;
use crate::environment::variables::ACCOUNT;
use crate::error::ErrorKind;
use crate::hook::tcsh::{self, TcshCommand};
use crate::{commands, completion, interrupt};

/// Does what the arguments say (the first is the program's name) and returns the exit status of the process.
/// `context` makes the world that the command runs in, with the console that the arguments ask for.
pub fn run(args: Vec<OsString>, context: impl Fn(Console) -> Context) -> ExitCode {
    if is_completion_request()
        && completion::answer(context(Console::plain()), args.iter().skip(1).cloned())
    {
        return ExitCode::SUCCESS;
    }
    let args = match evaluated_args(args) {
        Ok(args) => args,
        Err(status) => return status,
    };
    let cli = match parse(&args) {
        Ok(cli) => cli,
        Err(error) => return usage_error(&error, &args, &context),
    };
    let global = &cli.global;
    let context = context(Console::new(global.quiet, global.verbose, global.color));
    let shell = commands::evaluated_by(&cli, &context);
    if let Some(shell) = shell {
        interrupt::install(move |status| shell.failing_statement(status));
    }
    fail_on_panic(shell);
    match commands::run(&cli, &context) {
        Ok(status) => status.into(),
        Err(failure) => {
            // A command that a signal ended did not fail.
            interrupt::check();
            context.console.failure(&failure);
            if failure.kind() == ErrorKind::Interrupted {
                interrupt::end();
            }
            if failure.kind() != ErrorKind::BrokenPipe {
                fail_in(shell, failure.kind().exit_status());
            }
            failure.kind().exit_status().into()
        }
    }
}

fn is_completion_request() -> bool {
    std::env::var_os(completion::VARIABLE).is_some()
}

/// The arguments as clap takes them: `help` and `version` as options, and what tcsh's alias was asked for in
/// the words of the command line. `Err`: the answer to tcsh was printed.
fn evaluated_args(mut words: Vec<OsString>) -> Result<Vec<OsString>, ExitCode> {
    if words.get(1).is_some_and(|word| word == "tcsh-hook") {
        match tcsh_command(&words) {
            TcshCommand::Evaluate(arguments) => {
                let arguments = arguments.into_iter().map(Into::into);
                words = iter::once(words[0].clone()).chain(arguments).collect();
            }
            TcshCommand::Run(statement) if tcsh::is_output_captured() => {
                let _ = writeln!(std::io::stdout(), "{statement}");
                return Err(ExitCode::SUCCESS);
            }
            // `mfa list > file`: tcsh redirects what runs in the backquotes, and has nothing to evaluate.
            TcshCommand::Run(_) => {
                words.remove(1);
            }
        }
    }
    help_by_word(&mut words);
    Ok(words)
}

/// Turns `help`, `help COMMAND` and `version`, which other programs have, into the options of these names.
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
    match command.try_get_matches_from_mut(words) {
        Ok(mut matches) => {
            Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
        }
        Err(error) => Err(error),
    }
}

/// The command line of tcsh's alias, which stands after `tcsh-hook`.
fn tcsh_command(words: &[OsString]) -> TcshCommand {
    let typed: Vec<String> = words[2..]
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    tcsh::interpret(&typed, std::env::var_os(ACCOUNT).is_some())
}

/// Prints help or the version, or what is wrong with the command line.
fn usage_error(
    error: &clap::Error,
    words: &[OsString],
    context: &impl Fn(Console) -> Context,
) -> ExitCode {
    let status = u8::try_from(error.exit_code()).unwrap_or(2);
    if words.iter().any(|word| word == "--evaluated") {
        // Help for whoever typed `mfa test --help`, while a shell waits for statements.
        let _ = write!(std::io::stderr(), "{error}");
        if let (0, Some(shell)) = (status, evaluating_shell(words, context)) {
            let nothing = shell.statements(&Changes::default());
            let _ = std::io::stdout().write_all(&nothing.unwrap_or_default());
        }
    } else {
        let _ = error.print();
    }
    if status != 0 && !std::io::stdout().is_terminal() {
        fail_in(evaluating_shell(words, context), status);
    }
    status.into()
}

/// The shell that evaluates the output of a command line that could not be parsed: it is most likely a typing
/// error within `eval "$(…)"`, which must not pass for success there.
fn evaluating_shell(words: &[OsString], context: &impl Fn(Console) -> Context) -> Option<Shell> {
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
    // Shells evaluate what these two subcommands print.
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
    Some(named.unwrap_or_else(|| detect::shell(&context(Console::plain()))))
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
        fail_in(shell, ErrorKind::Broken.exit_status());
    }));
}

/// Forbids core dumps and, to other processes of the same user, reading this one's memory: it will hold
/// secrets.
pub fn keep_memory_private() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
