/// What happens to the environment: an ordered list of variables to set and to unset.
pub mod changes;
/// A child process that gets the session.
pub mod child;
/// The credentials file, changed in one section.
pub mod credentials_file;
/// The formats that no shell evaluates: JSON and NAME=value lines.
pub mod plain;
/// What a session displaced, and how it is given back.
pub mod restore;
/// One small printer for each shell.
pub mod shell;
