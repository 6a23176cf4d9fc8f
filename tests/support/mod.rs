//! The parts that the tests, the sandbox and the benches share.

/// A throw-away home directory with AWS files.
pub(crate) mod home;
/// The identity that AWS sees in a session.
pub(crate) mod identity;
/// The strict STS.
pub(crate) mod sts;
