//! elvish: single-quoted strings with `'` doubled; bytes that are no text need double quotes.

use std::io::Write as _;

use super::{Syntax, quoted};

pub(super) struct Elvish;

impl Syntax for Elvish {
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str> {
        out.extend_from_slice(format!("set-env {name} ").as_bytes());
        if std::str::from_utf8(value).is_ok() {
            quoted(out, value, |byte| (byte == b'\'').then_some(&b"''"[..]));
        } else {
            // A script must be UTF-8; `\xNN` is a byte in double quotes.
            out.push(b'"');
            for byte in value {
                let _ = write!(out, "\\x{byte:02x}");
            }
            out.push(b'"');
        }
        out.extend_from_slice(b";\n");
        Ok(())
    }

    fn unset(&self, out: &mut Vec<u8>, name: &str) {
        out.extend_from_slice(format!("unset-env {name};\n").as_bytes());
    }

    /// A program that fails inside `(…)` raises by itself; this raises where the output was saved.
    fn failing(&self, _status: u8) -> String {
        "fail 'aws-mfa failed';".to_owned()
    }

    fn load_command(&self, command: &str) -> String {
        format!("eval ({command} | slurp)")
    }
}
