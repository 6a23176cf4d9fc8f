//! The duration of a session.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// The duration of a session, in whole seconds. STS has limits of their own for MFA sessions
/// (`GetSessionToken`) and for role sessions (`AssumeRole`).
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "TomlDuration")]
pub struct SessionDuration(u32);

impl SessionDuration {
    /// The shortest duration that STS accepts: 15 minutes.
    pub const MIN: Self = Self(900);
    /// The default of `GetSessionToken`: 12 hours.
    pub const DEFAULT_MFA: Self = Self(12 * 3600);
    /// The maximum of `GetSessionToken`: 36 hours.
    pub const MAX_MFA: Self = Self(36 * 3600);
    /// The default of `AssumeRole`: 1 hour.
    pub const DEFAULT_ROLE: Self = Self(3600);
    /// The maximum of `AssumeRole`, if the role's `MaxSessionDuration` allows it: 12 hours.
    pub const MAX_ROLE: Self = Self(12 * 3600);

    /// A duration in hours; `None` for 0 and for more than [`MAX_MFA`](Self::MAX_MFA).
    #[must_use]
    pub const fn from_hours(hours: u32) -> Option<Self> {
        match hours {
            1..=36 => Some(Self(hours * 3600)),
            _ => None,
        }
    }

    /// The duration in seconds.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl FromStr for SessionDuration {
    type Err = String;

    /// Parses `12h`, `90m`, `1h30m`, `3600s` or a bare number of seconds. Units are `d`, `h`, `m` and `s`, the
    /// largest first, each once; `humantime` would also accept `30m 1h`.
    fn from_str(text: &str) -> Result<Self, String> {
        let invalid =
            || format!("`{text}` is not a duration: write it like `12h`, `90m` or `1h30m`");
        if let Ok(seconds) = text.parse() {
            return Ok(Self(seconds));
        }
        let mut total: u32 = 0;
        let mut rest = text;
        let mut largest = u32::MAX;
        while !rest.is_empty() {
            let digits = rest
                .find(|c: char| !c.is_ascii_digit())
                .ok_or_else(invalid)?;
            let number: u32 = rest[..digits].parse().map_err(|_| invalid())?;
            let unit = match rest.as_bytes()[digits] {
                b'd' => 86_400,
                b'h' => 3_600,
                b'm' => 60,
                b's' => 1,
                _ => return Err(invalid()),
            };
            if unit >= largest {
                return Err(invalid());
            }
            largest = unit;
            total = number
                .checked_mul(unit)
                .and_then(|seconds| total.checked_add(seconds))
                .ok_or_else(invalid)?;
            rest = &rest[digits + 1..];
        }
        if text.is_empty() {
            Err(invalid())
        } else {
            Ok(Self(total))
        }
    }
}

impl fmt::Display for SessionDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.0 / 3600, 'h'),
            (self.0 % 3600 / 60, 'm'),
            (self.0 % 60, 's'),
        ];
        let mut written = false;
        for (number, unit) in parts {
            if number > 0 {
                write!(f, "{number}{unit}")?;
                written = true;
            }
        }
        if written { Ok(()) } else { f.write_str("0s") }
    }
}

/// A duration in config.toml: text with units, or a number of seconds as in ~/.aws/config.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a duration such as \"12h\", or a number of seconds"
)]
enum TomlDuration {
    Seconds(u32),
    Text(String),
}

impl TryFrom<TomlDuration> for SessionDuration {
    type Error = String;

    fn try_from(duration: TomlDuration) -> Result<Self, String> {
        match duration {
            TomlDuration::Seconds(seconds) => Ok(Self(seconds)),
            TomlDuration::Text(text) => text.parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_units_or_in_seconds() {
        for (text, seconds) in [
            ("12h", 43_200),
            ("90m", 5_400),
            ("1h30m", 5_400),
            ("3600", 3_600),
            ("12", 12),
            ("3600s", 3_600),
            ("1d", 86_400),
            ("1h1s", 3_601),
        ] {
            assert_eq!(
                text.parse::<SessionDuration>()
                    .map(SessionDuration::seconds),
                Ok(seconds)
            );
        }
        for bad in [
            "",
            "h",
            "12x",
            "30m1h",
            "1h1h",
            "-1h",
            "1.5h",
            "99999999999h",
            "12 h",
        ] {
            let parsed = bad.parse::<SessionDuration>();
            assert!(parsed.is_err(), "{bad}: {parsed:?}");
        }
        for text in ["12h", "1h30m", "15m", "1h1s", "0s"] {
            assert_eq!(text.parse::<SessionDuration>().unwrap().to_string(), text);
        }
    }
}
