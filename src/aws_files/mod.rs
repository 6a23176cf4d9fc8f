//! One lossless model of `~/.aws/config` and `~/.aws/credentials`, for everything that reads or edits them.
//!
//! The files are read as botocore, and with it the AWS CLI, reads them: Python's `configparser` with its
//! rules of indentation and continuation, and on top of it `botocore/configloader.py`. What botocore refuses
//! as a whole, for one line, is read on: see [`FaultKind`] for what such a line costs. No byte is lost, so
//! that a file can be changed in one section and stay what it is everywhere else.

/// What Python takes for a blank and for the end of a line.
mod blank;
/// One file, taken apart.
mod document;
/// A file with other values in one section.
mod edit;
/// Lines that the AWS CLI cannot read.
mod fault;
/// The keys that this program reads, and which of them have a type.
mod keys;
/// Names of sections.
mod names;
/// The two files as one set of profiles.
mod profiles;
/// From a path to the bytes of a file.
mod read;
mod remove;
/// A hash table of names that stand in a file.
mod table;

pub use document::Document;
pub use edit::{Uneditable, Why};
pub use fault::{Cost, Fault, FaultKind};
pub use keys::{is_read, is_typed};
pub use profiles::{Loss, Profile, Profiles, Section, SectionKind, Value};
pub use read::{Contents, Encoding, PIPE_LIMIT, Unusable, read, read_within};

/// Which of the two files it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// `~/.aws/config`, where a profile x is `[profile x]`.
    Config,
    /// `~/.aws/credentials`, where a profile x is `[x]`.
    Credentials,
}
