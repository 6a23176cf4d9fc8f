//! The findings, as text and as JSON.

use std::fmt::Write as _;

use serde_json::json;

use super::super::first_line;
use crate::aws::url;
use crate::console::{printable, printable_json, without_secrets};
use crate::context::Context;
use crate::error::Failure;
use crate::layout::{Layout, Tone};

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Ok,
    Warning,
    Problem,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }

    const fn tone(self) -> Tone {
        match self {
            Self::Ok => Tone::Good,
            Self::Warning => Tone::Warning,
            Self::Problem => Tone::Bad,
        }
    }
}

/// The result of one check.
#[derive(Debug)]
struct Finding {
    check: &'static str,
    level: Level,
    text: String,
    fix: Option<String>,
}

/// The findings, in the order in which they are printed.
#[derive(Debug, Default)]
pub(super) struct Report(Vec<Finding>);

impl Report {
    /// Adds a finding that needs no fix.
    pub(super) fn ok(&mut self, check: &'static str, text: impl Into<String>) {
        self.add(check, Level::Ok, text.into(), None);
    }

    /// Adds a finding that works, but probably not as intended.
    pub(super) fn warning(
        &mut self,
        check: &'static str,
        text: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add(check, Level::Warning, text.into(), Some(fix.into()));
    }

    /// Adds a finding that does not work.
    pub(super) fn problem(
        &mut self,
        check: &'static str,
        text: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.add(check, Level::Problem, text.into(), Some(fix.into()));
    }

    /// Adds a failure that a command would meet. Only the first line of its message is added, since others may quote a
    /// file; `default_fix` is used if the failure has no `help:`.
    pub(super) fn failure(&mut self, check: &'static str, failure: &Failure, default_fix: &str) {
        let text = first_line(&failure.to_string()).to_owned();
        let fix = failure.next_step().unwrap_or(default_fix).to_owned();
        self.add(check, Level::Problem, text, Some(fix));
    }

    fn add(&mut self, check: &'static str, level: Level, text: String, fix: Option<String>) {
        self.0.push(Finding {
            check,
            level,
            text,
            fix,
        });
    }

    pub(super) fn has_problem(&self) -> bool {
        self.0.iter().any(|finding| finding.level == Level::Problem)
    }

    /// The findings, one line each, and below it one for the fix, then their number; with `quiet`, only the problems.
    pub(super) fn describe(&self, context: &Context, layout: &Layout, quiet: bool) -> String {
        const TEXT: usize = 23;
        let mut text = String::new();
        for finding in &self.0 {
            if quiet && finding.level != Level::Problem {
                continue;
            }
            let line = shareable(&finding.text, context).replace('\n', " ");
            let level = format!("{:<8}", finding.level.as_str());
            let level = layout.paint(&level, finding.level.tone());
            let indent = layout.hanging(TEXT);
            let line = layout.fold(&line, TEXT, indent);
            let _ = writeln!(text, "{level} {:<13} {line}", finding.check);
            if let Some(fix) = &finding.fix {
                let more = indent + "fix: ".len();
                let fix = shareable(fix, context).replace('\n', &format!("\n{:more$}", ""));
                let fix = layout.fold(&fix, more, more);
                let _ = writeln!(text, "{:indent$}fix: {fix}", "");
            }
        }
        if !quiet {
            let count = |level, name: &str| match self.count(level) {
                0 => format!("no {name}s"),
                1 => format!("1 {name}"),
                number => format!("{number} {name}s"),
            };
            let problems = count(Level::Problem, "problem");
            let warnings = count(Level::Warning, "warning");
            let worst = [Level::Problem, Level::Warning]
                .into_iter()
                .find(|level| self.count(*level) > 0);
            let summary = format!("{problems}, {warnings}");
            let tone = worst.unwrap_or(Level::Ok).tone();
            let _ = writeln!(text, "\n{}", layout.paint(&summary, tone));
        }
        text
    }

    fn count(&self, level: Level) -> usize {
        let of_level = self.0.iter().filter(|finding| finding.level == level);
        of_level.count()
    }

    pub(super) fn json(&self, context: &Context) -> String {
        let checks: Vec<_> = self
            .0
            .iter()
            .map(|finding| {
                json!({
                    "check": finding.check,
                    "level": finding.level.as_str(),
                    "text": shareable(&finding.text, context),
                    "fix": finding.fix.as_deref().map(|fix| shareable(fix, context)),
                })
            })
            .collect();
        let report = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "problems": self.count(Level::Problem),
            "warnings": self.count(Level::Warning),
            "checks": checks,
        });
        format!("{}\n", printable_json(&report.to_string()))
    }
}

/// Variables whose values must not get into a bug report.
const SECRET_VARIABLES: [&str; 5] = [
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_MFA_RESTORE",
    "__aws_mfa_restore",
];

const HIDDEN: &str = "[hidden]";

/// The text without anything that looks like a secret. No check adds a secret, but a user may have put one in the wrong
/// place, such as a region or a device, or a command may have printed one.
fn shareable(text: &str, context: &Context) -> String {
    let mut text = printable(text).into_owned();
    for variable in SECRET_VARIABLES {
        // A shorter value is no secret of AWS's, and would be found in many words.
        if let Some(secret) = context.env.text(variable).filter(|text| text.len() >= 8) {
            text = text.replace(secret, HIDDEN);
        }
    }
    let words: Vec<String> = text
        .split(' ')
        .map(|word| {
            if word.contains("://") {
                url::without_secrets(word)
            } else {
                without_secrets(word)
            }
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::testing::context;

    #[test]
    fn a_text_that_looks_like_a_secret_is_hidden() {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let token = "FwoGZXIvYXdzEBYa2x".repeat(10);
        let context = context(&[("AWS_SESSION_TOKEN", "an odd one")]);
        for (text, shown) in [
            (
                format!("`{secret}` is not a region"),
                "`[hidden]` is not a region",
            ),
            (format!("key={secret};x"), "key=[hidden];x"),
            (format!("token {token}=="), "token [hidden]=="),
            ("it is an odd one".to_owned(), "it is [hidden]"),
            (
                "see https://jane:pw/x@proxy:3128/ now".to_owned(),
                "see https://***@proxy:3128/ now",
            ),
            (
                "arn:aws:iam::123456789012:mfa/jane ~/.aws/credentials".to_owned(),
                "arn:aws:iam::123456789012:mfa/jane ~/.aws/credentials",
            ),
        ] {
            assert_eq!(shareable(&text, &context), shown);
        }
    }
}
