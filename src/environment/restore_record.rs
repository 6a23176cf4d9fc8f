//! The record of the values that a session displaced, in the variables `AWS_MFA_RESTORE` and `__aws_mfa_restore`.
//! `delivery::session_changes` writes it with a session and restores the values from it at `off`. It never contains the
//! session's secrets, but the values that it restores may be secrets.
//!
//! Programs such as sshd with `AcceptEnv AWS_*` let another user set variables whose names begin with `AWS_`. So
//! `AWS_MFA_RESTORE` is believed about such names only: what was displaced under any other name is in the variable
//! `__aws_mfa_restore`.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::variables::{
    ACCOUNT, CONFLICTING, EXPIRES_AT, KEYS, RESTORE, RESTORE_OTHER, SESSION, is_interpreted,
    is_session_variable, is_variable_name,
};
use super::{Environment, directory_environment, value_bytes, value_from_bytes};

/// The origin of the session, the values that the session gave to variables, as digests, and the value that each of
/// these variables had before.
#[derive(Debug, Default)]
pub struct RestoreRecord {
    /// The source profile of the session.
    source: String,
    /// The ARN of the session's role.
    role: Option<String>,
    /// The access key ID of the session. Another one in the environment was set by the user after the session was
    /// loaded.
    key: String,
    /// Whether the record has digests; one that was written before they were introduced has none.
    has_digests: bool,
    /// The variables, without and with the prefix `AWS_`.
    variables: Variables,
}

/// The part of a record that is about variables, as it is encoded.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Variables {
    /// The values before the session by variable name; `null` for a variable that was not set.
    displaced: BTreeMap<String, Option<Original>>,
    /// The digests of the values that the session gave to variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    given: BTreeMap<String, String>,
    /// The displaced variables that the environment of a directory had set, each with the digest of that environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    directory: BTreeMap<String, String>,
}

/// The content of `AWS_MFA_RESTORE`, encoded as URL-safe base64 of JSON, so that no shell needs to quote it.
#[derive(Serialize, Deserialize)]
struct Encoded<V> {
    #[serde(default)]
    source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(default)]
    key: String,
    /// Whether `given` is complete.
    #[serde(default)]
    digests: bool,
    #[serde(flatten)]
    variables: V,
}

/// The value of a variable before the session.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Original {
    /// A value in UTF-8.
    Text(String),
    /// The bytes of any other value.
    Bytes(Vec<u8>),
}

impl Original {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// Redacted: the value may be a secret.
impl std::fmt::Debug for Original {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// The effect that the end of a session has on a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending<'a> {
    /// It gets back this value.
    Restored(&'a [u8]),
    /// It was not set before the session, and is unset.
    Unset,
    /// It was set before the session, but is unset: the value was that of another directory, or belongs to a key
    /// that the user has replaced.
    NotRestored,
    /// It no longer has the session's value, and stays as it is.
    Kept,
}

impl RestoreRecord {
    /// A record of a session with this origin and access key ID, without displaced values.
    #[must_use]
    pub fn new(source_profile: &str, role_arn: Option<String>, access_key_id: &str) -> Self {
        Self {
            source: source_profile.to_owned(),
            role: role_arn,
            key: access_key_id.to_owned(),
            has_digests: true,
            variables: Variables::default(),
        }
    }

    /// Decodes the record in this environment; an empty record if there is none or it is corrupt.
    #[must_use]
    pub fn from_env(env: &Environment) -> Self {
        let mut record = env.text(RESTORE).and_then(Self::decode).unwrap_or_default();
        if let Some(others) = env.text(RESTORE_OTHER).and_then(decode_others) {
            record.variables.displaced.extend(others.displaced);
            record.variables.given.extend(others.given);
            record.variables.directory.extend(others.directory);
        }
        record
    }

    /// Whether this environment has a record that cannot be decoded.
    #[must_use]
    pub fn is_corrupt(env: &Environment) -> bool {
        let main = env.raw(RESTORE).is_some() && env.text(RESTORE).and_then(Self::decode).is_none();
        let others = env.text(RESTORE_OTHER);
        main || env.raw(RESTORE_OTHER).is_some() && others.and_then(decode_others).is_none()
    }

