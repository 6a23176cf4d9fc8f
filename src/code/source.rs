//! The source of the MFA code of this run: an argument, standard input, the account's command, the terminal, or a
//! program that asks where there is none. The session provider takes codes from it and reports refused ones to it; it
//! never sends a request itself.

use std::io;
use std::time::Duration;

use zeroize::Zeroizing;

use super::command;
use super::used_codes::UsedCode;
use crate::account::{Account, Askpass, CodeCommand, MfaSerial};
use crate::console::Console;
use crate::context::Limits;
use crate::credentials::MfaCode;
use crate::error::{Failure, Result};
use crate::terminal::Terminal;

/// The number of times that a prompt asks for a code.
pub const TRIES: u32 = 3;

/// The source of the code of this run.
#[derive(Debug)]
pub enum CodeSource {
    /// A code given as an argument or on standard input; there is no second one.
    Given(MfaCode),
    /// A command that prints the code, run when the code is needed.
    Command(CodeCommand),
    /// The terminal, where the user is asked up to [`TRIES`] times.
    Prompt(Terminal),
    /// A program that asks the user, up to [`TRIES`] times.
    Askpass {
        /// The program.
        askpass: Askpass,
        /// The reason why the user is asked again.
        reason: Option<String>,
    },
}

impl CodeSource {
    /// The source that `code_args` of the command line choose: the code itself, `-` for standard input, or none for
    /// the account's command, else the terminal, else the program that asks. `usage_hint` is the command that takes a
    /// code, for the next step.
    ///
    /// # Errors
    ///
    /// If the argument or standard input is not a code, or there is neither a terminal nor a program that asks.
    pub fn new(code_args: &[String], account: &Account, usage_hint: &str) -> Result<Self> {
        let given = match code_args {
            [] => {
                if let Some(command) = &account.code_command {
                    return Ok(Self::Command(command.clone()));
                }
                let askpass = || {
                    account.askpass.clone().map(|askpass| Self::Askpass {
                        askpass,
                        reason: None,
                    })
                };
                let source = Terminal::open().map(Self::Prompt).or_else(askpass);
                return source.ok_or_else(|| {
                    Failure::no_code(format!(
                        "could not ask for the MFA code of account {}: there is no terminal",
                        account.name
                    ))
                    .help(format!(
                        "give the code: {usage_hint} CODE, or on standard input: {usage_hint} -"
                    ))
                });
            }
            [dash] if dash == "-" => {
                let mut line = Zeroizing::new(String::with_capacity(256));
                read_line(&mut line).map_err(|error| {
                    Failure::no_code(format!(
                        "could not read the MFA code from standard input: {error}"
                    ))
                })?;
                if line.is_empty() {
                    return Err(Failure::no_code(
                        "could not read the MFA code: standard input is empty",
                    ));
                }
                line
            }
            code_args => Zeroizing::new(code_args.concat()),
        };
        let code = MfaCode::parse(&given).map_err(|invalid| {
            Failure::usage(invalid).help("enter the six digits that the device shows now")
        })?;
        Ok(Self::Given(code))
    }

    /// The time limit for another process that is asking for a code of the same device. It is shorter with a given
    /// code, which would expire.
    #[must_use]
    pub fn lock_timeout(&self, limits: &Limits) -> Duration {
        match self {
            Self::Given(_) => limits.device_lock_with_code,
            Self::Command(_) | Self::Prompt(_) | Self::Askpass { .. } => limits.device_lock,
        }
    }

