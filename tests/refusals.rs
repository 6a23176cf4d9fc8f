//! Requests that AWS refuses: one sentence, one line of help, the exit status. docs/troubleshooting.md has the same
//! texts.

use crate::harness::{binary, jane_fixture};
use crate::support::home::{Home, Outcome};
use crate::support::sts::http::REQUEST_ID;
use crate::support::sts::{ADMIN_ROLE, Fault, JANES_PHONE, KEY_ID, SECRET, StrictSts, World};

const PAGE: &str = include_str!("../docs/troubleshooting.md");

/// The outcome is a refusal with this sentence and this help, in the shell as well, and the page has
/// both.
#[track_caller]
fn refused(outcome: Outcome, sentence: &str, help: &str) {
    outcome
        .ends_with(3)
        .prints("(exit 3);\n")
        .says(&format!("aws-mfa: {sentence}\nhelp: {help}\n"));
    documented(&[sentence, help]);
}

/// docs/troubleshooting.md has each of these texts.
#[track_caller]
fn documented(texts: &[&str]) {
    for text in texts {
        assert!(
            PAGE.contains(text),
            "docs/troubleshooting.md does not say: {text}"
        );
    }
}

/// `env` for this account with a good code and more words.
fn env(sts: &StrictSts, home: &Home, account: &str, more: &[&str]) -> Outcome {
    let code = sts.fresh_code(JANES_PHONE);
    home.aws_mfa(&[&["env", "--shell", "bash", account, &code], more].concat())
}

/// AWS says this.
fn refuse(sts: &StrictSts, status: u16, code: &'static str, message: &str) {
    sts.next(Fault::Refuse {
        status,
        code,
        message: message.to_owned(),
    });
}

#[test]
fn a_wrong_code_is_explained() {
    let (_sts, home) = jane_fixture();
    refused(
        home.aws_mfa(&["env", "--shell", "bash", "test", "000000"]),
        "AWS refused the MFA code for account test: it is wrong, too old, or was used before",
        "wait for the next code, then try again; each code works once",
    );
}

#[test]
fn a_code_that_a_first_try_may_have_used_up_is_explained() {
    let (sts, home) = jane_fixture();
    sts.next(Fault::ServerError { after_work: true });
    refused(
        env(&sts, &home, "test", &[]),
        "AWS refused the MFA code for account test at the second try; the first try failed (HTTP 500 InternalFailure) and may have used it up",
        "wait for the next code, then try again",
    );
}

#[test]
fn a_device_of_another_user_is_explained() {
    let (sts, home) = jane_fixture();
    let serial = "arn:aws:iam::123456789012:mfa/joe";
    refused(
        env(&sts, &home, "test", &["--mfa-serial", serial]),
        "AWS does not know arn:aws:iam::123456789012:mfa/joe as an MFA device of the user whose key is in profile test-mfa",
        "name the user's own device with mfa_serial or --mfa-serial; the AWS console shows it under Security credentials",
    );
    // What people take for the serial is refused before AWS is asked.
    let user = "arn:aws:iam::123456789012:user/jane";
    let asked = sts.log().len();
    env(&sts, &home, "test", &["--mfa-serial", user])
        .ends_with(2)
        .says("arn:aws:iam::123456789012:mfa/jane");
    assert_eq!(sts.log().len(), asked);
}

#[test]
fn a_key_that_is_unknown_or_inactive_is_explained() {
    let (sts, home) = jane_fixture();
    let sentence = "AWS does not know the access key in profile test-mfa, or it is inactive";
    let help = "check in the AWS console that the key exists and is active; keys of the China and GovCloud partitions need a region there (--region)";
    sts.with(|state| state.world.users[0].active = false);
    refused(env(&sts, &home, "test", &[]), sentence, help);
    sts.with(|state| state.world.users[0].active = true);
    let text = std::fs::read_to_string(home.path(".aws/credentials")).unwrap();
    home.write(
        ".aws/credentials",
        text.replace(KEY_ID, "AKIAIOSFODNN8EXAMPLE"),
    );
    refused(env(&sts, &home, "test", &[]), sentence, help);
}

#[test]
fn a_secret_of_another_key_is_explained() {
    let (sts, home) = jane_fixture();
    let text = std::fs::read_to_string(home.path(".aws/credentials")).unwrap();
    home.write(".aws/credentials", text.replace(SECRET, "XJalrXUtnFEMI"));
    refused(
        env(&sts, &home, "test", &[]),
        "the secret access key in profile test-mfa does not match its access key id",
        "correct aws_secret_access_key in [test-mfa], or create a new key",
    );
}

