use std::fmt;
use std::io::IsTerminal as _;

use inquire::{InquireError, Select};
use unicode_width::UnicodeWidthStr as _;

use crate::account::resolve::Accounts;
use crate::account::{AccountName, MfaSerial};
use crate::code::device::KnownDevices;
use crate::code::terminal::Terminal;
use crate::console::printable;
use crate::delivery::saved_profile::saved_until;
use crate::error::{Failure, Result};
use crate::session::shared::shared_until;
use crate::time::format_duration;

/// Lets the user pick one of the accounts at the terminal, whatever standard input and output are;
/// `None` if nobody sits there.
///
/// # Errors
///
/// If the user picks none.
pub(super) fn account(accounts: &Accounts<'_>, names: &[AccountName]) -> Option<Result<String>> {
    let width = names.iter().map(|name| name.as_str().width()).max();
    let width = width.unwrap_or(0);
    let choices = || {
        let known = KnownDevices::new(accounts.context);
        let choices = names
            .iter()
            .map(|name| Choice::of(accounts, &known, name, width));
        choices.collect()
    };
    Some(one("account", choices)?.map(|choice| choice.name))
}

/// The same for one of the user's MFA devices.
///
/// # Errors
///
/// If the user picks none.
pub(super) fn device(serials: &[MfaSerial]) -> Option<Result<MfaSerial>> {
    one("MFA device", || serials.to_vec())
}

fn one<T: fmt::Display>(what: &str, choices: impl FnOnce() -> Vec<T>) -> Option<Result<T>> {
    // The list is drawn on standard error.
    if !std::io::stderr().is_terminal() || Terminal::open().is_none() {
        return None;
    }
    let picked = Select::new(&format!("{what}:"), choices())
        .with_help_message("arrows and Enter, letters to filter, Esc to leave")
        .prompt();
    Some(picked.map_err(|error| match error {
        InquireError::OperationInterrupted => Failure::interrupted(),
        InquireError::OperationCanceled => Failure::no_code(format!("no {what} was picked")),
        error => Failure::broken(format!("could not ask for the {what}: {error}")),
    }))
}

/// One line of the list.
struct Choice {
    name: String,
    line: String,
}

impl Choice {
    fn of(
        accounts: &Accounts<'_>,
        known: &KnownDevices<'_>,
        name: &AccountName,
        width: usize,
    ) -> Self {
        let pad = " ".repeat(width + 2 - name.as_str().width());
        let leads_to = match accounts.resolve(name.as_str()) {
            Ok(mut account) => {
                known.complete(accounts, &mut account);
                let left = |at: i64| format_duration(at - accounts.context.unix_now());
                let saved = saved_until(accounts, &account)
                    .map(|at| format!("saved session has {} left", left(at)));
                let shared = shared_until(accounts, &account)
                    .map(|at| format!("shared session has {} left", left(at)));
                let live = shared.into_iter().chain(saved);
                let parts = std::iter::once(account.target()).chain(live);
                parts.collect::<Vec<_>>().join(", ")
            }
            Err(_) => "cannot be used; aws-mfa list says why".to_owned(),
        };
        Self {
            name: name.to_string(),
            line: printable(&format!("{name}{pad}{leads_to}")).into_owned(),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}
