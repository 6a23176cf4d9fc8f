//! The help page of the hook's command.

use std::fmt::Write as _;

/// The page that `mfa --help` shows: what one types every day, and how to get more. `command` is the name of the
/// command.
#[must_use]
pub fn page(command: &str) -> String {
    let lines = |rows: &[(&str, &str)]| {
        let words = |words: &str| match words {
            "aws-mfa --help" => words.to_owned(),
            "" => command.to_owned(),
            _ => format!("{command} {words}"),
        };
        let width = rows.iter().map(|row| words(row.0).len()).max();
        let width = width.unwrap_or_default();
        rows.iter().fold(String::new(), |mut text, (typed, does)| {
            let _ = writeln!(text, "  {:width$}  {does}", words(typed));
            text
        })
    };
    let daily = lines(&[
        ("ACCOUNT [CODE]", "load a session; asks for the MFA code"),
        ("", "show this shell's session, or pick an account"),
        ("-", "go back to the account before"),
        ("off", "end the session"),
        ("list", "list the accounts"),
        ("status", "show this shell's session"),
        ("save ACCOUNT", "save a session for `aws --profile`"),
        ("exec ACCOUNT -- COMMAND", "run one command with a session"),
    ]);
    let more = lines(&[
        (
            "ACCOUNT --help",
            "the options of a session, such as --fresh",
        ),
        ("save --help", "the same for save, exec and the others"),
        ("aws-mfa --help", "every command and the exit status"),
    ]);
    format!(
        "Load a session of an AWS account into this shell\n\nUsage:\n{daily}\nExample:\n  {command} test 123456\n\nMore:\n{more}"
    )
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn the_page_is_about_the_command_under_its_name_and_fits_80_columns() {
        for command in ["mfa", "session"] {
            let page = page(command);
            assert!(page.contains(&format!("\n  {command} off ")), "{page}");
            assert!(page.contains("\n  aws-mfa --help "), "{page}");
            assert!(
                page.lines().all(|line| line.chars().count() <= 80),
                "{page}"
            );
        }
        assert!(!page("session").replace("aws-mfa", "").contains("mfa"));
    }
}
