//! The names of the variables that a session sets or unsets.

/// The name of the account whose session the shell holds.
pub const ACCOUNT: &str = "AWS_MFA_ACCOUNT";
/// The expiration of that session, in Unix seconds.
pub const EXPIRES_AT: &str = "AWS_MFA_EXPIRES_AT";
/// The record of the values that the session displaced; see [`RestoreRecord`](super::RestoreRecord).
pub const RESTORE: &str = "AWS_MFA_RESTORE";
/// The part of that record that is about variables without the prefix `AWS_`.
pub const RESTORE_OTHER: &str = "__aws_mfa_restore";
/// The accounts that the shell held last; see [`PreviousAccounts`](super::PreviousAccounts). It is there without a
/// session, too.
pub const PREVIOUS: &str = "__aws_mfa_previous";
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

/// The variables that make up a key, the first three those of a session's key, and those that belong to one key and to
/// no other.
pub const KEYS: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_SESSION_EXPIRATION",
];

/// Whether sessions set or unset this variable, so that the `env` of an account cannot.
#[must_use]
pub fn is_session_variable(name: &str) -> bool {
    SESSION.contains(&name)
        || name == RESTORE_OTHER
        || REGION.contains(&name)
        || CONFLICTING.contains(&name)
}

/// Whether a shell or a dynamic loader acts upon this variable, so that its value can run a program, or change what
/// the shell does, and the `env` of an account cannot set it. Upper and lower case are the same: zsh keeps `path` and
/// `PATH` equal, and Windows does not tell names apart by case.
/// <https://www.gnu.org/software/bash/manual/html_node/Shell-Variables.html>
/// <https://zsh.sourceforge.io/Doc/Release/Parameters.html>
/// <https://man7.org/linux/man-pages/man8/ld.so.8.html>
#[must_use]
pub fn is_interpreted(name: &str) -> bool {
    const PREFIXES: [&str; 11] = [
        "BASH_", "COMP_", "DYLD_", "FISH_", "GLIBC_", "LD_", "PROMPT_", "XONSH", "XONTRIB", "ZLE_",
        "__",
    ];
    const NAMES: [&str; 66] = [
        "_",
        "ARGV0",
        "BASHOPTS",
        "BASHPID",
        "CDPATH",
        "COMSPEC",
        "DIRSTACK",
        "ENV",
        "ENV_CONVERSIONS",
        "EPOCHREALTIME",
        "EPOCHSECONDS",
        "EUID",
        "EXECIGNORE",
        "FCEDIT",
        "FIGNORE",
        "FPATH",
        "FUNCNEST",
        "GCONV_PATH",
        "GLOBIGNORE",
        "HISTCHARS",
        "HISTCMD",
        "HISTFILE",
        "HOME",
        "IFS",
        "IGNOREEOF",
        "INPUTRC",
        "LIBPATH",
        "LINENO",
        "MAIL",
        "MAILCHECK",
        "MAILPATH",
        "MODULE_PATH",
        "NULLCMD",
        "OLDPWD",
        "OPTIND",
        "PATH",
        "PATHEXT",
        "POSIXLY_CORRECT",
        "PPID",
        "PROMPT",
        "PROMPT2",
        "PROMPT3",
        "PROMPT4",
        "PS0",
        "PS1",
        "PS2",
        "PS3",
        "PS4",
        "PSMODULEPATH",
        "PWD",
        "READNULLCMD",
        "RPROMPT",
        "RPROMPT2",
        "RPS1",
        "RPS2",
        "SECONDS",
        "SHELL",
        "SHELLOPTS",
        "SHLIB_PATH",
        "SHLVL",
        "SPROMPT",
        "STTY",
        "TIMEFORMAT",
        "TMOUT",
        "UID",
        "ZDOTDIR",
    ];
    let name = name.to_ascii_uppercase();
    NAMES.contains(&name.as_str())
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || name.ends_with("_FUNCTIONS")
}

/// Whether this is a variable name in every shell: ASCII letters, digits and `_`, no digit first.
#[must_use]
pub fn is_variable_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty() && name.chars().all(allowed)
}
