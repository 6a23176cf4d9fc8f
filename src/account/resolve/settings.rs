//! The precedence of each setting.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use super::Accounts;
use crate::account::config::AccountSettings;
use crate::account::values::{AccountName, Region, RoleSessionName, VariableName};
use crate::account::{Askpass, CodeCommand, Device, Overrides, Role, SessionDuration};
use crate::error::{Failure, Result};

/// The limits of a request for the duration of its sessions.
struct DurationLimits {
    request: &'static str,
    default: SessionDuration,
    max: SessionDuration,
    /// The maximum that `[defaults] duration` is capped at.
    max_default: SessionDuration,
}

const MFA_SESSION: DurationLimits = DurationLimits {
    request: "GetSessionToken",
    default: SessionDuration::DEFAULT_MFA,
    max: SessionDuration::MAX_MFA,
    max_default: SessionDuration::MAX_MFA,
};

/// `[defaults] duration` is capped at 1 h for roles instead of rejected: a role's `MaxSessionDuration` is 1 h unless
/// its owner changed it. Roles that allow more set their own `duration`.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
const ROLE_SESSION: DurationLimits = DurationLimits {
    request: "AssumeRole",
    default: SessionDuration::DEFAULT_ROLE,
    max: SessionDuration::MAX_ROLE,
    max_default: SessionDuration::DEFAULT_ROLE,
};

/// A setting that determines the duration of an account's sessions.
#[derive(Clone, Copy)]
enum DurationOrigin<'a> {
    /// `--duration`
    CommandLine,
    /// `duration` of the account in config.toml
    Account(&'a AccountName),
    /// `duration_seconds` of the profile with the account's name
    Profile(&'a AccountName),
    /// `duration` of `[defaults]` in config.toml
    Defaults,
}

impl fmt::Display for DurationOrigin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("--duration"),
            Self::Account(name) => write!(f, "duration of [accounts.{name}]"),
            Self::Profile(name) => write!(f, "duration_seconds of profile {name}"),
            Self::Defaults => f.write_str("duration of [defaults]"),
        }
    }
}

impl DurationOrigin<'_> {
    /// The next step for the user: to set this duration.
    fn correction(self, duration: SessionDuration) -> String {
        match self {
            Self::CommandLine => format!("use --duration {duration}"),
            Self::Account(name) => {
                format!("change it in [accounts.{name}]: duration = \"{duration}\"")
            }
            Self::Profile(name) => format!(
                "change it in [profile {name}] of ~/.aws/config: duration_seconds = {}",
                duration.seconds()
            ),
            Self::Defaults => format!("change it in [defaults]: duration = \"{duration}\""),
        }
    }
}

impl DurationLimits {
    /// Returns the duration if STS accepts it.
    ///
    /// # Errors
    ///
    /// If it is out of range. The next step is the nearest duration in range, or a number of hours if the number is
    /// one of seconds that was probably meant to be one of hours.
    fn check(
        &self,
        duration: SessionDuration,
        setting: DurationOrigin<'_>,
    ) -> Result<SessionDuration> {
        let range = SessionDuration::MIN..=self.max;
        if range.contains(&duration) {
            return Ok(duration);
        }
        let hours = SessionDuration::from_hours(duration.seconds());
        let help = match hours.filter(|hours| range.contains(hours)) {
            Some(hours) => {
                format!("a number without a unit is in seconds; for hours, write {hours}")
            }
            None => setting.correction(duration.clamp(SessionDuration::MIN, self.max)),
        };
        Err(Failure::usage(format!(
            "{setting} is {duration}, but {} accepts {} to {}",
            self.request,
            SessionDuration::MIN,
            self.max
        ))
        .help(help))
    }
}

