//! The long-term key: where it is read.

use std::process::Stdio;

use aws_credential_types::Credentials;

use crate::account::aws_profiles::Keys;
use crate::error::{Failure, Result};

/// A `credential_process` that prints a long-term key.
mod command;

/// The long-term credentials that a source profile holds. Runs `credential_process` if that is what it
/// holds; what that says on standard error goes where `stderr` leads.
///
/// # Errors
///
/// If the command fails or prints the credentials of a session.
pub fn long_term_credentials(profile: &str, keys: Keys<'_>, stderr: Stdio) -> Result<Credentials> {
    match keys {
        Keys::LongTerm {
            access_key_id,
            secret_access_key,
        } => Ok(Credentials::new(
            access_key_id,
            secret_access_key,
            None,
            None,
            "profile",
        )),
        Keys::Process(command) => command::run(profile, command, stderr),
        Keys::Temporary | Keys::Incomplete { .. } | Keys::AwsMfa | Keys::None => Err(
            Failure::usage(format!("profile {profile} holds no long-term key")),
        ),
    }
}
