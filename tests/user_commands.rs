//! The commands that a configuration names: for a code, for a key, and for asking the user where there is no terminal.

use crate::harness::jane_fixture;
use crate::harness::requirements::python_tools;
use crate::harness::terminal::Terminal;
use crate::harness::user_namespace::UserNamespace;
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

/// A program for `AWS_MFA_ASKPASS` that notes its arguments and prints the next line of the file `answers`.
const ASKPASS: &str = "#!/bin/sh
printf '%s[%s]\\n' \"$#\" \"$1\" >> questions
answer=$(head -n 1 answers)
sed -i 1d answers
[ \"$answer\" != cancel ] || exit 1
echo \"$answer\"
";

/// A home with such a program, whose path is nothing that a shell would take for one word.
fn with_askpass() -> (StrictSts, Home) {
    let (sts, home) = jane_fixture();
    let path = home.write_executable("bin/ask me; $(touch pwned)", ASKPASS);
    (sts, home.env("AWS_MFA_ASKPASS", path))
}

fn question() -> String {
    format!("MFA code for test ({JANES_PHONE}): ")
}

#[test]
fn askpass_is_asked_only_where_there_is_no_terminal() {
    let (sts, home) = with_askpass();
    home.write("answers", format!("{}\n", sts.fresh_code(JANES_PHONE)));
    home.aws_mfa(&["credential-process", "test"]).success();
    assert_eq!(home.read("questions"), format!("1[{}]\n", question()));
    assert!(!home.path("pwned").exists());

    home.write("answers", "000000\n");
    let mut terminal = Terminal::script(
        home.command("sh"),
        "aws-mfa env test > out 2> captured; echo status=$?",
    );
    terminal.expect(&question());
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("status=0");
    assert_eq!(home.read("answers"), "000000\n");

    // A code that is given, and a command for it, come first.
    home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .success();
    home.write(
        ".config/aws-mfa/config.toml",
        format!(
            "[accounts.test]\nmfa_command = \"echo {}\"\n",
            sts.fresh_code(JANES_PHONE)
        ),
    );
    home.aws_mfa(&["env", "test"]).success();
    assert_eq!(home.read("answers"), "000000\n");
}

#[test]
fn askpass_is_asked_again_with_the_reason() {
    let (sts, home) = with_askpass();
    let code = sts.fresh_code(JANES_PHONE);
    home.write("answers", format!("12345\n000000\n{code}\n"));
    home.aws_mfa(&["env", "test"]).success();
    let questions = home.read("questions");
    let question = question();
    assert_eq!(questions.matches(&question).count(), 3, "{questions}");
    for reason in [
        "1[the MFA code has 5 digits; it must have six\n",
        "1[AWS refused the MFA code for account test",
    ] {
        assert!(questions.contains(reason), "{questions}");
    }
    assert_eq!(sts.count("GetSessionToken"), 2);
}

#[test]
fn askpass_that_is_cancelled_or_prints_nothing_gives_no_code() {
    for (answer, says) in [
        (
            "cancel",
            "could not get the MFA code from AWS_MFA_ASKPASS: it ended with exit status: 1",
        ),
        ("", "no MFA code was given"),
    ] {
        let (_sts, home) = with_askpass();
        home.write("answers", format!("{answer}\n"));
        home.aws_mfa(&["env", "test"])
            .ends_with(5)
            .prints("(exit 5);\n")
            .says(says);
        assert_eq!(home.read("questions").lines().count(), 1);
    }
}

#[test]
fn askpass_in_the_environment_is_one_absolute_path() {
    let (_sts, home) = jane_fixture();
    home.write_executable("bin/ask", "#!/bin/sh\ntouch asked\n");
    let absolute = home.path("bin/ask").display().to_string();
    for (value, says) in [
        ("bin/ask".to_owned(), "`bin/ask` is not an absolute path"),
        ("ask".to_owned(), "`ask` is not an absolute path"),
        (
            "./bin/ask".to_owned(),
            "`./bin/ask` is not an absolute path",
        ),
        (
            format!("{absolute} --password"),
            "could not get the MFA code from AWS_MFA_ASKPASS: No such file",
        ),
    ] {
        let (_sts, other) = jane_fixture();
        let other = other.env("AWS_MFA_ASKPASS", &value);
        other.aws_mfa(&["env", "test"]).ends_with(5).says(says);
    }
    assert!(!home.path("asked").exists());
}

#[test]
fn askpass_in_config_toml_is_a_command_line() {
    let (sts, home) = with_askpass();
    home.write_executable("bin/other", ASKPASS.replace("$1", "$1|$2|$3"));
    let config =
        "[defaults]\naskpass = \"env X='a b' other --text \\\"$HOME\\\"\"\n\n[accounts.test]\n";
    home.write(".config/aws-mfa/config.toml", config);
    // The variable comes first.
    home.write("answers", format!("{}\n", sts.fresh_code(JANES_PHONE)));
    home.aws_mfa(&["env", "test"]).success();
    assert!(home.read("questions").starts_with("1["));

    let home = home.env("AWS_MFA_ASKPASS", "");
    home.write("questions", "");
    home.write("answers", format!("{}\n", sts.fresh_code(JANES_PHONE)));
    home.aws_mfa(&["env", "test"]).success();
    let expected = format!("3[--text|{}|{}]\n", home.path("").display(), question());
    assert_eq!(
        home.read("questions").replace("/|", "|"),
        expected.replace("/|", "|")
    );

    home.write(
        ".config/aws-mfa/config.toml",
        format!("{config}askpass = \"\"\n"),
    );
    home.aws_mfa(&["env", "test"])
        .ends_with(5)
        .says("there is no terminal");
}

#[test]
fn no_process_that_is_started_has_a_secret_in_its_arguments() {
    let (sts, home) = with_commands("mfa_command");
    // In there strace may look into the program, which nobody else may.
    let namespace = UserNamespace::new();
    let mut strace = namespace.command(&home, "strace");
    strace.args(["-f", "-s", "9999", "-o", "log", "-e", "trace=execve", "--"]);
    strace.args(["aws-mfa", "exec", "test", "--", "true"]);
    home.run(&mut strace).success();
    let log = home.read("log");
    for program in ["a-code", "a-key", "\"true\""] {
        assert!(log.contains(program), "{program}: {log}");
    }
    let secrets = sts.with(|state| state.world.all_secrets());
    assert!(secrets.len() > 2);
    for secret in secrets {
        assert!(!log.contains(&secret), "{log}");
    }
}
