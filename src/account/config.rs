//! config.toml: its keys, and errors that name the line. Unknown keys and wrong values are errors, so that a
//! typing error is found when the file is read and not when a setting is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::config_excerpt::{Excerpt, clip};
use super::config_sections;
use super::duration::SessionDuration;
use super::values::{
    AccountName, Alias, ExternalId, MfaSerial, ProfileName, Region, RoleArn, RoleSessionName,
    VariableName, VariableValue,
};
use crate::error::Failure;

/// The content of config.toml. Every key is checked when the file is read.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The settings of every account that does not override them.
    #[serde(default)]
    pub defaults: Defaults,
    /// The accounts by name.
    #[serde(default)]
    pub accounts: BTreeMap<AccountName, AccountSettings>,
    /// The files with more accounts, as config.toml names them; empty once they are read.
    #[serde(default)]
    pub(super) include: Vec<String>,
    /// The files that config.toml includes.
    #[serde(skip)]
    pub includes: Vec<Include>,
    /// The file that all this was read from; `None` if it does not exist.
    #[serde(skip)]
    pub path: Option<PathBuf>,
}

/// A file that config.toml includes.
#[derive(Debug)]
pub struct Include {
    /// Its path.
    pub path: PathBuf,
    /// Its path for messages.
    pub display: String,
    /// Its accounts, or the reason why it cannot be used.
    pub content: Result<IncludedAccounts, ConfigError>,
}

/// The accounts that an included file defines.
#[derive(Debug, Default)]
pub struct IncludedAccounts {
    /// Whether the user trusts the file as it is.
    pub is_trusted: bool,
    /// The names of the accounts that are used.
    pub names: BTreeSet<AccountName>,
    /// The settings that do not count because the file is not trusted, by account.
    pub withheld: BTreeMap<AccountName, Vec<&'static str>>,
    /// The accounts that do not count because the file is not trusted: the user's own files define them.
    pub shadowing: BTreeSet<AccountName>,
}

impl IncludedAccounts {
    /// Whether something in the file counts only after `aws-mfa config trust`.
    #[must_use]
    pub fn needs_trust(&self) -> bool {
        !self.withheld.is_empty() || !self.shadowing.is_empty()
    }
}

/// Declares a table of config.toml: the keys of its own, then those that accounts and `[defaults]` have in
/// common. serde's `flatten` does not go with `deny_unknown_fields` (<https://serde.rs/attr-flatten.html>), and
/// its errors name no line.
macro_rules! settings_table {
    ($(#[$doc:meta])* $name:ident { $($(#[$key_doc:meta])* $key:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$key_doc])* pub $key: $type,)*
            /// Profile that `save` writes.
            pub save_to: Option<ProfileName>,
            /// Region to export and to send requests to.
            pub region: Option<Region>,
            /// Session duration.
            pub duration: Option<SessionDuration>,
            /// Name of role sessions in `CloudTrail`.
            pub role_session_name: Option<RoleSessionName>,
            /// External ID that the trust policies of the roles require.
            pub external_id: Option<ExternalId>,
            /// Command that prints an MFA code.
            pub mfa_command: Option<String>,
            /// Command that asks for an MFA code where there is no terminal.
            pub askpass: Option<String>,
            /// Whether the user must confirm before a session is requested.
            pub confirm: Option<bool>,
            /// Whether MFA sessions are stored for other processes of the user.
            pub share: Option<bool>,
            /// Whether a session that is loaded into a shell is also saved, as with `--persist`.
            pub persist: Option<bool>,
            /// Variables to export with the session.
            pub env: BTreeMap<VariableName, VariableValue>,
        }
    };
}

settings_table! {
    /// `[defaults]`: the settings of all accounts.
    Defaults {}
}

settings_table! {
    /// `[accounts.NAME]`: the settings of one account.
    AccountSettings {
        /// Profile that holds the long-term key.
        source_profile: Option<ProfileName>,
        /// MFA device.
        mfa_serial: Option<MfaSerial>,
        /// Role to assume.
        role_arn: Option<RoleArn>,
        /// Command that the shell hook defines for the account.
        alias: Option<Alias>,
    }
}

/// Takes each of these settings from `$other` where `$own` lacks it.
macro_rules! fill {
    ($own:expr, $other:expr; $($key:ident)*) => {
        $(if $own.$key.is_none() {
            $own.$key.clone_from(&$other.$key);
        })*
    };
}

