//! From the name of an account to its settings: config.toml, then the profile with the long-term key by
//! convention (`NAME-mfa`), then the profile NAME, each overridden by the command line. It runs no
//! command; only the error for an unknown name reads the AWS files again.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::aws_profiles::{AwsProfiles, ProfileCredentials, SignIn, credentials, text_of};
use super::config::{AccountSettings, Config, nearest};
use super::values::{AccountName, ProfileName, SUBCOMMANDS};
use super::{Account, DefinedBy, Overrides};
use crate::aws_files::Profile;
use crate::context::Context;
use crate::error::{Failure, Result};

/// The precedence of each setting.
mod settings;

/// The suffixes of profiles with a long-term key: `NAME-mfa`, `NAME-long-term` and `NAME-noauth` hold the key of
/// the account NAME. They are the conventions of other MFA tools.
pub const KEY_PROFILE_SUFFIXES: [&str; 3] = ["-mfa", "-long-term", "-noauth"];

/// The accounts that the configuration defines.
#[derive(Debug)]
pub struct Accounts<'a> {
    /// The content of config.toml.
    pub config: &'a Config,
    /// The profiles in the AWS files.
    pub profiles: &'a AwsProfiles,
    /// The context, for the user's name and for paths in errors.
    pub context: &'a Context,
}

