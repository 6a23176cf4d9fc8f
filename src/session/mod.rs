//! Session credentials, from the shell, from the shared store, or from STS for a key and a code.

/// The lock that lets one process at a time ask for a device's code.
mod device_lock;
mod provider;
/// Sessions that the user's other processes can use.
pub mod shared;

pub use provider::{ProvidedSession, ProviderOptions, SessionProvider, SessionSource};

/// A session with less time left, in seconds, is renewed instead of reused.
pub const MIN_REMAINING_SECONDS: i64 = 600;
