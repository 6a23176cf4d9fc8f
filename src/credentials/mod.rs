//! The secrets that the program handles, as types whose `Debug` output is redacted: the six digits of an MFA
//! code, the long-term key, and the temporary credentials that AWS returns for both.

mod long_term_key;
mod mfa_code;
mod session;

pub use long_term_key::{KeyFault, KeyFaultKind, KeyPart, LongTermKey};
pub use mfa_code::MfaCode;
pub use session::Session;
#[cfg(test)]
pub(crate) use session::testing;
