use std::error::Error;
use std::{fmt, io};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId as _;
use http_body_util::LengthLimitError;
use rustls::pki_types::UnixTime;
use rustls::{CertificateError, OtherError};

use super::endpoints::REQUEST_LIMIT;
use super::transport::{CONNECT_LIMIT, ConnectErrorKind, FailedAfterSend};
use crate::account::{Account, SessionDuration};
use crate::console::Console;
use crate::error::Failure;
use crate::time::rfc3339;

/// Why AWS gave no session, as far as the program reacts to it.
#[derive(Debug)]
pub enum RequestError {
    /// The code was wrong, late or already used; another code may work.
    WrongCode(Failure),
    /// The device is not the user's; a cached one is removed from the cache.
    WrongDevice(Failure),
    /// Anything else.
    Other(Failure),
}

impl From<Failure> for RequestError {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl From<RequestError> for Failure {
    fn from(refusal: RequestError) -> Self {
        match refusal {
            RequestError::WrongCode(failure)
            | RequestError::WrongDevice(failure)
            | RequestError::Other(failure) => failure,
        }
    }
}

/// The request that failed, as messages describe it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestContext<'a> {
    pub(super) account: &'a Account,
    /// The service and where it is, such as `STS in eu-west-1`.
    pub(super) shown: &'a str,
    /// Whether it was asked with an MFA session rather than with the long-term key.
    pub(super) with_session: bool,
    /// This machine's time, in Unix seconds.
    pub(super) now: i64,
}

/// Why a request gave no result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ServiceFailure {
    /// An error response of AWS: its code and message, and the time by AWS's clock (Unix seconds).
    ErrorResponse {
        status: u16,
        code: String,
        message: String,
        date: Option<i64>,
        request_id: Option<String>,
    },
    /// The answer did not come from AWS.
    NotAws { status: u16, content_type: String },
    /// No answer within the limit; `connected`: a connection was made by then.
    TimedOut { connected: bool },
    /// The server's certificate is not trusted.
    Certificate(CertificateProblem),
    /// The host name has no address.
    NoAddress,
    /// The proxy demands a login.
    ProxyLogin,
    /// No connection was made; nothing was sent.
    NoConnection(String),
    /// The connection broke after the request was sent.
    Broken(String),
    /// The answer is longer than any answer of AWS.
    TooLong,
}

/// The reason why a certificate is not trusted, and the next step.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CertificateProblem {
    why: String,
    help: &'static str,
}

impl CertificateProblem {
    fn new(error: &CertificateError) -> Self {
        const RENEW: &str = "set this machine's clock if it is wrong; if it is right, whoever runs that server, or the proxy before it, must renew the certificate";
        const BUNDLE: &str = "if a proxy of yours opens TLS, name its certificates: AWS_CA_BUNDLE, or ca_bundle in the profile";
        const ISSUE: &str = "have the server's certificate issued by an authority, and name the authority's in AWS_CA_BUNDLE";
        let time = |time: &UnixTime| rfc3339(i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
        let (why, help) = match error {
            CertificateError::ExpiredContext {
                time: now,
                not_after,
            } => {
                let (now, end) = (time(now), time(not_after));
                (
                    format!("it expired at {end}, and this machine's clock says {now}"),
                    RENEW,
                )
            }
            CertificateError::NotValidYetContext {
                time: now,
                not_before,
            } => {
                let (now, start) = (time(now), time(not_before));
                (
                    format!("it is good from {start} on, and this machine's clock says {now}"),
                    RENEW,
                )
            }
            CertificateError::Expired => ("it has expired".to_owned(), RENEW),
            CertificateError::NotValidYet => ("it is not good yet".to_owned(), RENEW),
            CertificateError::UnknownIssuer => {
                ("nobody who is trusted here issued it".to_owned(), BUNDLE)
            }
            CertificateError::Other(other) if is_of_authority(other) => (
                "it is one of an authority, which no server may show as its own".to_owned(),
                ISSUE,
            ),
            CertificateError::Other(other) => (other.to_string(), BUNDLE),
            error => (error.to_string(), BUNDLE),
        };
        Self { why, help }
    }
}

/// Returns true if a server showed a certificate of an authority as its own.
fn is_of_authority(error: &OtherError) -> bool {
    let kind = error.0.downcast_ref();
    matches!(kind, Some(webpki::Error::CaUsedAsEndEntity))
}

pub(super) fn of_sdk_error<E>(error: &SdkError<E, HttpResponse>) -> ServiceFailure
where
    E: Error + ProvideErrorMetadata + 'static,
{
    match error {
        SdkError::ServiceError(refused) => match refused.err().code() {
            Some(code) => ServiceFailure::ErrorResponse {
                status: refused.raw().status().as_u16(),
                date: refused.raw().headers().get("date").and_then(from_http_date),
                request_id: refused.err().meta().request_id().map(str::to_owned),
                code: code.to_owned(),
                message: refused
                    .err()
                    .message()
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
            },
            None => not_aws(refused.raw()),
        },
        SdkError::ResponseError(unread) => not_aws(unread.raw()),
        SdkError::TimeoutError(_) => ServiceFailure::TimedOut { connected: true },
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(connector) if connector.is_timeout() => {
                ServiceFailure::TimedOut { connected: false }
            }
            Some(connector) => of_connection(connector),
            None => of_connection(error),
        },
        _ => of_connection(error),
    }
}

