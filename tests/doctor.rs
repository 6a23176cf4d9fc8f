//! `doctor`: each thing that can be wrong is named with what mends it, and nothing secret is shown.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::Value;

use crate::harness::shells::is_present;
use crate::harness::terminal::Terminal;
use crate::harness::{binary, janes_world};
use crate::support::home::{Home, Outcome};
use crate::support::sts::{
    Device, Fault, JANES_PHONE, JOES_TABLET, KEY_ID, OTHER_KEY_ID, OTHER_SECRET, SECRET, StrictSts,
    World,
};

/// A bash with the hook that runs these words; `aws-mfa` is not its last command, which it would
/// become.
fn in_bash(home: &Home, words: &str) -> Outcome {
    let script = format!("eval \"$(aws-mfa init bash)\"\n{words}; exit $?");
    home.run(
        home.command("bash")
            .args(["--noprofile", "--norc", "-c", &script]),
    )
}

/// A home in which everything is as it should be, with an STS that nobody was asked to use.
fn good() -> (StrictSts, Home) {
    let (sts, home) = janes_world();
    for (below, mode) in [
        (".aws", 0o700),
        (".aws/credentials", 0o600),
        (".config/aws-mfa/config.toml", 0o600),
    ] {
        set_mode(&home, below, mode);
    }
    append(&home, ".aws/config", "[default]\nregion = eu-west-1\n");
    (sts, home)
}

fn set_mode(home: &Home, below: &str, mode: u32) {
    std::fs::set_permissions(home.path(below), std::fs::Permissions::from_mode(mode)).unwrap();
}

fn append(home: &Home, below: &str, text: &str) {
    let before = std::fs::read_to_string(home.path(below)).unwrap();
    home.write(below, before + text);
}

/// What is said about one check, with its level and its fix.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    check: String,
    level: String,
    text: String,
    fix: String,
}

#[track_caller]
fn findings(json: &str) -> Vec<Finding> {
    let report: Value = serde_json::from_str(json).unwrap_or_else(|_| panic!("no JSON: {json}"));
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .map(|finding| Finding {
            check: text(&finding["check"]),
            level: text(&finding["level"]),
            text: text(&finding["text"]),
            fix: text(&finding["fix"]),
        })
        .collect()
}

/// One breakage: what it does to a good home, and what is to be said of it.
struct Broken {
    name: &'static str,
    /// Changes files.
    by: fn(&Home),
    /// Variables of the shell.
    env: &'static [(&'static str, &'static str)],
    check: &'static str,
    level: &'static str,
    says: &'static str,
    fix: &'static str,
}

const NOTHING: fn(&Home) = |_| {};

