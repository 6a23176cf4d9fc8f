//! The variables that the end of a session restores, those that it leaves alone, and the records that it believes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::json;

use crate::harness::jane_fixture;
use crate::harness::requirements::has;
use crate::harness::shells::{Shell, for_each_shell};
use crate::support::home::{Home, Outcome};
use crate::support::sts::{Fault, JANES_PHONE, StrictSts};

/// Names that shells, loaders and other programs act upon, and one that an account may set.
const NAMES: [&str; 18] = [
    "PATH",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
    "PROMPT_COMMAND",
    "ENV",
    "BASH_ENV",
    "IFS",
    "PS1",
    "PS4",
    "PROMPT",
    "ZDOTDIR",
    "FPATH",
    "path",
    "fish_function_path",
    "precmd_functions",
    "TMOUT",
    "HTTPS_PROXY",
];

/// A home in whose shells a session has expired that left this record.
fn with_record(home: Home, variable: &str, names: &[&str]) -> Home {
    let displaced: serde_json::Map<_, _> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!("/forged")))
        .collect();
    let record = json!({"source": "test-mfa", "key": "x", "displaced": displaced}).to_string();
    home.env("AWS_MFA_ACCOUNT", "test")
        .env("AWS_MFA_EXPIRES_AT", "1767323045")
        .env(variable, BASE64.encode(record))
}

for_each_shell!(a_forged_record_sets_nothing_but_names_of_aws_at_the_prompt: bash, zsh, fish);
fn a_forged_record_sets_nothing_but_names_of_aws_at_the_prompt(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let names = [&NAMES[..], &["KUBECONFIG", "EDITOR", "AWS_PAGER"]].concat();
    let home = with_record(home, "AWS_MFA_RESTORE", &names);
    let mut terminal = shell.start_with_hook(&home, "");
    let env = shell.environment(&home, &mut terminal);
    assert_eq!(env.text("AWS_MFA_ACCOUNT"), None, "{}", terminal.text());
    assert_eq!(env.text("AWS_PAGER"), Some("/forged"));
    for name in names.iter().filter(|name| **name != "AWS_PAGER") {
        assert_ne!(env.text(name), Some("/forged"), "{name}");
    }
}

for_each_shell!(no_record_restores_a_name_that_shells_act_upon: bash, zsh, fish);
fn no_record_restores_a_name_that_shells_act_upon(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let dangerous = &NAMES[..NAMES.len() - 1];
    let names = [dangerous, &["KUBECONFIG"]].concat();
    let home = with_record(home, "__aws_mfa_restore", &names);
    let mut terminal = shell.start_with_hook(&home, "");
    let env = shell.environment(&home, &mut terminal);
    assert_eq!(env.text("AWS_MFA_ACCOUNT"), None, "{}", terminal.text());
    assert_eq!(env.text("KUBECONFIG"), Some("/forged"));
    for name in dangerous {
        assert_ne!(env.text(name), Some("/forged"), "{name}");
    }
}

#[test]
fn an_account_cannot_set_a_name_that_shells_act_upon() {
    let (_sts, home) = jane_fixture();
    for name in &NAMES[..NAMES.len() - 1] {
        let config = format!("[accounts.test]\nenv = {{ {name} = \"x\" }}\n");
        home.write(".config/aws-mfa/config.toml", config);
        let refused = home.aws_mfa(&["env", "test", "123456"]).ends_with(2);
        refused.says(&format!("`{name}` cannot be set by an account"));
    }
}

for_each_shell!(no_expiration_time_is_evaluated_at_the_prompt: bash, zsh, fish);
fn no_expiration_time_is_evaluated_at_the_prompt(shell: &Shell) {
    for expires_at in [
        "a[$(touch evil)]",
        "0x10",
        "08",
        "99999999999999999999999999",
        "1\n",
        "-1",
        " 1",
        "1+1",
        "\u{b2}",
    ] {
        let (_sts, home) = jane_fixture();
        let home = home
            .env("AWS_MFA_ACCOUNT", "test")
            .env("AWS_MFA_EXPIRES_AT", expires_at);
        let mut terminal = shell.start_with_hook(&home, "");
        shell.enter(&mut terminal, "", "");
        let told = terminal.text();
        assert!(!home.path("evil").exists(), "{expires_at}: {told}");
        for wrong in ["aws-mfa: ", "arithmetic", "too great", "rror"] {
            assert!(!told.contains(wrong), "{expires_at}: {told}");
        }
    }
}

