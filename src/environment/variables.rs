//! The names of the variables that a session sets or unsets, and which names a variable may have.

/// The account whose session the shell holds.
pub const ACCOUNT: &str = "AWS_MFA_ACCOUNT";
/// When that session ends, in Unix seconds.
pub const EXPIRES_AT: &str = "AWS_MFA_EXPIRES_AT";
/// The record of what the session displaced; see [`RestoreRecord`](super::RestoreRecord).
pub const RESTORE: &str = "AWS_MFA_RESTORE";
/// The variables that an account with a region sets in addition.
pub const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The variables that every session sets, in this order; a region's come before [`ACCOUNT`].
pub const SESSION: [&str; 8] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_SESSION_EXPIRATION",
    ACCOUNT,
    EXPIRES_AT,
    RESTORE,
];

/// Variables that make some SDK ignore the keys in the environment; a session unsets them.
pub const CONFLICTING: [&str; 7] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
];

/// Whether every session may set or unset this variable, whatever the account's `env` says.
#[must_use]
pub fn is_session_variable(name: &str) -> bool {
    SESSION.contains(&name) || REGION.contains(&name) || CONFLICTING.contains(&name)
}

/// Whether every shell takes this as the name of a variable: ASCII letters, digits and `_`, no digit first.
#[must_use]
pub fn is_variable_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty() && name.chars().all(allowed)
}
