//! The statements of `env` and `off`, evaluated by the real shells and read back as bytes.

use std::ffi::OsStr;

use aws_mfa::delivery::shell::Shell as Language;
use aws_mfa::environment::{Change, Changes};
use clap::ValueEnum as _;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::harness::requirements::find;
use crate::harness::shells::{Environment, Shell, for_each_shell, installed};
use crate::harness::{binary, jane_fixture};
use crate::support::home::Home;
use crate::support::sts::{ADMIN_ROLE, JANES_PHONE, JOES_TABLET, KEY_ID, OTHER_KEY_ID, StrictSts};

/// The command that a person types, with a good code.
fn env_command(sts: &StrictSts, account: &str, shell: &Shell) -> String {
    let code = sts.fresh_code(JANES_PHONE);
    // Only the nearest shell is known by the process; `sh` of busybox goes by another name.
    format!("aws-mfa -q env --shell {} {account} {code}", shell.language)
}

#[track_caller]
fn assert_session(env: &Environment, account: &str) {
    let variable = |name: &str| {
        env.text(name)
            .unwrap_or_else(|| panic!("{name} is not set"))
    };
    assert!(variable("AWS_ACCESS_KEY_ID").starts_with("ASIA"));
    assert_eq!(variable("AWS_SECRET_ACCESS_KEY").len(), 40);
    assert_eq!(variable("AWS_SESSION_TOKEN").len(), 512);
    assert_eq!(env.text("AWS_MFA_ACCOUNT"), Some(account));
    let expiration = variable("AWS_CREDENTIAL_EXPIRATION");
    assert!(
        expiration.ends_with('Z') && expiration.len() == 20,
        "{expiration}"
    );
    assert_eq!(env.text("AWS_SESSION_EXPIRATION"), Some(expiration));
    let expires_at: i64 = variable("AWS_MFA_EXPIRES_AT").parse().unwrap();
    assert_eq!(aws_mfa::time::rfc3339(expires_at), expiration);
}

for_each_shell!(a_loaded_session_is_in_the_environment: every);
fn a_loaded_session_is_in_the_environment(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let load = shell.loading(&env_command(&sts, "test", shell));
    let env = shell.environment_after(&home, &[load]);
    assert_session(&env, "test");
    assert_eq!(env.text("AWS_REGION"), Some("eu-west-1"));
    assert_eq!(env.text("AWS_DEFAULT_REGION"), Some("eu-west-1"));

    let load = shell.loading(&env_command(&sts, "prod", shell));
    let env = shell.environment_after(&home, &[load]);
    assert_session(&env, "prod");
    assert_eq!(env.text("AWS_REGION"), None);
    assert_eq!(env.text("KUBECONFIG"), home.path(".kube/prod").to_str());
}

for_each_shell!(a_readonly_variable_fails_the_session_as_a_whole: bash, zsh, dash, mksh, ksh93, busybox);
fn a_readonly_variable_fails_the_session_as_a_whole(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let home = home
        .env("AWS_PROFILE", "mine")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "old");
    let report = "ended=$?; env | grep ^AWS_ | sort; exit $ended";
    let before = shell.run(&home, &format!("(exit 2); {report}"));
    for name in [
        "AWS_PROFILE",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_MFA_ACCOUNT",
    ] {
        let load = shell.loading(&env_command(&sts, "test", shell));
        shell
            .run(
                &home,
                &format!("readonly {name}; {load} && echo went-on; {report}"),
            )
            .ends_with(2)
            .prints(&before.text())
            .says(name)
            .says("aws-mfa: nothing was changed: that variable is readonly in this shell\n");
    }
    // The end of a session, too.
    let load = shell.loading(&env_command(&sts, "test", shell));
    let off = shell.loading("aws-mfa -q off");
    let ended = shell.run(
        &home,
        &format!("{load}; readonly AWS_MFA_ACCOUNT; {off} && echo went-on; {report}"),
    );
    let ended = ended.ends_with(2).text();
    assert!(
        ended.contains("AWS_SESSION_TOKEN=") && !ended.contains("AWS_PROFILE"),
        "{ended}"
    );
    assert!(!ended.contains("went-on"), "{ended}");
}

