//! Replacement of files: each of them whole or not at all.
//!
//! The new content is written in full and synced to a temporary file beside the old one, which then takes the old
//! one's name. So a crash, a full disk or a signal leaves the old file or the new one. Symbolic links are followed:
//! a file that is kept in a repository of dotfiles stays there.
//!
//! There are two kinds of files:
//!
//! | | [`replace_secret`] | [`replace_all`] |
//! |---|---|---|
//! | for | one file with secrets, that many processes change | several files without secrets |
//! | other processes | wait for a lock | are noticed: the file must still be what the caller read |
//! | mode | readable by its owner alone from the moment it exists | that of the old file, or `rw-r--r--` |
//!
//! The temporary file is `.NAME.aws-mfa.RANDOM.tmp`; one that a killed process left is deleted by the next process that
//! replaces the same file. The owner of the old file stays the owner; what root creates belongs to the owner of its
//! directory.
//!
//! Other programs, such as the AWS CLI, know no lock and write in place: they empty the file, then write it. So
//! [`replace_secret`] takes no text that lacks what the file had when the program started, compares the file once more
//! before the rename, and keeps the replaced file open for `LATE_WRITER` after it: what a program writes to that
//! is merged into the new one.

mod group;
mod secret;
mod target;

pub use group::{Replacement, read, replace_all};
pub use secret::{LARGEST_SECRET, check_secret, replace_secret};
pub use target::{check_is_file, has_other_names, split_link};
