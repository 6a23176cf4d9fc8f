//! The values that an account is made of. Each type checks its text once, when the command line, config.toml or
//! an AWS file is parsed; the error says what a valid value looks like.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::environment::variables::{is_interpreted, is_session_variable, is_variable_name};

/// Declares a type for text that satisfies `$check`, with the conversions that clap and serde need.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), String> = $check;
                check(&text).map(|()| Self(text))
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::try_from(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

/// The subcommands of `aws-mfa`, and `version`, which is reserved. No account has such a name. The shell hooks are
/// filled from this list (see `hook`), except `off`, which they evaluate.
pub const SUBCOMMANDS: [&str; 15] = [
    "env",
    "save",
    "exec",
    "off",
    "status",
    "list",
    "credential-process",
    "forget",
    "init",
    "completions",
    "setup",
    "doctor",
    "man",
    "help",
    "version",
];

checked_text! {
    /// The name of an account: `[A-Za-z0-9][A-Za-z0-9._@+-]*` and no subcommand.
    AccountName, |text| {
        if SUBCOMMANDS.contains(&text) {
            return Err(format!("`{text}` is a subcommand, which cannot be an account name"));
        }
        if is_plain_name(text) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is not a valid account name: use letters, digits and `._@+-`, with a letter or digit first"
            ))
        }
    }
}

/// Keywords and builtins of shells, and the programs `aws` and `aws-mfa`. A command with such a name would hide a
/// command that users and scripts need.
const RESERVED_COMMANDS: [&str; 77] = [
    "alias", "and", "aws", "aws-mfa", "begin", "bg", "bind", "break", "builtin", "caller", "case",
    "cd", "command", "compgen", "complete", "continue", "declare", "dirs", "disown", "do", "done",
    "echo", "elif", "else", "enable", "end", "esac", "eval", "exec", "exit", "export", "false",
    "fc", "fg", "fi", "for", "foreach", "function", "getopts", "hash", "help", "history", "if",
    "in", "jobs", "kill", "let", "local", "logout", "not", "or", "popd", "printf", "pushd", "pwd",
    "read", "readonly", "return", "select", "set", "shift", "source", "status", "switch", "test",
    "then", "time", "times", "trap", "true", "type", "typeset", "umask", "unset", "until", "wait",
    "while",
];

/// Whether a command of this name would hide a standard command.
#[must_use]
pub fn is_reserved_command(command: &str) -> bool {
    RESERVED_COMMANDS.contains(&command)
}

checked_text! {
    /// The name of a command that the shell hook defines for an account.
    Alias, |text| {
        if is_reserved_command(text) {
            Err(format!("`{text}` is a standard command"))
        } else if is_plain_name(text) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is not a valid command name: use letters, digits and `._@+-`, with a letter or digit first"
            ))
        }
    }
}

/// Whether the name of an account or of an alias may contain this character.
#[must_use]
pub fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '@' | '+' | '-')
}

fn is_plain_name(text: &str) -> bool {
    // By bytes: completion checks thousands of names.
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| is_name_char(char::from(*byte)))
}

checked_text! {
    /// The name of an AWS region, such as `eu-west-1`.
    Region, |text| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !text.is_empty() && text.chars().all(allowed) {
            Ok(())
        } else {
            Err(format!("`{text}` is not a region; a region looks like `eu-west-1`"))
        }
    }
}

checked_text! {
    /// The name of an environment variable that an account exports.
    VariableName, |text| {
        if !is_variable_name(text) {
            Err(format!(
                "`{text}` is not a variable name: use letters, digits and `_`, with no digit first"
            ))
        } else if is_session_variable(text) {
            Err(format!("`{text}` is reserved: a session sets or unsets it"))
        } else if is_interpreted(text) {
            Err(format!("`{text}` cannot be set by an account: shells or the dynamic loader act upon it"))
        } else {
            Ok(())
        }
    }
}

checked_text! {
    /// The value of an environment variable that an account exports: any text without NUL bytes.
    VariableValue, |text| {
        if text.contains('\0') {
            Err("the value of a variable cannot contain a NUL byte".to_owned())
        } else {
            Ok(())
        }
    }
}

/// The characters besides ASCII letters and digits that every AWS tool takes in the name of a section. The AWS SDK for
/// Rust has the smallest set (`validate_identifier` in aws-runtime): it ignores a section of any other name.
pub const SECTION_PUNCTUATION: &str = "_-/.%@:+";

/// Whether all AWS tools take this for the name of a section, and so of a profile.
#[must_use]
pub fn is_section_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || SECTION_PUNCTUATION.contains(c);
    !name.is_empty() && name.chars().all(allowed)
}

