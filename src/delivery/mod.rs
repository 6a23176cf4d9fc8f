//! Handing a session over: to a shell, a file, a child process.

pub mod changes;
pub mod child;
pub mod credentials_file;
pub mod plain;
/// A file of secrets, replaced whole or not at all.
pub mod replace_file;
/// Several files without secrets, replaced together or not at all.
pub mod replace_files;
pub mod saved_profile;
/// One small printer for each shell.
pub mod shell;