/// The same for the settings that accounts and `[defaults]` have in common.
macro_rules! fill_common {
    ($own:expr, $other:expr) => {
        fill!($own, $other; save_to region duration role_session_name external_id);
        fill!($own, $other; mfa_command askpass confirm share persist);
        for (name, value) in &$other.env {
            let own = $own.env.entry(name.clone());
            own.or_insert_with(|| value.clone());
        }
    };
}

impl AccountSettings {
    /// Takes the settings that are missing here from `other`.
    pub(super) fn fill_from(&mut self, other: &Self) {
        fill!(self, other; source_profile mfa_serial role_arn alias);
        fill_common!(self, other);
    }

    /// Takes the settings that are missing here from `[defaults]`.
    pub(super) fn fill_from_defaults(&mut self, defaults: &Defaults) {
        fill_common!(self, defaults);
    }

    /// Removes what an included file may set only if the user trusts it, and returns the keys: what runs, exports,
    /// writes, defines a command, hands a session to other processes, or bears on the confirmation.
    pub(super) fn withhold(&mut self) -> Vec<&'static str> {
        let Self {
            source_profile: _,
            mfa_serial: _,
            role_arn: _,
            role_session_name: _,
            external_id: _,
            region: _,
            duration: _,
            alias,
            save_to,
            mfa_command,
            askpass,
            confirm,
            share,
            persist,
            env,
        } = self;
        let mut withheld = Vec::new();
        macro_rules! withhold {
            ($($key:ident)*) => {
                $(if $key.take().is_some() {
                    withheld.push(stringify!($key));
                })*
            };
        }
        withhold!(alias save_to mfa_command askpass confirm share persist);
        if !std::mem::take(env).is_empty() {
            withheld.push("env");
        }
        withheld
    }
}

impl Config {
    /// Parses the text of a config.toml without the files that it includes; `file` names it in errors.
    ///
    /// # Errors
    ///
    /// If the text is not TOML, has an unknown key or a wrong value, or gives two accounts the same alias.
    pub fn parse(text: &str, file: &str) -> Result<Self, ConfigError> {
        let config: Self = parse_toml(text.as_bytes(), file)?;
        config.check_aliases(file)?;
        Ok(config)
    }

    pub(super) fn check_aliases(&self, file: &str) -> Result<(), ConfigError> {
        let mut seen: BTreeMap<&str, &AccountName> = BTreeMap::new();
        for (name, account) in &self.accounts {
            let Some(alias) = &account.alias else {
                continue;
            };
            if let Some(first) = seen.insert(alias.as_str(), name) {
                return Err(ConfigError::new(
                    format!("could not use {file}"),
                    format!("accounts {first} and {name} have the same alias `{alias}`"),
                ));
            }
        }
        Ok(())
    }
}

/// The content of a file with accounts.
pub(super) trait AccountList: DeserializeOwned {
    /// The accounts by name.
    fn accounts_mut(&mut self) -> &mut BTreeMap<AccountName, AccountSettings>;
}

impl AccountList for Config {
    fn accounts_mut(&mut self) -> &mut BTreeMap<AccountName, AccountSettings> {
        &mut self.accounts
    }
}

/// Parses the bytes of a config.toml or of a file that it includes; `file` names it in errors.
pub(super) fn parse_toml<T: AccountList>(bytes: &[u8], file: &str) -> Result<T, ConfigError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        let line = valid.split(|byte| *byte == b'\n').count();
        ConfigError::new(
            format!("could not use {file}"),
            format!("line {line} is not UTF-8 text"),
        )
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(list) = parse_by_sections(text) {
        return Ok(list);
    }
    toml::from_str(text).map_err(|error| ConfigError::from_toml(text, file, &error))
}

/// Parses a text account by account; `None` if it has to be parsed as a whole. All errors are among that: only the
/// whole has their lines.
fn parse_by_sections<T: AccountList>(text: &str) -> Option<T> {
    let mut sections = config_sections::split(text)?;
    // The map sorts them anyway; names are moved faster than settings.
    sections.accounts.sort_unstable_by_key(|(name, _)| *name);
    let mut list: T = toml::from_str(sections.start).ok()?;
    let number = sections.accounts.len();
    let mut accounts: Vec<(AccountName, AccountSettings)> = Vec::with_capacity(number);
    for (name, settings) in sections.accounts {
        accounts.push((name.parse().ok()?, toml::from_str(settings).ok()?));
    }
    *list.accounts_mut() = accounts.into_iter().collect();
    // No account is there twice.
    (list.accounts_mut().len() == number).then_some(list)
}

