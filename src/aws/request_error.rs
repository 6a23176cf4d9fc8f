//! The causes for which requests fail: the errors of the SDK, turned into one sentence for the user and a next
//! step. Called by the AWS client and by `doctor --online`. Nothing here retries: [`ServiceFailure::is_retryable`]
//! and [`ServiceFailure::may_have_worked`] say when that is safe.

use std::borrow::Cow;
use std::error::Error;
use std::{fmt, io};

use aws_sdk_sts::operation::RequestId as _;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use http_body_util::LengthLimitError;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, OtherError};

use super::transport::{ConnectErrorKind, FailedAfterSend, FailedThroughProxy, ProxyDemandsLogin};
use crate::account::{Account, SessionDuration};
use crate::console::{Console, printable_line};
use crate::context::Limits;
use crate::error::Failure;
use crate::time::rfc3339;

/// The error of a request for a session, by the reaction that it needs.
#[derive(Debug)]
pub enum RequestError {
    /// The code was wrong, late or already used; another code may work.
    WrongCode(Failure),
    /// The device is not the user's; a cached one is removed from the cache.
    WrongDevice(Failure),
    /// Anything else.
    Other(Failure),
}

impl RequestError {
    /// Keeps the response or the fault of the network that caused the error.
    fn caused_by(self, cause: ServiceFailure) -> Self {
        match self {
            Self::WrongCode(failure) => Self::WrongCode(failure.caused_by(cause)),
            Self::WrongDevice(failure) => Self::WrongDevice(failure.caused_by(cause)),
            Self::Other(failure) => Self::Other(failure.caused_by(cause)),
        }
    }
}

impl From<Failure> for RequestError {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        match error {
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
    pub(super) target: &'a str,
    /// Whether the request was signed with an MFA session rather than with the long-term key.
    pub(super) with_session: bool,
    /// This machine's time, in Unix seconds.
    pub(super) now: i64,
    /// The time limits that it had.
    pub(super) limits: Limits,
}

/// The cause for which a request gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ServiceFailure {
    /// An error response of AWS: its code and message, and the time by AWS's clock (Unix seconds).
    ErrorResponse {
        status: u16,
        code: String,
        message: String,
        date: Option<i64>,
        request_id: Option<String>,
    },
    /// The response did not come from AWS.
    NotAws { status: u16, content_type: String },
    /// No response within the limit, after a connection was made.
    TimedOut,
    /// No connection within the limit, through this proxy if there is one.
    ConnectTimedOut { proxy: Option<String> },
    /// The server's certificate is not trusted.
    Certificate(CertificateProblem),
    /// The host name has no address.
    NoAddress,
    /// The proxy demands a login.
    ProxyLogin,
    /// No connection to the proxy was made; nothing was sent.
    NoProxy { proxy: String, why: String },
    /// No connection was made; nothing was sent.
    NoConnection(String),
    /// The connection broke after the request was sent.
    Broken(String),
    /// The response is longer than any response of AWS.
    TooLong,
    /// The response is not valid HTTP.
    NotHttp,
}

/// The cause for which a certificate is not trusted, and the next step for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CertificateProblem {
    why: String,
    help: &'static str,
}