for_each_shell!(the_form_for_scripts_fails_if_the_program_never_ran: bash, zsh, dash, mksh, ksh93, busybox);
fn the_form_for_scripts_fails_if_the_program_never_ran(shell: &Shell) {
    let (sts, home) = jane_fixture();
    home.write_executable("bin/killed", "#!/bin/sh\nkill -9 $$\n");
    let form = |command: &str| {
        format!("eval \"$({command} || echo \"(exit $?)\")\" && echo went-on; exit $?")
    };
    let code = sts.fresh_code(JANES_PHONE);
    for (command, status, prints) in [
        ("no-such-program env test", 127, ""),
        ("aws-mfa env --shell sh test 000000", 3, ""),
        (
            &*format!("aws-mfa env --shell sh test {code}"),
            0,
            "went-on\n",
        ),
    ] {
        let outcome = shell.run(&home, &form(command));
        outcome.ends_with(status).prints(prints);
    }
    // 137; ksh93 counts from 256, and `exit` keeps the lowest eight bits: 9.
    let killed = shell.run(&home, &form("killed"));
    assert!(
        [Some(137), Some(9)].contains(&killed.status),
        "{:?}",
        killed.status
    );
    killed.prints("");
}

#[test]
fn a_variable_that_fish_does_not_let_be_set_costs_no_code() {
    let (sts, home) = jane_fixture();
    home.write(
        ".config/aws-mfa/config.toml",
        "[accounts.test]\nenv = { status = \"5\" }\n",
    );
    let code = sts.fresh_code(JANES_PHONE);
    home.aws_mfa(&["env", "test", &code, "--shell", "fish"])
        .ends_with(2)
        .says("could not write the value of status for fish: the variable is read-only in fish\nhelp: ");
    assert_eq!(sts.log().len(), 0);
}

#[test]
fn a_session_that_reaches_no_reader_is_a_failure() {
    let (sts, home) = jane_fixture();
    // Closed from the start: found before the code is used.
    for words in [
        "env --shell bash test",
        "env --json test",
        "credential-process test --code",
    ] {
        let code = sts.fresh_code(JANES_PHONE);
        let script = format!("aws-mfa {words} {code} >&-");
        home.run(home.command("bash").args(["-c", &script]))
            .ends_with(1)
            .says("aws-mfa: could not hand over a session: standard output is closed\nhelp: ");
    }
    assert_eq!(sts.log().len(), 0);
    // The reader goes away, and the shell waits for that before the program starts.
    for words in [
        "env --shell bash test",
        "env --json test",
        "credential-process test --code",
    ] {
        let code = sts.fresh_code(JANES_PHONE);
        let script = format!(
            "mkfifo p; exec 4<>p; exec 5>p; exec 4<&-; aws-mfa {words} {code} >&5; status=$?; rm p; exit $status"
        );
        home.run(home.command("bash").args(["-c", &script]))
            .ends_with(1)
            .says("aws-mfa: could not hand over the session: the reader closed standard output\n");
    }
    // Asked to throw it away, the program does.
    let code = sts.fresh_code(JANES_PHONE);
    let script = format!("aws-mfa -q env --shell bash test {code} >/dev/null");
    home.run(home.command("bash").args(["-c", &script]))
        .success();
}

for_each_shell!(the_calling_shell_is_detected: every);
fn the_calling_shell_is_detected(shell: &Shell) {
    let (sts, home) = jane_fixture();
    // What is not a shell in between changes nothing, and SHELL is asked last.
    let home = home.env("SHELL", "/bin/nonsense");
    for wrapper in ["", "timeout 20 "] {
        let code = sts.fresh_code(JANES_PHONE);
        let load = shell.loading(&format!("{wrapper}aws-mfa -q env test {code}"));
        let env = shell.environment_after(&home, &[load]);
        assert_session(&env, "test");
    }
}

