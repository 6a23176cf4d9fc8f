//! The accounts and the old scripts, as `setup` describes them to the user.

use std::collections::{BTreeMap, BTreeSet};

use unicode_width::UnicodeWidthStr as _;

use super::super::first_line;
use super::devices::FoundDevices;
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, MfaSerial};
use crate::context::Context;
use crate::error::Failure;
use crate::setup::old_scripts::OldScript;
use crate::setup::proposal::{self, Proposal};
use crate::setup::vault::{self, Vaulted};

/// The accounts, and whether each can be used.
pub(super) struct AccountStates(Vec<(AccountName, AccountState)>);

enum AccountState {
    /// The key of the account is in the AWS files.
    Ready(Account),
    /// The key of the account is in no file.
    NoKey {
        account: Account,
        /// The profile whose key aws-vault will provide, if it does.
        vaulted: Option<String>,
        /// The reason, as a sentence.
        reason: String,
    },
    /// The account's definition is wrong.
    Broken(Failure),
}

impl AccountStates {
    /// Determines the state of each account; `vaulted` are the profiles whose key aws-vault will provide.
    pub(super) fn new(accounts: &Accounts<'_>, vaulted: &[Vaulted]) -> Self {
        let mut profile_in_vault: BTreeMap<&str, &str> = BTreeMap::new();
        for one in vaulted {
            for source in [&one.profile, &one.proxy_profile] {
                profile_in_vault.entry(source).or_insert(&one.profile);
            }
        }
        let state = |name: &AccountName| {
            let account = match accounts.resolve(name.as_str()) {
                Ok(account) => account,
                Err(failure) => return AccountState::Broken(failure),
            };
            match accounts.find_source_credentials(&account) {
                Ok(_) => AccountState::Ready(account),
                Err(no_key) => {
                    let profile = profile_in_vault.get(account.source_profile.as_str());
                    AccountState::NoKey {
                        vaulted: profile.map(|profile| (*profile).to_owned()),
                        reason: no_key.message(&account),
                        account,
                    }
                }
            }
        };
        let mut names: BTreeSet<AccountName> =
            accounts.names_including_unsupported().into_iter().collect();
        // A profile that was only another account's source becomes an account when aws-vault provides its key.
        names.extend(vaulted.iter().filter_map(|one| {
            let name: AccountName = one.profile.parse().ok()?;
            accounts.can_resolve(name.as_str()).then_some(name)
        }));
        let states = names.into_iter().map(|name| {
            let state = state(&name);
            (name, state)
        });
        Self(states.collect())
    }

    /// The accounts whose definition is right, with or without a key.
    pub(super) fn resolved(&self) -> impl Iterator<Item = &Account> {
        self.0.iter().filter_map(|(_, state)| match state {
            AccountState::Ready(account) | AccountState::NoKey { account, .. } => Some(account),
            AccountState::Broken(_) => None,
        })
    }

    /// The accounts whose key is in the AWS files.
    pub(super) fn ready(&self) -> Vec<&Account> {
        let ready = self.0.iter().filter_map(|(_, state)| match state {
            AccountState::Ready(account) => Some(account),
            _ => None,
        });
        ready.collect()
    }

    /// The accounts whose key is in no file.
    pub(super) fn without_key(&self) -> Vec<&Account> {
        let without = self.0.iter().filter_map(|(_, state)| match state {
            AccountState::NoKey { account, .. } => Some(account),
            _ => None,
        });
        without.collect()
    }

    /// The accounts that can be used after the changes are written.
    pub(super) fn usable(&self) -> impl Iterator<Item = &AccountName> {
        let usable = self.0.iter().filter(|(_, state)| {
            matches!(
                state,
                AccountState::Ready(_)
                    | AccountState::NoKey {
                        vaulted: Some(_),
                        ..
                    }
            )
        });
        usable.map(|(name, _)| name)
    }

    /// The accounts for the user, a line for each.
    pub(super) fn describe(&self, accounts: &Accounts<'_>, devices: &FoundDevices) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let files = accounts.profiles.display_files(accounts.context);
        let mut text = format!("Accounts, from {files}:\n\n");
        let width = self.0.iter().map(|(name, _)| name.as_str().width()).max();
        for (name, state) in &self.0 {
            let pad = " ".repeat(width.unwrap_or(0) - name.as_str().width());
            text += &format!("  {name}{pad}  {}\n", state.describe(accounts, devices));
        }
        text
    }
}

