use super::pick;
use crate::account::resolve::Accounts;
use crate::account::{AccountName, Overrides};
use crate::credentials::MfaCode;
use crate::environment::ShellSession;
use crate::error::{Failure, Result};

/// The account and the words of its code, out of the two that may both be left out.
///
/// # Errors
///
/// If it goes without saying which account is meant, but does not.
pub(super) fn choose(
    accounts: &Accounts<'_>,
    account: Option<&str>,
    code: &[String],
    overrides: &Overrides,
) -> Result<(String, Vec<String>)> {
    let is_account = |name: &str| accounts.resolve_with(name, overrides).is_ok();
    match account {
        // `aws-mfa env 123456` is a code for the account that goes without saying.
        Some(only) if code.is_empty() && MfaCode::parse(only).is_ok() && !is_account(only) => {
            Ok((implied(accounts)?, vec![only.to_owned()]))
        }
        Some(name) => Ok((name.to_owned(), code.to_vec())),
        None => Ok((implied(accounts)?, code.to_vec())),
    }
}

/// The account that this shell holds, or the only one there is, or the one that the user picks.
fn implied(accounts: &Accounts<'_>) -> Result<String> {
    if let Some(held) = ShellSession::from_env(&accounts.context.env) {
        return Ok(held.account.to_owned());
    }
    let names = accounts.names();
    match &names[..] {
        [only] => Ok(only.to_string()),
        [] => Err(Failure::usage("could not tell which account is meant: there are none").help(format!(
            "put a long-term key into a profile NAME-mfa, or use --source-profile; looked in {}",
            accounts.profiles.files_shown(accounts.context)
        ))),
        several => {
            if let Some(picked) = pick::account(accounts, several) {
                return picked;
            }
            let shown: Vec<&str> = several.iter().take(20).map(AccountName::as_str).collect();
            let more = several.len().saturating_sub(shown.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            Err(Failure::usage("could not tell which account is meant")
                .help(format!("name one: {}{more}", shown.join(", "))))
        }
    }
}
