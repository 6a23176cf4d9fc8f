//! Messages for the user, on standard error: information, warnings, failures. Standard output is never written
//! to here: a shell may evaluate it.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt::Write as _;
use std::future::Future;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use crate::error::{ErrorKind, Failure};
use clap::ValueEnum;

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
            print_line(&format!("aws-mfa: {}", printable(text)));
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
            print_line(&format!("aws-mfa: {label} {}", printable(text)));
        }
    }

    /// Prints a decision of the program and its reason, at `-v`. `text` must contain no secret.
    pub fn detail(&self, text: impl FnOnce() -> String) {
        if self.verbose > 0 {
            print_line(&format!("aws-mfa: {}", printable(&text())));
        }
    }

    /// Prints a step of the program, at `-vv`. `text` must contain no secret.
    pub fn trace(&self, text: impl FnOnce() -> String) {
        if self.verbose > 1 {
            print_line(&format!("aws-mfa: {}", printable(&text())));
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
            printable(&failure.to_string())
        );
        for hint in failure.hints() {
            let _ = write!(text, "\n{} {}", self.paint("help:", "36"), printable(hint));
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

/// The text without the characters that control a terminal: control characters other than line feeds, and the
/// Unicode marks that change the direction of writing.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let is_control = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(is_control) {
        text.replace(is_control, "").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn printable_removes_control_characters() {
        assert_eq!(printable("a\x1b[31mb\u{202e}c\r\n"), "a[31mbc\n");
        assert!(matches!(printable("plain"), std::borrow::Cow::Borrowed(_)));
    }
}
