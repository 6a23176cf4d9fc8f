use std::io::IsTerminal as _;
use std::path::Path;

use super::print;
use crate::cli::ManArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::man::{Page, pages};

/// Prints a man page, or writes all of them into a folder.
///
/// # Errors
///
/// If there is no such subcommand, or the pages cannot be written.
pub fn run(context: &Context, args: &ManArgs) -> Result<u8> {
    let pages = pages()?;
    if let Some(folder) = &args.directory {
        write_all(context, &pages, folder)?;
        return Ok(0);
    }
    let name = match &args.page {
        Some(subcommand) => format!("aws-mfa-{subcommand}"),
        None => "aws-mfa".to_owned(),
    };
    let page = pages.iter().find(|page| page.name == name);
    let page = page.ok_or_else(|| unknown(&name, &pages))?;
    print(&page.text)?;
    if std::io::stdout().is_terminal() {
        let words = args.page.as_deref().unwrap_or_default();
        let how = format!("aws-mfa man {words}");
        context.console.info(&format!(
            "this is for the program man, as in\n  {} | man -l -",
            how.trim_end()
        ));
    }
    Ok(0)
}

fn unknown(name: &str, pages: &[Page]) -> Failure {
    let all: Vec<&str> = pages
        .iter()
        .filter_map(|page| page.name.strip_prefix("aws-mfa-"))
        .collect();
    Failure::usage(format!("could not find the man page {name}"))
        .help(format!("there is one for each of: {}", all.join(", ")))
}

fn write_all(context: &Context, pages: &[Page], folder: &Path) -> Result<()> {
    let could_not = |path: &Path, error: &std::io::Error| {
        let shown = context.display_path(path);
        Failure::broken(format!("could not write {shown}: {error}"))
    };
    if folder.is_file() {
        let shown = context.display_path(folder);
        return Err(Failure::usage(format!(
            "could not write the pages: {shown} is not a folder"
        )));
    }
    std::fs::create_dir_all(folder).map_err(|error| could_not(folder, &error))?;
    for page in pages {
        let file = folder.join(format!("{}.1", page.name));
        std::fs::write(&file, &page.text).map_err(|error| could_not(&file, &error))?;
    }
    Ok(())
}
