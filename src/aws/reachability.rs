//! Checks that AWS can be reached and knows a key, for `doctor`.

use std::time::Instant;

use super::client::{AwsClient, OwnUserFailure};
use super::connector::Connector;
use super::endpoints::{Endpoints, Service};
use super::request_error::{RequestContext, ServiceFailure};
use crate::account::Account;
use crate::error::{Failure, Result};

/// The answer of STS to a request without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reachability {
    /// Milliseconds until the answer, the connection included.
    pub millis: u128,
    /// Seconds that this machine's clock is ahead of AWS's; `None` if the answer had no date.
    pub clock_ahead: Option<i64>,
}

/// Sends STS an unsigned request, once, within the time limits of every request.
///
/// # Errors
///
/// If STS cannot be reached, or something other than AWS answers.
pub fn reach(
    connector: &Connector<'_>,
    account: &Account,
    endpoints: &Endpoints,
) -> Result<Reachability> {
    let context = connector.context();
    let config = endpoints.sdk_config(connector, Service::Sts, None)?;
    let unsigned = aws_sdk_sts::config::Builder::from(&config)
        .allow_no_auth()
        .build();
    let client = aws_sdk_sts::Client::from_conf(unsigned);
    let target = endpoints.describe(Service::Sts);
    let start = Instant::now();
    let request = client.get_caller_identity().send();
    let result = connector.block_on(context.console.while_waiting(&target, request))?;
    let millis = start.elapsed().as_millis();
    let now = context.unix_now();
    match result.map_err(ServiceFailure::from) {
        // STS refuses every unsigned request; a refusal shows that it was reached.
        Err(ServiceFailure::ErrorResponse { status, date, .. }) if status < 500 => {
            Ok(Reachability {
                millis,
                clock_ahead: date.map(|date| now - date),
            })
        }
        Ok(_) => Ok(Reachability {
            millis,
            clock_ahead: None,
        }),
        Err(error) => {
            let request = RequestContext {
                account,
                target: &target,
                with_session: false,
                has_code: false,
                now,
                limits: context.limits,
            };
            Err(error.into_request_error(request, context.console).into())
        }
    }
}

impl AwsClient<'_> {
    /// The ARN of the user whose key the client signs with.
    ///
    /// # Errors
    ///
    /// If STS refuses or cannot be reached.
    pub fn user(&self) -> Result<String> {
        let client = self.sts()?;
        let attempt = self.with_retries(Service::Sts, async || {
            Ok(client.get_caller_identity().send().await?)
        })?;
        let identity = attempt
            .result
            .map_err(|error| Failure::from(self.request_error(error, Service::Sts)))?;
        Ok(identity.arn().unwrap_or_default().to_owned())
    }

    /// The time at which the client's key was created, in Unix seconds; `None` if IAM does not list it.
    ///
    /// # Errors
    ///
    /// If IAM refuses or cannot be reached.
    pub fn key_created_at(&self) -> Result<Option<i64>> {
        let client = self.iam()?;
        let listed = self.about_own_user(async |user| {
            let request = client.list_access_keys().set_user_name(user);
            Ok(request.send().await?)
        });
        let response = listed.map_err(|failure| match failure {
            OwnUserFailure::NotSent(failure) => failure,
            OwnUserFailure::Service { error, .. } => self.request_error(error, Service::Iam).into(),
        })?;
        let key = response
            .access_key_metadata()
            .iter()
            .find(|key| key.access_key_id() == Some(self.access_key_id()));
        Ok(key.and_then(|key| Some(key.create_date()?.secs())))
    }
}
