/// The marked lines in an rc file that load the hook.
pub mod block;
/// Additions to the text of config.toml.
pub mod config_text;
/// Aliases and functions of the scripts that were used before.
pub mod old_scripts;
/// What an account needs in config.toml, and why.
pub mod proposal;
/// The files that a shell reads when it starts.
pub mod rc_file;
/// Accounts whose key is kept by aws-vault.
pub mod vault;

/// What is different between two texts, line by line, and where. With `sections`, also below which
/// `[section]`.
///
/// The lines around it are not shown: they may hold a secret.
#[must_use]
pub fn diff(old: &str, new: &str, sections: bool) -> String {
    // Without their ends: that the last line gets one is no reason to show it.
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
        (old.lines().collect(), new.lines().collect());
    let diff = similar::TextDiff::from_slices(&old_lines, &new_lines);
    let mut text = String::new();
    for group in diff.grouped_ops(0) {
        let at = group.first().map_or(0, |op| op.new_range().start);
        if !old.is_empty() {
            let is_section = |line: &&&str| sections && line.trim_start().starts_with('[');
            let added = new_lines[at..].iter().find(|line| !line.trim().is_empty());
            // What begins a section of its own is in no other.
            let is_own = added.as_ref().is_some_and(is_section);
            let section = new_lines[..at]
                .iter()
                .rev()
                .find(is_section)
                .filter(|_| !is_own);
            let section =
                section.map_or(String::new(), |section| format!(", in {}", section.trim()));
            text += &format!("  line {}{section}:\n", at + 1);
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            text += format!("  {} {}", change.tag(), change.value()).trim_end();
            text.push('\n');
        }
    }
    text
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
