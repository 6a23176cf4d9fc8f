//! What `env` and `off` print, evaluated by the real shells and read back as bytes.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use aws_mfa::delivery::shell::Shell as Language;
use aws_mfa::environment::{Change, Changes};
use clap::ValueEnum as _;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::harness::shells::{self, Shell};
use crate::harness::{binary, janes_world};
use crate::support::home::Home;
use crate::support::sts::{ACCOUNT_ID, JANES_PHONE, StrictSts};

type Environment = BTreeMap<OsString, Vec<u8>>;

fn text<'a>(env: &'a Environment, name: &str) -> Option<&'a str> {
    env.get(OsStr::new(name))
        .map(|value| std::str::from_utf8(value).unwrap())
}

/// The command that a person types, with a good code.
fn env_command(sts: &StrictSts, account: &str, shell: &Shell) -> String {
    let code = sts.fresh_code(JANES_PHONE);
    // Only the nearest shell is known by the process; `sh` of busybox goes by another name.
    format!("aws-mfa -q env --shell {} {account} {code}", shell.language)
}

#[track_caller]
fn assert_session(shell: &Shell, env: &Environment, account: &str) {
    let program = shell.program;
    assert!(
        text(env, "AWS_ACCESS_KEY_ID").unwrap().starts_with("ASIA"),
        "{program}"
    );
    assert_eq!(
        text(env, "AWS_SECRET_ACCESS_KEY").unwrap().len(),
        40,
        "{program}"
    );
    assert_eq!(
        text(env, "AWS_SESSION_TOKEN").unwrap().len(),
        512,
        "{program}"
    );
    assert_eq!(text(env, "AWS_MFA_ACCOUNT"), Some(account), "{program}");
    let expiration = text(env, "AWS_CREDENTIAL_EXPIRATION").unwrap();
    assert!(
        expiration.ends_with('Z') && expiration.len() == 20,
        "{program}: {expiration}"
    );
    assert_eq!(
        text(env, "AWS_SESSION_EXPIRATION"),
        Some(expiration),
        "{program}"
    );
    let expires_at: i64 = text(env, "AWS_MFA_EXPIRES_AT").unwrap().parse().unwrap();
    assert_eq!(aws_mfa::time::rfc3339(expires_at), expiration, "{program}");
}

