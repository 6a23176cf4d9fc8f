//! The names of all accounts, for `list`, the picker, TAB completion and `doctor`.

use std::collections::BTreeSet;

use super::{Accounts, KEY_PROFILE_SUFFIXES};
use crate::account::aws_profiles::ProfileCredentials;
use crate::account::values::AccountName;

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
        let mut names: BTreeSet<AccountName> = self.config.accounts.keys().cloned().collect();
        let mut sources: BTreeSet<&str> = self
            .config
            .accounts
            .values()
            .filter_map(|account| Some(account.source_profile.as_ref()?.as_str()))
            .collect();
        let profiles = self.profiles.names();
        let mut with_own_key = Vec::new();
        let mut role_sources: Vec<String> = Vec::new();
        for profile in &profiles {
            if let Some(name) = name_of_key_profile(profile)
                && self.key_profile(name.as_str()).as_deref() == Some(profile)
            {
                sources.insert(profile);
                names.insert(name);
            }
            match self.profile_source(profile) {
                Some(source) if source != **profile || self.profile_role(profile).is_some() => {
                    if including_unsupported || !self.is_hidden(profile, &source) {
                        names.extend(profile.parse());
                    }
                    // With an MFA device, the profile of a role's key is an account, too.
                    if self.profile_device(&source).is_none() {
                        role_sources.push(source);
                    }
                }
                Some(_) if self.signs_in_only(profile) => {}
                Some(_) => with_own_key.push(profile),
                // Its kind is not known. It is listed, so that the user sees it.
                None if self.profiles.loss(profile).is_some() => {
                    names.extend(name_of_key_profile(profile).or_else(|| profile.parse().ok()));
                }
                None => {}
            }
        }
        sources.extend(role_sources.iter().map(String::as_str));
        // A profile that is only the source of other accounts is not listed.
        names.extend(
            with_own_key
                .into_iter()
                .filter(|profile| !sources.contains(**profile))
                .filter_map(|profile| profile.parse::<AccountName>().ok()),
        );
        names.into_iter().collect()
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

    /// Whether a profile signs in without a key, and holds none. One with a left-over key is shown, because the user
    /// may take it for one with a key.
    fn signs_in_only(&self, profile: &str) -> bool {
        matches!(
            self.profiles.credentials(profile),
            ProfileCredentials::SignIn(_)
        ) && self
            .profiles
            .setting(profile, "aws_access_key_id")
            .is_none()
    }
}

/// The account whose key a profile holds by convention, if the profile's name has one of the suffixes.
fn name_of_key_profile(profile: &str) -> Option<AccountName> {
    let name = KEY_PROFILE_SUFFIXES
        .iter()
        .find_map(|suffix| profile.strip_suffix(suffix))?;
    name.parse().ok()
}
