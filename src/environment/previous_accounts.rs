//! The accounts whose sessions a shell held last, for `mfa -`. The statements that the hook evaluates keep them in a
//! variable of the shell, so that nothing is written to a file and each shell goes back to its own.

use super::variables::{ACCOUNT, PREVIOUS};
use super::{Changes, Environment};

/// The names of the accounts that a shell held last, the latest first.
#[derive(Debug, PartialEq, Eq)]
pub struct PreviousAccounts<'a>(Vec<&'a str>);

impl<'a> PreviousAccounts<'a> {
    /// The number of accounts that are remembered: the one that is held, or was held last, and the one before.
    const REMEMBERED: usize = 2;

    /// The accounts of the shell that has this environment, the one that it holds included.
    #[must_use]
    pub fn from_env(env: &'a Environment) -> Self {
        let earlier = env.text(PREVIOUS).unwrap_or_default();
        Self::latest(env.text(ACCOUNT).into_iter().chain(earlier.split(' ')))
    }

    /// The account that the shell held before the one that it holds, or last if it holds none.
    #[must_use]
    pub fn before(env: &'a Environment) -> Option<&'a str> {
        let held = env.text(ACCOUNT);
        let mut accounts = Self::from_env(env).0.into_iter();
        accounts.find(|account| Some(*account) != held)
    }

    /// Adds to the changes that load a session of `account`, or with `None` end one, that the shell remembers it.
    pub fn remember(env: &'a Environment, account: Option<&'a str>, changes: &mut Changes) {
        let accounts = Self::latest(account.into_iter().chain(Self::from_env(env).0));
        changes.set(PREVIOUS, accounts.0.join(" ").into_bytes());
    }

    fn latest(accounts: impl Iterator<Item = &'a str>) -> Self {
        let mut latest = Vec::new();
        for account in accounts.filter(|account| !account.is_empty() && !account.contains(' ')) {
            if latest.len() < Self::REMEMBERED && !latest.contains(&account) {
                latest.push(account);
            }
        }
        Self(latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_before_is_another_than_the_one_that_is_held() {
        for (held, previous, before) in [
            (None, None, None),
            (Some("test"), None, None),
            (Some("test"), Some("test"), None),
            (Some("test"), Some("test prod"), Some("prod")),
            // After `off`.
            (None, Some("test prod"), Some("test")),
            // Loaded without the hook.
            (Some("joe"), Some("test prod"), Some("test")),
            // Not as this program writes it.
            (None, Some("  "), None),
        ] {
            let variables = [(ACCOUNT, held), (PREVIOUS, previous)];
            let env: Environment = variables
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect();
            assert_eq!(
                PreviousAccounts::before(&env),
                before,
                "{held:?} {previous:?}"
            );
        }
    }
}
