//! From the name of an account to its settings: config.toml, then the profile with the long-term key by
//! convention (`NAME-mfa`), then the profile NAME, each overridden by the command line. It runs no
//! command; only the error for an unknown name reads the AWS files again.

use std::borrow::Cow;

use super::aws_profiles::{AwsProfiles, ProfileCredentials, SignIn, credentials, text_of};
use super::config::{AccountSettings, Config};
use super::reserved::LATER_SUBCOMMANDS;
use super::values::ProfileName;
use super::{Account, DefinedBy, Overrides, Persist};
use crate::aws_files::Profile;
use crate::context::Context;
use crate::error::Result;

mod names;
mod settings;
mod source;
mod unknown;

pub use source::NoKey;
use unknown::no_source;

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
    /// If nothing defines the account, or a setting of it is not valid. [`Accounts::source_credentials`] checks that
    /// its source profile holds a key.
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
            .ok_or_else(|| no_source(&name, &self.profiles.display_files(self.context)))?;
        let role = self.role(&name, settings, overrides, ignore_profile_role)?;
        let defaults = &self.config.defaults;
        let save_to = settings
            .save_to
            .as_ref()
            .or(defaults.save_to.as_ref())
            .map_or(name.as_str(), ProfileName::as_str)
            .to_owned();
        for profile in [&source_profile, name.as_str(), &save_to] {
            if let Some(failure) = self.profiles.unusable_profile(self.context, profile) {
                return Err(failure);
            }
        }
        let mut warnings = Vec::new();
        warnings.extend(self.left_over_token(&source_profile));
        warnings.extend(self.config.untrusted_settings(name.as_str()));
        if LATER_SUBCOMMANDS.contains(&name.as_str()) {
            warnings.push(format!(
                "`mfa {name}` is a subcommand and not account {name}; load it with `aws-mfa env {name}` or an alias, \
                 or give it another name"
            ));
        }
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
        let profiles = [&save_to, name.as_str(), &source_profile];
        let region = self.region(&profiles, settings, overrides)?;
        if let Some(region) = region.as_ref().filter(|region| !region.is_usual())
            && !self.has_endpoint(&profiles)
        {
            warnings.push(format!(
                "`{region}` does not look like a region of AWS, such as `eu-west-1`"
            ));
        }
        Ok(Account {
            device: self.device(&name, &source_profile, settings, overrides)?,
            region,
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
            persist: match (settings.persist, defaults.persist) {
                (Some(true), _) => Persist::Always,
                (None, Some(true)) => Persist::IfAllowed,
                _ => Persist::Never,
            },
            warnings,
        })
    }

    /// Whether the environment or one of these profiles names an endpoint, whose regions may have any name.
    fn has_endpoint(&self, profiles: &[&str]) -> bool {
        let in_environment = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"]
            .into_iter()
            .any(|variable| self.context.setting(variable).is_some());
        let in_profile = |profile: &&str| self.profiles.setting(profile, "endpoint_url").is_some();
        in_environment || profiles.iter().any(in_profile)
    }

    /// Whether there is an account of this name without options, and its definition is right. Unlike
    /// [`resolve`](Self::resolve), this does not look for similar names, so it may be asked about thousands.
    #[must_use]
    pub fn can_resolve(&self, name: &str) -> bool {
        self.is_defined(name) && self.resolve(name).is_ok()
    }

    /// Whether config.toml or the AWS files define an account of this name, be the definition right or not.
    #[must_use]
    pub fn is_defined(&self, name: &str) -> bool {
        self.config.accounts.contains_key(name) || self.definition_in_profiles(name).is_some()
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

    /// Rule 2 of docs/configuration.md: the profile with the long-term key of NAME by convention.
    fn key_profile(&self, name: &str) -> Option<String> {
        KEY_PROFILE_SUFFIXES
            .iter()
            .map(|suffix| format!("{name}{suffix}"))
            .find(|profile| self.profiles.has_long_term_key(profile))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::aws_profiles::testing::profiles;
    use crate::account::{AccountName, SessionDuration};
    use crate::context::testing::context;
    use crate::error::Failure;

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
                ("test", SessionDuration::DEFAULT_MFA)
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
             [accounts.e]\nsource_profile = \"bare\"\n[accounts.f]\nsource_profile = \"chain\"\n",
            "[profile role]\nrole_arn = x\n[profile chain]\nrole_arn = x\nsource_profile = role\n[profile bare]\nregion = eu-west-1\n",
            "[session]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\n[half]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
        );
        for (name, reason) in [
            ("a", "could not find the source profile absent of account a"),
            ("b", "it holds session credentials"),
            ("c", "it has no aws_secret_access_key"),
            ("d", "it has a role_arn, but no source_profile"),
            ("f", "role chaining is not supported"),
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