impl From<&CertificateError> for CertificateProblem {
    fn from(error: &CertificateError) -> Self {
        const RENEW: &str = "correct this machine's clock if it is wrong; if it is right, the operator of the server, \
                             or of a proxy in front of it, must renew the certificate";
        const BUNDLE: &str = "if a proxy intercepts TLS, name a file with its CA certificate: AWS_CA_BUNDLE, \
                              or ca_bundle in the profile";
        const ISSUE: &str = "have a certificate authority issue the server's certificate, \
                             and name a file with the authority's: AWS_CA_BUNDLE";
        const HOST: &str = "correct the endpoint URL (AWS_ENDPOINT_URL, endpoint_url) or the proxy: \
                            another server answers there";
        let time = |time: &UnixTime| rfc3339(i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
        let (why, help) = match error {
            CertificateError::ExpiredContext {
                time: now,
                not_after,
            } => (
                format!(
                    "it expired at {}, and this machine's clock says {}",
                    time(not_after),
                    time(now)
                ),
                RENEW,
            ),
            CertificateError::NotValidYetContext {
                time: now,
                not_before,
            } => (
                format!(
                    "it is not valid before {}, and this machine's clock says {}",
                    time(not_before),
                    time(now)
                ),
                RENEW,
            ),
            CertificateError::Expired => ("it has expired".to_owned(), RENEW),
            CertificateError::NotValidYet => ("it is not valid yet".to_owned(), RENEW),
            CertificateError::UnknownIssuer => ("its issuer is not trusted".to_owned(), BUNDLE),
            CertificateError::Other(other) if is_of_authority(other) => (
                "it is a CA certificate, which a server must not use as its own".to_owned(),
                ISSUE,
            ),
            CertificateError::NotValidForNameContext {
                expected,
                presented,
            } => {
                // rustls shows names as `DnsName("example.com")` and `IpAddress(127.0.0.1)`.
                let names = presented.iter().map(|name| {
                    let inner = name
                        .split_once('(')
                        .map_or(name.as_str(), |(_, inner)| inner);
                    inner.trim_end_matches(')').trim_matches('"')
                });
                let names: Vec<&str> = names.take(3).collect();
                let names = match &names[..] {
                    [] => "no host".to_owned(),
                    names => names.join(", "),
                };
                (
                    format!("it is for {names}, not for {}", expected.to_str()),
                    HOST,
                )
            }
            CertificateError::NotValidForName => ("it is for another host".to_owned(), HOST),
            CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
                "it is signed by a method that is too weak or unknown, such as SHA-1".to_owned(),
                "have it issued again with a signature by SHA-256; \
                 the operator of the server, or of a proxy in front of it, can do that",
            ),
            CertificateError::Revoked => ("it was revoked".to_owned(), RENEW),
            // ring reports a key that is too short, such as RSA with 1024 bits, in the same way.
            CertificateError::BadSignature => (
                "its signature is wrong, or a key of its chain is too short".to_owned(),
                BUNDLE,
            ),
            CertificateError::BadEncoding => ("it cannot be decoded".to_owned(), BUNDLE),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                ("it is not meant for a server".to_owned(), BUNDLE)
            }
            _ => ("it cannot be verified".to_owned(), BUNDLE),
        };
        Self { why, help }
    }
}

/// The reason for which a TLS connection was not made, in words. Those of rustls are for programmers.
fn describe_tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => {
            "it does not speak TLS there".to_owned()
        }
        rustls::Error::PeerIncompatible(_) => {
            "it offers neither TLS 1.2 nor TLS 1.3 with a method that is secure".to_owned()
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "it refused the TLS connection without a certificate of the client".to_owned()
        }
        rustls::Error::AlertReceived(_) => "it refused the TLS connection".to_owned(),
        _ => "the TLS connection failed".to_owned(),
    }
}

/// Whether the server presented the certificate of an authority as its own.
fn is_of_authority(error: &OtherError) -> bool {
    let kind = error.0.downcast_ref();
    matches!(kind, Some(webpki::Error::CaUsedAsEndEntity))
}

impl<E> From<&SdkError<E, HttpResponse>> for ServiceFailure
where
    E: Error + ProvideErrorMetadata + 'static,
{
    fn from(error: &SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::ServiceError(refused) => {
                let (response, error) = (refused.raw(), refused.err());
                match error.code() {
                    Some(code) => Self::ErrorResponse {
                        status: response.status().as_u16(),
                        date: response.headers().get("date").and_then(parse_http_date),
                        request_id: error.meta().request_id().map(|id| shortened(id, 100)),
                        code: shortened(code, 100),
                        message: shortened(error.message().unwrap_or_default(), 2000),
                    },
                    None => Self::not_aws(response),
                }
            }
            SdkError::ResponseError(unread) => Self::not_aws(unread.raw()),
            SdkError::TimeoutError(_) => Self::TimedOut,
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(connector) if connector.is_timeout() => {
                    let through = connector.source().and_then(|cause| cause.downcast_ref());
                    let proxy = through.map(|failed: &FailedThroughProxy| failed.proxy.clone());
                    Self::ConnectTimedOut { proxy }
                }
                Some(connector) => Self::from_cause(connector),
                None => Self::from_cause(error),
            },
            _ => Self::from_cause(error),
        }
    }
}