impl Accounts<'_> {
    /// Resolves the account of this name from the configuration alone.
    ///
    /// # Errors
    ///
    /// See [`Accounts::resolve_with`].
    pub fn resolve(&self, name: &str) -> Result<Account> {
        self.resolve_with(name, &Overrides::default())
    }

    /// Resolves the account of this name from the configuration and the overrides of the command line.
    ///
    /// # Errors
    ///
    /// If nothing defines the account, or a setting of it is not valid. [`Accounts::source_credentials`] checks that its
    /// source profile holds a key.
    pub fn resolve_with(&self, name: &str, overrides: &Overrides) -> Result<Account> {
        let name = self.valid_name(name)?;
        let settings = self.config.accounts.get(name.as_str());
        let in_profiles = self.definition_in_profiles(name.as_str());
        let defined_by = match (settings, &in_profiles) {
            (Some(_), _) => DefinedBy::Config,
            (None, Some((defined_by, _))) => *defined_by,
            (None, None) if overrides.source_profile.is_some() => DefinedBy::CommandLine,
            (None, None) => return Err(self.unknown(name.as_str())),
        };
        let none = AccountSettings::default();
        let settings = settings.unwrap_or(&none);

        let configured = settings.source_profile.as_ref().map(ProfileName::as_str);
        let named = overrides.source_profile.as_deref().or(configured);
        // The key of a profile NAME-mfa is not for the role of a profile NAME with another source.
        let ignore_profile_role =
            named.is_none() && matches!(in_profiles, Some((DefinedBy::MfaSuffix, _)));
        let source_profile = named
            .map(str::to_owned)
            .map(|named| self.key_profile_of_source(&named).unwrap_or(named))
            .or(in_profiles.map(|(_, source)| source))
            .ok_or_else(|| no_source(&name, &self.profiles.files_shown(self.context)))?;
        let role = self.role(&name, settings, overrides, ignore_profile_role)?;
        let defaults = &self.config.defaults;
        let save_to = settings
            .save_to
            .as_ref()
            .or(defaults.save_to.as_ref())
            .map_or(name.as_str(), ProfileName::as_str)
            .to_owned();
        for profile in [&source_profile, name.as_str(), &save_to] {
            if let Some(failure) = self.profiles.failure_of_lost(self.context, profile) {
                return Err(failure);
            }
        }
        let mut warnings = Vec::new();
        warnings.extend(self.left_over_token(&source_profile));
        let code_command = self.code_command(&name, &source_profile, settings);
        self.context.console.detail(|| {
            let role = role
                .as_ref()
                .map_or(String::new(), |role| format!(", role {}", role.arn));
            format!(
                "account {name}: defined by {}, key in profile {source_profile}{role}",
                defined_by.as_str()
            )
        });
        Ok(Account {
            device: self.device(&name, &source_profile, settings, overrides)?,
            region: self.region(
                &[&save_to, name.as_str(), &source_profile],
                settings,
                overrides,
            )?,
            duration: self.duration(&name, role.is_some(), settings, overrides, &mut warnings)?,
            name,
            defined_by,
            source_profile,
            save_to,
            role,
            env: self.variables(settings),
            code_command,
            askpass: self.askpass(settings),
            confirm: settings.confirm.or(defaults.confirm).unwrap_or(false),
            share: settings.share.or(defaults.share).unwrap_or(false),
            warnings,
        })
    }

    /// Whether there is an account of this name without options, and its definition is right. Unlike
    /// [`resolve`](Self::resolve), this does not look for similar names, so it may be asked about thousands.
    #[must_use]
    pub fn can_resolve(&self, name: &str) -> bool {
        let is_defined =
            self.config.accounts.contains_key(name) || self.definition_in_profiles(name).is_some();
        is_defined && self.resolve(name).is_ok()
    }

    /// The kind and the source profile of the definition that the AWS files give an account; `None` if they give
    /// none.
    fn definition_in_profiles(&self, name: &str) -> Option<(DefinedBy, String)> {
        let source = self.profile_source(name);
        // A role profile NAME means the role, even if there is a profile NAME-mfa with a key.
        let key_profile = match source {
            Some(_)
                if self.profile_role(name).is_some()
                    && !signs_in(self.profiles.credentials(name)) =>
            {
                None
            }
            _ => self.key_profile(name),
        };
        match key_profile {
            Some(key_profile) => Some((DefinedBy::MfaSuffix, key_profile)),
            None => Some((DefinedBy::Profile, source?)),
        }
    }

    /// The names of all accounts, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<AccountName> {
        self.find_names(false)
    }

    /// The names of all accounts and of the role profiles whose source profile signs in by SSO, or is a role or a
    /// session itself, sorted. AWS's tools accept such a source; this program cannot request a session with it.
    #[must_use]
    pub fn names_including_unsupported(&self) -> Vec<AccountName> {
        self.find_names(true)
    }

    fn find_names(&self, including_unsupported: bool) -> Vec<AccountName> {
        // Sorted at the end: there may be thousands, which a set would sort one by one.
        let mut names: Vec<AccountName> = self.config.accounts.keys().cloned().collect();
        let mut sources: Vec<&str> = self
            .config
            .accounts
            .values()
            .filter_map(|account| Some(account.source_profile.as_ref()?.as_str()))
            .collect();
        let mut plain = Vec::new();
        let mut role_sources: Vec<Cow<'_, str>> = Vec::new();
        for (profile_name, profile) in self.profiles.unsorted() {
            if let Some(name) = name_of_key_profile(profile_name)
                && self.key_profile(name.as_str()).as_deref() == Some(profile_name)
            {
                sources.push(profile_name);
                names.push(name);
            }
            let credentials = credentials(&profile);
            match self.source_of(profile_name, &profile, credentials) {
                Some(source)
                    if source != profile_name || text_of(&profile, "role_arn").is_some() =>
                {
                    if including_unsupported || !self.is_hidden(profile_name, &source) {
                        names.extend(profile_name.parse::<AccountName>());
                    }
                    // With an MFA device, the profile of a role's key is an account, too.
                    if self.profile_device(&source).is_none() {
                        role_sources.push(source);
                    }
                }
                Some(_) if signs_in_only(&profile, credentials) => {}
                Some(_) => plain.push(profile_name),
                // What it is cannot be told, and the user is to see it.
                None if profile.loss().is_some() => {
                    let name = name_of_key_profile(profile_name);
                    names.extend(name.or_else(|| profile_name.parse().ok()));
                }
                None => {}
            }
        }
        sources.extend(role_sources.iter().map(AsRef::as_ref));
        sources.sort_unstable();
        // A profile that is only the source of other accounts is not listed.
        names.extend(
            plain
                .into_iter()
                .filter(|profile| sources.binary_search(profile).is_err())
                .filter_map(|profile| profile.parse::<AccountName>().ok()),
        );
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether the profile exists and holds no key to request a session with, because it signs in by SSO or is a
    /// role or a session itself.
    #[must_use]
    pub fn is_unsupported_source(&self, source_profile: &str) -> bool {
        let keys = self.profiles.credentials(source_profile);
        self.profiles.get(source_profile).is_some()
            && matches!(
                keys,
                ProfileCredentials::None
                    | ProfileCredentials::Temporary
                    | ProfileCredentials::AwsMfa
                    | ProfileCredentials::SignIn(_)
            )
    }

    /// Whether a role profile is left out of the lists: it is for other tools.
    fn is_hidden(&self, profile: &str, source: &str) -> bool {
        let has_left_over_key = || {
            profile == source
                && self
                    .profiles
                    .setting(profile, "aws_access_key_id")
                    .is_some()
        };
        self.is_unsupported_source(source) && !has_left_over_key()
    }

    /// The long-term key in the account's source profile, or the command that prints it.
    ///
    /// # Errors
    ///
    /// If the profile does not exist or holds no long-term key.
    pub fn source_credentials(&self, account: &Account) -> Result<ProfileCredentials<'_>> {
        let profile = account.source_profile.as_str();
        let files = || self.profiles.files_shown(self.context);
        if self.profiles.get(profile).is_none() {
            let near = nearest(profile, self.profiles.names().into_iter(), 3);
            let help = if let Some(fix) = self.fix_of_ignored(|ignored| ignored == profile) {
                fix
            } else if near.is_empty() {
                format!(
                    "add the access key to [{profile}] in the credentials file; looked in {}",
                    files()
                )
            } else {
                format!("did you mean {}? Looked in {}", near.join(", "), files())
            };
            return Err(Failure::usage(format!(
                "could not find the source profile {profile} of account {}",
                account.name
            ))
            .help(help));
        }
        let cause = match self.profiles.credentials(profile) {
            keys @ (ProfileCredentials::LongTerm { .. } | ProfileCredentials::Process(_)) => {
                return Ok(keys);
            }
            ProfileCredentials::Temporary => {
                "it holds session credentials, not a long-term key".to_owned()
            }
            ProfileCredentials::Incomplete { missing } => format!("it has no {missing}"),
            ProfileCredentials::Unreadable { key } => {
                format!("the value of its {key} goes on in a second line, which is indented")
            }
            ProfileCredentials::SignIn(sign_in) => {
                return Err(Failure::usage(format!(
                    "could not use the source profile {profile} of account {}: {sign_in}, \
                     and holds no long-term key of its own",
                    account.name
                ))
                .help(help_of(sign_in, profile)));
            }
            ProfileCredentials::AwsMfa => {
                "its credential_process is aws-mfa, which would call itself endlessly".to_owned()
            }
            ProfileCredentials::None if self.profiles.setting(profile, "role_arn").is_some() => {
                if self.leads_back(profile) {
                    "it is a role, and its source_profile leads back to itself: a loop".to_owned()
                } else {
                    "it is a role and holds no key; role chaining is not supported".to_owned()
                }
            }
            ProfileCredentials::None
                if self.profiles.setting(profile, "source_profile").is_some() =>
            {
                "it has a source_profile and no role_arn, and holds no key".to_owned()
            }
            ProfileCredentials::None => {
                "it has no aws_access_key_id and no credential_process".to_owned()
            }
        };
        Err(Failure::usage(format!(
            "could not use the source profile {profile} of account {}: {cause}",
            account.name
        ))
        .help(format!(
            "set source_profile in config.toml, or --source-profile, to the profile with the long-term key; \
             looked in {}",
            files()
        )))
    }

    fn valid_name(&self, name: &str) -> Result<AccountName> {
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
    fn unknown(&self, name: &str) -> Failure {
        let suffixes = KEY_PROFILE_SUFFIXES.iter();
        let profiles = suffixes.map(|suffix| format!("{name}{suffix}"));
        let mut profiles = std::iter::once(name.to_owned()).chain(profiles);
        let lost =
            profiles.find_map(|profile| self.profiles.failure_of_lost(self.context, &profile));
        if let Some(failure) = lost {
            return failure;
        }
        let names = self.names();
        let near = nearest(name, names.iter().map(AccountName::as_str), 3);
        let command = nearest(name, SUBCOMMANDS.into_iter(), 1);
        let suggestion = match (&near[..], &command[..]) {
            ([], [command]) if strsim::jaro_winkler(name, command) > 0.85 => {
                format!("did you mean the command {command}? ")
            }
            ([], _) if names.is_empty() => "there are no accounts yet. ".to_owned(),
            ([], _) => "run `aws-mfa list` to see the accounts. ".to_owned(),
            _ => format!("did you mean {}? ", near.join(", ")),
        };
        let config = match (&self.config.path, &self.context.directories.config) {
            (Some(path), _) => self.context.display_path(path),
            (None, Some(directory)) => self.context.display_path(&directory.join("config.toml")),
            (None, None) => "config.toml".to_owned(),
        };
        let profile = self.profiles.get(name).map_or(String::new(), |_| {
            format!(
                ": profile {name} has no role_arn with source_profile, no mfa_serial and no long-term key"
            )
        });
        let failure = Failure::usage(format!("could not find account {name}{profile}"));
        if let Some(fix) = self.fix_of_ignored(|profile| {
            let suffix = profile.strip_prefix(name);
            suffix.is_some_and(|suffix| suffix.is_empty() || KEY_PROFILE_SUFFIXES.contains(&suffix))
        }) {
            return failure.help(fix);
        }
        failure.help(format!(
            "{suggestion}An account is [accounts.{name}] in {config}, a profile {name}-mfa with a long-term key, \
             or a profile {name}; looked in {}",
            self.profiles.files_shown(self.context)
        ))
    }

    /// The problem and the fix of the first ignored profile that the user may have meant.
    fn fix_of_ignored(&self, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let mut ignored = self.ignored_profiles().into_iter();
        let found = ignored.find(|found| is_meant(&found.profile))?;
        Some(format!("{}: {}", found.problem, found.fix))
    }

    /// Rule 2 of docs/configuration.md: the profile with the long-term key of NAME by convention.
    fn key_profile(&self, name: &str) -> Option<String> {
        KEY_PROFILE_SUFFIXES
            .iter()
            .map(|suffix| format!("{name}{suffix}"))
            .find(|profile| self.profiles.has_long_term_key(profile))
    }

    /// The warning about a session token beside a long-term key.
    fn left_over_token(&self, profile: &str) -> Option<String> {
        let ProfileCredentials::LongTerm {
            left_over_token: Some(token),
            ..
        } = self.profiles.credentials(profile)
        else {
            return None;
        };
        let value = self.profiles.get(profile)?.value(token)?;
        Some(format!(
            "{token} of profile {profile} is ignored ({}, line {}): it is no part of a long-term key. \
             The AWS CLI and most SDKs send it, and AWS then refuses the key; remove that line",
            self.profiles.file_shown(self.context, value.file()),
            value.line()
        ))
    }

    /// The profile with the key of a pair, if a source profile is the other one, to which its sessions are written:
    /// profiles made for other MFA tools name it as the source of roles.
    fn key_profile_of_source(&self, source: &str) -> Option<String> {
        let is_session = match self.profiles.credentials(source) {
            ProfileCredentials::Temporary => true,
            // It need not be there before the first session is saved.
            ProfileCredentials::None => self.profile_role(source).is_none(),
            _ => false,
        };
        is_session.then(|| self.key_profile(source)).flatten()
    }

    /// Rule 3 of docs/configuration.md: the profile with the long-term key for a profile NAME; `None` if that has no
    /// role, MFA device or key.
    fn profile_source(&self, name: &str) -> Option<String> {
        let profile = self.profiles.get(name)?;
        let source = self.source_of(profile.name(), &profile, credentials(&profile));
        source.map(Cow::into_owned)
    }

    /// The same for a profile of this name that holds these credentials.
    fn source_of<'p>(
        &self,
        name: &'p str,
        profile: &Profile<'p>,
        credentials: ProfileCredentials<'p>,
    ) -> Option<Cow<'p, str>> {
        let has = |key| text_of(profile, key);
        let own = || Some(name.into());
        let source = has("source_profile");
        let through = |source: &'p str| -> Cow<'p, str> {
            let key_profile = self.key_profile_of_source(source);
            key_profile.map_or(source.into(), Cow::Owned)
        };
        if has("role_arn").is_some() {
            if signs_in(credentials) {
                return own();
            }
            if let Some(source) = source {
                return Some(through(source));
            }
        }
        // A source does not take the place of the profile's own key.
        let has_device = || has("mfa_serial").or(has("aws_mfa_device")).is_some();
        match credentials {
            ProfileCredentials::LongTerm { .. }
            | ProfileCredentials::Process(_)
            | ProfileCredentials::SignIn(_) => own(),
            _ if has_device() => source.map_or_else(own, |source| Some(through(source))),
            _ => None,
        }
    }

    /// Whether the sources of a role profile go round in a circle.
    fn leads_back(&self, profile: &str) -> bool {
        let next = |profile: &&str| self.profiles.setting(profile, "source_profile");
        let mut seen = BTreeSet::new();
        let first = self.profiles.get(profile).map(|profile| profile.name());
        std::iter::successors(first, |profile| next(profile)).any(|profile| !seen.insert(profile))
    }

    fn profile_role(&self, name: &str) -> Option<&str> {
        self.profiles.setting(name, "role_arn")
    }
}

