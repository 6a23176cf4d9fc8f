//! The changes to the environment by which a session is loaded or ended: the variables to set and to unset, in
//! order. `env`, `exec` and `off` call this; the printers in `shell` and `plain` turn the result into text, so
//! nothing here quotes a value or touches the process's own environment.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use crate::account::Account;
use crate::credentials::Session;
use crate::environment::variables::{
    ACCOUNT, CONFLICTING, EXPIRES_AT, REGION, RESTORE, SESSION, is_session_variable,
};
use crate::environment::{Change, Changes, Environment, RestoreRecord, value_bytes};

/// The changes that load a session into the shell that has this environment. Values that an earlier session
/// displaced stay in the record; variables that only the earlier one set get their old values back.
#[must_use]
pub fn load_session(env: &Environment, account: &Account, session: &Session) -> Changes {
    let earlier = RestoreRecord::from_env(env);
    let mut values = session_values(account, session);
    let touched = values
        .iter()
        .map(|(name, _)| name.as_str())
        .chain(CONFLICTING)
        .chain([RESTORE]);
    let record = restore_record(env, &earlier, account, session, touched);
    let after_expiry = values
        .iter()
        .position(|(name, _)| name == EXPIRES_AT)
        .map_or(values.len(), |at| at + 1);
    values.insert(after_expiry, (RESTORE.to_owned(), record.encode()));

    let mut unset: Vec<Change> = CONFLICTING
        .iter()
        .filter(|name| env.raw(name).is_some())
        .map(|name| Change::Unset((*name).to_owned()))
        .collect();
    let mut restored = Vec::new();
    for (name, original) in earlier.displaced() {
        let stays_displaced = is_session_variable(name) && !REGION.contains(&name);
        if stays_displaced || values.iter().any(|(set, _)| set == name) {
            continue;
        }
        restore(env, name, original, &mut unset, &mut restored);
    }
    let set = values
        .into_iter()
        .map(|(name, value)| Change::Set(name, value));
    unset.into_iter().chain(set).chain(restored).collect()
}

/// The changes that end the session of the shell that has this environment: displaced variables get their old
/// values back, the others are unset.
#[must_use]
pub fn end_session(env: &Environment) -> Changes {
    let record = RestoreRecord::from_env(env);
    let mut originals: BTreeMap<&str, Option<&[u8]>> =
        SESSION.iter().map(|name| (*name, None)).collect();
    originals.extend(record.displaced());
    let order = |name: &str| {
        let listed = SESSION.iter().chain(&REGION).chain(&CONFLICTING);
        listed
            .clone()
            .position(|known| *known == name)
            .unwrap_or(listed.count())
    };
    let mut names: Vec<&str> = originals.keys().copied().collect();
    names.sort_by_key(|name| order(name));
    let (mut unset, mut set) = (Vec::new(), Vec::new());
    for name in names {
        restore(env, name, originals[name], &mut unset, &mut set);
    }
    unset.into_iter().chain(set).collect()
}

/// The record of a session of `account` that changes the variables `touched`. Entries of the `earlier` session's
/// record are kept, because they are from before the first session.
fn restore_record<'a>(
    env: &Environment,
    earlier: &RestoreRecord,
    account: &Account,
    session: &Session,
    touched: impl Iterator<Item = &'a str>,
) -> RestoreRecord {
    let holds_session = env.raw(ACCOUNT).is_some();
    let role = account.role.as_ref().map(|role| role.arn.to_string());
    let mut record = RestoreRecord::new(&account.source_profile, role, &session.access_key_id);
    for name in touched {
        if [ACCOUNT, RESTORE].contains(&name) {
            continue;
        }
        let always = SESSION.contains(&name);
        let known = earlier.displaced().find(|(known, _)| *known == name);
        let original = if let Some((_, original)) = known {
            original.map(<[u8]>::to_vec)
        } else if holds_session && always {
            // Set by a session whose record does not mention it: it was not set before.
            None
        } else {
            env.raw(name).map(value_bytes)
        };
        // The variables that every session sets or unsets need no entry that says they were absent.
        if original.is_some() || !(always || CONFLICTING.contains(&name)) {
            record.insert(name, original);
        }
    }
    record
}

/// Adds the change that gives a variable its value from before the session, or unsets it.
fn restore(
    env: &Environment,
    name: &str,
    original: Option<&[u8]>,
    unset: &mut Vec<Change>,
    set: &mut Vec<Change>,
) {
    match original {
        Some(value) => set.push(Change::Set(name.to_owned(), value.to_vec().into())),
        None if env.raw(name).is_some() => unset.push(Change::Unset(name.to_owned())),
        None => {}
    }
}

