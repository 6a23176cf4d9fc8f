//! Session credentials, from the shell, from the shared store, or from STS for a key and a code.

mod device_lock;
mod provider;
pub mod shared;

pub use provider::{ProvidedSession, ProviderOptions, SessionProvider, SessionSource};

/// The time left, in seconds, below which a session is renewed instead of reused.
pub const MIN_REMAINING_SECONDS: i64 = 600;