for_each_shell!(a_script_is_known_by_its_interpreter: fish, elvish, tcsh, xonsh, nu);
/// A script that its first line starts has its own name among the processes.
fn a_script_is_known_by_its_interpreter(shell: &Shell) {
    let (sts, home) = jane_fixture();
    for interpreter in ["bash", "zsh", "dash", "mksh", "ksh93"] {
        let Some(path) = find(interpreter) else {
            continue;
        };
        let code = sts.fresh_code(JANES_PHONE);
        home.write_executable(
            "bin/deploy",
            format!(
                "#!{}\neval \"$(aws-mfa -q env test {code})\" && printenv AWS_MFA_ACCOUNT\n",
                path.display()
            ),
        );
        let outcome = shell.run(&home, "deploy").success().prints("test\n");
        assert_eq!(outcome.stderr, "", "{interpreter}");
    }
}

#[test]
fn no_value_is_evaluated_with_backslash_quote_of_tcsh() {
    let Some(shell) = installed("tcsh") else {
        return;
    };
    for value in ["\\'; touch evil; \\'", "x\\", "\\", "a\\'b!c", "'\\", "!'"] {
        let (sts, home) = jane_fixture();
        let home = home.env("AWS_PROFILE", value);
        let words = [
            "set backslash_quote".to_owned(),
            shell.loading(&env_command(&sts, "test", shell)),
            shell.loading("aws-mfa -q off --shell tcsh"),
        ];
        let env = shell.environment_after(&home, &words);
        assert_eq!(env.text("AWS_PROFILE"), Some(value));
        assert!(!home.path("evil").exists(), "{value}");
    }
}

for_each_shell!(a_wrong_code_fails_in_the_shell_and_changes_nothing: every);
fn a_wrong_code_fails_in_the_shell_and_changes_nothing(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let home = home
        .env("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE")
        .env("AWS_SESSION_TOKEN", "yesterday's")
        .env("AWS_PROFILE", "old");
    let load = shell.loading(&format!(
        "aws-mfa env --shell {} test 000000",
        shell.language
    ));
    let outcome = shell.run(&home, &shell.and_then(&load, "echo went-on"));
    assert!(!outcome.text().contains("went-on"), "{}", outcome.text());
    assert_ne!(outcome.status, Some(0));
    assert!(
        outcome.stderr.contains("AWS refused the MFA code"),
        "{}",
        outcome.stderr
    );
    if ["bash", "zsh", "sh", "tcsh"].contains(&shell.language) {
        assert_eq!(outcome.status, Some(3));
    }
    // Where the failure does not end the script, the environment is what it was.
    if ["bash", "zsh", "sh", "fish"].contains(&shell.language) {
        let silent = load.replace("aws-mfa env", "aws-mfa 2>/dev/null env");
        let env = shell.environment_after(&home, &[silent]);
        assert_eq!(env.text("AWS_SESSION_TOKEN"), Some("yesterday's"));
        assert_eq!(env.text("AWS_PROFILE"), Some("old"));
        assert_eq!(env.text("AWS_MFA_ACCOUNT"), None);
    }
}

