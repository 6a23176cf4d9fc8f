//! After `exec ACCOUNT --`, and in the order in which accounts are shown.

use super::{asked, enter, home, registered_functions, start};
use crate::harness::cases::for_each_case;
use crate::harness::shells::installed;

for_each_case! { a_command_completes_as_it_does_by_itself:
    bash(
        "bash",
        ". /usr/share/bash-completion/bash_completion\ncomplete -W 'alpha-one beta-two' own-tool\n",
    ),
    zsh("zsh", "_own_tool() { compadd alpha-one beta-two }\ncompdef _own_tool own-tool\n"),
    fish("fish", "complete -c own-tool -f -a 'alpha-one beta-two'\n"),
}
/// `own` gives the program `own-tool` a completion of its own.
fn a_command_completes_as_it_does_by_itself(program: &str, own: &str) {
    let Some(shell) = installed(program) else {
        return;
    };
    let home = home();
    home.write_executable("teller/own-tool", "");
    let lines = format!("{own}{}", registered_functions(shell));
    let mut terminal = start(shell, &home, &lines);
    for (keys, said) in [
        (
            "aws-mfa exec test -- own-tool al",
            "ran [exec] [test] [--] [own-tool] [alpha-one]",
        ),
        (
            "mfa exec test -- own-tool be",
            "ran [mfa] [exec] [test] [--] [own-tool] [beta-two]",
        ),
        (
            "mfa -q exec test -- own-t",
            "ran [mfa] [-q] [exec] [test] [--] [own-tool]",
        ),
    ] {
        enter(&mut terminal, shell, keys, said);
    }
}

#[test]
fn a_command_without_a_completion_completes_files() {
    let home = home();
    home.write("CHANGES.txt", "");
    home.write(".hidden", "");
    let of = |words: &[&str]| {
        let all = [&["mfa", "exec", "test", "--"], words].concat();
        asked(&home, "elvish", &all).text()
    };
    assert_eq!(of(&["cat", "CH"]), "CHANGES.txt\t\n");
    assert_eq!(of(&["cat", "x", "CH"]), "CHANGES.txt\t\n");
    assert_eq!(of(&["cat", ".hid"]), ".hidden\t\n");
    let all = of(&["cat", ""]);
    assert!(all.contains("CHANGES.txt\t\n"), "{all}");
    assert!(!all.lines().any(|line| line == ".\t"), "{all}");
}

#[test]
fn the_account_before_is_offered_after_the_accounts() {
    let home = home()
        .env("AWS_MFA_ACCOUNT", "test")
        .env("__aws_mfa_previous", "test prod");
    let of = |words: &[&str]| asked(&home, "fish", words).text();
    let offered = of(&["mfa", ""]);
    let names: Vec<&str> = offered
        .lines()
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    assert_eq!(names[..4], ["dev@eu+1.x", "prod", "test", "-"], "{offered}");
    assert!(offered.contains("\n-\tback to prod\n"), "{offered}");
    for words in [
        &["mfa", "t"][..],
        &["mfa", "save", ""],
        &["aws-mfa", "env", ""],
    ] {
        assert!(!of(words).contains("back to"), "{words:?}: {}", of(words));
    }
}

#[test]
fn zsh_shows_accounts_first_and_each_in_a_line() {
    let Some(zsh) = installed("zsh") else {
        return;
    };
    let home = home();
    let mut terminal = start(zsh, &home, &registered_functions(zsh));
    terminal.press("mfa \t");
    // Two accounts lead to the same place, and stay two lines.
    let lines = [
        "dev@eu+1.x  -- 123456789012",
        "prod        -- 210987654321 as Admin",
        "test        -- 123456789012",
        "save ",
    ];
    for line in lines {
        terminal.expect(line);
    }
}
