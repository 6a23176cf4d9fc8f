use std::path::{Path, PathBuf};

use super::report::Report;
use crate::context::{Context, is_program};

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
    let all = on_path(context, NAME);
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

/// The programs of this name in the folders of PATH, in that order, each folder once.
pub(super) fn on_path(context: &Context, name: &str) -> Vec<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = context.env.raw("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in std::env::split_paths(path).filter(|folder| folder.is_absolute()) {
        let program = folder.join(&file);
        if is_program(&program) && !found.contains(&program) {
            found.push(program);
        }
    }
    found
}
