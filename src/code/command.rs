//! A command of the user's that prints the code.

use std::time::Duration;

use zeroize::Zeroizing;

use crate::account::{Account, Askpass, CodeCommand};
use crate::credentials::MfaCode;
use crate::error::{Failure, Result};
use crate::user_command::UserCommand;

/// The maximum length of the output in bytes: more than a code and white space have.
const MAX_OUTPUT: usize = 4096;

/// Runs the account's command and returns the code that it prints. The command may use the terminal.
///
/// # Errors
///
/// If the command fails, takes longer than `limit`, or prints anything else. The message does not repeat the
/// output.
pub(super) fn run(command: &CodeCommand, account: &Account, limit: Duration) -> Result<MfaCode> {
    let origin = &command.origin;
    let failure = |cause: String| {
        Failure::no_code(format!("could not get the MFA code from {origin}: {cause}"))
            .help("run the command by itself to see its error, or give the code as an argument")
    };
    let text = UserCommand::shell(&command.command)
        .for_account(account)
        .output(MAX_OUTPUT, limit)
        .map_err(|error| error.into_failure(failure))?;
    if text.trim().is_empty() {
        return Err(failure("it printed nothing".to_owned()));
    }
    MfaCode::parse(&text)
        .map_err(|invalid| failure(format!("its output is not an MFA code: {invalid}")))
}

/// Runs the program that asks the user, with the question as its argument, and returns what it prints: the answer,
/// which may be no code.
///
/// # Errors
///
/// If the path of the program is not absolute, or the program cannot be run, fails (as it does if the user cancels), or
/// does not end within `limit`.
pub(super) fn ask(
    askpass: &Askpass,
    question: &str,
    account: &Account,
    limit: Duration,
) -> Result<Zeroizing<String>> {
    let failure = |cause: String| {
        let origin = askpass.origin();
        Failure::no_code(format!("could not get the MFA code from {origin}: {cause}"))
    };
    let command = match askpass {
        Askpass::Program(path) if !path.is_absolute() => {
            let display = path.display();
            return Err(failure(format!("`{display}` is not an absolute path")).help(
                "set AWS_MFA_ASKPASS to the absolute path of a program; a command line belongs into askpass in config.toml",
            ));
        }
        Askpass::Program(path) => UserCommand::program(path, question),
        Askpass::CommandLine(line) => UserCommand::shell_with_argument(line, question),
    };
    command
        .for_account(account)
        .output(MAX_OUTPUT, limit)
        .map_err(|error| {
            error.into_failure(|cause| {
                failure(cause)
                    .help("run it by itself to see its error, or give the code as an argument")
            })
        })
}
