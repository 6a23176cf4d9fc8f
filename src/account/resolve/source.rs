//! The long-term key of an account's source profile, and the cause for which a profile holds none.

use std::collections::BTreeSet;

use super::Accounts;
use crate::account::aws_profiles::{ProfileCredentials, SignIn};
use crate::account::config::nearest;
use crate::account::{Account, DefinedBy};
use crate::error::{Failure, Result};

/// The most profiles of a cycle of roles that is called one. With a limit, thousands of roles, each the source of the
/// next, take a time that is proportional to their number.
const LONGEST_LOOP: usize = 16;

/// The reason for which a source profile provides no long-term key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKey<'a> {
    /// There is no such profile.
    NoProfile,
    /// It holds a session's credentials.
    Session,
    /// It holds half of a key.
    Incomplete {
        /// The setting that is missing.
        missing: &'static str,
    },
    /// A part of its key continues on a second line.
    Unreadable {
        /// The setting.
        key: &'static str,
    },
    /// It signs in without a key.
    SignIn(SignIn<'a>),
    /// Its `credential_process` is this program.
    AwsMfa,
    /// It is a role whose sources go round in a cycle.
    Loop,
    /// It is a role.
    Role,
    /// It is a role without a `source_profile`.
    RoleWithoutSource,
    /// It has a `source_profile`, and no role.
    SourceWithoutRole,
    /// It has nothing that leads to credentials.
    Nothing,
}

impl NoKey<'_> {
    /// The message for an account whose source profile has no key for this reason.
    #[must_use]
    pub fn message(self, account: &Account) -> String {
        let (name, profile) = (&account.name, &account.source_profile);
        if self == Self::NoProfile {
            return format!("could not find the source profile {profile} of account {name}");
        }
        let cause = self.cause();
        format!("could not use the source profile {profile} of account {name}: {cause}")
    }

    /// The reason as the end of a sentence about the profile.
    pub(super) fn cause(self) -> String {
        match self {
            Self::NoProfile => "there is no such profile".to_owned(),
            Self::Session => "it holds session credentials, not a long-term key".to_owned(),
            Self::Incomplete { missing } => format!("it has no {missing}"),
            Self::Unreadable { key } => {
                format!("the value of its {key} continues on a second, indented line")
            }
            Self::SignIn(sign_in) => format!("{sign_in}, and holds no long-term key of its own"),
            Self::AwsMfa => {
                "its credential_process is aws-mfa, which would call itself without end".to_owned()
            }
            Self::Loop => {
                "it is a role, and its source_profile leads back to itself: a loop".to_owned()
            }
            Self::Role => {
                "it is a role and holds no key; role chaining is not supported".to_owned()
            }
            Self::RoleWithoutSource => {
                "it has a role_arn, but no source_profile and no key".to_owned()
            }
            Self::SourceWithoutRole => {
                "it has a source_profile and no role_arn, and holds no key".to_owned()
            }
            Self::Nothing => "it has no aws_access_key_id and no credential_process".to_owned(),
        }
    }
}

