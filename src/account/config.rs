use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::values::{
    AccountName, Alias, ExternalId, MfaSerial, ProfileName, Region, RoleArn, RoleSessionName,
    SessionDuration, VariableName, VariableValue,
};
use crate::context::Context;
use crate::error::{Failure, Result};

/// What config.toml says. Every key is checked when the file is read.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// For every account that does not say otherwise.
    #[serde(default)]
    pub defaults: Defaults,
    /// The accounts by name.
    #[serde(default)]
    pub accounts: BTreeMap<AccountName, AccountSettings>,
    /// Where all this was read from; `None` if there is no such file.
    #[serde(skip)]
    pub path: Option<PathBuf>,
}

/// `[defaults]`: the keys of an account that make sense for all of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Defaults {
    /// Profile that `save` writes.
    pub save_to: Option<ProfileName>,
    /// Region to export and to ask in.
    pub region: Option<Region>,
    /// How long sessions live.
    pub duration: Option<SessionDuration>,
    /// Name of role sessions in AWS's logs.
    pub role_session_name: Option<RoleSessionName>,
    /// What the owners of the roles ask for.
    pub external_id: Option<ExternalId>,
    /// Command that prints a code.
    pub mfa_command: Option<String>,
    /// Ask before requesting.
    pub confirm: Option<bool>,
    /// Keep sessions in memory for other shells.
    pub share: Option<bool>,
    /// Variables that are exported with the session.
    pub env: BTreeMap<VariableName, VariableValue>,
}

/// `[accounts.NAME]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountSettings {
    /// Profile that holds the long-term key.
    pub source_profile: Option<ProfileName>,
    /// MFA device.
    pub mfa_serial: Option<MfaSerial>,
    /// Role to assume.
    pub role_arn: Option<RoleArn>,
    /// A command of its own, defined by the shell hook.
    pub alias: Option<Alias>,
    /// Profile that `save` writes.
    pub save_to: Option<ProfileName>,
    /// Region to export and to ask in.
    pub region: Option<Region>,
    /// How long the session lives.
    pub duration: Option<SessionDuration>,
    /// Name of the role session in AWS's logs.
    pub role_session_name: Option<RoleSessionName>,
    /// What the owner of the role asks for.
    pub external_id: Option<ExternalId>,
    /// Command that prints a code.
    pub mfa_command: Option<String>,
    /// Ask before requesting.
    pub confirm: Option<bool>,
    /// Keep the session in memory for other shells.
    pub share: Option<bool>,
    /// Variables that are exported with the session.
    pub env: BTreeMap<VariableName, VariableValue>,
}

impl Config {
    /// Reads `--config FILE`, else `$AWS_MFA_CONFIG`, else config.toml in the user's config folder.
    ///
    /// # Errors
    ///
    /// If the file of `--config` does not exist, if a file cannot be read, or if what it says is
    /// wrong. Any other missing file is an empty configuration.
    pub fn load(context: &Context, flag: Option<&Path>) -> Result<Self> {
        let Some(path) = Self::place(context, flag) else {
            return Ok(Self::default());
        };
        let shown = context.display_path(&path);
        let text = match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|error| {
                let valid = error.utf8_error().valid_up_to();
                let line = error.as_bytes()[..valid]
                    .split(|byte| *byte == b'\n')
                    .count();
                Failure::usage(format!(
                    "could not use {shown}: line {line} is not UTF-8 text"
                ))
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && flag.is_none() => {
                context
                    .console
                    .detail(|| format!("no configuration at {shown}"));
                return Ok(Self::default());
            }
            Err(error) => return Err(Failure::usage(format!("could not read {shown}: {error}"))),
        };
        context
            .console
            .detail(|| format!("configuration from {shown}"));
        let mut config = Self::parse(&text, &shown)?;
        config.path = Some(path);
        Ok(config)
    }

    /// Where config.toml is, or would be: `--config FILE`, else `$AWS_MFA_CONFIG`, else in the user's
    /// config folder, if there is one.
    #[must_use]
    pub fn place(context: &Context, flag: Option<&Path>) -> Option<PathBuf> {
        let by_variable = || context.path_setting("AWS_MFA_CONFIG");
        let by_folder = || Some(context.directories.config.as_ref()?.join("config.toml"));
        flag.map(Path::to_owned)
            .or_else(by_variable)
            .or_else(by_folder)
    }

    /// Understands the text of a config.toml; `shown` names the file in errors.
    pub fn parse(text: &str, shown: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let config: Self = toml::from_str(text).map_err(|error| explain(text, shown, &error))?;
        config.check_aliases(shown)?;
        Ok(config)
    }

    fn check_aliases(&self, shown: &str) -> Result<()> {
        let mut seen: BTreeMap<&str, &AccountName> = BTreeMap::new();
        for (name, account) in &self.accounts {
            let Some(alias) = &account.alias else {
                continue;
            };
            if let Some(first) = seen.insert(alias.as_str(), name) {
                return Err(Failure::usage(format!(
                    "could not use {shown}: accounts {first} and {name} have the same alias `{alias}`"
                )));
            }
        }
        Ok(())
    }
}