impl AccountState {
    fn describe(&self, accounts: &Accounts<'_>, devices: &FoundDevices) -> String {
        let (account, key, from_vault) = match self {
            Self::Ready(account) => {
                let key = format!("key in profile {}", account.source_profile);
                (account, key, None)
            }
            Self::NoKey {
                account,
                vaulted: Some(profile),
                ..
            } => {
                let serial = accounts.profiles.setting(profile, "mfa_serial");
                (account, format!("key of {profile} in aws-vault"), serial)
            }
            Self::NoKey {
                account, reason, ..
            } => {
                let hint = if vault::may_hold_key(accounts, account) {
                    "\n    If aws-vault stores the key (see `aws-vault list`) and is on PATH, \
                     setup offers to get the key from there.\n    \
                     If another program can print the key, set credential_process = COMMAND in that profile."
                } else {
                    ""
                };
                return format!("! {}{hint}", first_line(reason));
            }
            Self::Broken(failure) => return format!("! {}", first_line(&failure.to_string())),
        };
        let role = account
            .role
            .as_ref()
            .map_or(String::new(), |role| format!(", role {}", role.arn));
        let serial = devices
            .device(account)
            .map(MfaSerial::as_str)
            .or(from_vault);
        let device = serial.map_or_else(
            || "device looked up at the first use".to_owned(),
            |serial| format!("device {serial}"),
        );
        format!("{key}{role}, {device}")
    }
}

/// The old scripts for the user, each with the account that it belongs to.
pub(super) fn describe_scripts(
    context: &Context,
    scripts: &[OldScript],
    known: &[&Account],
    accounts: &Accounts<'_>,
    proposal: &Proposal,
) -> String {
    if scripts.is_empty() {
        return String::new();
    }
    let mut text = "These aliases, functions and calls also request sessions. \
                    Their files are not changed; delete the ones that you no longer need:\n\n"
        .to_owned();
    let mut replaced: Vec<&str> = Vec::new();
    for script in scripts {
        let name = script.name.as_deref();
        replaced.extend(name.filter(|name| proposal.has_alias(name)));
        let name = name.unwrap_or("a call to get-session-token");
        let account = proposal::match_script(accounts, known, script)
            .map_or(String::new(), |found| {
                format!(", for account {}", found.account)
            });
        text += &format!(
            "  {}, line {}: {name}{account}\n",
            context.display_path(&script.file),
            script.line
        );
    }
    if let Some(first) = replaced.first() {
        let become_commands = match replaced.len() {
            1 => "is to become a command",
            _ => "are to become commands",
        };
        text += &format!(
            "\nWith the changes below, {} {become_commands} of the hook, which\n\
             loads the session into the shell. `{first} CODE --persist` also writes it to the profile.\n",
            replaced.join(", ")
        );
    }
    text
}

/// The failure if no account can be used, with the steps to create one or to correct the profiles that were ignored.
pub(super) fn no_usable_account(accounts: &Accounts<'_>) -> Failure {
    let context = accounts.context;
    let file = context.display_path(accounts.profiles.credentials_file());
    let failure = Failure::usage(format!(
        "found no account that can be used: there is no long-term key in {}",
        accounts.profiles.display_files(context)
    ));
    let ignored = accounts.ignored_profiles();
    if !ignored.is_empty() {
        let lines: Vec<String> = ignored
            .iter()
            .map(|profile| format!("{}: {}", profile.problem, profile.fix))
            .collect();
        return failure.help(format!(
            "{}\n      Then run `aws-mfa setup` again. Nothing was changed.",
            lines.join("\n      ")
        ));
    }
    failure.help(format!(
        "create the first account:\n  \
           1. In the AWS console, under IAM, Users, your name, Security credentials:\n     \
              assign an MFA device (an authenticator app), and create an access key.\n  \
           2. Put the key into {file}. For an account called `test`:\n       \
                [test-mfa]\n       \
                aws_access_key_id = AKIA…\n       \
                aws_secret_access_key = …\n     \
              Make that file private: chmod 600 {file}\n  \
           3. Run `aws-mfa setup` again. Nothing was changed."
    ))
}

/// Warns if a shell would not find this program on PATH, or would find another one of its name.
pub(super) fn warn_about_path(context: &Context) {
    let found = context.on_path("aws-mfa").into_iter().next();
    let Ok(this) = std::env::current_exe().and_then(|file| file.canonicalize()) else {
        return;
    };
    let directory = this.parent().unwrap_or(&this).display();
    let is_this = |file: &std::path::PathBuf| file.canonicalize().is_ok_and(|file| file == this);
    match found {
        None => context.console.warn(&format!(
            "the hook calls aws-mfa, which is not on PATH: add {directory} to PATH, before the hook's line"
        )),
        Some(file) if !is_this(&file) => context.console.warn(&format!(
            "the hook calls aws-mfa, but PATH leads to another program of that name, {}: \
             remove it, or put {directory} first in PATH, before the hook's line",
            file.display()
        )),
        Some(_) => {}
    }
}
