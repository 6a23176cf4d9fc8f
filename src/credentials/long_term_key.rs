//! The long-term access key of an IAM user.

use std::fmt;

use aws_credential_types::Credentials;
use secrecy::{ExposeSecret as _, SecretString};

use crate::console::{is_invisible, looks_secret};

/// A long-term access key, whose form was checked. AWS decides whether it is valid.
#[derive(Clone, Debug)]
pub struct LongTermKey {
    access_key_id: String,
    secret_access_key: SecretString,
}

/// The two parts of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPart {
    /// The access key ID, `AKIA…`; no secret.
    AccessKeyId,
    /// The secret access key.
    SecretAccessKey,
}

impl KeyPart {
    /// The part's name in the AWS files.
    #[must_use]
    pub const fn setting(self) -> &'static str {
        match self {
            Self::AccessKeyId => "aws_access_key_id",
            Self::SecretAccessKey => "aws_secret_access_key",
        }
    }
}

impl fmt::Display for KeyPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKeyId => "access key ID",
            Self::SecretAccessKey => "secret access key",
        })
    }
}

/// The reason for which a text cannot be a part of a key. Its message shows no part of a secret but a character that
/// no secret contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFault {
    /// The part with the fault.
    pub part: KeyPart,
    /// The fault.
    pub kind: KeyFaultKind,
}

/// The faults of a text that is meant to be a part of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFaultKind {
    /// A control character, such as the end of a line in a value that continues on an indented line.
    Control(char),
    /// A blank inside the value.
    Blank,
    /// An invisible character, such as a byte order mark or a zero-width space.
    Invisible(char),
    /// Another character outside ASCII.
    NotAscii(char),
    /// Quotes around the value: the AWS files have none.
    Quotes,
    /// The text of a template, such as `<YOUR_KEY>`.
    Placeholder,
    /// The form of the other part: the two are swapped. AWS would be sent the secret as the ID, unencrypted in the
    /// request's header.
    Swapped,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let character = |c: char| format!("U+{:04X}", u32::from(c));
        match self.kind {
            KeyFaultKind::Control('\n' | '\r') => f.write_str("it continues on a second line"),
            KeyFaultKind::Control(c) => {
                write!(f, "it contains a control character ({})", character(c))
            }
            KeyFaultKind::Blank => f.write_str("it contains a blank"),
            KeyFaultKind::Invisible(c) => {
                write!(f, "it contains an invisible character ({})", character(c))
            }
            KeyFaultKind::NotAscii(c) => {
                write!(
                    f,
                    "it contains a character that no key has ({})",
                    character(c)
                )
            }
            KeyFaultKind::Quotes => f.write_str("it is in quotes, which would be part of it"),
            KeyFaultKind::Placeholder => f.write_str("it is a placeholder"),
            KeyFaultKind::Swapped => f.write_str("it and the secret access key seem to be swapped"),
        }
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes>
const ID_LENGTH: usize = 20;

impl LongTermKey {
    /// Checks that both parts could be those of a key. The SDK panics at a control character, which no HTTP header
    /// may contain.
    ///
    /// # Errors
    ///
    /// The first fault of a part.
    pub fn checked(access_key_id: &str, secret_access_key: &str) -> Result<Self, KeyFault> {
        for (part, text) in [
            (KeyPart::AccessKeyId, access_key_id),
            (KeyPart::SecretAccessKey, secret_access_key),
        ] {
            if let Some(kind) = fault(text) {
                return Err(KeyFault { part, kind });
            }
        }
        if looks_secret(access_key_id) && looks_like_id(secret_access_key) {
            return Err(KeyFault {
                part: KeyPart::AccessKeyId,
                kind: KeyFaultKind::Swapped,
            });
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.into(),
        })
    }

    /// The first thing about the key that none of AWS's own keys has, as a sentence without the secret. Other systems
    /// with AWS's interface have such keys: that of `LocalStack` is `test`.
    #[must_use]
    pub fn oddity(&self) -> Option<String> {
        const SECRET_LENGTH: usize = 40;
        let id = &self.access_key_id;
        let secret_length = self.secret_access_key.expose_secret().len();
        if !id.starts_with("AKIA") {
            Some("the access key ID does not begin with AKIA".to_owned())
        } else if id.len() != ID_LENGTH {
            let length = id.len();
            Some(format!(
                "the access key ID has {length} characters instead of {ID_LENGTH}"
            ))
        } else if secret_length != SECRET_LENGTH {
            Some(format!(
                "the secret access key has {secret_length} characters instead of {SECRET_LENGTH}"
            ))
        } else {
            None
        }
    }
}

/// The key as the SDK signs with it.
impl From<&LongTermKey> for Credentials {
    fn from(key: &LongTermKey) -> Self {
        let secret = key.secret_access_key.expose_secret();
        Self::new(&key.access_key_id, secret, None, None, "profile")
    }
}

