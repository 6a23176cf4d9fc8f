//! `aws-mfa`: parse, run, exit status.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use aws_mfa::cli::Cli;
use aws_mfa::console::Console;
use aws_mfa::context::Context;
use aws_mfa::delivery::shell::{Shell, detect};
use aws_mfa::error::Kind;
use aws_mfa::{commands, interrupt};
use clap::{Parser as _, ValueEnum as _};

fn main() -> ExitCode {
    keep_memory_private();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let context = Context::of_process(Console::new(&cli.global));
    let shell = commands::evaluated_by(&cli, &context);
    if let Some(shell) = shell {
        interrupt::fail_in(shell);
    }
    fail_on_panic(shell);
    match commands::run(&cli, &context) {
        Ok(status) => status.into(),
        Err(failure) => {
            context.console.failure(&failure);
            if failure.kind() != Kind::BrokenPipe {
                fail_in(shell, failure.kind().exit_status());
            }
            failure.kind().exit_status().into()
        }
    }
}

/// Help and version, or what is wrong with the command line.
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let status = u8::try_from(error.exit_code()).unwrap_or(2);
    if status != 0 && !std::io::stdout().is_terminal() {
        fail_in(shell_of_mistyped(), status);
    }
    status.into()
}

/// The shell that evaluates the output of a command line that could not be understood: most likely
/// a typing error within `eval "$(…)"`, which must not pass for success there.
fn shell_of_mistyped() -> Option<Shell> {
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let command = words
        .iter()
        .find(|word| !word.starts_with('-'))
        .map(String::as_str);
    if matches!(command, Some("exec" | "status" | "list")) {
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