/// The settings of an account. The command line overrides config.toml, and the section of the account overrides the
/// profiles, which override `[defaults]`.
impl Accounts<'_> {
    /// The key and the value of the setting that names the MFA device of a profile.
    pub(super) fn profile_device(&self, name: &str) -> Option<(&'static str, &str)> {
        let mut keys = ["mfa_serial", "aws_mfa_device"].into_iter();
        keys.find_map(|key| Some((key, self.profiles.setting(name, key)?)))
    }

    /// The MFA device that the command line, config.toml, the profile NAME or the source profile names.
    pub(super) fn device(
        &self,
        name: &AccountName,
        source_profile: &str,
        settings: &AccountSettings,
        overrides: &Overrides,
    ) -> Result<Option<Device>> {
        if let Some(serial) = &overrides.mfa_serial {
            return Ok(Some(Device {
                serial: serial.clone(),
                origin: "--mfa-serial".to_owned(),
            }));
        }
        if let Some(serial) = &settings.mfa_serial {
            return Ok(Some(Device {
                serial: serial.clone(),
                origin: "config.toml".to_owned(),
            }));
        }
        for profile in [name.as_str(), source_profile] {
            if let Some((key, serial)) = self.profile_device(profile) {
                return Ok(Some(Device {
                    serial: self.checked(profile, key, serial)?,
                    origin: format!("profile {profile}"),
                }));
            }
        }
        Ok(None)
    }

    /// The command that prints the MFA code. Each `mfa_command` overrides the `mfa_process` of the profiles, except
    /// that of `[defaults]`, which comes last.
    pub(super) fn code_command(
        &self,
        name: &AccountName,
        source_profile: &str,
        settings: &AccountSettings,
    ) -> Option<CodeCommand> {
        let from_profile = |profile: &str| {
            let command = self.profiles.setting(profile, "mfa_process")?;
            Some(CodeCommand {
                command: command.to_owned(),
                origin: format!("mfa_process of profile {profile}"),
            })
        };
        let from_config = |command: &Option<String>| {
            command.clone().map(|command| CodeCommand {
                command,
                origin: "mfa_command".to_owned(),
            })
        };
        from_config(&settings.mfa_command)
            .or_else(|| from_profile(name.as_str()))
            .or_else(|| from_profile(source_profile))
            .or_else(|| from_config(&self.config.defaults.mfa_command))
            // An account opts out of the command of `[defaults]` with an empty one.
            .filter(|found| !found.command.trim().is_empty())
    }

    /// The program that asks for the MFA code where there is no terminal: that of the environment, else that of
    /// config.toml.
    pub(super) fn askpass(&self, settings: &AccountSettings) -> Option<Askpass> {
        if let Some(path) = self.context.path_setting("AWS_MFA_ASKPASS") {
            return Some(Askpass::Program(path));
        }
        let line = settings
            .askpass
            .as_ref()
            .or(self.config.defaults.askpass.as_ref())?;
        // An account opts out of that of `[defaults]` with an empty one.
        (!line.trim().is_empty()).then(|| Askpass::CommandLine(line.clone()))
    }

    /// The role to assume, with the name of its sessions and its external ID. `ignore_profile` leaves the `role_arn`
    /// of the profile NAME out.
    pub(super) fn role(
        &self,
        name: &AccountName,
        settings: &AccountSettings,
        overrides: &Overrides,
        ignore_profile: bool,
    ) -> Result<Option<Role>> {
        let profile = name.as_str();
        let from_profile = match self.profile_role(profile) {
            Some(arn) if !ignore_profile => Some(self.checked(profile, "role_arn", arn)?),
            _ => None,
        };
        let Some(arn) = overrides
            .role_arn
            .clone()
            .or(settings.role_arn.clone())
            .or(from_profile)
        else {
            return Ok(None);
        };
        let defaults = &self.config.defaults;
        let session_name = settings
            .role_session_name
            .clone()
            .or(self.checked_setting(profile, "role_session_name")?)
            .or(defaults.role_session_name.clone())
            .unwrap_or_else(|| RoleSessionName::from_user_name(self.user_name()));
        let external_id = settings
            .external_id
            .clone()
            .or(self.checked_setting(profile, "external_id")?)
            .or(defaults.external_id.clone());
        Ok(Some(Role {
            arn,
            session_name,
            external_id,
        }))
    }

    /// The user's name; empty if no variable has it.
    fn user_name(&self) -> &str {
        ["USER", "LOGNAME", "USERNAME"]
            .into_iter()
            .find_map(|variable| self.context.setting(variable))
            .unwrap_or_default()
    }

    /// The region to export. `profiles` are looked up in their order.
    pub(super) fn region(
        &self,
        profiles: &[&str],
        settings: &AccountSettings,
        overrides: &Overrides,
    ) -> Result<Option<Region>> {
        let configured = overrides.region.clone().or(settings.region.clone());
        if configured.is_some() {
            return Ok(configured);
        }
        for profile in profiles {
            if let Some(region) = self.checked_setting(profile, "region")? {
                return Ok(Some(region));
            }
        }
        Ok(self.config.defaults.region.clone())
    }

    /// The session duration.
    ///
    /// # Errors
    ///
    /// If it is out of the range that STS accepts.
    pub(super) fn duration(
        &self,
        name: &AccountName,
        is_role: bool,
        settings: &AccountSettings,
        overrides: &Overrides,
        warnings: &mut Vec<String>,
    ) -> Result<SessionDuration> {
        let limits = if is_role { ROLE_SESSION } else { MFA_SESSION };
        if let Some(duration) = overrides.duration {
            return limits.check(duration, DurationOrigin::CommandLine);
        }
        if let Some(duration) = settings.duration {
            return limits.check(duration, DurationOrigin::Account(name));
        }
        let seconds = self.profiles.setting(name.as_str(), "duration_seconds");
        if let Some(text) = seconds.filter(|_| is_role) {
            // The AWS CLI ignores what is no integer (`int()` of Python).
            if text.trim().parse::<i128>().is_ok() {
                let duration = self.checked(name.as_str(), "duration_seconds", text.trim())?;
                return limits.check(duration, DurationOrigin::Profile(name));
            }
            warnings.push(format!(
                "duration_seconds of profile {name} is ignored: `{text}` is not a number of seconds"
            ));
        }
        match self.config.defaults.duration {
            Some(duration) => {
                limits.check(duration.min(limits.max_default), DurationOrigin::Defaults)
            }
            None => Ok(limits.default),
        }
    }

    /// The variables to export with the session. Those of the account override those of `[defaults]`.
    pub(super) fn variables(&self, settings: &AccountSettings) -> BTreeMap<VariableName, OsString> {
        let defaults = &self.config.defaults;
        let configured = defaults.env.iter().chain(&settings.env);
        configured
            .map(|(variable, value)| {
                let value = self.context.expand_tilde(value.as_str());
                (variable.clone(), value.into_os_string())
            })
            .collect()
    }

    /// The parsed setting of a profile; `None` if the profile does not have it.
    fn checked_setting<T: std::str::FromStr<Err = String>>(
        &self,
        profile: &str,
        key: &str,
    ) -> Result<Option<T>> {
        self.profiles
            .setting(profile, key)
            .map(|text| self.checked(profile, key, text))
            .transpose()
    }

    /// Parses a setting of a profile; the error names both.
    fn checked<T: std::str::FromStr<Err = String>>(
        &self,
        profile: &str,
        key: &str,
        text: &str,
    ) -> Result<T> {
        text.parse().map_err(|invalid| {
            Failure::usage(format!("{key} of profile {profile}: {invalid}")).help(format!(
                "correct {key} of [{profile}] in {}",
                self.profiles.display_files(self.context)
            ))
        })
    }
}
