//! `aws-mfa list`

use serde_json::{Value, json};

use super::{LoadedConfig, first_line, print};
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, DefinedBy, Region};
use crate::cli::{GlobalOptions, ListArgs};
use crate::code::device::KnownDevices;
use crate::console::{printable_json, without_secrets};
use crate::context::Context;
use crate::delivery::saved_profile::{self, SavedProfile};
use crate::environment::ShellSession;
use crate::error::{Failure, Result};
use crate::layout::{self, Cell, Layout, Tone};
use crate::session::shared::shared_until;
use crate::time::{format_duration, rfc3339};

const TITLES: [&str; 7] = [
    "ACCOUNT",
    "ALIAS",
    "LEADS TO",
    "KEY IN PROFILE",
    "DEFINED BY",
    "SAVES TO",
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
        let layout = Layout::for_stdout(context.console);
        let rows: Vec<layout::Row> = rows.iter().map(|row| row.cells(context)).collect();
        print(layout.table(&TITLES, &rows).as_bytes())?;
    }
    Ok(0)
}

/// An account as the list shows it.
struct Row {
    name: AccountName,
    /// The command that loads a session of it, if config.toml defines one.
    alias: Option<String>,
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
        let settings = accounts.config.accounts.get(&name);
        let alias = settings.and_then(|account| account.alias.as_ref());
        let alias = alias.map(ToString::to_string);
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
            alias,
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
                json!({
                    "account": self.name.as_str(),
                    "alias": self.alias,
                    "problem": without_secrets(&failure.to_string()),
                })
            }
            Ok(account) => json!({
                "account": self.name.as_str(),
                "alias": self.alias,
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

    fn cells(&self, context: &Context) -> layout::Row {
        let plain = |text: &str| Cell::new(text, Tone::Plain);
        let name = plain(self.name.as_str());
        let account = match &self.account {
            Err(failure) => {
                let reason = without_secrets(first_line(&failure.to_string()));
                let reason = match self.describe_sessions(context) {
                    (session, _) if session.is_empty() => format!("! {reason}"),
                    (session, _) => format!("! {reason}; {session}"),
                };
                return layout::Row::Spanning(name, Cell::new(&reason, Tone::Bad));
            }
            Ok(account) => account,
        };
        let saves_to = match (self.can_save, self.saved_until) {
            (false, _) => "-".to_owned(),
            (true, None) => account.save_to.clone(),
            (true, Some(at)) => {
                let left = format_duration(at - context.unix_now());
                format!("{} ({left} left)", account.save_to)
            }
        };
        let (session, tone) = self.describe_sessions(context);
        layout::Row::Cells(vec![
            name,
            plain(self.alias.as_deref().unwrap_or_default()),
            plain(account.target().as_deref().unwrap_or("not known yet")),
            plain(&account.source_profile),
            plain(match account.defined_by {
                DefinedBy::Config => "config.toml",
                DefinedBy::MfaSuffix => "key profile",
                DefinedBy::Profile => "profile",
                DefinedBy::CommandLine => account.defined_by.as_str(),
            }),
            plain(&saves_to),
            Cell::new(&session, tone),
        ])
    }

    /// The sessions that this shell holds and that are shared, and how they are for the user.
    fn describe_sessions(&self, context: &Context) -> (String, Tone) {
        let in_shell = self.seconds_left(context);
        let shared = self.shared_until.map(|at| at - context.unix_now());
        let tone = in_shell.or(shared).map_or(Tone::Plain, Tone::for_session);
        let in_shell = in_shell.map(|left| match left {
            0 => "expired in this shell".to_owned(),
            left => format!("{} left in this shell", format_duration(left)),
        });
        let shared = shared.map(|left| format!("{} shared", format_duration(left)));
        let sessions: Vec<String> = in_shell.into_iter().chain(shared).collect();
        (sessions.join(", "), tone)
    }
}
