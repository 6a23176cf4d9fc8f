//! Profiles that look as if they were meant for an account but define none, for `list`, `doctor` and the
//! failures of accounts that cannot be found.

use std::collections::BTreeSet;

use super::aws_profiles::{FileKind, ProfileCredentials};
use super::resolve::{Accounts, KEY_PROFILE_SUFFIXES};
use super::values::{AccountName, is_section_name};

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
    /// can have, or a section header that AWS tools ignore.
    #[must_use]
    pub fn ignored_profiles(&self) -> Vec<IgnoredProfile> {
        let mut ignored = self.ignored_sections();
        for profile in self.profiles.names() {
            if let ProfileCredentials::Incomplete { missing } = self.profiles.credentials(profile) {
                ignored.push(IgnoredProfile {
                    profile: profile.to_owned(),
                    problem: format!(
                        "profile {profile} has an incomplete key: {missing} is missing"
                    ),
                    fix: format!("add {missing} to [{profile}] in the credentials file"),
                });
            }
        }
        let unnamed_keys = self.unnamed_keys();
        // Which profiles are used is only asked where there may be one that is not: to tell takes long.
        let used = if unnamed_keys.is_empty() {
            BTreeSet::new()
        } else {
            self.used_source_profiles()
        };
        for (profile, wanted) in unnamed_keys {
            if !used.contains(profile) {
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

    /// The source profiles of all accounts.
    fn used_source_profiles(&self) -> BTreeSet<String> {
        let names = self.names();
        let accounts = names
            .iter()
            .filter_map(|name| self.resolve(name.as_str()).ok());
        accounts.map(|account| account.source_profile).collect()
    }

    /// The sections of the AWS files that AWS tools ignore.
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>
    fn ignored_sections(&self) -> Vec<IgnoredProfile> {
        let mut ignored = Vec::new();
        for kind in [FileKind::Config, FileKind::Credentials] {
            let document = self.profiles.document(kind);
            for (header, line) in document.headers() {
                let header = String::from_utf8_lossy(header);
                // Other tools have sections of their own in the config file, such as [okta] with aws_saml_url.
                let is_meant = kind == FileKind::Credentials || document.has_profile_settings(line);
                if kind == FileKind::Config && (document.is_profile(line) || !is_meant) {
                    continue;
                }
                if let Some((profile, fix)) = ignored_section(&header, kind) {
                    ignored.push(IgnoredProfile {
                        profile,
                        problem: format!(
                            "AWS tools ignore [{}] in {}, line {line}",
                            header.trim(),
                            self.profiles.display_file(self.context, kind),
                        ),
                        fix,
                    });
                }
            }
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

/// The profile that a section was probably meant to define and how to write it; `None` if AWS tools take the section
/// as it is. In the config file they look for `profile NAME`, in the credentials file the header is the name.
fn ignored_section(header: &str, kind: FileKind) -> Option<(String, String)> {
    let header = header.trim();
    let (prefix, rest) = header
        .split_once(char::is_whitespace)
        .unwrap_or(("", header));
    let unquoted = |name: &str| name.trim().trim_matches('"').to_owned();
    match kind {
        FileKind::Config => {
            // Sections that define no profile: of the SDKs, and of the AWS CLI ("plugins" and "preview").
            let others = [
                "default",
                "DEFAULT",
                "sso-session",
                "services",
                "plugins",
                "preview",
            ];
            if others.contains(&prefix) || others.contains(&header) {
                return None;
            }
            let name = if prefix == "profile" {
                unquoted(rest)
            } else {
                unquoted(header)
            };
            let is_valid = is_section_name(&name);
            let quoted = if is_valid {
                name.clone()
            } else {
                format!("\"{name}\"")
            };
            let fix = format!("in that file, write [profile {quoted}]");
            Some((name, fix))
        }
        FileKind::Credentials if prefix == "profile" => {
            let name = unquoted(rest);
            let fix = format!("in that file, write [{name}]");
            Some((name, fix))
        }
        FileKind::Credentials => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_that_the_sdks_ignore_are_found() {
        let fix = |header, kind| {
            ignored_section(header, kind).map(|(name, fix)| format!("{name}: {fix}"))
        };
        for good in ["default", "sso-session x", "services y", "plugins"] {
            assert_eq!(fix(good, FileKind::Config), None, "{good}");
        }
        for good in ["default", "test", "a@b+c.d", "my test"] {
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
            (
                "profile my test",
                FileKind::Config,
                "my test: in that file, write [profile \"my test\"]",
            ),
        ] {
            assert!(fix(header, kind).unwrap().starts_with(start), "{header}");
        }
    }
}
