//! What may stand in a text that is shown: the escape sequences, invisible characters and line ends of others, and
//! secrets in the wrong place.

use crate::harness::terminal::Terminal;
use crate::harness::{binary, jane_fixture};
use crate::support::home::Home;
use crate::support::sts::{Device, Fault, JANES_PHONE, OTHER_KEY_ID, SECRET};

/// One of each kind: soft hyphen, joiner, fillers that are as wide as a letter and blank, vowel separator, variation
/// selectors, annotation, musical beam, tag; each of them is invisible.
const INVISIBLE: &str = "\u{ad}\u{34f}\u{115f}\u{3164}\u{ffa0}\u{17b4}\u{180e}\u{fe0f}\u{fff9}\u{1d173}\u{e0041}\u{e0101}\u{2800}";

#[test]
fn an_invisible_character_of_any_kind_is_not_shown() {
    let (sts, home) = jane_fixture();
    sts.next(Fault::Refuse {
        status: 418,
        code: "Teapot",
        message: format!("he{INVISIBLE}llo"),
    });
    home.aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .ends_with(3)
        .says("Teapot: hello\n");
    let profile = format!(
        "[o{INVISIBLE}dd-mfa]\naws_access_key_id = {OTHER_KEY_ID}\naws_secret_access_key = x\n"
    );
    home.write(".aws/credentials", profile);
    let doctor = home.aws_mfa(&["doctor"]).text();
    assert!(doctor.contains("profile odd-mfa has a key"), "{doctor}");
    assert!(!doctor.contains(|c| INVISIBLE.contains(c)), "{doctor}");
}

#[test]
fn a_value_with_line_ends_begins_no_line_of_its_own() {
    let (_sts, home) = jane_fixture();
    let forged = "x\nerror: MFA expired\nMFA code for prod: ";
    let run = |home: &Home, words: &[&str]| {
        let said = home.aws_mfa(words).stderr;
        assert!(
            said.contains("aws-mfa: ") || said.contains("MFA expired"),
            "{words:?}: {said}"
        );
        let is_own = |line: &str| line.starts_with("error: MFA") || line.starts_with("MFA code");
        assert!(!said.lines().any(is_own), "{words:?}: {said}");
    };
    run(&home, &["env", forged, "123456"]);
    run(&home, &[forged]);
    run(&home, &["env", "--shell", forged]);
    run(&home, &["env", "test", "--duration", forged]);
    run(&home, &["--config", forged, "list"]);
    let held = home
        .env("AWS_MFA_ACCOUNT", forged)
        .env("AWS_MFA_EXPIRES_AT", "9999999999");
    run(&held, &["env", "123456"]);
    let (_sts, home) = jane_fixture();
    run(
        &home.env("AWS_ENDPOINT_URL_STS", forged),
        &["env", "test", "123456"],
    );
}

#[test]
fn an_argument_is_shown_without_control_and_invisible_characters() {
    let (_sts, home) = jane_fixture();
    let home = home.env("ODD", "ba\x1b[41ms\u{202e}\u{200b}h\nhelp: run evil");
    for words in [
        "\"$ODD\"",
        "env --shell \"$ODD\"",
        "--\"$ODD\"",
        "env test --duration \"$ODD\"",
        "list \"$ODD\"",
    ] {
        let mut terminal = Terminal::script(home.command("sh"), &format!("aws-mfa {words}"));
        terminal.expect("ended=2.");
        let said = terminal.text();
        assert!(said.contains("[41msh"), "{words}: {said:?}");
        assert!(!said.contains("\x1b[41m"), "{words}: {said:?}");
        assert!(
            !said.contains(['\u{202e}', '\u{200b}']),
            "{words}: {said:?}"
        );
        assert!(!said.contains("\nhelp: run"), "{words}: {said:?}");
    }
    // Without these characters it would be another command line.
    home.aws_mfa(&["li\u{200b}st"])
        .ends_with(2)
        .says("an argument contains a control or invisible character");
}

