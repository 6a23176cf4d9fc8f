//! `PowerShell`: single-quoted strings, in which each of five quote characters is doubled:
//! <https://learn.microsoft.com/powershell/scripting/lang-spec/chapter-02> (single-quote-character).

use super::{Syntax, UnrepresentableValue};
use crate::environment::Changes;

pub(super) struct PowerShell;

impl Syntax for PowerShell {
    fn set(&self, out: &mut Vec<u8>, name: &str, value: &[u8]) -> Result<(), &'static str> {
        let text = std::str::from_utf8(value).map_err(|_| "it is not UTF-8 text")?;
        out.extend_from_slice(format!("$env:{name} = '").as_bytes());
        for c in text.chars() {
            let mut buffer = [0; 4];
            let encoded = c.encode_utf8(&mut buffer).as_bytes();
            out.extend_from_slice(encoded);
            // PowerShell treats typographic single quotes like the plain one.
            if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
                out.extend_from_slice(encoded);
            }
        }
        out.extend_from_slice(b"';\n");
        Ok(())
    }

    fn unset(&self, out: &mut Vec<u8>, name: &str) {
        // Remove-Item obeys $WhatIfPreference and $ConfirmPreference, with which it removes nothing or asks.
        let statement = format!("$env:{name} = $null;\n");
        out.extend_from_slice(statement.as_bytes());
    }

    /// Never nothing: Invoke-Expression refuses an empty text.
    fn write_all(&self, changes: &Changes, out: &mut Vec<u8>) -> Result<(), UnrepresentableValue> {
        if changes.iter().next().is_none() {
            out.extend_from_slice(b"$null;\n");
        }
        self.write_each(changes, out)
    }

    /// An exception: PowerShell cannot set an exit status without ending the shell.
    fn failing_statement(&self, _status: u8) -> String {
        "throw 'aws-mfa failed';".to_owned()
    }

    fn load_command(&self, command: &str) -> String {
        format!("Invoke-Expression (({command}) -join \"`n\")")
    }

    fn unset_command(&self, names: &[&str]) -> String {
        let paths: Vec<String> = names.iter().map(|name| format!("Env:{name}")).collect();
        format!("Remove-Item {}", paths.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quote_character_is_doubled() {
        let mut out = Vec::new();
        PowerShell
            .set(&mut out, "A", "a'b\u{2019}$x`".as_bytes())
            .unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "$env:A = 'a''b\u{2019}\u{2019}$x`';\n"
        );
        assert!(PowerShell.set(&mut Vec::new(), "A", b"\xff").is_err());
    }
}
