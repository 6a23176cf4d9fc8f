//! `aws-mfa list`

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::{LoadedConfig, first_line, print};
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, Region};
use crate::cli::{GlobalOptions, ListArgs};
use crate::code::device::KnownDevices;
use crate::console::{printable, printable_json, without_secrets};
use crate::context::Context;
use crate::delivery::saved_profile::{self, SavedProfile};
use crate::environment::ShellSession;
use crate::error::{Failure, Result};
use crate::session::shared::shared_until;
use crate::time::{format_duration, rfc3339};

const COLUMNS: [&str; 6] = [
    "ACCOUNT",
    "LEADS TO",
    "KEY IN PROFILE",
    "DEFINED BY",
    "SAVED TO",
    "SESSION",
];

/// Lists the accounts.
///
/// # Errors
///
/// If the configuration or the AWS files cannot be used, or standard output cannot be written. An account that cannot
/// be used is no error: its line says why.
pub fn run(context: &Context, global: &GlobalOptions, args: &ListArgs) -> Result<u8> {
    let sources = LoadedConfig::load(context, global)?;
    let accounts = sources.accounts(context);
    let known = KnownDevices::new(context);
    let rows: Vec<Row> = accounts
        .names()
        .into_iter()
        .map(|name| Row::new(&accounts, &known, name))
        .collect();
    if args.json {
        let list: Vec<Value> = rows.iter().map(|row| row.json(context)).collect();
        print(format!("{}\n", printable_json(&Value::from(list).to_string())).as_bytes())?;
    } else if rows.is_empty() {
        context.console.info(&format!(
            "no accounts yet; `aws-mfa setup` shows how to create the first one; looked in {}",
            accounts.profiles.display_files(context)
        ));
        for ignored in accounts.ignored_profiles() {
            context
                .console
                .warn(&format!("{}: {}", ignored.problem, ignored.fix));
        }
    } else {
        print(table(&rows, context).as_bytes())?;
    }
    Ok(0)
}

/// An account as the list shows it.
struct Row {
    name: AccountName,
    /// The account, or the reason why it cannot be used.
    account: Result<Account>,
    /// The expiration, in Unix seconds, of the session in the profile that the account is saved to, if there is one.
    saved_until: Option<i64>,
    /// Whether `save` writes to that profile without `--force`.
    can_save: bool,
    /// The expiration, in Unix seconds, of the shared session that needs no code, if there is one.
    shared_until: Option<i64>,
}

impl Row {
    fn new(accounts: &Accounts<'_>, known: &KnownDevices<'_>, name: AccountName) -> Self {
        let account = accounts.resolve(name.as_str());
        let account = account.and_then(|mut account| {
            // Without the next step, which the list does not show.
            let no_key = accounts.find_source_credentials(&account).err();
            if let Some(no_key) = no_key {
                return Err(Failure::usage(no_key.message(&account)));
            }
            known.complete(accounts, &mut account);
            Ok(account)
        });
        let usable = account.as_ref().ok();
        let saved_until = usable.and_then(|account| saved_profile::saved_until(accounts, account));
        let can_save = usable.is_some_and(|account| {
            SavedProfile::new(accounts, account, None, false)
                .check(accounts, account)
                .is_ok()
        });
        let shared_until = usable.and_then(|account| shared_until(accounts, account));
        Self {
            name,
            account,
            saved_until,
            can_save,
            shared_until,
        }
    }

    /// The seconds until this shell's session expires (0 if it has), if the session is one of this account.
    fn seconds_left(&self, context: &Context) -> Option<i64> {
        let session = ShellSession::from_env(&context.env)?;
        (session.account == self.name.as_str()).then(|| session.seconds_left(context.unix_now()))
    }

    fn json(&self, context: &Context) -> Value {
        let live = self.seconds_left(context).filter(|left| *left > 0);
        match &self.account {
            Err(failure) => {
                json!({ "account": self.name.as_str(), "problem": without_secrets(&failure.to_string()) })
            }
            Ok(account) => json!({
                "account": self.name.as_str(),
                "defined_by": account.defined_by.as_str(),
                "source_profile": account.source_profile,
                "save_to": self.can_save.then_some(account.save_to.as_str()),
                "saved_until": self.saved_until.map(rfc3339),
                "mfa_serial": account.device.as_ref().map(|device| device.serial.as_str()),
                "role_arn": account.role.as_ref().map(|role| role.arn.as_str()),
                "account_id": account.id(),
                "region": account.region.as_ref().map(Region::as_str),
                "duration_seconds": account.duration.seconds(),
                "live": live.is_some(),
                "expires_at": live.map(|left| rfc3339(context.unix_now() + left)),
                "shared_until": self.shared_until.map(rfc3339),
            }),
        }
    }

    fn cells(&self, context: &Context) -> [String; 6] {
        let name = self.name.to_string();
        let in_shell = self.seconds_left(context).map(|left| match left {
            0 => "expired in this shell".to_owned(),
            left => format!("{} left in this shell", format_duration(left)),
        });
        let shared = self
            .shared_until
            .map(|at| format!("{} shared", format_duration(at - context.unix_now())));
        let sessions: Vec<String> = in_shell.into_iter().chain(shared).collect();
        let session = sessions.join(", ");
        match &self.account {
            Err(failure) => [
                name,
                format!("! {}", without_secrets(first_line(&failure.to_string()))),
                String::new(),
                String::new(),
                String::new(),
                session,
            ],
            Ok(account) => [
                name,
                account.target(),
                account.source_profile.clone(),
                account.defined_by.as_str().to_owned(),
                match (self.can_save, self.saved_until) {
                    (false, _) => "-".to_owned(),
                    (true, None) => account.save_to.clone(),
                    (true, Some(at)) => {
                        let left = format_duration(at - context.unix_now());
                        format!("{} ({left} left)", account.save_to)
                    }
                },
                session,
            ],
        }
    }
}

/// The rows as a table whose columns are as wide as their widest cell. The reason why an account cannot be used extends
/// over the columns that follow.
fn table(rows: &[Row], context: &Context) -> String {
    let mut lines = vec![COLUMNS.map(str::to_owned)];
    lines.extend(
        rows.iter()
            .map(|row| row.cells(context).map(|cell| printable(&cell).into_owned())),
    );
    let mut widths = [0; COLUMNS.len()];
    for cells in lines.iter().filter(|cells| !cells[1].starts_with('!')) {
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.width());
        }
    }
    widths[0] = lines
        .iter()
        .map(|cells| cells[0].width())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for cells in &lines {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(cells) {
            line += cell;
            line += &" ".repeat((width + 2).saturating_sub(cell.width()));
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}
