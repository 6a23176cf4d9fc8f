//! What reports look like at a terminal: they fit its width, break no word, and show in colors what matters.

use crate::harness::jane_fixture;
use crate::harness::terminal::Terminal;
use crate::support::home::Home;
use crate::support::sts::{Fault, JANES_PHONE};

/// A home in which the shell's session of `test` has so many seconds left, and an account that cannot be used.
fn home_with_session(seconds: i64) -> (Home, String) {
    let (sts, home) = jane_fixture();
    home.write(
        ".config/aws-mfa/config.toml",
        "[accounts.test]\nalias = \"t\"\n[accounts.broken]\nsource_profile = \"absent\"\n",
    );
    sts.next(Fault::ShortSession(seconds));
    let code = sts.fresh_code(JANES_PHONE);
    let statements = home.aws_mfa(&["env", "--shell", "sh", "test", &code]);
    home.write("session", statements.success().text());
    (home, ". ./session".to_owned())
}

/// What a script shows at a terminal that is so many columns wide.
fn shown(home: &Home, columns: usize, script: &str) -> String {
    let script = format!("stty cols {columns}; {script}");
    let mut terminal = Terminal::script(home.command("sh"), &script);
    terminal.expect("ended=");
    let text = terminal.text().replace('\r', "");
    text.split("ended=").next().unwrap().to_owned()
}

#[test]
fn a_report_fits_the_terminal_and_breaks_no_word() {
    let (home, load) = home_with_session(7230);
    let words = |text: &str| -> Vec<String> {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.sort();
        words
    };
    for report in [
        "list",
        "status",
        "doctor 2> messages",
        "setup --dry-run --shell bash",
    ] {
        let script = format!("{load}; NO_COLOR=1 aws-mfa {report}");
        let wide = shown(&home, 1000, &script);
        for columns in [50, 80] {
            let narrow = shown(&home, columns, &script);
            for line in narrow.lines() {
                // A word that is wider than the room is not broken either.
                let last = line
                    .rsplit(' ')
                    .next()
                    .map_or(0, |word| word.chars().count());
                assert!(
                    line.chars().count() <= columns || last > columns - 28,
                    "{report}, {columns} columns: {line}"
                );
            }
            // Titles of a table may become labels, but of the rest nothing is missing.
            if report != "list" {
                assert_eq!(words(&narrow), words(&wide), "{report}, {columns} columns");
            }
        }
    }
    let list = shown(&home, 80, &format!("{load}; NO_COLOR=1 aws-mfa list"));
    assert_eq!(
        list,
        "ACCOUNT  ALIAS  LEADS TO      KEY IN         DEFINED BY   SAVES TO  SESSION\n\
         \x20                             PROFILE\n\
         broken   ! could not find the source profile absent of account broken\n\
         joe             not known     joe-long-term  key profile  joe\n\
         \x20               yet\n\
         test     t      123456789012  test-mfa       config.toml  test      2 h 0 min\n\
         \x20                                                                   left in this\n\
         \x20                                                                   shell\n"
    );
}

#[test]
fn a_report_shows_in_colors_what_is_live_what_ends_and_what_is_wrong() {
    const GREEN: &str = "\x1b[32m";
    const YELLOW: &str = "\x1b[33m";
    const RED: &str = "\x1b[31m";
    for (seconds, color) in [(7230, GREEN), (590, YELLOW)] {
        let (home, load) = home_with_session(seconds);
        let left = if seconds > 600 { "2 h 0 min" } else { "9 min" };
        let list = shown(&home, 120, &format!("{load}; aws-mfa list"));
        assert!(
            list.contains(&format!("{color}{left} left in this shell\x1b[0m\n")),
            "{list:?}"
        );
        assert!(
            list.contains(&format!(
                "{RED}! could not find the source profile absent of account broken\x1b[0m\n"
            )),
            "{list:?}"
        );
        let status = shown(&home, 120, &format!("{load}; aws-mfa status"));
        assert!(
            status.starts_with(&format!("test: {color}{left} left\x1b[0m, until 2")),
            "{status:?}"
        );
        let doctor = shown(&home, 120, "aws-mfa doctor");
        assert!(
            doctor.contains(&format!("{RED}problem \x1b[0m account")),
            "{doctor:?}"
        );
        assert!(
            doctor.contains(&format!("{GREEN}ok      \x1b[0m ")),
            "{doctor:?}"
        );

        for (script, is_colored) in [
            ("NO_COLOR=1 aws-mfa list", false),
            ("aws-mfa list --color never", false),
            ("aws-mfa list | cat", false),
            ("TERM=dumb aws-mfa list", false),
            ("aws-mfa list --color always | cat", true),
            ("NO_COLOR=1 aws-mfa list --color always", true),
            ("NO_COLOR= aws-mfa list", true),
        ] {
            let text = shown(&home, 120, &format!("{load}; {script}"));
            assert_eq!(text.contains('\x1b'), is_colored, "{script}: {text:?}");
        }
    }
}
