//! The MFA code.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// An MFA code: six digits, which AWS accepts once.
#[derive(Clone)]
pub struct MfaCode(SecretString);

impl MfaCode {
    /// Parses a code. White space in it is ignored.
    ///
    /// # Errors
    ///
    /// If the rest is not six digits. The message does not repeat the text, which may be another secret.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut digits = Zeroizing::new(String::with_capacity(text.len()));
        digits.extend(text.chars().filter(|c| !c.is_whitespace()));
        let count = digits.chars().count();
        if digits.is_empty() {
            Err("the MFA code is empty; it must be six digits".to_owned())
        } else if !digits.bytes().all(|b| b.is_ascii_digit()) {
            Err(
                "the MFA code contains something other than digits; it must be six digits"
                    .to_owned(),
            )
        } else if count != 6 {
            Err(format!(
                "the MFA code has {count} digit{}; it must have six",
                if count == 1 { "" } else { "s" }
            ))
        } else {
            Ok(Self(digits.as_str().into()))
        }
    }

    /// The digits, for the request.
    pub(crate) fn digits(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Redacted: AWS accepts an unused code for up to 90 s.
impl fmt::Debug for MfaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

#[cfg(test)]
mod tests {
    use super::MfaCode;

    #[test]
    fn a_code_is_six_digits_with_any_white_space() {
        for good in [
            "123456",
            "123 456",
            " 123456\r\n",
            "000000",
            "1 2 3 4 5 6",
            "123\u{a0}456",
        ] {
            assert_eq!(MfaCode::parse(good).unwrap().digits().len(), 6, "{good}");
        }
        for (bad, reason) in [
            ("", "is empty"),
            ("   ", "is empty"),
            ("12345", "has 5 digits"),
            ("1", "has 1 digit;"),
            ("1234567", "has 7 digits"),
            ("12345a", "something other"),
            ("123-456", "something other"),
            ("١٢٣٤٥٦", "something other"),
        ] {
            assert!(MfaCode::parse(bad).unwrap_err().contains(reason), "{bad}");
        }
        assert_eq!(
            format!("{:?}", MfaCode::parse("123456").unwrap()),
            "[REDACTED]"
        );
    }
}
