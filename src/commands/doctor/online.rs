//! The requests of `--online`.

use super::accounts::UsableAccount;
use super::report::Report;
use crate::account::MfaSerial;
use crate::aws::endpoints::Service;
use crate::aws::reachability::{Reachability, reach};
use crate::aws::{AwsClient, Connector};
use crate::code::device::with_codes;
use crate::console::first_names;
use crate::context::Context;
use crate::error::ErrorKind;
use crate::key::{ProcessMessages, long_term_key};

/// A difference in seconds that a clock synchronized by NTP does not reach: more than this is a warning.
const CLOCK_GOOD_SECONDS: i64 = 30;
/// The difference in seconds from which AWS refuses a signature:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>.
const CLOCK_BAD_SECONDS: i64 = 300;
/// The age in days at which the CIS AWS Foundations Benchmark requires a key to be rotated:
/// <https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-3>.
const KEY_GOOD_DAYS: i64 = 90;

const FIX_REQUEST: &str = "try again; -v shows more";
const FIX_KEY_COMMAND: &str = "run the profile's credential_process yourself and check its output";
const FIX_POLICY: &str = "check the user's policies: sts:GetCallerIdentity needs no permission, \
                          so a policy denies it explicitly";

/// Contacts each endpoint once without a key, then sends requests with each key.
pub(super) fn check(context: &Context, usable: &[UsableAccount<'_>], report: &mut Report) {
    let connector = Connector::new(context);
    let mut endpoints: Vec<(String, bool)> = Vec::new();
    let mut profiles: Vec<(&str, String)> = Vec::new();
    for found in usable {
        let name = found.endpoints.describe(Service::Sts);
        let known = endpoints.iter().find(|(known, _)| *known == name);
        let is_reachable = if let Some((_, is_reachable)) = known {
            *is_reachable
        } else {
            let is_reachable = check_endpoint(&connector, found, &name, report);
            endpoints.push((name.clone(), is_reachable));
            is_reachable
        };
        let profile = (found.account.source_profile.as_str(), name);
        if is_reachable && !profiles.contains(&profile) {
            profiles.push(profile);
            check_key(context, &connector, found, usable, report);
        }
    }
}

/// Checks that STS can be reached, and compares this machine's clock with that of AWS; returns whether it was reached.
fn check_endpoint(
    connector: &Connector<'_>,
    found: &UsableAccount<'_>,
    name: &str,
    report: &mut Report,
) -> bool {
    match reach(connector, &found.account, &found.endpoints) {
        Ok(Reachability {
            millis,
            clock_ahead,
        }) => {
            report.ok("network", format!("{name} answered in {millis} ms"));
            check_clock(clock_ahead, report);
            true
        }
        Err(failure) => {
            report.failure("network", &failure, FIX_REQUEST);
            false
        }
    }
}

/// Checks the difference in seconds by which this machine's clock is ahead of AWS's.
fn check_clock(ahead: Option<i64>, report: &mut Report) {
    const FIX: &str = "set the clock; with systemd: sudo timedatectl set-ntp true";
    let Some(ahead) = ahead else {
        return report.warning(
            "clock",
            "the response had no date to compare the clock with",
            FIX,
        );
    };
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    let difference = format!("{} s {direction} AWS's", ahead.abs());
    if ahead.abs() <= CLOCK_GOOD_SECONDS {
        report.ok("clock", "correct");
    } else if ahead.abs() < CLOCK_BAD_SECONDS {
        report.warning("clock", difference, FIX);
    } else {
        report.problem("clock", format!("{difference}: AWS refuses requests"), FIX);
    }
}

/// Checks that the key of a source profile works, its age, and that the devices of the accounts that use it belong to
/// its user.
fn check_key(
    context: &Context,
    connector: &Connector<'_>,
    found: &UsableAccount<'_>,
    usable: &[UsableAccount<'_>],
    report: &mut Report,
) {
    let profile = &found.account.source_profile;
    // The command's standard error is not shown: it may contain secrets, and the report goes into bug reports.
    let key = match long_term_key(
        context,
        &found.account,
        found.keys,
        ProcessMessages::Discarded,
    ) {
        Ok(key) => (&key).into(),
        Err(failure) => return report.failure("key", &failure, FIX_KEY_COMMAND),
    };
    let client = AwsClient::new(connector, &found.account, found.endpoints.clone(), key);
    match client.user() {
        Ok(user) => report.ok("key", format!("the key of profile {profile} works: {user}")),
        Err(failure) => return report.failure("key", &failure, FIX_POLICY),
    }
    check_age(context, profile, &client, report);
    match client.devices() {
        Ok(listed) => {
            for other in usable {
                if other.account.source_profile == *profile {
                    check_device(other, &listed, report);
                }
            }
        }
        Err(failure) if failure.kind() == ErrorKind::Refused => report.warning(
            "mfa device",
            format!("IAM does not let the user of profile {profile} list devices: {failure}"),
            "allow iam:ListMFADevices without MFA, or set mfa_serial to the device",
        ),
        Err(failure) => report.failure("mfa device", &failure, FIX_REQUEST),
    }
}

/// Checks the age of a source profile's key.
fn check_age(context: &Context, profile: &str, client: &AwsClient<'_>, report: &mut Report) {
    match client.key_created_at() {
        Ok(Some(at)) => {
            let days = (context.unix_now() - at) / 86_400;
            let finding = format!("the key of profile {profile} is {days} days old");
            if days <= KEY_GOOD_DAYS {
                report.ok("key age", finding);
            } else {
                report.warning(
                    "key age",
                    format!("{finding}, more than the recommended {KEY_GOOD_DAYS}"),
                    "create a new key in the AWS console, put it into the profile, then deactivate the old one",
                );
            }
        }
        Ok(None) => report.ok("key age", format!("unknown for profile {profile}")),
        // No fault of the user's: many policies allow this request only with MFA, or not at all.
        Err(failure) if failure.kind() == ErrorKind::Refused => report.ok(
            "key age",
            format!(
                "unknown for profile {profile}: IAM does not let its user list the access keys"
            ),
        ),
        Err(failure) => report.failure("key age", &failure, FIX_REQUEST),
    }
}

/// Checks that the account's device is one of those that IAM lists for the user.
fn check_device(found: &UsableAccount<'_>, listed: &[String], report: &mut Report) {
    let name = &found.account.name;
    let with_codes: Vec<MfaSerial> = with_codes(listed);
    let serials: Vec<&str> = with_codes.iter().map(MfaSerial::as_str).collect();
    match (&found.account.device, &serials[..]) {
        (_, []) if listed.is_empty() => report.problem(
            "mfa device",
            format!("{name}: the user of the key has no MFA device"),
            "assign one in the AWS console: IAM, Users, Security credentials, Multi-factor authentication",
        ),
        (_, []) => report.problem(
            "mfa device",
            format!("{name}: the user of the key has only FIDO security keys or passkeys, which give no codes"),
            "also assign an authenticator app: IAM, Users, Security credentials, Multi-factor authentication",
        ),
        (Some(device), serials) if serials.contains(&device.serial.as_str()) => {
            report.ok(
                "mfa device",
                format!("{name}: {} belongs to the user", device.serial),
            );
        }
        (Some(device), serials) => report.problem(
            "mfa device",
            format!(
                "{name}: {} ({}) does not belong to the user",
                device.serial, device.origin
            ),
            format!(
                "set mfa_serial to a device of the user: {}",
                first_names(serials, ", ")
            ),
        ),
        (None, [only]) => report.ok("mfa device", format!("{name}: {only}")),
        (None, several) => report.warning(
            "mfa device",
            format!(
                "{name}: the user has several devices, and mfa_serial is not set: {}",
                first_names(several, ", ")
            ),
            format!(
                "name one in [accounts.{name}] of config.toml: mfa_serial = \"{}\"",
                several[0]
            ),
        ),
    }
}
