//! The AWS client: requests of STS and IAM for one account, with one key, retried only where that is safe.
//! Used by the session provider, the device look-up and `doctor`. It never decides that a session is needed;
//! `session::SessionProvider` does.

use std::cell::OnceCell;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use secrecy::ExposeSecret as _;

use super::connector::{Connector, get_or_try_init};
use super::endpoints::{Endpoints, Service};
use super::request_error::{RequestContext, RequestError, ServiceFailure};
use crate::account::values::is_iam_name_char;
use crate::account::{Account, MfaSerial};
use crate::credentials::{MfaCode, Session};
use crate::error::{ErrorKind, Failure, Result};

/// A client that sends requests for one account, with the credentials that it was made with and no others.
#[derive(Debug)]
pub struct AwsClient<'a> {
    connector: &'a Connector<'a>,
    account: &'a Account,
    endpoints: Endpoints,
    credentials: Credentials,
    /// The SDK's clients, made by the first request of each service.
    sts: OnceCell<aws_sdk_sts::Client>,
    iam: OnceCell<aws_sdk_iam::Client>,
}

/// The failure of a request about the key's own user.
pub(super) enum OwnUserFailure {
    /// The client cannot send requests.
    NotSent(Failure),
    /// IAM refused the request or could not be reached.
    Service {
        /// The last failure.
        error: ServiceFailure,
        /// The user's ARN, if IAM denied the request with and without the user's name.
        user_arn: Option<String>,
    },
}

impl From<Failure> for OwnUserFailure {
    fn from(failure: Failure) -> Self {
        Self::NotSent(failure)
    }
}

/// The end of a request that may have been tried several times.
pub(super) struct Attempt<T> {
    /// The result of the last try.
    pub(super) result: Result<T, ServiceFailure>,
    /// The last earlier try in which AWS may have used up the code.
    pub(super) earlier_failure: Option<EarlierFailure>,
}

/// A try that failed before the last one, and in which AWS may have used up the code.
pub(super) struct EarlierFailure {
    /// The number of this try, and that of the last one: `first`, `second`, `third`.
    ordinals: [&'static str; 2],
    /// The cause for which it failed.
    cause: String,
}

impl<'a> AwsClient<'a> {
    /// A client with these credentials.
    #[must_use]
    pub fn new(
        connector: &'a Connector<'a>,
        account: &'a Account,
        endpoints: Endpoints,
        credentials: Credentials,
    ) -> Self {
        Self {
            connector,
            account,
            endpoints,
            credentials,
            sts: OnceCell::new(),
            iam: OnceCell::new(),
        }
    }

    /// The access key id of the client's credentials; it is no secret.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        self.credentials.access_key_id()
    }

    /// The serials of the user's MFA devices, as IAM lists them.
    ///
    /// # Errors
    ///
    /// If IAM refuses or cannot be reached.
    pub fn devices(&self) -> Result<Vec<String>> {
        let client = self.iam()?;
        let listed = self.about_own_user(async |user| {
            let request = client.list_mfa_devices().set_user_name(user);
            Ok(request.send().await?)
        });
        match listed {
            Ok(response) => Ok(response
                .mfa_devices()
                .iter()
                .map(|device| device.serial_number().to_owned())
                .collect()),
            Err(OwnUserFailure::NotSent(failure)) => Err(failure),
            Err(OwnUserFailure::Service { error, user_arn }) => {
                let may_not_list = error.is_denied();
                let failure = Failure::from(self.request_error(error, Service::Iam));
                // A key that AWS refuses is refused with another device, too.
                if !may_not_list && failure.kind() == ErrorKind::Refused {
                    return Err(failure);
                }
                // AWS proposes the user's name as the device's: its console creates virtual devices with any name.
                let usual = user_arn.as_deref().and_then(usual_device);
                let usual = usual.map_or(String::new(), |serial| format!("; it is often {serial}"));
                Err(failure.help(format!(
                    "IAM is only asked for the MFA device; to do without it, name the device: --mfa-serial, \
                     or mfa_serial in [accounts.{}] of config.toml{usual}",
                    self.account.name
                )))
            }
        }
    }

