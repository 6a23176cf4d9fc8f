//! The MFA code and the device that it belongs to. The session provider calls it. It asks IAM for the devices of a
//! user, but never requests a session.

/// A command of the user's that prints the code.
mod command;
/// The MFA device of an account: configured, cached, or listed by IAM.
pub mod device;
/// The source of the code: argument, standard input, command, or terminal.
pub mod source;
/// The controlling terminal.
pub mod terminal;
/// The codes that were used, which AWS does not accept again.
pub mod used_codes;
