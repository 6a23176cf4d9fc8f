//! nushell has no eval: one flat JSON object for `from json | load-env`.

use serde_json::{Map, Value};

use super::{Syntax, UnrepresentableValue};
use crate::environment::{Change, Changes};

pub(super) struct Nushell;

impl Syntax for Nushell {
    fn print(&self, changes: &Changes, out: &mut Vec<u8>) -> Result<(), UnrepresentableValue> {
        let mut object = Map::new();
        for change in changes.iter() {
            let value = match change {
                // A variable that is null in nushell is not passed on to programs.
                Change::Unset(_) => Value::Null,
                Change::Set(name, value) => match std::str::from_utf8(value) {
                    Ok(text) => Value::from(text),
                    Err(_) => {
                        return Err(UnrepresentableValue {
                            name: name.clone(),
                            why: "it is not UTF-8 text",
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

    fn set(&self, _: &mut Vec<u8>, _: &str, _: &[u8]) -> Result<(), &'static str> {
        Err("nushell takes all variables at once")
    }

    fn unset(&self, _: &mut Vec<u8>, _: &str) {}

    /// `load-env` takes nothing but a record: nothing at all is an error there.
    fn failing(&self, _status: u8) -> String {
        String::new()
    }

    fn load_command(&self, command: &str) -> String {
        format!("{command} | from json | load-env")
    }

    fn how_to_unset(&self, names: &[&str]) -> String {
        format!("hide-env {}", names.join(" "))
    }
}