fn from_http_date(text: &str) -> Option<i64> {
    Some(DateTime::from_str(text, Format::HttpDate).ok()?.secs())
}

fn not_aws(response: &HttpResponse) -> ServiceFailure {
    const PROXY_AUTHENTICATION_REQUIRED: u16 = 407;
    if response.status().as_u16() == PROXY_AUTHENTICATION_REQUIRED {
        return ServiceFailure::ProxyLogin;
    }
    ServiceFailure::NotAws {
        status: response.status().as_u16(),
        content_type: response
            .headers()
            .get("content-type")
            .unwrap_or("no type")
            .to_owned(),
    }
}

fn of_connection(error: &(dyn Error + 'static)) -> ServiceFailure {
    let mut cause = error;
    let mut next = Some(error);
    let mut was_sent = false;
    while let Some(error) = next {
        cause = error;
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return ServiceFailure::Certificate(CertificateProblem::new(why));
        }
        if error.is::<LengthLimitError>() {
            return ServiceFailure::TooLong;
        }
        was_sent = was_sent || error.is::<FailedAfterSend>();
        match ConnectErrorKind::from_hyper_util(error) {
            Some(ConnectErrorKind::NoAddress) => return ServiceFailure::NoAddress,
            Some(ConnectErrorKind::ProxyLogin) => return ServiceFailure::ProxyLogin,
            Some(ConnectErrorKind::ProxyRefused) => {
                return ServiceFailure::NoConnection(
                    "the proxy refuses to connect to it".to_owned(),
                );
            }
            None => {}
        }
        let io = error.downcast_ref::<io::Error>();
        // One of several addresses took too long, and no other did better.
        if !was_sent && io.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return ServiceFailure::TimedOut { connected: false };
        }
        // The source of an I/O error is that of the error inside it, which may be the one sought.
        let inner = io.and_then(io::Error::get_ref);
        next = inner
            .map(|inner| inner as &(dyn Error + 'static))
            .or(error.source());
    }
    let cause = cause.to_string();
    if was_sent {
        ServiceFailure::Broken(cause)
    } else {
        ServiceFailure::NoConnection(cause)
    }
}

impl ServiceFailure {
    /// Whether the same request may do better in a moment. A certificate does not, and a time limit
    /// that was waited for once is not waited for again.
    pub(super) fn is_retryable(&self) -> bool {
        match self {
            Self::ErrorResponse { status, code, .. } => *status >= 500 || is_throttling(code),
            Self::NotAws { status, .. } => *status >= 500,
            Self::NoConnection(_) | Self::Broken(_) => true,
            Self::TimedOut { .. }
            | Self::Certificate(_)
            | Self::NoAddress
            | Self::ProxyLogin
            | Self::TooLong => false,
        }
    }

    /// Whether the user is known, and may not do what was asked for.
    pub(super) fn is_denied(&self) -> bool {
        matches!(self, Self::ErrorResponse { code, .. } if code.starts_with("AccessDenied"))
    }

    /// Whether AWS may have done what it was asked to, and used up the code.
    pub(super) fn may_have_worked(&self) -> bool {
        match self {
            Self::ErrorResponse { status, .. } | Self::NotAws { status, .. } => *status >= 500,
            Self::Broken(_) | Self::TooLong => true,
            Self::TimedOut { connected } => *connected,
            Self::NoConnection(_) | Self::Certificate(_) | Self::NoAddress | Self::ProxyLogin => {
                false
            }
        }
    }

    /// One sentence about the cause, and the next step. What AWS's support would ask for is a detail.
    pub(super) fn into_request_error(
        self,
        request: RequestContext<'_>,
        console: Console,
    ) -> RequestError {
        let asked = request.shown;
        if let Self::ErrorResponse {
            request_id: Some(id),
            ..
        } = &self
        {
            console.detail(|| format!("AWS calls this request {id}"));
        }
        match self {
            Self::ErrorResponse { status, code, .. } if status >= 500 => Failure::unreachable(format!(
                "{asked} failed by itself: HTTP {status} {code}"
            ))
            .help("try again with a new code; see https://health.aws.amazon.com if it stays")
            .into(),
            Self::ErrorResponse {
                code,
                message,
                date,
                ..
            } => {
                let response = AwsErrorResponse {
                    code: &code,
                    message: &message,
                    ahead: date.map(|date| request.now - date),
                };
                response.explain(request)
            }
            Self::NotAws {
                status,
                content_type,
            } => Failure::unreachable(format!(
                "could not understand the answer of {asked}: HTTP {status} with {content_type} is not from AWS"
            ))
            .help("see what is in between: a proxy (HTTPS_PROXY), a captive portal, a wrong endpoint URL")
            .into(),
            Self::TimedOut { connected: true } => Failure::unreachable(format!(
                "{asked} did not answer within {} s",
                REQUEST_LIMIT.as_secs()
            ))
            .help("try again; a code that was sent may have been used up, so wait for the next one")
            .into(),
            Self::TimedOut { connected: false } => Failure::unreachable(format!(
                "could not connect to {asked} within {} s",
                CONNECT_LIMIT.as_secs()
            ))
            .help("see whether this network lets you out, and whether a proxy (HTTPS_PROXY) is needed")
            .into(),
            Self::Certificate(CertificateProblem { why, help }) => Failure::unreachable(format!(
                "could not trust the certificate of {asked}: {why}"
            ))
            .help(help)
            .into(),
            Self::ProxyLogin => Failure::unreachable(format!(
                "could not ask {asked}: the proxy wants a user name and a password (HTTP 407)"
            ))
            .help("put them into HTTPS_PROXY, as in http://USER:PASSWORD@HOST:PORT, or correct those that are there")
            .into(),
            Self::Broken(cause) => Failure::unreachable(format!(
                "{asked} did not answer: the connection broke behind the request: {cause}"
            ))
            .help("try again; a code that was sent may have been used up, so wait for the next one")
            .into(),
            Self::TooLong => Failure::unreachable(format!(
                "could not understand the answer of {asked}: it is too long to be from AWS"
            ))
            .help("see what is in between: a proxy (HTTPS_PROXY), a captive portal, a wrong endpoint URL")
            .into(),
            Self::NoAddress => Failure::unreachable(format!(
                "could not find the address of {asked}: its host name cannot be resolved"
            ))
            .help("see whether you are online, and whether region and endpoint URL are right")
            .into(),
            Self::NoConnection(cause) => Failure::unreachable(format!(
                "could not connect to {asked}: {cause}"
            ))
            .help("see whether you are online, and whether a proxy (HTTPS_PROXY) or an endpoint URL is right")
            .into(),
        }
    }
}

/// In a word, for what is said along with another answer.
impl fmt::Display for ServiceFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ErrorResponse { status, code, .. } => write!(f, "HTTP {status} {code}"),
            Self::NotAws { status, .. } => write!(f, "HTTP {status}"),
            Self::TimedOut { .. } => f.write_str("no answer in time"),
            Self::Certificate(CertificateProblem { why, .. })
            | Self::NoConnection(why)
            | Self::Broken(why) => f.write_str(why),
            Self::NoAddress => f.write_str("no address"),
            Self::ProxyLogin => f.write_str("HTTP 407 of the proxy"),
            Self::TooLong => f.write_str("too long an answer"),
        }
    }
}

fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded"
    )
}

/// AWS's no.
struct AwsErrorResponse<'a> {
    code: &'a str,
    message: &'a str,
    /// Seconds that this machine's clock is ahead of AWS's.
    ahead: Option<i64>,
}

impl AwsErrorResponse<'_> {
    /// What AWS means. The codes and texts are those of
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html> and of STS itself.
    fn explain(&self, request: RequestContext<'_>) -> RequestError {
        let Self { code, message, .. } = *self;
        let account = request.account;
        let (name, profile) = (&account.name, &account.source_profile);
        let said = |text: &str| message.to_ascii_lowercase().contains(text);
        let refused = |message: String, help: &str| Failure::refused(message).help(help);
        match code {
            "AccessDenied" | "AccessDeniedException" if said("invalid mfa one time pass code") => {
                RequestError::WrongCode(refused(
                    format!("AWS refused the MFA code for account {name}: it is wrong, too old, or was used before"),
                    "wait for the next code of that device and give that one; each code works once",
                ))
            }
            "AccessDenied" | "AccessDeniedException" if said("unable to validate mfa code") => {
                let device = account.device.as_ref();
                let device = device.map_or("the MFA device", |device| device.serial.as_str());
                RequestError::WrongDevice(refused(
                    format!("AWS does not know {device} as an MFA device of the user whose key is in profile {profile}"),
                    "name the user's own device with mfa_serial or --mfa-serial; the AWS console shows it under Security credentials",
                ))
            }
            "AccessDenied" | "AccessDeniedException" if said("with session credentials") => refused(
                format!("AWS makes no session out of a session: profile {profile} holds temporary credentials"),
                "name the profile with the long-term key: source_profile, or --source-profile",
            )
            .into(),
            "AccessDenied" | "AccessDeniedException" if said("assumerole") => {
                role_denied(request).into()
            }
            "ExpiredToken" | "ExpiredTokenException" if request.with_session => refused(
                format!("the MFA session that the role of account {name} was asked for with has ended"),
                "try again with a code",
            )
            .into(),
            "ExpiredToken" | "ExpiredTokenException" => refused(
                format!("the credentials in profile {profile} have expired"),
                "a long-term key does not expire: name the profile that holds it, or see what its credential_process prints",
            )
            .into(),
            "InvalidClientTokenId" | "UnrecognizedClientException" => refused(
                format!("AWS does not know the access key in profile {profile}, or it is inactive"),
                "see in the AWS console whether the key is active; a key of China or GovCloud needs a region there (--region)",
            )
            .into(),
            "RequestExpired" => self.wrong_clock(),
            "SignatureDoesNotMatch" if said("signature expired") || said("not yet current") => {
                self.wrong_clock()
            }
            "SignatureDoesNotMatch" => refused(
                format!("the secret access key in profile {profile} does not fit its access key id"),
                &format!("put the right aws_secret_access_key into [{profile}], or make a new key"),
            )
            .into(),
            "ValidationError" if said("durationseconds") || said("maxsessionduration") => {
                let why = match account.role {
                    Some(_) if said("chaining") => "it is asked for with the session of another role, and AWS allows 1h there",
                    Some(_) => "the role allows less",
                    None => "the key is that of a root user, and AWS allows 1h there",
                };
                refused(
                    format!("AWS gives no session of {} for account {name}: {why}", account.duration),
                    &format!("use --duration {}, or duration in config.toml", SessionDuration::DEFAULT_ROLE),
                )
                .into()
            }
            "RegionDisabledException" | "OptInRequired" => refused(
                format!("the region asked ({}) is not enabled for this account", request.shown),
                "use --region with one that is, or enable it in the AWS console",
            )
            .into(),
            _ if is_throttling(code) => refused(
                format!("{} is asked too often right now", request.shown),
                "wait a moment, then try again with a new code",
            )
            .into(),
            _ => Failure::refused(format!(
                "AWS refused the request for account {name}: {code}: {message}"
            ))
            .into(),
        }
    }

    fn wrong_clock(&self) -> RequestError {
        let clock = self.clock();
        Failure::refused(format!(
            "AWS refused the request for its time: this machine's clock is {clock}"
        ))
        .help("set the clock; then try again with a new code")
        .into()
    }

    /// How far this machine's clock is off, as AWS's answer tells.
    fn clock(&self) -> String {
        match self.ahead {
            Some(ahead) if ahead.abs() >= 60 => {
                let minutes = (ahead.abs() + 30) / 60;
                let which = if ahead > 0 { "ahead of" } else { "behind" };
                format!("{minutes} min {which} AWS's")
            }
            _ => "off by more than 5 minutes".to_owned(),
        }
    }
}

/// AWS does not say which of its conditions a role's trust policy found missing; but what was sent is
/// known.
fn role_denied(request: RequestContext<'_>) -> Failure {
    let account = request.account;
    let Some(role) = &account.role else {
        return Failure::refused("AWS does not let this user assume a role");
    };
    let mfa = if request.with_session {
        "with an MFA session"
    } else {
        "with an MFA code"
    };
    let (external_id, help) = match role.external_id {
        Some(_) => (
            "the external id",
            "see whether external_id is the one in the role's trust policy",
        ),
        None => (
            "no external id",
            "if the role's trust policy has a condition on sts:ExternalId, set external_id",
        ),
    };
    Failure::refused(format!(
        "AWS does not let the user of profile {} assume {}, asked for {mfa} and {external_id}",
        account.source_profile, role.arn
    ))
    .help(format!(
        "{help}; the policy must name the user or the user's account, and the user's own policies must allow sts:AssumeRole on the role"
    ))
}
