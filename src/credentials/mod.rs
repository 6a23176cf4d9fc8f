//! The secrets that the program handles, as types that are never shown: the six digits of an MFA code
//! and the temporary credentials that AWS gives for them.

mod mfa_code;
mod session;

pub use mfa_code::MfaCode;
pub use session::Session;
#[cfg(test)]
pub(crate) use session::testing;