/// A config.toml that cannot be used.
#[derive(Debug)]
pub struct ConfigError {
    /// The beginning of the message, such as `could not use config.toml, line 2`.
    summary: String,
    problem: Problem,
    /// The line of the file with marks below the part that is wrong; empty if no line is known.
    excerpt: String,
}

/// The problem with a config.toml.
#[derive(Debug)]
enum Problem {
    /// A key that the table does not have.
    UnknownKey {
        key: String,
        /// The keys that the table has.
        known: Vec<String>,
    },
    /// A value of another type than its key has, or out of its range.
    WrongType {
        /// The parser's message, which quotes the value; `None` if the value may be a secret.
        message: Option<String>,
        /// The type that the key has, in the parser's words.
        expected: Option<String>,
    },
    /// Any other problem.
    Other(String),
}

impl ConfigError {
    fn new(summary: String, problem: String) -> Self {
        Self {
            summary,
            problem: Problem::Other(problem),
            excerpt: String::new(),
        }
    }

    pub(super) fn unreadable(file: &str, error: &std::io::Error) -> Self {
        Self::new(format!("could not read {file}"), error.to_string())
    }

    fn from_toml(text: &str, file: &str, error: &toml::de::Error) -> Self {
        let excerpt = Excerpt::new(text, error.span().unwrap_or(0..0));
        Self {
            summary: format!("could not use {file}, line {}", excerpt.line),
            problem: Problem::from_toml(&excerpt, error.message()),
            excerpt: excerpt.picture,
        }
    }

    /// The failure without the values in the file: any of them may be a secret in the wrong place.
    #[must_use]
    pub fn without_values(&self) -> Failure {
        let Self {
            summary, problem, ..
        } = self;
        let problem_only = match problem {
            Problem::WrongType { expected, .. } => wrong_type(expected.as_deref()),
            Problem::UnknownKey { .. } | Problem::Other(_) => problem.to_string(),
        };
        let failure = Failure::usage(format!("{summary}: {problem_only}"));
        problem.add_help(failure)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}{}", self.summary, self.problem, self.excerpt)
    }
}

impl std::error::Error for ConfigError {}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        error.problem.add_help(Self::usage(error.to_string()))
    }
}

impl Problem {
    /// Classifies a message of the parser. serde and toml give nothing but texts, so this is the only place that
    /// compares them.
    fn from_toml(excerpt: &Excerpt, message: &str) -> Self {
        // serde: "unknown field `reion`, expected one of `region`, `duration`"
        if message.starts_with("unknown field") {
            let mut quoted = message.split('`').skip(1).step_by(2).map(str::to_owned);
            return Self::UnknownKey {
                key: quoted.next().unwrap_or_default(),
                known: quoted.collect(),
            };
        }
        // toml, of an unquoted string; the help it gives is wrong where the key takes no string.
        if message.contains("must be quoted")
            && ["share", "confirm", "persist"].contains(&excerpt.key.as_str())
        {
            return Self::Other("expected `true` or `false`".to_owned());
        }
        let message = in_terms_of_toml(message);
        // serde: "invalid type: integer `5`, expected a string"
        if message.starts_with("invalid type: ") || message.starts_with("invalid value: ") {
            let expected = message.rsplit_once(", expected ");
            return Self::WrongType {
                expected: expected.map(|(_, expected)| clip(expected)),
                message: excerpt.shows_values.then(|| clip(&message)),
            };
        }
        Self::Other(clip(&message))
    }

