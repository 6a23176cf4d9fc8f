use std::time::Instant;

use super::client::{AwsClient, block_on};
use super::endpoints::{Endpoints, Service};
use super::request_error::{RequestContext, ServiceFailure, of_sdk_error};
use crate::account::Account;
use crate::context::Context;
use crate::error::{Failure, Result};

/// What came back when STS was asked without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reachability {
    /// Milliseconds that it took, the connection included.
    pub millis: u128,
    /// Seconds that this machine's clock is ahead of AWS's, as the answer tells.
    pub clock_ahead: Option<i64>,
}

/// Asks STS without a key, once, within the limits of every request.
///
/// # Errors
///
/// If it cannot be reached, or something else than AWS answers.
pub fn reach(context: &Context, account: &Account, endpoints: &Endpoints) -> Result<Reachability> {
    let settings = endpoints.client_settings(Service::Sts, None)?;
    let unsigned = aws_sdk_sts::config::Builder::from(&settings)
        .allow_no_auth()
        .build();
    let client = aws_sdk_sts::Client::from_conf(unsigned);
    let shown = endpoints.shown(Service::Sts);
    let start = Instant::now();
    let asked = client.get_caller_identity().send();
    let answer = block_on(context.console.while_waiting(&shown, asked))?;
    let millis = start.elapsed().as_millis();
    let now = context.unix_now();
    match answer.map_err(|error| of_sdk_error(&error)) {
        // Nobody is known without a key; the no itself is what was wanted.
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
        Err(answer) => {
            let request = RequestContext {
                account,
                shown: &shown,
                with_session: false,
                now,
            };
            Err(answer.into_request_error(request, context.console).into())
        }
    }
}

impl AwsClient<'_> {
    /// The ARN of the user whose key it is.
    ///
    /// # Errors
    ///
    /// If STS refuses or cannot be reached.
    pub fn user(&self) -> Result<String> {
        let client = aws_sdk_sts::Client::new(&self.settings(Service::Sts)?);
        let shown = self.endpoints.shown(Service::Sts);
        let (answer, _) = self.with_retries(&shown, async || {
            let told = client.get_caller_identity().send().await;
            told.map_err(|error| of_sdk_error(&error))
        })?;
        let told = answer.map_err(|answer| Failure::from(self.request_error(answer, &shown)))?;
        Ok(told.arn().unwrap_or_default().to_owned())
    }

    /// When the key was made, in Unix seconds; `None` if IAM does not list it.
    ///
    /// # Errors
    ///
    /// If IAM refuses or cannot be reached.
    pub fn key_made_at(&self) -> Result<Option<i64>> {
        let client = aws_sdk_iam::Client::new(&self.settings(Service::Iam)?);
        let shown = self.endpoints.shown(Service::Iam);
        let (answer, _) = self.with_retries(&shown, async || {
            let listed = client.list_access_keys().send().await;
            listed.map_err(|error| of_sdk_error(&error))
        })?;
        let listed = answer.map_err(|answer| Failure::from(self.request_error(answer, &shown)))?;
        let ours = listed
            .access_key_metadata()
            .iter()
            .find(|key| key.access_key_id() == Some(self.access_key_id()));
        Ok(ours.and_then(|key| Some(key.create_date()?.secs())))
    }
}
