//! The lines for which the AWS CLI refuses a whole file, and how much of the file each of them costs here.

use std::fmt;

/// A line for which the AWS CLI refuses the whole file, and what it costs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The number of the line, counted from 1 as Python counts: a carriage return alone ends a line, too.
    pub line: usize,
    /// The kind of fault.
    pub kind: FaultKind,
    /// The part of the file that is not read because of it.
    pub cost: Cost,
    /// The section that it stands in, by its index.
    pub(super) block: Option<u32>,
}

/// The fault of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A byte order mark at the start of the file.
    ByteOrderMark,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// A value of a key that this program reads is not UTF-8.
    ValueNotUtf8,
    /// Text before the first section.
    BeforeFirstSection,
    /// A section header without its closing bracket.
    UnclosedHeader,
    /// `[]`.
    NamelessHeader,
    /// Neither `=` nor `:`.
    NoDelimiter,
    /// Nothing before the `=`.
    NoKey,
    /// Only NUL bytes, as a file system leaves them after a crash.
    Nuls,
    /// A nested line without `=`.
    NestedWithoutEquals,
    /// A section that is there already.
    DuplicateSection {
        /// The line of the earlier one.
        first: usize,
    },
    /// A key that its section has already.
    DuplicateKey {
        /// The line of the earlier one.
        first: usize,
    },
    /// More bytes than this reader takes; line 1 stands for all of them.
    TooLarge,
}

/// The part of the file that is not read because of a bad line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Nothing.
    Nothing,
    /// The value of one key that this program does not read.
    Key,
    /// The section, and with it the profile in both files: half a profile may be another identity, or lack
    /// its region.
    Section,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByteOrderMark => f.write_str("the file begins with a byte order mark"),
            Self::NotUtf8 => f.write_str("there are bytes that are not UTF-8 text"),
            Self::ValueNotUtf8 => f.write_str("the value is not UTF-8 text"),
            Self::BeforeFirstSection => f.write_str("there is text before the first section"),
            Self::UnclosedHeader => f.write_str("a section header must end with `]`"),
            Self::NamelessHeader => f.write_str("a section header has no name"),
            Self::NoDelimiter => f.write_str("there is no `=` in the line"),
            Self::NoKey => f.write_str("there is no key before the `=`"),
            Self::Nuls => f.write_str("the line consists of NUL bytes"),
            Self::NestedWithoutEquals => {
                f.write_str("there is no `=` in the indented line under a key without a value")
            }
            Self::DuplicateSection { first } => {
                write!(f, "the section is a duplicate of the one at line {first}")
            }
            Self::DuplicateKey { first } => {
                write!(f, "the key is a duplicate of the one at line {first}")
            }
            Self::TooLarge => f.write_str("the file is too large"),
        }
    }
}