#[test]
fn the_clock_of_bash_is_not_taken_from_a_variable() {
    if !has("bash") {
        return;
    }
    let (_sts, home) = jane_fixture();
    // What bash before 5.0 does with a variable of this name that it inherits.
    let clock = "unset EPOCHSECONDS; EPOCHSECONDS='a[$(touch evil)]'\n";
    let home = home
        .env("AWS_MFA_ACCOUNT", "test")
        .env("AWS_MFA_EXPIRES_AT", "1767323045");
    let shell = crate::harness::shells::shell("bash");
    let hook = shell.hook("");
    let mut terminal = shell.start(&home, &format!("{clock}{hook}"));
    terminal.press("\r");
    shell.ready(&mut terminal);
    assert!(!home.path("evil").exists());
    let env = shell.environment(&home, &mut terminal);
    assert_eq!(env.text("AWS_MFA_ACCOUNT"), None, "{}", terminal.text());
}

/// Loads a session at the terminal.
fn load(
    sts: &StrictSts,
    shell: &Shell,
    terminal: &mut crate::harness::terminal::Terminal,
    account: &str,
) {
    let code = sts.fresh_code(JANES_PHONE);
    let shows = format!("{account}: loaded into this shell");
    shell.enter(terminal, &format!("mfa {account} {code}"), &shows);
}

for_each_shell!(what_was_set_after_loading_stays_at_the_end_and_at_a_switch: bash, zsh, fish);
fn what_was_set_after_loading_stays_at_the_end_and_at_a_switch(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    for end in ["off", "switch"] {
        load(&sts, shell, &mut terminal, "test");
        shell.enter(&mut terminal, "export AWS_REGION=eu-north-1", "");
        if end == "switch" {
            load(&sts, shell, &mut terminal, "prod");
            let env = shell.environment(&home, &mut terminal);
            assert_eq!(env.text("AWS_REGION"), Some("eu-north-1"));
            assert_eq!(env.text("AWS_DEFAULT_REGION"), None);
            shell.enter(&mut terminal, "export KUBECONFIG=/mine", "");
            let kept = "left as it is, because it was set after the session was loaded: KUBECONFIG";
            shell.enter(&mut terminal, "mfa off", kept);
        } else {
            let kept = "left as it is, because it was set after the session was loaded: AWS_REGION";
            shell.enter(&mut terminal, "mfa off", kept);
        }
        let env = shell.environment(&home, &mut terminal);
        assert_eq!(env.text("AWS_REGION"), Some("eu-north-1"));
        for gone in [
            "AWS_MFA_ACCOUNT",
            "AWS_MFA_RESTORE",
            "__aws_mfa_restore",
            "AWS_ACCESS_KEY_ID",
        ] {
            assert_eq!(env.text(gone), None, "{gone}");
        }
        let kubeconfig = (end == "switch").then_some("/mine");
        assert_eq!(env.text("KUBECONFIG"), kubeconfig);
        shell.enter(&mut terminal, "unset AWS_REGION || set -e AWS_REGION", "");
    }
}

/// Two directories with an environment of their own for direnv.
fn with_direnv(home: &Home) {
    home.write("one/.envrc", "export AWS_PROFILE=one KUBECONFIG=/one\n");
    home.write("two/.envrc", "export AWS_REGION=eu-north-1\n");
    for directory in ["one", "two"] {
        home.run(home.command("direnv").args(["allow", directory]))
            .success();
    }
}