/// The variables that a session sets, in order, without [`RESTORE`].
fn session_values(account: &Account, session: &Session) -> Vec<(String, Zeroizing<Vec<u8>>)> {
    let expiration = session.expiration();
    let expires_at = session.expires_at.to_string();
    let mut values: Vec<(&str, &str)> = vec![
        ("AWS_ACCESS_KEY_ID", &session.access_key_id),
        (
            "AWS_SECRET_ACCESS_KEY",
            session.secret_access_key.expose_secret(),
        ),
        ("AWS_SESSION_TOKEN", session.session_token.expose_secret()),
        ("AWS_CREDENTIAL_EXPIRATION", &expiration),
        ("AWS_SESSION_EXPIRATION", &expiration),
    ];
    if let Some(region) = &account.region {
        values.extend(REGION.map(|name| (name, region.as_str())));
    }
    values.push((ACCOUNT, account.name.as_str()));
    values.push((EXPIRES_AT, &expires_at));
    values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec().into()))
        .chain(
            account
                .env
                .iter()
                .map(|(name, value)| (name.to_string(), value_bytes(value).into())),
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;
    use crate::account::resolve::Accounts;
    use crate::account::{AwsProfiles, Config};
    use crate::context::testing::context;
    use crate::credentials::testing::session;
    use crate::environment::value_from_bytes;

    const CONFIG: &str = r#"
[accounts.test]
source_profile = "key"
region = "eu-west-1"
env = { KUBECONFIG = "~/.kube/test" }
[accounts.prod]
source_profile = "key"
env = { TF_VAR = "x" }
"#;

    fn load(env: &Environment, name: &str) -> Changes {
        let context = context(&[]);
        let config = Config::parse(CONFIG, "c.toml").unwrap();
        let accounts = Accounts {
            config: &config,
            profiles: &AwsProfiles::default(),
            context: &context,
        };
        let account = accounts.resolve(name).unwrap();
        load_session(env, &account, &session(name))
    }

    fn apply(env: &Environment, changes: &Changes) -> Environment {
        let mut map: BTreeMap<_, _> = env
            .iter()
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect();
        for change in changes.iter() {
            match change {
                Change::Unset(name) => map.remove(OsStr::new(name)),
                Change::Set(name, value) => map.insert(name.into(), value_from_bytes(value)),
            };
        }
        map.into_iter().collect()
    }

    fn names(changes: &Changes) -> Vec<String> {
        changes
            .iter()
            .map(|change| match change {
                Change::Unset(name) => format!("-{name}"),
                Change::Set(name, _) => name.clone(),
            })
            .collect()
    }

    #[test]
    fn the_order_is_the_documented_one() {
        let env: Environment = [("AWS_ROLE_ARN", "r"), ("AWS_PROFILE", "p")]
            .into_iter()
            .collect();
        assert_eq!(
            names(&load(&env, "test")),
            [
                "-AWS_PROFILE",
                "-AWS_ROLE_ARN",
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
                "AWS_CREDENTIAL_EXPIRATION",
                "AWS_SESSION_EXPIRATION",
                "AWS_REGION",
                "AWS_DEFAULT_REGION",
                "AWS_MFA_ACCOUNT",
                "AWS_MFA_EXPIRES_AT",
                "AWS_MFA_RESTORE",
                "KUBECONFIG",
            ]
        );
    }

    #[test]
    fn ending_restores_every_variable_also_after_switching() {
        let plain: [(&str, &str); 0] = [];
        let worlds: [Environment; 3] = [
            plain.into_iter().collect(),
            [
                ("AWS_PROFILE", "does-not-exist"),
                ("AWS_REGION", "us-west-2"),
                ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "old"),
                ("AWS_SESSION_TOKEN", ""),
                ("KUBECONFIG", "/a b\n'c'"),
                ("UNRELATED", "x"),
            ]
            .into_iter()
            .collect(),
            [("AWS_DEFAULT_REGION", "")].into_iter().collect(),
        ];
        for world in worlds {
            for path in [
                &["test"][..],
                &["prod"],
                &["test", "prod"],
                &["test", "prod", "test", "prod"],
                &["test", "test"],
            ] {
                let mut env = world.clone();
                for account in path {
                    env = apply(&env, &load(&env, account));
                    assert_eq!(env.text(ACCOUNT), Some(*account));
                    assert_eq!(env.raw("AWS_PROFILE"), None);
                }
                let ended = apply(&env, &end_session(&env));
                assert!(ended == world, "{path:?}: {ended:?}");
            }
        }
    }

    #[test]
    fn switching_restores_variables_that_only_the_first_account_set() {
        let env: Environment = [("KUBECONFIG", "mine")].into_iter().collect();
        let env = apply(&env, &load(&env, "test"));
        assert_eq!(env.text("KUBECONFIG"), Some("/home/jane/.kube/test"));
        assert_eq!(env.text("AWS_REGION"), Some("eu-west-1"));
        let env = apply(&env, &load(&env, "prod"));
        assert_eq!(env.text("KUBECONFIG"), Some("mine"));
        assert_eq!(env.raw("AWS_REGION"), None);
        assert_eq!(env.text("TF_VAR"), Some("x"));
    }

    #[test]
    fn a_session_with_a_corrupt_record_still_ends() {
        let env: Environment = [
            (ACCOUNT, "test"),
            (RESTORE, "not base64!"),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AWS_REGION", "mine"),
        ]
        .into_iter()
        .collect();
        let ended = apply(&env, &end_session(&env));
        assert!(
            ended
                .iter()
                .eq([(OsStr::new("AWS_REGION"), OsStr::new("mine"))]),
            "{ended:?}"
        );
    }

    #[test]
    fn debug_output_shows_no_values() {
        let env = Environment::default();
        let debug = format!("{:?}", load(&env, "test"));
        assert!(!debug.contains("secret-of-test"), "{debug}");
        assert!(
            debug.contains("set AWS_SECRET_ACCESS_KEY=[REDACTED]"),
            "{debug}"
        );
    }
}
