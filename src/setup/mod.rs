//! The findings and proposals of `setup`. These modules read files and write none; `commands::setup` asks the user
//! and writes.

use diff::Result::{Both, Left, Right};

pub mod block;
pub mod config_text;
pub mod encoding;
pub mod new_shell;
pub mod old_scripts;
pub mod powershell;
pub mod proposal;
pub mod rc_file;
pub mod vault;

/// Returns the lines in which two texts differ, and where: by number and, with `sections`, by the `[section]`
/// above.
///
/// The lines around them are not shown: they may contain a secret.
#[must_use]
pub fn diff(old: &str, new: &str, sections: bool) -> String {
    // Compared without their line ends: a line that only gains a line end is not shown.
    let old_lines: Vec<&str> = old.lines().collect();
    let new_lines: Vec<&str> = new.lines().collect();
    let mut text = String::new();
    let (mut at, mut is_within_change) = (0, false);
    for line in diff::slice(&old_lines, &new_lines) {
        let (mark, line) = match line {
            Both(..) => {
                (at, is_within_change) = (at + 1, false);
                continue;
            }
            Left(removed) => ('-', removed),
            Right(added) => ('+', added),
        };
        if !is_within_change && !old.is_empty() {
            let section = section_of(&new_lines, at).filter(|_| sections);
            let section = section.map_or(String::new(), |section| format!(", in {section}"));
            text += &format!("  line {}{section}:\n", at + 1);
        }
        text += format!("  {mark} {line}").trim_end();
        text.push('\n');
        is_within_change = true;
        at += usize::from(mark == '+');
    }
    text
}

/// The `[section]` to which the text at this line belongs; `None` if the text begins a section itself.
fn section_of<'a>(lines: &[&'a str], at: usize) -> Option<&'a str> {
    let is_section = |line: &&&str| line.trim_start().starts_with('[');
    let first = lines[at..].iter().find(|line| !line.trim().is_empty());
    let before = lines[..at].iter().rev().find(is_section);
    let section = before.filter(|_| !first.as_ref().is_some_and(is_section))?;
    Some(section.trim())
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn a_difference_is_shown_with_its_place_and_nothing_else() {
        let old = "[a]\nb\nsecret\r\ne\n[f]\ng\nh\nj\n";
        let new = "[a]\nb\nsecret\r\nnew\ne\n[f]\ng\nh\nJ\n";
        assert_eq!(
            diff(old, new, true),
            "  line 4, in [a]:\n  + new\n  line 9, in [f]:\n  - j\n  + J\n"
        );
        assert_eq!(diff("a", "a\nb\n", false), "  line 2:\n  + b\n");
        assert_eq!(
            diff("[a]\n", "[a]\n\n[b]\nc\n", true),
            "  line 2:\n  +\n  + [b]\n  + c\n"
        );
        assert_eq!(diff("", "x\n", true), "  + x\n");
        assert_eq!(diff("same", "same", true), "");
    }
}
