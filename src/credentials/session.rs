use std::fmt;

use secrecy::SecretString;

use crate::error::{Failure, Result};
use crate::time::rfc3339;

/// Temporary credentials whose form was checked.
#[derive(Clone)]
pub struct Session {
    /// `ASIA…`
    pub access_key_id: String,
    /// The secret to it.
    pub secret_access_key: SecretString,
    /// The token that goes with every request.
    pub session_token: SecretString,
    /// When it ends, in Unix seconds.
    pub expires_at: i64,
}

impl Session {
    /// Checks what STS sent and makes a session of it.
    ///
    /// # Errors
    ///
    /// If a part of it is not of the form that AWS gives it, or it has already ended: such a thing
    /// must never reach a shell that evaluates it.
    pub fn checked(
        access_key_id: &str,
        secret_access_key: &str,
        session_token: &str,
        expires_at: i64,
        now: i64,
    ) -> Result<Self> {
        let wrong = |part: &str| {
            Failure::broken(format!("could not use what STS sent: {part}")).help(
                "AWS does not send this; see what answers at the endpoint (AWS_ENDPOINT_URL, endpoint_url, a proxy)",
            )
        };
        // https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html: 16 to 128 of \w
        let id_ok = (16..=128).contains(&access_key_id.len())
            && access_key_id
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !id_ok {
            return Err(wrong("the access key id is not of AWS's form"));
        }
        if !is_base64(secret_access_key) {
            return Err(wrong(
                "the secret access key has characters that AWS's never have",
            ));
        }
        if !is_base64(session_token) {
            return Err(wrong(
                "the session token has characters that AWS's never have",
            ));
        }
        if expires_at <= now {
            return Err(wrong("the session has already ended").with_only_help(
                "see whether this machine's clock is right, in hours as well as in its time zone",
            ));
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.into(),
            session_token: session_token.into(),
            expires_at,
        })
    }

    /// A session with dummy credentials. `env` formats it first, so that a value the shell cannot express
    /// is found before a code is used up.
    #[must_use]
    pub fn placeholder(now: i64) -> Self {
        Self {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "secret".into(),
            session_token: "token".into(),
            expires_at: now,
        }
    }

    /// The end of the session, as RFC 3339 in UTC.
    #[must_use]
    pub fn expiration(&self) -> String {
        rfc3339(self.expires_at)
    }
}

/// Shows no part of the credentials.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session([REDACTED], until {})", self.expiration())
    }
}

fn is_base64(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A session whose secret names the account.
    pub(crate) fn session(account: &str) -> Session {
        Session {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: format!("secret-of-{account}").into(),
            session_token: format!("token-of-{account}").into(),
            expires_at: 1_767_333_333,
        }
    }

    #[test]
    fn what_sts_sent_is_checked() {
        let check = |id: &str, secret: &str, token: &str, expires| {
            Session::checked(id, secret, token, expires, 100)
                .map(|_| ())
                .map_err(|f| f.to_string())
        };
        let id = "ASIAIOSFODNN7EXAMPLE";
        assert_eq!(check(id, "aB+/=9", "aB+/=9", 101), Ok(()));
        for bad in [
            "",
            "$(touch pwned)",
            "a\nb",
            "a'b",
            "a\"b",
            "a b",
            "a;b",
            "ä",
            "a\0",
        ] {
            assert!(
                check(bad, "s", "t", 101).unwrap_err().contains("key id"),
                "{bad}"
            );
            assert!(
                check(id, bad, "t", 101).unwrap_err().contains("secret"),
                "{bad}"
            );
            assert!(
                check(id, "s", bad, 101).unwrap_err().contains("token"),
                "{bad}"
            );
        }
        for expires in [100, 99, -1, i64::MIN] {
            assert!(
                check(id, "s", "t", expires)
                    .unwrap_err()
                    .contains("already ended")
            );
        }
    }
}
