//! Handing a session over: to a shell, a file, a child process.

/// What happens to the environment: an ordered list of variables to set and to unset.
pub mod changes;
/// A child process that gets the session.
pub mod child;
/// The credentials file, changed in one section.
pub mod credentials_file;
/// The formats that no shell evaluates: JSON and NAME=value lines.
pub mod plain;
/// The profile that a saved session is written to.
pub mod saved_profile;
/// One small printer for each shell.
pub mod shell;
