use std::io;
use std::time::Duration;

use zeroize::Zeroizing;

use super::command;
use super::terminal::Terminal;
use super::used_codes::UsedCode;
use crate::account::{Account, CodeCommand, MfaSerial};
use crate::console::Console;
use crate::credentials::MfaCode;
use crate::error::{Failure, Result};

/// How many times a prompt asks for a code.
pub const TRIES: u32 = 3;

/// How long to wait for another process that is asking for a code of the same device: its user may have left
/// the terminal.
pub const LOCK_TIMEOUT: Duration = Duration::from_mins(2);

/// Where the code of this run comes from.
#[derive(Debug)]
pub enum CodeSource {
    /// Given as an argument or on standard input; cannot be asked for again.
    Given(MfaCode),
    /// Printed by a command, which runs when the code is needed.
    Command(CodeCommand),
    /// Typed by the user, up to [`TRIES`] times.
    Prompt(Terminal),
}

impl CodeSource {
    /// The source that the command line names in `code_args`: the code, `-` for standard input, or nothing
    /// for the account's command, else the terminal.
    ///
    /// # Errors
    ///
    /// If what was given is not a code, or there is no terminal; the error then shows `usage_hint`, the
    /// command that takes a code.
    pub fn new(code_args: &[String], account: &Account, usage_hint: &str) -> Result<Self> {
        let given = match code_args {
            [] => {
                if let Some(command) = &account.code_command {
                    return Ok(Self::Command(command.clone()));
                }
                return Terminal::open().map(Self::Prompt).ok_or_else(|| {
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
        let code = MfaCode::parse(&given).map_err(|wrong| {
            Failure::usage(wrong).help("type the six digits that the device shows now")
        })?;
        Ok(Self::Given(code))
    }

    /// How long to wait for another process that is asking for a code of the same device. A code that was
    /// given expires, so it is not waited long.
    #[must_use]
    pub fn lock_timeout(&self) -> Duration {
        match self {
            Self::Given(_) => Duration::from_secs(15),
            Self::Command(_) | Self::Prompt(_) => LOCK_TIMEOUT,
        }
    }

    /// The source, as messages name it.
    #[must_use]
    pub fn describe(&self) -> &str {
        match self {
            Self::Given(_) => "the command line",
            Self::Command(command) => &command.origin,
            Self::Prompt(_) => "the terminal",
        }
    }

    /// The code. At a prompt, what is no code is asked for again.
    ///
    /// # Errors
    ///
    /// If the user gives up.
    pub fn code(&mut self, account: &Account, serial: &MfaSerial) -> Result<MfaCode> {
        let terminal = match self {
            Self::Given(code) => return Ok(code.clone()),
            Self::Command(command) => return command::run(command),
            Self::Prompt(terminal) => terminal,
        };
        let failure = |error| Failure::no_code(format!("could not ask for the MFA code: {error}"));
        for _ in 0..TRIES {
            let question = format!("MFA code for {} ({serial}): ", account.name);
            let Some(line) = terminal.ask(&question).map_err(failure)? else {
                return Err(Failure::no_code("no MFA code was given"));
            };
            match MfaCode::parse(&line) {
                Ok(code) => return Ok(code),
                Err(_) if line.trim().is_empty() => {
                    return Err(Failure::no_code("no MFA code was given"));
                }
                Err(wrong) => terminal.say(&wrong).map_err(failure)?,
            }
        }
        Err(Failure::no_code(format!(
            "no MFA code was given in {TRIES} tries"
        )))
    }

    /// Tells the user at a prompt why another code is needed; false if there is nobody to tell.
    pub fn ask_again(&mut self, why: &str) -> bool {
        match self {
            Self::Given(_) | Self::Command(_) => false,
            Self::Prompt(terminal) => terminal.say(why).is_ok(),
        }
    }

    /// Waits until the device shows another code than the one that was used already. A command that gave
    /// a past one is not asked again at once: it would give the same.
    ///
    /// # Errors
    ///
    /// If the code was given, and there is no other to be had.
    pub fn wait_for_next(
        &mut self,
        account: &Account,
        spent: UsedCode,
        console: &Console,
    ) -> Result<()> {
        let told = format!(
            "this MFA code was used {} s ago, and AWS takes each once",
            spent.ago
        );
        let terminal = match self {
            Self::Given(_) => {
                return Err(
                    Failure::refused(format!("{told} (account {})", account.name)).help(
                        if spent.is_past {
                            "give the one that the device shows now".to_owned()
                        } else {
                            format!("give the next one, in {} s", spent.next_in)
                        },
                    ),
                );
            }
            Self::Command(_) => {
                console.info(&format!(
                    "{told}; the next one comes in {} s",
                    spent.next_in
                ));
                None
            }
            Self::Prompt(terminal) if spent.is_past => {
                let _ = terminal.say(&format!("{told}. Give the one that the device shows now."));
                return Ok(());
            }
            Self::Prompt(terminal) => {
                let _ = terminal.say(&format!("{told}."));
                Some(terminal)
            }
        };
        let mut terminal = terminal;
        for left in (1..=spent.next_in).rev() {
            if let Some(terminal) = &mut terminal {
                let _ = terminal.show(&format!("The next one comes in {left} s …"));
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        if let Some(terminal) = terminal {
            let _ = terminal.show("");
        }
        Ok(())
    }
}

/// One line of standard input, and not a byte more: the rest is for the command of `exec`.
#[cfg(unix)]
fn read_line(line: &mut String) -> io::Result<()> {
    use std::io::Read as _;
    use std::os::fd::AsFd as _;

    // A code with all the blanks that anybody would put into it.
    const LONGEST: usize = 256;
    let mut input = std::fs::File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let mut byte = [0];
    while line.len() < LONGEST && input.read(&mut byte)? == 1 {
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
