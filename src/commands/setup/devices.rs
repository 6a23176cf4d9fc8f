//! The MFA devices of accounts without one: those that IAM lists, or that the user picks.

use std::collections::{BTreeMap, BTreeSet};

use super::super::first_line;
use super::prompter::Prompter;
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, MfaSerial};
use crate::cli::AccountOptions;
use crate::code::device::{DeviceCache, KnownDevices, only_device, with_codes};
use crate::commands::{pick, session_provider};
use crate::console::first_names;
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

/// Looks up the devices of those accounts that have none configured: in the device cache, and in IAM if the user agrees.
/// If a key's user has several, the one that the user picks is added to the proposal, since another look-up would not
/// find it.
///
/// # Errors
///
/// If the user presses Ctrl-C or ends the input. A request that fails is told in one line and is no error: the device
/// is then looked up when it is needed.
pub(super) fn look_up(
    prompter: &mut Prompter,
    accounts: &Accounts<'_>,
    ready: &[&Account],
    matches: &[MatchedScript],
    proposal: &mut Proposal,
) -> Result<FoundDevices> {
    let mut found = FoundDevices::default();
    let cache = KnownDevices::new(accounts.context);
    let mut by_profile: BTreeMap<&str, Vec<&Account>> = BTreeMap::new();
    for account in ready.iter().filter(|account| account.device.is_none()) {
        let mut cached = (*account).clone();
        cache.complete(accounts, &mut cached);
        if let Some(device) = cached.device {
            let profile = account.source_profile.clone();
            found.by_profile.insert(profile, device.serial);
        } else {
            let group = by_profile.entry(&account.source_profile).or_default();
            group.push(account);
        }
    }
    let profiles: Vec<&str> = by_profile.keys().copied().collect();
    let mut is_reachable = may_ask_aws(prompter, &profiles)?;
    let options = AccountOptions::default();
    let provider = session_provider(accounts, &options);
    for (profile, group) in by_profile {
        let members: Vec<&AccountName> = group.iter().map(|account| &account.name).collect();
        let in_script = matches
            .iter()
            .filter(|script| members.contains(&&script.account))
            .find_map(|script| {
                Some((script.serial.clone()?, format!("as in {}", script.location)))
            });
        let lookup = if is_reachable {
            look_up_one(prompter, &provider, group[0], in_script.as_ref()).map_err(Some)
        } else {
            Err(None)
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
            Err(Some(failure)) if failure.kind() == ErrorKind::Interrupted => return Err(failure),
            Err(failure) => {
                if let Some(failure) = failure {
                    let fallback = in_script.as_ref().map(|(_, why)| why.as_str());
                    prompter.print(&describe_failure(profile, &failure, fallback));
                    if failure.kind() == ErrorKind::Refused {
                        found.refused.insert(profile.to_owned());
                    }
                    is_reachable &= failure.kind() != ErrorKind::Unreachable;
                }
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

/// Tells the user which keys would sign a request for their devices, and returns whether AWS may be asked: with
/// `--offline` never, at a terminal if the user agrees.
fn may_ask_aws(prompter: &mut Prompter, profiles: &[&str]) -> Result<bool> {
    if profiles.is_empty() {
        return Ok(false);
    }
    let named = first_names(profiles, ", ");
    if prompter.is_offline() {
        prompter.print(&format!(
            "AWS is not asked for the MFA devices of the keys in these profiles: {named}.\n"
        ));
        return Ok(false);
    }
    let (devices, keys, requests) = match profiles {
        [_] => (
            "MFA device",
            "key in profile",
            "a request that this key signs",
        ),
        _ => (
            "MFA devices",
            "keys in profiles",
            "one request for each key, signed with it",
        ),
    };
    prompter.print(&format!(
        "No file names the {devices} of the {keys} {named}.\n\
         AWS can tell, by iam:ListMFADevices: {requests}.\n"
    ));
    prompter.confirm(&format!("Ask AWS for the {devices}?"))
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
                first_names(&serials, "\n  ")
            ));
            Ok(DeviceLookup::Unclear)
        }
    }
}

/// One line with the reason why the device could not be looked up; `fallback` describes where another one is taken from.
fn describe_failure(profile: &str, failure: &Failure, fallback: Option<&str>) -> String {
    let reason = failure.to_string();
    let next_step = failure.next_step().map(first_line);
    let then = match (fallback, next_step) {
        (Some(location), _) => format!("it is set {location}"),
        (None, Some(step)) if failure.kind() != ErrorKind::Unreachable => step.to_owned(),
        _ => "it will be looked up at the first use".to_owned(),
    };
    format!(
        "Could not look up the MFA device of the key in profile {profile}: {}; {then}.\n",
        first_line(&reason)
    )
}
