//! `aws-mfa forget`: removes shared sessions. Sessions that shells hold stay.

use super::account_and_code::account_and_code;
use super::{LoadedConfig, session_provider};
use crate::cli::{AccountOptions, ForgetArgs, GlobalOptions};
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::session::shared::{SessionKey, SharedSessions};

/// Removes the shared sessions of an account's key and device, or all of them, for every process of the user.
///
/// # Errors
///
/// If there is no such account, the system has no store for shared sessions, or one of them cannot be removed.
pub fn run(context: &Context, global: &GlobalOptions, args: &ForgetArgs) -> Result<u8> {
    let failure = |error| Failure::broken(format!("could not remove shared sessions: {error}"));
    let sessions = || SharedSessions::open(context).map_err(failure);
    let (whose, count) = if args.all {
        let count = sessions()?.forget(|_| true).map_err(failure)?;
        (String::new(), count)
    } else {
        let sources = LoadedConfig::load_without_warnings(context, global)?;
        let accounts = sources.accounts(context);
        let options = AccountOptions::default();
        let (account, _) = account_and_code(
            &accounts,
            args.account.as_deref(),
            &[],
            None,
            &options.overrides,
        )?;
        let provider = session_provider(&accounts, &options);
        let client = provider.client(&account)?;
        let serial = provider.known_device(&account, &client);
        let is_of_account = |key: &SessionKey| {
            key.requester.access_key_id == client.access_key_id()
                && serial.as_ref().is_none_or(|serial| key.serial == *serial)
        };
        let count = sessions()?.forget(is_of_account).map_err(failure)?;
        (format!(" of the key and device of {}", account.name), count)
    };
    context.console.info(&match count {
        0 => format!("there is no shared session{whose}"),
        1 => format!("removed the shared session{whose}"),
        _ => format!("removed the {count} shared sessions{whose}"),
    });
    Ok(0)
}
