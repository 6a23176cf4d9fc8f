//! The error responses of AWS: the reasons that the program explains better than AWS does, and the next step for each.

use std::borrow::Cow;

use super::{RequestContext, RequestError};
use crate::account::{Account, SessionDuration};
use crate::error::Failure;

/// An error response of AWS.
pub(super) struct AwsErrorResponse<'a> {
    pub(super) code: &'a str,
    pub(super) message: &'a str,
    /// Seconds that this machine's clock is ahead of AWS's.
    pub(super) clock_ahead: Option<i64>,
}

/// The reasons for which AWS refuses requests that the program can explain better than AWS.
#[derive(Clone, Copy)]
enum Reason {
    WrongCode,
    WrongDevice,
    TemporarySourceCredentials,
    RoleDenied,
    ExpiredMfaSession,
    ExpiredSourceCredentials,
    UnknownMfaSession,
    UnknownKey,
    WrongSecret,
    WrongClock,
    TooLong { chained: bool },
    RegionDisabled,
    Throttled,
}

impl AwsErrorResponse<'_> {
    /// The reason, by the code and, where AWS uses one code for several reasons, by words of the message. The
    /// codes are those of <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>; the messages
    /// are what STS sends, which is not documented.
    fn reason(&self, with_session: bool) -> Option<Reason> {
        let has = |words: &str| self.message.to_ascii_lowercase().contains(words);
        Some(match self.code {
            "AccessDenied" | "AccessDeniedException" => match () {
                () if has("invalid mfa one time pass code") => Reason::WrongCode,
                () if has("unable to validate mfa code") => Reason::WrongDevice,
                () if has("with session credentials") => Reason::TemporarySourceCredentials,
                () if has("assumerole") => Reason::RoleDenied,
                () => return None,
            },
            "ExpiredToken" | "ExpiredTokenException" if with_session => Reason::ExpiredMfaSession,
            "ExpiredToken" | "ExpiredTokenException" => Reason::ExpiredSourceCredentials,
            "InvalidClientTokenId" | "UnrecognizedClientException" if with_session => {
                Reason::UnknownMfaSession
            }
            "InvalidClientTokenId" | "UnrecognizedClientException" => Reason::UnknownKey,
            "RequestExpired" => Reason::WrongClock,
            "SignatureDoesNotMatch" if has("signature expired") || has("not yet current") => {
                Reason::WrongClock
            }
            "SignatureDoesNotMatch" => Reason::WrongSecret,
            "ValidationError" if has("durationseconds") || has("maxsessionduration") => {
                Reason::TooLong {
                    chained: has("chaining"),
                }
            }
            "RegionDisabledException" | "OptInRequired" => Reason::RegionDisabled,
            code if is_throttling(code) => Reason::Throttled,
            _ => return None,
        })
    }

    /// The error for the user: what AWS means, and the next step.
    pub(super) fn explain(&self, request: RequestContext<'_>) -> RequestError {
        let Some(reason) = self.reason(request.with_session) else {
            return Failure::refused(format!(
                "AWS refused the request for account {}: {}: {}",
                request.account.name, self.code, self.message
            ))
            .into();
        };
        let (message, help) = self.message_and_help(reason, request);
        let failure = Failure::refused(message).help(help);
        match reason {
            Reason::WrongCode => RequestError::WrongCode(failure),
            Reason::WrongDevice => RequestError::WrongDevice(failure),
            _ => RequestError::Other(failure),
        }
    }

    fn message_and_help(
        &self,
        reason: Reason,
        request: RequestContext<'_>,
    ) -> (String, Cow<'static, str>) {
        let RequestContext {
            account, target, ..
        } = request;
        let (name, profile) = (&account.name, &account.source_profile);
        let again = request.try_again();
        match reason {
            Reason::WrongCode => (
                format!(
                    "AWS refused the MFA code for account {name}: it is wrong, too old, or was used before"
                ),
                "wait for the next code, then try again; each code works once".into(),
            ),
            Reason::WrongDevice => {
                let device = account.device.as_ref();
                let device = device.map_or("the MFA device", |device| device.serial.as_str());
                (
                    format!(
                        "AWS does not know {device} as an MFA device of the user whose key is in profile {profile}"
                    ),
                    "name the user's own device with mfa_serial or --mfa-serial; \
                     the AWS console shows it under Security credentials"
                        .into(),
                )
            }
            Reason::TemporarySourceCredentials => (
                format!(
                    "could not use profile {profile}: it holds temporary credentials, \
                     and AWS issues sessions for long-term keys only"
                ),
                "name the profile with the long-term key: source_profile, or --source-profile"
                    .into(),
            ),
            Reason::RoleDenied => explain_role_denied(request),
            Reason::ExpiredMfaSession => (
                format!("could not assume the role of account {name}: the MFA session has expired"),
                "try again with a code".into(),
            ),
            Reason::ExpiredSourceCredentials => (
                format!("the credentials in profile {profile} have expired"),
                "long-term keys do not expire: name the profile that holds one, \
                 or check what the profile's credential_process prints"
                    .into(),
            ),
            Reason::UnknownMfaSession => (
                format!(
                    "AWS does not know the MFA session of account {name}: \
                     its user was deleted, or another system issued it"
                ),
                "try again with a code; `aws-mfa forget` removes shared sessions".into(),
            ),
            Reason::UnknownKey => (
                format!("AWS does not know the access key in profile {profile}, or it is inactive"),
                "check in the AWS console that the key exists and is active; \
                 keys of the China and GovCloud partitions need a region there (--region)"
                    .into(),
            ),
            Reason::WrongSecret => (
                format!(
                    "the secret access key in profile {profile} does not match its access key id"
                ),
                format!("correct aws_secret_access_key in [{profile}], or create a new key").into(),
            ),
            Reason::WrongClock => (
                format!(
                    "AWS refused the request because this machine's clock is {}",
                    self.clock_error()
                ),
                format!("correct the clock, then {again}").into(),
            ),
            Reason::TooLong { chained } => explain_too_long(account, chained),
            Reason::RegionDisabled => (
                format!("could not use {target}: the region is not enabled for this AWS account"),
                "use --region with one that is, or enable it in the AWS console".into(),
            ),
            Reason::Throttled => (
                format!("{target} is throttling requests (too many from your account)"),
                format!("wait a moment, then {again}").into(),
            ),
        }
    }

    /// The error of this machine's clock, by the date of AWS's response. AWS accepts 5 minutes:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>
    fn clock_error(&self) -> String {
        match self.clock_ahead {
            Some(ahead) if ahead.abs() >= 60 => {
                let minutes = (ahead.abs() + 30) / 60;
                let direction = if ahead > 0 { "ahead of" } else { "behind" };
                format!("{minutes} min {direction} AWS's")
            }
            _ => "off by more than 5 minutes".to_owned(),
        }
    }
}

