//! cmd.exe: `set "NAME=value"`, one per line. Values cannot be quoted, so those with `%`, `!`, `"` or a line end
//! are errors: <https://learn.microsoft.com/windows-server/administration/windows-commands/set_1>.

use super::Syntax;

pub(super) struct Cmd;

impl Syntax for Cmd {
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str> {
        if value.iter().any(|byte| b"%!\"\r\n\0".contains(byte)) {
            return Err("cmd.exe cannot represent `%`, `!`, `\"` or a line end");
        }
        if value.is_empty() {
            return Err("cmd.exe cannot set a variable to an empty value");
        }
        out.extend_from_slice(format!("set \"{name}=").as_bytes());
        out.extend_from_slice(value);
        out.extend_from_slice(b"\"\r\n");
        Ok(())
    }

    fn unset(&self, out: &mut Vec<u8>, name: &str) {
        out.extend_from_slice(format!("set \"{name}=\"\r\n").as_bytes());
    }

    fn failing_statement(&self, status: u8) -> String {
        format!("cmd /c exit {status}")
    }

    fn load_command(&self, command: &str) -> String {
        format!("for /f \"delims=\" %i in ('{command}') do @%i")
    }

    fn unset_command(&self, names: &[&str]) -> String {
        let statements: Vec<String> = names
            .iter()
            .map(|name| format!("set \"{name}=\""))
            .collect();
        statements.join(" & ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_cmd_cannot_represent_are_errors() {
        let mut out = Vec::new();
        Cmd.set(&mut out, "A", b"a b&c^d").unwrap();
        Cmd.unset(&mut out, "B");
        assert_eq!(out, b"set \"A=a b&c^d\"\r\nset \"B=\"\r\n");
        for bad in [&b"100%"[..], b"a!b", b"a\"b", b"a\nb", b""] {
            assert!(Cmd.set(&mut Vec::new(), "A", bad).is_err());
        }
    }
}
