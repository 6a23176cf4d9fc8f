//! The lists from which the user picks an account or an MFA device at the terminal.

use std::fmt;
use std::io::IsTerminal as _;

use inquire::ui::RenderConfig;
use inquire::{InquireError, Select};
use unicode_width::UnicodeWidthStr as _;

use crate::account::resolve::Accounts;
use crate::account::{AccountName, MfaSerial};
use crate::code::device::KnownDevices;
use crate::console::{Console, is_terminal_dumb, printable};
use crate::delivery::saved_profile::saved_until;
use crate::error::{Failure, Result};
use crate::session::shared::shared_until;
use crate::terminal::Terminal;
use crate::time::format_duration;

/// Lets the user pick one of the accounts at the terminal, even if standard input and output are redirected; `None`
/// if there is no terminal that can show a list, or standard error does not show it there.
///
/// # Errors
///
/// If the user picks none.
pub(super) fn account(accounts: &Accounts<'_>, names: &[AccountName]) -> Option<Result<String>> {
    let widths = names.iter().map(|name| name.as_str().width());
    let width = widths.max().unwrap_or(0);
    let choices = || {
        let known = KnownDevices::new(accounts.context);
        let choices = names
            .iter()
            .map(|name| Choice::new(accounts, &known, name, width));
        choices.collect()
    };
    let console = accounts.context.console;
    Some(select(console, "account", choices)?.map(|choice| choice.name))
}

/// Lets the user pick one of the MFA devices, as [`account`] does.
///
/// # Errors
///
/// If the user picks none.
pub(super) fn device(console: Console, serials: &[MfaSerial]) -> Option<Result<MfaSerial>> {
    select(console, "MFA device", || serials.to_vec())
}

/// Shows a list with the prompt `what`; `choices` is called only if there is a terminal.
fn select<T: fmt::Display>(
    console: Console,
    what: &str,
    choices: impl FnOnce() -> Vec<T>,
) -> Option<Result<T>> {
    // The list is drawn on standard error, with escape sequences.
    if !std::io::stderr().is_terminal() || is_terminal_dumb() {
        return None;
    }
    Terminal::open()?.end_when_closed();
    let style = if console.is_colored() {
        RenderConfig::default_colored()
    } else {
        RenderConfig::empty()
    };
    let picked = Select::new(&format!("{what}:"), choices())
        .with_render_config(style)
        .with_help_message("arrow keys and Enter to pick, type to filter, Esc to cancel")
        .prompt();
    Some(picked.map_err(|error| match error {
        InquireError::OperationInterrupted => Failure::interrupted(),
        InquireError::OperationCanceled => Failure::no_code(format!("no {what} was picked")),
        error => Failure::broken(format!("could not ask for the {what}: {error}")),
    }))
}

/// An account in the list.
struct Choice {
    name: String,
    line: String,
}

impl Choice {
    /// The line of an account, with its name padded to `width` columns.
    fn new(
        accounts: &Accounts<'_>,
        known: &KnownDevices<'_>,
        name: &AccountName,
        width: usize,
    ) -> Self {
        let pad = " ".repeat(width + 2 - name.as_str().width());
        let description = match accounts.resolve(name.as_str()) {
            Ok(mut account) => {
                known.complete(accounts, &mut account);
                let left = |at: i64| format_duration(at - accounts.context.unix_now());
                let saved = saved_until(accounts, &account)
                    .map(|at| format!("saved session has {} left", left(at)));
                let shared = shared_until(accounts, &account)
                    .map(|at| format!("shared session has {} left", left(at)));
                let sessions = shared.into_iter().chain(saved);
                let parts = std::iter::once(account.target_or_key()).chain(sessions);
                parts.collect::<Vec<_>>().join(", ")
            }
            Err(_) => "cannot be used; `aws-mfa list` shows the reason".to_owned(),
        };
        Self {
            name: name.to_string(),
            line: printable(&format!("{name}{pad}{description}")).into_owned(),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}
