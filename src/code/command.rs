use crate::account::{Account, CodeCommand};
use crate::credentials::MfaCode;
use crate::error::{Failure, Result};
use crate::user_command::UserCommand;

/// The maximum length of the output in bytes: more than a code and white space have.
const MAX_OUTPUT: usize = 4096;

/// Runs the account's command and returns the code that it prints. The command may use the terminal.
///
/// # Errors
///
/// If the command fails, takes longer than a minute, or prints anything else. The message does not repeat the
/// output.
pub(super) fn run(command: &CodeCommand, account: &Account) -> Result<MfaCode> {
    let origin = &command.origin;
    let failure = |cause: String| {
        Failure::no_code(format!("could not get the MFA code from {origin}: {cause}"))
            .help("run the command by itself to see its error, or give the code as an argument")
    };
    let text = UserCommand::shell(&command.command)
        .for_account(account)
        .output(MAX_OUTPUT)
        .map_err(|error| error.into_failure(failure))?;
    if text.trim().is_empty() {
        return Err(failure("it printed nothing".to_owned()));
    }
    MfaCode::parse(&text)
        .map_err(|invalid| failure(format!("its output is not an MFA code: {invalid}")))
}
