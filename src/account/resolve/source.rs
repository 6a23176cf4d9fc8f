//! The long-term key of an account's source profile, and the cause for which a profile holds none.

use std::collections::BTreeSet;

use super::Accounts;
use crate::account::aws_profiles::{ProfileCredentials, SignIn};
use crate::account::config::nearest;
use crate::account::{Account, DefinedBy};
use crate::error::{Failure, Result};

impl Accounts<'_> {
    /// The long-term key in the account's source profile, or the command that prints it.
    ///
    /// # Errors
    ///
    /// If the profile does not exist or holds no long-term key.
    pub fn source_credentials(&self, account: &Account) -> Result<ProfileCredentials<'_>> {
        let profile = account.source_profile.as_str();
        let files = || self.profiles.display_files(self.context);
        if self.profiles.get(profile).is_none() {
            let near = nearest(profile, self.profiles.names().into_iter(), 3);
            let help = if let Some(fix) = self.fix_for_ignored(|ignored| ignored == profile) {
                fix
            } else if near.is_empty() {
                format!(
                    "add the access key to [{profile}] in the credentials file; looked in {}",
                    files()
                )
            } else {
                format!("did you mean {}? Looked in {}", near.join(", "), files())
            };
            return Err(Failure::usage(format!(
                "could not find the source profile {profile} of account {}",
                account.name
            ))
            .help(help));
        }
        let keys = self.profiles.credentials(profile);
        let cause = match keys {
            ProfileCredentials::LongTerm { .. } | ProfileCredentials::Process(_) => {
                return Ok(keys);
            }
            ProfileCredentials::SignIn(sign_in) => {
                return Err(Failure::usage(format!(
                    "could not use the source profile {profile} of account {}: {sign_in}, \
                     and holds no long-term key of its own",
                    account.name
                ))
                .help(help_for_sign_in(sign_in, profile)));
            }
            ProfileCredentials::None if self.profiles.setting(profile, "role_arn").is_some() => {
                if self.profiles.setting(profile, "source_profile").is_none() {
                    "it has a role_arn, but no source_profile and no key".to_owned()
                } else if self.leads_back(profile) {
                    "it is a role, and its source_profile leads back to itself: a loop".to_owned()
                } else {
                    "it is a role and holds no key; role chaining is not supported".to_owned()
                }
            }
            ProfileCredentials::None
                if self.profiles.setting(profile, "source_profile").is_some() =>
            {
                "it has a source_profile and no role_arn, and holds no key".to_owned()
            }
            other => cause_without_key(other).unwrap_or_else(|| {
                "it has no aws_access_key_id and no credential_process".to_owned()
            }),
        };
        // The profile that the user would name to an AWS tool.
        let asked_for = match account.defined_by {
            DefinedBy::Profile => account.name.as_str(),
            _ => profile,
        };
        let as_it_is = match keys {
            ProfileCredentials::Temporary if self.has_session_token(profile) => {
                help_for_session(asked_for)
            }
            _ => String::new(),
        };
        Err(Failure::usage(format!(
            "could not use the source profile {profile} of account {}: {cause}",
            account.name
        ))
        .help(format!(
            "set source_profile in config.toml, or --source-profile, to the profile with the long-term key; \
             looked in {}{as_it_is}",
            files()
        )))
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

    /// Whether the sources of a role profile go round in a circle.
    fn leads_back(&self, profile: &str) -> bool {
        let next = |profile: &&str| self.profiles.setting(profile, "source_profile");
        let mut seen = BTreeSet::new();
        let first = self.profiles.get(profile).map(|profile| profile.name());
        std::iter::successors(first, |profile| next(profile)).any(|profile| !seen.insert(profile))
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

/// The cause for which what a profile holds is no long-term key; `None` if it holds one, signs in, or holds nothing.
pub(super) fn cause_without_key(credentials: ProfileCredentials<'_>) -> Option<String> {
    match credentials {
        ProfileCredentials::Temporary => {
            Some("it holds session credentials, not a long-term key".to_owned())
        }
        ProfileCredentials::Incomplete { missing } => Some(format!("it has no {missing}")),
        ProfileCredentials::Unreadable { key } => Some(format!(
            "the value of its {key} continues on a second, indented line"
        )),
        ProfileCredentials::AwsMfa => Some(
            "its credential_process is aws-mfa, which would call itself without end".to_owned(),
        ),
        ProfileCredentials::LongTerm { .. }
        | ProfileCredentials::Process(_)
        | ProfileCredentials::SignIn(_)
        | ProfileCredentials::None => None,
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
