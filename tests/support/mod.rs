//! What the tests, the sandbox and the benches share.

/// A throw-away home folder with AWS files.
pub(crate) mod home;
/// The strict STS.
pub(crate) mod sts;
