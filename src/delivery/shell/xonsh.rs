//! xonsh: Python's string literals. Bytes that are not UTF-8 become lone surrogates, as in `os.environ`:
//! <https://peps.python.org/pep-0383/>.

use std::io::Write as _;

use super::Syntax;

pub(super) struct Xonsh;

impl Syntax for Xonsh {
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str> {
        out.extend_from_slice(format!("${name} = '").as_bytes());
        for chunk in value.utf8_chunks() {
            for c in chunk.valid().chars() {
                let _ = match c {
                    '\'' | '\\' => write!(out, "\\{c}"),
                    _ if c.is_control() || u32::from(c) > 0xffff => {
                        write!(out, "\\U{:08x}", u32::from(c))
                    }
                    ' '..='~' => write!(out, "{c}"),
                    _ => write!(out, "\\u{:04x}", u32::from(c)),
                };
            }
            for byte in chunk.invalid() {
                let _ = write!(out, "\\udc{byte:02x}");
            }
        }
        out.extend_from_slice(b"';\n");
        Ok(())
    }

    fn unset(&self, out: &mut Vec<u8>, name: &str) {
        out.extend_from_slice(format!("del ${name};\n").as_bytes());
    }

    fn failing_statement(&self, _status: u8) -> String {
        "raise RuntimeError('aws-mfa failed');".to_owned()
    }

    fn load_command(&self, command: &str) -> String {
        // Not `$(…)`: xonsh 0.13 can lose the output of a program there.
        format!(
            "execx(__import__('subprocess').check_output('{command}'.split(), env=${{...}}.detype()).decode())"
        )
    }
}
