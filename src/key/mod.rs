//! The long-term key of a source profile: from the AWS files, or printed by `credential_process`. The session
//! provider calls it; it never requests a session.

use std::time::Duration;

use aws_credential_types::Credentials;

use crate::account::Account;
use crate::account::aws_profiles::Keys;
use crate::error::{Failure, Result};
use crate::user_command::UserCommand;

/// A `credential_process` that prints a long-term key.
mod command;

pub use command::parse as parse_process_output;

/// What becomes of the messages that a `credential_process` prints on its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessMessages {
    /// The user sees them: they may say what to do, such as to unlock a key ring.
    Shown,
    /// They are discarded: they may contain a secret, which must not get into a report.
    Discarded,
}

/// Returns the long-term key of an account's source profile. Runs `credential_process` if the profile has one, for
/// `limit` at most.
///
/// # Errors
///
/// If the command fails or prints session credentials.
pub fn long_term_credentials(
    account: &Account,
    keys: Keys<'_>,
    limit: Duration,
    messages: ProcessMessages,
) -> Result<Credentials> {
    let profile = &account.source_profile;
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
        Keys::Process(line) => {
            let command = UserCommand::shell(line).for_account(account);
            let command = match messages {
                ProcessMessages::Shown => command,
                ProcessMessages::Discarded => command.silent(),
            };
            command::run(profile, command, limit)
        }
        Keys::Temporary | Keys::Incomplete { .. } | Keys::AwsMfa | Keys::None => Err(
            Failure::usage(format!("profile {profile} holds no long-term key")),
        ),
    }
}
