//! The man pages, generated from the clap types in `cli`. `man` and the packages use them.

use clap::CommandFactory as _;
use clap_mangen::Man;
use roff::{Roff, bold, roman};

use crate::cli::Cli;
use crate::error::{Failure, Result};

/// A man page in roff.
#[derive(Debug)]
pub struct Page {
    /// Its name: `aws-mfa` or `aws-mfa-SUBCOMMAND`.
    pub name: String,
    /// Its text.
    pub text: Vec<u8>,
}

/// All pages: that of the program first, then one for each subcommand.
///
/// # Errors
///
/// If a page cannot be rendered; none is known to fail.
pub fn pages() -> Result<Vec<Page>> {
    let mut program = Cli::command();
    program.build();
    let names: Vec<&str> = visible_subcommands(&program)
        .map(clap::Command::get_name)
        .collect();
    let mut pages = vec![page(&program, &names)?];
    for subcommand in visible_subcommands(&program) {
        pages.push(page(subcommand, &[])?);
    }
    Ok(pages)
}

fn visible_subcommands(program: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    program
        .get_subcommands()
        .filter(|subcommand| !subcommand.is_hide_set())
}

fn page(command: &clap::Command, subcommands: &[&str]) -> Result<Page> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    // The usage line of --help; clap_mangen would list every option.
    let usage_line = command.clone().render_usage().to_string();
    let usage = usage_line.trim_start_matches("Usage: ").to_owned();
    let man = Man::new(command.clone().override_usage(usage));
    // No date, so that the same texts give the same page.
    let title = format!(
        ".TH {} 1 \"\" \"aws-mfa {}\" \"aws-mfa\"\n",
        name.to_uppercase(),
        env!("CARGO_PKG_VERSION")
    );
    let mut text = title.into_bytes();
    man.render_name_section(&mut text)
        .and_then(|()| man.render_synopsis_section(&mut text))
        .and_then(|()| man.render_description_section(&mut text))
        .and_then(|()| man.render_options_section(&mut text))
        .and_then(|()| match subcommands {
            [] => Ok(()),
            _ => man.render_subcommands_section(&mut text),
        })
        .and_then(|()| ending(command, subcommands).to_writer(&mut text))
        .map_err(|error| Failure::broken(format!("could not write the page {name}: {error}")))?;
    Ok(Page { name, text })
}

/// The end of `--help` as sections, then SEE ALSO with the other pages.
fn ending(command: &clap::Command, subcommands: &[&str]) -> Roff {
    let mut page = Roff::new();
    let help = command.get_after_help().map(ToString::to_string);
    let mut section = "";
    for block in help.iter().flat_map(|help| help.split("\n\n")) {
        let (heading, text) = split_heading(block);
        if heading == section {
            page.control("PP", []);
        } else {
            page.control("SH", [heading]);
            section = heading;
        }
        append(&mut page, text);
    }
    page.control("SH", ["SEE ALSO"]);
    let mut others: Vec<String> = subcommands
        .iter()
        .map(|name| format!("aws-mfa-{name}"))
        .collect();
    if others.is_empty() {
        others.push("aws-mfa".to_owned());
    }
    let last = others.len() - 1;
    for (at, name) in others.into_iter().enumerate() {
        let end = if at == last { "(1)" } else { "(1)," };
        page.text([bold(name), roman(end)]);
    }
    page
}

/// Splits a block of `--help` into the heading of its section and its text.
fn split_heading(block: &str) -> (&'static str, &str) {
    let known = [
        ("Example", "EXAMPLE"),
        ("Environment", "ENVIRONMENT"),
        ("Exit status", "EXIT STATUS"),
    ];
    for (start, heading) in known {
        if let Some(rest) = block.strip_prefix(start) {
            let rest = rest.trim_start_matches([':', ',']);
            return (
                heading,
                rest.strip_prefix('\n').unwrap_or(rest.trim_start()),
            );
        }
    }
    ("NOTES", block)
}

/// Appends the text: indented lines as they are, other lines filled.
fn append(page: &mut Roff, text: &str) {
    let mut is_verbatim = false;
    for (at, line) in text.lines().enumerate() {
        let indented = line.starts_with("  ");
        if indented != is_verbatim {
            page.control(if indented { "nf" } else { "fi" }, []);
            is_verbatim = indented;
        }
        let line = line.strip_prefix("  ").unwrap_or(line);
        let (first, rest) = line.split_at(line.chars().next().map_or(0, char::len_utf8));
        if at == 0 && !indented {
            page.text([roman(first.to_uppercase() + rest)]);
        } else {
            page.text([roman(line)]);
        }
    }
    if is_verbatim {
        page.control("fi", []);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subcommand_has_a_page_that_the_program_page_names() {
        let pages = pages().unwrap();
        let program = String::from_utf8(pages[0].text.clone()).unwrap();
        assert_eq!(pages[0].name, "aws-mfa");
        assert!(pages.len() > 8);
        for page in &pages[1..] {
            let text = String::from_utf8(page.text.clone()).unwrap();
            let escaped = page.name.replace('-', "\\-");
            assert!(program.contains(&escaped), "{}", page.name);
            for section in ["NAME", "SYNOPSIS", "OPTIONS", "EXAMPLE", "SEE ALSO"] {
                let quoted = format!(".SH \"{section}\"");
                assert!(
                    text.contains(&format!(".SH {section}")) || text.contains(&quoted),
                    "{}: {section}",
                    page.name
                );
            }
        }
    }
}
