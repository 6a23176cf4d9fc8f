//! Asking for the code: at the terminal while a shell captures the output, on standard input, or
//! not at all.

use std::os::unix::process::ExitStatusExt as _;

use crate::harness::janes_world;
use crate::harness::terminal::Terminal;
use crate::support::home::Home;
use crate::support::sts::{Fault, JANES_PHONE};

/// A shell script at a terminal.
fn script(home: &Home, text: &str) -> Terminal {
    Terminal::start(home.command("sh").args(["-c", text]))
}

#[test]
fn the_terminal_is_asked_while_standard_input_and_output_are_captured() {
    let (sts, home) = janes_world();
    let mut terminal = script(
        &home,
        "out=$(aws-mfa env test </dev/null); echo status=$?; eval \"$out\"; echo \"key=${AWS_ACCESS_KEY_ID%${AWS_ACCESS_KEY_ID#ASIA}}\"",
    );
    terminal.expect(&format!("MFA code for test ({JANES_PHONE}): "));
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("status=0");
    terminal.expect("key=ASIA");
    assert!(terminal.end().success());
}

#[test]
fn spaces_in_a_code_are_no_mistake() {
    let (sts, home) = janes_world();
    let mut terminal = script(&home, "aws-mfa env test > /dev/null; echo status=$?");
    terminal.expect("MFA code for test");
    let code = sts.fresh_code(JANES_PHONE);
    terminal.press(&format!(" {} {}\n", &code[..3], &code[3..]));
    terminal.expect("status=0");

    let code = sts.fresh_code(JANES_PHONE);
    home.aws_mfa(&["env", "test", &code[..3], &code[3..]])
        .success();
    let code = sts.fresh_code(JANES_PHONE);
    home.aws_mfa(&["env", "test", &format!("{} {}", &code[..3], &code[3..])])
        .success();
}

#[test]
fn what_is_no_code_or_is_refused_is_asked_for_again() {
    let (sts, home) = janes_world();
    let mut terminal = script(&home, "aws-mfa env test > out; echo status=$?");
    terminal.expect("MFA code for test");
    terminal.press("12345\n");
    terminal.expect("the MFA code has 5 digits; it has six");
    terminal.expect("MFA code for test");
    terminal.press("000000\n");
    terminal.expect("AWS refused the MFA code for account test");
    terminal.expect("MFA code for test");
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    terminal.expect("status=0");
    assert!(
        std::fs::read_to_string(home.path("out"))
            .unwrap()
            .contains("AWS_SESSION_TOKEN")
    );
}

#[test]
fn the_third_refusal_is_the_last() {
    let (sts, home) = janes_world();
    let mut terminal = script(&home, "aws-mfa env test > out; echo status=$?");
    for _ in 0..3 {
        terminal.expect("MFA code for test");
        terminal.press("000000\n");
    }
    terminal.expect("status=3");
    assert_eq!(sts.count("GetSessionToken"), 3);
    assert_eq!(
        std::fs::read_to_string(home.path("out")).unwrap(),
        "(exit 3);\n"
    );
}

#[test]
fn interrupting_is_130_and_leaves_the_terminal_as_it_was() {
    let (sts, home) = janes_world();
    // The trap keeps the script alive to tell the tale; the program itself has no such luck.
    let tale = "trap : INT; stty -a > before; aws-mfa env test </dev/null > out; echo status=$?; stty -a > after";
    let mut terminal = script(&home, tale);
    terminal.expect("MFA code for test");
    terminal.press("12\x03");
    terminal.expect("status=130");
    assert!(terminal.end().success());
    let read = |name: &str| std::fs::read_to_string(home.path(name)).unwrap();
    assert_eq!(read("before"), read("after"));
    assert_eq!(read("out"), "(exit 130);\n");
    assert_eq!(sts.count("GetSessionToken"), 0);

    // Scripts stop, because the program ends as SIGINT ends programs.
    let mut terminal = Terminal::start(home.command("aws-mfa").args(["env", "test"]));
    terminal.expect("MFA code for test");
    terminal.press("\x03");
    assert_eq!(terminal.end().signal(), Some(2));
}

