//! The MFA devices of accounts without one: those that IAM lists, or that the user picks.

use std::collections::{BTreeMap, BTreeSet};

use super::prompter::Prompter;
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, MfaSerial};
use crate::cli::AccountOptions;
use crate::code::device::{DeviceCache, only_device, with_codes};
use crate::commands::{pick, session_provider};
use crate::error::{ErrorKind, Failure, Result};
use crate::session::SessionProvider;
use crate::setup::proposal::{MatchedScript, Proposal};

/// The MFA devices that no file names and that IAM was asked for.
#[derive(Default)]
pub(super) struct FoundDevices {
    /// The devices by the source profile whose key belongs to the device's user.
    by_profile: BTreeMap<String, MfaSerial>,
    /// The devices by the id of that key, to be written to the device cache.
    to_cache: Vec<(String, MfaSerial)>,
    /// The source profiles whose key AWS refused.
    refused: BTreeSet<String>,
}

impl FoundDevices {
    /// The device of an account, configured or found.
    pub(super) fn device<'a>(&'a self, account: &'a Account) -> Option<&'a MfaSerial> {
        let configured = account.device.as_ref().map(|device| &device.serial);
        configured.or_else(|| self.by_profile.get(&account.source_profile))
    }

    /// Whether AWS refused the key of this account.
    pub(super) fn is_refused(&self, account: &Account) -> bool {
        self.refused.contains(&account.source_profile)
    }

    /// Writes the devices to the device cache, so that later runs need not ask IAM again.
    pub(super) fn cache(&self, context: &crate::context::Context) {
        let devices = self.to_cache.iter();
        DeviceCache::load(context)
            .insert_all(devices.map(|(access_key_id, serial)| (access_key_id.as_str(), serial)));
    }
}

/// Looks up the devices of those accounts that have none configured. If a key's user has several, the one that the
/// user picks is added to the proposal, since another look-up would not find it.
///
/// # Errors
///
/// If the user presses Ctrl-C. A request that fails is shown and is no error: the device is then looked up when it is
/// needed.
pub(super) fn look_up(
    prompter: &mut Prompter,
    accounts: &Accounts<'_>,
    ready: &[&Account],
    matches: &[MatchedScript],
    proposal: &mut Proposal,
) -> Result<FoundDevices> {
    let mut found = FoundDevices::default();
    let mut by_profile: BTreeMap<&str, Vec<&Account>> = BTreeMap::new();
    for account in ready.iter().filter(|account| account.device.is_none()) {
        let group = by_profile.entry(&account.source_profile).or_default();
        group.push(account);
    }
    let options = AccountOptions::default();
    let provider = session_provider(accounts, &options);
    let mut is_reachable = true;
    for (profile, group) in by_profile {
        let members: Vec<&AccountName> = group.iter().map(|account| &account.name).collect();
        let in_script = matches
            .iter()
            .filter(|script| members.contains(&&script.account))
            .find_map(|script| {
                Some((script.serial.clone()?, format!("as in {}", script.location)))
            });
        let lookup = if is_reachable {
            look_up_one(prompter, &provider, group[0], in_script.as_ref())
        } else {
            Err(Failure::unreachable("AWS could not be reached"))
        };
        let (serial, why) = match lookup {
            Ok(DeviceLookup::Only(access_key_id, serial)) => {
                found
                    .to_cache
                    .extend(access_key_id.map(|id| (id, serial.clone())));
                (serial, None)
            }
            Ok(DeviceLookup::OneOfSeveral(serial, why)) => (serial, Some(why)),
            Ok(DeviceLookup::Unclear) => continue,
            Err(failure) if failure.kind() == ErrorKind::Interrupted => return Err(failure),
            Err(failure) => {
                if is_reachable {
                    let fallback = in_script.as_ref().map(|(_, why)| why.as_str());
                    prompter.print(&describe_failure(profile, &failure, fallback));
                }
                if failure.kind() == ErrorKind::Refused {
                    found.refused.insert(profile.to_owned());
                }
                is_reachable &= failure.kind() != ErrorKind::Unreachable;
                let Some((serial, why)) = in_script else {
                    continue;
                };
                (serial, Some(why))
            }
        };
        if let Some(why) = why {
            for name in members {
                proposal.add(name, "mfa_serial", serial.as_str(), why.as_str());
            }
        }
        found.by_profile.insert(profile.to_owned(), serial);
    }
    Ok(found)
}

/// The device of a key's user.
enum DeviceLookup {
    /// The only device, with the id of the key if the cache does not have it yet.
    Only(Option<String>, MfaSerial),
    /// One of several devices, and the reason for the choice, which becomes a comment in config.toml.
    OneOfSeveral(MfaSerial, String),
    /// Several devices, and no reason to choose one of them.
    Unclear,
}

/// Looks up the device of an account's key; `in_script` is the one that an old script names, and where.
fn look_up_one(
    prompter: &mut Prompter,
    provider: &SessionProvider<'_>,
    account: &Account,
    in_script: Option<&(MfaSerial, String)>,
) -> Result<DeviceLookup> {
    let client = provider.client(account)?;
    let access_key_id = client.access_key_id();
    if let Some(serial) = provider.known_device(account, &client) {
        return Ok(DeviceLookup::Only(None, serial));
    }
    let listed = client.devices()?;
    let several = with_codes(&listed);
    if several.len() < 2 {
        let device = only_device(account, &listed)?;
        return Ok(DeviceLookup::Only(
            Some(access_key_id.to_owned()),
            device.serial,
        ));
    }
    if let Some((serial, why)) = in_script.filter(|(serial, _)| several.contains(serial)) {
        return Ok(DeviceLookup::OneOfSeveral(serial.clone(), why.clone()));
    }
    let profile = &account.source_profile;
    prompter.print(&format!(
        "The user of the key in profile {profile} has several MFA devices."
    ));
    let picked = if prompter.is_interactive() {
        pick::device(prompter.console(), &several)
    } else {
        None
    };
    match picked {
        Some(Ok(serial)) => Ok(DeviceLookup::OneOfSeveral(
            serial,
            "one of several devices".to_owned(),
        )),
        Some(Err(failure)) if failure.kind() == ErrorKind::Interrupted => Err(failure),
        Some(Err(_)) | None => {
            let serials: Vec<&str> = several.iter().map(MfaSerial::as_str).collect();
            prompter.print(&format!(
                "  You will be asked which one to use, unless you set mfa_serial in [accounts.{}] \
                 to one of these:\n  {}\n",
                account.name,
                serials.join("\n  ")
            ));
            Ok(DeviceLookup::Unclear)
        }
    }
}

/// The reason why the device could not be looked up; `fallback` describes where another one is taken from.
fn describe_failure(profile: &str, failure: &Failure, fallback: Option<&str>) -> String {
    let mut text =
        format!("Could not look up the MFA device for the key of profile {profile}: {failure}.");
    if failure.kind() == ErrorKind::Unreachable {
        text += &match fallback {
            Some(location) => format!("\n  Instead, the device is set {location}.\n"),
            None => "\n  It will be looked up at the first use.\n".to_owned(),
        };
        return text;
    }
    for line in failure.next_step().into_iter().flat_map(str::lines) {
        text += &format!("\n  {}", line.trim());
    }
    text.push('\n');
    text
}