#[test]
fn a_secret_in_the_wrong_place_is_not_shown_by_any_command() {
    for setting in [
        "region",
        "role_arn",
        "mfa_serial",
        "endpoint_url",
        "ca_bundle",
        "source_profile",
    ] {
        let (_sts, home) = jane_fixture();
        home.write(
            ".aws/credentials",
            format!("[x-mfa]\naws_access_key_id = {OTHER_KEY_ID}\naws_secret_access_key = {SECRET}\n{setting} = {SECRET}\n"),
        );
        home.write(
            ".config/aws-mfa/config.toml",
            "[accounts.x]\nmfa_command = \"echo 123456\"\n",
        );
        home.write(".aws/config", "");
        for words in [
            &["list"][..],
            &["list", "--json"],
            &["env", "x", "123456", "-vv"],
            &["save", "x", "-vv"],
            &["doctor"],
            &["setup", "--dry-run", "--shell", "bash"],
        ] {
            let outcome = home.aws_mfa(words);
            let said = outcome.text() + &outcome.stderr;
            assert!(!said.contains(SECRET), "{setting}, {words:?}: {said}");
        }
    }
}

#[test]
fn a_message_of_aws_of_any_length_is_shown_in_part() {
    let (sts, home) = jane_fixture();
    sts.next(Fault::Refuse {
        status: 418,
        code: "Teapot",
        message: "no ".repeat(10_000),
    });
    let said = home
        .aws_mfa(&["env", "test", &sts.fresh_code(JANES_PHONE)])
        .ends_with(3)
        .stderr;
    assert!(said.contains("Teapot: no no"), "{said}");
    assert!(said.len() < 2000, "{} bytes", said.len());
}

#[test]
fn a_device_with_a_name_that_none_can_have_is_not_offered() {
    let (sts, home) = jane_fixture();
    sts.with(|state| {
        state.world.users[1].devices.extend([
            Device::new("arn:aws:iam::123456789012:mfa/o\u{202e}d\u{ad}d"),
            Device::new("arn:aws:iam::123456789012:mfa/watch"),
        ]);
    });
    let said = home.aws_mfa(&["env", "joe", "123456"]).ends_with(2).stderr;
    assert!(said.contains("mfa/watch"), "{said}");
    assert!(!said.contains("dd") && !said.contains('\u{202e}'), "{said}");
}

#[test]
fn a_dumb_terminal_gets_no_escape_sequence() {
    let (sts, home) = jane_fixture();
    let home = home.env("TERM", "dumb");
    sts.next(Fault::Slow);
    let code = sts.fresh_code(JANES_PHONE);
    // An error, a request that takes a while, several accounts to choose from, a code that was used.
    let lines = format!(
        "aws-mfa env nobody; aws-mfa env test {code} > out; aws-mfa env > out; aws-mfa env test --fresh > out"
    );
    let mut terminal = Terminal::script(home.command("sh"), &lines);
    terminal.expect("waiting for STS");
    terminal.expect("help: name one: joe, prod, test");
    terminal.expect("MFA code for test");
    terminal.press(&format!("{code}\r"));
    terminal.expect("The next code comes in ");
    let said = terminal.text();
    assert!(!said.contains('\x1b'), "{said:?}");
}

#[test]
fn a_line_that_is_replaced_is_no_longer_than_the_terminal_is_wide() {
    let (sts, home) = jane_fixture();
    sts.next(Fault::Slow);
    let code = sts.fresh_code(JANES_PHONE);
    let lines =
        format!("stty cols 20; aws-mfa env test {code} > out; aws-mfa env test --fresh > out");
    let mut terminal = Terminal::script(home.command("sh"), &lines);
    terminal.expect("aws-mfa: waiting f…\r\x1b[K");
    terminal.expect("MFA code for test");
    terminal.press(&format!("{code}\r"));
    terminal.expect("\r\x1b[KThe next code come…");
}

