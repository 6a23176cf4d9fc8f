//! Handing a session over: to a shell, a file, a child process.

pub mod changes;
pub mod child;
pub mod plain;
pub mod saved_profile;
pub mod shell;
