use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::changes::{ACCOUNT, CONFLICTING, RESTORE, SESSION};
use crate::account::Account;
use crate::context::{Environment, is_variable_name};
use crate::session::Session;

/// What `AWS_MFA_RESTORE` holds: where the session came from, and the value of each variable
/// before the first session of this shell. URL-safe base64 of JSON, so that no shell needs to
/// quote it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    /// The source profile of the session.
    #[serde(default)]
    source: String,
    /// The role of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// The access key id of the session, to tell it from keys that somebody put there since.
    #[serde(default)]
    key: String,
    /// By name; `null` is a variable that was not set.
    displaced: BTreeMap<String, Option<Original>>,
}

/// A value as it was.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Original {
    /// Text.
    Text(String),
    /// Bytes that are no UTF-8 text.
    Bytes(Vec<u8>),
}

/// It may be a secret.
impl std::fmt::Debug for Original {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl Memory {
    /// The memory in this environment; an empty one if there is none or it cannot be read.
    #[must_use]
    pub fn of(env: &Environment) -> Self {
        env.text(RESTORE).and_then(Self::decode).unwrap_or_default()
    }

    /// This environment without what the account of its session exports by itself; `None` without a session.
    #[must_use]
    pub fn before(env: &Environment) -> Option<Environment> {
        env.raw(RESTORE)?;
        let memory = Self::of(env);
        let mut before = env.clone();
        for (name, original) in memory.displaced() {
            if !super::changes::is_ours(name) {
                before.set(name, original.map(os_string));
            }
        }
        Some(before)
    }

    /// Whether this environment has a memory that cannot be read.
    #[must_use]
    pub fn is_broken(env: &Environment) -> bool {
        env.raw(RESTORE).is_some() && env.text(RESTORE).and_then(Self::decode).is_none()
    }

    /// What is to be remembered when `account` touches these variables.
    pub(super) fn remember<'a>(
        env: &Environment,
        before: &Self,
        account: &Account,
        session: &Session,
        touched: impl Iterator<Item = &'a str>,
    ) -> Self {
        let holds_session = env.raw(ACCOUNT).is_some();
        let mut displaced = BTreeMap::new();
        for name in touched {
            let always = SESSION.contains(&name);
            let original =
                if let Some((_, original)) = before.displaced().find(|(known, _)| *known == name) {
                    original.map(<[u8]>::to_vec)
                } else if holds_session && always {
                    // A session's own, whose memory has nothing to say: it was not there before.
                    None
                } else {
                    env.raw(name).map(bytes)
                };
            // What every session sets or unsets is known without being remembered as absent.
            if original.is_some() || !(always || CONFLICTING.contains(&name)) {
                displaced.insert(name.to_owned(), original.map(Original::from));
            }
        }
        displaced.remove(ACCOUNT);
        displaced.remove(RESTORE);
        Self {
            source: account.source_profile.clone(),
            role: account.role.as_ref().map(|role| role.arn.to_string()),
            key: session.access_key_id.clone(),
            displaced,
        }
    }

    /// Whether the keys in this environment are still those of the session.
    #[must_use]
    pub fn is_in_place(&self, env: &Environment) -> bool {
        env.text("AWS_ACCESS_KEY_ID") == Some(&self.key)
    }

    /// Whether the session of this memory came from the same place as one of `account` would.
    #[must_use]
    pub fn is_of(&self, account: &Account) -> bool {
        self.source == account.source_profile
            && self.role.as_deref() == account.role.as_ref().map(|role| role.arn.as_str())
    }

    /// The role of the session.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.role.as_deref()
    }

    /// The value of a variable before the first session, if it was set and is text.
    #[must_use]
    pub fn original(&self, env: &Environment, name: &str) -> Option<String> {
        let remembered = self.displaced().find(|(known, _)| *known == name);
        match remembered {
            Some((_, original)) => String::from_utf8(original?.to_vec()).ok(),
            None => env.text(name).map(str::to_owned),
        }
        .filter(|value| !value.is_empty())
    }

    /// Each variable with its value before the first session, sorted by name.
    pub(super) fn displaced(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.displaced.iter().map(|(name, original)| {
            let original = original.as_ref().map(|original| match original {
                Original::Text(text) => text.as_bytes(),
                Original::Bytes(bytes) => bytes,
            });
            (name.as_str(), original)
        })
    }

    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        // A map of strings always has a JSON form.
        let json = Zeroizing::new(serde_json::to_vec(self).unwrap_or_default());
        BASE64.encode(&*json).into_bytes().into()
    }

    fn decode(text: &str) -> Option<Self> {
        let json = Zeroizing::new(BASE64.decode(text).ok()?);
        let memory: Self = serde_json::from_slice(&json).ok()?;
        // The names go into statements that a shell evaluates.
        memory
            .displaced
            .keys()
            .all(|name| is_variable_name(name))
            .then_some(memory)
    }
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

/// The bytes of a value as programs see them.
pub(crate) fn bytes(value: &OsStr) -> Vec<u8> {
    #[cfg(unix)]
    {
        std::os::unix::ffi::OsStrExt::as_bytes(value).to_vec()
    }
    #[cfg(not(unix))]
    {
        value.to_string_lossy().into_owned().into_bytes()
    }
}

/// The value that has these bytes.
#[must_use]
pub fn os_string(bytes: &[u8]) -> OsString {
    #[cfg(unix)]
    {
        std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
    }
    #[cfg(not(unix))]
    {
        String::from_utf8_lossy(bytes).into_owned().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_survives_its_encoding() {
        let memory = Memory {
            source: "key".to_owned(),
            role: Some("arn".to_owned()),
            key: "ASIAIOSFODNN7EXAMPLE".to_owned(),
            displaced: [
                ("A".to_owned(), Some(Original::Text("ü\n'\"".to_owned()))),
                ("B".to_owned(), Some(Original::Bytes(vec![0xff, b'x']))),
                ("C".to_owned(), None),
            ]
            .into(),
        };
        let encoded = memory.encode();
        assert!(
            encoded
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(b))
        );
        let back = Memory::decode(std::str::from_utf8(&encoded).unwrap()).unwrap();
        assert_eq!(
            back.displaced().collect::<Vec<_>>(),
            memory.displaced().collect::<Vec<_>>()
        );
        assert_eq!((back.source.as_str(), back.role()), ("key", Some("arn")));
    }

    #[test]
    fn a_memory_that_names_no_variable_is_refused() {
        for json in [
            r#"{"displaced":{"A;touch x":null}}"#,
            r#"{"displaced":{"":null}}"#,
            r#"{"displaced":{"1":"x"}}"#,
            "[]",
            "",
        ] {
            assert!(Memory::decode(&BASE64.encode(json)).is_none(), "{json}");
        }
        assert!(Memory::decode("%").is_none());
        assert!(Memory::decode(&BASE64.encode(r#"{"displaced":{"A_1":null}}"#)).is_some());
    }

    #[test]
    fn originals_are_never_shown() {
        let memory = Memory {
            displaced: [("A".to_owned(), Some(Original::Text("geheim".to_owned())))].into(),
            ..Memory::default()
        };
        assert!(!format!("{memory:?}").contains("geheim"));
    }
}