/// Whether a role is assumed with a web identity or with credentials that are in no profile.
fn signs_in(credentials: ProfileCredentials<'_>) -> bool {
    matches!(
        credentials,
        ProfileCredentials::SignIn(SignIn::WebIdentity | SignIn::Source(_))
    )
}

/// Whether a profile signs in without a key, and holds none. One with a left-over key is shown, because the user
/// may take it for one with a key.
fn signs_in_only(profile: &Profile<'_>, credentials: ProfileCredentials<'_>) -> bool {
    matches!(credentials, ProfileCredentials::SignIn(_))
        && text_of(profile, "aws_access_key_id").is_none()
}

fn no_source(name: &AccountName, files: &str) -> Failure {
    Failure::usage(format!(
        "could not find the long-term key of account {name}: it has no source profile"
    ))
    .help(format!(
        "set source_profile in [accounts.{name}], or add the key to a profile {name}-mfa; looked in {files}"
    ))
}

/// The next step for the user whose source profile signs in without a long-term key.
fn help_of(sign_in: SignIn<'_>, profile: &str) -> String {
    let other =
        "set source_profile in config.toml, or --source-profile, to a profile with a long-term key";
    match sign_in {
        SignIn::IdentityCenter => format!(
            "it needs no MFA code here: run `aws sso login --profile {profile}` and use `aws --profile {profile}`. \
             For another profile, {other}"
        ),
        SignIn::Login => format!(
            "it needs no MFA code here: run `aws login --profile {profile}` and use `aws --profile {profile}`. \
             For another profile, {other}"
        ),
        SignIn::WebIdentity | SignIn::Source(_) => {
            format!("use `aws --profile {profile}`. For another profile, {other}")
        }
    }
}

