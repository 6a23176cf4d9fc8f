//! The program from its arguments to its exit status: command line, signals and panics, the error message.
//! Called by `main`; everything that a subcommand does is in [`commands`].

use std::ffi::OsString;
use std::io::{IsTerminal as _, Write as _};
use std::iter;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, ValueEnum as _};

use crate::account::reserved::SUBCOMMANDS;
use crate::cli::Cli;
use crate::console::{Console, is_printable_line, printable_line};
use crate::context::Context;
use crate::delivery::shell::{Shell, detect};
use crate::environment::Changes;
use crate::environment::variables::ACCOUNT;
use crate::error::{ErrorKind, Failure};
use crate::hook::tcsh::{self, TcshCommand};
use crate::setup::new_shell;
use crate::{commands, completion, hook, interrupt};

/// Runs the command line `args` (the first is the program's name) and returns the exit status of the process.
/// `make_context` makes the context of the command, with the console that the arguments demand.
pub fn run(args: Vec<OsString>, make_context: impl Fn(Console) -> Context) -> ExitCode {
    if is_completion_request()
        && completion::answer(make_context(Console::plain()), args.iter().skip(1).cloned())
    {
        return ExitCode::SUCCESS;
    }
    let args = match evaluated_args(args) {
        Ok(args) => args,
        Err(status) => return status,
    };
    let cli = match parse(&args) {
        Ok(cli) => cli,
        Err(error) => return usage_error(&error, &args, &make_context),
    };
    let global = &cli.global;
    let context = make_context(Console::new(global.quiet, global.verbose, global.color));
    let shell = commands::evaluated_by(&cli, &context);
    if let Some(shell) = shell {
        interrupt::install(move |status| shell.failing_statement(status));
    }
    fail_on_panic(shell);
    match commands::run(&cli, &context) {
        Ok(status) => status.into(),
        Err(failure) => {
            // A signal that arrived meanwhile ends the process as that signal does, without this message.
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

/// The arguments for clap: with the words of tcsh's alias translated, and `help` and `version` as options.
/// `Err`: the hook needs something else, which was printed; the value is the exit status.
fn evaluated_args(mut words: Vec<OsString>) -> Result<Vec<OsString>, ExitCode> {
    if words.get(1).is_some_and(|word| word == "tcsh-hook") {
        match tcsh_command(&words) {
            TcshCommand::Run(arguments) if tcsh::is_output_captured() => {
                let Some(input) = tcsh::input_redirection() else {
                    let _ = writeln!(
                        std::io::stderr(),
                        "aws-mfa: could not pass the input on: in tcsh, `<<` does not reach the command of an alias\n\
                         help: pipe the text in, or type `aws-mfa` in place of the alias"
                    );
                    fail_in(Some(Shell::Tcsh), 2);
                    return Err(2.into());
                };
                let command = tcsh::command_line(&arguments);
                let _ = writeln!(std::io::stdout(), "{command}{input};");
                return Err(ExitCode::SUCCESS);
            }
            // `mfa list > file`: tcsh redirects the command in the backquotes, so that it evaluates nothing.
            TcshCommand::Evaluate(arguments) | TcshCommand::Run(arguments) => {
                let arguments = arguments.into_iter().map(Into::into);
                words = iter::once(words[0].clone()).chain(arguments).collect();
            }
        }
    }
    if words.get(1).is_some_and(|word| word == new_shell::DETACH)
        && let Some(program) = words.get(2)
    {
        let error = new_shell::become_detached(program.as_ref(), &words[3..]);
        Console::plain().failure(&Failure::broken(format!(
            "could not run {}: {error}",
            program.display()
        )));
        return Err(1.into());
    }
    // `mfa --help`; the hook adds the name of its command.
    if let [_, word, command] = &words[..]
        && word == "hook-help"
    {
        return Err(print_hook_help(&printable_line(&command.to_string_lossy())));
    }
    help_by_word(&mut words);
    Ok(words)
}

fn print_hook_help(command: &str) -> ExitCode {
    let mut stdout = std::io::stdout();
    let printed = stdout
        .write_all(hook::help::page(command).as_bytes())
        .and_then(|()| stdout.flush());
    match printed.map_err(Failure::stdout) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            Console::plain().failure(&failure);
            failure.kind().exit_status().into()
        }
    }
}

/// Turns `help`, `help COMMAND` and `version`, which are subcommands of other programs, into `--help` and
/// `--version`.
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
    // Most command lines are right, and need no more than the subcommand that they name. Every other one is parsed
    // again, by the whole command: help and errors name what it has.
    let mut words_after_program = words.iter().skip(1);
    let named = words_after_program.find_map(|word| Cli::command_of(word.to_str()?));
    let matches = named.and_then(|command| command.try_get_matches_from(words).ok());
    if let Some(cli) = matches.and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches).ok())
    {
        return Ok(cli);
    }
    let mut command = Cli::command().color(color(words));
    match command.try_get_matches_from_mut(words) {
        Ok(mut matches) => {
            Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
        }
        Err(error) => Err(error),
    }
}

