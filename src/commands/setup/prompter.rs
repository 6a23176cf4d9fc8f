//! The questions of `setup`, and the answers that `--yes` and `--dry-run` give.

use crate::cli::SetupArgs;
use crate::console::{Console, columns, printable, without_secrets};
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::layout::{Tone, fold_paragraphs};
use crate::terminal::Terminal;

/// Shows the findings, and asks the user to confirm each change.
pub(super) struct Prompter {
    console: Console,
    mode: Mode,
    is_offline: bool,
}

/// The way in which changes are confirmed.
enum Mode {
    /// The user confirms each change at the terminal.
    Interactive(Terminal),
    /// `--yes`: every change is confirmed.
    AcceptAll,
    /// `--dry-run`: every change is confirmed, and the caller writes none.
    DryRun,
}

impl Prompter {
    /// The console on which it prints.
    pub(super) fn console(&self) -> Console {
        self.console
    }

    /// Opens the terminal, unless the options leave nothing to ask.
    ///
    /// # Errors
    ///
    /// If the user has to be asked and there is no terminal.
    pub(super) fn new(context: &Context, args: &SetupArgs) -> Result<Self> {
        let mode = if args.dry_run {
            Mode::DryRun
        } else if args.yes {
            Mode::AcceptAll
        } else {
            Mode::Interactive(Terminal::open().ok_or_else(|| {
                Failure::usage("could not ask what to set up: there is no terminal").help(
                    "use --yes to accept all proposed changes, or --dry-run to see them first",
                )
            })?)
        };
        Ok(Self {
            console: context.console,
            mode,
            is_offline: args.offline,
        })
    }

    /// Whether the user answers questions at a terminal.
    pub(super) fn is_interactive(&self) -> bool {
        matches!(self.mode, Mode::Interactive(_))
    }

    /// Whether the changes are only shown.
    pub(super) fn is_dry_run(&self) -> bool {
        matches!(self.mode, Mode::DryRun)
    }

    /// Whether no request may be sent to AWS.
    pub(super) fn is_offline(&self) -> bool {
        self.is_offline
    }

    /// Shows a text of one or more lines, in the width of the terminal; nothing for an empty text.
    pub(super) fn print(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let width = match &self.mode {
            Mode::Interactive(terminal) => terminal.columns(),
            Mode::AcceptAll | Mode::DryRun => columns(std::io::stderr()),
        };
        let text = without_secrets(&printable(text));
        let text = painted(&fold_paragraphs(&text, width), self.console.is_colored());
        match &mut self.mode {
            // Even with --quiet: the user must see the change that the next question is about.
            Mode::Interactive(terminal) => {
                let _ = terminal.print_painted(&text);
            }
            Mode::AcceptAll | Mode::DryRun => self.console.print_painted(&text),
        }
    }

    /// Returns whether the user confirms; Enter confirms.
    ///
    /// # Errors
    ///
    /// If the terminal cannot be read, or the user ends the input (^D).
    pub(super) fn confirm(&mut self, question: &str) -> Result<bool> {
        let Mode::Interactive(terminal) = &mut self.mode else {
            return Ok(true);
        };
        loop {
            let line = terminal
                .ask(&format!("{question} [Y/n] "))
                .map_err(|error| {
                    Failure::no_code(format!("could not ask what to set up: {error}"))
                })?;
            let Some(line) = line else {
                return Err(Failure::no_code("nothing was set up: the input ended")
                    .help("no file was changed; run `aws-mfa setup` again"));
            };
            let confirmed = match line.trim().to_ascii_lowercase().as_str() {
                "" | "y" | "yes" => true,
                "n" | "no" => false,
                _ => {
                    let _ = terminal.print("Please answer y or n.");
                    continue;
                }
            };
            let _ = terminal.print("");
            return Ok(confirmed);
        }
    }
}

/// The text with the lines of a diff, and those of accounts that cannot be used, in the color of what they mean.
fn painted(text: &str, is_colored: bool) -> String {
    if !is_colored {
        return text.to_owned();
    }
    let line = |line: &str| {
        let tone = match line.as_bytes() {
            [b'+', ..] => Tone::Good,
            [b'-', ..] => Tone::Bad,
            [b' ', b' ', ..] if line.contains("  ! ") => Tone::Bad,
            _ => Tone::Plain,
        };
        tone.paint(line).into_owned()
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}
