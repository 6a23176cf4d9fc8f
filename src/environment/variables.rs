//! The names of the variables that a session sets or unsets.

/// The name of the account whose session the shell holds.
pub const ACCOUNT: &str = "AWS_MFA_ACCOUNT";
/// The end of that session in Unix seconds.
pub const EXPIRES_AT: &str = "AWS_MFA_EXPIRES_AT";
/// The record of the values that the session displaced; see [`RestoreRecord`](super::RestoreRecord).
pub const RESTORE: &str = "AWS_MFA_RESTORE";
/// The variables that the session of an account with a region also sets.
pub const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The variables that every session sets, in this order. [`REGION`] comes before [`ACCOUNT`].
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

/// The variables that make some AWS SDK ignore the keys in the environment. A session unsets them.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>
pub const CONFLICTING: [&str; 7] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
];

/// Whether sessions set or unset this variable, so that the `env` of an account cannot.
#[must_use]
pub fn is_session_variable(name: &str) -> bool {
    SESSION.contains(&name) || REGION.contains(&name) || CONFLICTING.contains(&name)
}

/// Whether this is a variable name in every shell: ASCII letters, digits and `_`, no digit first.
#[must_use]
pub fn is_variable_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty() && name.chars().all(allowed)
}
