//! Changes to the shell's environment: variables to set and to unset.

use std::fmt;

use zeroize::Zeroizing;

/// A change of one environment variable.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// Removes the variable.
    Unset(String),
    /// Sets the variable to these bytes.
    Set(String, Zeroizing<Vec<u8>>),
}

impl Change {
    /// The name of the variable.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Unset(name) | Self::Set(name, _) => name,
        }
    }
}

impl FromIterator<Change> for Changes {
    fn from_iter<T: IntoIterator<Item = Change>>(changes: T) -> Self {
        Self(changes.into_iter().collect())
    }
}

/// Shows names only: values may be secrets.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset(name) => write!(f, "unset {name}"),
            Self::Set(name, _) => write!(f, "set {name}=[REDACTED]"),
        }
    }
}

/// The changes that a command makes to the shell's environment: variables to unset, then variables to set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

impl Changes {
    /// The changes, in the order in which they are made.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.0.iter()
    }

    /// Adds a variable to set, after the other changes.
    pub fn set(&mut self, name: &str, value: Vec<u8>) {
        self.0.push(Change::Set(name.to_owned(), value.into()));
    }

    /// Whether there are no changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
