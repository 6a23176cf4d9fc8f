use std::collections::BTreeSet;
use std::path::Path;

use super::report::Report;
use crate::account::aws_profiles::Keys;
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, DefinedBy, Region};
use crate::aws::endpoints::{Endpoints, Service, partition_of};
use crate::context::Context;
use crate::delivery::shell::detect;
use crate::environment::RestoreRecord;
use crate::environment::variables::REGION;
use crate::error::{Failure, Result};
use crate::session::shared::SharedSessions;

const MEND: &str =
    "correct what is named: the section of config.toml, the profile, or the variable";

/// An account that can be asked for, and what with.
pub(super) struct Usable<'a> {
    pub(super) account: Account,
    pub(super) keys: Keys<'a>,
    pub(super) endpoints: Endpoints,
}

/// Whether each account can be asked for, and with which settings; those that can.
pub(super) fn check<'a>(accounts: &'a Accounts<'_>, report: &mut Report) -> Vec<Usable<'a>> {
    for left_out in accounts.ignored_profiles() {
        report.warning("profile", left_out.what, left_out.fix);
    }
    let names = accounts.names_including_unsupported();
    let mut usable = Vec::new();
    let mut all_for_others = true;
    for name in &names {
        if let Some(why) = for_other_tools(accounts, name) {
            let why = why.to_string();
            report.warning(
                "account",
                format!("{name}: not for aws-mfa: {}", why.lines().next().unwrap_or_default()),
                format!(
                    "none is needed if other tools use it; else name the profile that holds the long-term key: source_profile under [accounts.{name}] in config.toml"
                ),
            );
            continue;
        }
        all_for_others = false;
        match usable_account(accounts, name) {
            Ok(found) => {
                account(accounts.context, &found, report);
                usable.push(found);
            }
            Err(failure) => report.failure("account", &failure.for_account(name.as_str()), MEND),
        }
    }
    if all_for_others {
        report.problem(
            "account",
            if names.is_empty() {
                "there are no accounts yet"
            } else {
                "none of these can be used with aws-mfa"
            },
            format!(
                "put a long-term key into a profile NAME-mfa, then run aws-mfa setup; looked in {}",
                accounts.profiles.files_shown(accounts.context)
            ),
        );
    }
    if !usable.is_empty() {
        region(accounts, &usable, report);
        let asked: BTreeSet<String> = usable
            .iter()
            .map(|found| found.endpoints.describe(Service::Sts))
            .collect();
        for shown in asked {
            report.ok("endpoint", shown);
        }
        certificates(&usable, report);
        sharing(accounts.context, &usable, report);
    }
    usable
}

/// Why no session can be asked for with a profile that nobody meant for this program: its source
/// signs in by SSO, is a role itself, or has a session. To AWS's own tools nothing is wrong with it.
fn for_other_tools(accounts: &Accounts<'_>, name: &AccountName) -> Option<Failure> {
    let account = accounts.resolve(name.as_str()).ok()?;
    if account.defined_by != DefinedBy::Profile
        || !accounts.is_unsupported_source(&account.source_profile)
    {
        return None;
    }
    accounts.source_keys(&account).err()
}

fn usable_account<'a>(accounts: &'a Accounts<'_>, name: &AccountName) -> Result<Usable<'a>> {
    let account = accounts.resolve(name.as_str())?;
    Ok(Usable {
        keys: accounts.source_keys(&account)?,
        endpoints: Endpoints::for_account(accounts.context, accounts.profiles, &account)?,
        account,
    })
}

fn account(context: &Context, found: &Usable<'_>, report: &mut Report) {
    let Usable { account, keys, .. } = found;
    let name = &account.name;
    let command = account.code_command.as_ref();
    let command = command.map(|command| (command.command.as_str(), command.origin.clone()));
    let process = match keys {
        Keys::Process(command) => {
            let origin = format!("credential_process of profile {}", account.source_profile);
            Some((*command, origin))
        }
        _ => None,
    };
    let missing = command
        .into_iter()
        .chain(process)
        .find_map(|(command, origin)| Some((missing_program(context, command)?, origin)));
    if let Some((program, origin)) = missing {
        report.problem(
            "account",
            format!("{name}: {origin} runs {program}, which is not installed"),
            format!("install {program}, or put its folder into PATH"),
        );
        return;
    }
    let device = match &account.device {
        Some(device) => format!("{} ({})", device.serial, device.origin),
        None => "looked up when it is needed".to_owned(),
    };
    // Without a device or a role, nobody knows where until AWS is asked.
    let leads_to = account.id().map_or(String::new(), |_| {
        format!("leads to {}; ", account.target())
    });
    report.ok(
        "account",
        format!(
            "{name}: {leads_to}key in profile {}; MFA device {device}",
            account.source_profile
        ),
    );
}

