use std::collections::BTreeSet;

use super::aws_profiles::{AwsProfiles, Keys};
use super::config::{AccountSettings, Config, nearest};
use super::values::{AccountName, SUBCOMMANDS};
use super::{Account, DefinedBy, Overrides};
use crate::context::Context;
use crate::error::{Failure, Result};

/// The settings of an account.
mod settings;

/// What people call the profile with the long-term key of an account NAME: `NAME` plus one of these.
pub const KEY_PROFILE_SUFFIXES: [&str; 3] = ["-mfa", "-long-term", "-noauth"];

/// Everything that accounts are found in.
#[derive(Debug)]
pub struct Accounts<'a> {
    /// config.toml.
    pub config: &'a Config,
    /// The AWS files.
    pub profiles: &'a AwsProfiles,
    /// The world, for the user's name and for paths in errors.
    pub context: &'a Context,
}

impl Accounts<'_> {
    /// The account of this name, as the configuration has it.
    ///
    /// # Errors
    ///
    /// As [`Accounts::resolve_with`].
    pub fn resolve(&self, name: &str) -> Result<Account> {
        self.resolve_with(name, &Overrides::default())
    }

    /// The account of this name, with the overrides of this run over its configuration.
    ///
    /// # Errors
    ///
    /// If nothing defines the account, or what defines it is wrong. Whether its source profile holds keys
    /// is not checked: see [`Accounts::source_keys`].
    pub fn resolve_with(&self, name: &str, overrides: &Overrides) -> Result<Account> {
        let name = self.valid_name(name)?;
        let settings = self.config.accounts.get(name.as_str());
        let pair = self.key_profile(name.as_str());
        let profile = self.profile_source(name.as_str());
        let is_role_profile = profile.is_some() && self.profile_role(name.as_str()).is_some();

        // A role profile is meant as a role even where a key profile has a similar name.
        let by_profiles = match (&pair, profile) {
            (_, Some(source)) if is_role_profile => Some((DefinedBy::Profile, source)),
            (Some(key_profile), _) => Some((DefinedBy::MfaSuffix, key_profile.as_str())),
            (None, Some(source)) => Some((DefinedBy::Profile, source)),
            (None, None) => None,
        };
        let defined_by = match (settings, by_profiles) {
            (Some(_), _) => DefinedBy::Config,
            (None, Some((by, _))) => by,
            (None, None) if overrides.source_profile.is_some() => DefinedBy::CommandLine,
            (None, None) => return Err(self.unknown(name.as_str())),
        };
        let none = AccountSettings::default();
        let settings = settings.unwrap_or(&none);

        let source_profile = overrides
            .source_profile
            .as_deref()
            .or(settings
                .source_profile
                .as_ref()
                .map(super::values::ProfileName::as_str))
            .or(by_profiles.map(|(_, source)| source))
            .ok_or_else(|| no_source(&name))?
            .to_owned();
        let named_elsewhere =
            overrides.source_profile.is_some() || settings.source_profile.is_some();
        let is_pair = matches!(by_profiles, Some((DefinedBy::MfaSuffix, _))) && !named_elsewhere;
        let role = self.role(&name, settings, overrides, is_pair)?;
        let defaults = &self.config.defaults;
        let save_to = settings
            .save_to
            .as_ref()
            .or(defaults.save_to.as_ref())
            .map_or(name.as_str(), |profile| profile.as_str())
            .to_owned();

        let env = defaults
            .env
            .iter()
            .chain(&settings.env)
            .map(|(variable, value)| {
                let value = self.context.expand_tilde(value.as_str());
                (variable.clone(), value.into_os_string())
            });
        let code_command = self.code_command(&name, &source_profile, settings);
        self.context.console.detail(|| {
            let role = role
                .as_ref()
                .map_or(String::new(), |role| format!(", role {}", role.arn));
            format!(
                "account {name} by {}, key in profile {source_profile}{role}",
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
            duration: self.duration(&name, role.is_some(), settings, overrides)?,
            name,
            defined_by,
            source_profile,
            save_to,
            role,
            env: env.collect(),
            code_command,
            confirm: settings.confirm.or(defaults.confirm).unwrap_or(false),
            share: settings.share.or(defaults.share).unwrap_or(false),
        })
    }

    /// The names of all accounts, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<AccountName> {
        self.found(false)
    }

    /// The same with the profiles of roles that no session can be asked for with: their source signs in by
    /// SSO, or is a role or a session itself. To AWS's own tools nothing is wrong with them.
    #[must_use]
    pub fn names_including_unsupported(&self) -> Vec<AccountName> {
        self.found(true)
    }

    fn found(&self, including_unsupported: bool) -> Vec<AccountName> {
        let mut names: BTreeSet<AccountName> = self.config.accounts.keys().cloned().collect();
        let mut sources: BTreeSet<&str> = self
            .config
            .accounts
            .values()
            .filter_map(|account| Some(account.source_profile.as_ref()?.as_str()))
            .collect();
        let profiles = self.profiles.names();
        let mut plain = Vec::new();
        for profile in &profiles {
            if let Some((name, name_parsed)) = pair_name(profile)
                && self.key_profile(name).as_deref() == Some(profile)
            {
                sources.insert(profile);
                names.insert(name_parsed);
            }
            match self.profile_source(profile) {
                Some(source) if source != *profile || self.profile_role(profile).is_some() => {
                    // With a device of its own, a key that roles are asked for with is for itself, too.
                    if self.profile_device(source).is_none() {
                        sources.insert(source);
                    }
                    if including_unsupported || !self.is_unsupported_source(source) {
                        names.extend(profile.parse());
                    }
                }
                Some(_) => plain.push(profile),
                None => {}
            }
        }
        // A profile that only serves another account is not one of its own in the list.
        names.extend(
            plain
                .into_iter()
                .filter(|profile| !sources.contains(**profile))
                .filter_map(|profile| profile.parse::<AccountName>().ok()),
        );
        names.into_iter().collect()
    }

    /// Whether a profile exists and holds no long-term key that a session could be requested with: it signs
    /// in by SSO, or is a role or a session itself.
    #[must_use]
    pub fn is_unsupported_source(&self, source_profile: &str) -> bool {
        let keys = self.profiles.keys(source_profile);
        self.profiles.get(source_profile).is_some()
            && matches!(keys, Keys::None | Keys::Temporary | Keys::AwsMfa)
    }

    /// The credentials in the account's source profile, if a session can be asked for with them.
    ///
    /// # Errors
    ///
    /// If there is no such profile, or it holds no long-term key; the text says which.
    pub fn source_keys(&self, account: &Account) -> Result<Keys<'_>> {
        let profile = account.source_profile.as_str();
        let files = || self.profiles.files_shown(self.context);
        if self.profiles.get(profile).is_none() {
            let near = nearest(profile, self.profiles.names().into_iter(), 3);
            let help = if let Some(meant) = self.meant_but_left_out(|known| known == profile) {
                meant
            } else if near.is_empty() {
                format!(
                    "put the access key into [{profile}] of the credentials file; looked in {}",
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
        let cause = match self.profiles.keys(profile) {
            keys @ (Keys::LongTerm { .. } | Keys::Process(_)) => return Ok(keys),
            Keys::Temporary => {
                "it holds the credentials of a session, and AWS makes no session out of a session"
                    .to_owned()
            }
            Keys::Incomplete { missing } => format!("it has no {missing}"),
            Keys::AwsMfa => {
                "its credential_process is aws-mfa itself, which would ask itself without end"
                    .to_owned()
            }
            Keys::None if self.profiles.setting(profile, "role_arn").is_some() => {
                "it is a role itself and holds no key; chains of roles are not supported".to_owned()
            }
            Keys::None => "it holds no aws_access_key_id and no credential_process".to_owned(),
        };
        Err(Failure::usage(format!(
            "could not use the source profile {profile} of account {}: {cause}",
            account.name
        ))
        .help(format!(
            "name the profile that holds the long-term key: source_profile in config.toml, or --source-profile; looked in {}",
            files()
        )))
    }

    fn valid_name(&self, name: &str) -> Result<AccountName> {
        name.parse().map_err(|wrong: String| {
            let failure = Failure::usage(wrong);
            match self.as_account(name) {
                Some(section) => failure.help(format!(
                    "give the profile an account in config.toml:\n{section}"
                )),
                None => failure,
            }
        })
    }

    /// The section of config.toml that makes an account of a profile whose own name no account can have.
    #[must_use]
    pub fn as_account(&self, profile: &str) -> Option<String> {
        self.profiles.get(profile)?;
        let source = self.profile_source(profile).unwrap_or(profile);
        let mut section = format!("  [accounts.NAME]\n  source_profile = {source:?}");
        // What an account of the profile's own name would take from it.
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

    fn unknown(&self, name: &str) -> Failure {
        let names = self.names();
        let near = nearest(name, names.iter().map(AccountName::as_str), 3);
        let command = nearest(name, SUBCOMMANDS.into_iter(), 1);
        let meant = match (&near[..], &command[..]) {
            ([], [command]) if strsim::jaro_winkler(name, command) > 0.85 => {
                format!("did you mean the command {command}? ")
            }
            ([], _) if names.is_empty() => "there are no accounts yet. ".to_owned(),
            ([], _) => "`aws-mfa list` shows the accounts. ".to_owned(),
            _ => format!("did you mean {}? ", near.join(", ")),
        };
        let config = match (&self.config.path, &self.context.directories.config) {
            (Some(path), _) => self.context.display_path(path),
            (None, Some(folder)) => self.context.display_path(&folder.join("config.toml")),
            (None, None) => "config.toml".to_owned(),
        };
        let profile = self.profiles.get(name).map_or(String::new(), |_| {
            format!("; the profile {name} has no role_arn with source_profile, no mfa_serial and no long-term key")
        });
        let could_not = format!("could not find account {name}{profile}");
        if let Some(meant) = self.meant_but_left_out(|profile| {
            let suffix = profile.strip_prefix(name);
            suffix.is_some_and(|suffix| suffix.is_empty() || KEY_PROFILE_SUFFIXES.contains(&suffix))
        }) {
            return Failure::usage(could_not).help(meant);
        }
        Failure::usage(could_not).help(format!(
            "{meant}An account is [accounts.{name}] in {config}, a profile {name}-mfa with a long-term key, or a profile {name}; looked in {}",
            self.profiles.files_shown(self.context)
        ))
    }

    /// Why such a profile leads to no account although there is one, and what mends it.
    fn meant_but_left_out(&self, is_meant: impl Fn(&str) -> bool) -> Option<String> {
        let mut left_out = self.ignored_profiles().into_iter();
        let found = left_out.find(|found| is_meant(&found.profile))?;
        Some(format!("{}: {}", found.what, found.fix))
    }

    /// Rule 2: the profile with the long-term key of NAME by convention.
    fn key_profile(&self, name: &str) -> Option<String> {
        KEY_PROFILE_SUFFIXES
            .iter()
            .map(|suffix| format!("{name}{suffix}"))
            .find(|profile| self.profiles.has_long_term_key(profile))
    }

    /// Rule 3: the profile that holds the keys for a profile NAME, if NAME is good for an account.
    fn profile_source<'p>(&'p self, name: &'p str) -> Option<&'p str> {
        let profile = self.profiles.get(name)?;
        let has = |key| profile.get(key).filter(|value: &&str| !value.is_empty());
        let source = has("source_profile");
        if has("role_arn").is_some() && source.is_some() {
            source
        } else if has("mfa_serial").or(has("aws_mfa_device")).is_some() {
            Some(source.unwrap_or(name))
        } else {
            self.profiles.has_long_term_key(name).then_some(name)
        }
    }

    fn profile_role(&self, name: &str) -> Option<&str> {
        self.profiles.setting(name, "role_arn")
    }
}

fn no_source(name: &AccountName) -> Failure {
    Failure::usage(format!(
        "could not tell where the long-term key of account {name} is"
    ))
    .help(format!(
        "set source_profile in [accounts.{name}], or put the key into a profile {name}-mfa"
    ))
}

fn pair_name(profile: &str) -> Option<(&str, AccountName)> {
    KEY_PROFILE_SUFFIXES
        .iter()
        .find_map(|suffix| profile.strip_suffix(suffix))
        .and_then(|name| Some((name, name.parse().ok()?)))
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
    fn every_pair_convention_makes_an_account() {
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
            "[test]\nKEY\n[test-mfa]\nKEY\naws_session_token = t\n",
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
    fn a_profile_with_a_name_of_its_own_is_told_how_it_becomes_an_account() {
        let home = Home::new(
            "",
            "[profile team/ops]\nrole_arn = arn:aws:iam::210987654321:role/Ops\nsource_profile = key\nduration_seconds = 7200\nregion = eu-west-1\n",
            "[key]\nKEY[team/key]\nKEY",
        );
        let help = |name: &str| {
            let failure = home.failure(name, &Overrides::default());
            failure.next_step().unwrap().to_owned()
        };
        assert!(help("team/key").ends_with("  [accounts.NAME]\n  source_profile = \"team/key\""));
        let section = "  [accounts.NAME]\n  source_profile = \"key\"\n  role_arn = \"arn:aws:iam::210987654321:role/Ops\"\n  \
             region = \"eu-west-1\"\n  duration = \"7200\"";
        assert!(help("team/ops").ends_with(section), "{}", help("team/ops"));
        let text = section.replace("NAME", "ops");
        let with = Home::new(&text, "", "[key]\nKEY").resolve("ops");
        assert_eq!(with.duration.seconds(), 7200);
        let left_out: Vec<String> = home
            .accounts()
            .ignored_profiles()
            .into_iter()
            .map(|found| found.what)
            .collect();
        assert_eq!(
            left_out,
            [
                "profile team/key has a key, but no account can be called team/key",
                "profile team/ops is a role, but no account can be called team/ops"
            ]
        );
    }

    #[test]
    fn a_pair_has_no_role_of_a_profile_that_has_another_source() {
        // Such a role is assumed with a token of the web's.
        let web = "[profile test]\nrole_arn = arn:aws:iam::123456789012:role/Web\nweb_identity_token_file = /t\n";
        for config in ["", "[accounts.test]\nregion = \"eu-west-1\"\n"] {
            let home = Home::new(config, web, "[test-mfa]\nKEY");
            assert!(home.resolve("test").role.is_none(), "{config}");
        }
        // Whoever names the source means the role.
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
    fn a_key_that_roles_are_had_with_is_an_account_if_it_has_a_device() {
        let roles = "[profile prod]\nrole_arn = arn:aws:iam::210987654321:role/Admin\nsource_profile = default\n";
        let names =
            |device: &str| Home::new("", &format!("{roles}{device}"), "[default]\nKEY").names();
        assert_eq!(names(""), ["prod"]);
        let device = "[default]\nmfa_serial = arn:aws:iam::123456789012:mfa/jane\n";
        assert_eq!(names(device), ["default", "prod"]);
        // What holds the key of another account by its name is none.
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
            "[accounts.test]\nsource_profile = \"a\"\nregion = \"eu-west-1\"\nmfa_serial = \"arn:aws:iam::123456789012:mfa/a\"\n",
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
    fn a_duration_out_of_bounds_is_refused_but_for_all_it_is_cut() {
        let config = "[defaults]\nduration = \"36h\"\n[accounts.prod]\nrole_arn = \"arn:aws:iam::210987654321:role/Admin\"\n";
        let home = Home::new(config, "", "[prod-mfa]\nKEY[test-mfa]\nKEY");
        assert_eq!(home.resolve("test").duration.to_string(), "36h");
        assert_eq!(home.resolve("prod").duration.to_string(), "1h");
        for (account, duration, said) in [
            ("prod", "13h", "from 15m to 12h"),
            ("prod", "14m", "AssumeRole"),
            ("test", "37h", "from 15m to 36h"),
            ("test", "899", "GetSessionToken"),
        ] {
            let overrides = Overrides {
                duration: Some(duration.parse().unwrap()),
                ..Overrides::default()
            };
            let said_so = home.failure(account, &overrides).to_string();
            assert!(said_so.contains(said), "{said_so}");
        }
    }

    #[test]
    fn source_profiles_that_hold_no_key_are_told_apart() {
        let home = Home::new(
            "[accounts.a]\nsource_profile = \"absent\"\n[accounts.b]\nsource_profile = \"session\"\n\
             [accounts.c]\nsource_profile = \"half\"\n[accounts.d]\nsource_profile = \"role\"\n[accounts.e]\nsource_profile = \"bare\"\n",
            "[profile role]\nrole_arn = x\n[profile bare]\nregion = eu-west-1\n",
            "[session]\nKEY\naws_session_token = t\n[half]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
        );
        for (name, said) in [
            ("a", "could not find the source profile absent of account a"),
            ("b", "AWS makes no session out of a session"),
            ("c", "it has no aws_secret_access_key"),
            ("d", "chains of roles are not supported"),
            ("e", "it holds no aws_access_key_id"),
        ] {
            let account = home.resolve(name);
            let failure = home.accounts().source_keys(&account).unwrap_err();
            assert!(failure.to_string().contains(said), "{failure}");
        }
    }

    #[test]
    fn a_profile_whose_name_no_account_can_have_gets_a_way_out() {
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
        let said = home.failure("test", &Overrides::default()).to_string();
        assert!(
            said.starts_with("mfa_serial of profile test: ") && said.contains(":mfa/jane"),
            "{said}"
        );
    }
}