    /// Whether the code is there already, so that [`CodeSource::code`] does not wait for it.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        matches!(self, Self::Given(_))
    }

    /// The name of the source in messages.
    #[must_use]
    pub fn describe(&self) -> &str {
        match self {
            Self::Given(_) => "the command line",
            Self::Command(command) => &command.origin,
            Self::Prompt(_) => "the terminal",
            Self::Askpass { askpass, .. } => askpass.origin(),
        }
    }

    /// Returns a code. If the user is asked, they may correct input that is not a code.
    ///
    /// # Errors
    ///
    /// If the user enters nothing, or no code in [`TRIES`] tries, or a command fails.
    pub fn code(
        &mut self,
        account: &Account,
        serial: &MfaSerial,
        limits: &Limits,
    ) -> Result<MfaCode> {
        match self {
            Self::Given(code) => return Ok(code.clone()),
            Self::Command(command) => return command::run(command, account, limits.user_command),
            Self::Prompt(_) | Self::Askpass { .. } => {}
        }
        let question = format!("MFA code for {} ({serial}): ", account.name);
        for _ in 0..TRIES {
            let Some(line) = self.ask(&question, account, limits)? else {
                return Err(Failure::no_code("no MFA code was given"));
            };
            match MfaCode::parse(&line) {
                Ok(code) => return Ok(code),
                Err(_) if line.trim().is_empty() => {
                    return Err(Failure::no_code("no MFA code was given"));
                }
                Err(invalid) => {
                    self.prepare_retry(&invalid);
                }
            }
        }
        Err(Failure::no_code(format!(
            "no MFA code was given in {TRIES} tries"
        )))
    }

    /// Asks the user; `None` if there is no answer, or nothing that could be asked.
    fn ask(
        &mut self,
        question: &str,
        account: &Account,
        limits: &Limits,
    ) -> Result<Option<Zeroizing<String>>> {
        match self {
            Self::Given(_) | Self::Command(_) => Ok(None),
            Self::Prompt(terminal) => terminal.ask(question).map_err(|error| {
                Failure::no_code(format!("could not ask for the MFA code: {error}"))
            }),
            Self::Askpass { askpass, reason } => {
                let question = match reason.take() {
                    Some(reason) => format!("{reason}\n{question}"),
                    None => question.to_owned(),
                };
                command::ask(askpass, &question, account, limits.askpass).map(Some)
            }
        }
    }

    /// Tells the user, if they are asked, why another code is needed. Returns whether the source can give another
    /// code at once: false for a given one and for a command.
    pub fn prepare_retry(&mut self, reason: &str) -> bool {
        match self {
            Self::Given(_) | Self::Command(_) => false,
            Self::Prompt(terminal) => terminal.print(reason).is_ok(),
            Self::Askpass { reason: next, .. } => {
                *next = Some(reason.to_owned());
                true
            }
        }
    }

    /// Waits until the device shows another code than the used one. Also waits if a command printed a past code: run
    /// again at once, it would print the same.
    ///
    /// # Errors
    ///
    /// If the code was given, because there is no other.
    pub fn wait_for_next(
        &mut self,
        account: &Account,
        used: UsedCode,
        console: &Console,
    ) -> Result<()> {
        let UsedCode {
            ago,
            is_past,
            next_in,
        } = used;
        let reason =
            format!("this MFA code was used {ago} s ago, and AWS accepts each code only once");
        let mut terminal = match self {
            Self::Given(_) => {
                let help = if is_past {
                    "use the code that the device shows now".to_owned()
                } else {
                    format!("use the next code, in {next_in} s")
                };
                return Err(
                    Failure::refused(format!("{reason} (account {})", account.name)).help(help),
                );
            }
            Self::Askpass { reason: next, .. } if is_past => {
                *next = Some(format!(
                    "{reason}. Enter the code that the device shows now."
                ));
                return Ok(());
            }
            Self::Command(_) | Self::Askpass { .. } => {
                console.info(&format!("{reason}; the next code comes in {next_in} s"));
                None
            }
            Self::Prompt(terminal) if is_past => {
                let _ = terminal.print(&format!(
                    "{reason}. Enter the code that the device shows now."
                ));
                return Ok(());
            }
            Self::Prompt(terminal) => {
                let _ = terminal.print(&format!("{reason}."));
                Some(terminal)
            }
        };
        let waiting = |left| format!("The next code comes in {left} s …");
        if let Some(dumb) = terminal.take_if(|terminal| !terminal.can_replace_line()) {
            let _ = dumb.print(&waiting(next_in));
        }
        for left in (1..=next_in).rev() {
            if let Some(terminal) = &mut terminal {
                let _ = terminal.replace_line(&waiting(left));
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        if let Some(terminal) = terminal {
            let _ = terminal.replace_line("");
        }
        Ok(())
    }
}

/// Reads one line of standard input and not a byte more: the rest is for the command of `exec`.
#[cfg(unix)]
fn read_line(line: &mut String) -> io::Result<()> {
    use std::io::Read as _;
    use std::os::fd::AsFd as _;

    // Bytes: a code with much white space.
    const MAX_LINE: usize = 256;
    let mut input = std::fs::File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut byte = [0];
    while line.len() < MAX_LINE && input.read(&mut byte)? == 1 {
        line.push(char::from(byte[0]));
        if byte[0] == b'\n' {
            break;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn read_line(line: &mut String) -> io::Result<()> {
    io::stdin().read_line(line).map(|_| ())
}
