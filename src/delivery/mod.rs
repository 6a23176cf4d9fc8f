//! Handing a session over: to a shell, a file, a child process.

pub mod changes;
pub mod child;
pub mod plain;
pub mod saved_profile;
/// One small printer for each shell.
pub mod shell;
