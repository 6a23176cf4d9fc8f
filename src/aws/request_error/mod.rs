//! The causes for which requests fail: the errors of the SDK, turned into one sentence for the user and a next
//! step. Called by the AWS client and by `doctor --online`. Nothing here retries: [`ServiceFailure::is_retryable`]
//! and [`ServiceFailure::may_have_worked`] say when that is safe.

use std::error::Error;
use std::{fmt, io};

use aws_sdk_sts::operation::RequestId as _;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use http_body_util::LengthLimitError;

use super::transport_error::{
    ConnectErrorKind, FailedAfterSend, FailedThroughProxy, ProxyDemandsLogin,
};
use crate::account::Account;
use crate::console::{Console, printable_line};
use crate::context::Limits;
use crate::error::Failure;

mod certificate;
mod response;

use certificate::{CertificateProblem, describe_tls};
use response::{AwsErrorResponse, is_throttling};

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
    /// Whether an MFA code was sent with the request.
    pub(super) has_code: bool,
    /// This machine's time, in Unix seconds.
    pub(super) now: i64,
    /// The time limits that it had.
    pub(super) limits: Limits,
}

impl RequestContext<'_> {
    /// The next step after a request that AWS did not act upon, or that failed in AWS.
    fn try_again(&self) -> &'static str {
        if self.has_code {
            "try again with a new code"
        } else {
            "try again"
        }
    }
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

impl<E> From<SdkError<E, HttpResponse>> for ServiceFailure
where
    E: Error + ProvideErrorMetadata + 'static,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match &error {
            SdkError::ServiceError(refused) => {
                let (response, error) = (refused.raw(), refused.err());
                match error.code() {
                    Some(code) => Self::ErrorResponse {
                        status: response.status().as_u16(),
                        date: response.headers().get("date").and_then(parse_http_date),
                        request_id: error.meta().request_id().map(beginning),
                        code: beginning(code),
                        message: beginning(error.message().unwrap_or_default()),
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
                None => Self::from_cause(&error),
            },
            _ => Self::from_cause(&error),
        }
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
            content_type: beginning(content_type.unwrap_or("no type")),
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
                    return Self::NoConnection("the proxy closed the connection".to_owned());
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
            unreachable => unreachable.explain(request).into(),
        };
        error.caused_by(cause)
    }

    /// The failure where the target could not be reached or had an error of its own.
    fn explain(self, request: RequestContext<'_>) -> Failure {
        const BETWEEN: &str = "check what is between this machine and AWS: a proxy (HTTPS_PROXY), a captive portal, \
                               a wrong endpoint URL";
        const PROXY: &str =
            "check the proxy in HTTPS_PROXY or ALL_PROXY; hosts in NO_PROXY are reached without it";
        let RequestContext { target, limits, .. } = request;
        let may_have_worked = self.may_have_worked();
        let (message, help) = match self {
            Self::ErrorResponse { status, code, .. } => {
                let again = request.try_again();
                return Failure::unreachable(format!("{target} failed: HTTP {status} {code}"))
                    .help(format!(
                        "{again}; if the error persists, see https://health.aws.amazon.com"
                    ));
            }
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
                "try again",
            ),
            Self::Broken(cause) => (
                format!(
                    "{target} did not answer: the connection broke after the request was sent: {cause}"
                ),
                "try again",
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
        let failure = Failure::unreachable(message);
        if may_have_worked && request.has_code {
            failure.help(format!(
                "{help}; a code that was sent may have been used up, so wait for the next one"
            ))
        } else {
            failure.help(help)
        }
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

/// A text of AWS's as messages show it: on one line, and not more of it than a user may read.
fn beginning(text: &str) -> String {
    const MOST: usize = 1000;
    let line = printable_line(text);
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::aws_profiles::testing::profiles;
    use crate::account::resolve::Accounts;
    use crate::account::{Config, Overrides};
    use crate::context::testing::context;

    fn account() -> Account {
        let accounts = Accounts {
            config: &Config::parse("", "c.toml").unwrap(),
            profiles: &profiles("", ""),
            context: &context(&[]),
        };
        let overrides = Overrides {
            source_profile: Some("key".to_owned()),
            ..Overrides::default()
        };
        accounts.resolve_with("test", &overrides).unwrap()
    }

    fn explained(failure: ServiceFailure, has_code: bool) -> Failure {
        failure.explain(RequestContext {
            account: &account(),
            target: "STS",
            with_session: false,
            has_code,
            now: 0,
            limits: Limits::default(),
        })
    }

    #[test]
    fn the_help_is_about_a_code_only_if_the_request_had_one() {
        let server_error = ServiceFailure::ErrorResponse {
            status: 500,
            code: "InternalFailure".to_owned(),
            message: String::new(),
            date: None,
            request_id: None,
        };
        for failure in [
            server_error,
            ServiceFailure::TimedOut,
            ServiceFailure::TooLong,
            ServiceFailure::NotHttp,
            ServiceFailure::Broken("it broke".to_owned()),
        ] {
            for has_code in [true, false] {
                let explained = explained(failure.clone(), has_code);
                let help = explained.next_step().unwrap();
                assert_eq!(help.contains(" code"), has_code, "{help}");
            }
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
            assert_eq!(explained(failure, true).to_string(), message);
        }
    }
}
