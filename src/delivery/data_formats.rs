//! The formats that no shell evaluates: JSON and NAME=value lines.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::environment::{
    Change, Changes,
    variables::{RESTORE, RESTORE_OTHER},
};
use crate::error::{Failure, Result};

/// The variables that a session sets, as one flat JSON object. The restore record is left out: it is about this
/// shell's variables, and the program that reads the object is not this shell.
///
/// # Errors
///
/// If a value is not UTF-8 text.
pub fn json(changes: &Changes) -> Result<Zeroizing<Vec<u8>>> {
    let mut object = Map::new();
    for (name, value) in exported(changes) {
        object.insert(name.to_owned(), Value::from(text(name, value)?));
    }
    let mut out = Zeroizing::new(Value::Object(object).to_string().into_bytes());
    out.push(b'\n');
    Ok(out)
}

/// The same variables as `NAME=value` lines, as `docker run --env-file` reads them, without quotes or escapes:
/// <https://docs.docker.com/reference/cli/docker/container/run/#env>.
///
/// # Errors
///
/// If a value contains a line break.
pub fn dotenv(changes: &Changes) -> Result<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::with_capacity(16 * 1024));
    for (name, value) in exported(changes) {
        if value.iter().any(|byte| b"\r\n".contains(byte)) {
            return Err(Failure::usage(format!(
                "could not write the value of {name} as a NAME=value line: it contains a line break"
            ))
            .help("give that variable another value, or use --json"));
        }
        out.extend_from_slice(name.as_bytes());
        out.push(b'=');
        out.extend_from_slice(value);
        out.push(b'\n');
    }
    Ok(out)
}

/// The variables to set, without the restore record.
fn exported(changes: &Changes) -> impl Iterator<Item = (&str, &[u8])> {
    changes.iter().filter_map(|change| match change {
        Change::Set(name, value) if ![RESTORE, RESTORE_OTHER].contains(&name.as_str()) => {
            Some((name.as_str(), value.as_slice()))
        }
        Change::Set(..) | Change::Unset(_) => None,
    })
}

fn text<'a>(name: &str, value: &'a [u8]) -> Result<&'a str> {
    std::str::from_utf8(value).map_err(|_| {
        Failure::usage(format!(
            "could not write the value of {name} as JSON: it is not UTF-8 text"
        ))
    })
}
