//! elvish: single-quoted strings, in which `'` is doubled. Bytes that are not UTF-8 need double quotes:
//! <https://elv.sh/ref/language.html#string>.

use std::io::Write as _;

use super::{Syntax, write_quoted};

pub(super) struct Elvish;

impl Syntax for Elvish {
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str> {
        out.extend_from_slice(format!("set-env {name} ").as_bytes());
        if std::str::from_utf8(value).is_ok() {
            write_quoted(out, value, |byte| (byte == b'\'').then_some(&b"''"[..]));
        } else {
            // Source code must be UTF-8; in double quotes, `\xNN` is any byte.
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

    /// In `eval (aws-mfa … | slurp)` the program's failure raises an exception by itself; this statement raises one
    /// where the output was saved first.
    fn failing_statement(&self, _status: u8) -> String {
        "fail 'aws-mfa failed';".to_owned()
    }

    fn load_command(&self, command: &str) -> String {
        format!("eval ({command} | slurp)")
    }
}
