//! The library behind `aws-mfa`: it exchanges a long-term AWS access key and an MFA code for
//! session credentials and hands them to a shell.
//!
//! The modules stand in the order in which data flows:
//! account → code → session → delivery.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

/// Command-line types, and nothing else.
pub mod cli;
/// The outside world, passed in: environment, clock, folders.
pub mod context;
/// What is said to people: notices, warnings, errors.
pub mod console;
/// Failures and their exit statuses.
pub mod error;
/// Ctrl-C while a shell waits for the output.
pub mod interrupt;
/// One file a subcommand.
pub mod commands;
/// 1. Which account is meant.
pub mod account;
/// 2. The MFA device and its code.
pub mod code;
/// 3. Session credentials out of key and code.
pub mod session;
/// 4. Handing the session to a shell.
pub mod delivery;