#[test]
fn color_never_is_obeyed_by_usage_errors_and_lists_too() {
    let (_sts, home) = jane_fixture();
    for (options, color) in [
        ("", true),
        ("--color never", false),
        ("--color=never", false),
        ("--color always 2>&1 | cat", true),
    ] {
        let line = format!("aws-mfa --bogus {options}");
        let mut terminal = Terminal::script(home.command("sh"), &line);
        terminal.expect("ended=");
        let said = terminal.text();
        assert!(said.contains("'--bogus") || color, "{line}: {said:?}");
        assert_eq!(said.contains("\x1b["), color, "{line}: {said:?}");
    }
    for (options, color) in [("", true), ("--color never", false)] {
        let line = format!("aws-mfa env {options} > out");
        let mut terminal = Terminal::script(home.command("sh"), &line);
        terminal.expect("test");
        terminal.expect("Esc to cancel");
        terminal.press("\x03");
        terminal.expect("ended=130.");
        let said = terminal.text();
        assert_eq!(said.contains("\x1b[38;"), color, "{line}: {said:?}");
    }
}

#[test]
fn help_and_version_that_cannot_be_written_are_failures() {
    let (_sts, home) = jane_fixture();
    for words in ["--help", "--version", "env --help", "help save"] {
        let line = format!("aws-mfa {words} > /dev/full");
        home.run(home.command("sh").args(["-c", &line]))
            .ends_with(1)
            .says("could not write to standard output: ");
        // A reader that has seen enough is none.
        let line = format!("set -o pipefail; aws-mfa {words} | head -c 1 > /dev/null");
        home.run(home.command("bash").args(["-c", &line])).success();
    }
}

#[test]
fn setup_writes_no_invisible_character_into_a_comment() {
    let (_sts, home) = jane_fixture();
    home.write(
        ".aws/credentials",
        format!("[o\u{1b}d\u{202e}d-mfa]\naws_access_key_id = {OTHER_KEY_ID}\naws_secret_access_key = {SECRET}\n"),
    );
    home.write(".config/aws-mfa/config.toml", "");
    home.aws_mfa(&["setup", "--yes", "--shell", "bash"])
        .success();
    let config = home.read(".config/aws-mfa/config.toml");
    assert!(
        config.contains("# profile o dd-mfa has a key, and no account can be called o dd\n"),
        "{config}"
    );
    let accounts = home.aws_mfa(&["list", "--json"]).success().text();
    assert!(
        accounts.contains(r#""source_profile":"o\u001bd\u202ed-mfa""#),
        "{accounts}"
    );
}

#[test]
fn an_own_message_of_several_lines_is_shown_as_it_is() {
    let (_sts, home) = jane_fixture();
    home.write(".aws/credentials", "");
    let setup = ["setup", "--yes", "--shell", "bash"];
    home.write(".config/aws-mfa/config.toml", "");
    home.aws_mfa(&setup)
        .ends_with(2)
        .says("\n  2. Put the key into ~/.aws/credentials. For an account called `test`:\n       [test-mfa]\n");
    // An account that cannot be added to what is there.
    home.write(
        ".aws/credentials",
        format!(
            "[o d-mfa]\naws_access_key_id = {OTHER_KEY_ID}\naws_secret_access_key = {SECRET}\n"
        ),
    );
    home.write(
        ".config/aws-mfa/config.toml",
        "accounts = { test = { region = \"eu-west-1\" } }\r\n\n",
    );
    home.aws_mfa(&setup)
        .ends_with(2)
        .says("help: add this yourself:\n  [accounts.o-d]\n");
}

#[test]
fn a_failure_at_a_terminal_prints_no_statement_there() {
    let (_sts, home) = jane_fixture();
    for (words, status) in [("env nobody 1", 2), ("env --bogus", 2), ("off --bogus", 2)] {
        let mut terminal = Terminal::script(home.command("sh"), &format!("aws-mfa {words}"));
        terminal.expect(&format!("ended={status}."));
        assert!(!terminal.text().contains("(exit"), "{}", terminal.text());
    }
    let mut terminal = Terminal::script(home.command("sh"), "trap : INT; aws-mfa env test");
    terminal.expect("MFA code for test");
    terminal.press("\x03");
    terminal.expect("ended=130.");
    assert!(!terminal.text().contains("(exit"), "{}", terminal.text());
}

#[test]
fn a_home_without_accounts_is_told_the_first_step() {
    let home = Home::empty(binary());
    for words in [&["list"][..], &["env"], &["env", "test", "123456"]] {
        home.aws_mfa(words)
            .says("`aws-mfa setup` shows how to create the first one");
    }
}
