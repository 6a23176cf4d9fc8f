//! `aws-mfa save`: writes a session to the credentials file, for one account or for all.

use std::collections::BTreeMap;

use super::account_and_code::account_and_code;
use super::{LoadedConfig, session_provider};
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, DefinedBy, MfaSerial, SessionDuration};
use crate::cli::{GlobalOptions, SaveArgs};
use crate::context::Context;
use crate::credentials::Session;
use crate::delivery::saved_profile::{self, SavedProfile};
use crate::error::{Failure, Result};
use crate::session::SessionProvider;

/// Writes a session to the credentials file, or one for every account.
///
/// # Errors
///
/// If there is no session, or it cannot be written; the file is then as it was. With `--all`, failures of single
/// accounts are reported and give the exit status.
pub fn run(context: &Context, global: &GlobalOptions, args: &SaveArgs) -> Result<u8> {
    saved_profile::check_file_kind(context)?;
    let sources = LoadedConfig::load(context, global)?;
    let accounts = sources.accounts(context);
    if args.remove {
        return remove(&accounts, args);
    }
    if args.all {
        return Ok(save_all(&accounts, args));
    }
    let (mut account, code) = account_and_code(
        &accounts,
        args.account.as_deref(),
        &args.code,
        args.code_option.as_ref(),
        &args.options.overrides,
    )?;
    let mut target = SavedProfile::new(&accounts, &account, args.to.as_ref(), args.force);
    target.check(&accounts, &account)?;
    target.check_file(context)?;
    let usage_hint = format!("aws-mfa save {}", account.name);
    let provider = session_provider(&accounts, &args.options);
    let session = provider.session(&mut account, &code, &usage_hint)?.session;
    target.save(context, &session)?;
    context
        .console
        .info(&target.describe_saved(context, &account, &session));
    Ok(0)
}

/// Removes the saved sessions of one account, or of all, from the credentials file.
fn remove(accounts: &Accounts<'_>, args: &SaveArgs) -> Result<u8> {
    let context = accounts.context;
    let overrides = &args.options.overrides;
    let found = if args.all {
        let names = accounts.names();
        let resolved = names.iter().map(|name| accounts.resolve(name.as_str()));
        resolved.flatten().collect()
    } else {
        let account = args.account.as_deref();
        vec![account_and_code(accounts, account, &[], None, overrides)?.0]
    };
    let mut is_removed = false;
    for account in found {
        let saved = SavedProfile::new(accounts, &account, args.to.as_ref(), false);
        if let Some(removed) = saved.remove(context, &account)? {
            is_removed = true;
            context.console.info(&removed);
        } else if !args.all {
            context.console.info(&format!(
                "{}: there is no saved session in profile {}",
                account.name,
                saved.profile()
            ));
        }
    }
    if args.all && !is_removed {
        context.console.info("there are no saved sessions");
    }
    Ok(0)
}

/// Accounts for which one code is enough: those of one device and one key.
struct Group {
    serial: MfaSerial,
    source_profile: String,
    members: Vec<(Account, SavedProfile)>,
}

/// Saves every account that can be saved. A failure does not stop the rest; the exit status is that of the first one.
fn save_all(accounts: &Accounts<'_>, args: &SaveArgs) -> u8 {
    let context = accounts.context;
    let provider = session_provider(accounts, &args.options);
    let mut status = 0;
    let mut fail = |name: &str, failure: &Failure| {
        context.console.failure(&failure.for_account(name));
        status = if status == 0 {
            failure.kind().exit_status()
        } else {
            status
        };
    };
    let mut groups: Vec<Group> = Vec::new();
    let mut owners: BTreeMap<String, AccountName> = BTreeMap::new();
    let names = accounts.names();
    if names.is_empty() {
        context.console.info("there are no accounts to save");
    }
    for name in names {
        match prepare(accounts, &provider, name.as_str(), args) {
            Ok(Prepared::Skipped(unsaved)) => {
                context.console.info(&format!("{name}: skipped: {unsaved}"));
            }
            Ok(Prepared::Ready {
                account,
                target,
                serial,
            }) => {
                // The second session in a profile would overwrite the first.
                if let Some(first) = owners.get(target.profile()) {
                    context.console.info(&format!(
                        "{name}: skipped: account {first} is saved to the same profile, {}; \
                         set another save_to for one of them",
                        target.profile()
                    ));
                    continue;
                }
                owners.insert(target.profile().to_owned(), name.clone());
                let is_same = |group: &&mut Group| {
                    group.serial == serial && group.source_profile == account.source_profile
                };
                match groups.iter_mut().find(is_same) {
                    Some(group) => group.members.push((*account, target)),
                    None => groups.push(Group {
                        serial,
                        source_profile: account.source_profile.clone(),
                        members: vec![(*account, target)],
                    }),
                }
            }
            Err(failure) => fail(name.as_str(), &failure),
        }
    }
    for group in groups {
        for (account, target, saved) in save_group(accounts, &provider, group) {
            match saved {
                Ok(session) => context
                    .console
                    .info(&target.describe_saved(context, &account, &session)),
                Err(failure) => fail(account.name.as_str(), &failure),
            }
        }
    }
    status
}

