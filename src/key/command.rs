use std::process::Stdio;

use aws_credential_types::Credentials;
use serde::Deserialize;
use zeroize::Zeroize as _;

use crate::error::{Failure, Result};
use crate::user_command;

/// More than any key, be it with the token of a session.
const LONGEST: usize = 64 * 1024;

/// What a `credential_process` prints:
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

/// Runs the `credential_process` of a profile and takes the long-term key that it prints. What it says on
/// standard error goes where `stderr` leads.
///
/// # Errors
///
/// If it fails, takes too long, or prints something else, such as the credentials of a session. What
/// it printed is not repeated.
pub(super) fn run(profile: &str, command: &str, stderr: Stdio) -> Result<Credentials> {
    let failure = |cause: String| {
        Failure::usage(format!(
            "could not get the key from credential_process of profile {profile}: {cause}"
        ))
        .help("run the command by itself to see what it says")
    };
    let text = user_command::output(command, LONGEST, stderr)
        .map_err(|error| error.into_failure(failure))?;
    // What serde says of a mistake has the text in it that it found.
    let printed: Printed = serde_json::from_str(&text).map_err(|error| {
        failure(format!(
            "it printed something else than the JSON of a key, at line {}, column {}",
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
            "could not use credential_process of profile {profile}: it printed the credentials of a session, and AWS makes no session out of a session"
        ))
        .help("name a profile whose command prints a long-term key: source_profile, or --source-profile"));
    }
    let part = |part: &Option<String>, name: &str| {
        let part = part.clone().filter(|part| !part.is_empty());
        part.ok_or_else(|| failure(format!("its JSON has no {name}")))
    };
    Ok(Credentials::new(
        part(&printed.access_key_id, "AccessKeyId")?,
        part(&printed.secret_access_key, "SecretAccessKey")?,
        None,
        None,
        "credential_process",
    ))
}
