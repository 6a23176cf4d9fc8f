use std::collections::{BTreeMap, BTreeSet};

use super::talk::Prompter;
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, MfaSerial};
use crate::cli::AccountOptions;
use crate::code::device::{DeviceCache, choose, usable};
use crate::commands::pick;
use crate::commands::session_provider;
use crate::error::{ErrorKind, Failure, Result};
use crate::setup::proposal::{Match, Proposal};

/// The MFA devices that nobody named and that were looked up.
#[derive(Default)]
pub(super) struct LookedUp {
    /// By the profile whose key has them.
    of_profile: BTreeMap<String, MfaSerial>,
    /// By the id of that key, for the memory in the cache folder.
    to_remember: Vec<(String, MfaSerial)>,
    /// The profiles whose key was refused.
    refused: BTreeSet<String>,
}

impl LookedUp {
    /// The device of an account, as far as it is known.
    pub(super) fn of<'a>(&'a self, account: &'a Account) -> Option<&'a MfaSerial> {
        let named = account.device.as_ref().map(|device| &device.serial);
        named.or_else(|| self.of_profile.get(&account.source_profile))
    }

    /// Whether AWS refused the key of this account.
    pub(super) fn is_refused(&self, account: &Account) -> bool {
        self.refused.contains(&account.source_profile)
    }

    /// Keeps later runs from asking again.
    pub(super) fn remember(&self, context: &crate::context::Context) {
        let mut remembered = DeviceCache::load(context);
        for (access_key_id, serial) in &self.to_remember {
            remembered.insert(access_key_id, serial);
        }
    }
}

/// Looks up the devices of these accounts, as far as nobody named them. What a look-up alone cannot
/// tell, which of several it is, goes into the proposal.
///
/// # Errors
///
/// If the user presses Ctrl-C. That AWS cannot be asked is told and no failure: the device is looked
/// up when it is needed.
pub(super) fn look_up(
    talk: &mut Prompter,
    accounts: &Accounts<'_>,
    ready: &[&Account],
    matches: &[Match],
    proposal: &mut Proposal,
) -> Result<LookedUp> {
    let mut found = LookedUp::default();
    let mut by_profile: BTreeMap<&str, Vec<&Account>> = BTreeMap::new();
    for account in ready.iter().filter(|account| account.device.is_none()) {
        let group = by_profile.entry(&account.source_profile).or_default();
        group.push(account);
    }
    let mut reachable = true;
    for (profile, group) in by_profile {
        let members: Vec<&AccountName> = group.iter().map(|account| &account.name).collect();
        let named = matches
            .iter()
            .filter(|script| members.contains(&&script.account))
            .find_map(|script| Some((script.serial.clone()?, format!("as in {}", script.place))));
        let looked_up = if reachable {
            one(talk, accounts, group[0], named.as_ref())
        } else {
            Err(Failure::unreachable("AWS could not be reached"))
        };
        let (serial, why) = match looked_up {
            Ok(DeviceLookup::Only(access_key_id, serial)) => {
                found
                    .to_remember
                    .extend(access_key_id.map(|id| (id, serial.clone())));
                (serial, None)
            }
            Ok(DeviceLookup::OneOfSeveral(serial, why)) => (serial, Some(why)),
            Ok(DeviceLookup::Unclear) => continue,
            Err(failure) if failure.kind() == ErrorKind::Interrupted => return Err(failure),
            Err(failure) => {
                if reachable {
                    let otherwise = named.as_ref().map(|(_, why)| why.as_str());
                    talk.say(&told(profile, &failure, otherwise));
                }
                if failure.kind() == ErrorKind::Refused {
                    found.refused.insert(profile.to_owned());
                }
                reachable &= failure.kind() != ErrorKind::Unreachable;
                let Some((serial, why)) = named else { continue };
                (serial, Some(why))
            }
        };
        if let Some(why) = why {
            for name in members {
                proposal.add(name, "mfa_serial", serial.as_str(), why.as_str());
            }
        }
        found.of_profile.insert(profile.to_owned(), serial);
    }
    Ok(found)
}

/// The device of a key.
enum DeviceLookup {
    /// The only one, with the id of the key if this is to be remembered.
    Only(Option<String>, MfaSerial),
    /// One of several, and who says so.
    OneOfSeveral(MfaSerial, String),
    /// One of several, and nobody says which.
    Unclear,
}

fn one(
    talk: &mut Prompter,
    accounts: &Accounts<'_>,
    account: &Account,
    named: Option<&(MfaSerial, String)>,
) -> Result<DeviceLookup> {
    let options = AccountOptions::default();
    let provider = session_provider(accounts, &options);
    let client = provider.client(account)?;
    let access_key_id = client.access_key_id();
    if let Some(serial) = DeviceCache::load(accounts.context).get(access_key_id) {
        return Ok(DeviceLookup::Only(None, serial));
    }
    let listed = client.devices()?;
    let several = usable(&listed);
    if several.len() < 2 {
        let device = choose(account, &listed)?;
        return Ok(DeviceLookup::Only(
            Some(access_key_id.to_owned()),
            device.serial,
        ));
    }
    if let Some((serial, why)) = named.filter(|(serial, _)| several.contains(serial)) {
        return Ok(DeviceLookup::OneOfSeveral(serial.clone(), why.clone()));
    }
    let profile = &account.source_profile;
    talk.say(&format!(
        "The key of profile {profile} has several MFA devices."
    ));
    let picked = if talk.is_interactive() {
        pick::device(&several)
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
            let all: Vec<&str> = several.iter().map(MfaSerial::as_str).collect();
            talk.say(&format!(
                "  You are asked which at the first use, or name it in [accounts.{}]: mfa_serial = …\n  {}\n",
                account.name,
                all.join("\n  ")
            ));
            Ok(DeviceLookup::Unclear)
        }
    }
}

/// Why the device is not known; `otherwise` says where one is named that will do.
fn told(profile: &str, failure: &Failure, otherwise: Option<&str>) -> String {
    let mut text =
        format!("Could not look up the MFA device for the key of profile {profile}: {failure}.");
    if failure.kind() == ErrorKind::Unreachable {
        text += &match otherwise {
            Some(named) => format!("\n  Instead, the device is set {named}.\n"),
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
