use crate::cli::SetupArgs;
use crate::code::terminal::Terminal;
use crate::console::Console;
use crate::context::Context;
use crate::error::{Failure, Result};

/// Says what is found and asks for what is to be done.
pub(super) struct Prompter {
    console: Console,
    mode: Mode,
}

/// Who is talked to.
enum Mode {
    /// The user, at the terminal.
    User(Terminal),
    /// Somebody who agreed to all of it.
    Agreed,
    /// Somebody who only wants to know.
    DryRun,
}

impl Prompter {
    /// # Errors
    ///
    /// If there is something to ask and nobody to answer.
    pub(super) fn new(context: &Context, args: &SetupArgs) -> Result<Self> {
        let mode = if args.dry_run {
            Mode::DryRun
        } else if args.yes {
            Mode::Agreed
        } else {
            Mode::User(Terminal::open().ok_or_else(|| {
                Failure::usage("could not ask what to set up: there is no terminal").help(
                    "use --yes to agree to all that is proposed, or --dry-run to see it first",
                )
            })?)
        };
        Ok(Self {
            console: context.console,
            mode,
        })
    }

    /// Whether somebody answers.
    pub(super) fn is_interactive(&self) -> bool {
        matches!(self.mode, Mode::User(_))
    }

    /// Whether all of it is only shown.
    pub(super) fn is_dry_run(&self) -> bool {
        matches!(self.mode, Mode::DryRun)
    }

    /// Says something, of one line or more.
    pub(super) fn say(&mut self, text: &str) {
        match &mut self.mode {
            _ if text.is_empty() => {}
            // What is asked about must be seen, also with --quiet.
            Mode::User(terminal) => {
                let _ = terminal.print(text);
            }
            Mode::Agreed | Mode::DryRun => self.console.print(text),
        }
    }

    /// Whether the user wants it; Enter is yes.
    ///
    /// # Errors
    ///
    /// If the user leaves (^D).
    pub(super) fn agrees(&mut self, question: &str) -> Result<bool> {
        let Mode::User(terminal) = &mut self.mode else {
            return Ok(true);
        };
        loop {
            let answer = terminal.ask(&format!("{question} [Y/n] "));
            let answer = answer.map_err(|error| {
                Failure::no_code(format!("could not ask what to set up: {error}"))
            })?;
            let Some(answer) = answer else {
                return Err(
                    Failure::no_code("nothing was set up").help("all files are as they were")
                );
            };
            let agreed = match answer.trim().to_ascii_lowercase().as_str() {
                "" | "y" | "yes" => true,
                "n" | "no" => false,
                _ => {
                    let _ = terminal.print("y or n?");
                    continue;
                }
            };
            let _ = terminal.print("");
            return Ok(agreed);
        }
    }
}
