//! The MFA code and the device that it belongs to.

/// A command that prints the code.
mod command;
/// The MFA device of an account: configured, remembered, or listed by IAM.
pub mod device;
/// Where the code comes from: argument, standard input, command, terminal.
pub mod source;
/// The controlling terminal, whatever standard input and output are.
pub mod terminal;
/// Codes that were used, which AWS accepts no second time.
pub mod used_codes;
