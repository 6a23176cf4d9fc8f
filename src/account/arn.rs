//! The ARNs of IAM resources.

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
        let clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts[..] {
            ["arn", partition, service, _, account, resource]
                if clean
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
