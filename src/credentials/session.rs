//! The temporary credentials that STS returns.

use std::fmt;

use secrecy::SecretString;

use crate::error::{Failure, Result};
use crate::time::rfc3339;

/// The size limit of a session token in bytes. AWS names none; its tokens have up to a few KiB. Linux starts no program
/// with a variable of 128 KiB or more (`MAX_ARG_STRLEN`, execve(2)), and `AWS_MFA_RESTORE` may hold an earlier token in
/// base64, so the limit is half of that.
const LONGEST_TOKEN: usize = 64 * 1024;

/// Temporary credentials, whose characters were checked.
#[derive(Clone)]
pub struct Session {
    /// The access key ID, `ASIA…`; no secret.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretString,
    /// The session token.
    pub session_token: SecretString,
    /// The expiration of the session, in Unix seconds.
    pub expires_at: i64,
}

impl Session {
    /// Checks the credentials in a response of STS. Shells evaluate them later, so no other characters than those of
    /// AWS's keys and tokens may be in them.
    ///
    /// # Errors
    ///
    /// If a part has other characters, or the token is too long, or the session expired before `now` (Unix seconds).
    pub fn checked(
        access_key_id: &str,
        secret_access_key: &str,
        session_token: &str,
        expires_at: i64,
        now: i64,
    ) -> Result<Self> {
        let invalid = |problem: &str| {
            Failure::broken(format!("could not use the response of STS: {problem}"))
        };
        let not_from_aws = |problem: &str| {
            invalid(problem).help(
                "AWS does not send this: check the endpoint (AWS_ENDPOINT_URL, endpoint_url) and the proxy",
            )
        };
        // https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html: 16 to 128 of \w
        let id_ok = (16..=128).contains(&access_key_id.len())
            && access_key_id
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !id_ok {
            return Err(not_from_aws("the access key ID does not have AWS's format"));
        }
        if !is_base64(secret_access_key) {
            return Err(not_from_aws(
                "the secret access key has characters other than base64's",
            ));
        }
        if !is_base64(session_token) {
            return Err(not_from_aws(
                "the session token has characters other than base64's",
            ));
        }
        if session_token.len() > LONGEST_TOKEN {
            return Err(not_from_aws(&format!(
                "the session token has more than {} KiB",
                LONGEST_TOKEN / 1024
            )));
        }
        if expires_at <= now {
            return Err(invalid("the session has already expired")
                .help("check the time and the time zone of this machine's clock"));
        }
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.into(),
            session_token: session_token.into(),
            expires_at,
        })
    }

    /// A session with dummy credentials that expires at `now` (Unix seconds). `env` formats it first, so that a value
    /// the shell cannot express is found before a code is used up.
    #[must_use]
    pub fn placeholder(now: i64) -> Self {
        Self {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "secret".into(),
            session_token: "token".into(),
            expires_at: now,
        }
    }

    /// The expiration of the session, as RFC 3339 in UTC.
    #[must_use]
    pub fn expiration(&self) -> String {
        rfc3339(self.expires_at)
    }
}

/// Redacted, except for the expiration.
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

    /// A session whose secret contains the account's name.
    pub(crate) fn session(account: &str) -> Session {
        Session {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: format!("secret-of-{account}").into(),
            session_token: format!("token-of-{account}").into(),
            expires_at: 1_767_333_333,
        }
    }

    #[test]
    fn a_session_with_characters_unlike_awss_is_rejected() {
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
                check(bad, "s", "t", 101).unwrap_err().contains("key ID"),
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
        let longest = "t".repeat(LONGEST_TOKEN);
        assert_eq!(check(id, "s", &longest, 101), Ok(()));
        for length in [LONGEST_TOKEN + 1, 900_000] {
            let problem = check(id, "s", &"t".repeat(length), 101).unwrap_err();
            assert!(problem.contains("more than 64 KiB"), "{problem}");
        }
        for expires in [100, 99, -1, i64::MIN] {
            assert!(
                check(id, "s", "t", expires)
                    .unwrap_err()
                    .contains("already expired")
            );
        }
    }
}