/// The text of a server on one line, cut after so many characters: one answer must not fill the terminal.
fn shortened(text: &str, limit: usize) -> String {
    let text = printable_line(text);
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn parse_http_date(text: &str) -> Option<i64> {
    Some(DateTime::from_str(text, Format::HttpDate).ok()?.secs())
}

impl ServiceFailure {
    fn not_aws(response: &HttpResponse) -> Self {
        let content_type = response.headers().get("content-type");
        Self::NotAws {
            status: response.status().as_u16(),
            content_type: shortened(content_type.unwrap_or("no type"), 100),
        }
    }

    /// The failure that an error of the transport means, by the first known error among its causes.
    fn from_cause(error: &(dyn Error + 'static)) -> Self {
        let mut cause = error;
        let mut next = Some(error);
        let mut was_sent = false;
        let mut through_proxy: Option<&FailedThroughProxy> = None;
        let mut is_proxys_own = false;
        while let Some(error) = next {
            cause = error;
            if let Some(failed) = error.downcast_ref::<FailedThroughProxy>() {
                through_proxy = Some(failed);
                is_proxys_own = !failed.is_tunnel;
            }
            let no_proxy = |why: String| {
                let proxy = through_proxy.filter(|_| is_proxys_own)?.proxy.clone();
                Some(Self::NoProxy { proxy, why })
            };
            match error.downcast_ref() {
                Some(rustls::Error::InvalidCertificate(why)) => {
                    let problem = CertificateProblem::from(why);
                    let why = format!("its certificate is not trusted: {}", problem.why);
                    return no_proxy(why).unwrap_or(Self::Certificate(problem));
                }
                Some(error) if !was_sent => {
                    let why = describe_tls(error);
                    return no_proxy(why.clone()).unwrap_or(Self::NoConnection(why));
                }
                Some(error) => return Self::Broken(describe_tls(error)),
                None => {}
            }
            if error.is::<LengthLimitError>() {
                return Self::TooLong;
            }
            if error.is::<ProxyDemandsLogin>() {
                return Self::ProxyLogin;
            }
            if was_sent && is_of_http(error) {
                return Self::NotHttp;
            }
            was_sent = was_sent || error.is::<FailedAfterSend>();
            match ConnectErrorKind::from_hyper_util(error) {
                Some(ConnectErrorKind::NoAddress) => {
                    let why = "its host name cannot be resolved".to_owned();
                    return no_proxy(why).unwrap_or(Self::NoAddress);
                }
                Some(ConnectErrorKind::NoProxy) => is_proxys_own = true,
                Some(ConnectErrorKind::ProxyLogin) => return Self::ProxyLogin,
                Some(ConnectErrorKind::ProxyClosed) => {
                    is_proxys_own = true;
                    cause = &ClosedConnection;
                    break;
                }
                Some(ConnectErrorKind::ProxyRefused) => {
                    return Self::NoConnection("the proxy refuses to connect to it".to_owned());
                }
                None => {}
            }
            let io = error.downcast_ref::<io::Error>();
            // One of several addresses took too long, and no other did better.
            if !was_sent && io.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
                let proxy = through_proxy.map(|failed| failed.proxy.clone());
                return Self::ConnectTimedOut { proxy };
            }
            // The source of an I/O error is that of the error inside it, which may be the one sought.
            let inner = io.and_then(io::Error::get_ref);
            next = inner
                .map(|inner| inner as &(dyn Error + 'static))
                .or(error.source());
        }
        let cause = match cause.to_string().as_str() {
            // Texts of tokio-rustls and rustls-pki-types.
            "tls handshake eof" => "it closed the connection during the TLS handshake".to_owned(),
            "invalid dns name" => "its host name is not valid".to_owned(),
            // Of rustls: `peer closed connection without sending TLS close_notify: ` and a URL. Of hyper, the others.
            text if text.starts_with("peer closed connection") => CLOSED_EARLY.to_owned(),
            "connection closed before message completed"
            | "end of file before message length reached"
            | "unexpected EOF during chunk size line" => CLOSED_EARLY.to_owned(),
            text => text.to_owned(),
        };
        match through_proxy {
            _ if was_sent => Self::Broken(cause),
            Some(FailedThroughProxy { proxy, .. }) if is_proxys_own => Self::NoProxy {
                proxy: proxy.clone(),
                why: cause,
            },
            _ => Self::NoConnection(cause),
        }
    }

    /// Whether the same request may succeed in a moment. False after a certificate error, which stays, and after
    /// a time limit, for which the user has waited once.
    pub(super) fn is_retryable(&self) -> bool {
        match self {
            Self::ErrorResponse { status, code, .. } => *status >= 500 || is_throttling(code),
            Self::NotAws { status, .. } => *status >= 500,
            Self::NoConnection(_) | Self::Broken(_) => true,
            Self::TimedOut
            | Self::ConnectTimedOut { .. }
            | Self::Certificate(_)
            | Self::NoAddress
            | Self::NoProxy { .. }
            | Self::ProxyLogin
            | Self::TooLong
            | Self::NotHttp => false,
        }
    }

    /// Whether AWS knows the user, who is not allowed to do this.
    pub(super) fn is_denied(&self) -> bool {
        matches!(self, Self::ErrorResponse { code, .. } if code.starts_with("AccessDenied"))
    }

    /// The ARN of the user in the message by which IAM denies a request: `User: ARN is not authorized to perform: …`.
    pub(super) fn user_arn(&self) -> Option<&str> {
        let Self::ErrorResponse { message, .. } = self else {
            return None;
        };
        let arn = message.strip_prefix("User: ")?.split(' ').next()?;
        arn.starts_with("arn:").then_some(arn)
    }

    /// Whether AWS may have processed the request, and so used up the code.
    pub(super) fn may_have_worked(&self) -> bool {
        match self {
            Self::ErrorResponse { status, .. } => *status >= 500,
            // One of success that AWS did not send may be AWS's, changed on the way.
            Self::NotAws { status, .. } => matches!(status, 200..300 | 500..),
            Self::Broken(_) | Self::TimedOut | Self::TooLong | Self::NotHttp => true,
            Self::ConnectTimedOut { .. }
            | Self::NoConnection(_)
            | Self::NoProxy { .. }
            | Self::Certificate(_)
            | Self::NoAddress
            | Self::ProxyLogin => false,
        }
    }

    /// The failure for the user: one sentence about the cause, and the next step. AWS's request id, which its
    /// support asks for, is shown with `-v`.
    pub(super) fn into_request_error(
        self,
        request: RequestContext<'_>,
        console: Console,
    ) -> RequestError {
        if let Self::ErrorResponse {
            request_id: Some(id),
            ..
        } = &self
        {
            console.detail(|| format!("AWS request ID: {id}"));
        }
        // AWS's own words, where the sentence for the user has others.
        let cause = self.clone();
        let error = match self {
            Self::ErrorResponse {
                status: ..500,
                code,
                message,
                date,
                ..
            } => {
                let response = AwsErrorResponse {
                    code: &code,
                    message: &message,
                    clock_ahead: date.map(|date| request.now - date),
                };
                response.explain(request)
            }
            unreachable => unreachable.explain(request.target, &request.limits).into(),
        };
        error.caused_by(cause)
    }

    /// The failure where `target` could not be reached or had an error of its own.
    fn explain(self, target: &str, limits: &Limits) -> Failure {
        const NEXT_CODE: &str =
            "try again; a code that was sent may have been used up, so wait for the next one";
        const BETWEEN: &str = "check what is between this machine and AWS: a proxy (HTTPS_PROXY), a captive portal, \
                               a wrong endpoint URL";
        const PROXY: &str =
            "check the proxy in HTTPS_PROXY or ALL_PROXY; hosts in NO_PROXY are reached without it";
        let may_have_worked = self.may_have_worked();
        let (message, help) = match self {
            Self::ErrorResponse { status, code, .. } => (
                format!("{target} failed: HTTP {status} {code}"),
                "try again with a new code; if the error persists, see https://health.aws.amazon.com",
            ),
            Self::NotAws {
                status,
                content_type,
            } => (
                format!(
                    "could not use the response of {target}: HTTP {status} with {content_type} is not from AWS"
                ),
                BETWEEN,
            ),
            Self::TooLong => (
                format!("could not use the response of {target}: it is too long to be from AWS"),
                BETWEEN,
            ),
            Self::NotHttp => (
                format!("could not use the response of {target}: it is not valid HTTP"),
                BETWEEN,
            ),
            Self::TimedOut => (
                format!(
                    "{target} did not answer within {} s",
                    limits.request.as_secs()
                ),
                NEXT_CODE,
            ),
            Self::Broken(cause) => (
                format!(
                    "{target} did not answer: the connection broke after the request was sent: {cause}"
                ),
                NEXT_CODE,
            ),
            Self::ConnectTimedOut { proxy: Some(proxy) } => (
                format!(
                    "could not connect to {target} within {} s through the proxy {proxy}",
                    limits.connect.as_secs()
                ),
                PROXY,
            ),
            Self::ConnectTimedOut { proxy: None } => (
                format!(
                    "could not connect to {target} within {} s",
                    limits.connect.as_secs()
                ),
                "check that this network allows outgoing connections, and whether a proxy (HTTPS_PROXY) is needed",
            ),
            Self::NoConnection(cause) => (
                format!("could not connect to {target}: {cause}"),
                "check the network connection, the proxy (HTTPS_PROXY) and the endpoint URL",
            ),
            Self::NoProxy { proxy, why } => (
                format!("could not connect to {target}: could not use the proxy {proxy}: {why}"),
                PROXY,
            ),
            Self::NoAddress => (
                format!("could not connect to {target}: its host name cannot be resolved"),
                "check the network connection, the region and the endpoint URL",
            ),
            Self::ProxyLogin => (
                format!(
                    "could not connect to {target}: the proxy requires a user name and a password (HTTP 407)"
                ),
                "put them into HTTPS_PROXY, as in http://USER:PASSWORD@HOST:PORT, or correct those in it",
            ),
            Self::Certificate(CertificateProblem { why, help }) => (
                format!("could not trust the certificate of {target}: {why}"),
                help,
            ),
        };
        if may_have_worked && help == BETWEEN {
            return Failure::unreachable(message).help(format!(
                "{BETWEEN}; a code that was sent may have been used up, so wait for the next one"
            ));
        }
        Failure::unreachable(message).help(help)
    }
}

/// A few words about the cause, for a message about another failure.
impl fmt::Display for ServiceFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ErrorResponse { status, code, .. } => write!(f, "HTTP {status} {code}"),
            Self::NotAws { status, .. } => write!(f, "HTTP {status}"),
            Self::TimedOut | Self::ConnectTimedOut { .. } => f.write_str("timed out"),
            Self::Certificate(CertificateProblem { why, .. })
            | Self::NoConnection(why)
            | Self::Broken(why) => f.write_str(why),
            Self::NoProxy { proxy, why } => write!(f, "the proxy {proxy}: {why}"),
            Self::NoAddress => f.write_str("the host name cannot be resolved"),
            Self::ProxyLogin => f.write_str("HTTP 407 from the proxy"),
            Self::TooLong => f.write_str("the response is too long"),
            Self::NotHttp => f.write_str("the response is not valid HTTP"),
        }
    }
}

