use std::fmt;

use zeroize::Zeroizing;

/// What happens to one variable.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// It is removed.
    Unset(String),
    /// It gets this value, in the bytes that a program sees.
    Set(String, Zeroizing<Vec<u8>>),
}

impl Change {
    /// The variable.
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

/// Values may be secrets: only the names are shown.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset(name) => write!(f, "unset {name}"),
            Self::Set(name, _) => write!(f, "set {name}=[REDACTED]"),
        }
    }
}

/// What a command does to the shell's environment: first what is unset, then what is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(Vec<Change>);

impl Changes {
    /// The changes, in the order in which they are made.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.0.iter()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Without the variables for which `keep` is false.
    #[must_use]
    pub fn retaining(mut self, keep: impl Fn(&Change) -> bool) -> Self {
        self.0.retain(keep);
        self
    }
}