    fn add_help(&self, failure: Failure) -> Failure {
        let Self::UnknownKey { key, known } = self else {
            return failure;
        };
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        failure.help(match nearest(key, known.iter().copied(), 1)[..] {
            [near, ..] => format!("did you mean `{near}`?"),
            [] => format!("the keys here are: {}", known.join(", ")),
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey { key, .. } => write!(f, "unknown key `{}`", clip(key)),
            Self::WrongType {
                message: None,
                expected,
            } => f.write_str(&wrong_type(expected.as_deref())),
            Self::WrongType {
                message: Some(message),
                ..
            }
            | Self::Other(message) => f.write_str(message),
        }
    }
}

/// The message for a value of the wrong type that does not quote it.
fn wrong_type(expected: Option<&str>) -> String {
    match expected {
        Some(expected) => format!("a value of the wrong type, expected {expected}"),
        None => "a value of the wrong type".to_owned(),
    }
}

/// Replaces serde's names of Rust types in a message by TOML's terms.
fn in_terms_of_toml(message: &str) -> String {
    let terms = [
        ("struct AccountSettings", "a table, as in `[accounts.NAME]`"),
        ("struct Defaults", "a table, `[defaults]`"),
        ("invalid type: map", "invalid type: table"),
        ("invalid type: sequence", "invalid type: array"),
        ("expected a map", "expected a table"),
    ];
    let message = message.trim_end().replace('\n', ", ");
    terms
        .iter()
        .fold(message, |message, (from, to)| message.replace(from, to))
}

/// Up to `most` candidates that are similar to what the user typed, the most similar first.
pub fn nearest<'a>(
    typed: &str,
    candidates: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let mut scored: Vec<(f64, &str)> = candidates
        .map(|candidate| {
            let contains = candidate.contains(typed) || typed.contains(candidate);
            let score = strsim::jaro_winkler(typed, candidate);
            (if contains { score.max(0.8) } else { score }, candidate)
        })
        .filter(|(score, _)| *score > 0.7)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored
        .into_iter()
        .take(most)
        .map(|(_, candidate)| candidate)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key of the reference, once.
    const FULL: &str = r#"
[defaults]
duration = "12h"
save_to = "mfa"
region = "eu-west-1"
role_session_name = "jane"
external_id = "abc"
mfa_command = "true"
askpass = "zenity --entry --text"
confirm = false
share = false
env = { A = "b" }

[accounts.test]
source_profile = "ecogy-test-mfa"
mfa_serial = "arn:aws:iam::123456789012:mfa/jane"
save_to = "ecogy-test"
region = "eu-west-1"
alias = "aws-creds-test"

[accounts.prod]
source_profile = "ecogy-production-mfa"
role_arn = "arn:aws:iam::210987654321:role/Admin"
role_session_name = "jane"
external_id = "x/1"
duration = 3600
mfa_command = "ykman oath accounts code --single aws-prod"
askpass = "kdialog --password"
confirm = true
share = true
env = { KUBECONFIG = "~/.kube/prod" }
"#;

    fn failure(text: &str) -> (String, Option<String>) {
        let failure = Failure::from(Config::parse(text, "c.toml").unwrap_err());
        (failure.to_string(), failure.next_step().map(str::to_owned))
    }

    #[test]
    fn every_documented_key_is_understood() {
        let config = Config::parse(FULL, "c.toml").unwrap();
        assert_eq!(config.accounts.len(), 2);
        let prod = &config.accounts["prod"];
        assert_eq!(prod.duration.unwrap().seconds(), 3600);
        assert_eq!(prod.env.iter().next().unwrap().1.as_str(), "~/.kube/prod");
        assert_eq!(config.defaults.duration.unwrap().to_string(), "12h");
    }

    #[test]
    fn sections_parsed_one_by_one_are_what_the_whole_text_means() {
        const LINES: [&str; 16] = [
            "[defaults]",
            "[accounts]",
            "[accounts.a]",
            "[accounts.b]\r",
            "[accounts.list]",
            " [accounts.c]",
            "[accounts.a.env]",
            "[env]",
            "env.A = \"[\"",
            "accounts.d.share = true",
            "accounts = {}",
            "region = \"eu-west-1\"",
            "share = true # x",
            "duration = \"12h\"",
            "env = {",
            "}",
        ];
        let by_sections = |text: &str| {
            let config: Option<Config> = parse_by_sections(text);
            config.map(|config| format!("{config:?}"))
        };
        let whole = |text: &str| {
            let config: Option<Config> = toml::from_str(text).ok();
            config.map(|config| format!("{config:?}"))
        };
        let mut texts = vec![String::new(), "[accounts.z]\n".to_owned()];
        let mut split = 0;
        for _ in 0..3 {
            let longer = texts.iter().flat_map(|text| {
                let lines = LINES.iter();
                lines.map(move |line| format!("{text}{line}\n"))
            });
            texts = longer.collect();
            for text in &texts {
                if let Some(config) = by_sections(text) {
                    split += 1;
                    assert_eq!(Some(config), whole(text), "{text}");
                }
            }
        }
        assert!(split > 200, "{split}");
        assert_eq!(by_sections(FULL), whole(FULL));
    }