checked_text! {
    /// The name of a profile in the AWS files.
    ProfileName, |text| {
        // Whatever stands in a header, which is one line.
        if !text.trim().is_empty() && !text.contains(['\n', '\r', '\0']) {
            Ok(())
        } else {
            Err(format!("`{text}` is not a valid profile name"))
        }
    }
}

checked_text! {
    /// The name of a role session in `CloudTrail`: `[A-Za-z0-9_+=,.@-]{2,64}`.
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    RoleSessionName, |text| {
        if (2..=64).contains(&text.len()) && text.chars().all(is_role_session_char) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is not a valid role session name: use 2 to 64 letters, digits and `_+=,.@-`"
            ))
        }
    }
}

impl RoleSessionName {
    /// The name of the user with `-` for each invalid character, cut to 64 characters; `aws-mfa` if fewer than 2
    /// remain.
    #[must_use]
    pub fn from_user_name(user: &str) -> Self {
        let valid: String = user
            .chars()
            .map(|c| if is_role_session_char(c) { c } else { '-' })
            .take(64)
            .collect();
        if valid.len() < 2 {
            Self("aws-mfa".to_owned())
        } else {
            Self(valid)
        }
    }
}

fn is_role_session_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

checked_text! {
    /// The external ID that a role's trust policy requires: 2 to 1224 of `[A-Za-z0-9_+=,.@:/-]`.
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    ExternalId, |text| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
        if (2..=1224).contains(&text.len()) && text.chars().all(allowed) {
            Ok(())
        } else {
            Err("an external ID has 2 to 1224 letters, digits and `_+=,.@:/-`".to_owned())
        }
    }
}

checked_text! {
    /// An MFA device with codes: `arn:PARTITION:iam::ACCOUNT:mfa/NAME`, or the serial number of a hardware device
    /// such as `GAHT12345678`.
    MfaSerial, |text| {
        if !text.starts_with("arn:") {
            // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html: 9 to 256 characters.
            let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c);
            return if (9..=256).contains(&text.len()) && text.chars().all(allowed) {
                Ok(())
            } else {
                Err(format!(
                    "`{text}` is not an MFA device: use its ARN, such as `arn:aws:iam::123456789012:mfa/jane`, \
                     or its serial number if it is a hardware device"
                ))
            };
        }
        let arn = Arn::parse(text)?;
        match arn.resource.split_once('/') {
            Some(("mfa", name)) if arn.service == "iam" && !name.is_empty() => Ok(()),
            Some(("user", path)) => {
                let name = path.rsplit('/').next().unwrap_or(path);
                Err(format!(
                    "`{text}` is a user, not an MFA device; the device is usually `arn:{}:iam::{}:mfa/{name}`",
                    arn.partition, arn.account
                ))
            }
            Some(("u2f", _)) => Err(format!(
                "`{text}` is a FIDO security key or passkey, which has no codes: \
                 use a virtual or hardware device (`:mfa/`)"
            )),
            _ => Err(format!(
                "`{text}` is not an MFA device; its ARN looks like `arn:aws:iam::123456789012:mfa/jane`"
            )),
        }
    }
}

impl MfaSerial {
    /// The parts of the device's ARN; `None` for the serial number of a hardware device.
    #[must_use]
    pub fn arn(&self) -> Option<Arn<'_>> {
        Arn::parse(&self.0).ok()
    }
}

checked_text! {
    /// The ARN of a role: `arn:PARTITION:iam::ACCOUNT:role/NAME`.
    RoleArn, |text| {
        match Arn::parse(text) {
            Ok(arn) if arn.service == "iam" && arn.resource.len() > 5 && arn.resource.starts_with("role/") => Ok(()),
            _ => Err(format!(
                "`{text}` is not a role ARN such as `arn:aws:iam::123456789012:role/Admin`"
            )),
        }
    }
}

impl RoleArn {
    /// The parts of the ARN.
    #[must_use]
    pub fn arn(&self) -> Option<Arn<'_>> {
        Arn::parse(&self.0).ok()
    }
}

/// The parts of the ARN of an IAM resource.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// The service, such as `iam`.
    pub service: &'a str,
    /// The account ID, 12 digits.
    pub account: &'a str,
    /// The rest after the account ID, such as `mfa/jane`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN into its parts.
    ///
    /// # Errors
    ///
    /// If the text is not an ARN with a 12-digit account ID, or contains white space.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let is_graphic = text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_clean = is_graphic || !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let mut parts = text.splitn(6, ':');
        match std::array::from_fn(|_| parts.next()) {
            [
                Some("arn"),
                Some(partition),
                Some(service),
                Some(_),
                Some(account),
                Some(resource),
            ] if is_clean
                && !partition.is_empty()
                && account.len() == 12
                && account.bytes().all(|b| b.is_ascii_digit()) =>
            {
                Ok(Self {
                    partition,
                    service,
                    account,
                    resource,
                })
            }
            _ => Err(format!(
                "`{text}` is not an ARN such as `arn:aws:iam::123456789012:…`"
            )),
        }
    }
}

