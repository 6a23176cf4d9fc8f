use std::process::Stdio;
use std::time::Duration;

use crate::account::CodeCommand;
use crate::credentials::MfaCode;
use crate::error::{Failure, Result};
use crate::user_command;

/// The maximum length of the output in bytes: more than a code and white space have.
const MAX_OUTPUT: usize = 4096;

/// Runs the command and returns the code that it prints. The command may use the terminal; its standard error is that
/// of this process.
///
/// # Errors
///
/// If the command fails, takes longer than `limit`, or prints anything else. The message does not repeat the
/// output.
pub(super) fn run(command: &CodeCommand, limit: Duration) -> Result<MfaCode> {
    let origin = &command.origin;
    let failure = |cause: String| {
        Failure::no_code(format!("could not get the MFA code from {origin}: {cause}"))
            .help("run the command by itself to see its error, or give the code as an argument")
    };
    let text = user_command::output(&command.command, MAX_OUTPUT, limit, Stdio::inherit())
        .map_err(|error| error.into_failure(failure))?;
    if text.trim().is_empty() {
        return Err(failure("it printed nothing".to_owned()));
    }
    MfaCode::parse(&text)
        .map_err(|invalid| failure(format!("its output is not an MFA code: {invalid}")))
}
