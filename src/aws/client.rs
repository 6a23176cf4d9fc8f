use std::future::Future;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use secrecy::ExposeSecret as _;

use super::endpoints::{Endpoints, REQUEST_LIMIT, Service};
use super::request_error::{RequestContext, RequestError, ServiceFailure, of_sdk_error};
use crate::account::{Account, MfaSerial};
use crate::context::Context;
use crate::credentials::{MfaCode, Session};
use crate::error::{ErrorKind, Failure, Result};
use crate::interrupt;

/// Asks AWS for one account, with the long-term credentials of its source profile and no others.
#[derive(Debug)]
pub struct AwsClient<'a> {
    pub(super) context: &'a Context,
    pub(super) account: &'a Account,
    pub(super) endpoints: Endpoints,
    pub(super) credentials: Credentials,
}

impl<'a> AwsClient<'a> {
    /// Someone who asks with these credentials.
    #[must_use]
    pub fn new(
        context: &'a Context,
        account: &'a Account,
        endpoints: Endpoints,
        credentials: Credentials,
    ) -> Self {
        Self {
            context,
            account,
            endpoints,
            credentials,
        }
    }

    /// The id of the key that is asked with; no secret.
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
        let client = aws_sdk_iam::Client::new(&self.settings(Service::Iam)?);
        let shown = self.endpoints.shown(Service::Iam);
        let (answer, _) = self.with_retries(&shown, async || {
            let listed = client.list_mfa_devices().send().await;
            listed.map_err(|error| of_sdk_error(&error))
        })?;
        match answer {
            Ok(listed) => Ok(listed
                .mfa_devices()
                .iter()
                .map(|device| device.serial_number().to_owned())
                .collect()),
            Err(answer) => {
                let may_not_list = answer.is_denied();
                let failure = Failure::from(self.request_error(answer, &shown));
                // A key that is refused is refused with another device, too.
                if !may_not_list && failure.kind() == ErrorKind::Refused {
                    return Err(failure);
                }
                let help = format!(
                    "name the device: --mfa-serial, or mfa_serial in [accounts.{}] of config.toml",
                    self.account.name
                );
                let help = match failure.next_step() {
                    Some(first) => format!("{first}\n      or {help}"),
                    None => help,
                };
                Err(failure.with_only_help(help))
            }
        }
    }

    /// A new session for the device's code.
    ///
    /// # Errors
    ///
    /// If STS refuses or cannot be reached, or what it sends is no session.
    pub fn session(&self, serial: &MfaSerial, code: &MfaCode) -> Result<Session, RequestError> {
        self.request_session(Some((serial, code)))
    }

    /// A session of the account's role, asked for with a session that was itself made with a code.
    ///
    /// # Errors
    ///
    /// As [`AwsClient::session`].
    pub fn assume_role(mut self, session: &Session) -> Result<Session, RequestError> {
        self.credentials = Credentials::new(
            session.access_key_id.clone(),
            session.secret_access_key.expose_secret(),
            Some(session.session_token.expose_secret().to_owned()),
            None,
            "session",
        );
        self.request_session(None)
    }

    fn request_session(
        &self,
        mfa: Option<(&MfaSerial, &MfaCode)>,
    ) -> Result<Session, RequestError> {
        let serial = mfa.map(|(serial, _)| serial.to_string());
        let code = mfa.map(|(_, code)| code.digits().to_owned());
        let client = aws_sdk_sts::Client::new(&self.settings(Service::Sts)?);
        let seconds = i32::try_from(self.account.duration.seconds()).unwrap_or(i32::MAX);
        let shown = self.endpoints.shown(Service::Sts);
        let (answer, earlier) = self.with_retries(&shown, async || match &self.account.role {
            None => client
                .get_session_token()
                .duration_seconds(seconds)
                .set_serial_number(serial.clone())
                .set_token_code(code.clone())
                .send()
                .await
                .map(|output| output.credentials)
                .map_err(|error| of_sdk_error(&error)),
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
                .map_err(|error| of_sdk_error(&error)),
        })?;
        let credentials = answer.map_err(|answer| {
            let says_so = answer.may_have_worked();
            match (self.request_error(answer, &shown), earlier) {
                (RequestError::WrongCode(_), Some(earlier)) => RequestError::WrongCode(
                    Failure::refused(format!(
                        "AWS refused the MFA code for account {} at the second try; the first try failed ({earlier}) and may have used it up",
                        self.account.name
                    ))
                    .help("wait for the next code of that device and give that one"),
                ),
                (RequestError::Other(failure), Some(earlier)) if !says_so => {
                    let help = failure.next_step().unwrap_or("try again").to_owned();
                    let used = format!(
                        "{help}; an earlier try failed ({earlier}) and may have used up the code, so wait for the next one"
                    );
                    failure.with_only_help(used).into()
                }
                (refusal, _) => refusal,
            }
        })?;
        let credentials = credentials.ok_or_else(|| {
            Failure::broken("could not use what STS sent: there are no credentials in it")
        })?;
        let session = Session::checked(
            credentials.access_key_id(),
            credentials.secret_access_key(),
            credentials.session_token(),
            credentials.expiration().secs(),
            self.context.unix_now(),
        )?;
        Ok(session)
    }

    /// How the SDK reaches a service with this key.
    pub(super) fn settings(&self, service: Service) -> Result<SdkConfig> {
        let credentials = Some(self.credentials.clone());
        self.endpoints.client_settings(service, credentials)
    }

    pub(super) fn request_error(&self, answer: ServiceFailure, shown: &str) -> RequestError {
        let request = RequestContext {
            account: self.account,
            shown,
            with_session: self.credentials.session_token().is_some(),
            now: self.context.unix_now(),
        };
        answer.into_request_error(request, self.context.console)
    }

    /// Sends a request up to three times, as long as it may help and time allows: see
    /// [`ServiceFailure::is_retryable`]. With the answer comes what was wrong at an earlier try after which AWS
    /// may have used up the code.
    pub(super) fn with_retries<T>(
        &self,
        shown: &str,
        send: impl AsyncFn() -> Result<T, ServiceFailure>,
    ) -> Result<(Result<T, ServiceFailure>, Option<String>)> {
        const TRIES: u32 = 3;
        let end = Instant::now() + REQUEST_LIMIT;
        block_on(async {
            let mut earlier = None;
            let mut tries = 0;
            loop {
                tries += 1;
                let start = Instant::now();
                let limited = tokio::time::timeout_at(end.into(), send());
                let answer = self.context.console.while_waiting(shown, limited).await;
                let answer = answer.unwrap_or(Err(ServiceFailure::TimedOut { connected: true }));
                let took = start.elapsed().as_millis();
                let wait = Duration::from_millis(200) * tries;
                match answer {
                    Err(answer)
                        if answer.is_retryable()
                            && tries < TRIES
                            && Instant::now() + wait < end =>
                    {
                        self.context
                            .console
                            .detail(|| format!("{shown}, try {tries}, after {took} ms: {answer}"));
                        if answer.may_have_worked() {
                            earlier = Some(answer.to_string());
                        }
                        tokio::time::sleep(wait).await;
                    }
                    answer => {
                        self.context.console.detail(|| match &answer {
                            Ok(_) => format!("{shown} answered after {took} ms"),
                            Err(answer) => {
                                format!("{shown}, try {tries}, after {took} ms: {answer}")
                            }
                        });
                        return (answer, earlier);
                    }
                }
            }
        })
    }
}

/// Runs the one future there is. A name that is still being resolved when time is up does not hold
/// up the end of the process.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::broken(format!("could not start a request: {error}")))?;
    let result = runtime.block_on(future);
    runtime.shutdown_background();
    // A request that failed at the same time is no reason to go on.
    interrupt::check();
    Ok(result)
}
