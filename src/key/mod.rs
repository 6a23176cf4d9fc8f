//! The long-term key of a source profile: from the AWS files, or printed by `credential_process`. The session
//! provider calls it; it never requests a session.

use std::process::Stdio;
use std::time::Duration;

use aws_credential_types::Credentials;

use crate::account::aws_profiles::Keys;
use crate::error::{Failure, Result};

/// A `credential_process` that prints a long-term key.
mod command;

/// Returns the long-term key of a source profile. Runs `credential_process` if the profile has one, for `limit` at
/// most; its standard error goes to `stderr`.
///
/// # Errors
///
/// If the command fails or prints session credentials.
pub fn long_term_credentials(
    profile: &str,
    keys: Keys<'_>,
    limit: Duration,
    stderr: Stdio,
) -> Result<Credentials> {
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
        Keys::Process(command) => command::run(profile, command, limit, stderr),
        Keys::Temporary | Keys::Incomplete { .. } | Keys::AwsMfa | Keys::None => Err(
            Failure::usage(format!("profile {profile} holds no long-term key")),
        ),
    }
}