    #[test]
    fn an_unknown_key_names_line_and_nearest_key() {
        let (message, help) = failure("[accounts.test]\nreion = \"eu-west-1\"\n");
        assert_eq!(
            message,
            "could not use c.toml, line 2: unknown key `reion`\n  reion = …\n  ^^^^^"
        );
        assert_eq!(help.as_deref(), Some("did you mean `region`?"));

        let (message, help) = failure("[acounts.test]\n");
        assert!(
            message.contains("line 1: unknown key `acounts`"),
            "{message}"
        );
        assert_eq!(help.as_deref(), Some("did you mean `accounts`?"));

        let (message, help) = failure("[defaults]\nrole_arn = \"x\"\n");
        assert!(message.contains("unknown key `role_arn`"), "{message}");
        assert!(help.is_some());
    }

    #[test]
    fn a_bad_value_names_line_and_text() {
        for (text, line, part) in [
            (
                "[accounts.a]\nduration = \"12x\"",
                2,
                "`12x` is not a duration",
            ),
            ("[accounts.a]\nduration = true", 2, "a duration such as"),
            ("[accounts.a]\n\nregion = 5", 3, "expected a string"),
            ("[accounts.a]\nshare = yes", 2, "expected `true` or `false`"),
            (
                "accounts.a = \"test-mfa\"",
                1,
                "expected a table, as in `[accounts.NAME]`",
            ),
            ("defaults = 1", 1, "expected a table, `[defaults]`"),
            (
                "[accounts.a]\nregion = {}",
                2,
                "invalid type: table, expected a string",
            ),
            (
                "[accounts.a]\nmfa_serial = \"arn:aws:iam::123456789012:user/jane\"",
                2,
                ":mfa/jane",
            ),
            (
                "[accounts.a]\nrole_arn = \"Admin\"",
                2,
                "`Admin` is not a role ARN",
            ),
            (
                "[accounts.env]\nregion = \"eu-west-1\"",
                1,
                "`env` is a subcommand",
            ),
            (
                "[accounts.\"a b\"]\nregion = \"eu-west-1\"",
                1,
                "`a b` is not a valid account name",
            ),
            (
                "[accounts.a]\nenv = { AWS_PROFILE = \"x\" }",
                2,
                "`AWS_PROFILE` is reserved",
            ),
            (
                "[accounts.a]\nenv = { \"A-B\" = \"x\" }",
                2,
                "`A-B` is not a variable name",
            ),
            (
                "[accounts.a]\nregion = \"eu-west-1\"\nregion = \"x\"",
                3,
                "duplicate key",
            ),
            ("[accounts.a\nregion = 1", 1, "unclosed table"),
            ("x", 1, "key with no value"),
        ] {
            let (message, _) = failure(text);
            assert!(
                message.contains(&format!("line {line}: ")),
                "{text}: {message}"
            );
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn a_wrong_type_is_reported_without_the_value() {
        for (text, report) in [
            (
                "[accounts.a]\nconfirm = \"hush, expected hush\"\n",
                "could not use c.toml, line 2: a value of the wrong type, expected a boolean",
            ),
            (
                "accounts.a = \"hush\"",
                "could not use c.toml, line 1: a value of the wrong type, expected a table, as in `[accounts.NAME]`",
            ),
        ] {
            let error = Config::parse(text, "c.toml").unwrap_err();
            // Neither is quoted where the key may hold a secret.
            assert_eq!(
                error.to_string().contains("hush"),
                text.contains("confirm"),
                "{error}"
            );
            assert_eq!(error.without_values().to_string(), report);
        }
        let error = Config::parse("[accounts.a]\nreion = \"hush\"\n", "c.toml").unwrap_err();
        let failure = error.without_values();
        assert_eq!(
            (failure.to_string().as_str(), failure.next_step()),
            (
                "could not use c.toml, line 2: unknown key `reion`",
                Some("did you mean `region`?")
            )
        );
    }

    #[test]
    fn two_accounts_cannot_have_one_alias() {
        let (message, _) = failure("[accounts.a]\nalias = \"x\"\n[accounts.b]\nalias = \"x\"\n");
        assert!(
            message.contains("a and b have the same alias `x`"),
            "{message}"
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_error() {
        assert!(Config::parse("\u{feff}[defaults]\n", "c.toml").is_ok());
    }
}
