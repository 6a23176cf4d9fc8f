//! Connections that are made in advance: to STS while the user types a code, or while IAM lists the devices. Nothing of
//! a request, and so nothing of a key or a code, is sent over them before the request itself.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::result::ConnectorError;
use hyper::Uri;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep_until, timeout, timeout_at};

use super::client::AwsClient;
use super::endpoints::Service;
use super::ready::{Connection, Idle, Slot, describe_failure};
use super::transport::{Transport, display_server};
use crate::error::Result;

impl AwsClient<'_> {
    /// Runs `work`, which waits for a code, on this thread. Meanwhile, another thread makes the connection to STS and
    /// keeps it ready, so that only the request is left to be sent. Its failures are silent: the request meets them
    /// again, if they last.
    pub fn while_connecting<T>(&self, work: impl FnOnce() -> T) -> T {
        let (connector, endpoints) = (self.connector, &self.endpoints);
        let Ok(runtime) = connector.runtime() else {
            return work();
        };
        let trust = endpoints.trust(Service::Sts);
        let known = connector.known_http(trust);
        let (stop, stopped) = oneshot::channel();
        let connect = || {
            let transport = known.map_or_else(|| endpoints.transport(Service::Sts), Ok)?;
            let steps = runtime.block_on(async {
                match endpoints.sts_url().await {
                    Some(url) => transport.keep_ready(&url, stopped).await,
                    None => Vec::new(),
                }
            });
            Ok((transport, steps))
        };
        thread::scope(|scope| {
            let thread = thread::Builder::new().spawn_scoped(scope, connect);
            let done = work();
            drop(stop);
            let connected = thread.ok().and_then(|thread| thread.join().ok());
            let connected: Option<Result<(Transport, Vec<String>)>> = connected;
            if let Some(Ok((transport, steps))) = connected {
                // Not earlier: the terminal showed the question.
                for step in steps {
                    connector.context().console.trace(|| step);
                }
                let _ = connector.http(trust, || Ok(transport));
            }
            done
        })
    }

    /// As [`AwsClient::devices`], and meanwhile connects to STS, from which a session is requested next.
    ///
    /// # Errors
    ///
    /// As [`AwsClient::devices`].
    pub fn devices_before_session(&self) -> Result<Vec<String>> {
        let (connector, endpoints) = (self.connector, &self.endpoints);
        // The request for the session reports what is wrong with these settings.
        if let Ok(transport) = connector.http(endpoints.trust(Service::Sts), || {
            endpoints.transport(Service::Sts)
        }) {
            connector.block_on(async {
                if let Some(url) = endpoints.sts_url().await {
                    transport.begin(&url);
                }
            })?;
        }
        self.devices()
    }
}

impl Transport {
    /// Starts to connect to the host of a URI, unless a connection is ready or being made. The runtime's next future
    /// goes on with it.
    fn begin(&self, uri: &Uri) {
        let server = display_server(uri);
        let mut slot = self.ready.take_slot(&server);
        if slot.idle.is_none() && slot.coming.is_none() {
            slot.coming = Some(self.spawn_open(uri));
        }
        self.ready.put_slot(server, slot);
    }

    fn spawn_open(&self, uri: &Uri) -> JoinHandle<Result<Connection, ConnectorError>> {
        let (transport, uri) = (self.clone(), uri.clone());
        tokio::spawn(async move { transport.open(uri).await })
    }

    /// Makes a connection to the host of a URI, unless there is one, and renews it before it is as old as
    /// [`Limits::idle_connection`](crate::context::Limits::idle_connection), until `stop` comes. Closes it after
    /// [`Limits::ready_connection`](crate::context::Limits::ready_connection). Returns what it did, for `-vv`.
    ///
    /// Does not try again after a failure: a proxy may lock a user out who sends a wrong password several times.
    async fn keep_ready(&self, uri: &Uri, mut stop: oneshot::Receiver<()>) -> Vec<String> {
        let server = display_server(uri);
        let mut slot = self.ready.take_slot(&server);
        let mut steps = Vec::new();
        self.renew(&mut slot, uri, &mut stop, &mut steps).await;
        self.ready.put_slot(server, slot);
        steps
    }

    /// Does the work of [`Self::keep_ready`]; `None` if `stop` came.
    async fn renew(
        &self,
        slot: &mut Slot,
        uri: &Uri,
        stop: &mut oneshot::Receiver<()>,
        steps: &mut Vec<String>,
    ) -> Option<()> {
        let limit = self.limits.idle_connection;
        let end = Instant::now() + self.limits.ready_connection;
        let mut last_start: Option<Instant> = None;
        loop {
            if let Some(idle) = &mut slot.idle {
                // The new one must be ready before this one is too old.
                let renewal = (idle.since + limit * 4 / 5).min(end);
                let closed = timeout_at(renewal.into(), &mut idle.connection.closed);
                if unless(stop, closed).await?.is_ok() {
                    slot.idle = None;
                    steps.push(format!("{} closed the connection", display_server(uri)));
                }
            }
            if slot.coming.is_none() {
                if let Some(start) = last_start {
                    // A server that closes each connection at once is not asked all the time.
                    unless(stop, sleep_until((start + limit / 5).min(end).into())).await?;
                }
                if Instant::now() >= end {
                    if let Some(Idle { connection, .. }) = slot.idle.take() {
                        drop(connection.sender);
                        // Its task takes leave of the server.
                        unless(stop, timeout(Duration::from_secs(1), connection.closed))
                            .await?
                            .ok();
                    }
                    return Some(());
                }
                last_start = Some(Instant::now());
                slot.coming = Some(self.spawn_open(uri));
            }
            if let Some(coming) = &mut slot.coming {
                let made = unless(stop, coming).await?;
                slot.coming = None;
                match made.ok()? {
                    Ok(connection) => {
                        steps.push(connection.describe());
                        slot.idle = Some(Idle::new(connection));
                    }
                    Err(error) => {
                        steps.push(describe_failure(&display_server(uri), &error));
                        return Some(());
                    }
                }
            }
        }
    }
}

/// Awaits `future`; `None` if `stop` comes first.
async fn unless<T>(stop: &mut oneshot::Receiver<()>, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|task| match Pin::new(&mut *stop).poll(task) {
        Poll::Ready(_) => Poll::Ready(None),
        Poll::Pending => future.as_mut().poll(task).map(Some),
    })
    .await
}
