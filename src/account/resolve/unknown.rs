//! The failures of names that define no account, with what the user may have meant.

use super::source::{NoKey, help_for_session};
use super::{Accounts, KEY_PROFILE_SUFFIXES};
use crate::account::config::nearest;
use crate::account::reserved::{CommandMeant, SUBCOMMANDS, command_meant};
use crate::account::values::AccountName;
use crate::console::first_names;
use crate::error::{Failure, Result};

impl Accounts<'_> {
    pub(super) fn valid_name(&self, name: &str) -> Result<AccountName> {
        name.parse().map_err(|invalid: String| {
            let failure = Failure::usage(invalid);
            match self.account_section(name) {
                Some(section) => failure.help(format!(
                    "define an account for the profile in config.toml:\n{section}"
                )),
                None => failure,
            }
        })
    }

    /// A section of config.toml that defines an account for a profile whose name is not a valid account name;
    /// `None` if there is no such profile.
    #[must_use]
    pub fn account_section(&self, profile: &str) -> Option<String> {
        self.profiles.get(profile)?;
        let source = self.profile_source(profile);
        let source = source.as_deref().unwrap_or(profile);
        let mut section = format!("  [accounts.NAME]\n  source_profile = {source:?}");
        // An account with the profile's name would read these from the profile.
        if self.profile_role(profile).is_some() {
            let keys = [
                "role_arn",
                "role_session_name",
                "external_id",
                "mfa_serial",
                "region",
            ];
            for key in keys {
                if let Some(value) = self.profiles.setting(profile, key) {
                    section += &format!("\n  {key} = {value:?}");
                }
            }
            if let Some(seconds) = self.profiles.setting(profile, "duration_seconds") {
                section += &format!("\n  duration = {seconds:?}");
            }
        }
        Some(section)
    }

    /// The failure of a name that defines no account, with the names that are similar to it.
    pub(super) fn unknown(&self, name: &str) -> Failure {
        let suffixes = KEY_PROFILE_SUFFIXES.iter();
        let profiles = suffixes.map(|suffix| format!("{name}{suffix}"));
        let mut profiles = std::iter::once(name.to_owned()).chain(profiles);
        let lost =
            profiles.find_map(|profile| self.profiles.unusable_profile(self.context, &profile));
        if let Some(failure) = lost {
            return failure;
        }
        let names = self.names();
        let near = nearest(name, names.iter().map(AccountName::as_str), 3);
        let command = nearest(name, SUBCOMMANDS.into_iter(), 1);
        let meant = command_meant(name).map(|meant| match meant {
            CommandMeant::Load => "`mfa ACCOUNT` loads a session. ",
            CommandMeant::End => "`mfa off` ends the session. ",
            CommandMeant::List => "`mfa list` lists the accounts. ",
        });
        let suggestion = match (&near[..], &command[..]) {
            _ if let Some(meant) = meant => meant.to_owned(),
            ([], [command]) if strsim::jaro_winkler(name, command) > 0.85 => {
                format!("did you mean the command {command}? ")
            }
            ([], _) if names.is_empty() => {
                "there are no accounts yet; `aws-mfa setup` shows how to create the first one. "
                    .to_owned()
            }
            ([], _) => format!("the accounts are: {}. ", listed(&names)),
            _ => format!("did you mean {}? ", near.join(", ")),
        };
        let config = match (&self.config.path, &self.context.directories.config) {
            (Some(path), _) => self.context.display_path(path),
            (None, Some(directory)) => self.context.display_path(&directory.join("config.toml")),
            (None, None) => "config.toml".to_owned(),
        };
        let no_key = self.key_of(name).err();
        let profile = match no_key {
            None | Some(NoKey::NoProfile) => String::new(),
            Some(
                no_key @ (NoKey::Session
                | NoKey::Incomplete { .. }
                | NoKey::Unreadable { .. }
                | NoKey::AwsMfa),
            ) => format!(
                ": profile {name} cannot request a session: {}",
                no_key.cause()
            ),
            Some(_) => format!(
                ": profile {name} has no role_arn with source_profile, no mfa_serial and no long-term key"
            ),
        };
        let failure = Failure::usage(format!("could not find account {name}{profile}"));
        if let Some(fix) = self.fix_for_ignored(|profile| {
            let suffix = profile.strip_prefix(name);
            suffix.is_some_and(|suffix| suffix.is_empty() || KEY_PROFILE_SUFFIXES.contains(&suffix))
        }) {
            return failure.help(fix);
        }
        if no_key == Some(NoKey::Session) && self.has_session_token(name) {
            return failure.help(format!(
                "set source_profile in [accounts.{name}] of {config} to the profile with the long-term key{}",
                help_for_session(name)
            ));
        }
        failure.help(format!(
            "{suggestion}An account is [accounts.{name}] in {config}, a profile {name}-mfa with a long-term key, \
             or a profile {name}; looked in {}",
            self.profiles.display_files(self.context)
        ))
    }

    /// The problem and the fix of the first ignored profile that the user may have meant.
    pub(super) fn fix_for_ignored(&self, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let mut ignored = self.ignored_profiles().into_iter();
        let found = ignored.find(|found| is_meant(&found.profile))?;
        Some(format!("{}: {}", found.problem, found.fix))
    }
}

/// The first of these names, and how many more there are.
fn listed(names: &[AccountName]) -> String {
    let all: Vec<&str> = names.iter().map(AccountName::as_str).collect();
    let text = first_names(&all, ", ");
    if text.ends_with(" more") {
        format!("{text}; see `aws-mfa list`")
    } else {
        text
    }
}

pub(super) fn no_source(name: &AccountName, files: &str) -> Failure {
    Failure::usage(format!(
        "could not find the long-term key of account {name}: it has no source profile"
    ))
    .help(format!(
        "set source_profile in [accounts.{name}], or add the key to a profile {name}-mfa; looked in {files}"
    ))
}
