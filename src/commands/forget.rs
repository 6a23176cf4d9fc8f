use super::acquire::Acquirer;
use super::{Sources, env};
use crate::cli::{AccountOptions, ForgetArgs, GlobalOptions};
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::session::share::{Name, SharedSessions};

/// Drops shared sessions, for every process of the user.
///
/// # Errors
///
/// If there is no such account, or the system has no shared sessions or keeps one of them.
pub fn run(context: &Context, global: &GlobalOptions, args: &ForgetArgs) -> Result<u8> {
    let failure = |error| Failure::broken(format!("could not forget shared sessions: {error}"));
    let sessions = || SharedSessions::open(context).map_err(failure);
    let (whose, count) = if args.all {
        let count = sessions()?.forget(|_| true).map_err(failure)?;
        (String::new(), count)
    } else {
        let sources = Sources::load(context, global)?;
        let accounts = sources.accounts(context);
        let options = AccountOptions::default();
        let (name, _) = env::choose(&accounts, args.account.as_deref(), &[], &options)?;
        let account = accounts.resolve(&name, &options)?;
        let acquirer = Acquirer::new(&accounts, &options);
        let asker = acquirer.asker(&account)?;
        let serial = acquirer.known_device(&account, &asker);
        let is_meant = |name: &Name| {
            name.access_key_id == asker.access_key_id()
                && serial.as_ref().is_none_or(|serial| name.serial == *serial)
        };
        let count = sessions()?.forget(is_meant).map_err(failure)?;
        (format!(" of the key and device of {name}"), count)
    };
    context.console.note(&match count {
        0 => format!("there is no shared session{whose}"),
        1 => format!("forgot the shared session{whose}"),
        _ => format!("forgot the {count} shared sessions{whose}"),
    });
    Ok(0)
}