#[test]
fn a_source_that_is_a_session_itself_is_explained() {
    let (sts, home) = jane_fixture();
    // The ID of a session's key (ASIA…) is recognized without AWS.
    let key = format!("aws_access_key_id = {KEY_ID}\n");
    let session_key = key.replace("AKIA", "ASIA");
    let text = std::fs::read_to_string(home.path(".aws/credentials")).unwrap();
    let session = text.replace(&key, &format!("{session_key}aws_session_token = x\n"));
    home.write(".aws/credentials", session);
    env(&sts, &home, "test", &["--source-profile", "test-mfa"])
        .ends_with(2)
        .says("it holds session credentials, not a long-term key")
        .says("help: set source_profile in config.toml, or --source-profile, to the profile with the long-term key");
    assert!(sts.log().is_empty());
    // What does not look like one is known by AWS.
    home.write(".aws/credentials", text);
    refuse(
        &sts,
        403,
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    );
    refused(
        env(&sts, &home, "test", &[]),
        "could not use profile test-mfa: it holds temporary credentials, and AWS issues sessions for long-term keys only",
        "name the profile with the long-term key: source_profile, or --source-profile",
    );
}

#[test]
fn credentials_that_have_expired_are_explained() {
    let (sts, home) = jane_fixture();
    refuse(
        &sts,
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    );
    refused(
        env(&sts, &home, "test", &[]),
        "the credentials in profile test-mfa have expired",
        "long-term keys do not expire: name the profile that holds one, or check what the profile's credential_process prints",
    );
}

#[test]
fn a_role_that_is_not_allowed_is_explained() {
    let (sts, home) = jane_fixture();
    refused(
        env(
            &sts,
            &home,
            "prod",
            &["--role-arn", "arn:aws:iam::210987654321:role/Other"],
        ),
        "AWS does not let the user of profile test-mfa assume arn:aws:iam::210987654321:role/Other with an MFA code and no external id",
        "if the role's trust policy has a condition on sts:ExternalId, set external_id; the policy must name the user or the user's account, and the user's own policies must allow sts:AssumeRole on the role",
    );
    // One that wants an external id, and gets none, a wrong one, the right one.
    sts.with(|state| state.world.roles[0].external_id = Some("right".to_owned()));
    env(&sts, &home, "prod", &[])
        .ends_with(3)
        .says("with an MFA code and no external id");
    let config = |id: &str| {
        home.write(
            ".config/aws-mfa/config.toml",
            format!("[accounts.prod]\nsource_profile = \"test-mfa\"\nrole_arn = \"{ADMIN_ROLE}\"\nexternal_id = \"{id}\"\n"),
        );
    };
    config("wrong");
    refused(
        env(&sts, &home, "prod", &[]),
        "AWS does not let the user of profile test-mfa assume arn:aws:iam::210987654321:role/Admin with an MFA code and an external id",
        "check that external_id is the one in the role's trust policy; the policy must name the user or the user's account, and the user's own policies must allow sts:AssumeRole on the role",
    );
    config("right");
    env(&sts, &home, "prod", &[]).success();
}

