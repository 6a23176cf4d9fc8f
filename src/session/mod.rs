//! Session credentials, from the shell, from the shared store, or from STS for a key and a code.
//!
//! [`SessionProvider`] returns, in this order: the session that the shell holds, a shared one, a new one. A session
//! is reused if it has more than 10 minutes left ([`MIN_REMAINING_SECONDS`]) and the run has neither a code nor
//! `--fresh`. The shell's session must also be of the same account, source profile and role, with unchanged keys, and
//! the command line must not have `--duration` or `--mfa-serial`. A role assumed from a shared session needs no code;
//! `credential-process` also shares the sessions of roles themselves.

mod device_lock;
mod provider;
pub mod shared;

pub use provider::{ProvidedSession, ProviderOptions, SessionProvider, SessionSource};

/// The time left, in seconds, below which a session is renewed instead of reused.
pub const MIN_REMAINING_SECONDS: i64 = 600;
