//! bash, zsh, sh, dash, ksh: one form for all.

use super::Syntax;

pub(super) struct Posix;

impl Syntax for Posix {
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str> {
        out.extend_from_slice(format!("export {name}=").as_bytes());
        quote(out, value);
        out.extend_from_slice(b";\n");
        Ok(())
    }

    fn unset(&self, out: &mut Vec<u8>, name: &str) {
        out.extend_from_slice(format!("unset {name};\n").as_bytes());
    }

    fn failing(&self, status: u8) -> String {
        format!("(exit {status});")
    }

    fn load_command(&self, command: &str) -> String {
        format!("eval \"$({command})\"")
    }

    fn how_to_unset(&self, names: &[&str]) -> String {
        format!("unset {}", names.join(" "))
    }
}

/// Always in quotes: zsh expands a bare `=ls`, which shell-escape leaves bare.
fn quote(out: &mut Vec<u8>, value: &[u8]) {
    // shell-escape knows text only, and treats all that is not ASCII alike: one character for
    // each byte keeps bytes that are no text what they are.
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
    use super::quote;

    #[test]
    fn always_quoted_and_byte_for_byte() {
        for (value, quoted) in [
            (&b"plain"[..], &b"'plain'"[..]),
            (b"=ls", b"'=ls'"),
            (b"", b"''"),
            (b"it's", b"'it'\\''s'"),
            (b"\xff $(x)", b"'\xff $(x)'"),
            ("ü’".as_bytes(), "'ü’'".as_bytes()),
        ] {
            let mut out = Vec::new();
            quote(&mut out, value);
            assert_eq!(out, quoted);
        }
    }
}
