//! A `credential_process` that prints a long-term key.

use std::time::Duration;

use serde::Deserialize;
use zeroize::{Zeroize as _, Zeroizing};

use crate::credentials::LongTermKey;
use crate::error::{Failure, Result};
use crate::user_command::UserCommand;

/// The maximum length of the output in bytes: more than a key with a session token has.
const MAX_OUTPUT: usize = 64 * 1024;

/// The output of a `credential_process`:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: Option<u64>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
}

impl Drop for Printed {
    fn drop(&mut self) {
        self.secret_access_key.zeroize();
        self.session_token.zeroize();
    }
}

/// Runs the `credential_process` of an account's source profile and returns the long-term key that it prints.
///
/// # Errors
///
/// If the command fails, takes longer than `limit`, or prints anything else, such as session credentials or a text that
/// cannot be a key. The message does not repeat the output.
pub(super) fn run(profile: &str, command: UserCommand, limit: Duration) -> Result<LongTermKey> {
    let text = command
        .output(MAX_OUTPUT, limit)
        .map_err(|error| error.into_failure(|cause| failure(profile, &cause)))?;
    parse(profile, &text)
}

fn failure(profile: &str, cause: &str) -> Failure {
    Failure::usage(format!(
        "could not get the key from credential_process of profile {profile}: {cause}"
    ))
    .help("run the command by itself to see its error")
}

/// Parses the output of the `credential_process` of a profile.
///
/// # Errors
///
/// If it is anything else than a long-term key. The message does not repeat it.
pub fn parse(profile: &str, output: &str) -> Result<LongTermKey> {
    let failure = |cause: String| failure(profile, &cause);
    // serde's own message would quote the output.
    let printed: Printed = serde_json::from_str(output).map_err(|error| {
        failure(format!(
            "its output is not the JSON of a key, at line {}, column {}",
            error.line(),
            error.column()
        ))
    })?;
    if printed.version != Some(1) {
        return Err(failure("its JSON has no Version 1".to_owned()));
    }
    if printed
        .session_token
        .as_ref()
        .is_some_and(|token| !token.is_empty())
    {
        return Err(Failure::usage(format!(
            "could not use credential_process of profile {profile}: it printed session credentials, not a long-term key"
        ))
        .help(
            "set source_profile, or --source-profile, to a profile whose command prints a long-term key, such as \
             `aws-vault export --no-session --format=json NAME`. AWS tools need no code for this one: use \
             `aws --profile`",
        ));
    }
    let required = |value: &Option<String>, name: &str| {
        let value = value.clone().filter(|value| !value.is_empty());
        value
            .map(Zeroizing::new)
            .ok_or_else(|| failure(format!("its JSON has no {name}")))
    };
    let access_key_id = required(&printed.access_key_id, "AccessKeyId")?;
    let secret_access_key = required(&printed.secret_access_key, "SecretAccessKey")?;
    LongTermKey::checked(&access_key_id, &secret_access_key).map_err(|fault| {
        failure(format!(
            "the {} that it printed is not valid: {fault}",
            fault.part
        ))
    })
}
