//! One lossless model of `~/.aws/config` and `~/.aws/credentials`, for everything that reads or edits them.
//!
//! The files are read as botocore, and with it the AWS CLI, reads them: Python's `configparser` with its
//! rules of indentation and continuation, and on top of it `botocore/configloader.py`. What botocore refuses
//! as a whole, for one line, is read nevertheless: see [`Cost`] for what such a line costs. No byte is lost, so
//! that a file can be changed in one section and stay what it is everywhere else.
//!
//! From a path to a setting: `read` gets the bytes, `document` parses them, `profiles` merges both files, with the
//! names that `names` finds in the headers. `edit` and `remove` make the text of a changed file; writing it is up to
//! `delivery`.

mod blank;
mod document;
mod edit;
mod fault;
mod keys;
mod names;
mod profiles;
mod read;
mod remove;
mod table;

pub use document::Document;
pub use edit::{Uneditable, UneditableCause};
pub use fault::{Cost, Fault, FaultKind};
pub use keys::{is_read, is_typed};
pub use profiles::{Loss, Profile, Profiles, Section, SectionKind, Value};
pub use read::{Contents, Encoding, PIPE_LIMIT, Unusable, read, read_within};

/// The two kinds of AWS files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// `~/.aws/config`, where a profile x is `[profile x]`.
    Config,
    /// `~/.aws/credentials`, where a profile x is `[x]`.
    Credentials,
}