/// The program that a command for `sh -c` begins with, if it is one and this machine does not have
/// it. Of what could also be something of the shell's own, nothing is said.
fn missing_program<'a>(context: &Context, command: &'a str) -> Option<&'a str> {
    const OF_SHELL: [&str; 16] = [
        ".", "[", "case", "cd", "command", "echo", "eval", "exec", "export", "for", "if", "printf",
        "read", "set", "test", "while",
    ];
    let program = command.split_whitespace().next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./+-~".contains(c);
    if cfg!(windows) || !program.chars().all(plain) || OF_SHELL.contains(&program) {
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

/// Whether AWS tools will know a region once a session is loaded, and one of the right partition.
fn region(accounts: &Accounts<'_>, usable: &[Usable<'_>], report: &mut Report) {
    let env = &accounts.context.env;
    let memory = RestoreRecord::from_env(env);
    let of_shell = REGION
        .into_iter()
        .find_map(|name| Some((name, memory.original(env, name)?)));
    let of_default = accounts.profiles.setting("default", "region").is_some();
    let names = |wanted: &dyn Fn(&Usable<'_>) -> bool| {
        let names = usable.iter().filter(|found| wanted(found));
        let names: Vec<&str> = names.map(|found| found.account.name.as_str()).collect();
        names.join(", ")
    };
    let without = |found: &Usable<'_>| found.account.region.is_none();
    let text = match of_shell {
        Some((name, region)) if region.parse::<Region>().is_err() => {
            return report.warning(
                "region",
                format!("{name}={region} of this shell is not a region, and not used"),
                detect::shell(accounts.context).unset_command(&[name]),
            );
        }
        Some((name, region)) => {
            let foreign = names(&|found| {
                without(found) && partition_of(&region) != partition_of(&found.endpoints.region)
            });
            if !foreign.is_empty() {
                report.warning(
                    "region",
                    format!("{name}={region} of this shell is in another partition than the accounts {foreign}"),
                    format!("give each of them a region of its own in config.toml; it replaces {name}"),
                );
                return;
            }
            format!("{name}={region} where an account has none of its own")
        }
        None if of_default => {
            "that of profile default where an account has none of its own".to_owned()
        }
        None => {
            let bare = names(&without);
            if !bare.is_empty() {
                report.warning(
                    "region",
                    format!("none for {bare}: most AWS commands will ask for one"),
                    "region = \"…\" under [defaults] in config.toml, or in the profile",
                );
                return;
            }
            "every account has one".to_owned()
        }
    };
    report.ok("region", text);
}

/// Whether the certificates that are trusted can be read, each file once.
fn certificates(usable: &[Usable<'_>], report: &mut Report) {
    let mut seen: Vec<&Endpoints> = Vec::new();
    let mut said = BTreeSet::new();
    for Usable { endpoints, .. } in usable {
        if seen.iter().any(|known| known.trusts_as(endpoints)) {
            continue;
        }
        seen.push(endpoints);
        match endpoints.certificates() {
            Ok(text) => {
                if said.insert(text.clone()) {
                    report.ok("certificates", text);
                }
            }
            Err(failure) => report.failure("certificates", &failure, "name another file, or none"),
        }
    }
}

/// Whether sessions can be shared, and whose are.
fn sharing(context: &Context, usable: &[Usable<'_>], report: &mut Report) {
    let sharing = usable.iter().filter(|found| found.account.share);
    let names: Vec<&str> = sharing.map(|found| found.account.name.as_str()).collect();
    let names = names.join(", ");
    match (SharedSessions::open(context), names.is_empty()) {
        (Ok(_), true) => report.ok("sharing", "possible; no account does"),
        (Ok(_), false) => report.ok("sharing", format!("sessions of {names}")),
        (Err(why), true) => report.ok("sharing", format!("not possible, nor asked for: {why}")),
        (Err(why), false) => report.warning(
            "sharing",
            format!("sessions of {names} stay in the shell that asked: {why}"),
            "let this process use the kernel's keyrings (containers often forbid keyctl), or take share out of config.toml",
        ),
    }
}