impl Accounts<'_> {
    /// The long-term key in the account's source profile, or the command that prints it.
    ///
    /// # Errors
    ///
    /// If the profile does not exist or holds no long-term key.
    pub fn source_credentials(&self, account: &Account) -> Result<ProfileCredentials<'_>> {
        self.find_source_credentials(account)
            .map_err(|no_key| self.failure_of_no_key(account, no_key))
    }

    /// The same without the next step for the user: to find one takes a look at every other profile, which is too slow
    /// for each of thousands of accounts.
    ///
    /// # Errors
    ///
    /// If the profile does not exist or holds no long-term key.
    pub fn find_source_credentials(
        &self,
        account: &Account,
    ) -> Result<ProfileCredentials<'_>, NoKey<'_>> {
        self.key_of(&account.source_profile)
    }

    /// The long-term key that a profile holds, or the reason for which it holds none.
    pub(super) fn key_of(&self, profile: &str) -> Result<ProfileCredentials<'_>, NoKey<'_>> {
        if self.profiles.get(profile).is_none() {
            return Err(NoKey::NoProfile);
        }
        let has = |key| self.profiles.setting(profile, key).is_some();
        Err(match self.profiles.credentials(profile) {
            keys @ (ProfileCredentials::LongTerm { .. } | ProfileCredentials::Process(_)) => {
                return Ok(keys);
            }
            ProfileCredentials::Temporary => NoKey::Session,
            ProfileCredentials::Incomplete { missing } => NoKey::Incomplete { missing },
            ProfileCredentials::Unreadable { key } => NoKey::Unreadable { key },
            ProfileCredentials::SignIn(sign_in) => NoKey::SignIn(sign_in),
            ProfileCredentials::AwsMfa => NoKey::AwsMfa,
            ProfileCredentials::None if has("role_arn") && !has("source_profile") => {
                NoKey::RoleWithoutSource
            }
            ProfileCredentials::None if has("role_arn") && self.leads_back(profile) => NoKey::Loop,
            ProfileCredentials::None if has("role_arn") => NoKey::Role,
            ProfileCredentials::None if has("source_profile") => NoKey::SourceWithoutRole,
            ProfileCredentials::None => NoKey::Nothing,
        })
    }

    /// The failure of an account whose source profile holds no key, with the next step.
    fn failure_of_no_key(&self, account: &Account, no_key: NoKey<'_>) -> Failure {
        let profile = account.source_profile.as_str();
        let files = || self.profiles.display_files(self.context);
        let help = match no_key {
            NoKey::NoProfile => {
                let near = nearest(profile, self.profiles.names().into_iter(), 3);
                if let Some(fix) = self.fix_for_ignored(|ignored| ignored == profile) {
                    fix
                } else if near.is_empty() {
                    format!(
                        "add the access key to [{profile}] in the credentials file; looked in {}",
                        files()
                    )
                } else {
                    format!("did you mean {}? Looked in {}", near.join(", "), files())
                }
            }
            NoKey::SignIn(sign_in) => help_for_sign_in(sign_in, profile),
            _ => {
                // The profile that the user would name to an AWS tool.
                let asked_for = match account.defined_by {
                    DefinedBy::Profile => account.name.as_str(),
                    _ => profile,
                };
                let as_it_is = match no_key {
                    NoKey::Session if self.has_session_token(profile) => {
                        help_for_session(asked_for)
                    }
                    _ => String::new(),
                };
                format!(
                    "set source_profile in config.toml, or --source-profile, to the profile with the long-term key; \
                     looked in {}{as_it_is}",
                    files()
                )
            }
        };
        Failure::usage(no_key.message(account)).help(help)
    }

    /// Whether the session credentials of a profile have their token, without which AWS refuses them. AWS tools send
    /// the quotes of one that is quoted, too.
    pub(super) fn has_session_token(&self, profile: &str) -> bool {
        let mut keys = ["aws_session_token", "aws_security_token"].into_iter();
        keys.any(|key| {
            let token = self.profiles.setting(profile, key);
            token.is_some_and(|token| !token.starts_with(['"', '\'']))
        })
    }

    /// Whether the sources of a role profile go round in a cycle of at most [`LONGEST_LOOP`] profiles.
    fn leads_back(&self, profile: &str) -> bool {
        let next = |profile: &&str| self.profiles.setting(profile, "source_profile");
        let mut seen = BTreeSet::new();
        let first = self.profiles.get(profile).map(|profile| profile.name());
        std::iter::successors(first, |profile| next(profile))
            .take(LONGEST_LOOP + 1)
            .any(|profile| !seen.insert(profile))
    }

    /// The warning about a session token beside a long-term key.
    pub(super) fn left_over_token(&self, profile: &str) -> Option<String> {
        let ProfileCredentials::LongTerm {
            left_over_token: Some(token),
            ..
        } = self.profiles.credentials(profile)
        else {
            return None;
        };
        let value = self.profiles.get(profile)?.value(token)?;
        Some(format!(
            "{token} of profile {profile} is ignored ({}, line {}): it is no part of a long-term key. \
             The AWS CLI and most SDKs send it, and AWS then refuses the key; remove that line",
            self.profiles.display_file(self.context, value.file()),
            value.line()
        ))
    }
}

/// What the user of a profile with session credentials can do without this program, as the end of a next step.
pub(super) fn help_for_session(profile: &str) -> String {
    format!(". Until its session expires, AWS tools need no code for it: `aws --profile {profile}`")
}

/// The next step for the user whose source profile signs in without a long-term key.
fn help_for_sign_in(sign_in: SignIn<'_>, profile: &str) -> String {
    let other =
        "set source_profile in config.toml, or --source-profile, to a profile with a long-term key";
    match sign_in {
        SignIn::IdentityCenter => format!(
            "it needs no MFA code here: run `aws sso login --profile {profile}` and use `aws --profile {profile}`. \
             For another profile, {other}"
        ),
        SignIn::Login => format!(
            "it needs no MFA code here: run `aws login --profile {profile}` and use `aws --profile {profile}`. \
             For another profile, {other}"
        ),
        SignIn::WebIdentity | SignIn::Source(_) => {
            format!("use `aws --profile {profile}`. For another profile, {other}")
        }
    }
}
