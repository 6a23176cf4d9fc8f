//! Behind `exec ACCOUNT --`, and in the order in which accounts are shown.

use super::{BASH, FISH, Typist, ZSH, asked, enter, home};
use crate::harness::requirements::has;

/// What gives the program `own-tool` a completion of its own, and for bash what finds it.
const OWN: [(Typist, &str); 3] = [
    (
        BASH,
        ". /usr/share/bash-completion/bash_completion\ncomplete -W 'alpha-one beta-two' own-tool\n",
    ),
    (
        ZSH,
        "_own_tool() { compadd alpha-one beta-two }\ncompdef _own_tool own-tool\n",
    ),
    (FISH, "complete -c own-tool -f -a 'alpha-one beta-two'\n"),
];

#[test]
fn a_command_completes_as_it_does_by_itself() {
    for (typist, own) in OWN {
        if !has(typist.program) {
            continue;
        }
        let home = home();
        home.write_executable("teller/own-tool", "");
        let mut terminal = typist.start(&home, &format!("{own}{}", typist.hook()));
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
            enter(&mut terminal, &typist, keys, said);
        }
    }
}

#[test]
fn without_one_there_are_files() {
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
fn zsh_shows_accounts_first_and_each_in_a_line() {
    if !has("zsh") {
        return;
    }
    let home = home();
    let mut terminal = ZSH.start(&home, &ZSH.hook());
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
