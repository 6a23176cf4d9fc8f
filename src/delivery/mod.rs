//! The destinations of a session: a shell, the credentials file, a child process.

pub mod child;
pub mod data_formats;
pub mod saved_profile;
pub mod session_changes;
pub mod shell;
