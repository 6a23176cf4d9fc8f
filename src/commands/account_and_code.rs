//! The account and the code that a command is called with, where both may be left out.

use super::pick;
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, Overrides};
use crate::credentials::MfaCode;
use crate::environment::{PreviousAccounts, ShellSession};
use crate::error::{Failure, Result};

/// Splits the arguments `[ACCOUNT] [CODE]…` into the account and the words of the code, which is that of `--code` if
/// that is given. The account `-` is the one that the shell held before. The account defaults to the one whose session the shell holds, else to the only one, else to the one
/// that the user picks from a list.
///
/// # Errors
///
/// If none of these gives an account, or the account is not defined or a setting of it is not valid.
pub(super) fn account_and_code(
    accounts: &Accounts<'_>,
    account: Option<&str>,
    code: &[String],
    code_option: Option<&String>,
    overrides: &Overrides,
) -> Result<(Account, Vec<String>)> {
    let is_account = |name: &str| accounts.resolve_with(name, overrides).is_ok();
    let before = match account {
        Some(PREVIOUS_ACCOUNT) => Some(previous_account(accounts)?),
        _ => None,
    };
    let (name, code) = match before.or(account) {
        account if let Some(code) = code_option => {
            let name =
                account.map_or_else(|| default_account(accounts), |name| Ok(name.to_owned()));
            (name?, vec![code.clone()])
        }
        // `aws-mfa env 123456` gives a code and no account.
        Some(only) if code.is_empty() && MfaCode::parse(only).is_ok() && !is_account(only) => {
            (default_account(accounts)?, vec![only.to_owned()])
        }
        Some(name) => (name.to_owned(), code.to_vec()),
        None => (default_account(accounts)?, code.to_vec()),
    };
    Ok((accounts.resolve_with(&name, overrides)?, code))
}

/// The word for the account that the shell held before.
const PREVIOUS_ACCOUNT: &str = "-";

/// The name of the account that the shell held before the one that it holds, or last if it holds none.
fn previous_account<'a>(accounts: &Accounts<'a>) -> Result<&'a str> {
    PreviousAccounts::before(&accounts.context.env).ok_or_else(|| {
        Failure::usage("could not go back: this shell has held no other account")
            .help("name the account; `aws-mfa list` shows all of them")
    })
}

/// The name of the account whose session the shell holds, or the only one, or the one that the user picks.
fn default_account(accounts: &Accounts<'_>) -> Result<String> {
    /// The number of accounts that an error message names.
    const MAX_NAMES: usize = 20;
    if let Some(session) = ShellSession::from_env(&accounts.context.env) {
        return Ok(session.account.to_owned());
    }
    let names = accounts.names();
    match &names[..] {
        [only] => Ok(only.to_string()),
        [] => Err(
            Failure::usage("could not determine the account: there are no accounts").help(format!(
                "`aws-mfa setup` shows how to create the first one; looked in {}",
                accounts.profiles.display_files(accounts.context)
            )),
        ),
        several => {
            if let Some(picked) = pick::account(accounts, several) {
                return picked;
            }
            let first: Vec<&str> = several
                .iter()
                .take(MAX_NAMES)
                .map(AccountName::as_str)
                .collect();
            let more = match several.len() - first.len() {
                0 => String::new(),
                number => format!(" and {number} more"),
            };
            Err(
                Failure::usage("could not determine the account: there are several")
                    .help(format!("name one: {}{more}", first.join(", "))),
            )
        }
    }
}
