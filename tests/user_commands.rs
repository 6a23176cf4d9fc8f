//! The commands that a configuration names: for a code, for a key, and for asking the user where there is no terminal.

use crate::harness::jane_fixture;
use crate::harness::requirements::python_tools;
use crate::harness::terminal::Terminal;
use crate::support::home::Home;
use crate::support::sts::{JANES_PHONE, KEY_ID, SECRET, StrictSts};

/// A home whose account `test` has a command for its code and one for its key. Both say on standard error what the user
/// must do, and write their variables into `variables`.
fn with_commands(code_setting: &str) -> (StrictSts, Home) {
    let (sts, home) = jane_fixture();
    let code = sts.fresh_code(JANES_PHONE);
    home.write_executable(
        "bin/a-code",
        format!(
            "#!/bin/sh\necho 'Touch your YubiKey' >&2\n\
             echo \"code $AWS_MFA_ACCOUNT ${{AWS_MFA_SERIAL-none}}\" >> variables\necho {code}\n"
        ),
    );
    home.write_executable(
        "bin/a-key",
        format!(
            "#!/bin/sh\necho 'Unlock your key ring' >&2\n\
             echo \"key $AWS_MFA_ACCOUNT ${{AWS_MFA_SERIAL-none}}\" >> variables\n\
             echo '{{\"Version\": 1, \"AccessKeyId\": \"{KEY_ID}\", \"SecretAccessKey\": \"{SECRET}\"}}'\n"
        ),
    );
    home.write(".aws/credentials", "");
    let process = if code_setting == "mfa_process" {
        "mfa_process = a-code\n"
    } else {
        home.write(
            ".config/aws-mfa/config.toml",
            "[accounts.test]\nmfa_command = \"a-code\"\n",
        );
        ""
    };
    home.write(
        ".aws/config",
        format!(
            "[profile test-mfa]\ncredential_process = a-key\n{process}mfa_serial = {JANES_PHONE}\nendpoint_url = {}\n\n\
             [profile served]\nregion = eu-west-1\ncredential_process = aws-mfa credential-process test\n",
            sts.url()
        ),
    );
    (sts, home)
}

#[test]
fn what_the_commands_say_reaches_the_terminal_where_standard_error_is_captured() {
    for setting in ["mfa_command", "mfa_process"] {
        let (_sts, home) = with_commands(setting);
        let line = "aws-mfa credential-process test > out 2> captured; echo status=$?";
        let mut terminal = Terminal::script(home.command("sh"), line);
        terminal.expect("Unlock your key ring");
        terminal.expect("Touch your YubiKey");
        terminal.expect("status=0");
        assert!(home.read("out").contains("AccessKeyId"));
        assert_eq!(home.read("captured"), "");
    }
}

#[test]
fn what_the_commands_say_reaches_the_user_of_the_aws_cli() {
    let Some(tools) = python_tools() else { return };
    let (sts, home) = with_commands("mfa_command");
    let line = format!(
        "'{}/aws' sts get-caller-identity --profile served --endpoint-url {} > out 2> captured; echo status=$?",
        tools.display(),
        sts.url()
    );
    let mut terminal = Terminal::script(home.command("sh"), &line);
    terminal.expect("Unlock your key ring");
    terminal.expect("Touch your YubiKey");
    terminal.expect("status=0");
    assert!(home.read("out").contains("user/jane"));
}

#[test]
fn what_the_commands_say_is_on_standard_error_without_a_terminal() {
    let (_sts, home) = with_commands("mfa_command");
    home.aws_mfa(&["env", "test"])
        .success()
        .says("Unlock your key ring\n")
        .says("Touch your YubiKey\n");
}

#[test]
fn the_commands_know_the_account_and_the_device() {
    let (sts, home) = with_commands("mfa_command");
    // A session of another account may be loaded.
    let home = home
        .env("AWS_MFA_ACCOUNT", "other")
        .env("AWS_MFA_SERIAL", "other");
    home.aws_mfa(&["env", "test"]).success();
    let expected = format!("key test {JANES_PHONE}\ncode test {JANES_PHONE}\n");
    assert_eq!(home.read("variables"), expected);
    // The device is looked up with the key, so the command for the key cannot know it.
    home.write(
        ".aws/config",
        home.read(".aws/config")
            .replace(&format!("mfa_serial = {JANES_PHONE}\n"), ""),
    );
    home.write("variables", "");
    home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    assert_eq!(home.read("variables"), "key test none\n");
}
