//! The library behind `aws-mfa`: it exchanges a long-term AWS access key and an MFA code for
//! session credentials and hands them to a shell.
//!
//! The modules stand in the order in which data flows:
//! account → code → session → delivery.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

/// 1. Which account is meant.
pub mod account;
/// The files of the AWS CLI and the SDKs: `~/.aws/config` and `~/.aws/credentials`.
pub mod aws_files;
/// Command-line types, and nothing else.
pub mod cli;
/// 2. The MFA device and its code.
pub mod code;
/// One file a subcommand.
pub mod commands;
/// What the TAB key offers.
pub mod completion;
/// What is said to people: notices, warnings, errors.
pub mod console;
/// The outside world, passed in: environment, clock, folders.
pub mod context;
/// 4. Handing the session to a shell.
pub mod delivery;
/// Failures and their exit statuses.
pub mod error;
/// The shell hook: the files of shell/, as they are asked for.
pub mod hook;
/// Ctrl-C and its like while a shell waits for the output.
pub mod interrupt;
/// Small files of our own that may be lost.
mod json_file;
/// The man pages, out of the types of the command line.
pub mod man;
/// 3. Session credentials out of key and code.
pub mod session;
/// What `setup` finds and proposes; `commands/setup.rs` asks and writes.
pub mod setup;
/// The commands that the user's configuration names.
mod user_command;