/// The duration of a session, in whole seconds. The limits of STS are those of `GetSessionToken` ("plain") and of
/// `AssumeRole` ("role").
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "DurationSetting")]
pub struct SessionDuration(u32);

impl SessionDuration {
    /// The shortest duration that STS accepts: 15 minutes.
    pub const MIN: Self = Self(900);
    /// The default of `GetSessionToken`: 12 hours.
    pub const DEFAULT_PLAIN: Self = Self(12 * 3600);
    /// The maximum of `GetSessionToken`: 36 hours.
    pub const MAX_PLAIN: Self = Self(36 * 3600);
    /// The default of `AssumeRole`: 1 hour.
    pub const DEFAULT_ROLE: Self = Self(3600);
    /// The maximum of `AssumeRole`, if the role's `MaxSessionDuration` allows it: 12 hours.
    pub const MAX_ROLE: Self = Self(12 * 3600);

    /// A duration in hours; `None` for 0 and for more than [`MAX_PLAIN`](Self::MAX_PLAIN).
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
enum DurationSetting {
    Seconds(u32),
    Text(String),
}

impl TryFrom<DurationSetting> for SessionDuration {
    type Error = String;

    fn try_from(setting: DurationSetting) -> Result<Self, String> {
        match setting {
            DurationSetting::Seconds(seconds) => Ok(Self(seconds)),
            DurationSetting::Text(text) => text.parse(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_names() {
        for good in [
            "test",
            "a",
            "9",
            "prod.eu",
            "jane@acme",
            "c++",
            "a_b",
            "123456789012",
        ] {
            assert!(good.parse::<AccountName>().is_ok(), "{good}");
        }
        for bad in [
            "", "-a", ".a", "a b", "a/b", "ä", "a\n", "$(x)", "env", "off", "a:b",
        ] {
            assert!(bad.parse::<AccountName>().is_err(), "{bad}");
        }
    }

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

    #[test]
    fn mfa_serials() {
        for good in [
            "arn:aws:iam::123456789012:mfa/jane",
            "arn:aws-us-gov:iam::123456789012:mfa/path/jane@acme",
            "arn:aws-cn:iam::123456789012:mfa/my-phone",
            "GAHT12345678",
        ] {
            assert!(good.parse::<MfaSerial>().is_ok(), "{good}");
        }
        let user = "arn:aws-cn:iam::123456789012:user/team/jane"
            .parse::<MfaSerial>()
            .unwrap_err();
        assert!(
            user.contains("arn:aws-cn:iam::123456789012:mfa/jane"),
            "{user}"
        );
        let fido = "arn:aws:iam::123456789012:u2f/user/jane/key-ABC"
            .parse::<MfaSerial>()
            .unwrap_err();
        assert!(fido.contains("FIDO"), "{fido}");
        for bad in [
            "",
            "jane",
            "arn:aws:iam::123:mfa/jane",
            "arn:aws:iam::123456789012:mfa/",
            "GAHT 12345678",
        ] {
            assert!(bad.parse::<MfaSerial>().is_err(), "{bad}");
        }
    }

    #[test]
    fn role_session_names_are_made_valid() {
        for (user, name) in [
            ("jane", "jane"),
            ("DOM\\jane doe", "DOM-jane-doe"),
            ("ä", "aws-mfa"),
            ("", "aws-mfa"),
        ] {
            assert_eq!(RoleSessionName::from_user_name(user).as_str(), name);
        }
        assert_eq!(
            RoleSessionName::from_user_name(&"x".repeat(99))
                .as_str()
                .len(),
            64
        );
    }

    #[test]
    fn variables_that_the_session_owns_are_refused() {
        assert!("KUBECONFIG".parse::<VariableName>().is_ok());
        for bad in [
            "",
            "1A",
            "A-B",
            "A=B",
            "AWS_PROFILE",
            "AWS_REGION",
            "AWS_MFA_RESTORE",
            "__aws_mfa_restore",
            "PATH",
            "path",
            "LD_PRELOAD",
            "DYLD_INSERT_LIBRARIES",
            "PROMPT_COMMAND",
            "ENV",
            "BASH_ENV",
            "IFS",
            "PS4",
            "ZDOTDIR",
            "fish_function_path",
            "precmd_functions",
        ] {
            assert!(bad.parse::<VariableName>().is_err(), "{bad}");
        }
    }
}