    /// The environment without the variables that the account of its session exports by `env` in config.toml: with
    /// their original values instead. `None` if the environment holds no session.
    #[must_use]
    pub fn env_before_session(env: &Environment) -> Option<Environment> {
        if env.raw(RESTORE).is_none() && env.raw(RESTORE_OTHER).is_none() {
            return None;
        }
        let record = Self::from_env(env);
        let mut before = env.clone();
        for name in record.names() {
            if is_session_variable(name) {
                continue;
            }
            match record.ending(env, name) {
                Ending::Restored(value) => before.set(name, Some(value_from_bytes(value))),
                Ending::Unset | Ending::NotRestored => before.set(name, None),
                Ending::Kept => {}
            }
        }
        Some(before)
    }

    /// Records that the session gives this value to a variable.
    pub fn give(&mut self, name: &str, value: &[u8]) {
        self.variables
            .given
            .insert(name.to_owned(), digest(name, value));
    }

    /// Records the value that a variable has in `env`, before the session changes it, and the environment of the
    /// directory that it may be from.
    pub fn displace(&mut self, env: &Environment, name: &str) {
        let original = env.raw(name).map(value_bytes);
        if original.is_some() && directory_environment::may_have_set(env, name) {
            let directory = digest("", &directory_environment::state(env));
            self.variables.directory.insert(name.to_owned(), directory);
        }
        let original = original.map(Original::from);
        self.insert(name, original);
    }

    /// Records what `earlier`, the record in `env`, says that the variable had before the first session.
    pub fn carry_over(&mut self, earlier: &Self, env: &Environment, name: &str) {
        let original = match earlier.ending(env, name) {
            Ending::Restored(value) => Some(value.to_vec().into()),
            Ending::Unset | Ending::NotRestored | Ending::Kept => None,
        };
        if original.is_some()
            && let Some(directory) = earlier.variables.directory.get(name)
        {
            let directory = directory.clone();
            self.variables.directory.insert(name.to_owned(), directory);
        }
        self.insert(name, original);
    }

    fn insert(&mut self, name: &str, original: Option<Original>) {
        // The variables that every session sets or unsets need no entry that says they were absent.
        if original.is_some() || !(SESSION.contains(&name) || CONFLICTING.contains(&name)) {
            self.variables.displaced.insert(name.to_owned(), original);
        }
    }

    /// Forgets the keys that the session displaced, for a program that has no need of them.
    pub fn forget_keys(&mut self) {
        for name in KEYS {
            self.variables.displaced.remove(name);
        }
    }

    /// Whether a variable still is as the session left it. Without a digest, that is not known: a variable that the
    /// session set counts as the session's.
    #[must_use]
    pub fn is_unchanged(&self, env: &Environment, name: &str) -> bool {
        if CONFLICTING.contains(&name) {
            return env.raw(name).is_none();
        }
        if let Some(given) = self.variables.given.get(name) {
            return env
                .raw(name)
                .is_some_and(|value| digest(name, &value_bytes(value)) == *given);
        }
        let holds_session = env.raw(ACCOUNT).is_some() || !self.key.is_empty();
        !self.has_digests
            && (self.variables.displaced.contains_key(name)
                || holds_session && SESSION.contains(&name))
    }

    /// The effect that the end of the session has on a variable. The keys and what belongs to them are restored all or
    /// not at all, because AWS tools would use half of one key with half of another.
    #[must_use]
    pub fn ending(&self, env: &Environment, name: &str) -> Ending<'_> {
        if [ACCOUNT, EXPIRES_AT, RESTORE, RESTORE_OTHER].contains(&name) {
            return Ending::Unset;
        }
        if !self.is_unchanged(env, name) {
            return Ending::Kept;
        }
        let Some(Some(original)) = self.variables.displaced.get(name) else {
            return Ending::Unset;
        };
        let directory = self.variables.directory.get(name);
        let is_elsewhere =
            directory.is_some_and(|known| digest("", &directory_environment::state(env)) != *known);
        let keys_replaced =
            KEYS.contains(&name) && KEYS.iter().any(|key| !self.is_unchanged(env, key));
        if is_elsewhere || keys_replaced {
            Ending::NotRestored
        } else {
            Ending::Restored(original.bytes())
        }
    }

    /// The variables that are set, but no longer have the values of the session.
    #[must_use]
    pub fn changed_variables(&self, env: &Environment) -> Vec<&str> {
        let mut names: BTreeSet<&str> = self.variables.given.keys().map(String::as_str).collect();
        names.extend(CONFLICTING);
        let is_changed =
            |name: &&str| env.raw(name).is_some() && self.ending(env, name) == Ending::Kept;
        names.into_iter().filter(is_changed).collect()
    }

