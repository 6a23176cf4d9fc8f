//! `aws-mfa man`: prints a man page, or writes all of them.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use super::print;
use crate::cli::ManArgs;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::files::{own, replace};
use crate::interrupt;
use crate::man::{Page, pages};

/// Prints a man page, or writes all of them into a directory.
///
/// # Errors
///
/// If there is no such subcommand, or the pages cannot be written.
pub fn run(context: &Context, args: &ManArgs) -> Result<u8> {
    let pages = pages()?;
    if let Some(directory) = &args.directory {
        write_all(context, &pages, directory)?;
        return Ok(0);
    }
    let name = match &args.page {
        Some(subcommand) => format!("aws-mfa-{subcommand}"),
        None => "aws-mfa".to_owned(),
    };
    let page = pages
        .iter()
        .find(|page| page.name == name)
        .ok_or_else(|| unknown(&name, &pages))?;
    print(&page.text)?;
    if std::io::stdout().is_terminal() {
        let subcommand = args.page.as_deref().unwrap_or_default();
        let command = format!("aws-mfa man {subcommand}");
        context.console.info(&format!(
            "to read this page, pass it to `man`:\n  {} | man -l -",
            command.trim_end()
        ));
    }
    Ok(0)
}

fn unknown(name: &str, pages: &[Page]) -> Failure {
    let subcommands: Vec<&str> = pages
        .iter()
        .filter_map(|page| page.name.strip_prefix("aws-mfa-"))
        .collect();
    Failure::usage(format!("could not find the man page {name}")).help(format!(
        "there is a page for each of these: {}",
        subcommands.join(", ")
    ))
}

fn write_all(context: &Context, pages: &[Page], directory: &Path) -> Result<()> {
    let write_failure = |path: &Path, error: &std::io::Error| {
        let display = context.display_path(path);
        Failure::broken(format!("could not write {display}: {error}"))
    };
    if directory.is_file() {
        let display = context.display_path(directory);
        return Err(Failure::usage(format!(
            "could not write the pages: {display} is not a directory"
        )));
    }
    own::create_public_directory(directory).map_err(|error| write_failure(directory, &error))?;
    interrupt::survive_size_limit();
    for page in pages {
        let path = directory.join(format!("{}.1", page.name));
        replace::check_is_file(&path, &context.display_path(&path))?;
        let write = || -> io::Result<()> {
            let mut file = File::create(&path)?;
            own::prepare_new(&file, &path)?;
            file.write_all(&page.text)
        };
        write().map_err(|error| write_failure(&path, &error))?;
    }
    Ok(())
}
