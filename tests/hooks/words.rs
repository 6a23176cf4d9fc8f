//! The words after the hook's command, and what it says.

use crate::harness::jane_fixture;
use crate::harness::shells::{Shell, for_each_shell};
use crate::support::sts::JANES_PHONE;

for_each_shell!(options_before_the_account_are_accepted: interactive);
fn options_before_the_account_are_accepted(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    let mut press = |line: &str, said: &str| {
        shell.enter(&mut terminal, line, said);
        shell.environment(&home, &mut terminal)
    };
    let code = sts.fresh_code(JANES_PHONE);
    let env = press(
        &format!("mfa -v --region us-east-2 test {code}"),
        "account test: defined by config",
    );
    assert_eq!(env.text("AWS_MFA_ACCOUNT"), Some("test"));
    assert_eq!(env.text("AWS_REGION"), Some("us-east-2"));
    press("mfa -q list --json", "\"account\":\"joe\"");
    press("mfa --color never --version", "aws-mfa 0.");
    let env = press("mfa -q off", "");
    assert_eq!(env.text("AWS_MFA_ACCOUNT"), None);
}

for_each_shell!(mfa_reports_what_it_has_done: interactive);
fn mfa_reports_what_it_has_done(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    let mut press = |line: &str, said: &str| shell.enter(&mut terminal, line, said);
    let code = sts.fresh_code(JANES_PHONE);
    press(
        &format!("mfa test {code} --persist"),
        "aws-mfa: test: loaded into this shell, live for 1",
    );
    press("mfa test", "this shell's session is live for another 1");
    press(
        "mfa test --json",
        "could not load a session: --json only prints it",
    );
    press(
        "mfa off",
        "aws-mfa: test: ended; this shell is as it was before",
    );
    press("mfa off", "this shell holds no session");
    let saved = std::fs::read_to_string(home.path(".aws/credentials")).unwrap();
    assert!(saved.contains("[test]\n"), "{saved}");
}

for_each_shell!(mfa_with_a_hyphen_goes_back_to_the_account_before: interactive);
fn mfa_with_a_hyphen_goes_back_to_the_account_before(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    let mut press = |line: &str, said: &str| shell.enter(&mut terminal, line, said);
    press("mfa -", "this shell has held no other account");
    let code = sts.fresh_code(JANES_PHONE);
    press(&format!("mfa test {code}"), "test: loaded");
    press("mfa -", "this shell has held no other account");
    let code = sts.fresh_code(JANES_PHONE);
    press(&format!("mfa prod {code}"), "prod: loaded");
    let code = sts.fresh_code(JANES_PHONE);
    press(&format!("mfa - {code}"), "test: loaded");
    let code = sts.fresh_code(JANES_PHONE);
    press(&format!("mfa - {code} --region us-east-2"), "prod: loaded");
    // After the end of a session, it is that account, and then again the one before it.
    press("mfa off", "prod: ended");
    let code = sts.fresh_code(JANES_PHONE);
    press(&format!("mfa - {code}"), "prod: loaded");
    let code = sts.fresh_code(JANES_PHONE);
    press(&format!("mfa - {code}"), "test: loaded");
    let env = shell.environment(&home, &mut terminal);
    assert_eq!(env.text("AWS_MFA_ACCOUNT"), Some("test"));
}

for_each_shell!(mfa_accepts_quotes_and_redirections: tcsh);
fn mfa_accepts_quotes_and_redirections(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    let mut press = |line: &str, said: &str| shell.enter(&mut terminal, line, said);
    let code = sts.fresh_code(JANES_PHONE);
    press(
        &format!("mfa exec test --code {code} -- printf \"<%s>\" \"a b\" \"it's\" 'x\"y'"),
        "<a b><it's><x\"y>",
    );
    press("mfa list --json > list", "");
    let list = std::fs::read_to_string(home.path("list")).unwrap();
    assert!(list.contains("\"account\":\"joe\""), "{list}");
    // A session would go into the file.
    let code = sts.fresh_code(JANES_PHONE);
    press(
        &format!("mfa test {code} > statements"),
        "could not change this shell: tcsh does not evaluate the output of a command that is redirected",
    );
    let statements = std::fs::read_to_string(home.path("statements")).unwrap();
    assert_eq!(statements, "(exit 2);\n");
}

for_each_shell!(the_output_of_mfa_can_be_redirected: xonsh);
fn the_output_of_mfa_can_be_redirected(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    // Its `$(…)` may lose some of it, whatever the command.
    terminal.press("mfa list --json > list.new\r");
    shell.ready(&mut terminal);
    terminal.press("mv list.new list\r");
    let list = terminal.wait_for_file(&home.path("list"));
    let list = String::from_utf8(list).unwrap();
    assert!(list.contains("\"account\":\"joe\""), "{list}");
}

for_each_shell!(an_expired_session_that_cannot_be_removed_is_reported_once: bash, zsh, fish, pwsh);
fn an_expired_session_that_cannot_be_removed_is_reported_once(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "");
    terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
    shell.ready(&mut terminal);
    // As after a virtual environment was left that had the program.
    std::fs::remove_file(home.path("bin/aws-mfa")).unwrap();
    terminal.press(&format!(
        "{}\r",
        shell.setting("AWS_MFA_EXPIRES_AT", "1000")
    ));
    for _ in 0..3 {
        shell.ready(&mut terminal);
        terminal.press("\r");
    }
    shell.ready(&mut terminal);
    let said = terminal.text();
    let told = said.matches("the session of test has expired").count();
    assert_eq!(told, 1, "{said}");
    assert!(!said.contains("gone from this shell"), "{said}");
}
