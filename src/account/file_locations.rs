//! The locations of the AWS files: the default ones, and the variables that name others.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::aws_files::FileKind;
use crate::context::Context;
use crate::error::Result;

/// The location of one of the AWS files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLocation {
    variable: &'static str,
    path: Option<PathBuf>,
    is_set: bool,
}

impl FileLocation {
    /// The environment variable that can name another file.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    /// Whether that variable is set, also to nothing.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.is_set
    }

    /// The path; `None` if the variable is set to nothing, which means no file to the AWS CLI.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }
}

/// The locations of the two files.
///
/// # Errors
///
/// If there is no home directory.
pub fn file_locations(context: &Context) -> Result<[(FileLocation, FileKind); 2]> {
    let location = |variable, name| -> Result<FileLocation> {
        let value = context.raw_setting(variable);
        Ok(FileLocation {
            variable,
            is_set: value.is_some(),
            path: match value {
                Some(value) if value.is_empty() => None,
                Some(value) => Some(expand(context, value)),
                None => Some(context.home()?.join(name)),
            },
        })
    };
    Ok([
        (
            location("AWS_CONFIG_FILE", ".aws/config")?,
            FileKind::Config,
        ),
        (
            location("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials")?,
            FileKind::Credentials,
        ),
    ])
}

/// Expands a path as botocore does (`os.path.expandvars`, then `os.path.expanduser`). What is not UTF-8 stays.
fn expand(context: &Context, value: &OsStr) -> PathBuf {
    let Some(text) = value.to_str() else {
        return value.into();
    };
    let text = expand_variables(text, |name| context.raw_setting(name)?.to_str());
    match text.strip_prefix('~') {
        Some(rest) if !rest.is_empty() && !rest.starts_with('/') => {
            let (user, path) = rest.split_once('/').unwrap_or((rest, ""));
            match home_of(user) {
                Some(home) => home.join(path),
                None => text.into(),
            }
        }
        _ => context.expand_tilde(&text),
    }
}

/// Replaces `$NAME` and `${NAME}`, and on Windows `%NAME%`, by values of variables. What names no variable stays.
fn expand_variables<'a>(text: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    let is_delimiter = |c: char| c == '$' || cfg!(windows) && c == '%';
    while let Some(at) = rest.find(is_delimiter) {
        out += &rest[..at];
        rest = &rest[at..];
        let after = &rest[1..];
        let (name, length) = if rest.starts_with('%') {
            let end = after.find('%');
            end.map_or(("", 1), |end| (&after[..end], end + 2))
        } else if let Some(braced) = after.strip_prefix('{') {
            let end = braced.find('}');
            end.map_or(("", 1), |end| (&braced[..end], end + 3))
        } else {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = after.find(|c| !is_part(c)).unwrap_or(after.len());
            (&after[..end], end + 1)
        };
        match value(name).filter(|_| !name.is_empty()) {
            Some(value) => out += value,
            None => out += &rest[..length],
        }
        rest = &rest[length..];
    }
    out + rest
}

/// The home directory of a user in /etc/passwd, whose sixth field it is.
#[cfg(unix)]
fn home_of(user: &str) -> Option<PathBuf> {
    let users = std::fs::read("/etc/passwd").ok()?;
    let users = String::from_utf8_lossy(&users);
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(user))?;
    let home = line.split(':').nth(5).filter(|home| !home.is_empty())?;
    Some(home.into())
}

#[cfg(not(unix))]
fn home_of(_: &str) -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_expanded_as_python_does() {
        let value = |name: &str| match name {
            "HOME" => Some("/home/jane"),
            "X" => Some("x"),
            _ => None,
        };
        for (text, expanded) in [
            ("$HOME/.aws/config", "/home/jane/.aws/config"),
            ("${HOME}/$X", "/home/jane/x"),
            ("$X$X-${X}", "xx-x"),
            ("$NONE/${NONE}/$", "$NONE/${NONE}/$"),
            ("${HOME", "${HOME"),
            ("\"$HOME\"", "\"/home/jane\""),
            ("/plain/ü", "/plain/ü"),
        ] {
            assert_eq!(expand_variables(text, value), expanded, "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_home_of_a_user_is_known_by_the_system() {
        assert_eq!(home_of("root"), Some("/root".into()));
        assert_eq!(home_of("no such user"), None);
    }
}
