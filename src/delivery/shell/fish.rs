//! fish: single-quoted strings, in which `\` and `'` are escaped with `\`:
//! <https://fishshell.com/docs/current/language.html#quotes>.

use super::{Syntax, write_quoted};

pub(super) struct Fish;

/// The variables that fish keeps itself and lets no one set: `set` fails for each of them in fish 3.6. See
/// <https://fishshell.com/docs/current/language.html#special-variables>.
const READ_ONLY: [&str; 14] = [
    "_",
    "FISH_VERSION",
    "PWD",
    "SHLVL",
    "fish_kill_signal",
    "fish_killring",
    "fish_pid",
    "history",
    "hostname",
    "pipestatus",
    "status",
    "status_generation",
    "umask",
    "version",
];

impl Syntax for Fish {
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str> {
        if READ_ONLY.contains(&name) {
            return Err("the variable is read-only in fish");
        }
        out.extend_from_slice(format!("set -gx {name} ").as_bytes());
        write_quoted(out, value, |byte| match byte {
            b'\\' => Some(b"\\\\"),
            b'\'' => Some(b"\\'"),
            _ => None,
        });
        out.extend_from_slice(b";\n");
        Ok(())
    }

    /// With `-g`: a universal variable, which all fish shells share and keep, stays.
    fn unset(&self, out: &mut Vec<u8>, name: &str) {
        out.extend_from_slice(format!("set -eg {name};\n").as_bytes());
    }

    /// Status 1: another status would take a process or a function.
    fn failing_statement(&self, _status: u8) -> String {
        "false;".to_owned()
    }

    fn load_command(&self, command: &str) -> String {
        format!("{command} | source")
    }

    /// Without `-g`: a user who runs it may mean a universal variable.
    fn unset_command(&self, names: &[&str]) -> String {
        format!("set -e {}", names.join(" "))
    }
}
