//! The part that all AWS clients of one run share: the tokio runtime that drives their requests, and the HTTP
//! connectors with their TLS settings. The first request sets them up; the next ones (a session after a device
//! look-up, a role after a session) read no certificates again, and those to the same server use its connection.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::future::Future;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use tokio::runtime::Runtime;

use super::trust::TrustSource;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::interrupt;

/// The runtime and the HTTP connectors that the AWS clients of one run share.
pub struct Connector<'a> {
    context: &'a Context,
    runtime: OnceCell<Runtime>,
    /// One for each set of trusted certificates, and one without: accounts may name a `ca_bundle` or an http://
    /// endpoint of their own. Everything else that an HTTP connector depends on (proxies, console) is the same
    /// for a whole run.
    http: RefCell<Vec<(Option<TrustSource>, SharedHttpConnector)>>,
}

impl<'a> Connector<'a> {
    /// A connector for the clients of this run. Nothing is read or started before the first request.
    #[must_use]
    pub fn new(context: &'a Context) -> Self {
        Self {
            context,
            runtime: OnceCell::new(),
            http: RefCell::default(),
        }
    }

    pub(super) fn context(&self) -> &'a Context {
        self.context
    }

    /// The HTTP connector that trusts these certificates; `make` makes it if there is none yet.
    ///
    /// # Errors
    ///
    /// The errors of `make`; the next call tries again.
    pub(super) fn http(
        &self,
        trust: Option<&TrustSource>,
        make: impl FnOnce() -> Result<SharedHttpConnector>,
    ) -> Result<SharedHttpConnector> {
        let known = self.http.borrow();
        if let Some((_, connector)) = known.iter().find(|(known, _)| known.as_ref() == trust) {
            return Ok(connector.clone());
        }
        drop(known);
        let connector = make()?;
        let entry = (trust.cloned(), connector.clone());
        self.http.borrow_mut().push(entry);
        Ok(connector)
    }

    /// Runs the future of a request on the shared runtime, on this thread, until it is done.
    ///
    /// # Errors
    ///
    /// If the system gives the runtime no file descriptors.
    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> Result<T> {
        let result = self.runtime()?.block_on(async {
            let result = future.await;
            // The task of the request's connection runs only inside `block_on`; here it notices that the answer was
            // read, and closes the connection if the server asked for that.
            tokio::task::yield_now().await;
            result
        });
        // A request that failed at the same time is no reason to go on.
        interrupt::check();
        Ok(result)
    }

    fn runtime(&self) -> Result<&Runtime> {
        get_or_try_init(&self.runtime, || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| {
                    Failure::broken(format!("could not start a request: {error}")).caused_by(error)
                })
        })
    }
}

/// The value of a cell, which `make` makes if it is empty: `OnceCell::get_or_try_init` is not stable yet
/// (<https://github.com/rust-lang/rust/issues/109737>).
pub(super) fn get_or_try_init<T>(
    cell: &OnceCell<T>,
    make: impl FnOnce() -> Result<T>,
) -> Result<&T> {
    if let Some(value) = cell.get() {
        return Ok(value);
    }
    let value = make()?;
    Ok(cell.get_or_init(|| value))
}

/// Ends the runtime without waiting for its threads: a host name that is still being resolved after the time
/// limit must not delay the end of the process.
impl Drop for Connector<'_> {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Shows the sets of trusted certificates.
impl fmt::Debug for Connector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let http = self.http.borrow();
        f.debug_list()
            .entries(http.iter().map(|(trust, _)| trust))
            .finish()
    }
}
