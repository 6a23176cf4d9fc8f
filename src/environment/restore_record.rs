//! The record of the values that a session displaced, in the variable `AWS_MFA_RESTORE`. `delivery::changes`
//! writes it with a session and restores the values from it at `off`. It never contains the session's secrets, but
//! the values that it restores may be secrets.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::variables::{RESTORE, is_session_variable, is_variable_name};
use super::{Environment, value_from_bytes};

/// The content of `AWS_MFA_RESTORE`: the origin of the session, and the value that each variable had before the
/// first session of this shell. Encoded as URL-safe base64 of JSON, so that no shell needs to quote it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct RestoreRecord {
    /// The source profile of the session.
    #[serde(default)]
    source: String,
    /// The ARN of the session's role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    /// The access key ID of the session. Another one in the environment was set by the user after the session was
    /// loaded.
    #[serde(default)]
    key: String,
    /// The values by variable name; `null` for a variable that was not set.
    displaced: BTreeMap<String, Option<Original>>,
}

/// The value of a variable before the session.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Original {
    /// A value in UTF-8.
    Text(String),
    /// The bytes of any other value.
    Bytes(Vec<u8>),
}

/// Redacted: the value may be a secret.
impl std::fmt::Debug for Original {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl RestoreRecord {
    /// A record of a session with this origin and access key ID, without displaced values.
    #[must_use]
    pub fn new(source_profile: &str, role_arn: Option<String>, access_key_id: &str) -> Self {
        Self {
            source: source_profile.to_owned(),
            role: role_arn,
            key: access_key_id.to_owned(),
            displaced: BTreeMap::new(),
        }
    }

    /// Decodes the record in this environment; an empty record if there is none or it is corrupt.
    #[must_use]
    pub fn from_env(env: &Environment) -> Self {
        env.text(RESTORE).and_then(Self::decode).unwrap_or_default()
    }

    /// Whether this environment has a record that cannot be decoded.
    #[must_use]
    pub fn is_corrupt(env: &Environment) -> bool {
        env.raw(RESTORE).is_some() && env.text(RESTORE).and_then(Self::decode).is_none()
    }

    /// The environment without the variables that the account of its session exports by `env` in config.toml: with
    /// their original values instead. `None` if the environment holds no session.
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

    /// Records the value of a variable before the session; `None` if it was not set.
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

    /// The value of a variable before the first session; `None` if it was not set, empty or not UTF-8.
    #[must_use]
    pub fn original(&self, env: &Environment, name: &str) -> Option<String> {
        let displaced = self.displaced().find(|(displaced, _)| *displaced == name);
        match displaced {
            Some((_, original)) => String::from_utf8(original?.to_vec()).ok(),
            None => env.text(name).map(str::to_owned),
        }
        .filter(|value| !value.is_empty())
    }

    /// The variables with their values before the first session (`None`: not set), sorted by name.
    pub fn displaced(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.displaced.iter().map(|(name, original)| {
            let original = original.as_ref().map(|original| match original {
                Original::Text(text) => text.as_bytes(),
                Original::Bytes(bytes) => bytes,
            });
            (name.as_str(), original)
        })
    }

    /// Encodes the record as a value of `AWS_MFA_RESTORE`.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        // Serializing a map of strings cannot fail.
        let json = Zeroizing::new(serde_json::to_vec(self).unwrap_or_default());
        BASE64.encode(&*json).into_bytes().into()
    }

    fn decode(text: &str) -> Option<Self> {
        let json = Zeroizing::new(BASE64.decode(text).ok()?);
        let record: Self = serde_json::from_slice(&json).ok()?;
        // The shell evaluates statements with these names in them.
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
    fn debug_output_has_no_original_values() {
        let record = RestoreRecord {
            displaced: [("A".to_owned(), Some(Original::Text("geheim".to_owned())))].into(),
            ..RestoreRecord::default()
        };
        assert!(!format!("{record:?}").contains("geheim"));
    }
}
