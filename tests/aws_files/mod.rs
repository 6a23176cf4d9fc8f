//! The AWS files: the readings of botocore, of the SDK and of this program, and edits of one section.

/// A process in which botocore reads files.
mod botocore;
/// This program reads what botocore reads.
mod differential;
/// One section is changed, and nothing else.
mod edited;
/// Files and environments from public issues.
mod from_the_wild;
/// Random files.
mod generated;
/// Files that are not regular or not UTF-8.
mod kinds;
/// The meaning of a profile.
mod meaning;
/// Lines that the AWS CLI refuses.
mod refused;
/// The readings of the AWS SDK for Rust.
mod sdk;
/// Files as users have them.
mod shapes;

use aws_mfa::aws_files::{Document, FileKind, Profiles};

/// The profiles of two texts.
fn profiles(config: &[u8], credentials: &[u8]) -> Profiles {
    Profiles::new(
        Document::parse(FileKind::Config, config.to_vec()),
        Document::parse(FileKind::Credentials, credentials.to_vec()),
    )
}
