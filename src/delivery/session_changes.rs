//! The changes to the environment by which a session is loaded or ended: the variables to set and to unset, in
//! order. `env`, `exec` and `off` call this; `shell` and `data_formats` turn the result into text, so
//! nothing here quotes a value or touches the process's own environment.

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use crate::account::Account;
use crate::credentials::Session;
use crate::environment::restore_record::Ending;
use crate::environment::variables::{
    ACCOUNT, CONFLICTING, EXPIRES_AT, REGION, RESTORE, RESTORE_OTHER, SESSION, is_session_variable,
};
use crate::environment::{Change, Changes, Environment, RestoreRecord, value_bytes};

/// The changes that load a session into the shell that has this environment. Values that an earlier session
/// displaced stay in the record; variables that only the earlier one set get their old values back.
#[must_use]
pub fn load_session(env: &Environment, account: &Account, session: &Session) -> Changes {
    let values = session_values(account, session);
    let record = restore_record(env, account, session, &values);
    changes_to_load(env, values, &record)
}

/// The changes with which a program is started with a session. The record that the program gets contains no keys that
/// were displaced: it has no need of them.
#[must_use]
pub fn start_with_session(env: &Environment, account: &Account, session: &Session) -> Changes {
    let values = session_values(account, session);
    let mut record = restore_record(env, account, session, &values);
    record.forget_keys();
    changes_to_load(env, values, &record)
}

fn changes_to_load(
    env: &Environment,
    mut values: Vec<(String, Zeroizing<Vec<u8>>)>,
    record: &RestoreRecord,
) -> Changes {
    let after_expiry = values
        .iter()
        .position(|(name, _)| name == EXPIRES_AT)
        .map_or(values.len(), |at| at + 1);
    let others = record.encode_others();
    let has_others = others.is_some();
    let records = [
        Some((RESTORE.to_owned(), record.encode())),
        others.map(|value| (RESTORE_OTHER.to_owned(), value)),
    ];
    values.splice(after_expiry..after_expiry, records.into_iter().flatten());

    let mut unset: Vec<Change> = CONFLICTING
        .iter()
        .filter(|name| env.raw(name).is_some())
        .map(|name| Change::Unset((*name).to_owned()))
        .collect();
    if !has_others && env.raw(RESTORE_OTHER).is_some() {
        unset.push(Change::Unset(RESTORE_OTHER.to_owned()));
    }
    let mut restored = Vec::new();
    let earlier = RestoreRecord::from_env(env);
    for name in earlier.names() {
        let stays_displaced = is_session_variable(name) && !REGION.contains(&name);
        if stays_displaced || values.iter().any(|(set, _)| set == name) {
            continue;
        }
        end(env, &earlier, name, &mut unset, &mut restored);
    }
    let set = values
        .into_iter()
        .map(|(name, value)| Change::Set(name, value));
    unset.into_iter().chain(set).chain(restored).collect()
}

/// The changes that end the session of the shell that has this environment: the variables that still have the values
/// of the session get their old values back, or are unset.
#[must_use]
pub fn end_session(env: &Environment) -> Changes {
    let record = RestoreRecord::from_env(env);
    let listed = || {
        SESSION
            .into_iter()
            .chain([RESTORE_OTHER])
            .chain(REGION)
            .chain(CONFLICTING)
    };
    let order = |name: &str| {
        listed()
            .position(|known| known == name)
            .unwrap_or(listed().count())
    };
    let mut names: Vec<&str> = SESSION.into_iter().chain([RESTORE_OTHER]).collect();
    names.extend(record.names().filter(|name| !SESSION.contains(name)));
    names.sort_by_key(|name| order(name));
    let (mut unset, mut set) = (Vec::new(), Vec::new());
    for name in names {
        end(env, &record, name, &mut unset, &mut set);
    }
    unset.into_iter().chain(set).collect()
}

