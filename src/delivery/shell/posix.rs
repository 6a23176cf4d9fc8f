//! bash, zsh and the POSIX shells: single-quoted strings, in which no character is special:
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02>.

use super::{Syntax, UnrepresentableValue};
use crate::environment::{Change, Changes};

pub(super) struct Posix;

impl Syntax for Posix {
    /// The statements are within one `if`, since a readonly variable makes a statement fail: bash goes on with the
    /// next one, and the other shells abandon the rest. The condition changes every variable in a subshell, which
    /// fails if one of them is readonly; the shell itself then names that variable on standard error.
    ///
    /// All are unset before they are set, because `typeset -i` and its like would change the value. Twice, because in
    /// bash, a variable of the calling function, or of `AWS_PROFILE=x mfa test`, hides another one of that name.
    ///
    /// Never nothing, which is what a command substitution yields if the shell could not start it.
    fn write_all(&self, changes: &Changes, out: &mut Vec<u8>) -> Result<(), UnrepresentableValue> {
        let names: Vec<&str> = changes.iter().map(Change::name).collect();
        if names.is_empty() {
            out.extend_from_slice(b":;\n");
            return Ok(());
        }
        let unset = format!("unset -v {}", names.join(" "));
        let assignments: String = names.iter().map(|name| format!(" {name}=")).collect();
        out.extend_from_slice(
            format!("if ({unset} && export{assignments}); then {unset};\n{unset};\n").as_bytes(),
        );
        self.write_each(changes, out)?;
        out.extend_from_slice(READONLY_REFUSAL.as_bytes());
        Ok(())
    }

    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str> {
        out.extend_from_slice(format!("export {name}=").as_bytes());
        write_quoted(out, value);
        out.extend_from_slice(b";\n");
        Ok(())
    }

    fn unset(&self, out: &mut Vec<u8>, name: &str) {
        out.extend_from_slice(format!("unset {name};\n").as_bytes());
    }

    fn failing_statement(&self, status: u8) -> String {
        format!("(exit {status});")
    }

    fn load_command(&self, command: &str) -> String {
        format!("eval \"$({command})\"")
    }

    fn unset_command(&self, names: &[&str]) -> String {
        format!("unset {}", names.join(" "))
    }
}

/// The end of the statements, where a variable is readonly. The exit status is that of wrong usage.
const READONLY_REFUSAL: &str = "else echo 'aws-mfa: nothing was changed: that variable is readonly in this shell' >&2; (exit 2); fi;\n";

/// Writes `value` in single quotes, even where `shell-escape` adds none: zsh expands a bare `=ls`.
fn write_quoted(out: &mut Vec<u8>, value: &[u8]) {
    // `shell-escape` takes only text, and treats all characters beyond ASCII alike: with one character per byte,
    // bytes that are not UTF-8 survive.
    let characters: String = value.iter().map(|byte| char::from(*byte)).collect();
    let escaped =
        zeroize::Zeroizing::new(shell_escape::unix::escape(characters.into()).into_owned());
    let bare = !escaped.starts_with('\'');
    if bare {
        out.push(b'\'');
    }
    out.extend(escaped.chars().map(|c| c as u8));
    if bare {
        out.push(b'\'');
    }
}

#[cfg(test)]
mod tests {
    use super::write_quoted;

    #[test]
    fn every_value_is_quoted_byte_for_byte() {
        for (value, quoted) in [
            (&b"plain"[..], &b"'plain'"[..]),
            (b"=ls", b"'=ls'"),
            (b"", b"''"),
            (b"it's", b"'it'\\''s'"),
            (b"\xff $(x)", b"'\xff $(x)'"),
            ("ü’".as_bytes(), "'ü’'".as_bytes()),
        ] {
            let mut out = Vec::new();
            write_quoted(&mut out, value);
            assert_eq!(out, quoted);
        }
    }
}
