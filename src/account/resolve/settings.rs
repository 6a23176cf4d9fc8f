use super::Accounts;
use crate::account::config::AccountSettings;
use crate::account::values::{AccountName, Region, RoleSessionName, SessionDuration};
use crate::account::{CodeCommand, Device, Overrides, Role};
use crate::error::{Failure, Result};

/// Where each setting of an account comes from, in the order in which they count.
impl Accounts<'_> {
    /// The device that a profile names, and the key that it does so with.
    pub(super) fn profile_device(&self, name: &str) -> Option<(&'static str, &str)> {
        let mut keys = ["mfa_serial", "aws_mfa_device"].into_iter();
        keys.find_map(|key| Some((key, self.profiles.setting(name, key)?)))
    }

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

    pub(super) fn code_command(
        &self,
        name: &AccountName,
        source_profile: &str,
        settings: &AccountSettings,
    ) -> Option<CodeCommand> {
        let of_profile = |profile: &str| {
            let command = self.profiles.setting(profile, "mfa_process")?;
            Some(CodeCommand {
                command: command.to_owned(),
                origin: format!("mfa_process of profile {profile}"),
            })
        };
        let of_config = |command: &Option<String>| {
            command.clone().map(|command| CodeCommand {
                command,
                origin: "mfa_command".to_owned(),
            })
        };
        of_config(&settings.mfa_command)
            .or_else(|| of_profile(name.as_str()))
            .or_else(|| of_profile(source_profile))
            .or_else(|| of_config(&self.config.defaults.mfa_command))
            // An empty one is the account's way out of one that is for all.
            .filter(|found| !found.command.trim().is_empty())
    }

    pub(super) fn role(
        &self,
        name: &AccountName,
        settings: &AccountSettings,
        overrides: &Overrides,
        is_pair: bool,
    ) -> Result<Option<Role>> {
        let profile = name.as_str();
        let from_profile = match self.profile_role(profile) {
            Some(arn) if !is_pair => Some(self.checked(profile, "role_arn", arn)?),
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

    fn user_name(&self) -> &str {
        ["USER", "LOGNAME", "USERNAME"]
            .into_iter()
            .find_map(|variable| self.context.env.text(variable))
            .unwrap_or_default()
    }

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

    pub(super) fn duration(
        &self,
        name: &AccountName,
        is_role: bool,
        settings: &AccountSettings,
        overrides: &Overrides,
    ) -> Result<SessionDuration> {
        let (default, max, request) = if is_role {
            (
                SessionDuration::DEFAULT_ROLE,
                SessionDuration::MAX_ROLE,
                "AssumeRole",
            )
        } else {
            (
                SessionDuration::DEFAULT_PLAIN,
                SessionDuration::MAX_PLAIN,
                "GetSessionToken",
            )
        };
        let in_profile = if is_role {
            self.checked_setting(name.as_str(), "duration_seconds")?
        } else {
            None
        };
        // What is meant for all accounts is no mistake in a role: as AWS makes roles, they allow an hour
        // and refuse whoever asks for more. One that allows more has a duration of its own.
        let most = if is_role { default } else { max };
        let for_all = self
            .config
            .defaults
            .duration
            .map(|duration| duration.min(most));
        let (duration, origin, place) = if let Some(duration) = overrides.duration {
            (duration, "--duration".to_owned(), None)
        } else if let Some(duration) = settings.duration {
            let section = format!("[accounts.{name}]");
            (duration, format!("duration of {section}"), Some(section))
        } else if let Some(duration) = in_profile {
            let section = format!("[profile {name}] of ~/.aws/config");
            (
                duration,
                format!("duration_seconds of profile {name}"),
                Some(section),
            )
        } else {
            let section = "[defaults]".to_owned();
            (
                for_all.unwrap_or(default),
                "duration of [defaults]".to_owned(),
                Some(section),
            )
        };
        if duration >= SessionDuration::MIN && duration <= max {
            return Ok(duration);
        }
        let possible = duration.clamp(SessionDuration::MIN, max);
        // Nobody wants a session of half a minute.
        let hours = SessionDuration::hours(duration.seconds());
        let unit = hours.filter(|hours| *hours <= max).map(|hours| {
            format!("a number without a unit means seconds; write {hours} if hours are meant")
        });
        let help = match (unit, place) {
            (Some(unit), _) => unit,
            (None, None) => format!("use --duration {possible}"),
            (None, Some(place)) if origin.starts_with("duration_seconds") => {
                format!(
                    "change it in {place}: duration_seconds = {}",
                    possible.seconds()
                )
            }
            (None, Some(place)) => format!("change it in {place}: duration = \"{possible}\""),
        };
        Err(Failure::usage(format!(
            "{origin} is {duration}, but AWS gives sessions of {request} only from {} to {max}",
            SessionDuration::MIN
        ))
        .help(help))
    }

    /// A setting of a profile, if it has it, in the type it must be of.
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

    fn checked<T: std::str::FromStr<Err = String>>(
        &self,
        profile: &str,
        key: &str,
        text: &str,
    ) -> Result<T> {
        text.parse().map_err(|wrong| {
            Failure::usage(format!("{key} of profile {profile}: {wrong}")).help(format!(
                "correct {key} of [{profile}] in {}",
                self.profiles.files_shown(self.context)
            ))
        })
    }
}
