//! What `init --prompt` adds to the prompt, and the clock of the shells that have none.

use super::aws_mfa_now;
use crate::harness::jane_fixture;
use crate::harness::requirements::has;
use crate::harness::shells::{Shell, for_each_shell};
use crate::support::home::Home;
use crate::support::sts::{Fault, JANES_PHONE};

/// The line that loads the hook with `--prompt` in a script, and shows what is added to the prompt.
fn shows(shell: &Shell) -> String {
    let hook = shell.hook("--prompt");
    let show = match shell.program {
        "bash" => {
            "__aws_mfa_ps1; printf '%s' \"$__aws_mfa_color$__aws_mfa_ps1${__aws_mfa_color:+\u{1b}[m}\""
        }
        "zsh" => "PROMPT=; __aws_mfa_ps1; print -rn -- ${(%)PROMPT}",
        _ => "__aws_mfa_ps1",
    };
    format!("{hook}{show}")
}

for_each_shell!(the_segment_has_the_account_and_the_time_left_in_a_color: bash, zsh, fish, pwsh);
fn the_segment_has_the_account_and_the_time_left_in_a_color(shell: &Shell) {
    let (_sts, home) = jane_fixture();
    let shown = |home: Home, expires_at: String| {
        let home = home
            .env("TERM", "xterm")
            .env(
                "AWS_MFA_ACCOUNT",
                "te\u{1b}]0;x\u{7}st$(touch evil)%n\u{202e}",
            )
            .env("AWS_MFA_EXPIRES_AT", expires_at);
        let outcome = shell.run(&home, &shows(shell)).success();
        assert_eq!(outcome.stderr, "");
        assert!(!home.path("evil").exists());
        outcome.text()
    };
    let account = "te0xsttoucheviln";
    for (left, color, text) in [
        (7290, "\u{1b}[32m", "2h1m"),
        (690, "\u{1b}[32m", "11m"),
        (590, "\u{1b}[33m", "9m"),
        (50, "\u{1b}[31m", "<1m"),
        (0, "\u{1b}[31m", "expired"),
    ] {
        let (_sts, home) = jane_fixture();
        let segment = shown(home, (aws_mfa_now() + left).to_string());
        let wanted = format!("{color}({account} {text}) ");
        assert!(segment.starts_with(&wanted), "{segment:?} {wanted:?}");
    }
    let (_sts, plain) = jane_fixture();
    let segment = shown(
        plain.env("NO_COLOR", "1"),
        (aws_mfa_now() + 3630).to_string(),
    );
    assert_eq!(segment.trim_end(), format!("({account} 1h0m)"));
    // No number, for arithmetic.
    for expires_at in ["a[$(touch evil)]", "08", "-5", "999999999999"] {
        let (_sts, home) = jane_fixture();
        assert_eq!(shown(home, expires_at.to_owned()), "", "{expires_at}");
    }
    shell.run(&home, &shows(shell)).success().prints("");
}

for_each_shell!(the_prompt_shows_the_session_and_the_status_of_the_last_command: bash, zsh, fish, pwsh);
fn the_prompt_shows_the_session_and_the_status_of_the_last_command(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let mut terminal = shell.start_with_hook(&home, "--prompt");
    sts.next(Fault::ShortSession(7290));
    terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
    terminal.expect("(test 2h1m) ");
    shell.ready(&mut terminal);
    terminal.press("sh -c 'exit 42'\r");
    terminal.expect("(test 2h1m) ");
    shell.ready(&mut terminal);
    let status = shell.interactive().status;
    shell.enter(
        &mut terminal,
        &format!("echo \"it was {status}\""),
        "it was 42",
    );
    // Loaded once more, it is there once.
    let hook = shell.hook("--prompt");
    shell.enter(&mut terminal, hook.trim_end(), "");
    terminal.press("echo mark''ed\r");
    terminal.expect("marked");
    shell.ready(&mut terminal);
    let text = terminal.text();
    let last = text.rsplit("marked").next().unwrap_or_default();
    assert_eq!(last.matches("(test 2h1m) ").count(), 1, "{last:?}");
    terminal.press("mfa off\r");
    terminal.expect("test: ended");
    shell.ready(&mut terminal);
    let text = terminal.text();
    let last = text.rsplit("test: ended").next().unwrap_or_default();
    assert!(!last.contains("(test"), "{last:?}");
}

#[test]
fn the_prompt_of_the_user_may_have_the_segment_elsewhere() {
    if !has("bash") {
        return;
    }
    let home = Home::empty(crate::harness::binary());
    let script = "PS1='a ${__aws_mfa_ps1} b'\neval \"$(aws-mfa init bash --prompt)\"\n\
                  eval \"$(aws-mfa init bash --prompt)\"\n__aws_mfa_ps1\n\
                  printf '%s|' \"$PS1\" \"${PROMPT_COMMAND[@]}\"\n\
                  PS1=mine\n__aws_mfa_ps1\n__aws_mfa_ps1\nprintf '%s' \"$PS1\"";
    let mut bash = home.command("bash");
    bash.args(["--noprofile", "--norc", "-uic", script]);
    home.run(&mut bash).success().prints(
        "a ${__aws_mfa_ps1} b|__aws_mfa_prompt; __aws_mfa_ps1|\
         \\[${__aws_mfa_color-}\\]${__aws_mfa_ps1-}\\[${__aws_mfa_color:+\\e[m}\\]mine",
    );
}

#[test]
fn a_shell_without_a_segment_refuses_the_option() {
    let home = Home::empty(crate::harness::binary());
    for shell in ["sh", "nushell", "elvish", "tcsh", "xonsh"] {
        home.aws_mfa(&["init", shell, "--prompt"])
            .ends_with(2)
            .prints("")
            .says("--prompt is for bash, zsh, fish and PowerShell")
            .says("help: omit --prompt");
    }
}

/// bash 3.2, whose `printf` does not know `%(…)T`.
fn old_bash(home: &Home) -> String {
    let hook = home.aws_mfa(&["init", "bash", "--prompt"]).success().text();
    let old = hook.replace("%(%s)T", "%y");
    assert_ne!(old, hook);
    home.write("old-hook", old);
    ". ~/old-hook\n".to_owned()
}

for_each_shell!(a_shell_without_a_clock_counts_from_its_start: bash);
fn a_shell_without_a_clock_counts_from_its_start(shell: &Shell) {
    let (sts, home) = jane_fixture();
    let lines = old_bash(&home);
    let mut terminal = shell.start(&home, &lines);
    sts.next(Fault::ShortSession(590));
    terminal.press(&format!("mfa test {}\r", sts.fresh_code(JANES_PHONE)));
    terminal.expect("the session of test has 9 min left; to renew it: mfa test");
    terminal.expect("(test 9m) ");
    shell.ready(&mut terminal);
    // A wrong clock ends no live session.
    terminal.press("SECONDS=100000\r");
    shell.ready(&mut terminal);
    shell.enter(&mut terminal, "mfa", "9 min left");
    assert!(
        !terminal.text().contains("has expired"),
        "{}",
        terminal.text()
    );
    // What is no number reaches no arithmetic.
    shell.enter(
        &mut terminal,
        "unset SECONDS; SECONDS='a[$(touch evil)]'",
        "",
    );
    shell.enter(&mut terminal, "", "");
    assert!(!home.path("evil").exists());
}