    /// The variables that the end of the session does not restore; see [`Ending::NotRestored`].
    #[must_use]
    pub fn unrestored_variables(&self, env: &Environment) -> Vec<&str> {
        let names = self.variables.displaced.keys().map(String::as_str);
        names
            .filter(|name| self.ending(env, name) == Ending::NotRestored)
            .collect()
    }

    /// Whether the keys in this environment are still those of the session.
    #[must_use]
    pub fn keys_unchanged(&self, env: &Environment) -> bool {
        self.changed_key(env).is_none()
    }

    /// A variable of the session's keys that no longer has the session's value.
    #[must_use]
    pub fn changed_key(&self, env: &Environment) -> Option<&'static str> {
        let [id, secret, token, ..] = KEYS;
        if env.text(id) != Some(&self.key) {
            return Some(id);
        }
        let has_changed = |name: &&str| self.has_digests && !self.is_unchanged(env, name);
        [secret, token].into_iter().find(has_changed)
    }

    /// Whether the session was made with the key of this source profile and for this role.
    #[must_use]
    pub fn has_origin(&self, source_profile: &str, role_arn: Option<&str>) -> bool {
        self.source == source_profile && self.role.as_deref() == role_arn
    }

    /// The ARN of the session's role.
    #[must_use]
    pub fn role_arn(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// The value that a variable has without the session; `None` if that is none, empty or not UTF-8.
    #[must_use]
    pub fn original(&self, env: &Environment, name: &str) -> Option<String> {
        match self.ending(env, name) {
            Ending::Restored(value) => String::from_utf8(value.to_vec()).ok(),
            Ending::Unset | Ending::NotRestored => None,
            Ending::Kept => env.text(name).map(str::to_owned),
        }
        .filter(|value| !value.is_empty())
    }

    /// The variables that the record is about, sorted by name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self
            .variables
            .displaced
            .keys()
            .chain(self.variables.given.keys());
        let names: BTreeSet<&str> = names.map(String::as_str).collect();
        names.into_iter()
    }

    /// Encodes the record of the variables with the prefix `AWS_` as a value of `AWS_MFA_RESTORE`.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        encode(&Encoded {
            source: self.source.clone(),
            role: self.role.clone(),
            key: self.key.clone(),
            digests: true,
            variables: self.variables.only(is_for_aws),
        })
    }

    /// Encodes the record of all other variables as a value of `__aws_mfa_restore`; `None` if there are none.
    #[must_use]
    pub fn encode_others(&self) -> Option<Zeroizing<Vec<u8>>> {
        let others = self.variables.only(|name| !is_for_aws(name));
        (!others.displaced.is_empty() || !others.given.is_empty()).then(|| encode(&others))
    }

    fn decode(text: &str) -> Option<Self> {
        let encoded: Encoded<Variables> = decode(text)?;
        encoded.variables.is_valid().then(|| Self {
            source: encoded.source,
            role: encoded.role,
            key: encoded.key,
            has_digests: encoded.digests,
            variables: encoded.variables.only(is_for_aws),
        })
    }
}

impl Variables {
    /// The variables for which `keep` returns true.
    fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        fn kept<V: Clone>(
            map: &BTreeMap<String, V>,
            keep: impl Fn(&str) -> bool,
        ) -> BTreeMap<String, V> {
            let entries = map.iter().filter(|(name, _)| keep(name));
            entries
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        }
        Self {
            displaced: kept(&self.displaced, &keep),
            given: kept(&self.given, &keep),
            directory: kept(&self.directory, &keep),
        }
    }

    /// Whether the shell can evaluate statements with these names and values in them. No variable can have had a value
    /// with a NUL byte.
    fn is_valid(&self) -> bool {
        let mut names = self.displaced.keys().chain(self.given.keys());
        let mut values = self.displaced.values().flatten();
        names.all(|name| is_variable_name(name)) && values.all(|value| !value.bytes().contains(&0))
    }
}

/// Whether the variable is recorded in `AWS_MFA_RESTORE`.
fn is_for_aws(name: &str) -> bool {
    name.starts_with("AWS_")
}

/// Decodes `__aws_mfa_restore`. Names that shells act upon are left out: no session can have displaced them.
fn decode_others(text: &str) -> Option<Variables> {
    let others: Variables = decode(text)?;
    let is_restorable = |name: &str| !is_for_aws(name) && !is_interpreted(name);
    others.is_valid().then(|| others.only(is_restorable))
}