/// A parser's complaint as a user can act on it: the line, the offending text, the nearest key.
fn explain(text: &str, shown: &str, error: &toml::de::Error) -> Failure {
    let span = error.span().unwrap_or(0..0);
    let start = span.start.min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or_default();
    let number = 1 + text[..line_start].matches('\n').count();
    let offending = text.get(span.clone()).unwrap_or_default();

    // serde: "unknown field `reion`, expected one of `region`, `duration`"
    let mut quoted = error.message().split('`').skip(1).step_by(2);
    let (what, help) = if error.message().starts_with("unknown field") {
        let key = quoted.next().unwrap_or(offending);
        let known: Vec<&str> = quoted.collect();
        let help = nearest(key, known.iter().copied(), 1).first().map_or_else(
            || format!("the keys here are: {}", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        (format!("unknown key `{key}`"), Some(help))
    } else {
        (complaint(line, error.message()), None)
    };

    let mut message = format!("could not use {shown}, line {number}: {what}");
    if !line.trim().is_empty() {
        let before = unicode_width::UnicodeWidthStr::width(&line[..start - line_start]);
        let marked = offending.lines().next().unwrap_or_default();
        let marks = "^".repeat(unicode_width::UnicodeWidthStr::width(marked).max(1));
        let _ = write!(message, "\n  {line}\n  {:before$}{marks}", "");
    }
    let failure = Failure::usage(message);
    match help {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// What the parser says, in the words of TOML rather than of the program.
fn complaint(line: &str, message: &str) -> String {
    let key = line.split('=').next().unwrap_or_default().trim();
    if message.contains("must be quoted") && ["share", "confirm"].contains(&key) {
        return "expected `true` or `false`".to_owned();
    }
    let words = [
        ("struct AccountSettings", "a table, as in `[accounts.NAME]`"),
        ("struct Defaults", "a table, `[defaults]`"),
        ("invalid type: map", "invalid type: table"),
        ("invalid type: sequence", "invalid type: array"),
        ("expected a map", "expected a table"),
    ];
    let message = message.trim_end().replace('\n', ", ");
    words
        .iter()
        .fold(message, |message, (from, to)| message.replace(from, to))
}

/// Up to `most` candidates that somebody who typed `typed` may have meant, nearest first.
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
    use crate::context::testing::context;

    /// Every key of the reference, once.
    const FULL: &str = r#"
[defaults]
duration = "12h"
save_to = "mfa"
region = "eu-west-1"
role_session_name = "jane"
external_id = "abc"
mfa_command = "true"
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
confirm = true
share = true
env = { KUBECONFIG = "~/.kube/prod" }
"#;

    fn failure(text: &str) -> (String, Option<String>) {
        let failure = Config::parse(text, "c.toml").unwrap_err();
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
    fn an_unknown_key_names_line_and_nearest_key() {
        let (message, help) = failure("[accounts.test]\nreion = \"eu-west-1\"\n");
        assert_eq!(
            message,
            "could not use c.toml, line 2: unknown key `reion`\n  reion = \"eu-west-1\"\n  ^^^^^"
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
        for (text, line, said) in [
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
                "`Admin` is not a role",
            ),
            (
                "[accounts.env]\nregion = \"eu-west-1\"",
                1,
                "`env` is a subcommand",
            ),
            (
                "[accounts.\"a b\"]\nregion = \"eu-west-1\"",
                1,
                "`a b` is not an account name",
            ),
            (
                "[accounts.a]\nenv = { AWS_PROFILE = \"x\" }",
                2,
                "`AWS_PROFILE` is set or unset",
            ),
            (
                "[accounts.a]\nenv = { \"A-B\" = \"x\" }",
                2,
                "`A-B` is not a name for a variable",
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
            assert!(message.contains(said), "{text}: {message}");
        }
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
    fn marks_stand_under_wide_text() {
        let (message, _) = failure("[accounts.a]\nenv = { A = \"日本\", \"ä ä\" = \"x\" }");
        let lines: Vec<&str> = message.lines().collect();
        let width = unicode_width::UnicodeWidthStr::width;
        let before = width(&lines[1][..lines[1].find("\"ä ä\"").unwrap()]);
        assert_eq!(lines[2].find('^'), Some(before), "{message}");
    }

    #[test]
    fn no_file_is_no_error_but_for_the_flag() {
        let context = context(&[("AWS_MFA_CONFIG", "/nonexistent/c.toml")]);
        assert!(Config::load(&context, None).unwrap().accounts.is_empty());
        let failure = Config::load(&context, Some(Path::new("/nonexistent/d.toml"))).unwrap_err();
        assert!(failure.to_string().contains("/nonexistent/d.toml"));
    }

    #[test]
    fn a_byte_order_mark_is_no_error() {
        assert!(Config::parse("\u{feff}[defaults]\n", "c.toml").is_ok());
    }
}