fn fault(text: &str) -> Option<KeyFaultKind> {
    let character = text.chars().find_map(|c| match c {
        _ if c.is_control() => Some(KeyFaultKind::Control(c)),
        _ if is_blank_or_invisible(c) => Some(KeyFaultKind::Invisible(c)),
        _ if !c.is_ascii() => Some(KeyFaultKind::NotAscii(c)),
        _ => None,
    });
    let quoted = ['"', '\''];
    let is_quoted = text.starts_with(quoted) || text.ends_with(quoted);
    if character.is_some() {
        character
    } else if is_placeholder(text.trim_matches(quoted)) {
        Some(KeyFaultKind::Placeholder)
    } else if is_quoted {
        Some(KeyFaultKind::Quotes)
    } else if text.contains(' ') {
        Some(KeyFaultKind::Blank)
    } else {
        None
    }
}

/// Blanks and format characters of Unicode that editors and web pages leave in a copied text without showing them.
fn is_blank_or_invisible(c: char) -> bool {
    is_invisible(c) || c.is_whitespace() && !c.is_ascii()
}

/// Whether the text has the form of an access key ID of AWS's.
fn looks_like_id(text: &str) -> bool {
    text.len() == ID_LENGTH
        && ["AKIA", "ASIA"].iter().any(|start| text.starts_with(start))
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Returns true for the text of a template: one in brackets, a variable, one that begins with "your", or one of the
/// same few characters only. None of AWS's keys is like that, nor the `test` of `LocalStack`.
fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 6] = [
        "changeme",
        "change_me",
        "change-me",
        "replace_me",
        "replace-me",
        "todo",
    ];
    let lower = text.to_ascii_lowercase();
    let in_brackets = [('<', '>'), ('[', ']'), ('{', '}')]
        .into_iter()
        .any(|(open, close)| text.starts_with(open) && text.ends_with(close));
    let rest = lower.strip_prefix("akia").unwrap_or(&lower);
    let is_filler = rest.len() > 2 && (rest.bytes().all(|b| b == b'x') || is_dots(rest));
    in_brackets
        || text.starts_with('$')
        || ["your_", "your-", "your "]
            .iter()
            .any(|start| lower.starts_with(start))
        || WORDS.contains(&&*lower)
        || is_filler
}

fn is_dots(text: &str) -> bool {
    text.bytes().all(|b| b == b'.') || text.bytes().all(|b| b == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "AKIAIOSFODNN7EXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    #[test]
    fn a_text_that_cannot_be_a_key_is_refused_with_its_fault() {
        for (text, kind) in [
            ("AKIA\nregion = x", KeyFaultKind::Control('\n')),
            ("AKIA\rX", KeyFaultKind::Control('\r')),
            ("AKIA\u{7f}", KeyFaultKind::Control('\u{7f}')),
            ("AKIA\u{85}", KeyFaultKind::Control('\u{85}')),
            ("\u{feff}AKIA", KeyFaultKind::Invisible('\u{feff}')),
            ("AK\u{200b}IA", KeyFaultKind::Invisible('\u{200b}')),
            ("AKIA\u{a0}", KeyFaultKind::Invisible('\u{a0}')),
            ("АKIA", KeyFaultKind::NotAscii('А')),
            ("\"AKIA\"", KeyFaultKind::Quotes),
            ("'AKIA'", KeyFaultKind::Quotes),
            ("AKIA # old", KeyFaultKind::Blank),
            ("<YOUR_KEY>", KeyFaultKind::Placeholder),
            ("\"<YOUR_KEY>\"", KeyFaultKind::Placeholder),
            ("YOUR_ACCESS_KEY_ID", KeyFaultKind::Placeholder),
            ("${KEY}", KeyFaultKind::Placeholder),
            ("AKIAXXXXXXXXXXXXXXXX", KeyFaultKind::Placeholder),
            ("****************", KeyFaultKind::Placeholder),
            ("changeme", KeyFaultKind::Placeholder),
        ] {
            for (part, key) in [
                (KeyPart::AccessKeyId, LongTermKey::checked(text, SECRET)),
                (KeyPart::SecretAccessKey, LongTermKey::checked(ID, text)),
            ] {
                assert_eq!(key.unwrap_err(), KeyFault { part, kind }, "{text:?}");
            }
        }
    }

    #[test]
    fn a_key_of_unusual_form_is_reported_and_used() {
        let oddity = |id, secret| LongTermKey::checked(id, secret).unwrap().oddity();
        assert_eq!(oddity(ID, SECRET), None);
        for (id, secret, said) in [
            ("test", "test", "does not begin with AKIA"),
            ("AKIAIOSFODNN7", SECRET, "has 13 characters instead of 20"),
            (ID, "short", "has 5 characters instead of 40"),
        ] {
            let oddity = oddity(id, secret).unwrap();
            assert!(oddity.contains(said), "{oddity}");
        }
    }
}