fn decode<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    let json = Zeroizing::new(BASE64.decode(text).ok()?);
    serde_json::from_slice(&json).ok()
}

fn encode(value: &impl Serialize) -> Zeroizing<Vec<u8>> {
    // Serializing a map of strings cannot fail.
    let json = Zeroizing::new(serde_json::to_vec(value).unwrap_or_default());
    BASE64.encode(&*json).into_bytes().into()
}

/// The digest of a variable: 64 bits of SHA-256, which identify a value and do not reveal a key.
fn digest(name: &str, value: &[u8]) -> String {
    let hash = Sha256::new()
        .chain_update(name)
        .chain_update(b"=")
        .chain_update(value)
        .finalize();
    BASE64.encode(&hash[..8])
}

impl From<Vec<u8>> for Original {
    fn from(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(|error| Self::Bytes(error.into_bytes()), Self::Text)
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        match self {
            Self::Text(text) => text.zeroize(),
            Self::Bytes(bytes) => bytes.zeroize(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The record with these displaced values, decoded from `AWS_MFA_RESTORE`.
    fn decoded(displaced: &str) -> Option<RestoreRecord> {
        RestoreRecord::decode(&BASE64.encode(format!(r#"{{"displaced":{displaced}}}"#)))
    }

    #[test]
    fn a_record_survives_its_encoding() {
        let mut record = RestoreRecord::new("key", Some("arn".to_owned()), "ASIAIOSFODNN7EXAMPLE");
        record.insert("AWS_A", Some(Original::Text("ü\n'\"".to_owned())));
        record.insert("B", Some(Original::Bytes(vec![0xff, b'x'])));
        record.insert("C", None);
        for name in ["AWS_A", "B", "C"] {
            record.give(name, b"given");
        }
        let main = record.encode();
        let others = record.encode_others().unwrap();
        assert!([&main, &others].into_iter().all(|encoded| {
            encoded
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(b))
        }));
        let text = |encoded: &[u8]| String::from_utf8(encoded.to_vec()).unwrap();
        let env: Environment = [
            (RESTORE, text(&main)),
            (RESTORE_OTHER, text(&others)),
            ("AWS_A", "given".to_owned()),
            ("B", "given".to_owned()),
            ("C", "given".to_owned()),
        ]
        .into_iter()
        .collect();
        let back = RestoreRecord::from_env(&env);
        assert_eq!(
            back.ending(&env, "AWS_A"),
            Ending::Restored("ü\n'\"".as_bytes())
        );
        assert_eq!(back.ending(&env, "B"), Ending::Restored(b"\xffx"));
        assert_eq!(back.ending(&env, "C"), Ending::Unset);
        assert!(back.has_origin("key", Some("arn")));
        assert_eq!(back.names().collect::<Vec<_>>(), ["AWS_A", "B", "C"]);
    }

    #[test]
    fn a_record_with_an_impossible_name_or_value_is_refused() {
        for displaced in [
            r#"{"A;touch x":null}"#,
            r#"{"":null}"#,
            r#"{"1":"x"}"#,
            r#"{"A":"x\u0000y"}"#,
            r#"{"A":[255,0]}"#,
            "[]",
            "",
        ] {
            assert!(decoded(displaced).is_none(), "{displaced}");
        }
        assert!(RestoreRecord::decode("%").is_none());
        assert!(decoded(r#"{"A_1":null}"#).is_some());
    }

    #[test]
    fn a_record_restores_only_the_names_of_its_variable() {
        let record =
            decoded(r#"{"PATH":"x","KUBECONFIG":"x","__aws_mfa_hook":"x","AWS_CA_BUNDLE":"x"}"#);
        assert_eq!(
            record.unwrap().names().collect::<Vec<_>>(),
            ["AWS_CA_BUNDLE"]
        );
        let json =
            r#"{"displaced":{"PATH":"x","LD_PRELOAD":"x","KUBECONFIG":"x","AWS_CA_BUNDLE":"x"}}"#;
        let others = decode_others(&BASE64.encode(json)).unwrap();
        assert_eq!(others.displaced.keys().collect::<Vec<_>>(), ["KUBECONFIG"]);
    }

    #[test]
    fn debug_output_has_no_original_values() {
        let mut record = RestoreRecord::default();
        record.insert("A", Some(Original::Text("geheim".to_owned())));
        assert!(!format!("{record:?}").contains("geheim"));
    }
}
