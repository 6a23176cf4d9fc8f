//! The MFA device of an account whose configuration names none: cached by access key ID, else listed by IAM. The
//! session provider looks it up; commands that list accounts read the cache alone.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::account::aws_profiles::ProfileCredentials;
use crate::account::resolve::Accounts;
use crate::account::{Account, Device, MfaSerial};
use crate::aws::AwsClient;
use crate::console::{Console, first_names};
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::files::json;

/// The devices that IAM listed in earlier runs, by access key ID; a file in the cache directory. Neither IDs nor
/// serials are secret.
#[derive(Debug)]
pub struct DeviceCache {
    path: Option<PathBuf>,
    serials: BTreeMap<String, String>,
}

impl DeviceCache {
    /// Reads the cache. A file that is missing or cannot be parsed is an empty cache.
    #[must_use]
    pub fn load(context: &Context) -> Self {
        let path = context
            .directories
            .cache
            .as_ref()
            .map(|directory| directory.join("mfa-devices.json"));
        let serials = path.as_deref().and_then(json::read).unwrap_or_default();
        Self { path, serials }
    }

    /// The device that IAM listed for the user of this key.
    #[must_use]
    pub fn get(&self, access_key_id: &str) -> Option<MfaSerial> {
        self.serials.get(access_key_id)?.parse().ok()
    }

    /// The device of this key with its origin.
    fn device(&self, access_key_id: &str) -> Option<Device> {
        Some(Device {
            serial: self.get(access_key_id)?,
            origin: "the device cache".to_owned(),
        })
    }

    /// Stores the device of a key. If the file cannot be written, the device is looked up again in the next run.
    pub fn insert(&mut self, access_key_id: &str, serial: &MfaSerial) {
        self.insert_all([(access_key_id, serial)]);
    }

    /// Stores the devices of several keys, and writes the file once.
    pub fn insert_all<'a>(&mut self, devices: impl IntoIterator<Item = (&'a str, &'a MfaSerial)>) {
        let mut devices = devices.into_iter().peekable();
        if devices.peek().is_none() {
            return;
        }
        let devices = devices.map(|(id, serial)| (id.to_owned(), serial.to_string()));
        let devices: Vec<(String, String)> = devices.collect();
        self.change(|serials| serials.extend(devices.iter().cloned()));
    }

    /// Removes the device of a key; true if there was one.
    pub fn remove(&mut self, access_key_id: &str) -> bool {
        let was_cached = self.serials.remove(access_key_id).is_some();
        if was_cached {
            self.change(|serials| drop(serials.remove(access_key_id)));
        }
        was_cached
    }

    /// Makes a change here and in the file, which another process may have changed since.
    fn change(&mut self, change: impl Fn(&mut BTreeMap<String, String>)) {
        change(&mut self.serials);
        let Some(path) = &self.path else { return };
        let written = json::update(path, |serials: Option<BTreeMap<String, String>>| {
            let mut serials = serials.unwrap_or_else(|| self.serials.clone());
            change(&mut serials);
            serials
        });
        if let Ok(serials) = written {
            self.serials = serials;
        }
    }
}

/// A function that lets the user pick one of several devices; `None` if there is no terminal.
pub type PickDevice = fn(Console, &[MfaSerial]) -> Option<Result<MfaSerial>>;

/// Looks up the device of an account whose configuration names none: in the cache, else in IAM.
///
/// # Errors
///
/// If IAM lists no device with codes, or lists several and the user picks none, or IAM refuses the request or
/// cannot be reached.
pub fn look_up(
    context: &Context,
    account: &Account,
    client: &AwsClient<'_>,
    pick: PickDevice,
) -> Result<Device> {
    let mut cache = DeviceCache::load(context);
    if let Some(device) = cache.device(client.access_key_id()) {
        return Ok(device);
    }
    let listed = client.devices()?;
    let usable = with_codes(&listed);
    let picked = if usable.len() > 1 {
        pick(context.console, &usable)
    } else {
        None
    };
    let device = match picked {
        Some(serial) => Device {
            serial: serial?,
            origin: "your choice".to_owned(),
        },
        None => only_device(account, &listed)?,
    };
    cache.insert(client.access_key_id(), &device.serial);
    Ok(device)
}

/// The device cache, read when it is first needed, so that commands with many accounts read it at most once.
#[derive(Debug)]
pub struct KnownDevices<'a> {
    context: &'a Context,
    cache: OnceCell<DeviceCache>,
}

impl<'a> KnownDevices<'a> {
    /// The cache of this context, not read yet.
    #[must_use]
    pub fn new(context: &'a Context) -> Self {
        Self {
            context,
            cache: OnceCell::new(),
        }
    }

