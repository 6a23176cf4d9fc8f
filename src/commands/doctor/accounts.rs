//! The accounts and the settings that requests for them use.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::first_line;
use super::report::Report;
use crate::account::aws_profiles::ProfileCredentials;
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, Askpass, DefinedBy, Region};
use crate::aws::endpoints::{Endpoints, Service};
use crate::aws::partition::partition_of;
use crate::context::Context;
use crate::delivery::shell::detect;
use crate::environment::RestoreRecord;
use crate::environment::variables::REGION;
use crate::error::{Failure, Result};
use crate::key::key_in_file;
use crate::session::shared::SharedSessions;

/// The fix for an account whose settings are wrong, where the failure suggests none.
const FIX_SETTINGS: &str =
    "correct the section of config.toml, the profile or the variable that is named";

/// The fix for a setting of the AWS files that is ignored.
const FIX_WARNING: &str = "correct or remove that line in the AWS files";

/// An account for which a session can be requested, with its key and its endpoints.
pub(super) struct UsableAccount<'a> {
    pub(super) account: Account,
    pub(super) keys: ProfileCredentials<'a>,
    pub(super) endpoints: Endpoints,
}

/// Checks each account and the settings that its requests use; returns the accounts that can be used.
pub(super) fn check<'a>(accounts: &'a Accounts<'_>, report: &mut Report) -> Vec<UsableAccount<'a>> {
    for ignored in accounts.ignored_profiles() {
        report.warning("profile", ignored.problem, ignored.fix);
    }
    let names = accounts.names_including_unsupported();
    let mut usable = Vec::new();
    let mut all_unsupported = true;
    for name in &names {
        if let Some(reason) = unsupported(accounts, name) {
            report.warning(
                "account",
                format!(
                    "{name}: cannot be used with aws-mfa: {}",
                    first_line(&reason.to_string())
                ),
                format!(
                    "none needed if only other tools use this profile; otherwise set source_profile under \
                     [accounts.{name}] in config.toml to the profile that holds the long-term key"
                ),
            );
            continue;
        }
        all_unsupported = false;
        match usable_account(accounts, name) {
            Ok(found) => {
                for warning in &found.account.warnings {
                    report.warning("account", format!("{name}: {warning}"), FIX_WARNING);
                }
                check_account(accounts.context, &found, report);
                usable.push(found);
            }
            Err(failure) => {
                report.failure("account", &failure.for_account(name.as_str()), FIX_SETTINGS);
            }
        }
    }
    if all_unsupported {
        report.problem(
            "account",
            if names.is_empty() {
                "there are no accounts yet"
            } else {
                "none of these can be used with aws-mfa"
            },
            format!(
                "put a long-term key into a profile NAME-mfa, then run `aws-mfa setup`; looked in {}",
                accounts.profiles.display_files(accounts.context)
            ),
        );
    }
    if !usable.is_empty() {
        check_region(accounts, &usable, report);
        let endpoints: BTreeSet<String> = usable
            .iter()
            .map(|found| found.endpoints.describe(Service::Sts))
            .collect();
        for endpoint in endpoints {
            report.ok("endpoint", endpoint);
        }
        check_unusual_keys(accounts.context, &usable, report);
        check_certificates(&usable, report);
        check_sharing(accounts.context, &usable, report);
    }
    usable
}

/// The reason why a profile that works in AWS's own tools cannot be used here: its source profile signs in through IAM
/// Identity Center, is a role itself, or holds a session. `None` for every other account.
fn unsupported(accounts: &Accounts<'_>, name: &AccountName) -> Option<Failure> {
    let account = accounts.resolve(name.as_str()).ok()?;
    if account.defined_by != DefinedBy::Profile
        || !accounts.is_unsupported_source(&account.source_profile)
    {
        return None;
    }
    accounts.source_credentials(&account).err()
}

fn usable_account<'a>(accounts: &'a Accounts<'_>, name: &AccountName) -> Result<UsableAccount<'a>> {
    let account = accounts.resolve(name.as_str())?;
    let keys = accounts.source_credentials(&account)?;
    key_in_file(accounts.context, &account.source_profile, keys)?;
    Ok(UsableAccount {
        keys,
        endpoints: Endpoints::for_account(accounts.context, accounts.profiles, &account)?,
        account,
    })
}

/// Checks that the programs are installed from which the account's key and code come.
fn check_account(context: &Context, found: &UsableAccount<'_>, report: &mut Report) {
    let UsableAccount { account, keys, .. } = found;
    let name = &account.name;
    let code_command = account
        .code_command
        .as_ref()
        .map(|command| (command.command.as_str(), command.origin.clone()));
    let key_command = match keys {
        ProfileCredentials::Process(command) => {
            let origin = format!("credential_process of profile {}", account.source_profile);
            Some((*command, origin))
        }
        _ => None,
    };
    let askpass = account.askpass.as_ref().and_then(|askpass| {
        let program = match askpass {
            Askpass::Program(path) => path.to_str().filter(|_| !path.exists()),
            Askpass::CommandLine(line) => missing_program(context, line),
        };
        Some((program?, askpass.origin().to_owned()))
    });
    let missing = code_command
        .into_iter()
        .chain(key_command)
        .find_map(|(command, origin)| Some((missing_program(context, command)?, origin)))
        .or(askpass);
    if let Some((program, origin)) = missing {
        report.problem(
            "account",
            format!("{name}: {origin} runs {program}, which is not installed"),
            format!("install {program}, or add its directory to PATH"),
        );
        return;
    }
    let device = match &account.device {
        Some(device) => format!("{} ({})", device.serial, device.origin),
        None => "looked up when it is needed".to_owned(),
    };
    // Without a device or a role, only AWS knows the account's id.
    let target = account
        .target()
        .map_or(String::new(), |target| format!("leads to {target}; "));
    report.ok(
        "account",
        format!(
            "{name}: {target}key in profile {}; MFA device {device}",
            account.source_profile
        ),
    );
}

