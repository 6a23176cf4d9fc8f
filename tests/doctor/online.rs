use super::{append, findings, good, in_bash};
use crate::harness::binary;
use crate::support::home::Home;
use crate::support::sts::{Device, Fault, JOES_TABLET, StrictSts, World};

/// Makes something wrong between here and AWS, runs `doctor --online`, and looks for the finding.
#[track_caller]
fn online(spoil: impl FnOnce(&StrictSts, &Home), level: &str, check: &str, says: &str, fix: &str) {
    let (sts, home) = good();
    spoil(&sts, &home);
    let outcome = in_bash(&home, "aws-mfa doctor --online --json");
    let found = findings(&outcome.text());
    let named = found.iter().any(|finding| {
        (&*finding.check, &*finding.level) == (check, level)
            && finding.text.contains(says)
            && finding.fix.contains(fix)
    });
    assert!(named, "no {says:?}, {fix:?}: {found:#?}");
    assert_eq!(
        outcome.status,
        Some(i32::from(level == "problem")),
        "{found:#?}"
    );
}

#[test]
fn a_key_or_device_that_is_wrong_is_told() {
    online(
        |sts, _| sts.with(|state| state.world.users[0].active = false),
        "problem",
        "key",
        "AWS does not know the access key in profile test-mfa, or it is inactive",
        "check in the AWS console that the key exists",
    );
    online(
        |sts, _| sts.with(|state| state.world.users[0].secret = "another".to_owned()),
        "problem",
        "key",
        "the secret access key in profile test-mfa does not match",
        "correct aws_secret_access_key in [test-mfa]",
    );
    online(
        |sts, _| sts.with(|state| state.world.key_age_days = 91),
        "warning",
        "key age",
        "the key of profile test-mfa is 91 days old",
        "create a new key",
    );
    online(
        |sts, _| sts.with(|state| state.world.users[0].devices = vec![Device::new(JOES_TABLET)]),
        "problem",
        "mfa device",
        "test: arn:aws:iam::123456789012:mfa/janes-phone (profile test-mfa) does not belong to the user",
        "set mfa_serial to a device of the user: arn:aws:iam::123456789012:mfa/joe",
    );
    online(
        |sts, _| sts.with(|state| state.world.users[1].devices.clear()),
        "problem",
        "mfa device",
        "joe: the user of the key has no MFA device",
        "assign one",
    );
    let fido = "arn:aws:iam::123456789012:u2f/user/joe/key";
    online(
        |sts, _| sts.with(|state| state.world.users[1].devices = vec![Device::new(fido)]),
        "problem",
        "mfa device",
        "joe: the user of the key has only FIDO security keys",
        "authenticator app",
    );
    let watch = Device::new("arn:aws:iam::123456789012:mfa/watch");
    online(
        |sts, _| sts.with(|state| state.world.users[1].devices.push(watch)),
        "warning",
        "mfa device",
        "joe: the user has several devices, and mfa_serial is not set",
        "name one in [accounts.joe] of config.toml",
    );
    online(
        |sts, home| {
            let process = "[profile vault-mfa]\ncredential_process = sh -c 'exit 1'\n";
            append(
                home,
                ".aws/config",
                &format!("{process}endpoint_url = {}\n", sts.url()),
            );
        },
        "problem",
        "key",
        "could not get the key from credential_process of profile vault-mfa",
        "",
    );
}

#[test]
fn a_network_or_clock_that_is_wrong_is_told() {
    online(
        |sts, _| sts.with(|state| state.world.clock_ahead = 120),
        "warning",
        "clock",
        "s behind AWS's",
        "set the clock",
    );
    online(
        |sts, _| sts.with(|state| state.world.clock_ahead = -3600),
        "problem",
        "clock",
        "s ahead of AWS's: AWS refuses requests",
        "set the clock",
    );
    online(
        |sts, _| sts.next(Fault::Html(200)),
        "problem",
        "network",
        "is not from AWS",
        "a captive portal",
    );
    online(
        |sts, _| sts.next(Fault::ServerError { after_work: false }),
        "problem",
        "network",
        "HTTP 500",
        "https://health.aws.amazon.com",
    );
    online(
        |sts, home| {
            let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
            home.write(
                ".aws/config",
                config.replace(&sts.url(), "http://localhost:1"),
            );
        },
        "problem",
        "network",
        "could not connect to STS at http://localhost:1",
        "check the network connection",
    );
}

#[test]
fn a_policy_that_tells_no_key_age_is_no_fault() {
    let (sts, home) = good();
    // One account, so that it is known which request gets the refusal.
    home.write(".config/aws-mfa/config.toml", "");
    let credentials = std::fs::read_to_string(home.path(".aws/credentials")).unwrap();
    let (jane, _) = credentials.split_once("[joe-long-term]").unwrap();
    home.write(".aws/credentials", jane);
    let denied = Fault::Refuse {
        status: 403,
        code: "AccessDenied",
        message: "User is not authorized to perform: iam:ListAccessKeys with an explicit deny"
            .to_owned(),
    };
    // The requests in their order: unsigned, the identity, the keys; then the user's name, the keys by it.
    let well = Fault::ShortSession(0);
    for fault in [well.clone(), well.clone(), denied.clone(), well, denied] {
        sts.next(fault);
    }
    let found = findings(
        &in_bash(&home, "aws-mfa doctor --online --json")
            .success()
            .text(),
    );
    let age = found
        .iter()
        .find(|finding| finding.check == "key age")
        .unwrap();
    assert_eq!(age.level, "ok");
    assert!(
        age.text
            .contains("IAM does not let its user list the access keys"),
        "{age:?}"
    );
}

#[test]
fn a_certificate_that_is_not_trusted_is_told_and_one_that_is_works() {
    let sts = StrictSts::https(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    home.write("ca.pem", sts.ca_pem());
    let said = in_bash(&home, "aws-mfa doctor --online")
        .ends_with(1)
        .text();
    assert!(
        said.contains("problem  network       could not trust the certificate of STS"),
        "{said}"
    );
    assert!(said.contains("AWS_CA_BUNDLE"), "{said}");
    let said = in_bash(&home, "AWS_CA_BUNDLE=ca.pem aws-mfa doctor --online")
        .success()
        .text();
    assert!(
        said.contains("ok       certificates  ca.pem (AWS_CA_BUNDLE)"),
        "{said}"
    );
    assert!(said.contains("the key of profile test-mfa works"), "{said}");
}
