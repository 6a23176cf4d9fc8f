//! The values that an account is made of. Each type checks its text once, when the command line, config.toml or
//! an AWS file is parsed; the error says what a valid value looks like.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::arn::Arn;
use super::reserved::{LATER_SUBCOMMANDS, SUBCOMMANDS, is_reserved_command};
use crate::console::looks_secret;
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

checked_text! {
    /// The name of an account: `[A-Za-z0-9][A-Za-z0-9._@+-]*` and no subcommand.
    AccountName, |text| {
        if SUBCOMMANDS.contains(&text) && !LATER_SUBCOMMANDS.contains(&text) {
            return Err(format!("`{text}` is a subcommand, which cannot be an account name"));
        }
        if is_valid_name(text) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is not a valid account name: use letters, digits and `._@+-`, with a letter or digit first"
            ))
        }
    }
}

checked_text! {
    /// The name of a command that the shell hook defines for an account. It begins with a letter: nushell and PowerShell
    /// take `1`, `1day` and `1..2` for numbers, durations and ranges, and nushell then refuses the whole hook.
    Alias, |text| {
        if is_reserved_command(text) {
            Err(format!("`{text}` is a standard command"))
        } else if is_valid_name(text) && !text.starts_with(|c: char| c.is_ascii_digit()) {
            Ok(())
        } else {
            Err(format!(
                "`{text}` is not a valid command name: use letters, digits and `._@+-`, with a letter first"
            ))
        }
    }
}

/// Whether the name of an account or of an alias may contain this character.
#[must_use]
pub fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '@' | '+' | '-')
}

fn is_valid_name(text: &str) -> bool {
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

impl Region {
    /// Whether a partition of AWS has regions with names like this. The patterns are those of the SDKs' table, with the
    /// points of the compass that all names have had so far:
    /// <https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json>
    #[must_use]
    pub fn is_usual(&self) -> bool {
        const STARTS: [&str; 16] = [
            "us-gov-", "us-iso-", "us-isob-", "us-isof-", "eu-isoe-", "eusc-de-", "cn-", "us-",
            "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-",
        ];
        const PLACES: [&str; 9] = [
            "north",
            "south",
            "east",
            "west",
            "central",
            "northeast",
            "northwest",
            "southeast",
            "southwest",
        ];
        let start = STARTS.iter().find(|start| self.0.starts_with(**start));
        let rest = start.and_then(|start| self.0.strip_prefix(start));
        rest.and_then(|rest| rest.split_once('-'))
            .is_some_and(|(place, number)| {
                PLACES.contains(&place)
                    && matches!(number.len(), 1 | 2)
                    && number.bytes().all(|digit| digit.is_ascii_digit())
            })
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
        // Anything that a header can contain, which is one line.
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
        if (2..=64).contains(&text.len()) && text.chars().all(is_iam_name_char) {
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
            .map(|c| if is_iam_name_char(c) { c } else { '-' })
            .take(64)
            .collect();
        if valid.len() < 2 {
            Self("aws-mfa".to_owned())
        } else {
            Self(valid)
        }
    }
}

/// Whether the names of IAM's users and of role sessions may contain this character.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html>
#[must_use]
pub fn is_iam_name_char(c: char) -> bool {
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
        // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html: 9 to 256 characters.
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=/:,.@-".contains(c);
        if !(9..=256).contains(&text.len()) || !text.chars().all(allowed) {
            return Err(format!(
                "`{text}` is not an MFA device: use its ARN, such as `arn:aws:iam::123456789012:mfa/jane`, \
                 or its serial number if it is a hardware device"
            ));
        }
        if looks_secret(text) {
            return Err("this is not an MFA device: it looks like a secret access key".to_owned());
        }
        if !text.starts_with("arn:") {
            return Ok(());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_names_with_other_characters_are_refused() {
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
    fn mfa_serials_of_another_form_are_refused() {
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
            "arn:aws:iam::123456789012:mfa/ja\u{ad}ne",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
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
