//! The names of all accounts, for `list`, the picker, TAB completion and `doctor`.

use std::borrow::Cow;

use super::{Accounts, KEY_PROFILE_SUFFIXES};
use crate::account::aws_profiles::{ProfileCredentials, credentials, text_of};
use crate::account::values::AccountName;
use crate::aws_files::Profile;

impl Accounts<'_> {
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
        let mut with_own_key = Vec::new();
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
                Some(_) => with_own_key.push(profile_name),
                // Its kind is not known. It is listed, so that the user sees it.
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
            with_own_key
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
}

/// Whether a profile signs in without a key, and holds none. One with a left-over key is shown, because the user
/// may take it for one with a key.
fn signs_in_only(profile: &Profile<'_>, credentials: ProfileCredentials<'_>) -> bool {
    matches!(credentials, ProfileCredentials::SignIn(_))
        && text_of(profile, "aws_access_key_id").is_none()
}

/// The account whose key a profile holds by convention, if the profile's name has one of the suffixes.
fn name_of_key_profile(profile: &str) -> Option<AccountName> {
    let name = KEY_PROFILE_SUFFIXES
        .iter()
        .find_map(|suffix| profile.strip_suffix(suffix))?;
    name.parse().ok()
}
