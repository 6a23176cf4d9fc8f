//! tcsh: single quotes, but history and line ends are seen even in them.

use super::{Syntax, quoted};

pub(super) struct Tcsh;

impl Syntax for Tcsh {
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str> {
        out.extend_from_slice(format!("setenv {name} ").as_bytes());
        quoted(out, value, |byte| match byte {
            b'\'' => Some(b"'\\''"),
            b'!' => Some(b"\\!"),
            b'\n' => Some(b"\\\n"),
            _ => None,
        });
        out.extend_from_slice(b";\n");
        Ok(())
    }

    fn unset(&self, out: &mut Vec<u8>, name: &str) {
        out.extend_from_slice(format!("unsetenv {name};\n").as_bytes());
    }

    fn failing(&self, status: u8) -> String {
        format!("(exit {status});")
    }

    fn load_command(&self, command: &str) -> String {
        format!("eval \"`{command}`\"")
    }
}