    /// Sends a request about the key's own user to IAM, and once more with the user's name if IAM denies it: some
    /// policies allow the request only with `UserName`, which names the user as the resource.
    ///
    /// # Errors
    ///
    /// If the client cannot send requests, or IAM refuses this one or cannot be reached.
    pub(super) fn about_own_user<T>(
        &self,
        send: impl AsyncFn(Option<String>) -> Result<T, ServiceFailure>,
    ) -> Result<T, OwnUserFailure> {
        let service_failure = |error, user_arn| OwnUserFailure::Service { error, user_arn };
        let error = match self
            .with_retries(Service::Iam, async || send(None).await)?
            .result
        {
            Err(error) if error.is_denied() => error,
            result => return result.map_err(|error| service_failure(error, None)),
        };
        let arn = error.user_arn().map(str::to_owned);
        let Some(arn) = arn.or_else(|| self.user().ok()) else {
            return Err(service_failure(error, None));
        };
        let Some(name) = user_name(&arn) else {
            return Err(service_failure(error, None));
        };
        let again = self.with_retries(Service::Iam, async || send(Some(name.to_owned())).await)?;
        again
            .result
            .map_err(|error| service_failure(error, Some(arn)))
    }

    /// Requests a session with a code of this device.
    ///
    /// # Errors
    ///
    /// If STS refuses or cannot be reached, or its response is no valid session.
    pub fn session(&self, serial: &MfaSerial, code: &MfaCode) -> Result<Session, RequestError> {
        self.request_session(Some((serial, code)))
    }

    /// Assumes the account's role with an MFA session instead of a code.
    ///
    /// # Errors
    ///
    /// The same as those of [`AwsClient::session`].
    pub fn assume_role(self, session: &Session) -> Result<Session, RequestError> {
        let credentials = Credentials::new(
            session.access_key_id.clone(),
            session.secret_access_key.expose_secret(),
            Some(session.session_token.expose_secret().to_owned()),
            None,
            "session",
        );
        let client = Self::new(self.connector, self.account, self.endpoints, credentials);
        client.request_session(None)
    }

    fn request_session(
        &self,
        mfa: Option<(&MfaSerial, &MfaCode)>,
    ) -> Result<Session, RequestError> {
        let serial = mfa.map(|(serial, _)| serial.to_string());
        let code = mfa.map(|(_, code)| code.digits().to_owned());
        let client = self.sts()?;
        let seconds = i32::try_from(self.account.duration.seconds()).unwrap_or(i32::MAX);
        let attempt = self.with_retries(Service::Sts, async || match &self.account.role {
            None => client
                .get_session_token()
                .duration_seconds(seconds)
                .set_serial_number(serial.clone())
                .set_token_code(code.clone())
                .send()
                .await
                .map(|output| output.credentials)
                .map_err(ServiceFailure::from),
            Some(role) => client
                .assume_role()
                .role_arn(role.arn.as_str())
                .role_session_name(role.session_name.as_str())
                .set_external_id(role.external_id.as_ref().map(ToString::to_string))
                .duration_seconds(seconds)
                .set_serial_number(serial.clone())
                .set_token_code(code.clone())
                .send()
                .await
                .map(|output| output.credentials)
                .map_err(ServiceFailure::from),
        })?;
        let earlier_failure = attempt.earlier_failure;
        let session = attempt
            .result
            .map_err(|error| self.session_error(error, mfa.is_some(), earlier_failure))?
            .ok_or_else(|| {
                Failure::broken("could not use the response of STS: it contains no credentials")
            })
            .and_then(|credentials| {
                Session::checked(
                    credentials.access_key_id(),
                    credentials.secret_access_key(),
                    credentials.session_token(),
                    credentials.expiration().secs(),
                    self.connector.context().unix_now(),
                )
            });
        let session = session.map_err(|failure| match mfa {
            Some(_) => failure.help("the code was used up, so wait for the next one"),
            None => failure,
        })?;
        Ok(session)
    }

    /// The error of a request for a session. If an earlier try may have used up the code, the message says so:
    /// otherwise the user would look for a typing error.
    fn session_error(
        &self,
        error: ServiceFailure,
        has_code: bool,
        earlier: Option<EarlierFailure>,
    ) -> RequestError {
        let help_mentions_code = error.may_have_worked();
        let earlier = earlier.filter(|_| has_code);
        match (
            self.error_of_request(error, Service::Sts, has_code),
            earlier,
        ) {
            (RequestError::WrongCode(_), Some(earlier)) => {
                let ([failed, refused], cause) = (earlier.ordinals, earlier.cause);
                RequestError::WrongCode(
                    Failure::refused(format!(
                        "AWS refused the MFA code for account {} at the {refused} try; \
                         the {failed} try failed ({cause}) and may have used it up",
                        self.account.name
                    ))
                    .help("wait for the next code, then try again"),
                )
            }
            (RequestError::Other(failure), Some(EarlierFailure { cause, .. }))
                if !help_mentions_code =>
            {
                let help = failure.next_step().unwrap_or("try again");
                let help = format!(
                    "{help}; an earlier try failed ({cause}) and may have used up the code, so wait for the next one"
                );
                failure.with_only_help(help).into()
            }
            (error, _) => error,
        }
    }