/// The environment without what a shell adds by itself.
fn relevant(env: &Environment) -> Environment {
    let relevant = |name: &OsStr| {
        let name = name.to_str().unwrap_or_default();
        name.starts_with("AWS_") || name == "KUBECONFIG"
    };
    env.iter()
        .filter(|(name, _)| relevant(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

#[test]
fn every_shell_gets_the_session() {
    let (sts, home) = janes_world();
    for shell in shells::present() {
        let load = shell.loading(&env_command(&sts, "test", &shell));
        let env = shell.environment_after(&home, &[load]);
        assert_session(&shell, &env, "test");
        assert_eq!(text(&env, "AWS_REGION"), Some("eu-west-1"));
        assert_eq!(text(&env, "AWS_DEFAULT_REGION"), Some("eu-west-1"));

        let load = shell.loading(&env_command(&sts, "prod", &shell));
        let env = shell.environment_after(&home, &[load]);
        assert_session(&shell, &env, "prod");
        assert_eq!(text(&env, "AWS_REGION"), None);
        assert_eq!(text(&env, "KUBECONFIG"), home.path(".kube/prod").to_str());
    }
}

#[test]
fn without_quotes_around_the_command_too() {
    let (sts, home) = janes_world();
    let home = home.env("AWS_PROFILE", "other");
    let mut run = 0;
    for shell in shells::present() {
        let command = env_command(&sts, "prod", &shell);
        let Some(load) = shell.loading_unquoted(&command) else {
            continue;
        };
        let env = shell.environment_after(&home, &[load]);
        assert_session(&shell, &env, "prod");
        assert_eq!(text(&env, "AWS_PROFILE"), None, "{}", shell.program);
        assert_eq!(text(&env, "export"), None, "{}", shell.program);
        let ended = shell.loading_unquoted("aws-mfa -q off").unwrap();
        let env = shell.environment_after(
            &home,
            &[
                shell
                    .loading_unquoted(&env_command(&sts, "test", &shell))
                    .unwrap(),
                ended,
            ],
        );
        assert_eq!(
            relevant(&env),
            [("AWS_PROFILE".into(), b"other".to_vec())].into(),
            "{}",
            shell.program
        );
        run += 1;
    }
    assert!(run > 0, "no shell was run");
}

#[test]
fn the_shell_is_known_without_being_named() {
    let (sts, home) = janes_world();
    // What is not a shell in between changes nothing, and SHELL is asked last.
    let home = home.env("SHELL", "/bin/nonsense");
    for shell in shells::present() {
        for wrapper in ["", "timeout 20 "] {
            let code = sts.fresh_code(JANES_PHONE);
            let load = shell.loading(&format!("{wrapper}aws-mfa -q env test {code}"));
            let env = shell.environment_after(&home, &[load]);
            assert_session(&shell, &env, "test");
        }
    }
}

#[test]
fn a_wrong_code_fails_in_the_shell_and_changes_nothing() {
    let (_sts, home) = janes_world();
    let home = home
        .env("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE")
        .env("AWS_SESSION_TOKEN", "yesterday's")
        .env("AWS_PROFILE", "old");
    for shell in shells::present() {
        let load = shell.loading(&format!(
            "aws-mfa env --shell {} test 000000",
            shell.language
        ));
        let outcome = shell.run(&home, &shell.and_then(&load, "echo went-on"));
        assert!(
            !outcome.text().contains("went-on"),
            "{}: {}",
            shell.program,
            outcome.text()
        );
        assert_ne!(outcome.status, Some(0), "{}", shell.program);
        assert!(
            outcome.stderr.contains("AWS refused the MFA code"),
            "{}: {}",
            shell.program,
            outcome.stderr
        );
        if ["bash", "zsh", "sh", "tcsh"].contains(&shell.language) {
            assert_eq!(outcome.status, Some(3), "{}", shell.program);
        }
        // Where the failure does not end the script, the environment is what it was.
        if ["bash", "zsh", "sh", "fish"].contains(&shell.language) {
            let silent = load.replace("aws-mfa env", "aws-mfa 2>/dev/null env");
            let env = shell.environment_after(&home, &[silent]);
            assert_eq!(
                text(&env, "AWS_SESSION_TOKEN"),
                Some("yesterday's"),
                "{}",
                shell.program
            );
            assert_eq!(text(&env, "AWS_PROFILE"), Some("old"), "{}", shell.program);
            assert_eq!(text(&env, "AWS_MFA_ACCOUNT"), None, "{}", shell.program);
        }
    }
}

#[test]
fn a_mistyped_command_line_fails_in_the_shell() {
    let (_sts, home) = janes_world();
    for shell in shells::present() {
        for words in [
            "env --no-such-option",
            "evn test 123456",
            "env",
            "env nobody 123456",
            "env test 12345",
        ] {
            let load = shell.loading(&format!("aws-mfa {words}"));
            let outcome = shell.run(&home, &shell.and_then(&load, "echo went-on"));
            assert!(
                !outcome.text().contains("went-on"),
                "{} {words}: {}",
                shell.program,
                outcome.text()
            );
            assert_ne!(outcome.status, Some(0), "{} {words}", shell.program);
        }
    }
}

#[test]
fn a_shell_with_a_session_renews_switches_and_ends() {
    let (sts, home) = janes_world();
    let before = [
        ("AWS_ACCESS_KEY_ID", "ASIAOLDOLDOLDOLDOLDO"),
        ("AWS_SECRET_ACCESS_KEY", "old/secret+x="),
        ("AWS_SESSION_TOKEN", "old token"),
        ("AWS_PROFILE", "does not exist"),
        ("AWS_REGION", "it's \"quoted\" $HOME `x` \\ !"),
        ("AWS_DEFAULT_REGION", ""),
        ("AWS_ROLE_ARN", "ünïcode’s\\"),
        ("KUBECONFIG", "=ls *  two  blanks ~ {a,b} #c\ttab"),
    ];
    let home = before
        .iter()
        .fold(home, |home, (name, value)| home.env(name, value));
    for shell in shells::present() {
        let load = |account: &str| shell.loading(&env_command(&sts, account, &shell));
        let env = shell.environment_after(&home, &[load("test")]);
        assert_session(&shell, &env, "test");
        assert_eq!(text(&env, "AWS_PROFILE"), None, "{}", shell.program);
        assert_eq!(text(&env, "AWS_ROLE_ARN"), None, "{}", shell.program);
        assert_eq!(
            text(&env, "AWS_REGION"),
            Some("eu-west-1"),
            "{}",
            shell.program
        );

        let off = shell.loading("aws-mfa -q off");
        let env = shell.environment_after(
            &home,
            &[
                load("test"),
                load("prod"),
                load("test"),
                load("prod"),
                off.clone(),
            ],
        );
        let expected: Environment = before
            .iter()
            .map(|(name, value)| (name.into(), value.as_bytes().to_vec()))
            .collect();
        assert_eq!(relevant(&env), expected, "{}", shell.program);

        // A second end is no error and changes nothing.
        let env = shell.environment_after(&home, &[load("test"), off.clone(), format!("{off}\n")]);
        assert_eq!(relevant(&env), expected, "{}", shell.program);
    }
    let keys: Vec<String> = sts
        .log()
        .into_iter()
        .map(|entry| entry.access_key_id)
        .collect();
    assert!(
        keys.iter().all(|key| key == crate::support::sts::KEY_ID),
        "asked with the keys of the shell: {keys:?}"
    );
}

#[test]
fn nothing_that_an_sdk_prefers_to_keys_stays_beside_a_session() {
    let (sts, home) = janes_world();
    let names = [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_SECURITY_TOKEN",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
    ];
    let home = names
        .iter()
        .fold(home, |home, name| home.env(name, format!("of {name}")));
    for shell in shells::present() {
        let load = || shell.loading(&env_command(&sts, "test", &shell));
        let env = shell.environment_after(&home, &[load()]);
        assert_session(&shell, &env, "test");
        for name in names {
            assert_eq!(text(&env, name), None, "{}: {name}", shell.program);
        }
        let env = shell.environment_after(&home, &[load(), shell.loading("aws-mfa -q off")]);
        for name in names {
            let before = format!("of {name}");
            assert_eq!(text(&env, name), Some(&*before), "{}", shell.program);
        }
    }
}

#[test]
fn what_was_empty_or_no_text_comes_back_as_it_was() {
    use std::os::unix::ffi::OsStrExt as _;
    let (sts, home) = janes_world();
    let home = home
        .env("AWS_PROFILE", "")
        .env("AWS_REGION", OsStr::from_bytes(b"caf\xe9\\"))
        .env("AWS_DEFAULT_REGION", "two\nlines");
    for shell in shells::present() {
        // What each cannot hold, set or read: nushell and xonsh keep text, and tcsh's backquotes
        // cut what they read into lines.
        let loads = |account: &str| shell.loading(&env_command(&sts, account, &shell));
        if shell.language == "nushell" {
            // It ends itself when it is started with an environment that is not UTF-8.
            continue;
        }
        let env = shell.environment_after(&home, &[loads("test"), shell.loading("aws-mfa -q off")]);
        assert_eq!(env[OsStr::new("AWS_PROFILE")], b"", "{}", shell.program);
        assert_eq!(
            env[OsStr::new("AWS_REGION")],
            b"caf\xe9\\",
            "{}",
            shell.program
        );
        if shell.language != "tcsh" {
            assert_eq!(
                env[OsStr::new("AWS_DEFAULT_REGION")],
                b"two\nlines",
                "{}",
                shell.program
            );
        }
    }
}

/// Values made of what some shell has a meaning for.
fn nasty_value() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            " ", "'", "\"", "$", "`", "\\", "!", "\n", "\r\n", "\t", "\x1b", "*", "?", ";", "#", "=ls", "^", "%", "{a,b}",
            "-n", "~root", "$(exit 9)", "\u{2018}", "\u{2019}", "\u{201a}", "\u{201b}", "日本", "é", "\u{1f511}", "&", "|", "<", ">",
            "(", ")", "[", "]", "!!", "\\'", "'\\''", "''", "\\n", "%PATH%", "@", ",", "set -e", "\u{7f}", "\u{85}", "\u{2028}", "\u{feff}", "export",
        ]).prop_map(str::to_owned),
        1 => "\\PC{1,4}",
        1 => "[ -~]{1,6}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// Random values through the quoting function of a shell and through the shell itself.
fn values_survive(shell: &Shell, home: &Home, values: &[String]) -> Result<(), TestCaseError> {
    let name = |at: usize| format!("V{at}");
    let changes: Changes = values
        .iter()
        .enumerate()
        .map(|(at, value)| Change::Set(name(at), value.clone().into_bytes().into()))
        .collect();
    let language = Language::from_str(shell.language, false).unwrap();
    let file = home.write("statements", &*language.statements(&changes).unwrap());
    let env = shell.environment_after(home, &[shell.loading_file(file.to_str().unwrap())]);
    for (at, value) in values.iter().enumerate() {
        let name = name(at);
        let got = env
            .get(OsStr::new(&name))
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        prop_assert_eq!(got.as_ref(), Some(value), "{}", shell.program);
    }
    Ok(())
}

#[test]
fn any_value_survives_the_quoting_of_every_shell() {
    // Whoever looks for more gives another seed: PROPTEST_RNG_SEED.
    let from_environment = Config::default();
    let seed = match from_environment.rng_seed {
        RngSeed::Random => 1,
        RngSeed::Fixed(seed) => seed,
    };
    for shell in shells::present() {
        let home = Home::empty(binary());
        let mut runner = TestRunner::new(Config {
            cases: shell.cases,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(seed),
            ..from_environment.clone()
        });
        let values = prop::collection::vec(nasty_value(), 1..40);
        if let Err(failure) = runner.run(&values, |values| values_survive(&shell, &home, &values)) {
            panic!(
                "{}, with PROPTEST_RNG_SEED={seed}: {failure}",
                shell.program
            );
        }
    }
}

#[test]
fn plain_formats_are_for_others_than_this_shell() {
    let (sts, home) = janes_world();
    let home = home.env("AWS_PROFILE", "mine").env("KUBECONFIG", "mine");
    let json = home
        .aws_mfa(&["env", "--json", "prod", &sts.fresh_code(JANES_PHONE)])
        .success();
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&json.stdout).unwrap();
    let names: Vec<&str> = object.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "AWS_ACCESS_KEY_ID",
            "AWS_CREDENTIAL_EXPIRATION",
            "AWS_MFA_ACCOUNT",
            "AWS_MFA_EXPIRES_AT",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_EXPIRATION",
            "AWS_SESSION_TOKEN",
            "KUBECONFIG",
        ]
    );
    let dotenv = home
        .aws_mfa(&["env", "--dotenv", "test", &sts.fresh_code(JANES_PHONE)])
        .success()
        .text();
    let lines: Vec<(&str, &str)> = dotenv
        .lines()
        .map(|line| line.split_once('=').unwrap())
        .collect();
    assert_eq!(lines[0].0, "AWS_ACCESS_KEY_ID");
    assert!(lines.contains(&("AWS_REGION", "eu-west-1")));
    assert!(
        !dotenv.contains("AWS_MFA_RESTORE") && !dotenv.contains("AWS_PROFILE"),
        "{dotenv}"
    );

    // On failure there is nothing for whoever reads them.
    home.aws_mfa(&["env", "--json", "prod", "000000"])
        .ends_with(3)
        .prints("");
    home.aws_mfa(&["env", "--dotenv", "prod", "000000"])
        .ends_with(3)
        .prints("");
}

