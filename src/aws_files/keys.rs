//! The keys of profiles that this program reads, and those among them whose values can hold a comment.

/// The keys that this program reads and whose values have a type: none of them can hold a comment, which is
/// therefore cut. In alphabetical order.
const TYPED: [&str; 30] = [
    "assume_role",
    "aws_access_key_id",
    "aws_account_id",
    "aws_mfa_device",
    "aws_secret_access_key",
    "aws_security_token",
    "aws_session_token",
    "ca_bundle",
    "credential_source",
    "duration_seconds",
    "endpoint_url",
    "expiration",
    "external_id",
    "ignore_configured_endpoint_urls",
    "include_profile",
    "login_session",
    "mfa_serial",
    "parent_profile",
    "region",
    "role_arn",
    "role_session_name",
    "services",
    "source_profile",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_session",
    "sts_regional_endpoints",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
];

/// The keys that this program reads and whose values are free text, in which ` #` may stand.
const FREE: [&str; 4] = [
    "credential_process",
    "mfa_process",
    "sso_start_url",
    "web_identity_token_file",
];

/// Whether this program reads the key in a profile, whatever the case of its letters.
#[must_use]
pub fn is_read(key: &str) -> bool {
    is_typed(key) || FREE.iter().any(|free| free.eq_ignore_ascii_case(key))
}

/// Whether a value of this key is an identifier, an ARN, a number or the like, so that ` #` and ` ;` begin a
/// comment in it. To botocore they do not: the AWS CLI takes the comment for a part of the value.
#[must_use]
pub fn is_typed(key: &str) -> bool {
    TYPED.iter().any(|typed| typed.eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_free_text() {
        assert!(is_read("credential_process") && !is_typed("credential_process"));
        assert!(is_typed("Region") && is_read("REGION"));
        assert!(!is_read("output"));
    }
}