    /// The SDK's client of STS.
    pub(super) fn sts(&self) -> Result<&aws_sdk_sts::Client> {
        get_or_try_init(&self.sts, || {
            self.sdk_config(Service::Sts)
                .map(|config| aws_sdk_sts::Client::new(&config))
        })
    }

    /// The SDK's client of IAM.
    pub(super) fn iam(&self) -> Result<&aws_sdk_iam::Client> {
        get_or_try_init(&self.iam, || {
            self.sdk_config(Service::Iam)
                .map(|config| aws_sdk_iam::Client::new(&config))
        })
    }

    fn sdk_config(&self, service: Service) -> Result<SdkConfig> {
        let credentials = Some(self.credentials.clone());
        self.endpoints
            .sdk_config(self.connector, service, credentials)
    }

    /// The error that a failed request of this client means, one without a code.
    pub(super) fn request_error(&self, error: ServiceFailure, service: Service) -> RequestError {
        self.error_of_request(error, service, false)
    }

    fn error_of_request(
        &self,
        error: ServiceFailure,
        service: Service,
        has_code: bool,
    ) -> RequestError {
        let context = self.connector.context();
        let request = RequestContext {
            account: self.account,
            target: &self.endpoints.describe(service),
            with_session: self.credentials.session_token().is_some(),
            has_code,
            now: context.unix_now(),
            limits: context.limits,
        };
        error.into_request_error(request, context.console)
    }

    /// Sends a request up to three times within [`Limits::request`](crate::context::Limits::request), as long as
    /// [`ServiceFailure::is_retryable`]. An MFA code works once, so the SDK must not retry by itself.
    ///
    /// # Errors
    ///
    /// The errors of [`Connector::block_on`]; the failure of the request itself is in the [`Attempt`].
    pub(super) fn with_retries<T>(
        &self,
        service: Service,
        send: impl AsyncFn() -> Result<T, ServiceFailure>,
    ) -> Result<Attempt<T>> {
        const TRIES: [&str; 3] = ["first", "second", "third"];
        let console = self.connector.context().console;
        let target = self.endpoints.describe(service);
        let end = Instant::now() + self.connector.context().limits.request;
        self.connector.block_on(async {
            let mut earlier: Option<(&str, String)> = None;
            let mut tries = 0;
            loop {
                let this = TRIES[tries];
                tries += 1;
                let start = Instant::now();
                let limited = tokio::time::timeout_at(end.into(), send());
                let result = console
                    .while_waiting(&target, limited)
                    .await
                    .unwrap_or(Err(ServiceFailure::TimedOut));
                let millis = start.elapsed().as_millis();
                console.detail(|| match &result {
                    Ok(_) => format!("{target} answered after {millis} ms"),
                    Err(error) => format!("{target}, try {tries}, after {millis} ms: {error}"),
                });
                let pause = Duration::from_millis(200 * tries as u64);
                match result {
                    Err(error)
                        if error.is_retryable()
                            && tries < TRIES.len()
                            && Instant::now() + pause < end =>
                    {
                        if error.may_have_worked() {
                            earlier = Some((this, error.to_string()));
                        }
                        tokio::time::sleep(pause).await;
                    }
                    result => {
                        let earlier_failure = earlier.map(|(failed, cause)| EarlierFailure {
                            ordinals: [failed, this],
                            cause,
                        });
                        return Attempt {
                            result,
                            earlier_failure,
                        };
                    }
                }
            }
        })
    }
}

/// The name of the user that an ARN names: `arn:aws:iam::123456789012:user/path/jane`.
fn user_name(arn: &str) -> Option<&str> {
    let (_, path) = arn.split_once(":user/")?;
    let name = path.rsplit('/').next()?;
    // https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html: 1 to 64 of these characters.
    ((1..=64).contains(&name.len()) && name.chars().all(is_iam_name_char)).then_some(name)
}

/// The serial of a user's virtual MFA device that has the user's name.
fn usual_device(user_arn: &str) -> Option<String> {
    let name = user_name(user_arn)?;
    let (account, _) = user_arn.split_once(":user/")?;
    Some(format!("{account}:mfa/{name}"))
}
