//! Access to files regardless of their content: atomic replacement, JSON caches, programs on PATH.
//!
//! It knows neither sessions nor shells. `delivery` writes the credentials file through it, `commands::setup` the
//! rc files and config.toml, and `code` its caches.

pub mod executable;
pub mod input;
pub(crate) mod json;
pub(crate) mod own;
pub mod replace;
mod sections;
