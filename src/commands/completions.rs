//! `aws-mfa completions`

use super::print;
use crate::cli::CompletionsArgs;
use crate::completion::script;
use crate::error::Result;

/// Prints the completion script of a shell.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn run(args: &CompletionsArgs) -> Result<u8> {
    print(script(args.shell).as_bytes())?;
    Ok(0)
}