/// The program that a command for `sh -c` begins with, if it is not installed. `None` if it is, or if the word may be
/// something else: a keyword or a builtin of the shell, or an expansion.
fn missing_program<'a>(context: &Context, command: &'a str) -> Option<&'a str> {
    const SHELL_WORDS: [&str; 16] = [
        ".", "[", "case", "cd", "command", "echo", "eval", "exec", "export", "for", "if", "printf",
        "read", "set", "test", "while",
    ];
    let program = command.split_whitespace().next()?;
    let needs_no_quotes = |c: char| c.is_ascii_alphanumeric() || "_./+-~".contains(c);
    if cfg!(windows) || !program.chars().all(needs_no_quotes) || SHELL_WORDS.contains(&program) {
        return None;
    }
    let found = if program.contains('/') {
        let path = context.expand_tilde(program);
        !path.is_absolute() || Path::exists(&path)
    } else {
        !context.on_path(program).is_empty()
    };
    (!found).then_some(program)
}

/// Checks that AWS tools will have a region after a session is loaded, and one of the account's partition.
fn check_region(accounts: &Accounts<'_>, usable: &[UsableAccount<'_>], report: &mut Report) {
    let env = &accounts.context.env;
    let record = RestoreRecord::from_env(env);
    let in_shell = REGION
        .into_iter()
        .find_map(|name| Some((name, record.original(env, name)?)));
    let has_default = accounts.profiles.setting("default", "region").is_some();
    let has_none = |found: &UsableAccount<'_>| found.account.region.is_none();
    let message = match in_shell {
        Some((name, region)) if region.parse::<Region>().is_err() => {
            return report.warning(
                "region",
                format!("{name}={region} in this shell is not a region and is ignored"),
                detect::shell(accounts.context).unset_command(&[name]),
            );
        }
        Some((name, region)) => {
            let others = names(usable, |found| {
                has_none(found) && partition_of(&region) != partition_of(&found.endpoints.region)
            });
            if !others.is_empty() {
                report.warning(
                    "region",
                    format!("{name}={region} in this shell is in another partition than these accounts: {others}"),
                    format!("set a region for each of them in config.toml; it takes precedence over {name}"),
                );
                return;
            }
            format!("{name}={region} for accounts without a region of their own")
        }
        None if has_default => {
            "that of profile default for accounts without a region of their own".to_owned()
        }
        None => {
            let without = names(usable, has_none);
            if !without.is_empty() {
                report.warning(
                    "region",
                    format!("no region for {without}: most AWS commands require one"),
                    "set region = \"…\" under [defaults] in config.toml, or in the profile",
                );
                return;
            }
            "set for every account".to_owned()
        }
    };
    report.ok("region", message);
}

/// The names of the accounts that fulfil a condition, for a message.
fn names(usable: &[UsableAccount<'_>], condition: impl Fn(&UsableAccount<'_>) -> bool) -> String {
    let names: Vec<&str> = usable
        .iter()
        .filter(|found| condition(found))
        .map(|found| found.account.name.as_str())
        .collect();
    names.join(", ")
}

/// Checks that the keys for AWS itself look like AWS's; each profile is reported once.
fn check_unusual_keys(context: &Context, usable: &[UsableAccount<'_>], report: &mut Report) {
    let mut reported = BTreeSet::new();
    for UsableAccount {
        account,
        keys,
        endpoints,
    } in usable
    {
        let profile = &account.source_profile;
        let key = key_in_file(context, profile, *keys).ok().flatten();
        let oddity = key.and_then(|key| key.oddity());
        if let Some(oddity) = oddity.filter(|_| endpoints.are_of_aws())
            && reported.insert(profile)
        {
            report.warning(
                "key",
                format!("the key of profile {profile} looks unusual: {oddity}"),
                "compare it with the one that AWS showed when it was created",
            );
        }
    }
}

/// Checks that the trusted certificates can be read; accounts that trust the same ones are checked once.
fn check_certificates(usable: &[UsableAccount<'_>], report: &mut Report) {
    let mut checked: Vec<&Endpoints> = Vec::new();
    let mut reported = BTreeSet::new();
    for UsableAccount { endpoints, .. } in usable {
        if checked.iter().any(|known| known.trusts_as(endpoints)) {
            continue;
        }
        checked.push(endpoints);
        match endpoints.certificates() {
            Ok(description) => {
                if reported.insert(description.clone()) {
                    report.ok("certificates", description);
                }
            }
            Err(failure) => report.failure(
                "certificates",
                &failure,
                "name another file, or remove the setting",
            ),
        }
    }
}

/// Checks that sessions can be shared if an account has `share = true`.
fn check_sharing(context: &Context, usable: &[UsableAccount<'_>], report: &mut Report) {
    let names = names(usable, |found| found.account.share);
    match (SharedSessions::open(context), names.is_empty()) {
        (Ok(_), true) => report.ok("sharing", "available; not enabled for any account"),
        (Ok(_), false) => report.ok("sharing", format!("enabled for {names}")),
        (Err(reason), true) => report.ok(
            "sharing",
            format!("not available, and not enabled for any account: {reason}"),
        ),
        (Err(reason), false) => report.warning(
            "sharing",
            format!("not available, so sessions of {names} stay in the shell that requested them: {reason}"),
            "allow this process to use the kernel's keyrings (containers often forbid keyctl), \
             or remove share from config.toml",
        ),
    }
}
