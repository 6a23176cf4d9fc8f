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

/// What is different between two texts, a line each, with two lines around it.
#[must_use]
pub fn diff(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    let mut text = String::new();
    for group in diff.grouped_ops(2) {
        if !text.is_empty() {
            text += "    …\n";
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = change.value().trim_end_matches(['\r', '\n']);
            text += format!("  {} {line}", change.tag()).trim_end();
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn a_difference_is_shown_with_what_is_around_it() {
        let old = "a\nb\nc\nd\r\ne\nf\ng\nh\ni\nj\n";
        let new = "a\nb\nc\nd\r\nnew\ne\nf\ng\nh\ni\nJ\n";
        assert_eq!(
            diff(old, new),
            "    c\n    d\n  + new\n    e\n    f\n    …\n    h\n    i\n  - j\n  + J\n"
        );
        assert_eq!(diff("", "x\n"), "  + x\n");
        assert_eq!(diff("same", "same"), "");
    }
}
