use std::path::Path;

use super::report::Report;
use crate::context::Context;

const NAME: &str = "aws-mfa";

/// Which program this is, whether it is the one that shells run, and which others there are.
pub(super) fn check(context: &Context, report: &mut Report) {
    let version = env!("CARGO_PKG_VERSION");
    let this = std::env::current_exe().and_then(std::fs::canonicalize);
    let is_this = |path: &Path| {
        let path = std::fs::canonicalize(path);
        matches!((path, &this), (Ok(path), Ok(this)) if path == *this)
    };
    let shown = |path: &Path| context.display_path(path);
    let all = context.on_path(NAME);
    if let Some(ours) = all.iter().find(|path| is_this(path)) {
        report.ok("program", format!("{version}, {}", shown(ours)));
    } else {
        let place = this.as_deref().map_or_else(|_| NAME.to_owned(), shown);
        let folder = this.as_deref().ok().and_then(Path::parent);
        let folder = folder.map_or_else(|| "its folder".to_owned(), shown);
        report.problem(
            "program",
            format!(
                "{version}, {place}, which is not on PATH: the hook and the TAB key cannot find it"
            ),
            format!("put {folder} into PATH"),
        );
    }
    let mut alone = true;
    for other in all.iter().filter(|path| !is_this(path)) {
        alone = false;
        if *other == all[0] {
            report.problem(
                "path",
                format!(
                    "{} is another program of this name, and shells run that one",
                    shown(other)
                ),
                "remove it, or let this one's folder come first in PATH",
            );
        } else {
            report.warning(
                "path",
                format!(
                    "{} is another program of this name, further back in PATH",
                    shown(other)
                ),
                "remove it, unless it is meant to be there",
            );
        }
    }
    if alone {
        report.ok("path", format!("no other program is called {NAME}"));
    }
}