for_each_shell!(a_mistyped_command_line_fails_in_the_shell: every);
fn a_mistyped_command_line_fails_in_the_shell(shell: &Shell) {
    let (_sts, home) = jane_fixture();
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

for_each_shell!(a_shell_with_a_session_renews_switches_and_ends: every);
fn a_shell_with_a_session_renews_switches_and_ends(shell: &Shell) {
    let (sts, home) = jane_fixture();
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
    let load = |account: &str| shell.loading(&env_command(&sts, account, shell));
    let env = shell.environment_after(&home, &[load("test")]);
    assert_session(&env, "test");
    assert_eq!(env.text("AWS_PROFILE"), None);
    assert_eq!(env.text("AWS_ROLE_ARN"), None);
    assert_eq!(env.text("AWS_REGION"), Some("eu-west-1"));

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
    let expected = Environment::from(before);
    assert_eq!(env.of_session(), expected);

    // A second end is no error and changes nothing.
    let env = shell.environment_after(&home, &[load("test"), off.clone(), format!("{off}\n")]);
    assert_eq!(env.of_session(), expected);
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

for_each_shell!(variables_that_an_sdk_prefers_to_keys_are_unset_and_restored: every);
fn variables_that_an_sdk_prefers_to_keys_are_unset_and_restored(shell: &Shell) {
    let (sts, home) = jane_fixture();
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
    let load = || shell.loading(&env_command(&sts, "test", shell));
    let env = shell.environment_after(&home, &[load()]);
    assert_session(&env, "test");
    for name in names {
        assert_eq!(env.text(name), None, "{name}");
    }
    let env = shell.environment_after(&home, &[load(), shell.loading("aws-mfa -q off")]);
    for name in names {
        let before = format!("of {name}");
        assert_eq!(env.text(name), Some(&*before));
    }
}

for_each_shell!(off_leaves_what_was_set_after_loading: every);
fn off_leaves_what_was_set_after_loading(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let home = home.env("AWS_PROFILE", "mine").env("KUBECONFIG", "mine");
    let language = Language::from_str(shell.language, false).unwrap();
    let changes: Changes = [
        Change::Set("AWS_PROFILE".to_owned(), b"other".to_vec().into()),
        Change::Set("KUBECONFIG".to_owned(), b"other".to_vec().into()),
    ]
    .into_iter()
    .collect();
    let file = home.write("statements", &*language.statements(&changes).unwrap());
    let load = shell.loading(&env_command(&sts, "prod", shell));
    let set = shell.loading_file(file.to_str().unwrap());
    let off = shell.loading("aws-mfa -q off");
    let env = shell.environment_after(&home, &[load, set, off]);
    let expected = [("AWS_PROFILE", "other"), ("KUBECONFIG", "other")];
    assert_eq!(env.of_session(), expected.into());
    assert_eq!(env.text("__aws_mfa_restore"), None);
}

// nushell ends itself when it is started with an environment that is not UTF-8.
for_each_shell!(
    off_restores_values_that_were_empty_or_no_text: bash, zsh, dash, mksh, ksh93, busybox, fish, elvish, tcsh, xonsh
);
fn off_restores_values_that_were_empty_or_no_text(shell: &Shell) {
    use std::os::unix::ffi::OsStrExt as _;
    let (sts, home) = jane_fixture();
    let home = home
        .env("AWS_PROFILE", "")
        .env("AWS_REGION", OsStr::from_bytes(b"caf\xe9\\"))
        .env("AWS_DEFAULT_REGION", "two\nlines");
    let load = shell.loading(&env_command(&sts, "test", shell));
    let env = shell.environment_after(&home, &[load, shell.loading("aws-mfa -q off")]);
    assert_eq!(env.bytes("AWS_PROFILE"), Some(&b""[..]));
    assert_eq!(env.bytes("AWS_REGION"), Some(&b"caf\xe9\\"[..]));
    // The backquotes of tcsh cut what they read into lines.
    if shell.program != "tcsh" {
        assert_eq!(env.bytes("AWS_DEFAULT_REGION"), Some(&b"two\nlines"[..]));
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
        let got = env.bytes(&name);
        let got = got.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        prop_assert_eq!(got.as_ref(), Some(value));
    }
    Ok(())
}

for_each_shell!(any_value_survives_quoting: every);
fn any_value_survives_quoting(shell: &Shell) {
    // The same values each time, unless PROPTEST_RNG_SEED is another seed.
    let from_environment = Config::default();
    let seed = match from_environment.rng_seed {
        RngSeed::Random => 1,
        RngSeed::Fixed(seed) => seed,
    };
    let home = Home::empty(binary());
    let mut runner = TestRunner::new(Config {
        cases: shell.property_cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed),
        ..from_environment
    });
    let values = prop::collection::vec(nasty_value(), 1..40);
    if let Err(failure) = runner.run(&values, |values| values_survive(shell, &home, &values)) {
        panic!("with PROPTEST_RNG_SEED={seed}: {failure}");
    }
}

#[test]
fn json_and_dotenv_have_the_session_and_no_restore_record() {
    let (sts, home) = jane_fixture();
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

    // On failure, a reader gets nothing.
    home.aws_mfa(&["env", "--json", "prod", "000000"])
        .ends_with(3)
        .prints("");
    home.aws_mfa(&["env", "--dotenv", "prod", "000000"])
        .ends_with(3)
        .prints("");
}

#[test]
fn a_value_that_cannot_be_expressed_costs_no_code() {
    let (sts, home) = jane_fixture();
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
            "a line end\nhelp: change the value of that variable, or run the program that needs it with `aws-mfa exec`",
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
    let (sts, home) = jane_fixture();
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
            "bash" => "if (unset -v AWS_PROFILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN ",
            "fish" => "set -eg AWS_PROFILE;\nset -gx AWS_ACCESS_KEY_ID 'ASIA",
            "elvish" => "unset-env AWS_PROFILE;\nset-env AWS_ACCESS_KEY_ID 'ASIA",
            "tcsh" => "unsetenv AWS_PROFILE;\nsetenv AWS_ACCESS_KEY_ID 'ASIA",
            "xonsh" => "del $AWS_PROFILE;\n$AWS_ACCESS_KEY_ID = 'ASIA",
            _ => "$env:AWS_PROFILE = $null;\n$env:AWS_ACCESS_KEY_ID = 'ASIA",
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
fn a_session_is_requested_with_the_key_and_the_device_of_the_account() {
    let (sts, home) = jane_fixture();
    for (account, device) in [
        ("test", JANES_PHONE),
        ("joe", JOES_TABLET),
        ("prod", JANES_PHONE),
    ] {
        home.aws_mfa(&["env", account, &sts.fresh_code(device)])
            .success();
    }
    assert_eq!(sts.count("ListMFADevices"), 1);
    let mut log = sts.log();
    log.retain(|entry| entry.action != "ListMFADevices");
    let [test, joe, prod] = &log[..] else {
        panic!("{log:#?}")
    };
    for (entry, action, key, device) in [
        (test, "GetSessionToken", KEY_ID, JANES_PHONE),
        (joe, "GetSessionToken", OTHER_KEY_ID, JOES_TABLET),
        (prod, "AssumeRole", KEY_ID, JANES_PHONE),
    ] {
        assert_eq!(entry.action, action);
        assert_eq!(entry.access_key_id, key);
        assert_eq!(entry.parameter("SerialNumber"), Some(device));
        assert_eq!(entry.service, "sts");
    }
    assert_eq!(test.parameter("DurationSeconds"), Some("43200"));
    assert_eq!(test.region, "eu-west-1");
    assert_eq!(prod.parameter("RoleArn"), Some(ADMIN_ROLE));
}

#[test]
fn a_code_is_taken_from_its_option_too() {
    let (sts, home) = jane_fixture();
    let loads = |words: &[&str]| home.aws_mfa(words).success().text();
    let code = sts.fresh_code(JANES_PHONE);
    let text = loads(&["env", "--shell", "bash", "test", "--code", &code]);
    assert!(text.contains("AWS_SESSION_TOKEN"), "{text}");
    let mut command = home.command("aws-mfa");
    command.args(["env", "--shell", "bash", "test", "--code", "-"]);
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let code = sts.fresh_code(JANES_PHONE);
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), code.as_bytes()).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    home.aws_mfa(&[
        "env", "--shell", "bash", "test", "123456", "--code", "123456",
    ])
    .ends_with(2)
    .says("cannot be used with");
}
