use super::{append, good};
use crate::support::sts::{KEY_ID, OTHER_KEY_ID, OTHER_SECRET, SECRET};

const CONFIG: &str = ".config/aws-mfa/config.toml";
const CREDENTIALS: &str = ".aws/credentials";

/// The places of a secret `{}`, right or wrong; `KEY` is the id of a key.
const PLACES: [(&str, &str); 9] = [
    (CONFIG, "[accounts.x]\nregion = \"{}\"\n"),
    (CONFIG, "[accounts.x]\naws_secret_access_key = \"{}\"\n"),
    (CONFIG, "[accounts.x]\nconfirm = \"{}\"\n"),
    (CONFIG, "[accounts.x\nduration = \"{}\"\n"),
    (
        CONFIG,
        "[accounts.x]\nsource_profile = \"test-mfa\"\nexternal_id = \"{}\"\nmfa_command = \"x --pin {}\"\nenv = { A = \"{}\" }\n",
    ),
    (
        CREDENTIALS,
        "[x-mfa]\naws_access_key_id = KEY\naws_secret_access_key = {}\nmfa_serial = {}\n",
    ),
    (CREDENTIALS, "[x-mfa]\n{}\n"),
    (
        CREDENTIALS,
        "[x-mfa]\ncredential_process = sh -c 'echo {} >&2; exit 1'\n",
    ),
    (
        CREDENTIALS,
        "[x-mfa]\naws_access_key_id = KEY\naws_secret_access_key = {}\naws_session_token = {}\n",
    ),
];

#[test]
fn nothing_secret_is_shown_wherever_it_stands() {
    // Made up, of AWS's form.
    let token = "IQoJb3JpZ2luX2VjEXAMPLETOKEN/".repeat(6);
    let secrets = [
        SECRET,
        OTHER_SECRET,
        &token,
        "pass-word",
        "jane-of-the-proxy",
        "hush-hush",
    ];
    for (file, text) in PLACES {
        for secret in [SECRET, &*token] {
            let (sts, home) = good();
            let text = text.replace("{}", secret).replace("KEY", OTHER_KEY_ID);
            append(&home, file, &text);
            let url = sts.url().replace("//", "//jane-of-the-proxy:pass-word@");
            let home = home
                .env("AWS_ENDPOINT_URL", url)
                .env("AWS_ACCESS_KEY_ID", KEY_ID)
                .env("AWS_SECRET_ACCESS_KEY", "hush-hush")
                .env("AWS_SESSION_TOKEN", &token)
                .env("AWS_MFA_RESTORE", OTHER_SECRET)
                .env("AWS_PROFILE", OTHER_SECRET)
                .env("AWS_REGION", SECRET)
                .env(
                    "HTTPS_PROXY",
                    "http://jane-of-the-proxy:pass-word@localhost:1",
                );
            for options in [
                &[][..],
                &["--json"],
                &["--online"],
                &["--online", "--json"],
                &["-vv", "--online"],
            ] {
                // Not below the hook: `init` quotes the line of config.toml that is wrong.
                let outcome = home.aws_mfa(&[&["doctor"], options].concat());
                let said = format!("{}{}", outcome.text(), outcome.stderr);
                assert!(said.contains("proxy"), "{text}: {said}");
                for secret in secrets {
                    assert!(
                        !said.contains(secret),
                        "{options:?}, {secret}, {text}: {said}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_part_of_a_proxy_or_an_endpoint_that_may_be_a_secret_is_shown() {
    for (name, url) in [
        ("HTTPS_PROXY", "http://jane:hunter-2"),
        ("HTTPS_PROXY", "http://jane:hunter-2@"),
        ("HTTPS_PROXY", "jane:hunter-2"),
        ("HTTPS_PROXY", "socks5://jane:hunter-2"),
        ("HTTPS_PROXY", "http://jane:hunter-2/"),
        ("HTTPS_PROXY", "http://jane:hunter-2#x@localhost:1"),
        ("AWS_ENDPOINT_URL_STS", "http://localhost:1/?token=hunter-2"),
        ("AWS_ENDPOINT_URL_STS", "http://localhost:1/x#hunter-2"),
        ("AWS_ENDPOINT_URL_STS", "http://localhost:1?hunter-2"),
        ("AWS_ENDPOINT_URL_STS", "ftp://localhost:1/?token=hunter-2"),
        ("AWS_ENDPOINT_URL_STS", "http://jane:hunter-2"),
    ] {
        let (_sts, home) = good();
        let home = home.env(name, url);
        for options in [&[][..], &["--json"], &["--online", "-vv"]] {
            let outcome = home.aws_mfa(&[&["doctor"], options].concat());
            let said = outcome.text() + &outcome.stderr;
            assert!(said.contains("program"), "{url}: {said}");
            assert!(!said.contains("hunter-2"), "{options:?}, {url}: {said}");
        }
        let outcome = home.aws_mfa(&["-vv", "env", "test", "123456"]);
        assert!(
            !outcome.stderr.contains("hunter-2"),
            "{url}: {}",
            outcome.stderr
        );
    }
}