#[test]
fn interrupting_an_interactive_shell_keeps_its_old_session() {
    let (_sts, home) = janes_world();
    let home = home
        .env("AWS_ACCESS_KEY_ID", "ASIAOLDOLDOLDOLDOLDO")
        .env("PS1", "$ ");
    let mut terminal = Terminal::start(home.command("bash").args(["--noprofile", "--norc", "-i"]));
    terminal.expect("$ ");
    terminal.press("eval \"$(aws-mfa env test)\"\n");
    terminal.expect("MFA code for test");
    terminal.press("\x03");
    terminal.expect("$ ");
    terminal.press("echo \"status=$? key=$AWS_ACCESS_KEY_ID\"\n");
    terminal.expect("status=130 key=ASIAOLDOLDOLDOLDOLDO");
}

#[test]
fn interrupting_a_request_ends_it_at_once() {
    let (sts, home) = janes_world();
    sts.next(Fault::Hang);
    let mut terminal = script(&home, "trap : INT; aws-mfa env test > out; echo status=$?");
    terminal.expect("MFA code for test");
    terminal.press(&format!("{}\n", sts.fresh_code(JANES_PHONE)));
    // Until the request is under way.
    let start = std::time::Instant::now();
    while sts.count("GetSessionToken") == 0 {
        assert!(start.elapsed().as_secs() < 10, "no request was made");
        std::thread::yield_now();
    }
    terminal.press("\x03");
    terminal.expect("status=130");
    assert!(start.elapsed().as_secs() < 10);
}

#[test]
fn nothing_typed_is_no_code() {
    let (sts, home) = janes_world();
    for keys in ["\n", "\x04"] {
        let mut terminal = script(&home, "aws-mfa env test > out; echo status=$?");
        terminal.expect("MFA code for test");
        terminal.press(keys);
        terminal.expect("no MFA code was given");
        terminal.expect("status=5");
    }
    assert_eq!(sts.log().len(), 0);
}

#[test]
fn without_a_terminal_there_is_no_code() {
    let (sts, home) = janes_world();
    home.aws_mfa(&["env", "test"])
        .ends_with(5)
        .says("could not ask for the MFA code of account test: there is no terminal")
        .says("help: give the code: aws-mfa env test CODE");
    assert_eq!(sts.log().len(), 0);
}

#[test]
fn a_dash_reads_the_code_from_standard_input() {
    let (sts, home) = janes_world();
    let code = sts.fresh_code(JANES_PHONE);
    let piped = |text: &str| {
        let words = format!("printf '{text}' | aws-mfa env test -");
        home.run(home.command("sh").args(["-c", &words]))
    };
    let outcome = piped(&format!("{code}\\n")).success();
    assert!(outcome.text().contains("AWS_SESSION_TOKEN"));
    piped("").ends_with(5).says("standard input is empty");
    piped("12345\\n").ends_with(2).says("has 5 digits");
}

#[test]
fn an_account_is_picked_at_the_terminal() {
    let (sts, home) = janes_world();
    let mut terminal = script(
        &home,
        "out=$(aws-mfa env </dev/null); echo status=$?; eval \"$out\"; echo account=$AWS_MFA_ACCOUNT",
    );
    terminal.expect("account:");
    terminal.expect("210987654321 as Admin");
    // What is typed filters: of joe, prod and test this is one.
    terminal.press("prd");
    terminal.expect("prd");
    terminal.press("\r");
    terminal.expect("MFA code for prod");
    terminal.press(&format!("{}\r", sts.fresh_code(JANES_PHONE)));
    terminal.expect("status=0");
    terminal.expect("account=prod");
}

#[test]
fn picking_none_is_no_session() {
    let (sts, home) = janes_world();
    let tale = "trap : INT; stty -a > before; aws-mfa env > out; echo status=$?; stty -a > after";
    for (key, status) in [("\x1b", "status=5"), ("\x03", "status=130")] {
        let mut terminal = script(&home, tale);
        terminal.expect("account:");
        terminal.press(key);
        terminal.expect(status);
        assert!(terminal.end().success());
        let read = |name: &str| std::fs::read_to_string(home.path(name)).unwrap();
        assert_eq!(read("before"), read("after"));
        assert_eq!(read("out"), format!("(exit {});\n", &status[7..]));
    }
    assert_eq!(sts.log().len(), 0);
}
