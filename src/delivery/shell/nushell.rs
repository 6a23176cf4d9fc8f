//! nushell: one flat JSON object for `from json | load-env`, because nushell has no `eval`:
//! <https://www.nushell.sh/commands/docs/load-env.html>.

use serde_json::{Map, Value};

use super::{Syntax, UnrepresentableValue};
use crate::environment::{Change, Changes};

pub(super) struct Nushell;

impl Syntax for Nushell {
    fn write_all(&self, changes: &Changes, out: &mut Vec<u8>) -> Result<(), UnrepresentableValue> {
        let mut object = Map::new();
        for change in changes.iter() {
            let value = match change {
                // nushell passes a variable that is null to no program.
                Change::Unset(_) => Value::Null,
                Change::Set(name, value) => match std::str::from_utf8(value) {
                    Ok(text) => Value::from(text),
                    Err(_) => {
                        return Err(UnrepresentableValue {
                            name: name.clone(),
                            reason: "it is not UTF-8 text",
                        });
                    }
                },
            };
            object.insert(change.name().to_owned(), value);
        }
        out.extend_from_slice(Value::Object(object).to_string().as_bytes());
        out.push(b'\n');
        Ok(())
    }

    /// Unused: [`write_all`](Syntax::write_all) writes the object.
    fn set(&self, _: &mut Vec<u8>, _: &str, _: &[u8]) -> Result<(), &'static str> {
        Err("nushell loads all variables at once")
    }

    /// Unused, like [`set`](Syntax::set).
    fn unset(&self, _: &mut Vec<u8>, _: &str) {}

    /// Empty: `load-env` accepts only a record, so no input is an error.
    fn failing_statement(&self, _status: u8) -> String {
        String::new()
    }

    fn load_command(&self, command: &str) -> String {
        format!("{command} | from json | load-env")
    }

    fn unset_command(&self, names: &[&str]) -> String {
        format!("hide-env {}", names.join(" "))
    }
}