/// The account whose key a profile holds by convention, if the profile's name has one of the suffixes.
fn name_of_key_profile(profile: &str) -> Option<AccountName> {
    let name = KEY_PROFILE_SUFFIXES
        .iter()
        .find_map(|suffix| profile.strip_suffix(suffix))?;
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::SessionDuration;
    use crate::account::aws_profiles::testing::profiles;
    use crate::context::testing::context;

    const KEY: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n";

    struct Home {
        config: Config,
        profiles: AwsProfiles,
        context: Context,
    }

    impl Home {
        fn new(config: &str, aws_config: &str, credentials: &str) -> Self {
            Self {
                config: Config::parse(config, "c.toml").unwrap(),
                profiles: profiles(aws_config, &credentials.replace("KEY", KEY)),
                context: context(&[("USER", "jane")]),
            }
        }

        fn accounts(&self) -> Accounts<'_> {
            Accounts {
                config: &self.config,
                profiles: &self.profiles,
                context: &self.context,
            }
        }

        fn resolve(&self, name: &str) -> Account {
            self.accounts().resolve(name).unwrap()
        }

        fn failure(&self, name: &str, overrides: &Overrides) -> Failure {
            self.accounts().resolve_with(name, overrides).unwrap_err()
        }

        fn names(&self) -> Vec<String> {
            self.accounts()
                .names()
                .iter()
                .map(ToString::to_string)
                .collect()
        }
    }

    #[test]
    fn every_suffix_of_a_key_profile_makes_an_account() {
        for suffix in KEY_PROFILE_SUFFIXES {
            let home = Home::new("", "", &format!("[test{suffix}]\nKEY"));
            let account = home.resolve("test");
            assert_eq!(
                (account.defined_by, account.source_profile),
                (DefinedBy::MfaSuffix, format!("test{suffix}"))
            );
            assert_eq!(
                (account.save_to.as_str(), account.duration),
                ("test", SessionDuration::DEFAULT_PLAIN)
            );
            assert_eq!(home.names(), ["test"]);
        }
    }

    #[test]
    fn a_profile_with_a_session_is_no_key_profile() {
        // Some tools name the profile that they write X-mfa, not the one that holds the key.
        let home = Home::new(
            "",
            "",
            "[test]\nKEY\n[test-mfa]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\n\
             aws_secret_access_key = s\naws_session_token = t\n",
        );
        let account = home.resolve("test");
        assert_eq!(
            (account.defined_by, account.source_profile.as_str()),
            (DefinedBy::Profile, "test")
        );
        assert_eq!(home.names(), ["test"]);
    }

    #[test]
    fn a_role_profile_takes_device_and_settings_from_the_aws_files() {
        let home = Home::new(
            "",
            "[profile prod]\nrole_arn = arn:aws:iam::210987654321:role/Admin\nsource_profile = key\n\
             duration_seconds = 7200\nexternal_id = x1\nregion = eu-west-1\n\
             [profile key]\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\nregion = us-east-2\n",
            "[key]\nKEY",
        );
        let account = home.resolve("prod");
        let role = account.role.unwrap();
        assert_eq!(role.arn.as_str(), "arn:aws:iam::210987654321:role/Admin");
        assert_eq!(role.session_name.as_str(), "jane");
        assert_eq!(role.external_id.unwrap().as_str(), "x1");
        assert_eq!(account.device.unwrap().origin, "profile key");
        assert_eq!(
            (account.defined_by, account.duration.seconds()),
            (DefinedBy::Profile, 7200)
        );
        assert_eq!(account.region.unwrap().as_str(), "eu-west-1");
        assert_eq!(home.names(), ["key", "prod"]);
    }

    #[test]
    fn a_profile_with_an_invalid_name_gets_a_section_for_config_toml() {
        let home = Home::new(
            "",
            "[profile team/ops]\nrole_arn = arn:aws:iam::210987654321:role/Ops\nsource_profile = key\n\
             duration_seconds = 7200\nregion = eu-west-1\n",
            "[key]\nKEY[team/key]\nKEY",
        );
        let help = |name: &str| {
            let failure = home.failure(name, &Overrides::default());
            failure.next_step().unwrap().to_owned()
        };
        assert!(help("team/key").ends_with("  [accounts.NAME]\n  source_profile = \"team/key\""));
        let section = "  [accounts.NAME]\n  source_profile = \"key\"\n  \
             role_arn = \"arn:aws:iam::210987654321:role/Ops\"\n  \
             region = \"eu-west-1\"\n  duration = \"7200\"";
        assert!(help("team/ops").ends_with(section), "{}", help("team/ops"));
        let text = section.replace("NAME", "ops");
        let with = Home::new(&text, "", "[key]\nKEY").resolve("ops");
        assert_eq!(with.duration.seconds(), 7200);
        let problems: Vec<String> = home
            .accounts()
            .ignored_profiles()
            .into_iter()
            .map(|ignored| ignored.problem)
            .collect();
        assert_eq!(
            problems,
            [
                "profile team/key has a key, but team/key is not a valid account name",
                "profile team/ops is a role, but team/ops is not a valid account name"
            ]
        );
    }

    #[test]
    fn an_account_by_suffix_ignores_a_role_profile_with_another_source() {
        // Such a role is assumed with a web identity token.
        let web = "[profile test]\nrole_arn = arn:aws:iam::123456789012:role/Web\n\
             web_identity_token_file = /t\n";
        for config in ["", "[accounts.test]\nregion = \"eu-west-1\"\n"] {
            let home = Home::new(config, web, "[test-mfa]\nKEY");
            assert!(home.resolve("test").role.is_none(), "{config}");
        }
        // A source that is named by the configuration belongs to the role.
        let config = "[accounts.test]\nsource_profile = \"test-mfa\"\n";
        let home = Home::new(config, web, "[test-mfa]\nKEY");
        assert!(home.resolve("test").role.is_some());
    }

    #[test]
    fn roles_that_only_other_tools_can_assume_are_not_listed() {
        let profiles = "[profile sso]\nsso_session = s\n\
             [profile adm]\nrole_arn = arn:aws:iam::210987654321:role/Admin\nsource_profile = sso\n\
             [profile cp]\ncredential_process = aws-mfa credential-process test\n\
             [profile chained]\nrole_arn = arn:aws:iam::210987654321:role/Admin\nsource_profile = cp\n\
             [profile typo]\nrole_arn = arn:aws:iam::210987654321:role/Admin\nsource_profile = tset-mfa\n";
        let home = Home::new("", profiles, "[test-mfa]\nKEY");
        assert_eq!(home.names(), ["test", "typo"]);
        let all = home.accounts().names_including_unsupported();
        let all: Vec<&str> = all.iter().map(AccountName::as_str).collect();
        assert_eq!(all, ["adm", "chained", "test", "typo"]);
    }

    #[test]
    fn the_source_profile_of_a_role_is_an_account_if_it_has_a_device() {
        let roles = "[profile prod]\nrole_arn = arn:aws:iam::210987654321:role/Admin\nsource_profile = default\n";
        let names =
            |device: &str| Home::new("", &format!("{roles}{device}"), "[default]\nKEY").names();
        assert_eq!(names(""), ["prod"]);
        let device = "[default]\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\n";
        assert_eq!(names(device), ["default", "prod"]);
        // With a suffix, it holds the key of another account and is none of its own.
        let pair = roles.replace("default", "test-mfa");
        let device = device.replace("default", "profile test-mfa");
        let home = Home::new("", &format!("{pair}{device}"), "[test-mfa]\nKEY");
        assert_eq!(home.names(), ["prod", "test"]);
    }

    #[test]
    fn a_role_profile_beats_a_key_profile_of_similar_name() {
        let home = Home::new(
            "",
            "[profile test]\nrole_arn = arn:aws:iam::210987654321:role/Admin\nsource_profile = test-mfa\n",
            "[test-mfa]\nKEY",
        );
        let account = home.resolve("test");
        assert!(account.role.is_some());
        assert_eq!(account.source_profile, "test-mfa");
    }

    #[test]
    fn config_is_completed_by_the_profiles() {
        let home = Home::new(
            "[accounts.test]\nregion = \"eu-west-1\"\n[accounts.prod]\nduration = \"2h\"\n",
            "[profile prod]\nrole_arn = arn:aws:iam::210987654321:role/Admin\nsource_profile = key\n",
            "[test-mfa]\nKEY\naws_mfa_device = arn:aws:iam::123456789012:mfa/jane\n[key]\nKEY",
        );
        let test = home.resolve("test");
        assert_eq!(
            (test.defined_by, test.source_profile.as_str()),
            (DefinedBy::Config, "test-mfa")
        );
        assert_eq!(
            test.device.unwrap().serial.as_str(),
            "arn:aws:iam::123456789012:mfa/jane"
        );
        let prod = home.resolve("prod");
        assert_eq!(
            (prod.source_profile.as_str(), prod.duration.to_string()),
            ("key", "2h".to_owned())
        );
        assert_eq!(home.names(), ["prod", "test"]);
    }

    #[test]
    fn options_win_over_config_and_profiles() {
        let home = Home::new(
            "[accounts.test]\nsource_profile = \"a\"\nregion = \"eu-west-1\"\n\
             mfa_serial = \"arn:aws:iam::123456789012:mfa/a\"\n",
            "",
            "[a]\nKEY[b]\nKEY",
        );
        let overrides = Overrides {
            source_profile: Some("b".to_owned()),
            mfa_serial: Some("GAHT12345678".parse().unwrap()),
            role_arn: Some("arn:aws:iam::210987654321:role/Admin".parse().unwrap()),
            region: Some("us-east-2".parse().unwrap()),
            duration: Some("15m".parse().unwrap()),
        };
        let account = home.accounts().resolve_with("test", &overrides).unwrap();
        assert_eq!(account.source_profile, "b");
        assert_eq!(account.device.unwrap().serial.as_str(), "GAHT12345678");
        assert_eq!(account.region.unwrap().as_str(), "us-east-2");
        assert_eq!(account.duration, SessionDuration::MIN);
        assert!(account.role.is_some());
    }

    #[test]
    fn an_unknown_account_works_with_a_source_profile() {
        let home = Home::new("", "", "[some key]\n[key]\nKEY");
        let overrides = Overrides {
            source_profile: Some("key".to_owned()),
            ..Overrides::default()
        };
        let account = home
            .accounts()
            .resolve_with("anything", &overrides)
            .unwrap();
        assert_eq!(
            (account.defined_by, account.save_to.as_str()),
            (DefinedBy::CommandLine, "anything")
        );
    }

    #[test]
    fn an_unknown_account_names_the_nearest() {
        let home = Home::new("", "", "[test-mfa]\nKEY[tess-mfa]\nKEY[prod-mfa]\nKEY");
        let failure = home.failure("tset", &Overrides::default());
        assert_eq!(failure.to_string(), "could not find account tset");
        let help = failure.next_step().unwrap();
        assert!(
            help.starts_with("did you mean test, tess?")
                || help.starts_with("did you mean tess, test?"),
            "{help}"
        );
        assert!(help.contains("[accounts.tset]"), "{help}");
    }

    #[test]
    fn a_duration_out_of_range_is_an_error_and_in_defaults_it_is_capped() {
        let config = "[defaults]\nduration = \"36h\"\n\
             [accounts.prod]\nrole_arn = \"arn:aws:iam::210987654321:role/Admin\"\n";
        let home = Home::new(config, "", "[prod-mfa]\nKEY[test-mfa]\nKEY");
        assert_eq!(home.resolve("test").duration.to_string(), "36h");
        assert_eq!(home.resolve("prod").duration.to_string(), "1h");
        for (account, duration, limits) in [
            ("prod", "13h", "AssumeRole accepts 15m to 12h"),
            ("prod", "14m", "AssumeRole accepts 15m to 12h"),
            ("test", "37h", "GetSessionToken accepts 15m to 36h"),
            ("test", "899", "GetSessionToken accepts 15m to 36h"),
        ] {
            let overrides = Overrides {
                duration: Some(duration.parse().unwrap()),
                ..Overrides::default()
            };
            let message = home.failure(account, &overrides).to_string();
            assert!(message.contains(limits), "{message}");
        }
    }

    #[test]
    fn source_profiles_that_hold_no_key_are_told_apart() {
        let home = Home::new(
            "[accounts.a]\nsource_profile = \"absent\"\n[accounts.b]\nsource_profile = \"session\"\n\
             [accounts.c]\nsource_profile = \"half\"\n[accounts.d]\nsource_profile = \"role\"\n\
             [accounts.e]\nsource_profile = \"bare\"\n",
            "[profile role]\nrole_arn = x\n[profile bare]\nregion = eu-west-1\n",
            "[session]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\n[half]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
        );
        for (name, reason) in [
            ("a", "could not find the source profile absent of account a"),
            ("b", "it holds session credentials"),
            ("c", "it has no aws_secret_access_key"),
            ("d", "role chaining is not supported"),
            ("e", "it has no aws_access_key_id"),
        ] {
            let account = home.resolve(name);
            let failure = home.accounts().source_credentials(&account).unwrap_err();
            assert!(failure.to_string().contains(reason), "{failure}");
        }
    }

    #[test]
    fn a_profile_whose_name_no_account_can_have_is_no_account() {
        let home = Home::new("", "", "[team/dev]\nKEY");
        let failure = home.failure("team/dev", &Overrides::default());
        assert!(
            failure
                .next_step()
                .unwrap()
                .contains("source_profile = \"team/dev\"")
        );
        assert!(home.names().is_empty());
    }

    #[test]
    fn a_wrong_setting_of_a_profile_is_named() {
        let home = Home::new(
            "",
            "[profile test]\nmfa_serial = arn:aws:iam::123456789012:user/jane\n",
            "[test]\nKEY",
        );
        let message = home.failure("test", &Overrides::default()).to_string();
        assert!(
            message.starts_with("mfa_serial of profile test: ") && message.contains(":mfa/jane"),
            "{message}"
        );
    }
}
