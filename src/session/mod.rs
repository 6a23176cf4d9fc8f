use std::fmt;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use secrecy::SecretString;

use crate::context::{Context, Environment};
use crate::delivery::changes;
use crate::error::{Failure, Result};

/// Whether AWS can be reached and knows a key, for `doctor`.
pub mod check;
/// How AWS is reached: region, endpoint, certificates, proxy, limits.
pub mod client;
/// A command that prints a long-term key.
mod key_command;
/// What AWS's no means, and what the network's.
pub mod refusal;
/// What is asked: `GetSessionToken`, `AssumeRole`, `ListMFADevices`.
pub mod request;
/// Sessions that other processes of the user take part in.
pub mod share;
/// How requests travel: connections, TLS, proxies.
mod transport;
/// Which certificates of servers are trusted.
mod trust;

/// With less time left than this, a session is renewed rather than used again.
pub const WORTH_KEEPING_SECONDS: i64 = 600;

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
    /// A session out of what STS sent.
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
            return Err(wrong("the session has already ended").help(
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

    /// Something of a session's form and no use, to see what would become of one.
    #[must_use]
    pub fn stand_in(now: i64) -> Self {
        Self {
            access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
            secret_access_key: "secret".into(),
            session_token: "token".into(),
            expires_at: now,
        }
    }

    /// When it ends, as RFC 3339 in UTC.
    #[must_use]
    pub fn expiration(&self) -> String {
        rfc3339(self.expires_at)
    }
}

/// Shows nothing that a reader could use.
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

/// Unix seconds as RFC 3339 in UTC.
#[must_use]
pub fn rfc3339(unix_seconds: i64) -> String {
    DateTime::from_secs(unix_seconds)
        .fmt(Format::DateTime)
        .unwrap_or_else(|_| unix_seconds.to_string())
}

/// RFC 3339 as Unix seconds.
#[must_use]
pub fn from_rfc3339(text: &str) -> Option<i64> {
    let time = DateTime::from_str(text, Format::DateTimeWithOffset).ok()?;
    Some(time.secs())
}

/// A stretch of time as people say it: `11 h 42 min`, `9 min`, `40 s`.
#[must_use]
pub fn spoken(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{} s", seconds.max(0)),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// What the environment says of the session that the shell holds.
#[derive(Debug)]
pub struct Held<'a> {
    /// The account's name.
    pub account: &'a str,
    /// When the session ends, in Unix seconds; `None` if the variable makes no sense.
    pub expires_at: Option<i64>,
}

impl<'a> Held<'a> {
    /// The session of the shell that has this environment.
    #[must_use]
    pub fn by(env: &'a Environment) -> Option<Self> {
        Some(Self {
            account: env.text(changes::ACCOUNT)?,
            expires_at: env
                .text(changes::EXPIRES_AT)
                .and_then(|text| text.parse().ok()),
        })
    }

    /// The seconds it has left; 0 if it has ended.
    #[must_use]
    pub fn seconds_left(&self, context: &Context) -> i64 {
        self.expires_at
            .map_or(0, |at| at.saturating_sub(context.unix_now()).max(0))
    }

    /// The credentials themselves, if they are all there and live.
    #[must_use]
    pub fn session(&self, context: &Context) -> Option<Session> {
        let variable = |name| context.env.text(name);
        Session::checked(
            variable("AWS_ACCESS_KEY_ID")?,
            variable("AWS_SECRET_ACCESS_KEY")?,
            variable("AWS_SESSION_TOKEN")?,
            self.expires_at?,
            context.unix_now(),
        )
        .ok()
    }
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

    #[test]
    fn times_are_said_as_people_say_them() {
        for (seconds, said) in [
            (-5, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h 0 min"),
            (129_599, "35 h 59 min"),
        ] {
            assert_eq!(spoken(seconds), said);
        }
        assert_eq!(rfc3339(1_767_323_045), "2026-01-02T03:04:05Z");
        assert_eq!(from_rfc3339("2026-01-02T03:04:05Z"), Some(1_767_323_045));
        assert_eq!(
            from_rfc3339("2026-01-02T05:04:05+02:00"),
            Some(1_767_323_045)
        );
        assert_eq!(from_rfc3339("soon"), None);
    }
}
