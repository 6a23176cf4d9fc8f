//! The session that a shell holds, read back from its environment. The session provider reuses it; `status`,
//! `list` and others show it.

use super::Environment;
use super::variables::{ACCOUNT, EXPIRES_AT};
use crate::credentials::Session;

/// The session that a shell holds, as its environment variables describe it.
#[derive(Debug)]
pub struct ShellSession<'a> {
    /// The name of the account.
    pub account: &'a str,
    /// The expiration of the session, in Unix seconds; `None` if the variable is missing or not a decimal number of at
    /// most 11 digits, as the hooks check it, too.
    pub expires_at: Option<i64>,
    env: &'a Environment,
}

impl<'a> ShellSession<'a> {
    /// The session in this environment; `None` if it names no account.
    #[must_use]
    pub fn from_env(env: &'a Environment) -> Option<Self> {
        let expires_at = env.text(EXPIRES_AT);
        Some(Self {
            account: env.text(ACCOUNT)?,
            expires_at: expires_at.and_then(unix_seconds),
            env,
        })
    }

    /// The remaining seconds of the session at `now` (Unix seconds); 0 if it has expired.
    #[must_use]
    pub fn seconds_left(&self, now: i64) -> i64 {
        self.expires_at
            .map_or(0, |at| at.saturating_sub(now).max(0))
    }

    /// The credentials; `None` if one is missing or malformed, or the session has expired at `now` (Unix seconds).
    #[must_use]
    pub fn credentials(&self, now: i64) -> Option<Session> {
        Session::checked(
            self.env.text("AWS_ACCESS_KEY_ID")?,
            self.env.text("AWS_SECRET_ACCESS_KEY")?,
            self.env.text("AWS_SESSION_TOKEN")?,
            self.expires_at?,
            now,
        )
        .ok()
    }
}

/// The number, if it is decimal, without sign or leading zero, and has at most 11 digits: a year of four digits.
fn unix_seconds(text: &str) -> Option<i64> {
    let is_short_number = (1..=11).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0');
    is_short_number.then(|| text.parse().ok()).flatten()
}
