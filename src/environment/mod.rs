//! The environment of the shell as data: a snapshot of its variables, the names that belong to a session, the
//! changes that a command makes, and the record of the values that a session displaced. Nothing here reads or
//! changes the environment of the process.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

mod change;
mod directory_environment;
mod previous_accounts;
pub mod restore_record;
mod shell_session;
pub mod variables;

pub use change::{Change, Changes};
pub use previous_accounts::PreviousAccounts;
pub use restore_record::RestoreRecord;
pub use shell_session::ShellSession;

/// A snapshot of the environment variables.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// The value of a variable, empty or not; `None` if it is not set.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// Sets a variable to this value; `None` removes it.
    pub fn set(&mut self, name: &str, value: Option<OsString>) {
        match value {
            Some(value) => self.0.insert(name.into(), value),
            None => self.0.remove(OsStr::new(name)),
        };
    }

    /// All variables, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The value of a variable as text; `None` if it is not set, empty or not UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.raw(name)
            .and_then(OsStr::to_str)
            .filter(|value| !value.is_empty())
    }
}

/// Zeroes the values: they may be secrets.
impl Drop for Environment {
    fn drop(&mut self) {
        use zeroize::Zeroize as _;
        for value in std::mem::take(&mut self.0).into_values() {
            value.into_encoded_bytes().zeroize();
        }
    }
}

/// Shows names only: values may be secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(variables: T) -> Self {
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// The bytes of a value: those of the process environment on Unix, UTF-8 elsewhere.
#[must_use]
pub fn value_bytes(value: &OsStr) -> Vec<u8> {
    #[cfg(unix)]
    {
        std::os::unix::ffi::OsStrExt::as_bytes(value).to_vec()
    }
    #[cfg(not(unix))]
    {
        value.to_string_lossy().into_owned().into_bytes()
    }
}

/// The value with these bytes; see [`value_bytes`].
#[must_use]
pub fn value_from_bytes(bytes: &[u8]) -> OsString {
    #[cfg(unix)]
    {
        std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
    }
    #[cfg(not(unix))]
    {
        String::from_utf8_lossy(bytes).into_owned().into()
    }
}
