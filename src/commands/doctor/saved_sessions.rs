//! The sessions that profiles hold: other programs read them, whether they are live or not.

use std::collections::BTreeMap;

use super::accounts::UsableAccount;
use super::report::Report;
use crate::account::resolve::Accounts;
use crate::account::{Account, Persist};
use crate::delivery::saved_profile::{SavedSession, saved_session};
use crate::time::{format_duration, rfc3339};

const CHECK: &str = "saved session";

/// Reports each profile with a session: how long it is live, and what renews it.
pub(super) fn check(accounts: &Accounts<'_>, usable: &[UsableAccount<'_>], report: &mut Report) {
    let mut owners: BTreeMap<&str, &Account> = BTreeMap::new();
    for UsableAccount { account, .. } in usable {
        if account.save_to != account.source_profile {
            owners.entry(&account.save_to).or_insert(account);
        }
    }
    for profile in accounts.profiles.names() {
        if let Some(session) = saved_session(accounts.profiles, profile) {
            let owner = owners.get(profile).copied();
            check_session(accounts, profile, session, owner, report);
        }
    }
}

/// Reports one profile; `owner` is the account that is saved to it.
fn check_session(
    accounts: &Accounts<'_>,
    profile: &str,
    session: SavedSession,
    owner: Option<&Account>,
    report: &mut Report,
) {
    let now = accounts.context.unix_now();
    let state = match session.expires_at {
        Some(at) if at > now => format!("is live for {}", format_duration(at - now)),
        Some(at) => format!("expired at {}", rfc3339(at)),
        None => "does not say when it expires".to_owned(),
    };
    let is_live = session.expires_at.is_some_and(|at| at > now);
    let about = format!("the session in profile {profile} {state}");
    let Some(account) = owner else {
        if is_live {
            return report.ok(CHECK, about);
        }
        return report.warning(
            CHECK,
            format!("{about}, and no account here is saved to that profile, so nothing renews it"),
            format!(
                "none needed if another program renews it; otherwise remove the profile, or set save_to = \"{profile}\" \
                 for an account in config.toml"
            ),
        );
    };
    let name = &account.name;
    match (is_live, account.persist) {
        (true, Persist::Never) => {
            report.ok(CHECK, format!("{about}; `aws-mfa save {name}` renews it"));
        }
        (true, _) => report.ok(CHECK, format!("{about}; `mfa {name}` renews it")),
        (false, Persist::Never) => report.warning(
            CHECK,
            format!("{about}: programs that name the profile fail, and `mfa {name}` does not renew it"),
            format!(
                "set persist = true in [accounts.{name}] of config.toml, so that `mfa {name}` renews it, too;\n\
                 or renew it with `aws-mfa save {name}`, or remove it with `aws-mfa save --remove {name}`"
            ),
        ),
        (false, _) => report.warning(
            CHECK,
            format!("{about}: programs that name the profile fail"),
            format!("run `mfa {name}`, which renews it"),
        ),
    }
}
