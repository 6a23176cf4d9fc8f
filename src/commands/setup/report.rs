use std::collections::BTreeSet;

use unicode_width::UnicodeWidthStr as _;

use super::devices::LookedUp;
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, MfaSerial};
use crate::context::Context;
use crate::error::Failure;
use crate::setup::old_scripts::OldScript;
use crate::setup::proposal::{self, Proposal};
use crate::setup::vault::{self, Vaulted};

/// The accounts, and what each is good for.
pub(super) struct AccountStates(Vec<(AccountName, AccountState)>);

enum AccountState {
    /// Its key is in the files.
    Ready(Account),
    /// Its key is in no file.
    NoKey {
        account: Account,
        /// The profile whose key aws-vault will give, if that is so.
        vaulted: Option<String>,
        why: Failure,
    },
    /// What defines it is wrong.
    Broken(Failure),
}

impl AccountStates {
    /// `vaulted` are the profiles whose key aws-vault will give.
    pub(super) fn new(accounts: &Accounts<'_>, vaulted: &[Vaulted]) -> Self {
        let standing = |name: &AccountName| {
            let account = match accounts.resolve(name.as_str()) {
                Ok(account) => account,
                Err(failure) => return AccountState::Broken(failure),
            };
            match accounts.source_keys(&account) {
                Ok(_) => AccountState::Ready(account),
                Err(why) => {
                    let source = &account.source_profile;
                    let through =
                        |one: &Vaulted| one.proxy_profile == *source || one.profile == *source;
                    AccountState::NoKey {
                        vaulted: vaulted
                            .iter()
                            .find(|one| through(one))
                            .map(|one| one.profile.clone()),
                        account,
                        why,
                    }
                }
            }
        };
        let names = accounts.names_including_unsupported();
        let mut names: BTreeSet<AccountName> = names.into_iter().collect();
        // A profile that only served another account is one of its own when aws-vault has its key.
        names.extend(vaulted.iter().filter_map(|one| {
            let name: AccountName = one.profile.parse().ok()?;
            accounts.resolve(name.as_str()).ok().map(|_| name)
        }));
        Self(
            names
                .into_iter()
                .map(|name| {
                    let standing = standing(&name);
                    (name, standing)
                })
                .collect(),
        )
    }

    /// Those that nothing is wrong with, but for the key.
    pub(super) fn resolved(&self) -> impl Iterator<Item = &Account> {
        self.0.iter().filter_map(|(_, standing)| match standing {
            AccountState::Ready(account) | AccountState::NoKey { account, .. } => Some(account),
            AccountState::Broken(_) => None,
        })
    }

    /// Those whose key is in the files.
    pub(super) fn ready(&self) -> Vec<&Account> {
        let ready = self.0.iter().filter_map(|(_, standing)| match standing {
            AccountState::Ready(account) => Some(account),
            _ => None,
        });
        ready.collect()
    }

    /// Those whose key is in no file.
    pub(super) fn without_key(&self) -> Vec<&Account> {
        let without = self.0.iter().filter_map(|(_, standing)| match standing {
            AccountState::NoKey { account, .. } => Some(account),
            _ => None,
        });
        without.collect()
    }

    /// Those that can be used when all is written.
    pub(super) fn usable(&self) -> impl Iterator<Item = &AccountName> {
        let usable = self.0.iter().filter(|(_, standing)| {
            matches!(
                standing,
                AccountState::Ready(_)
                    | AccountState::NoKey {
                        vaulted: Some(_),
                        ..
                    }
            )
        });
        usable.map(|(name, _)| name)
    }

    /// A line for each.
    pub(super) fn told(&self, accounts: &Accounts<'_>, devices: &LookedUp) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let files = accounts.profiles.files_shown(accounts.context);
        let mut text = format!("Accounts, from {files}:\n\n");
        let width = self.0.iter().map(|(name, _)| name.as_str().width()).max();
        for (name, standing) in &self.0 {
            let pad = " ".repeat(width.unwrap_or(0) - name.as_str().width());
            text += &format!("  {name}{pad}  {}\n", standing.told(accounts, devices));
        }
        text
    }
}