const BROKEN: &[Broken] = &[
    Broken {
        name: "config.toml is no TOML",
        by: |home| append(home, ".config/aws-mfa/config.toml", "nonsense\n"),
        env: &[],
        check: "config",
        level: "problem",
        says: "~/.config/aws-mfa/config.toml, line 7",
        fix: "mend that line",
    },
    Broken {
        name: "a key of config.toml is misspelt",
        by: |home| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                "[defaults]\nreigon = \"eu-west-1\"\n",
            )
        },
        env: &[],
        check: "config",
        level: "problem",
        says: "unknown key `reigon`",
        fix: "did you mean `region`?",
    },
    Broken {
        name: "AWS_MFA_CONFIG leads nowhere",
        by: NOTHING,
        env: &[("AWS_MFA_CONFIG", "/nowhere/config.toml")],
        check: "config",
        level: "warning",
        says: "AWS_MFA_CONFIG names /nowhere/config.toml",
        fix: "unset the variable",
    },
    Broken {
        name: "the credentials file has a line that is none",
        by: |home| append(home, ".aws/credentials", "[x]\n%%%\n"),
        env: &[],
        check: "aws files",
        level: "problem",
        says: "~/.aws/credentials, line 10",
        fix: "mend that line",
    },
    Broken {
        name: "the AWS config is not text",
        by: |home| {
            home.write(".aws/config", b"[\xff");
        },
        env: &[],
        check: "aws files",
        level: "problem",
        says: "~/.aws/config: it is not UTF-8 text",
        fix: "",
    },
    Broken {
        name: "AWS_SHARED_CREDENTIALS_FILE leads nowhere",
        by: NOTHING,
        env: &[("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials")],
        check: "aws files",
        level: "warning",
        says: "AWS_SHARED_CREDENTIALS_FILE names /nowhere/credentials",
        fix: "unset the variable",
    },
    Broken {
        name: "there is nothing at all",
        by: |home| {
            std::fs::remove_dir_all(home.path(".aws")).unwrap();
            std::fs::remove_dir_all(home.path(".config")).unwrap();
        },
        env: &[],
        check: "account",
        level: "problem",
        says: "no accounts yet",
        fix: "a long-term key into a profile NAME-mfa",
    },
    Broken {
        name: "the source profile does not exist",
        by: |home| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                "[accounts.a]\nsource_profile = \"tset-mfa\"\n",
            )
        },
        env: &[],
        check: "account",
        level: "problem",
        says: "a: could not find the source profile tset-mfa",
        fix: "did you mean test-mfa?",
    },
    Broken {
        name: "half of a key",
        by: |home| {
            append(
                home,
                ".aws/credentials",
                "[a]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\nmfa_serial = GAHT12345678\n",
            )
        },
        env: &[],
        check: "account",
        level: "problem",
        says: "it has no aws_secret_access_key",
        fix: "name the profile that holds the long-term key",
    },
    Broken {
        name: "a session where the long-term key should be",
        by: |home| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                "[accounts.a]\nsource_profile = \"b\"\n",
            )
        },
        env: &[("AWS_SHARED_CREDENTIALS_FILE", "session")],
        check: "account",
        level: "problem",
        says: "a: could not use the source profile b of account a: it holds the credentials of a session",
        fix: "name the profile that holds the long-term key",
    },
    Broken {
        name: "the ARN of a user for that of a device",
        by: |home| {
            append(
                home,
                ".aws/credentials",
                "[a-mfa]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\nmfa_serial = arn:aws:iam::123456789012:user/jane\n",
            )
        },
        env: &[],
        check: "account",
        level: "problem",
        says: "arn:aws:iam::123456789012:user/jane",
        fix: "",
    },
    Broken {
        name: "the program that prints the code is not there",
        by: |home| {
            append(
                home,
                ".config/aws-mfa/config.toml",
                "[accounts.a]\nsource_profile = \"test-mfa\"\nmfa_command = \"no-such-key code\"\n",
            )
        },
        env: &[],
        check: "account",
        level: "problem",
        says: "a: mfa_command runs no-such-key",
        fix: "install no-such-key",
    },
    Broken {
        name: "the endpoint is no URL",
        by: NOTHING,
        env: &[("AWS_ENDPOINT_URL_STS", "localhost:1")],
        check: "account",
        level: "problem",
        says: "AWS_ENDPOINT_URL_STS: `localhost:1` is no URL",
        fix: "",
    },
    Broken {
        name: "others can read the keys",
        by: |home| set_mode(home, ".aws/credentials", 0o644),
        env: &[],
        check: "permissions",
        level: "warning",
        says: "~/.aws/credentials can be read by others (mode 644)",
        fix: "chmod 600 ~/.aws/credentials",
    },
    Broken {
        name: "others can look into the folder",
        by: |home| set_mode(home, ".aws", 0o755),
        env: &[],
        check: "permissions",
        level: "warning",
        says: "~/.aws can be read by others (mode 755)",
        fix: "chmod 700 ~/.aws",
    },
    Broken {
        name: "others can write the commands that are run",
        by: |home| set_mode(home, ".config/aws-mfa/config.toml", 0o666),
        env: &[],
        check: "permissions",
        level: "problem",
        says: "config.toml can be changed by others (mode 666)",
        fix: "chmod 600 ~/.config/aws-mfa/config.toml",
    },
    Broken {
        name: "other keys in the shell",
        by: NOTHING,
        env: &[
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
        ],
        check: "variables",
        level: "warning",
        says: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, and not by aws-mfa",
        fix: "unset AWS_ACCESS_KEY_ID",
    },
    Broken {
        name: "half of a key in the shell",
        by: NOTHING,
        env: &[("AWS_SECRET_ACCESS_KEY", "x")],
        check: "variables",
        level: "warning",
        says: "AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID",
        fix: "unset AWS_SECRET_ACCESS_KEY",
    },
    Broken {
        name: "AWS_PROFILE names nothing",
        by: NOTHING,
        env: &[("AWS_PROFILE", "gone")],
        check: "variables",
        level: "warning",
        says: "AWS_PROFILE names the profile gone, which does not exist",
        fix: "unset AWS_PROFILE",
    },
    Broken {
        name: "AWS_PROFILE was set behind the session's back",
        by: NOTHING,
        env: &[
            ("AWS_MFA_ACCOUNT", "test"),
            ("AWS_MFA_EXPIRES_AT", "4000000000"),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_SESSION_TOKEN", "x"),
            ("AWS_PROFILE", "test-mfa"),
        ],
        check: "variables",
        level: "warning",
        says: "AWS_PROFILE was set behind the session's back",
        fix: "unset AWS_PROFILE",
    },
    Broken {
        name: "the session has expired",
        by: NOTHING,
        env: &[
            ("AWS_MFA_ACCOUNT", "test"),
            ("AWS_MFA_EXPIRES_AT", "1000000000"),
            ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_SESSION_TOKEN", "x"),
        ],
        check: "variables",
        level: "warning",
        says: "the session of test in this shell has expired",
        fix: "mfa off",
    },
    Broken {
        name: "the session has lost its keys",
        by: NOTHING,
        env: &[
            ("AWS_MFA_ACCOUNT", "test"),
            ("AWS_MFA_EXPIRES_AT", "4000000000"),
        ],
        check: "variables",
        level: "warning",
        says: "the keys of the session of test are gone",
        fix: "load the session anew",
    },
    Broken {
        name: "what the session displaced cannot be read",
        by: NOTHING,
        env: &[
            ("AWS_MFA_ACCOUNT", "test"),
            ("AWS_MFA_EXPIRES_AT", "4000000000"),
            ("AWS_MFA_RESTORE", "%"),
        ],
        check: "variables",
        level: "warning",
        says: "AWS_MFA_RESTORE cannot be read",
        fix: "open a new shell",
    },
    Broken {
        name: "no region anywhere",
        by: |home| {
            let config = std::fs::read_to_string(home.path(".aws/config")).unwrap();
            home.write(".aws/config", config.replace("region = eu-west-1\n", ""));
        },
        env: &[],
        check: "region",
        level: "warning",
        says: "none for joe, prod: most AWS commands will ask for one",
        fix: "region = \"…\" under [defaults] in config.toml",
    },
    Broken {
        name: "a region of another partition",
        by: |home| {
            append(
                home,
                ".aws/credentials",
                "[china-mfa]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\nmfa_serial = arn:aws-cn:iam::123456789012:mfa/jane\n",
            )
        },
        env: &[("AWS_REGION", "eu-west-1")],
        check: "region",
        level: "warning",
        says: "AWS_REGION=eu-west-1 of this shell is in another partition than the accounts china",
        fix: "a region of its own in config.toml",
    },
    Broken {
        name: "a CA bundle that is none",
        by: |home| {
            home.write("bundle.pem", "no certificate");
        },
        env: &[("AWS_CA_BUNDLE", "bundle.pem")],
        check: "certificates",
        level: "problem",
        says: "could not use the certificates in bundle.pem (AWS_CA_BUNDLE)",
        fix: "name a file with PEM certificates",
    },
    Broken {
        name: "a proxy that speaks no HTTP",
        by: NOTHING,
        env: &[("HTTPS_PROXY", "socks5://localhost:1")],
        check: "proxy",
        level: "problem",
        says: "HTTPS_PROXY (socks5://localhost:1) is no HTTP proxy",
        fix: "set HTTPS_PROXY to http://HOST:PORT",
    },
];

#[test]
fn each_breakage_is_named_with_its_fix() {
    for broken in BROKEN {
        let (sts, mut home) = good();
        home.write("session", "[b]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = x\n");
        (broken.by)(&home);
        for (name, value) in broken.env {
            home = home.env(name, value);
        }
        let outcome = in_bash(&home, "aws-mfa doctor --json");
        let status = if broken.level == "problem" { 1 } else { 0 };
        let found = findings(&outcome.text());
        let named = found.iter().any(|finding| {
            finding.check == broken.check
                && finding.level == broken.level
                && finding.text.contains(broken.says)
                && finding.fix.contains(broken.fix)
        });
        assert!(named, "{}: {found:#?}", broken.name);
        // What follows from the breakage may be told, too; but its status is that of the worst.
        let problems = found.iter().any(|finding| finding.level == "problem");
        assert_eq!(outcome.status, Some(i32::from(problems)), "{}", broken.name);
        assert!(status == 0 || problems, "{}", broken.name);
        assert_eq!(sts.with(|state| state.connections), 0, "{}", broken.name);
    }
}
