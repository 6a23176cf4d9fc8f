use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Code;
use crate::account::MfaSerial;
use crate::context::Context;
use crate::files::json;

/// How long a code is shown: RFC 6238's time step.
const STEP_SECONDS: i64 = 30;
/// For how long AWS might still take a code if it was new: its own time step and the one on either
/// side of it.
const LIFE_SECONDS: i64 = 3 * STEP_SECONDS;

/// The code that was last used with each device. It is good for nothing any more, so it is no
/// secret. A file in the runtime folder, else the cache folder; where neither can be written, nothing
/// is remembered.
#[derive(Debug)]
pub struct UsedCodes {
    path: Option<PathBuf>,
    devices: BTreeMap<String, Used>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Used {
    code: String,
    /// Unix seconds.
    at: i64,
}

/// A code that AWS would refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Seconds since it was used.
    pub ago: i64,
    /// Whether the device shows another one by now.
    pub is_past: bool,
    /// Seconds until the device shows the next one.
    pub next_in: i64,
}

impl UsedCodes {
    /// What earlier runs used. A file that is missing or makes no sense is empty.
    #[must_use]
    pub fn load(context: &Context) -> Self {
        let folder = context.folders.passing();
        let path = folder.map(|folder| folder.join("used-codes.json"));
        let devices = path.as_deref().and_then(json::read).unwrap_or_default();
        Self { path, devices }
    }

    /// Whether this code was used with this device just now.
    #[must_use]
    pub fn spent(&self, serial: &MfaSerial, code: &Code, now: i64) -> Option<Spent> {
        let used = self.devices.get(serial.as_str())?;
        let ago = now.saturating_sub(used.at);
        let spent = used.code == code.digits() && (0..LIFE_SECONDS).contains(&ago);
        spent.then_some(Spent {
            ago,
            is_past: used.at.div_euclid(STEP_SECONDS) < now.div_euclid(STEP_SECONDS),
            next_in: STEP_SECONDS - now.rem_euclid(STEP_SECONDS),
        })
    }

    /// Remembers that AWS took this code.
    pub fn put(&mut self, serial: &MfaSerial, code: &Code, now: i64) {
        // Another process may have used another device's meanwhile.
        if let Some(devices) = self.path.as_deref().and_then(json::read) {
            self.devices = devices;
        }
        self.devices
            .retain(|_, used| now.saturating_sub(used.at) < LIFE_SECONDS);
        let used = Used {
            code: code.digits().to_owned(),
            at: now,
        };
        self.devices.insert(serial.to_string(), used);
        if let Some(path) = &self.path {
            let _ = json::write(path, &self.devices);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing::context;

    #[test]
    fn a_code_is_spent_for_as_long_as_it_might_live() {
        let folder = tempfile::tempdir().unwrap();
        let mut context = context(&[]);
        context.folders.cache = Some(folder.path().to_owned());
        let phone: MfaSerial = "GAHT12345678".parse().unwrap();
        let other: MfaSerial = "GAHT87654321".parse().unwrap();
        let (code, next) = (
            Code::parse("123456").unwrap(),
            Code::parse("654321").unwrap(),
        );
        UsedCodes::load(&context).put(&phone, &code, 1000);

        let used = UsedCodes::load(&context);
        assert_eq!(
            used.spent(&phone, &code, 1005),
            Some(Spent {
                ago: 5,
                is_past: false,
                next_in: 15
            })
        );
        assert_eq!(
            used.spent(&phone, &code, 1020),
            Some(Spent {
                ago: 20,
                is_past: true,
                next_in: 30
            })
        );
        assert_eq!(used.spent(&phone, &code, 1090), None);
        assert_eq!(used.spent(&phone, &next, 1005), None);
        assert_eq!(used.spent(&other, &code, 1005), None);
        // A clock that was set back says nothing of the code.
        assert_eq!(used.spent(&phone, &code, 900), None);

        // Nor does a time that no clock shows.
        for at in [i64::MIN, i64::MAX] {
            let text = format!("{{\"{phone}\": {{\"code\": \"123456\", \"at\": {at}}}}}");
            std::fs::write(folder.path().join("used-codes.json"), text).unwrap();
            let mut used = UsedCodes::load(&context);
            assert_eq!(used.spent(&phone, &code, 1000), None);
            used.put(&other, &next, 1000);
        }
    }
}