impl AccountState {
    fn told(&self, accounts: &Accounts<'_>, devices: &LookedUp) -> String {
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
            Self::NoKey { account, why, .. } => {
                let elsewhere = if vault::may_hold_key(accounts, account) {
                    "\n    If aws-vault keeps the key (aws-vault list), setup offers to get it from there, where aws-vault is on PATH.\n    \
                     Another program can print it: credential_process = COMMAND in that profile."
                } else {
                    ""
                };
                return format!("! {}{elsewhere}", first_line(&why.to_string()));
            }
            Self::Broken(failure) => return format!("! {}", first_line(&failure.to_string())),
        };
        let role = account
            .role
            .as_ref()
            .map_or(String::new(), |role| format!(", role {}", role.arn));
        let serial = devices.of(account).map(MfaSerial::as_str).or(from_vault);
        let device = serial.map_or_else(
            || "device looked up at the first use".to_owned(),
            |serial| format!("device {serial}"),
        );
        format!("{key}{role}, {device}")
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The old scripts, with the accounts they are for.
pub(super) fn scripts_told(
    context: &Context,
    scripts: &[OldScript],
    known: &[&Account],
    accounts: &Accounts<'_>,
    proposal: &Proposal,
) -> String {
    if scripts.is_empty() {
        return String::new();
    }
    let mut text =
        "These ask for sessions, too. Their files stay as they are; delete what you no longer need:\n\n"
            .to_owned();
    let mut replaced: Vec<&str> = Vec::new();
    for script in scripts {
        let by_alias = script.name.as_deref();
        replaced.extend(by_alias.filter(|name| proposal.has_alias(name)));
        let name = script
            .name
            .as_deref()
            .unwrap_or("a call of get-session-token");
        let account = proposal::matched(accounts, known, script).map_or(String::new(), |found| {
            format!(", for account {}", found.account)
        });
        text += &format!(
            "  {}, line {}: {name}{account}\n",
            context.display_path(&script.file),
            script.line
        );
    }
    if let Some(first) = replaced.first() {
        let are = match replaced.len() {
            1 => "is a command",
            _ => "are commands",
        };
        text += &format!(
            "\nWith the changes below, {} {are} of the hook in new shells: the session is loaded into the shell\n\
             and no longer written to a profile. `{first} CODE --persist` does both.\n",
            replaced.join(", ")
        );
    }
    text
}

/// That there is nothing to set up, and how to get to something.
pub(super) fn nothing_usable(accounts: &Accounts<'_>) -> Failure {
    let context = accounts.context;
    let file = context.display_path(accounts.profiles.credentials_file());
    let failure = Failure::usage(format!(
        "found no account that can be used: there is no long-term key in {}",
        accounts.profiles.files_shown(context)
    ));
    let left_out = accounts.ignored_profiles();
    if !left_out.is_empty() {
        let lines = left_out
            .iter()
            .map(|found| format!("{}: {}", found.what, found.fix));
        let lines: Vec<String> = lines.collect();
        return failure.help(format!(
            "{}\n      Then run aws-mfa setup again. Nothing was changed now.",
            lines.join("\n      ")
        ));
    }
    failure
    .help(format!(
        "1. In the AWS console, under IAM, Users, your name, Security credentials: assign an MFA device\n   \
            (an authenticator app), and create an access key (for the command line).\n\
         2. Put the key into {file}. For an account that shall be called `test`:\n     \
              [test-mfa]\n     \
              aws_access_key_id = AKIA…\n     \
              aws_secret_access_key = …\n   \
            Nobody else should read that file: chmod 600 {file}\n\
         3. Run aws-mfa setup again. Nothing was changed now."
    ))
}

/// Tells if a shell would not find this program, or another one of its name.
pub(super) fn warn_of_path(context: &Context) {
    let found = context.on_path("aws-mfa").into_iter().next();
    let Ok(this) = std::env::current_exe().and_then(|file| file.canonicalize()) else {
        return;
    };
    let folder = this.parent().unwrap_or(&this).display();
    let same = |file: &std::path::PathBuf| file.canonicalize().is_ok_and(|file| file == this);
    match found {
        None => context.console.warn(&format!(
            "the hook calls aws-mfa, which is not on PATH: add {folder} to it, above the hook"
        )),
        Some(file) if !same(&file) => context.console.warn(&format!(
            "the hook calls aws-mfa, which is another program here, {}: put {folder} before that on PATH, above the hook, or remove it",
            file.display()
        )),
        Some(_) => {}
    }
}
