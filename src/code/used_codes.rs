//! The codes that were used, so that none is sent a second time: AWS refuses it, and the refusal looks like that of
//! a wrong code. The session provider finds and records them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::account::MfaSerial;
use crate::context::Context;
use crate::credentials::MfaCode;
use crate::files::json;

/// The time step of a device in seconds (RFC 6238).
const STEP_SECONDS: i64 = 30;
/// The seconds for which AWS accepts an unused code: its own time step and the one on either side of it.
const LIFE_SECONDS: i64 = 3 * STEP_SECONDS;

/// The code that was last used with each device. AWS accepts it no second time, so it is not secret. A file
/// in the runtime directory, else the cache directory; where neither can be written, nothing is recorded.
#[derive(Debug)]
pub struct UsedCodes {
    path: Option<PathBuf>,
    devices: BTreeMap<String, Used>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Used {
    code: String,
    /// The time of use in Unix seconds.
    at: i64,
}

/// A code that AWS would refuse because it was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedCode {
    /// Seconds since it was used.
    pub ago: i64,
    /// Whether the device already shows another code.
    pub is_past: bool,
    /// Seconds until the device shows the next code.
    pub next_in: i64,
}

impl UsedCodes {
    /// Reads the file. One that is missing or cannot be parsed records nothing.
    #[must_use]
    pub fn load(context: &Context) -> Self {
        let directory = context.directories.runtime_or_cache_dir();
        let path = directory.map(|directory| directory.join("used-codes.json"));
        let devices = path.as_deref().and_then(json::read).unwrap_or_default();
        Self { path, devices }
    }

    /// The earlier use of this code with this device, if AWS would refuse the code for it at `now` (Unix seconds).
    #[must_use]
    pub fn find(&self, serial: &MfaSerial, code: &MfaCode, now: i64) -> Option<UsedCode> {
        let used = self.devices.get(serial.as_str())?;
        let ago = now.saturating_sub(used.at);
        let is_used = used.code == code.digits() && (0..LIFE_SECONDS).contains(&ago);
        is_used.then_some(UsedCode {
            ago,
            is_past: used.at.div_euclid(STEP_SECONDS) < now.div_euclid(STEP_SECONDS),
            next_in: STEP_SECONDS - now.rem_euclid(STEP_SECONDS),
        })
    }

    /// Records that AWS accepted this code at `now` (Unix seconds).
    pub fn record(&mut self, serial: &MfaSerial, code: &MfaCode, now: i64) {
        let used = Used {
            code: code.digits().to_owned(),
            at: now,
        };
        self.devices.insert(serial.to_string(), used.clone());
        let Some(path) = &self.path else { return };
        // Another process may have recorded another device's code since.
        let recorded = json::update(path, |devices: Option<BTreeMap<String, Used>>| {
            let mut devices = devices.unwrap_or_else(|| self.devices.clone());
            devices.retain(|_, used| now.saturating_sub(used.at) < LIFE_SECONDS);
            devices.insert(serial.to_string(), used);
            devices
        });
        if let Ok(devices) = recorded {
            self.devices = devices;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing::context;

    #[test]
    fn codes_that_are_recorded_at_the_same_time_are_all_found() {
        let directory = tempfile::tempdir().unwrap();
        let cache = directory.path().join("aws-mfa");
        let context = || {
            let mut context = context(&[]);
            context.directories.cache = Some(cache.clone());
            context
        };
        let serial = |n: u32| -> MfaSerial { format!("GAHT1234567{n}").parse().unwrap() };
        let code = MfaCode::parse("123456").unwrap();
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (code, context) = (&code, &context);
                scope.spawn(move || UsedCodes::load(&context()).record(&serial(n), code, 1000));
            }
        });
        let used = UsedCodes::load(&context());
        for n in 0..8 {
            assert!(used.find(&serial(n), &code, 1005).is_some(), "{n}");
        }
    }

    #[test]
    fn a_used_code_is_found_while_aws_might_accept_it() {
        let directory = tempfile::tempdir().unwrap();
        let mut context = context(&[]);
        context.directories.cache = Some(directory.path().to_owned());
        let phone: MfaSerial = "GAHT12345678".parse().unwrap();
        let other: MfaSerial = "GAHT87654321".parse().unwrap();
        let (code, next) = (
            MfaCode::parse("123456").unwrap(),
            MfaCode::parse("654321").unwrap(),
        );
        UsedCodes::load(&context).record(&phone, &code, 1000);

        let used = UsedCodes::load(&context);
        assert_eq!(
            used.find(&phone, &code, 1005),
            Some(UsedCode {
                ago: 5,
                is_past: false,
                next_in: 15
            })
        );
        assert_eq!(
            used.find(&phone, &code, 1020),
            Some(UsedCode {
                ago: 20,
                is_past: true,
                next_in: 30
            })
        );
        assert_eq!(used.find(&phone, &code, 1090), None);
        assert_eq!(used.find(&phone, &next, 1005), None);
        assert_eq!(used.find(&other, &code, 1005), None);
        // A use in the future, after the clock was set back, does not count.
        assert_eq!(used.find(&phone, &code, 900), None);

        // Nor does an impossible time.
        for at in [i64::MIN, i64::MAX] {
            let text = format!("{{\"{phone}\": {{\"code\": \"123456\", \"at\": {at}}}}}");
            std::fs::write(directory.path().join("used-codes.json"), text).unwrap();
            let mut used = UsedCodes::load(&context);
            assert_eq!(used.find(&phone, &code, 1000), None);
            used.record(&other, &next, 1000);
        }
    }
}
