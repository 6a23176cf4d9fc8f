use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::account::{Account, Device, MfaSerial};
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::files::json;

/// The devices that were looked up, by access key id; a file in the cache folder. None of this is
/// a secret.
#[derive(Debug)]
pub struct Remembered {
    path: Option<PathBuf>,
    serials: BTreeMap<String, String>,
}

impl Remembered {
    /// What earlier runs found. A file that is missing or makes no sense is empty.
    #[must_use]
    pub fn load(context: &Context) -> Self {
        let path = context
            .folders
            .cache
            .as_ref()
            .map(|folder| folder.join("mfa-devices.json"));
        let serials = path.as_deref().and_then(json::read).unwrap_or_default();
        Self { path, serials }
    }

    /// The device that was found for this key.
    #[must_use]
    pub fn get(&self, access_key_id: &str) -> Option<MfaSerial> {
        self.serials.get(access_key_id)?.parse().ok()
    }

    /// Remembers the device of a key. Where the file cannot be written, nothing is remembered.
    pub fn put(&mut self, access_key_id: &str, serial: &MfaSerial) {
        if let Some(serials) = self.path.as_deref().and_then(json::read) {
            self.serials = serials;
        }
        self.serials
            .insert(access_key_id.to_owned(), serial.to_string());
        self.store();
    }

    /// Forgets the device of a key; true if there was one.
    pub fn forget(&mut self, access_key_id: &str) -> bool {
        let known = self.serials.remove(access_key_id).is_some();
        if known {
            self.store();
        }
        known
    }

    fn store(&self) {
        if let Some(path) = &self.path {
            let _ = json::write(path, &self.serials);
        }
    }
}

/// Those that give codes, among the devices that IAM lists for a user.
#[must_use]
pub fn usable(listed: &[String]) -> Vec<MfaSerial> {
    listed
        .iter()
        .filter_map(|serial| serial.parse().ok())
        .collect()
}

/// The one device that gives codes, among those that IAM lists for a user.
///
/// # Errors
///
/// If there is none, or more than one.
pub fn choose(account: &Account, listed: &[String]) -> Result<Device> {
    let config_line = |serial: &str| {
        format!(
            "name it: --mfa-serial {serial}, or mfa_serial = {serial:?} in [accounts.{}] of config.toml",
            account.name
        )
    };
    let usable = usable(listed);
    match &usable[..] {
        [serial] => Ok(Device {
            serial: serial.clone(),
            named_by: "IAM's list of devices".to_owned(),
        }),
        [first, ..] => {
            let all: Vec<&str> = usable.iter().map(MfaSerial::as_str).collect();
            Err(Failure::usage(format!(
                "could not choose the MFA device of account {}: its user has {}",
                account.name,
                all.join(", ")
            ))
            .help(config_line(first.as_str())))
        }
        [] if listed.is_empty() => Err(Failure::usage(format!(
            "could not find an MFA device for account {}: its user has none",
            account.name
        ))
        .help("assign one in the AWS console: IAM, Users, Security credentials, Multi-factor authentication")),
        [] => Err(Failure::usage(format!(
            "could not find an MFA device that gives codes for account {}: its user has only FIDO security keys or passkeys ({})",
            account.name,
            listed.join(", ")
        ))
        .help("assign an authenticator app besides: IAM, Users, Security credentials, Multi-factor authentication")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::resolve::Accounts;
    use crate::account::{AwsProfiles, Config};
    use crate::cli::AccountOptions;
    use crate::context::testing::context;

    fn account() -> Account {
        let options = AccountOptions {
            source_profile: Some("key".to_owned()),
            ..AccountOptions::default()
        };
        Accounts {
            config: &Config::default(),
            profiles: &AwsProfiles::default(),
            context: &context(&[]),
        }
        .resolve("test", &options)
        .unwrap()
    }

    #[test]
    fn only_devices_that_give_codes_are_chosen() {
        let phone = "arn:aws:iam::123456789012:mfa/phone".to_owned();
        let tablet = "arn:aws:iam::123456789012:mfa/tablet".to_owned();
        let fido = "arn:aws:iam::123456789012:u2f/user/jane/key".to_owned();
        let account = account();
        let chosen = choose(&account, &[fido.clone(), phone.clone()]).unwrap();
        assert_eq!(chosen.serial.as_str(), phone);
        assert_eq!(
            choose(&account, &["GAHT12345678".to_owned()])
                .unwrap()
                .serial
                .as_str(),
            "GAHT12345678"
        );

        let several = choose(&account, &[phone.clone(), tablet.clone()]).unwrap_err();
        assert!(several.to_string().contains(&phone) && several.to_string().contains(&tablet));
        assert!(
            choose(&account, &[])
                .unwrap_err()
                .to_string()
                .contains("has none")
        );
        assert!(
            choose(&account, &[fido])
                .unwrap_err()
                .to_string()
                .contains("FIDO")
        );
    }

    #[test]
    fn what_was_found_is_remembered_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mut context = context(&[]);
        context.folders.cache = Some(folder.path().join("new/aws-mfa"));
        let serial: MfaSerial = "GAHT12345678".parse().unwrap();
        let mut remembered = Remembered::load(&context);
        assert_eq!(remembered.get("AKIAIOSFODNN7EXAMPLE"), None);
        remembered.put("AKIAIOSFODNN7EXAMPLE", &serial);
        let mut remembered = Remembered::load(&context);
        assert_eq!(remembered.get("AKIAIOSFODNN7EXAMPLE"), Some(serial));
        assert!(remembered.forget("AKIAIOSFODNN7EXAMPLE"));
        assert!(!remembered.forget("AKIAIOSFODNN7EXAMPLE"));
        assert_eq!(Remembered::load(&context).get("AKIAIOSFODNN7EXAMPLE"), None);
    }
}