impl Error for ServiceFailure {}

/// A connection that ended before the end of an answer.
const CLOSED_EARLY: &str = "it was closed before the answer was complete";

/// The cause of a failure where a proxy closed the connection.
#[derive(Debug)]
struct ClosedConnection;

impl fmt::Display for ClosedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it closed the connection")
    }
}

impl Error for ClosedConnection {}

/// Whether an error of hyper is about the form of an answer, and not about its connection.
fn is_of_http(error: &(dyn Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return error.is_parse();
    }
    let Some(error) = error.downcast_ref::<io::Error>() else {
        return false;
    };
    let is_of_form = matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
    );
    // TLS has errors of these kinds, too.
    let mut inner = error.get_ref().into_iter();
    is_of_form && !inner.any(<dyn Error + Send + Sync>::is::<rustls::Error>)
}

fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded"
    )
}

/// An error response of AWS.
struct AwsErrorResponse<'a> {
    code: &'a str,
    message: &'a str,
    /// Seconds that this machine's clock is ahead of AWS's.
    clock_ahead: Option<i64>,
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
    fn explain(&self, request: RequestContext<'_>) -> RequestError {
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
                "try again with a code; `aws-mfa forget` drops shared sessions".into(),
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
                "correct the clock, then try again with a new code".into(),
            ),
            Reason::TooLong { chained } => explain_too_long(account, chained),
            Reason::RegionDisabled => (
                format!("could not use {target}: the region is not enabled for this AWS account"),
                "use --region with one that is, or enable it in the AWS console".into(),
            ),
            Reason::Throttled => (
                format!("{target} is throttling requests (too many from your account)"),
                "wait a moment, then try again with a new code".into(),
            ),
        }
    }

    /// The error of this machine's clock, by the date of AWS's response. AWS accepts 5 minutes:
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html>
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

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;

    use super::*;

    #[test]
    fn a_certificate_is_described_in_words() {
        let expected = ServerName::try_from("sts.example.com").unwrap();
        let wrong_host = CertificateError::NotValidForNameContext {
            expected,
            presented: vec!["DnsName(\"proxy.example.com\")".to_owned()],
        };
        let problem = CertificateProblem::from(&wrong_host);
        assert_eq!(
            problem.why,
            "it is for proxy.example.com, not for sts.example.com"
        );
        assert!(problem.help.contains("endpoint") && !problem.help.contains("AWS_CA_BUNDLE"));

        let sha1 = CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: vec![42],
            supported_algorithms: Vec::new(),
        };
        let problem = CertificateProblem::from(&sha1);
        assert!(problem.why.contains("SHA-1") && problem.help.contains("SHA-256"));
        for error in [
            CertificateError::UnhandledCriticalExtension,
            CertificateError::ApplicationVerificationFailure,
            CertificateError::InvalidPurpose,
            CertificateError::Other(OtherError(std::sync::Arc::new(std::fmt::Error))),
        ] {
            let why = CertificateProblem::from(&error).why;
            assert!(why.starts_with("it ") && !why.contains("Error"), "{why}");
        }
    }

    #[test]
    fn a_request_that_timed_out_is_reported_with_its_limit() {
        let no_connection = |proxy: Option<&str>| ServiceFailure::ConnectTimedOut {
            proxy: proxy.map(str::to_owned),
        };
        for (failure, message) in [
            (ServiceFailure::TimedOut, "STS did not answer within 15 s"),
            (no_connection(None), "could not connect to STS within 5 s"),
            (
                no_connection(Some("http://proxy:1")),
                "could not connect to STS within 5 s through the proxy http://proxy:1",
            ),
        ] {
            let failure = failure.explain("STS", &Limits::default());
            assert_eq!(failure.to_string(), message);
        }
    }
}
