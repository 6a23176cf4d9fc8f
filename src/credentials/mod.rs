//! The secrets that the program handles, as types whose `Debug` output is redacted: the six digits of an MFA
//! code, and the temporary credentials that AWS returns for it.

mod mfa_code;
mod session;

pub use mfa_code::MfaCode;
pub use session::Session;
#[cfg(test)]
pub(crate) use session::testing;