    /// Sets the account's device to the cached one if the configuration names none and its key is in a file. Runs no
    /// command and sends no request.
    pub fn complete(&self, accounts: &Accounts<'_>, account: &mut Account) {
        if account.device.is_none()
            && let Ok(ProfileCredentials::LongTerm { access_key_id, .. }) =
                accounts.source_credentials(account)
        {
            let cache = self.cache.get_or_init(|| DeviceCache::load(self.context));
            account.device = cache.device(access_key_id);
        }
    }
}

/// The devices with codes among the serials that IAM lists for a user; the rest are FIDO keys and passkeys.
#[must_use]
pub fn with_codes(listed: &[String]) -> Vec<MfaSerial> {
    listed
        .iter()
        .filter_map(|serial| serial.parse().ok())
        .collect()
}

/// The only device with codes among the serials that IAM lists for a user.
///
/// # Errors
///
/// If there is none, or more than one.
pub fn only_device(account: &Account, listed: &[String]) -> Result<Device> {
    let config_line = |serial: &str| {
        format!(
            "choose one with --mfa-serial {serial}, or mfa_serial = {serial:?} in [accounts.{}] of config.toml",
            account.name
        )
    };
    let usable = with_codes(listed);
    match &usable[..] {
        [serial] => Ok(Device {
            serial: serial.clone(),
            origin: "IAM's list of devices".to_owned(),
        }),
        [first, ..] => {
            let all: Vec<&str> = usable.iter().map(MfaSerial::as_str).collect();
            Err(Failure::usage(format!(
                "could not choose the MFA device of account {}: its user has {}",
                account.name,
                first_names(&all, ", ")
            ))
            .help(config_line(first.as_str())))
        }
        [] if listed.is_empty() => Err(Failure::usage(format!(
            "could not find an MFA device for account {}: its user has none",
            account.name
        ))
        .help(
            "assign one in the AWS console: IAM, Users, Security credentials, Multi-factor authentication",
        )),
        [] => Err(Failure::usage(format!(
            "could not find an MFA device with codes for account {}: \
             its user has only FIDO security keys or passkeys ({})",
            account.name,
            first_names(listed, ", ")
        ))
        .help(
            "also assign an authenticator app: IAM, Users, Security credentials, Multi-factor authentication",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{AwsProfiles, Config, Overrides};
    use crate::context::testing::context;

    fn account() -> Account {
        let overrides = Overrides {
            source_profile: Some("key".to_owned()),
            ..Overrides::default()
        };
        Accounts {
            config: &Config::default(),
            profiles: &AwsProfiles::default(),
            context: &context(&[]),
        }
        .resolve_with("test", &overrides)
        .unwrap()
    }

    #[test]
    fn only_a_device_with_codes_is_chosen() {
        let phone = "arn:aws:iam::123456789012:mfa/phone".to_owned();
        let tablet = "arn:aws:iam::123456789012:mfa/tablet".to_owned();
        let fido = "arn:aws:iam::123456789012:u2f/user/jane/key".to_owned();
        let account = account();
        let chosen = only_device(&account, &[fido.clone(), phone.clone()]).unwrap();
        assert_eq!(chosen.serial.as_str(), phone);
        assert_eq!(
            only_device(&account, &["GAHT12345678".to_owned()])
                .unwrap()
                .serial
                .as_str(),
            "GAHT12345678"
        );

        let several = only_device(&account, &[phone.clone(), tablet.clone()]).unwrap_err();
        assert!(several.to_string().contains(&phone) && several.to_string().contains(&tablet));
        assert!(
            only_device(&account, &[])
                .unwrap_err()
                .to_string()
                .contains("has none")
        );
        assert!(
            only_device(&account, &[fido])
                .unwrap_err()
                .to_string()
                .contains("FIDO")
        );
    }

    #[test]
    fn a_device_is_cached_until_it_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let mut context = context(&[]);
        context.directories.cache = Some(directory.path().join("new/aws-mfa"));
        let serial: MfaSerial = "GAHT12345678".parse().unwrap();
        let mut cache = DeviceCache::load(&context);
        assert_eq!(cache.get("AKIAIOSFODNN7EXAMPLE"), None);
        cache.insert("AKIAIOSFODNN7EXAMPLE", &serial);
        let mut cache = DeviceCache::load(&context);
        assert_eq!(cache.get("AKIAIOSFODNN7EXAMPLE"), Some(serial));
        assert!(cache.remove("AKIAIOSFODNN7EXAMPLE"));
        assert!(!cache.remove("AKIAIOSFODNN7EXAMPLE"));
        assert_eq!(
            DeviceCache::load(&context).get("AKIAIOSFODNN7EXAMPLE"),
            None
        );
    }
}