/// The message and the help for a session that is longer than AWS allows. The limits are those of
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html>.
fn explain_too_long(account: &Account, chained: bool) -> (String, Cow<'static, str>) {
    let why = match account.role {
        Some(_) if chained => {
            "it is requested with the session of another role, for which AWS allows 1h at most"
        }
        Some(_) => "the role's maximum session duration is shorter",
        None => "the key is that of a root user, and AWS allows it 1h at most",
    };
    let (duration, name) = (account.duration, &account.name);
    let allowed = SessionDuration::DEFAULT_ROLE;
    (
        format!("AWS refused a session of {duration} for account {name}: {why}"),
        format!("use --duration {allowed}, or duration in config.toml").into(),
    )
}

/// The message and the help for a role that may not be assumed. AWS does not say which condition of the role's
/// trust policy failed, so they name what the request had.
fn explain_role_denied(request: RequestContext<'_>) -> (String, Cow<'static, str>) {
    let account = request.account;
    let Some(role) = &account.role else {
        let message = "AWS does not let this user assume a role";
        return (message.to_owned(), "check the user's policies".into());
    };
    let mfa = if request.with_session {
        "with an MFA session"
    } else {
        "with an MFA code"
    };
    let (external_id, help) = match role.external_id {
        Some(_) => (
            "an external id",
            "check that external_id is the one in the role's trust policy",
        ),
        None => (
            "no external id",
            "if the role's trust policy has a condition on sts:ExternalId, set external_id",
        ),
    };
    (
        format!(
            "AWS does not let the user of profile {} assume {} {mfa} and {external_id}",
            account.source_profile, role.arn
        ),
        format!(
            "{help}; the policy must name the user or the user's account, \
             and the user's own policies must allow sts:AssumeRole on the role"
        )
        .into(),
    )
}

/// Whether AWS refuses requests with this error code because there are too many.
pub(super) fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded"
    )
}
