use std::collections::BTreeMap;
use std::fmt;

use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::restore::{self, Memory};
use crate::account::Account;
use crate::context::Environment;
use crate::session::Session;

/// The account whose session the shell holds.
pub const ACCOUNT: &str = "AWS_MFA_ACCOUNT";
/// When that session ends, in Unix seconds.
pub const EXPIRES_AT: &str = "AWS_MFA_EXPIRES_AT";
/// What the session displaced.
pub const RESTORE: &str = "AWS_MFA_RESTORE";
/// The variables that an account with a region sets besides.
pub const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The variables that every session sets, in this order; a region's come before [`ACCOUNT`].
pub const SESSION: [&str; 8] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_SESSION_EXPIRATION",
    ACCOUNT,
    EXPIRES_AT,
    RESTORE,
];

/// Variables that some SDK prefers to keys in the environment: no session goes with them.
pub const CONFLICTING: [&str; 7] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
];

/// Whether a session sets or unsets this variable itself.
#[must_use]
pub fn is_ours(name: &str) -> bool {
    SESSION.contains(&name) || REGION.contains(&name) || CONFLICTING.contains(&name)
}

/// What becomes of one variable.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// It is no longer there.
    Unset(String),
    /// It has this value, in the bytes that a program sees.
    Set(String, Zeroizing<Vec<u8>>),
}

impl Change {
    /// The variable.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Unset(name) | Self::Set(name, _) => name,
        }
    }
}

impl FromIterator<Change> for Changes {
    fn from_iter<T: IntoIterator<Item = Change>>(changes: T) -> Self {
        Self(changes.into_iter().collect())
    }
}

/// Values may be secrets: only the names are shown.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset(name) => write!(f, "unset {name}"),
            Self::Set(name, _) => write!(f, "set {name}=[REDACTED]"),
        }
    }
}

/// What a command does to the shell's environment: first what is unset, then what is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

impl Changes {
    /// In the order in which they are made.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.0.iter()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Without the variables for which `keep` is false.
    #[must_use]
    pub fn retaining(mut self, keep: impl Fn(&Change) -> bool) -> Self {
        self.0.retain(keep);
        self
    }

    /// Puts a session into the shell that has this environment. What an earlier session
    /// displaced stays remembered; what only the earlier one touched is given back.
    #[must_use]
    pub fn load(env: &Environment, account: &Account, session: &Session) -> Self {
        let before = Memory::of(env);
        let mut set = session_values(account, session);
        let touched = set
            .iter()
            .map(|(name, _)| name.as_str())
            .chain(CONFLICTING)
            .chain([RESTORE]);
        let memory = Memory::remember(env, &before, account, session, touched);
        let at = set
            .iter()
            .position(|(name, _)| name == EXPIRES_AT)
            .map_or(set.len(), |at| at + 1);
        set.insert(at, (RESTORE.to_owned(), memory.encode()));

        let mut unset: Vec<Change> = CONFLICTING
            .iter()
            .filter(|name| env.raw(name).is_some())
            .map(|name| Change::Unset((*name).to_owned()))
            .collect();
        let mut given_back = Vec::new();
        for (name, original) in before.displaced() {
            if is_ours(name) && !REGION.contains(&name) || set.iter().any(|(set, _)| set == name) {
                continue;
            }
            give_back(env, name, original, &mut unset, &mut given_back);
        }
        unset.extend(
            set.into_iter()
                .map(|(name, value)| Change::Set(name, value)),
        );
        unset.extend(given_back);
        Self(unset)
    }

    /// Ends the session of the shell that has this environment: what it displaced is given
    /// back, the rest removed.
    #[must_use]
    pub fn end(env: &Environment) -> Self {
        let memory = Memory::of(env);
        let mut originals: BTreeMap<&str, Option<&[u8]>> =
            SESSION.iter().map(|name| (*name, None)).collect();
        originals.extend(memory.displaced());
        let order = |name: &str| {
            let listed = SESSION.iter().chain(&REGION).chain(&CONFLICTING);
            listed
                .clone()
                .position(|ours| *ours == name)
                .unwrap_or(listed.count())
        };
        let mut names: Vec<&str> = originals.keys().copied().collect();
        names.sort_by_key(|name| order(name));
        let (mut unset, mut set) = (Vec::new(), Vec::new());
        for name in names {
            give_back(env, name, originals[name], &mut unset, &mut set);
        }
        unset.extend(set);
        Self(unset)
    }
}

fn give_back(
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

/// What a session sets, in order, but for [`RESTORE`].
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
                .map(|(name, value)| (name.to_string(), restore::bytes(value).into())),
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;
    use crate::account::resolve::Accounts;
    use crate::account::{AwsProfiles, Config};
    use crate::cli::AccountOptions;
    use crate::context::testing::context;
    use crate::session::testing::session;

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
        let account = accounts.resolve(name, &AccountOptions::default()).unwrap();
        Changes::load(env, &account, &session(name))
    }

    fn apply(env: &Environment, changes: &Changes) -> Environment {
        let mut map: BTreeMap<_, _> = env
            .iter()
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .collect();
        for change in changes.iter() {
            match change {
                Change::Unset(name) => map.remove(OsStr::new(name)),
                Change::Set(name, value) => map.insert(name.into(), restore::os_string(value)),
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
    fn the_end_gives_everything_back_also_after_switching() {
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
                let ended = apply(&env, &Changes::end(&env));
                assert!(ended == world, "{path:?}: {ended:?}");
            }
        }
    }

    #[test]
    fn switching_gives_back_what_only_the_first_account_touched() {
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
    fn a_session_without_memory_still_ends() {
        let env: Environment = [
            (ACCOUNT, "test"),
            (RESTORE, "not base64!"),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AWS_REGION", "mine"),
        ]
        .into_iter()
        .collect();
        let ended = apply(&env, &Changes::end(&env));
        assert!(
            ended
                .iter()
                .eq([(OsStr::new("AWS_REGION"), OsStr::new("mine"))]),
            "{ended:?}"
        );
    }

    #[test]
    fn values_are_never_shown() {
        let env = Environment::default();
        let shown = format!("{:?}", load(&env, "test"));
        assert!(!shown.contains("secret-of-test"), "{shown}");
        assert!(
            shown.contains("set AWS_SECRET_ACCESS_KEY=[REDACTED]"),
            "{shown}"
        );
    }
}
