use super::aws_profiles::{AwsProfiles, FileKind, Keys};
use super::resolve::{Accounts, KEY_PROFILE_SUFFIXES};
use super::values::{AccountName, SECTION_PUNCTUATION, is_section_name};
use crate::context::Context;

/// A profile that somebody wrote and that leads to no account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredProfile {
    /// Its name, as it was meant.
    pub profile: String,
    /// What is wrong with it.
    pub what: String,
    /// What mends it.
    pub fix: String,
}

impl Accounts<'_> {
    /// The profiles that are meant for accounts, by all appearances, and lead to none. The files are read
    /// again for this.
    #[must_use]
    pub fn ignored_profiles(&self) -> Vec<IgnoredProfile> {
        let mut found = unread(self.context);
        let names = self.names();
        let accounts = names
            .iter()
            .filter_map(|name| self.resolve(name.as_str()).ok());
        let used: Vec<String> = accounts.map(|account| account.source_profile).collect();
        for profile in self.profiles.names() {
            if let Keys::Incomplete { missing } = self.profiles.keys(profile) {
                found.push(IgnoredProfile {
                    profile: profile.to_owned(),
                    what: format!(
                        "profile {profile} has only one half of a key: {missing} is missing"
                    ),
                    fix: format!("add {missing} to [{profile}] of the credentials file"),
                });
            }
        }
        for (profile, wanted) in self.unnamed_keys() {
            if !used.iter().any(|used| used == profile) {
                found.push(IgnoredProfile {
                    profile: profile.to_owned(),
                    what: format!("profile {profile} has a key, but no account can be called {wanted}"),
                    fix: format!(
                        "give it an account of another name: [accounts.NAME] with source_profile = {profile:?} in config.toml; aws-mfa setup proposes one"
                    ),
                });
            }
        }
        for profile in self.unnamed_roles() {
            found.push(IgnoredProfile {
                profile: profile.to_owned(),
                what: format!(
                    "profile {profile} is a role, but no account can be called {profile}"
                ),
                fix: format!(
                    "give it an account of another name in config.toml:\n{}",
                    self.as_account(profile).unwrap_or_default()
                ),
            });
        }
        found
    }

    /// The profiles of roles that could be assumed, had they names that an account can have.
    fn unnamed_roles(&self) -> Vec<&str> {
        let is_one = |profile: &&str| {
            let setting = |key| self.profiles.setting(profile, key);
            let source = setting("source_profile").filter(|_| setting("role_arn").is_some());
            let can_be_had = source.is_some_and(|source| self.profiles.has_long_term_key(source));
            can_be_had && profile.parse::<AccountName>().is_err()
        };
        self.profiles.names().into_iter().filter(is_one).collect()
    }

    /// The profiles with a key whose names, without their endings, no account can have, and what is left of
    /// the names then.
    #[must_use]
    pub fn unnamed_keys(&self) -> Vec<(&str, &str)> {
        let names = self.profiles.names().into_iter();
        let with_key = names.filter(|profile| self.profiles.has_long_term_key(profile));
        with_key
            .map(|profile| {
                let suffix = KEY_PROFILE_SUFFIXES
                    .iter()
                    .find_map(|suffix| profile.strip_suffix(suffix));
                (profile, suffix.unwrap_or(profile))
            })
            .filter(|(_, wanted)| wanted.parse::<AccountName>().is_err())
            .collect()
    }
}

/// The sections of the AWS files that the AWS SDKs pass over.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>
fn unread(context: &Context) -> Vec<IgnoredProfile> {
    let mut found = Vec::new();
    for (path, kind) in AwsProfiles::places(context).into_iter().flatten() {
        let text = zeroize::Zeroizing::new(std::fs::read(&path).unwrap_or_default());
        let text = String::from_utf8_lossy(&text);
        for (at, line) in text.lines().enumerate() {
            let header = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            if let Some((header, _)) = header
                && let Some((profile, fix)) = unread_section(header.trim(), kind)
            {
                found.push(IgnoredProfile {
                    profile,
                    what: format!(
                        "[{}] in {}, line {}, is not a profile to the AWS SDKs",
                        header.trim(),
                        context.display_path(&path),
                        at + 1
                    ),
                    fix,
                });
            }
        }
    }
    found
}

/// The profile that a section was meant to be, if the SDKs do not take it for one, and how it is written.
fn unread_section(header: &str, kind: FileKind) -> Option<(String, String)> {
    let (prefix, rest) = header
        .split_once(char::is_whitespace)
        .unwrap_or(("", header));
    let prefixed = prefix == "profile";
    let name = if prefixed { rest.trim() } else { header };
    let name = name.trim_matches('"');
    // Of the AWS CLI's own, and of other tools.
    let of_others = ["sso-session", "services", "plugins", "preview"];
    if name == "default" || of_others.contains(&prefix) || of_others.contains(&header) {
        return None;
    }
    let fix = match (kind, prefixed) {
        _ if !is_section_name(name) => {
            format!("call it by a name of letters, digits and `{SECTION_PUNCTUATION}`")
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
    fn sections_that_no_sdk_reads_are_told() {
        let fix =
            |header, kind| unread_section(header, kind).map(|(name, fix)| format!("{name}: {fix}"));
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
        for (header, kind, said) in [
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
                "my test",
                FileKind::Credentials,
                "my test: call it by a name of",
            ),
            (
                "profile \"my test\"",
                FileKind::Config,
                "my test: call it by a name of",
            ),
        ] {
            assert!(fix(header, kind).unwrap().starts_with(said), "{header}");
        }
    }
}
