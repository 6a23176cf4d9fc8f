//! Access to files regardless of their content: atomic replacement, JSON caches, search on PATH.
//!
//! It knows neither sessions nor shells. `delivery` writes the credentials file through it, `setup` the
//! rc files and config.toml, and `code` its caches.

/// Search for programs in the directories of `PATH`.
pub mod executable;
pub mod input;
/// Small JSON files of aws-mfa's own, which may be deleted at any time.
pub(crate) mod json;
pub(crate) mod own;
pub mod replace;
mod sections;
