use std::process::Stdio;

use crate::account::CodeCommand;
use crate::credentials::MfaCode;
use crate::error::{Failure, Result};
use crate::user_command;

/// More than any code with what is said around it.
const LONGEST: usize = 4096;

/// Runs the command and takes the code that it prints. It has the terminal for itself, and what it
/// says on standard error is seen.
///
/// # Errors
///
/// If it fails, takes too long, or prints something else. What it printed is not repeated.
pub(super) fn run(command: &CodeCommand) -> Result<MfaCode> {
    let origin = &command.origin;
    let failure = |cause: String| {
        Failure::no_code(format!("could not get the MFA code from {origin}: {cause}"))
            .help("run the command by itself to see what it says; or give the code as an argument")
    };
    let text = user_command::output(&command.command, LONGEST, Stdio::inherit())
        .map_err(|error| error.into_failure(failure))?;
    if text.trim().is_empty() {
        return Err(failure("it printed nothing".to_owned()));
    }
    MfaCode::parse(&text).map_err(|wrong| failure(format!("it printed something else: {wrong}")))
}
