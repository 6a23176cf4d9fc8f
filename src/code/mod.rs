//! The MFA code and the device that it belongs to: [`source::CodeSource`] gets the code, [`device`] finds the device.
//! The session provider calls both. IAM is asked for the devices of a user; a session is never requested here.

mod command;
pub mod device;
pub mod source;
pub mod used_codes;
