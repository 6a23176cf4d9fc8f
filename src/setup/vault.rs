//! Profiles whose key is stored by aws-vault, and the profiles through which aws-mfa gets the keys from it.

use std::collections::BTreeMap;

use crate::account::aws_profiles::ProfileCredentials;
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName};
use crate::context::Context;

/// The program that stores the keys.
const PROGRAM: &str = "aws-vault";
/// Settings that provide credentials without a long-term key; a profile with one of them has no key.
const OTHER_WAYS: [&str; 4] = [
    "sso_session",
    "sso_start_url",
    "credential_source",
    "web_identity_token_file",
];

/// A profile whose key is in no file, and the new profile through which aws-vault provides the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vaulted {
    /// The profile under whose name aws-vault stores the key.
    pub profile: String,
    /// The new profile, whose `credential_process` runs aws-vault.
    pub proxy_profile: String,
    /// The other settings of the profile that the new one needs.
    pub settings: Vec<(&'static str, String)>,
    /// The accounts that need the key.
    pub accounts: Vec<AccountName>,
}

/// The settings of a source profile, other than its key, that apply to the accounts that use it.
const INHERITED: [&str; 8] = [
    "mfa_serial",
    "mfa_process",
    "region",
    "endpoint_url",
    "services",
    "ca_bundle",
    "use_fips_endpoint",
    "use_dualstack_endpoint",
];

impl Vaulted {
    /// The new profile's section in ~/.aws/config. `--no-session` returns the long-term key: STS accepts no session in
    /// a request for a session.
    fn section(&self) -> String {
        let settings: String = self
            .settings
            .iter()
            .map(|(key, value)| format!("{key} = {value}\n"))
            .collect();
        format!(
            "[profile {}]\n# The key stays in aws-vault, which gives it to aws-mfa.\n\
             credential_process = {PROGRAM} export --no-session --format=json {}\n{settings}",
            self.proxy_profile, self.profile
        )
    }
}

/// Whether the account's key may be in aws-vault: the source profile has no key, and no setting that provides one.
#[must_use]
pub fn may_hold_key(accounts: &Accounts<'_>, account: &Account) -> bool {
    let profiles = accounts.profiles;
    let source = account.source_profile.as_str();
    let has = |key: &str| profiles.setting(source, key).is_some();
    profiles.get(source).is_some()
        && profiles.credentials(source) == ProfileCredentials::None
        // aws-vault would return the role's session instead of the key.
        && !has("role_arn")
        && !OTHER_WAYS.iter().any(|key| has(key))
}

/// Returns the profiles that these accounts need from aws-vault. Left to the user are profiles whose name a shell would
/// have to quote, and those whose new profile's name is already used.
#[must_use]
pub fn needed(accounts: &Accounts<'_>, without_key: &[&Account]) -> Vec<Vaulted> {
    let needs_no_quotes = |c: char| c.is_ascii_alphanumeric() || "_-./@+".contains(c);
    let mut needed: Vec<Vaulted> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for account in without_key {
        let profile = account.source_profile.as_str();
        let proxy_profile = format!("{profile}-mfa");
        if let Some(at) = known.get(profile) {
            needed[*at].accounts.push(account.name.clone());
        } else if may_hold_key(accounts, account)
            && accounts.profiles.get(&proxy_profile).is_none()
            && profile.chars().all(needs_no_quotes)
        {
            let setting = |key: &&'static str| {
                let value = accounts.profiles.setting(profile, key)?;
                (!value.contains('\n')).then(|| (*key, value.to_owned()))
            };
            known.insert(profile, needed.len());
            needed.push(Vaulted {
                profile: profile.to_owned(),
                proxy_profile,
                settings: INHERITED.iter().filter_map(setting).collect(),
                accounts: vec![account.name.clone()],
            });
        }
    }
    needed
}

/// Whether aws-vault is on PATH.
#[must_use]
pub fn is_installed(context: &Context) -> bool {
    !context.on_path(PROGRAM).is_empty()
}

/// Returns the content of ~/.aws/config with the new profiles added at its end.
#[must_use]
pub fn with_profiles(old: &[u8], vaulted: &[Vaulted]) -> Vec<u8> {
    let crlf = old.windows(2).any(|two| two == b"\r\n");
    let mut added = String::new();
    if !old.is_empty() {
        added += if old.ends_with(b"\n") { "\n" } else { "\n\n" };
    }
    let sections: Vec<String> = vaulted.iter().map(Vaulted::section).collect();
    added += &sections.join("\n");
    if crlf {
        added = added.replace('\n', "\r\n");
    }
    [old, added.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_profiles_follow_the_existing_text() {
        let vaulted = [Vaulted {
            profile: "jane".to_owned(),
            proxy_profile: "jane-mfa".to_owned(),
            settings: vec![("mfa_serial", "GAHT12345678".to_owned())],
            accounts: Vec::new(),
        }];
        let section = "[profile jane-mfa]\n# The key stays in aws-vault, which gives it to aws-mfa.\n\
                       credential_process = aws-vault export --no-session --format=json jane\n\
                       mfa_serial = GAHT12345678\n";
        for (old, between, ends) in [
            ("", "", "\n"),
            ("[default]\n", "\n", "\n"),
            ("[default]", "\n\n", "\n"),
            ("[default]\r\n", "\r\n", "\r\n"),
        ] {
            let new = with_profiles(old.as_bytes(), &vaulted);
            let expected = format!("{old}{between}{}", section.replace('\n', ends));
            assert_eq!(String::from_utf8(new).unwrap(), expected);
        }
    }
}
