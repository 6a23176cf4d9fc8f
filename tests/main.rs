//! All integration tests: one module a capability.
#![forbid(unsafe_code)]

mod harness;
mod support;

/// What is wrong with accounts and their configuration, and how it is said.
mod accounts;
/// The statements in the real shells.
mod statements;