/// The record of a session of `account` that sets these values. What the record of an earlier session says about a
/// variable is kept while the variable has that session's value, because it is from before the first session.
fn restore_record(
    env: &Environment,
    account: &Account,
    session: &Session,
    values: &[(String, Zeroizing<Vec<u8>>)],
) -> RestoreRecord {
    let earlier = RestoreRecord::from_env(env);
    let role = account.role.as_ref().map(|role| role.arn.to_string());
    let mut record = RestoreRecord::new(&account.source_profile, role, &session.access_key_id);
    let own = [ACCOUNT, EXPIRES_AT];
    for (name, value) in values
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
    {
        record.give(name, value);
    }
    let touched = values.iter().map(|(name, _)| name.as_str());
    for name in touched
        .chain(CONFLICTING)
        .filter(|name| !own.contains(name))
    {
        if earlier.is_unchanged(env, name) {
            record.carry_over(&earlier, env, name);
        } else {
            record.displace(env, name);
        }
    }
    record
}

/// Adds the change that ends the session of this record for a variable, if any.
fn end(
    env: &Environment,
    record: &RestoreRecord,
    name: &str,
    unset: &mut Vec<Change>,
    set: &mut Vec<Change>,
) {
    match record.ending(env, name) {
        Ending::Restored(value) => set.push(Change::Set(name.to_owned(), value.to_vec().into())),
        Ending::Unset | Ending::NotRestored if env.raw(name).is_some() => {
            unset.push(Change::Unset(name.to_owned()));
        }
        Ending::Unset | Ending::NotRestored | Ending::Kept => {}
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
    use std::collections::BTreeMap;
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

    /// Asserts that the end of the session in this environment leaves another one.
    #[track_caller]
    fn assert_ends_in(env: &Environment, expected: &Environment) {
        let ended = apply(env, &end_session(env));
        assert!(ended == *expected, "{ended:?}");
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
                "__aws_mfa_restore",
                "KUBECONFIG",
            ]
        );
    }

    #[test]
    fn ending_restores_every_variable_also_after_switching() {
        let no_variables: [(&str, &str); 0] = [];
        let worlds: [Environment; 3] = [
            no_variables.into_iter().collect(),
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

    fn with(env: &Environment, variables: &[(&str, Option<&str>)]) -> Environment {
        let mut env = env.clone();
        for (name, value) in variables {
            env.set(name, value.map(Into::into));
        }
        env
    }

    #[test]
    fn a_variable_that_was_changed_after_loading_stays_as_it_is() {
        let world: Environment = [("AWS_REGION", "us-west-2"), ("KUBECONFIG", "mine")]
            .into_iter()
            .collect();
        let loaded = apply(&world, &load(&world, "test"));
        let changed: &[(&str, Option<&str>)] = &[
            ("AWS_REGION", Some("eu-north-1")),
            ("KUBECONFIG", Some("other")),
            ("AWS_PROFILE", Some("x")),
            ("AWS_DEFAULT_REGION", None),
        ];
        let expected = with(&world, &changed[..3]);
        let env = with(&loaded, changed);
        let record = RestoreRecord::from_env(&env);
        assert_eq!(
            record.changed_variables(&env),
            ["AWS_PROFILE", "AWS_REGION", "KUBECONFIG"]
        );
        assert_ends_in(&env, &expected);

        // Another account sets none of them but for AWS_PROFILE, which it must unset.
        let switched = apply(&env, &load(&env, "prod"));
        assert_eq!(switched.text("AWS_REGION"), Some("eu-north-1"));
        assert_eq!(switched.text("KUBECONFIG"), Some("other"));
        assert_eq!(switched.raw("AWS_PROFILE"), None);
        assert_ends_in(&switched, &expected);

        // The same account sets all, and gives back what the user set meanwhile.
        let renewed = apply(&env, &load(&env, "test"));
        assert_eq!(renewed.text("AWS_REGION"), Some("eu-west-1"));
        assert_eq!(renewed.raw("AWS_PROFILE"), None);
        assert_ends_in(&renewed, &expected);
    }

    #[test]
    fn keys_that_the_user_replaced_are_not_mixed_with_displaced_ones() {
        let world: Environment = [
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "old"),
            ("AWS_SECURITY_TOKEN", "old"),
            ("AWS_SESSION_TOKEN", "old"),
        ]
        .into_iter()
        .collect();
        let loaded = apply(&world, &load(&world, "test"));
        let own = [
            ("AWS_ACCESS_KEY_ID", Some("AKIAI44QH8DHBEXAMPLE")),
            ("AWS_SECRET_ACCESS_KEY", Some("new")),
        ];
        let expected = with(&Environment::default(), &own);
        let env = with(&loaded, &own);
        assert!(!RestoreRecord::from_env(&env).keys_unchanged(&env));
        assert_ends_in(&env, &expected);
        let renewed = apply(&env, &load(&env, "test"));
        assert!(RestoreRecord::from_env(&renewed).keys_unchanged(&renewed));
        assert_ends_in(&renewed, &expected);
    }

    #[test]
    fn values_of_another_directory_are_not_restored() {
        let world: Environment = [
            ("AWS_PROFILE", "of-directory"),
            ("KUBECONFIG", "of-directory"),
            ("DIRENV_DIFF", "a"),
        ]
        .into_iter()
        .collect();
        let loaded = apply(&world, &load(&world, "test"));
        assert_ends_in(&loaded, &world);

        let left = with(&loaded, &[("DIRENV_DIFF", None)]);
        let record = RestoreRecord::from_env(&left);
        assert_eq!(
            record.unrestored_variables(&left),
            ["AWS_PROFILE", "KUBECONFIG"]
        );
        let switched = apply(&left, &load(&left, "prod"));
        for env in [&left, &switched] {
            assert_ends_in(env, &Environment::default());
        }
    }

    #[test]
    fn values_from_outside_of_all_directories_are_restored_in_any() {
        let world: Environment = [("AWS_PROFILE", "mine")].into_iter().collect();
        let loaded = apply(&world, &load(&world, "test"));
        let entered = with(&loaded, &[("DIRENV_DIFF", Some("b"))]);
        let switched = apply(&entered, &load(&entered, "prod"));
        for env in [&entered, &switched] {
            assert_eq!(
                apply(env, &end_session(env)).text("AWS_PROFILE"),
                Some("mine")
            );
        }
    }

    #[test]
    fn a_record_without_digests_still_ends_its_session() {
        use base64::Engine as _;
        let json = r#"{"source":"key","key":"ASIAIOSFODNN7EXAMPLE","displaced":{"AWS_PROFILE":"mine","AWS_REGION":"x"}}"#;
        let env: Environment = [
            (ACCOUNT, "test".to_owned()),
            (
                RESTORE,
                base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json),
            ),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "y".to_owned()),
            ("AWS_REGION", "eu-west-1".to_owned()),
        ]
        .into_iter()
        .collect();
        let expected: Environment = [("AWS_PROFILE", "mine"), ("AWS_REGION", "x")]
            .into_iter()
            .collect();
        assert!(RestoreRecord::from_env(&env).keys_unchanged(&env));
        let switched = apply(&env, &load(&env, "test"));
        for env in [&env, &switched] {
            assert_ends_in(env, &expected);
        }
    }

    #[test]
    fn a_started_program_gets_no_displaced_keys() {
        let env: Environment = [
            ("AWS_PROFILE", "mine"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "old"),
            ("AWS_SESSION_TOKEN", "old"),
        ]
        .into_iter()
        .collect();
        let context = context(&[]);
        let config = Config::parse(CONFIG, "c.toml").unwrap();
        let accounts = Accounts {
            config: &config,
            profiles: &AwsProfiles::default(),
            context: &context,
        };
        let account = accounts.resolve("test").unwrap();
        let started = apply(&env, &start_with_session(&env, &account, &session("test")));
        let ended = apply(&started, &end_session(&started));
        assert!(
            ended == [("AWS_PROFILE", "mine")].into_iter().collect(),
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
