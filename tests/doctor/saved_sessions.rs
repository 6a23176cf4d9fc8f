use super::{append, findings, good};
use crate::support::home::Home;

const SESSION: &str =
    "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n";

/// The level, the text and the fix of the finding about the session in a profile.
fn finding(home: &Home, profile: &str) -> (String, String, String) {
    let all = findings(&home.aws_mfa(&["doctor", "--json"]).text());
    let start = format!("the session in profile {profile} ");
    let found = all
        .into_iter()
        .find(|finding| finding.text.starts_with(&start));
    let found = found.unwrap_or_else(|| panic!("nothing about {profile}"));
    assert_eq!(found.check, "saved session");
    (found.level, found.text, found.fix)
}

#[test]
fn an_expired_saved_session_is_reported_with_what_renews_it() {
    let (_sts, home) = good();
    append(
        &home,
        ".aws/credentials",
        &format!("[test]\n{SESSION}expiration = 2020-01-02T03:04:05Z\n"),
    );
    let (level, text, fix) = finding(&home, "test");
    assert_eq!(level, "warning");
    assert!(text.contains("expired at 2020-01-02T03:04:05Z"), "{text}");
    assert!(text.contains("`mfa test` does not renew it"), "{text}");
    assert!(
        fix.contains("set persist = true in [accounts.test]"),
        "{fix}"
    );
    assert!(fix.contains("aws-mfa save --remove test"), "{fix}");
    // As it says.
    let config = home.read(".config/aws-mfa/config.toml");
    home.write(
        ".config/aws-mfa/config.toml",
        config.replace("[accounts.test]\n", "[accounts.test]\npersist = true\n"),
    );
    let (level, _, fix) = finding(&home, "test");
    assert_eq!(
        (level.as_str(), fix.as_str()),
        ("warning", "run `mfa test`, which renews it")
    );
    home.aws_mfa(&["save", "--remove", "test"]).success();
    let said = home.aws_mfa(&["doctor"]).text();
    assert!(!said.contains("saved session"), "{said}");
}

#[test]
fn a_live_saved_session_is_no_warning() {
    let (_sts, home) = good();
    append(
        &home,
        ".aws/credentials",
        &format!("[test]\n{SESSION}expiration = 2100-01-02T03:04:05Z\n"),
    );
    let (level, text, _) = finding(&home, "test");
    assert_eq!(level, "ok");
    assert!(text.contains("`aws-mfa save test` renews it"), "{text}");
}

#[test]
fn a_profile_that_nothing_renews_is_reported() {
    let (_sts, home) = good();
    // The other aws-mfa writes times without an offset.
    for (expiration, says) in [
        ("", "does not say when it expires"),
        (
            "expiration = 2020-01-02 03:04:05\n",
            "expired at 2020-01-02T03:04:05Z",
        ),
    ] {
        let before = home.read(".aws/credentials");
        append(
            &home,
            ".aws/credentials",
            &format!("[old]\n{SESSION}{expiration}"),
        );
        let (level, text, fix) = finding(&home, "old");
        assert_eq!(level, "warning");
        assert!(
            text.contains(says) && text.contains("nothing renews it"),
            "{text}"
        );
        assert!(fix.contains("set save_to = \"old\""), "{fix}");
        home.write(".aws/credentials", before);
    }
    // awsume renews its own.
    append(
        &home,
        ".aws/credentials",
        &format!("[autoawsume-x]\nmanager = awsume\n{SESSION}"),
    );
    let said = home.aws_mfa(&["doctor"]).text();
    assert!(!said.contains("saved session"), "{said}");
}
