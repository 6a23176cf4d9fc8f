//! Messages for the user, on standard error: information, warnings, failures.

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

    /// For a command line that could not be understood.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            quiet: false,
            verbose: 0,
            color: false,
        }
    }

    /// Something good to know; not with `--quiet`.
    pub fn info(&self, text: &str) {
        if !self.quiet {
            say(&format!("aws-mfa: {}", printable(text)));
        }
    }

    /// A part of a longer report, as it stands; not with `--quiet`.
    pub fn print(&self, text: &str) {
        if !self.quiet {
            say(&printable(text));
        }
    }

    /// Something that is probably not as meant; not with `--quiet`.
    pub fn warn(&self, text: &str) {
        if !self.quiet {
            let label = self.paint("warning:", "33");
            say(&format!("aws-mfa: {label} {}", printable(text)));
        }
    }

    /// Something for `-v`: what was chosen and why. Never a secret.
    pub fn detail(&self, text: impl FnOnce() -> String) {
        if self.verbose > 0 {
            say(&format!("aws-mfa: {}", printable(&text())));
        }
    }

    /// Something for `-vv`: how it went. Never a secret.
    pub fn trace(&self, text: impl FnOnce() -> String) {
        if self.verbose > 1 {
            say(&format!("aws-mfa: {}", printable(&text())));
        }
    }

    /// Says what is waited for, if it takes longer than a person takes for at once, and takes that
    /// back in the end. Only where somebody looks.
    pub(crate) async fn while_waiting<T>(self, what: &str, future: impl Future<Output = T>) -> T {
        const AT_ONCE: Duration = Duration::from_millis(400);
        if self.quiet || !std::io::stderr().is_terminal() {
            return future.await;
        }
        let mut future = std::pin::pin!(future);
        if let Ok(done) = tokio::time::timeout(AT_ONCE, &mut future).await {
            return done;
        }
        let mut stderr = std::io::stderr();
        let _ = write!(stderr, "aws-mfa: waiting for {} …", printable(what));
        let done = future.await;
        // Back to the start of the line, and clear it.
        let _ = write!(stderr, "\r\x1b[K");
        done
    }

    /// Why it did not work and what to do next.
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
        say(&text);
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

/// Standard error may be closed; that must not end the program, as `eprintln!` would.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The text without what could steer a terminal: control characters and the marks that turn the
/// direction of writing. Line feeds stay.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(steers) {
        text.replace(steers, "").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_steers_a_terminal_is_taken_out() {
        assert_eq!(printable("a\x1b[31mb\u{202e}c\r\n"), "a[31mbc\n");
        assert!(matches!(printable("plain"), std::borrow::Cow::Borrowed(_)));
    }
}
