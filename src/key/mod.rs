//! The long-term key of a source profile: from the AWS files, or printed by `credential_process`. The session
//! provider calls it; it never requests a session.

use crate::account::Account;
use crate::account::aws_profiles::{AwsProfiles, ProfileCredentials};
use crate::context::Context;
use crate::credentials::{KeyFault, LongTermKey};
use crate::error::{Failure, Result};
use crate::user_command::UserCommand;

mod command;

pub use command::parse as parse_process_output;

/// The handling of the messages that a `credential_process` prints on its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProcessMessages {
    /// The user sees them: they may say what to do, such as to unlock a key ring.
    Shown,
    /// They are discarded: they may contain a secret, which must not get into a report.
    Discarded,
}

/// Returns the long-term key of an account's source profile. Runs `credential_process` if the profile has one.
///
/// # Errors
///
/// If the command fails or prints session credentials, or the key cannot be one of AWS's: see [`LongTermKey`].
pub fn long_term_key(
    context: &Context,
    account: &Account,
    keys: ProfileCredentials<'_>,
    messages: ProcessMessages,
) -> Result<LongTermKey> {
    let profile = &account.source_profile;
    match keys {
        ProfileCredentials::Process(line) => {
            // botocore splits the whole value at blanks, to which the ends of its lines belong (`shlex.split`).
            let line = line.replace('\n', " ");
            let command = UserCommand::shell(&line).for_account(account);
            let command = match messages {
                ProcessMessages::Shown => command,
                ProcessMessages::Discarded => command.silent(),
            };
            command::run(profile, command, context.limits.user_command)
        }
        keys => key_in_file(context, profile, keys)?
            .ok_or_else(|| Failure::usage(format!("profile {profile} holds no long-term key"))),
    }
}

/// Returns the long-term key that a source profile holds itself; `None` if a command prints it. Runs no command.
///
/// # Errors
///
/// If the key cannot be one of AWS's. The message names the file and the line.
pub fn key_in_file(
    context: &Context,
    profile: &str,
    keys: ProfileCredentials<'_>,
) -> Result<Option<LongTermKey>> {
    let ProfileCredentials::LongTerm {
        access_key_id,
        secret_access_key,
        ..
    } = keys
    else {
        return Ok(None);
    };
    let key = LongTermKey::checked(access_key_id, secret_access_key);
    let key = key.map_err(|fault| {
        let KeyFault { part, .. } = fault;
        let location = location(context, profile, part.setting()).unwrap_or_default();
        Failure::usage(format!(
            "could not use the {part} of profile {profile}{location}: {fault}"
        ))
        .help(format!(
            "write it as {} = VALUE, with the value that AWS showed when the key was created",
            part.setting()
        ))
    })?;
    Ok(Some(key))
}

/// Returns the file and the line of a setting of a profile, for a message. The files are read again, because only a
/// failure needs the line.
fn location(context: &Context, profile: &str, setting: &str) -> Option<String> {
    let profiles = AwsProfiles::load(context).ok()?;
    let value = profiles.get(profile)?.value(setting)?;
    let file = profiles
        .files()
        .iter()
        .find(|file| file.kind == value.file())?;
    let (file, line) = (context.display_path(file.location.path()?), value.line());
    Some(format!(" ({file}, line {line})"))
}
