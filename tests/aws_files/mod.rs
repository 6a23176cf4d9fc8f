//! The AWS files: who reads what in them, and what a change of one section leaves alone.

/// A process that says what botocore reads.
mod botocore;
/// What botocore reads is what is read here.
mod differential;
/// One section is changed, and nothing else.
mod edited;
/// Random files.
mod generated;
/// What is no regular file, and what is not UTF-8.
mod kinds;
/// What a profile means.
mod meaning;
/// Lines that the AWS CLI refuses.
mod refused;
/// What the AWS SDK for Rust reads.
mod sdk;
/// Files as people have them.
mod shapes;

use aws_mfa::aws_files::{Document, FileKind, Profiles};

/// The profiles of two texts.
fn profiles(config: &[u8], credentials: &[u8]) -> Profiles {
    Profiles::new(
        Document::parse(FileKind::Config, config.to_vec()),
        Document::parse(FileKind::Credentials, credentials.to_vec()),
    )
}
