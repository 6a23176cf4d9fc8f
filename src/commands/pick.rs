use std::fmt;
use std::io::IsTerminal as _;

use inquire::{InquireError, Select};
use unicode_width::UnicodeWidthStr as _;

use super::save::saved_until;
use crate::account::AccountName;
use crate::account::resolve::Accounts;
use crate::cli::AccountOptions;
use crate::code::terminal::Terminal;
use crate::console::printable;
use crate::error::{Failure, Result};
use crate::session::spoken;

/// Lets the user pick one of the accounts at the terminal, whatever standard input and output are;
/// `None` if nobody sits there.
///
/// # Errors
///
/// If the user picks none.
pub(super) fn account(accounts: &Accounts<'_>, names: &[AccountName]) -> Option<Result<String>> {
    // The list is drawn on standard error.
    if !std::io::stderr().is_terminal() || Terminal::open().is_none() {
        return None;
    }
    let width = names
        .iter()
        .map(|name| name.as_str().width())
        .max()
        .unwrap_or(0);
    let choices = names
        .iter()
        .map(|name| Choice::of(accounts, name, width))
        .collect();
    let picked = Select::new("account:", choices)
        .with_help_message("arrows and Enter, letters to filter, Esc to leave")
        .prompt();
    Some(match picked {
        Ok(choice) => Ok(choice.name),
        Err(InquireError::OperationInterrupted) => Err(Failure::interrupted()),
        Err(InquireError::OperationCanceled) => Err(Failure::no_code("no account was picked")),
        Err(error) => Err(Failure::broken(format!(
            "could not ask for the account: {error}"
        ))),
    })
}

/// One line of the list.
struct Choice {
    name: String,
    line: String,
}

impl Choice {
    fn of(accounts: &Accounts<'_>, name: &AccountName, width: usize) -> Self {
        let pad = " ".repeat(width + 2 - name.as_str().width());
        let leads_to = match accounts.resolve(name.as_str(), &AccountOptions::default()) {
            Ok(account) => match saved_until(accounts, &account) {
                Some(at) => {
                    let left = spoken(at - accounts.context.unix_now());
                    format!("{}, saved session has {left} left", account.leads_to())
                }
                None => account.leads_to(),
            },
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
