//! The record of what a session displaced, as `AWS_MFA_RESTORE` carries it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::variables::{RESTORE, is_session_variable, is_variable_name};
use super::{Environment, value_from_bytes};

/// The content of `AWS_MFA_RESTORE`: where the session came from, and the value that each variable had
/// before the first session of this shell. Encoded as URL-safe base64 of JSON, so that no shell needs to
/// quote it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RestoreRecord {
    /// The source profile of the session.
    #[serde(default)]
    source: String,
    /// The ARN of the session's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// The access key id of the session, to tell it from keys that the user has set since.
    #[serde(default)]
    key: String,
    /// By name; `null` is a variable that was not set.
    displaced: BTreeMap<String, Option<Original>>,
}

/// The value of a variable before the session.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Original {
    /// A value that is UTF-8 text.
    Text(String),
    /// The bytes of a value that is not.
    Bytes(Vec<u8>),
}

/// The value may be a secret.
impl std::fmt::Debug for Original {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl RestoreRecord {
    /// A record of a session with this origin and access key id that displaced nothing yet.
    #[must_use]
    pub fn new(source_profile: &str, role_arn: Option<String>, access_key_id: &str) -> Self {
        Self {
            source: source_profile.to_owned(),
            role: role_arn,
            key: access_key_id.to_owned(),
            displaced: BTreeMap::new(),
        }
    }

    /// The record in this environment; an empty one if there is none or it cannot be decoded.
    #[must_use]
    pub fn from_env(env: &Environment) -> Self {
        env.text(RESTORE).and_then(Self::decode).unwrap_or_default()
    }

    /// Whether this environment has a record that cannot be decoded.
    #[must_use]
    pub fn is_corrupt(env: &Environment) -> bool {
        env.raw(RESTORE).is_some() && env.text(RESTORE).and_then(Self::decode).is_none()
    }

    /// This environment as it was before the account of its session exported variables of its own (`env`
    /// in config.toml); `None` without a session.
    #[must_use]
    pub fn env_before_session(env: &Environment) -> Option<Environment> {
        env.raw(RESTORE)?;
        let record = Self::from_env(env);
        let mut before = env.clone();
        for (name, original) in record.displaced() {
            if !is_session_variable(name) {
                before.set(name, original.map(value_from_bytes));
            }
        }
        Some(before)
    }

    /// Remembers the value that a variable had before the session; `None`: it was not set.
    pub fn insert(&mut self, name: &str, original: Option<Vec<u8>>) {
        let original = original.map(Original::from);
        self.displaced.insert(name.to_owned(), original);
    }

    /// Whether the keys in this environment are still those of the session.
    #[must_use]
    pub fn keys_unchanged(&self, env: &Environment) -> bool {
        env.text("AWS_ACCESS_KEY_ID") == Some(&self.key)
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

    /// The value of a variable before the first session, if it was set, not empty and UTF-8 text.
    #[must_use]
    pub fn original(&self, env: &Environment, name: &str) -> Option<String> {
        let remembered = self.displaced().find(|(known, _)| *known == name);
        match remembered {
            Some((_, original)) => String::from_utf8(original?.to_vec()).ok(),
            None => env.text(name).map(str::to_owned),
        }
        .filter(|value| !value.is_empty())
    }

    /// Each variable with its value before the first session (`None`: not set), sorted by name.
    pub fn displaced(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.displaced.iter().map(|(name, original)| {
            let original = original.as_ref().map(|original| match original {
                Original::Text(text) => text.as_bytes(),
                Original::Bytes(bytes) => bytes,
            });
            (name.as_str(), original)
        })
    }

    /// The record as a value of `AWS_MFA_RESTORE`.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        // A map of strings always has a JSON form.
        let json = Zeroizing::new(serde_json::to_vec(self).unwrap_or_default());
        BASE64.encode(&*json).into_bytes().into()
    }

    fn decode(text: &str) -> Option<Self> {
        let json = Zeroizing::new(BASE64.decode(text).ok()?);
        let record: Self = serde_json::from_slice(&json).ok()?;
        // The names go into statements that a shell evaluates.
        record
            .displaced
            .keys()
            .all(|name| is_variable_name(name))
            .then_some(record)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_its_encoding() {
        let record = RestoreRecord {
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
        let encoded = record.encode();
        assert!(
            encoded
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(b))
        );
        let back = RestoreRecord::decode(std::str::from_utf8(&encoded).unwrap()).unwrap();
        assert_eq!(
            back.displaced().collect::<Vec<_>>(),
            record.displaced().collect::<Vec<_>>()
        );
        assert_eq!(
            (back.source.as_str(), back.role_arn()),
            ("key", Some("arn"))
        );
    }

    #[test]
    fn a_record_with_an_impossible_variable_name_is_refused() {
        for json in [
            r#"{"displaced":{"A;touch x":null}}"#,
            r#"{"displaced":{"":null}}"#,
            r#"{"displaced":{"1":"x"}}"#,
            "[]",
            "",
        ] {
            assert!(
                RestoreRecord::decode(&BASE64.encode(json)).is_none(),
                "{json}"
            );
        }
        assert!(RestoreRecord::decode("%").is_none());
        assert!(RestoreRecord::decode(&BASE64.encode(r#"{"displaced":{"A_1":null}}"#)).is_some());
    }

    #[test]
    fn originals_are_never_shown() {
        let record = RestoreRecord {
            displaced: [("A".to_owned(), Some(Original::Text("geheim".to_owned())))].into(),
            ..RestoreRecord::default()
        };
        assert!(!format!("{record:?}").contains("geheim"));
    }
}
