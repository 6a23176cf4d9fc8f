//! What the words behind the hook's command are for, and what it says.

use super::{Interactive, present, text};
use crate::harness::janes_world;
use crate::harness::terminal::Terminal;
use crate::support::sts::JANES_PHONE;

/// Enters a line, and waits for what is said, if anything, and for the next prompt.
#[track_caller]
fn enter(shell: Interactive, terminal: &mut Terminal, line: &str, said: &str) {
    terminal.press(&format!("{line}\r"));
    if !said.is_empty() {
        terminal.expect(said);
    }
    shell.ready(terminal);
}

#[test]
fn options_may_come_first() {
    for shell in present() {
        let (sts, home) = janes_world();
        let mut terminal = shell.start(&home, "");
        let mut press = |line: &str, said: &str| {
            enter(shell, &mut terminal, line, said);
            shell.environment(&home, &mut terminal)
        };
        let code = sts.fresh_code(JANES_PHONE);
        let env = press(
            &format!("mfa -v --region us-east-2 test {code}"),
            "account test: defined by config",
        );
        assert_eq!(
            text(&env, "AWS_MFA_ACCOUNT"),
            Some("test"),
            "{}",
            shell.program
        );
        assert_eq!(
            text(&env, "AWS_REGION"),
            Some("us-east-2"),
            "{}",
            shell.program
        );
        press("mfa -q list --json", "\"account\":\"joe\"");
        press("mfa --color never --version", "aws-mfa 0.");
        let env = press("mfa -q off", "");
        assert_eq!(text(&env, "AWS_MFA_ACCOUNT"), None, "{}", shell.program);
    }
}

#[test]
fn what_was_done_is_told() {
    for shell in present() {
        let (sts, home) = janes_world();
        let mut terminal = shell.start(&home, "");
        let mut press = |line: &str, said: &str| enter(shell, &mut terminal, line, said);
        let code = sts.fresh_code(JANES_PHONE);
        press(
            &format!("mfa test {code} --persist"),
            "aws-mfa: test: loaded into this shell, live for 1",
        );
        press("mfa test", "this shell's session is live for another 1");
        press(
            "mfa test --json",
            "could not load a session: --json only prints one",
        );
        press(
            "mfa off",
            "aws-mfa: test: ended; this shell is as it was before",
        );
        press("mfa off", "this shell holds no session");
        let saved = std::fs::read_to_string(home.path(".aws/credentials")).unwrap();
        assert!(saved.contains("[test]\n"), "{saved}");
    }
}

#[test]
fn tcsh_runs_what_is_quoted_or_redirected() {
    for shell in present().filter(|shell| shell.program == "tcsh") {
        let (sts, home) = janes_world();
        let mut terminal = shell.start(&home, "");
        let mut press = |line: &str, said: &str| enter(shell, &mut terminal, line, said);
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
            "could not change this shell: tcsh evaluates nothing of a command whose output is redirected",
        );
        let statements = std::fs::read_to_string(home.path("statements")).unwrap();
        assert_eq!(statements, "(exit 2);\n");
    }
}

#[test]
fn xonsh_redirects_what_is_printed() {
    for shell in present().filter(|shell| shell.program == "xonsh") {
        let (_sts, home) = janes_world();
        let mut terminal = shell.start(&home, "");
        // Its `$(…)` may lose some of it, whatever the command.
        terminal.press("mfa list --json > list.new\r");
        shell.ready(&mut terminal);
        terminal.press("mv list.new list\r");
        let list = terminal.wait_for_file(&home.path("list"));
        let list = String::from_utf8(list).unwrap();
        assert!(list.contains("\"account\":\"joe\""), "{list}");
    }
}

#[test]
fn a_session_that_cannot_be_taken_out_is_told_once() {
    for shell in present().filter(|shell| ["bash", "zsh", "fish"].contains(&shell.program)) {
        let (sts, home) = janes_world();
        let mut terminal = shell.start(&home, "");
        terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
        shell.ready(&mut terminal);
        // As after a virtual environment was left that had the program.
        terminal.press("export PATH=/usr/bin:/bin\r");
        shell.ready(&mut terminal);
        terminal.press("export AWS_MFA_EXPIRES_AT=1000\r");
        for _ in 0..3 {
            shell.ready(&mut terminal);
            terminal.press("\r");
        }
        shell.ready(&mut terminal);
        let said = terminal.text();
        let told = said.matches("the session of test has expired").count();
        assert_eq!(told, 1, "{}: {said}", shell.program);
        assert!(
            !said.contains("gone from this shell"),
            "{}: {said}",
            shell.program
        );
    }
}