/// An account that `save --all` found.
enum Prepared {
    /// An account that can be saved.
    Ready {
        account: Box<Account>,
        target: SavedProfile,
        serial: MfaSerial,
    },
    /// An account that is not meant to be saved, with the reason; `save` succeeds without it.
    Skipped(Failure),
}

/// Determines the profile that an account is saved to, and its device.
///
/// # Errors
///
/// If the account cannot be used, or its file cannot be written.
fn prepare(
    accounts: &Accounts<'_>,
    provider: &SessionProvider<'_>,
    name: &str,
    args: &SaveArgs,
) -> Result<Prepared> {
    let mut account = accounts.resolve_with(name, &args.options.overrides)?;
    if let Err(failure) = accounts.source_credentials(&account) {
        let is_unsupported = account.defined_by == DefinedBy::Profile
            && accounts.is_unsupported_source(&account.source_profile);
        return if is_unsupported {
            Ok(Prepared::Skipped(failure))
        } else {
            Err(failure)
        };
    }
    let mut target = SavedProfile::new(accounts, &account, None, args.force);
    if let Err(failure) = target.check(accounts, &account) {
        return Ok(Prepared::Skipped(failure));
    }
    target.check_file(accounts.context)?;
    let device = provider.find_device(&mut account)?;
    Ok(Prepared::Ready {
        account: Box::new(account),
        target,
        serial: device.serial,
    })
}

/// Saves the accounts of a group with one code, and returns each with its result.
fn save_group(
    accounts: &Accounts<'_>,
    provider: &SessionProvider<'_>,
    group: Group,
) -> Vec<(Account, SavedProfile, Result<Session>)> {
    let context = accounts.context;
    // The code is used for the longest session of an account without a role, if there is one: roles can be assumed
    // with it.
    let first = group
        .members
        .iter()
        .enumerate()
        .max_by_key(|(_, (account, _))| (account.role.is_none(), account.duration))
        .map_or(0, |(at, _)| at);
    // The user confirms all accounts before the code is asked for.
    let mut confirmed: Vec<Result<()>> = Vec::new();
    for (account, _) in &group.members {
        confirmed.push(provider.confirm_if_required(account));
    }
    let mut requester = group.members[first].0.clone();
    requester.confirm = false;
    if group.members.len() > 1 {
        requester = provider.without_role(&requester);
    }
    let usage_hint = format!("aws-mfa save {}", requester.name);
    let base_session = if confirmed.iter().any(Result::is_ok) {
        provider
            .session(&mut requester, &[], &usage_hint)
            .map(|provided| provided.session)
    } else {
        Err(Failure::no_code("no account was confirmed"))
    };
    let mut results = Vec::new();
    for ((mut account, target), confirmed) in group.members.into_iter().zip(confirmed) {
        let session = confirmed.and_then(|()| match &base_session {
            Err(failure) => Err(failure.clone()),
            Ok(session) if account.role == requester.role => Ok(session.clone()),
            Ok(session) => {
                if account.duration > SessionDuration::DEFAULT_ROLE {
                    context.console.info(&format!(
                        "{0}: AWS limits a role that is assumed with a session to 1h; \
                         for {1}, run `aws-mfa save {0}`",
                        account.name, account.duration
                    ));
                    account.duration = SessionDuration::DEFAULT_ROLE;
                }
                provider
                    .client(&account)
                    .and_then(|client| client.assume_role(session).map_err(Failure::from))
            }
        });
        let saved = session.and_then(|session| target.save(context, &session).map(|()| session));
        results.push((account, target, saved));
    }
    results
}
