//! fish: inside single quotes only `\` and `'` are special, each escaped by a `\`.

use super::{Syntax, quoted};

pub(super) struct Fish;

impl Syntax for Fish {
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str> {
        out.extend_from_slice(format!("set -gx {name} ").as_bytes());
        quoted(out, value, |byte| match byte {
            b'\\' => Some(b"\\\\"),
            b'\'' => Some(b"\\'"),
            _ => None,
        });
        out.extend_from_slice(b";\n");
        Ok(())
    }

    /// `-g`, so that a universal variable, which belongs to all shells and outlives them, stays.
    fn unset(&self, out: &mut Vec<u8>, name: &str) {
        out.extend_from_slice(format!("set -eg {name};\n").as_bytes());
    }

    /// fish can say a status only by a fork; `false` is 1.
    fn failing(&self, _status: u8) -> String {
        "false;".to_owned()
    }

    fn load_command(&self, command: &str) -> String {
        format!("{command} | source")
    }

    /// A universal variable, too: that is up to the person.
    fn how_to_unset(&self, names: &[&str]) -> String {
        format!("set -e {}", names.join(" "))
    }
}