#[test]
fn a_session_that_is_longer_than_the_role_allows_is_explained() {
    let (sts, home) = jane_fixture();
    let help = "use --duration 1h, or duration in config.toml";
    refused(
        env(&sts, &home, "prod", &["--duration", "2h"]),
        "AWS refused a session of 2h for account prod: the role's maximum session duration is shorter",
        help,
    );
    refuse(
        &sts,
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
    refused(
        env(&sts, &home, "prod", &["--duration", "2h"]),
        "AWS refused a session of 2h for account prod: it is requested with the session of another role, for which AWS allows 1h at most",
        help,
    );
}

#[test]
fn a_clock_that_is_off_is_explained() {
    let (sts, home) = jane_fixture();
    let help = "correct the clock, then try again with a new code";
    for (ahead, said) in [
        (7 * 60, "7 min behind AWS's"),
        (-3600, "60 min ahead of AWS's"),
    ] {
        sts.with(|state| state.world.clock_ahead = ahead);
        let sentence = format!("AWS refused the request because this machine's clock is {said}");
        if ahead == 7 * 60 {
            refused(env(&sts, &home, "test", &[]), &sentence, help);
        } else {
            env(&sts, &home, "test", &[])
                .ends_with(3)
                .says(&format!("aws-mfa: {sentence}\nhelp: {help}\n"));
        }
    }
    // With an answer whose own time fits, there is nothing to measure by.
    sts.with(|state| state.world.clock_ahead = 0);
    for (code, message) in [
        ("RequestExpired", "Request has expired"),
        (
            "SignatureDoesNotMatch",
            "Signature not yet current: 2026 is still later than 2025",
        ),
    ] {
        refuse(&sts, 403, code, message);
        env(&sts, &home, "test", &[])
            .ends_with(3)
            .says("this machine's clock is off by more than 5 minutes\nhelp: correct the clock");
    }
}

#[test]
fn a_region_that_is_not_enabled_is_explained() {
    let (sts, home) = jane_fixture();
    refuse(
        &sts,
        403,
        "RegionDisabledException",
        "STS is not activated in this region for account:123456789012",
    );
    let home = home.env("AWS_ENDPOINT_URL", sts.url());
    let outcome = env(&sts, &home, "test", &["--region", "me-south-1"]).ends_with(3);
    let sentence = "the region is not enabled for this AWS account\nhelp: use --region with one that is, or enable it in the AWS console\n";
    outcome
        .says("aws-mfa: could not use STS at http://localhost:")
        .says(sentence);
    documented(&[
        "could not use STS in me-south-1: the region is not enabled for this AWS account",
        "use --region with one that is, or enable it in the AWS console",
    ]);
}

#[test]
fn too_many_requests_are_explained() {
    let (sts, home) = jane_fixture();
    for _ in 0..3 {
        sts.next(Fault::Throttle);
    }
    let help = "wait a moment, then try again with a new code";
    env(&sts, &home, "test", &[])
        .ends_with(3)
        .says("is throttling requests (too many from your account)\n")
        .says(&format!("help: {help}\n"));
    documented(&[
        "STS in us-east-1 is throttling requests (too many from your account)",
        help,
    ]);
}

#[test]
fn any_other_refusal_is_shown_as_aws_words_it() {
    let (sts, home) = jane_fixture();
    let teapot = || refuse(&sts, 418, "Teapot", "I am <one> & more");
    let said = "aws-mfa: AWS refused the request for account test: Teapot: I am <one> & more\n";
    teapot();
    let quiet = env(&sts, &home, "test", &[]).ends_with(3).says(said);
    assert!(!quiet.stderr.contains(REQUEST_ID), "{}", quiet.stderr);
    // AWS's support asks for the id.
    teapot();
    env(&sts, &home, "test", &["-v"])
        .ends_with(3)
        .says(said)
        .says(&format!("AWS request ID: {REQUEST_ID}"));
    teapot();
    env(&sts, &home, "test", &["-vv"])
        .ends_with(3)
        .says("aws-mfa: caused by: HTTP 418 Teapot\n");
}

#[test]
fn a_message_of_aws_stays_on_its_line() {
    let (sts, home) = jane_fixture();
    refuse(
        &sts,
        418,
        "Teapot",
        "no\n\nhelp: run\r`curl\u{2028}evil`\taws-mfa: done\u{202e}\u{200b}",
    );
    let outcome = env(&sts, &home, "test", &[]).ends_with(3);
    let said = "aws-mfa: AWS refused the request for account test: \
                Teapot: no help: run `curl evil` aws-mfa: done\n";
    assert_eq!(outcome.stderr, said);
}

#[test]
fn verbose_output_shows_the_settings_and_their_origin() {
    let (sts, home) = jane_fixture();
    let said = |options: &[&str]| env(&sts, &home, "test", options).success().stderr;
    let (quiet, some, all) = (said(&[]), said(&["-v"]), said(&["-vv"]));
    assert_eq!(quiet, "");
    for part in [
        "account test: defined by config, key in profile test-mfa".to_owned(),
        "MFA code from the command line".to_owned(),
        format!("MFA device {JANES_PHONE} from profile test-mfa"),
        format!("requests go to STS at {}, signed for eu-west-1", sts.url()),
        format!("STS at {} answered after ", sts.url()),
        "statements for bash".to_owned(),
    ] {
        assert!(some.contains(&part), "{part}: {some}");
        assert!(all.contains(&part), "{part}: {all}");
    }
    for part in [
        "AWS files: ~/.aws/config and ~/.aws/credentials".to_owned(),
        "trusted certificates: the system's".to_owned(),
        format!("connected to {} after ", sts.url()),
        "HTTP 200 OK, ".to_owned(),
    ] {
        assert!(!some.contains(&part), "{part}: {some}");
        assert!(all.contains(&part), "{part}: {all}");
    }
    let home = Home::of_jane(binary(), &sts)
        .env("AWS_ENDPOINT_URL", "https://sts.example.com")
        .env("ALL_PROXY", "http://jane:geheim@localhost:1");
    let through = env(&sts, &home, "test", &["-vv"]).ends_with(4).stderr;
    assert!(!through.contains("geheim"), "{through}");
}

#[test]
fn a_key_that_cannot_be_one_is_refused_before_aws_is_asked() {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    let refused = |key: &str, said: &str| {
        home.write(".aws/credentials", format!("\n[test-mfa]\n{key}\n"));
        let outcome = home.aws_mfa(&["env", "test", "123456"]).ends_with(2);
        outcome.says(said).says("\nhelp: ");
        let doctor = home.aws_mfa(&["doctor"]).text();
        assert!(doctor.contains(said), "{doctor}");
    };
    let secret = format!("aws_secret_access_key = {SECRET}");
    for (id, fault) in [
        ("\"AKIAIOSFODNN7EXAMPLE\"", "it is in quotes"),
        ("<YOUR_KEY>", "it is a placeholder"),
        (
            "AKIA\u{7f}OSFODNN7EXAMPLE",
            "it contains a control character (U+007F)",
        ),
        (
            "AKIA\u{200b}OSFODNN7EXAMPLE",
            "it contains an invisible character (U+200B)",
        ),
        (
            "\u{410}KIAOSFODNN7EXAMPLE",
            "it contains a character that no key has (U+0410)",
        ),
    ] {
        refused(
            &format!("aws_access_key_id = {id}\n{secret}"),
            &format!("access key ID of profile test-mfa (~/.aws/credentials, line 3): {fault}"),
        );
    }
    refused(
        &format!("aws_access_key_id = {KEY_ID}\naws_secret_access_key = '{SECRET}'"),
        "secret access key of profile test-mfa (~/.aws/credentials, line 4): it is in quotes",
    );
    refused(
        &format!("aws_access_key_id = {SECRET}\naws_secret_access_key = {KEY_ID}"),
        "access key ID of profile test-mfa (~/.aws/credentials, line 3): it and the secret access key seem to be swapped",
    );
    assert_eq!(sts.log().len(), 0);

    // What a command prints is checked as well, and not repeated.
    let json = home.path("key.json");
    home.write(
        ".aws/credentials",
        format!("[test-mfa]\ncredential_process = cat {}\n", json.display()),
    );
    for (id, secret, fault) in [
        (
            "AKIA\\nX",
            SECRET,
            "access key ID that it printed is not valid: it continues on a second line",
        ),
        (
            KEY_ID,
            "ge\\u0007heim",
            "secret access key that it printed is not valid: it contains a control character",
        ),
    ] {
        home.write(
            "key.json",
            format!("{{\"Version\":1,\"AccessKeyId\":\"{id}\",\"SecretAccessKey\":\"{secret}\"}}"),
        );
        let outcome = home.aws_mfa(&["env", "test", "123456"]).ends_with(2);
        assert!(!outcome.stderr.contains("heim"), "{}", outcome.stderr);
        outcome
            .says("could not get the key from credential_process of profile test-mfa")
            .says(fault);
    }
    assert_eq!(sts.log().len(), 0);
}

#[test]
fn an_unusual_key_is_told_where_aws_itself_is_asked() {
    let sts = StrictSts::http(World::of_jane());
    let home = Home::of_jane(binary(), &sts);
    home.write(
        ".aws/credentials",
        "[test-mfa]\naws_access_key_id = test\naws_secret_access_key = test\n",
    );
    let said =
        "the key of profile test-mfa looks unusual: the access key ID does not begin with AKIA";
    // The endpoint is that of a test server, as it may be that of LocalStack.
    let outcome = home.aws_mfa(&["env", "test", "123456"]).ends_with(3);
    assert!(!outcome.stderr.contains("unusual"), "{}", outcome.stderr);
    assert!(!home.aws_mfa(&["doctor"]).text().contains("unusual"));
    let home = home
        .env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        .env("HTTPS_PROXY", "http://127.0.0.1:1");
    home.aws_mfa(&["env", "test", "123456"])
        .ends_with(4)
        .says(said);
    let doctor = home.aws_mfa(&["doctor"]).text();
    assert!(doctor.contains(said), "{doctor}");
}
