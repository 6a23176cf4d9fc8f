//! The MFA code and the device that it belongs to. The session provider calls it. It asks IAM for the devices of a
//! user, but never requests a session.

mod command;
pub mod device;
pub mod source;
pub mod used_codes;