for_each_shell!(a_value_of_a_directory_that_was_left_is_not_restored: bash, zsh, fish);
fn a_value_of_a_directory_that_was_left_is_not_restored(shell: &Shell) {
    if !has("direnv") {
        return;
    }
    let (sts, home) = jane_fixture();
    let home = home.env("AWS_DEFAULT_PROFILE", "mine");
    with_direnv(&home);
    let hook = shell.install_hook(&home, "");
    let direnv = match shell.program {
        "fish" => "direnv hook fish | source\n".to_owned(),
        program => format!("eval \"$(direnv hook {program})\"\n"),
    };
    let mut terminal = shell.start(&home, &format!("{hook}{direnv}"));

    // In the directory of the value, it is restored.
    shell.enter(&mut terminal, "cd one", "AWS_PROFILE");
    load(&sts, shell, &mut terminal, "prod");
    let env = shell.environment_in(&home, &mut terminal, "one");
    assert_eq!(env.text("AWS_PROFILE"), None);
    shell.enter(
        &mut terminal,
        "mfa off",
        "prod: ended; this shell is as it was before",
    );
    let env = shell.environment_in(&home, &mut terminal, "one");
    assert_eq!(env.text("AWS_PROFILE"), Some("one"));
    assert_eq!(env.text("KUBECONFIG"), Some("/one"));

    // Elsewhere it is not, at the end or at a switch; what was there before is not touched.
    for end in ["off", "switch", "expiry"] {
        if end == "expiry" {
            sts.next(Fault::ShortSession(8));
        }
        load(&sts, shell, &mut terminal, "test");
        shell.enter(&mut terminal, "cd ..", "direnv: unloading");
        let line = "not restored, because the value was that of another directory or of a key that was replaced: AWS_PROFILE";
        match end {
            "off" => shell.enter(&mut terminal, "mfa off", line),
            "switch" => {
                let code = sts.fresh_code(JANES_PHONE);
                shell.enter(&mut terminal, &format!("mfa prod {code}"), line);
                shell.enter(&mut terminal, "mfa off", "prod: ended");
            }
            _ => {
                let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
                while !terminal.text().contains("has expired and is gone") {
                    assert!(std::time::Instant::now() < end, "{}", terminal.text());
                    shell.enter(&mut terminal, "", "");
                }
                assert!(terminal.text().rfind(line) > terminal.text().find("has expired"));
            }
        }
        let env = shell.environment(&home, &mut terminal);
        assert_eq!(env.text("AWS_PROFILE"), None, "{end}: {}", terminal.text());
        assert_eq!(env.text("AWS_MFA_ACCOUNT"), None);
        assert_eq!(env.text("AWS_DEFAULT_PROFILE"), Some("mine"), "{end}");
        shell.enter(&mut terminal, "cd one", "direnv: loading");
    }
    shell.enter(&mut terminal, "cd ..", "direnv: unloading");

    // What a directory sets while the session is loaded stays.
    load(&sts, shell, &mut terminal, "test");
    shell.enter(&mut terminal, "cd two", "AWS_REGION");
    shell.enter(
        &mut terminal,
        "mfa off",
        "after the session was loaded: AWS_REGION",
    );
    let env = shell.environment_in(&home, &mut terminal, "two");
    assert_eq!(env.text("AWS_REGION"), Some("eu-north-1"));
    assert_eq!(env.text("AWS_DEFAULT_PROFILE"), Some("mine"));
}

for_each_shell!(the_prompt_and_the_command_tell_what_was_set_over_a_session: bash, zsh, fish, pwsh);
fn the_prompt_and_the_command_tell_what_was_set_over_a_session(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    load(&sts, shell, &mut terminal, "test");
    let notice = |name: &str| {
        format!(
            "aws-mfa: {name} was set after the session was loaded: AWS tools may not use the session"
        )
    };
    let profile = shell.setting("AWS_PROFILE", "other");
    shell.enter(&mut terminal, &profile, &notice("AWS_PROFILE"));
    shell.enter(&mut terminal, "", "");
    let preferred =
        "set after the session was loaded, and preferred to it by some AWS tools: AWS_PROFILE";
    shell.enter(&mut terminal, "mfa", preferred);
    shell.enter(&mut terminal, &shell.unsetting("AWS_PROFILE"), "");
    let key = shell.setting("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE");
    shell.enter(&mut terminal, &key, &notice("AWS_ACCESS_KEY_ID"));
    let changed = "AWS_ACCESS_KEY_ID was changed after the session was loaded";
    shell.enter(&mut terminal, "mfa", changed);
    let told = terminal.text();
    assert_eq!(told.matches(&notice("AWS_PROFILE")).count(), 1, "{told}");
    assert_eq!(
        told.matches(&notice("AWS_ACCESS_KEY_ID")).count(),
        1,
        "{told}"
    );

    // A new session is nothing set over the old one.
    load(&sts, shell, &mut terminal, "prod");
    shell.enter(&mut terminal, "", "");
    let told = terminal.text();
    assert_eq!(told.matches("may not use the session").count(), 2, "{told}");
}

