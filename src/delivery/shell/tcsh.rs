//! tcsh: single-quoted strings, in which `!` and a line end still need a backslash: tcsh(1), "Lexical structure"
//! and "History substitution".

use super::{Syntax, write_quoted};

pub(super) struct Tcsh;

/// The text in single quotes. What needs a backslash is between the quotes: within them, one is special with `set
/// backslash_quote`, and only then. A line end has no other form.
#[must_use]
pub fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    write_quoted(&mut out, text, |byte| match byte {
        b'\'' => Some(b"'\\''"),
        b'\\' => Some(b"'\\\\'"),
        b'!' => Some(b"'\\!'"),
        b'\n' => Some(b"\\\n"),
        _ => None,
    });
    out
}

impl Syntax for Tcsh {
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str> {
        out.extend_from_slice(format!("setenv {name} ").as_bytes());
        out.extend(quoted(value));
        out.extend_from_slice(b";\n");
        Ok(())
    }

    fn unset(&self, out: &mut Vec<u8>, name: &str) {
        out.extend_from_slice(format!("unsetenv {name};\n").as_bytes());
    }

    fn failing_statement(&self, status: u8) -> String {
        format!("(exit {status});")
    }

    fn load_command(&self, command: &str) -> String {
        format!("eval \"`{command}`\"")
    }
}