/// When help and usage errors are colored: as `--color` says, which may stand anywhere, also if the rest is wrong.
fn color(words: &[OsString]) -> ColorChoice {
    let words = words.iter().map(|word| word.to_string_lossy());
    let mut words = words.take_while(|word| word != "--");
    let mut choice = ColorChoice::Auto;
    while let Some(word) = words.next() {
        let when = match word.strip_prefix("--color=") {
            Some(when) => Some(when.to_owned().into()),
            None if word == "--color" => words.next(),
            None => None,
        };
        choice = match when.as_deref() {
            Some("always") => ColorChoice::Always,
            Some("never") => ColorChoice::Never,
            _ => choice,
        };
    }
    choice
}

/// The command line of tcsh's alias, which stands after `tcsh-hook`.
fn tcsh_command(words: &[OsString]) -> TcshCommand {
    let mut typed = words[2..]
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<String>>();
    // The hook names its command first.
    let named = typed.first().and_then(|word| word.strip_prefix("--hook="));
    let command = named.unwrap_or("mfa").to_owned();
    if named.is_some() {
        typed.remove(0);
    }
    tcsh::interpret(&command, &typed, std::env::var_os(ACCOUNT).is_some())
}

/// Prints help, the version, or an error in the command line, and returns the exit status.
fn usage_error(
    error: &clap::Error,
    words: &[OsString],
    make_context: &impl Fn(Console) -> Context,
) -> ExitCode {
    let mut status = u8::try_from(error.exit_code()).unwrap_or(2);
    if words.iter().any(|word| word == "--evaluated") {
        // `mfa test --help`: the hook evaluates standard output, so the help is for standard error.
        let _ = write!(std::io::stderr(), "{error}");
        if let (0, Some(shell)) = (status, evaluating_shell(words, make_context)) {
            let nothing = shell.statements(&Changes::default());
            let _ = std::io::stdout().write_all(&nothing.unwrap_or_default());
        }
    } else if let Some(word) = unknown_command(error)
        && let context = make_context(Console::plain())
        && let Some(failure) = commands::meant_by(&context, word)
    {
        context.console.failure(&failure);
    } else if let Err(failure) = print_usage(error, words) {
        Console::plain().failure(&failure);
        status = status.max(failure.kind().exit_status());
    }
    if status != 0 {
        fail_in(evaluating_shell(words, make_context), status);
    }
    status.into()
}

/// The word that stands where a subcommand should, if that is the error.
fn unknown_command(error: &clap::Error) -> Option<&str> {
    match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) => Some(word),
        _ => None,
    }
}

/// Prints what clap says about the command line. An error repeats arguments; it shows them on one line and without
/// control and invisible characters.
fn print_usage(error: &clap::Error, words: &[OsString]) -> Result<(), Failure> {
    let cleaned: Vec<OsString> = words
        .iter()
        .map(|word| match word.to_string_lossy() {
            text if is_printable_line(&text) => word.clone(),
            text => printable_line(&text).into(),
        })
        .collect();
    let printed = if !error.use_stderr() || cleaned == words {
        error.print()
    } else {
        match parse(&cleaned) {
            Err(error) if error.use_stderr() => error.print(),
            _ => {
                return Err(Failure::usage(
                    "could not read the command line: an argument contains a control or invisible character",
                )
                .help("type the arguments instead of pasting them"));
            }
        }
    };
    // An error that cannot be shown has its status nevertheless.
    if error.use_stderr() {
        return Ok(());
    }
    printed
        .and_then(|()| std::io::stdout().flush())
        .map_err(Failure::stdout)
}

/// The shell that evaluates the output of a command line that could not be parsed. Without a statement that
/// fails, a typing error within `eval "$(…)"` would count as success there.
fn evaluating_shell(
    words: &[OsString],
    make_context: &impl Fn(Console) -> Context,
) -> Option<Shell> {
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
    // Shells evaluate the output of these two subcommands, and of `aws-mfa ACCOUNT`.
    let is_evaluated =
        |command| matches!(command, "env" | "off") || !SUBCOMMANDS.contains(&command);
    if !command.is_none_or(is_evaluated) {
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
    let shell = named.and_then(|name| Shell::from_str(name, true).ok());
    Some(shell.unwrap_or_else(|| detect::shell(&make_context(Console::plain()))))
}

/// Prints a statement that fails, for the shell that evaluates the output; at a terminal, none does.
fn fail_in(shell: Option<Shell>, status: u8) {
    if let Some(shell) = shell
        && !std::io::stdout().is_terminal()
    {
        let _ = writeln!(std::io::stdout(), "{}", shell.failing_statement(status));
    }
}

/// Makes a panic print its location only, since its message could contain a secret, and a statement that fails, so
/// that a bug does not count as success in the shell.
fn fail_on_panic(shell: Option<Shell>) {
    std::panic::set_hook(Box::new(move |panic| {
        let location = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let _ = writeln!(
            std::io::stderr(),
            "aws-mfa: internal error at {location}: this is a bug in aws-mfa"
        );
        fail_in(shell, ErrorKind::Broken.exit_status());
    }));
}

/// Disables core dumps, and denies other processes of the same user access to this process's memory, which will
/// contain secrets: `PR_SET_DUMPABLE` (prctl(2)). Linux only.
pub fn keep_memory_private() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}