for_each_shell!(bash_tells_that_the_notice_was_lost: bash);
fn bash_tells_that_the_notice_was_lost(shell: &Shell) {
    let lost = "aws-mfa: PROMPT_COMMAND no longer calls __aws_mfa_prompt";
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    load(&sts, shell, &mut terminal, "test");
    shell.enter(&mut terminal, "mfa", ", until ");
    // As starship keeps it.
    shell.enter(
        &mut terminal,
        "KEPT=$PROMPT_COMMAND PROMPT_COMMAND='eval \"$KEPT\"'",
        "",
    );
    shell.enter(&mut terminal, "mfa", ", until ");
    assert!(!terminal.text().contains(lost), "{}", terminal.text());
    shell.enter(&mut terminal, "unset KEPT; PROMPT_COMMAND=", "");
    shell.enter(&mut terminal, "mfa", lost);
}

/// A command that shows the variables that programs get.
fn started(sts: &StrictSts, home: &Home, words: &[&str]) -> Outcome {
    let code = sts.fresh_code(JANES_PHONE);
    let mut command = home.command("aws-mfa");
    command
        .args(["exec", "test", "--code", &code, "--"])
        .args(words);
    home.run(&mut command).success()
}

#[test]
fn the_command_of_exec_gets_no_keys_that_were_displaced() {
    let (sts, home) = jane_fixture();
    let home = home
        .env("AWS_ACCESS_KEY_ID", "ASIAI44QH8DHBEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "displaced-secret")
        .env("AWS_SESSION_TOKEN", "displaced-token")
        .env("AWS_SECURITY_TOKEN", "displaced-token")
        .env("AWS_PROFILE", "mine");
    let record = started(&sts, &home, &["printenv", "AWS_MFA_RESTORE"]).text();
    let record = String::from_utf8(BASE64.decode(record.trim_end()).unwrap()).unwrap();
    assert!(!record.contains("displaced-"), "{record}");
    // The rest is there, and a shell that is started so can end the session.
    let off = "eval \"$(aws-mfa -q off)\"; env | grep ^AWS_";
    started(&sts, &home, &["bash", "-c", off]).prints("AWS_PROFILE=mine\n");
}

for_each_shell!(tracing_shows_no_secret: bash, zsh, dash, mksh, fish, pwsh);
fn tracing_shows_no_secret(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let hook = shell.hook("");
    let (on, check) = match shell.program {
        "fish" => (
            "set -g fish_trace 1",
            "test -n \"$fish_trace\"; and echo traced",
        ),
        // Only a trace shows an assignment.
        "pwsh" => ("Set-PSDebug -Trace 2", "$traced = 1"),
        _ => ("set -xv", "case $- in *v*x* | *x*v*) echo traced;; esac"),
    };
    for wrong in [false, true] {
        let code = if wrong {
            "000000".to_owned()
        } else {
            sts.fresh_code(JANES_PHONE)
        };
        let script =
            format!("{hook}{on}\nmfa test {code}\n{check}\naws-mfa status\nmfa off\nmfa off\n");
        let outcome = shell.run(&home, &script);
        assert!(
            outcome.text().contains("traced"),
            "{script}: {}",
            outcome.stderr
        );
        assert_eq!(
            outcome.text().contains("test: 1"),
            !wrong,
            "{}",
            outcome.text()
        );
        let secrets = sts.with(|state| state.world.all_secrets());
        let shown = outcome.stderr + &String::from_utf8_lossy(&outcome.stdout);
        assert!(
            secrets.iter().all(|secret| !shown.contains(secret)),
            "{shown}"
        );
    }
}
