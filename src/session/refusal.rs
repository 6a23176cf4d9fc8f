use std::error::Error;
use std::io;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::client::{CONNECT_LIMIT, REQUEST_LIMIT};
use crate::account::{Account, SessionDuration};
use crate::error::Failure;

/// Why there is no session, as far as the program itself acts on it.
#[derive(Debug)]
pub enum Refusal {
    /// The code was wrong, late or already used: another one may do.
    Code(Failure),
    /// The device is not the user's: a remembered one is forgotten.
    Device(Failure),
    /// Anything else.
    Other(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Code(failure) | Refusal::Device(failure) | Refusal::Other(failure) => failure,
        }
    }
}

/// What came back instead of a session.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// AWS said no, with its own code and text.
    No { code: String, message: String },
    /// Something else than AWS answered.
    NotAws { status: u16, content_type: String },
    /// Nothing came in time; whether a connection was made by then.
    TimedOut { connected: bool },
    /// The other side's certificate is not trusted.
    Certificate(String),
    /// The host name has no address.
    NoAddress,
    /// No connection, or it broke.
    NoConnection(String),
}

pub(super) fn of_sdk_error<E>(error: &SdkError<E, HttpResponse>) -> Answer
where
    E: Error + ProvideErrorMetadata + 'static,
{
    match error {
        SdkError::ServiceError(refused) => match refused.err().code() {
            Some(code) => Answer::No {
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
        SdkError::TimeoutError(_) => Answer::TimedOut { connected: true },
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(connector) if connector.is_timeout() => Answer::TimedOut { connected: false },
            Some(connector) => of_connection(connector),
            None => of_connection(error),
        },
        _ => of_connection(error),
    }
}

fn not_aws(response: &HttpResponse) -> Answer {
    Answer::NotAws {
        status: response.status().as_u16(),
        content_type: response
            .headers()
            .get("content-type")
            .unwrap_or("no type")
            .to_owned(),
    }
}

fn of_connection(error: &(dyn Error + 'static)) -> Answer {
    let mut cause = error;
    let mut next = Some(error);
    while let Some(error) = next {
        cause = error;
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Answer::Certificate(why.to_string());
        }
        // hyper-util keeps the type of this error to itself.
        if error.to_string() == "dns error" {
            return Answer::NoAddress;
        }
        // The source of an I/O error is that of the error inside it, which may be the one sought.
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = inner
            .map(|inner| inner as &(dyn Error + 'static))
            .or(error.source());
    }
    Answer::NoConnection(cause.to_string())
}

impl Answer {
    /// The failure of a request in which no code was sent.
    pub(super) fn into_failure(self, account: &Account, asked: &str) -> Failure {
        self.into_refusal(account, asked).into()
    }

    /// One sentence about the cause, and the next step.
    pub(super) fn into_refusal(self, account: &Account, asked: &str) -> Refusal {
        match self {
            Self::No { code, message } => refused(&code, &message, account, asked),
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
            Self::Certificate(why) => Failure::unreachable(format!(
                "could not trust the certificate of {asked}: {why}"
            ))
            .help("if a proxy of yours opens TLS, name its certificates: AWS_CA_BUNDLE, or ca_bundle in the profile")
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

/// What AWS means. The codes and texts are those of
/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html> and of STS itself.
fn refused(code: &str, message: &str, account: &Account, asked: &str) -> Refusal {
    let name = &account.name;
    let profile = &account.source_profile;
    let said = |text: &str| message.to_ascii_lowercase().contains(text);
    let device = account.device.as_ref().map_or_else(
        || "its MFA device".to_owned(),
        |device| device.serial.to_string(),
    );
    match code {
        "AccessDenied" | "AccessDeniedException" if said("invalid mfa one time pass code") => {
            Refusal::Code(Failure::refused(format!(
                "AWS refused the MFA code for account {name}: it is wrong, too old, or was used before"
            ))
            .help("wait for the next code of that device and give that one; each code works once"))
        }
        "AccessDenied" | "AccessDeniedException" if said("unable to validate mfa code") => {
            Refusal::Device(Failure::refused(format!(
                "AWS does not know {device} as an MFA device of the user whose key is in profile {profile}"
            ))
            .help("name the user's own device with mfa_serial or --mfa-serial; the AWS console shows it under Security credentials"))
        }
        "AccessDenied" if said("with session credentials") => Failure::refused(format!(
            "AWS makes no session out of a session: profile {profile} holds temporary credentials"
        ))
        .help("name the profile with the long-term key: source_profile, or --source-profile")
        .into(),
        "AccessDenied" | "AccessDeniedException" if account.role.is_some() && said("assumerole") => {
            let role = account.role.as_ref().map_or("", |role| role.arn.as_str());
            Failure::refused(format!("AWS does not let the user of profile {profile} assume {role}"))
                .help("the role's trust policy must name the user, and external_id if it asks for one; the user's own policies must allow sts:AssumeRole on it")
                .into()
        }
        "InvalidClientTokenId" | "UnrecognizedClientException" => Failure::refused(format!(
            "AWS does not know the access key in profile {profile}, or it is inactive"
        ))
        .help("see in the AWS console whether the key is active; a key of China or GovCloud needs a region there (--region)")
        .into(),
        "SignatureDoesNotMatch" | "RequestExpired" if said("signature expired") || said("not yet current") || code == "RequestExpired" => {
            Failure::refused("AWS refused the request for its time: this machine's clock is off by more than 5 minutes")
                .help("set the clock; then try again with a new code")
                .into()
        }
        "SignatureDoesNotMatch" => Failure::refused(format!(
            "the secret access key in profile {profile} does not fit its access key id"
        ))
        .help(format!("put the right aws_secret_access_key into [{profile}], or make a new key"))
        .into(),
        "ValidationError" if said("durationseconds") || said("maxsessionduration") => {
            let shorter = SessionDuration::DEFAULT_ROLE;
            Failure::refused(format!(
                "AWS gives no session of {} for account {name}: the role allows less",
                account.duration
            ))
            .help(format!("use --duration {shorter}, or have the role's maximum session duration raised"))
            .into()
        }
        "RegionDisabledException" => Failure::refused(format!(
            "the region asked ({asked}) is not enabled for this account"
        ))
        .help("use --region with one that is, or enable it in the AWS console")
        .into(),
        "Throttling" | "ThrottlingException" | "RequestLimitExceeded" => {
            Failure::refused(format!("{asked} is asked too often right now"))
                .help("wait a moment, then try again with a new code")
                .into()
        }
        _ => Failure::refused(format!("AWS refused the request for account {name}: {code}: {message}")).into(),
    }
}
