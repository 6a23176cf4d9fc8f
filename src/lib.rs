//! The library behind `aws-mfa`: it exchanges a long-term AWS access key and an MFA code for
//! session credentials and hands them to a shell.
//!
//! The modules stand in the order in which data flows:
//! account → code → session → delivery.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

/// 1. Which account is meant.
pub mod account;
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
/// Files and programs on this machine, whatever is in them.
pub mod files;
/// The shell hook: the files of shell/, as they are asked for.
pub mod hook;
/// Ctrl-C and the other termination signals, while a shell waits for the output.
pub mod interrupt;
/// The man pages, out of the types of the command line.
pub mod man;
/// Processes around this one, as the system tells of them.
pub mod process_tree;
/// 3. Session credentials out of key and code.
pub mod session;
/// What `setup` finds and proposes; `commands/setup.rs` asks and writes.
pub mod setup;
/// The commands that the user's configuration names.
mod user_command;