#[test]
fn what_cannot_be_written_does_not_cost_a_code() {
    let (sts, home) = janes_world();
    home.write(
        ".config/aws-mfa/config.toml",
        "[accounts.test]\nenv = { LINES = \"one\\ntwo\", SHARE = \"100%\" }\n",
    );
    let code = sts.fresh_code(JANES_PHONE);
    for (words, said) in [
        (
            &["--dotenv"][..],
            "could not write the value of LINES as a NAME=value line: it contains a line break\nhelp: ",
        ),
        (
            &["--shell", "cmd"],
            "a line end\nhelp: give that variable another value, or run what needs it with aws-mfa exec",
        ),
    ] {
        home.aws_mfa(&[&["env", "test", &code], words].concat())
            .ends_with(2)
            .says(said);
    }
    assert_eq!(sts.log().len(), 0);
    home.aws_mfa(&["env", "test", &code, "--json"]).success();
}

#[test]
fn every_statement_is_one_line_that_ends_itself() {
    let (sts, home) = janes_world();
    let home = home.env("AWS_PROFILE", "x");
    for language in ["bash", "fish", "elvish", "tcsh", "xonsh", "powershell"] {
        let code = sts.fresh_code(JANES_PHONE);
        let printed = home
            .aws_mfa(&["env", "--shell", language, "test", &code])
            .success()
            .text();
        assert!(printed.lines().count() >= 11, "{printed}");
        for line in printed.lines() {
            assert!(line.ends_with(';'), "{language}: {line}");
            // A token may have any word in it.
            let first = line.split(' ').next();
            assert!(
                !line.contains('#') && first != Some("echo"),
                "{language}: {line}"
            );
        }
        assert!(printed.starts_with(match language {
            "bash" => "unset AWS_PROFILE;\nexport AWS_ACCESS_KEY_ID='ASIA",
            "fish" => "set -eg AWS_PROFILE;\nset -gx AWS_ACCESS_KEY_ID 'ASIA",
            "elvish" => "unset-env AWS_PROFILE;\nset-env AWS_ACCESS_KEY_ID 'ASIA",
            "tcsh" => "unsetenv AWS_PROFILE;\nsetenv AWS_ACCESS_KEY_ID 'ASIA",
            "xonsh" => "del $AWS_PROFILE;\n$AWS_ACCESS_KEY_ID = 'ASIA",
            _ => "Remove-Item -LiteralPath 'Env:AWS_PROFILE' -ErrorAction Ignore;\n$env:AWS_ACCESS_KEY_ID = 'ASIA",
        }), "{language}: {printed}");
    }
    let printed = home
        .aws_mfa(&[
            "env",
            "--shell",
            "cmd",
            "test",
            &sts.fresh_code(JANES_PHONE),
        ])
        .success()
        .text();
    assert!(
        printed.starts_with("set \"AWS_PROFILE=\"\r\nset \"AWS_ACCESS_KEY_ID=ASIA"),
        "{printed}"
    );
}

#[test]
fn the_identity_is_the_users_own() {
    let (sts, home) = janes_world();
    home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    let log = sts.log();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].action, "GetSessionToken");
    assert_eq!(log[0].parameter("DurationSeconds"), Some("43200"));
    assert_eq!(log[0].parameter("SerialNumber"), Some(JANES_PHONE));
    assert_eq!(
        (log[0].service.as_str(), log[0].region.as_str()),
        ("sts", "eu-west-1")
    );
    assert!(JANES_PHONE.contains(ACCOUNT_ID));
}
