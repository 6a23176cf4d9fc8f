//! Profiles that look as if they were meant for an account but define none, for `list`, `doctor` and the
//! failures of accounts that cannot be found.

use super::aws_profiles::{AwsProfiles, FileKind, Keys};
use super::resolve::{Accounts, KEY_PROFILE_SUFFIXES};
use super::values::{AccountName, SECTION_PUNCTUATION, is_section_name};
use crate::context::Context;

/// A profile in the AWS files that defines no account although it seems meant to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredProfile {
    /// The name that the profile was probably meant to have.
    pub profile: String,
    /// The reason why it is ignored.
    pub problem: String,
    /// A step that makes an account of it.
    pub fix: String,
}

impl Accounts<'_> {
    /// The profiles that define no account although they seem meant to: half of a key, a name that no account
    /// can have, or a section header that the AWS SDKs ignore. Reads the AWS files again.
    #[must_use]
    pub fn ignored_profiles(&self) -> Vec<IgnoredProfile> {
        let mut ignored = ignored_sections(self.context);
        let names = self.names();
        let accounts = names
            .iter()
            .filter_map(|name| self.resolve(name.as_str()).ok());
        let used: Vec<String> = accounts.map(|account| account.source_profile).collect();
        for profile in self.profiles.names() {
            if let Keys::Incomplete { missing } = self.profiles.keys(profile) {
                ignored.push(IgnoredProfile {
                    profile: profile.to_owned(),
                    problem: format!("profile {profile} has half of a key: {missing} is missing"),
                    fix: format!("add {missing} to [{profile}] in the credentials file"),
                });
            }
        }
        for (profile, wanted) in self.unnamed_keys() {
            if !used.iter().any(|used| used == profile) {
                ignored.push(IgnoredProfile {
                    profile: profile.to_owned(),
                    problem: format!(
                        "profile {profile} has a key, but {wanted} is not a valid account name"
                    ),
                    fix: format!(
                        "define an account with another name in config.toml: [accounts.NAME] with \
                         source_profile = {profile:?}; `aws-mfa setup` proposes one"
                    ),
                });
            }
        }
        for profile in self.unnamed_roles() {
            ignored.push(IgnoredProfile {
                profile: profile.to_owned(),
                problem: format!(
                    "profile {profile} is a role, but {profile} is not a valid account name"
                ),
                fix: format!(
                    "define an account with another name in config.toml:\n{}",
                    self.account_section(profile).unwrap_or_default()
                ),
            });
        }
        ignored
    }

    /// The profiles of roles that could be assumed if their names were valid account names.
    fn unnamed_roles(&self) -> Vec<&str> {
        let is_unnamed_role = |profile: &&str| {
            let setting = |key| self.profiles.setting(profile, key);
            let source = setting("source_profile").filter(|_| setting("role_arn").is_some());
            let has_key = source.is_some_and(|source| self.profiles.has_long_term_key(source));
            has_key && profile.parse::<AccountName>().is_err()
        };
        let profiles = self.profiles.names().into_iter();
        profiles.filter(is_unnamed_role).collect()
    }

    /// The profiles with a key whose names, without a suffix such as `-mfa`, are not valid account names; each
    /// with its name without the suffix.
    #[must_use]
    pub fn unnamed_keys(&self) -> Vec<(&str, &str)> {
        let names = self.profiles.names().into_iter();
        let with_key = names.filter(|profile| self.profiles.has_long_term_key(profile));
        with_key
            .map(|profile| {
                let account = KEY_PROFILE_SUFFIXES
                    .iter()
                    .find_map(|suffix| profile.strip_suffix(suffix));
                (profile, account.unwrap_or(profile))
            })
            .filter(|(_, wanted)| wanted.parse::<AccountName>().is_err())
            .collect()
    }
}

/// The sections of the AWS files that the AWS SDKs ignore.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>
fn ignored_sections(context: &Context) -> Vec<IgnoredProfile> {
    let mut ignored = Vec::new();
    for (path, kind) in AwsProfiles::places(context).into_iter().flatten() {
        let text = zeroize::Zeroizing::new(std::fs::read(&path).unwrap_or_default());
        let text = String::from_utf8_lossy(&text);
        for (at, line) in text.lines().enumerate() {
            let header = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            if let Some((header, _)) = header
                && let Some((profile, fix)) = ignored_section(header.trim(), kind)
            {
                ignored.push(IgnoredProfile {
                    profile,
                    problem: format!(
                        "the AWS SDKs ignore [{}] in {}, line {}",
                        header.trim(),
                        context.display_path(&path),
                        at + 1
                    ),
                    fix,
                });
            }
        }
    }
    ignored
}

/// The profile that a section was probably meant to define and how to write it; `None` if the AWS SDKs take
/// the section as it is.
fn ignored_section(header: &str, kind: FileKind) -> Option<(String, String)> {
    let (prefix, rest) = header
        .split_once(char::is_whitespace)
        .unwrap_or(("", header));
    let prefixed = prefix == "profile";
    let name = if prefixed { rest.trim() } else { header };
    let name = name.trim_matches('"');
    // Sections that define no profile: of the SDKs, and of the AWS CLI ("plugins" and "preview").
    let other_sections = ["sso-session", "services", "plugins", "preview"];
    if name == "default" || other_sections.contains(&prefix) || other_sections.contains(&header) {
        return None;
    }
    let fix = match (kind, prefixed) {
        _ if !is_section_name(name) => {
            format!("use a name of letters, digits and `{SECTION_PUNCTUATION}`")
        }
        (FileKind::Config, false) => format!("in that file, write [profile {name}]"),
        (FileKind::Credentials, true) => format!("in that file, write [{name}]"),
        _ => return None,
    };
    Some((name.to_owned(), fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_that_the_sdks_ignore_are_found() {
        let fix = |header, kind| {
            ignored_section(header, kind).map(|(name, fix)| format!("{name}: {fix}"))
        };
        for good in [
            "default",
            "profile test",
            "sso-session x",
            "services y",
            "plugins",
            "profile default",
        ] {
            assert_eq!(fix(good, FileKind::Config), None, "{good}");
        }
        for good in ["default", "test", "a@b+c.d"] {
            assert_eq!(fix(good, FileKind::Credentials), None, "{good}");
        }
        for (header, kind, start) in [
            (
                "test",
                FileKind::Config,
                "test: in that file, write [profile test]",
            ),
            (
                "profile test",
                FileKind::Credentials,
                "test: in that file, write [test]",
            ),
            ("my test", FileKind::Credentials, "my test: use a name of"),
            (
                "profile \"my test\"",
                FileKind::Config,
                "my test: use a name of",
            ),
        ] {
            assert!(fix(header, kind).unwrap().starts_with(start), "{header}");
        }
    }
}
