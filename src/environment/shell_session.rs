use super::Environment;
use super::variables::{ACCOUNT, EXPIRES_AT};
use crate::credentials::Session;

/// The session that a shell holds, as its environment describes it.
#[derive(Debug)]
pub struct ShellSession<'a> {
    /// The account's name.
    pub account: &'a str,
    /// When the session ends, in Unix seconds; `None` if the variable is missing or no number.
    pub expires_at: Option<i64>,
    env: &'a Environment,
}

impl<'a> ShellSession<'a> {
    /// The session of the shell that has this environment.
    #[must_use]
    pub fn from_env(env: &'a Environment) -> Option<Self> {
        let expires_at = env.text(EXPIRES_AT);
        Some(Self {
            account: env.text(ACCOUNT)?,
            expires_at: expires_at.and_then(|text| text.parse().ok()),
            env,
        })
    }

    /// The seconds that it has left at `now` (Unix seconds); 0 if it has ended.
    #[must_use]
    pub fn seconds_left(&self, now: i64) -> i64 {
        self.expires_at
            .map_or(0, |at| at.saturating_sub(now).max(0))
    }

    /// The credentials themselves, if they are complete and live at `now` (Unix seconds).
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
