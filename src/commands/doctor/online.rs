use std::process::Stdio;

use super::accounts::Usable;
use super::report::Report;
use crate::account::MfaSerial;
use crate::aws::endpoints::Service;
use crate::aws::reachability::{Reachability, reach};
use crate::aws::{AwsClient, Connector};
use crate::code::device::usable as giving_codes;
use crate::context::Context;
use crate::error::ErrorKind;
use crate::key::long_term_credentials;

/// AWS takes a signature of five minutes ago. Half a minute is no clock that keeps itself.
const CLOCK_GOOD_SECONDS: i64 = 30;
const CLOCK_BAD_SECONDS: i64 = 300;
/// As the CIS AWS Foundations Benchmark wants keys renewed.
const KEY_GOOD_DAYS: i64 = 90;

const AGAIN: &str = "try again; with -v it says more";
const PROCESS: &str = "run the profile's credential_process by hand and see what it says";
const REFUSED: &str = "see what the user's policies allow: sts:GetCallerIdentity needs no permission, so something denies it";

/// Asks AWS: each endpoint once without a key, then once with each key.
pub(super) fn check(context: &Context, usable: &[Usable<'_>], report: &mut Report) {
    let connector = Connector::new(context);
    let mut endpoints: Vec<(String, bool)> = Vec::new();
    let mut profiles: Vec<(&str, String)> = Vec::new();
    for found in usable {
        let shown = found.endpoints.describe(Service::Sts);
        let known = endpoints.iter().find(|(known, _)| *known == shown);
        let reached = if let Some((_, reached)) = known {
            *reached
        } else {
            let reached = endpoint(&connector, found, &shown, report);
            endpoints.push((shown.clone(), reached));
            reached
        };
        let source = (found.account.source_profile.as_str(), shown);
        if reached && !profiles.contains(&source) {
            profiles.push(source);
            key(context, &connector, found, usable, report);
        }
    }
}

/// Whether STS can be reached, and what its clock says of this machine's.
fn endpoint(
    connector: &Connector<'_>,
    found: &Usable<'_>,
    shown: &str,
    report: &mut Report,
) -> bool {
    match reach(connector, &found.account, &found.endpoints) {
        Ok(Reachability {
            millis,
            clock_ahead,
        }) => {
            report.ok("network", format!("{shown} answered in {millis} ms"));
            clock(clock_ahead, report);
            true
        }
        Err(failure) => {
            report.failure("network", &failure, AGAIN);
            false
        }
    }
}

fn clock(ahead: Option<i64>, report: &mut Report) {
    const FIX: &str = "set the clock; where systemd does it: sudo timedatectl set-ntp true";
    let Some(ahead) = ahead else {
        return report.warning("clock", "the answer had no date to compare with", FIX);
    };
    let which = if ahead > 0 { "ahead of" } else { "behind" };
    let said = format!("{} s {which} AWS's", ahead.abs());
    if ahead.abs() <= CLOCK_GOOD_SECONDS {
        report.ok("clock", "right");
    } else if ahead.abs() < CLOCK_BAD_SECONDS {
        report.warning("clock", said, FIX);
    } else {
        report.problem("clock", format!("{said}: it refuses requests"), FIX);
    }
}

/// Whether the key of a source profile works, how old it is, and whether the devices of the accounts
/// that use it are its user's.
fn key(
    context: &Context,
    connector: &Connector<'_>,
    found: &Usable<'_>,
    usable: &[Usable<'_>],
    report: &mut Report,
) {
    let profile = &found.account.source_profile;
    // What a command says need not be fit for a report that is given to others.
    let key = match long_term_credentials(profile, found.keys, Stdio::null()) {
        Ok(key) => key,
        Err(failure) => return report.failure("key", &failure, PROCESS),
    };
    let client = AwsClient::new(connector, &found.account, found.endpoints.clone(), key);
    match client.user() {
        Ok(user) => report.ok("key", format!("that of profile {profile} works: {user}")),
        Err(failure) => return report.failure("key", &failure, REFUSED),
    }
    age(context, profile, &client, report);
    match client.devices() {
        Ok(listed) => {
            for other in usable {
                if other.account.source_profile == *profile {
                    device(other, &listed, report);
                }
            }
        }
        Err(failure) if failure.kind() == ErrorKind::Refused => report.warning(
            "mfa device",
            format!("IAM does not let the user of profile {profile} list devices: {failure}"),
            "allow iam:ListMFADevices without MFA, or name the device: mfa_serial",
        ),
        Err(failure) => report.failure("mfa device", &failure, AGAIN),
    }
}

fn age(context: &Context, profile: &str, client: &AwsClient<'_>, report: &mut Report) {
    match client.key_made_at() {
        Ok(Some(at)) => {
            let days = (context.unix_now() - at) / 86_400;
            let said = format!("that of profile {profile} is {days} days old");
            if days <= KEY_GOOD_DAYS {
                report.ok("key age", said);
            } else {
                report.warning(
                    "key age",
                    format!("{said}, more than the recommended {KEY_GOOD_DAYS}"),
                    "make a new key in the AWS console, put it into the profile, then switch the old one off",
                );
            }
        }
        // Many policies let nobody ask for this without MFA; that is no fault.
        Ok(None) => report.ok("key age", format!("unknown for profile {profile}")),
        Err(failure) if failure.kind() == ErrorKind::Refused => report.ok(
            "key age",
            format!("unknown for profile {profile}: IAM does not tell it without MFA"),
        ),
        Err(failure) => report.failure("key age", &failure, AGAIN),
    }
}

/// Whether the account's device is one of those that IAM lists for the user.
fn device(found: &Usable<'_>, listed: &[String], report: &mut Report) {
    let name = &found.account.name;
    let giving: Vec<MfaSerial> = giving_codes(listed);
    let all = giving.iter().map(MfaSerial::as_str).collect::<Vec<_>>();
    let named = found.account.device.as_ref();
    match (named, &all[..]) {
        (_, []) if listed.is_empty() => report.problem(
            "mfa device",
            format!("{name}: the user of the key has none"),
            "assign one in the AWS console: IAM, Users, Security credentials, Multi-factor authentication",
        ),
        (_, []) => report.problem(
            "mfa device",
            format!("{name}: the user of the key has only FIDO security keys or passkeys, which give no codes"),
            "assign an authenticator app besides: IAM, Users, Security credentials, Multi-factor authentication",
        ),
        (Some(device), all) if all.contains(&device.serial.as_str()) => {
            report.ok("mfa device", format!("{name}: {} is the user's", device.serial));
        }
        (Some(device), all) => report.problem(
            "mfa device",
            format!("{name}: {} ({}) is not the user's", device.serial, device.origin),
            format!("name the user's own: mfa_serial = \"{}\"", all.join("\" or \"")),
        ),
        (None, [only]) => report.ok("mfa device", format!("{name}: {only}")),
        (None, several) => report.warning(
            "mfa device",
            format!("{name}: the user has several, and none is named: {}", several.join(", ")),
            format!("name one in [accounts.{name}] of config.toml: mfa_serial = \"{}\"", several[0]),
        ),
    }
}
