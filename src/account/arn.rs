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
