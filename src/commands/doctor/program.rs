//! The program itself and other programs of its name.

use std::path::Path;

use super::report::Report;
use crate::context::Context;

const NAME: &str = "aws-mfa";

/// Checks that shells find this program on PATH, and no other one of its name.
pub(super) fn check(context: &Context, report: &mut Report) {
    let version = env!("CARGO_PKG_VERSION");
    let this = std::env::current_exe().and_then(std::fs::canonicalize);
    let is_this = |path: &Path| {
        let path = std::fs::canonicalize(path);
        matches!((path, &this), (Ok(path), Ok(this)) if path == *this)
    };
    let display = |path: &Path| context.display_path(path);
    let all = context.on_path(NAME);
    if let Some(ours) = all.iter().find(|path| is_this(path)) {
        report.ok("program", format!("{version}, {}", display(ours)));
    } else {
        let path = this.as_deref().map_or_else(|_| NAME.to_owned(), display);
        let directory = this
            .as_deref()
            .ok()
            .and_then(Path::parent)
            .map_or_else(|| "its directory".to_owned(), display);
        report.problem(
            "program",
            format!(
                "{version}, {path}, which is not on PATH: the hook and completion cannot find it"
            ),
            format!("add {directory} to PATH"),
        );
    }
    let mut is_only = true;
    for other in all.iter().filter(|path| !is_this(path)) {
        is_only = false;
        if *other == all[0] {
            report.problem(
                "path",
                format!(
                    "{} is another program of this name and precedes this one in PATH",
                    display(other)
                ),
                "remove it, or put the directory of this program first in PATH",
            );
        } else {
            report.warning(
                "path",
                format!(
                    "{} is another program of this name, later in PATH",
                    display(other)
                ),
                "remove it, unless you need it",
            );
        }
    }
    if is_only {
        report.ok("path", format!("no other program is called {NAME}"));
    }
}
