//! The connections over which a request can be sent at once: idle ones, and those that are being made. Their store
//! opens none.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper::client::conn::http1;
use tokio::task::JoinHandle;

use crate::console::Console;

/// A connection that is open.
#[derive(Debug)]
pub(super) struct Connection {
    /// The way to send requests over it.
    pub(super) sender: http1::SendRequest<SdkBody>,
    /// The task that reads and writes; it ends when the connection is closed.
    pub(super) closed: JoinHandle<()>,
    /// Scheme, host and port of the server.
    pub(super) to: String,
    /// Those of the proxy, if there is one.
    pub(super) through: Option<String>,
    /// The time that it took to connect.
    pub(super) took: Duration,
}

impl Connection {
    /// Returns the sentence about the new connection for `-vv`.
    pub(super) fn describe(&self) -> String {
        let through = self.through.as_ref();
        let through = through.map_or(String::new(), |proxy| format!(" through {proxy}"));
        let took = self.took.as_millis();
        format!("connected to {}{through} after {took} ms", self.to)
    }
}

/// The connections that are ready or being made, by scheme, host and port of the server.
#[derive(Debug, Default)]
pub(super) struct ReadyConnections(Mutex<BTreeMap<String, Slot>>);

/// The connection to one server.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) idle: Option<Idle>,
    /// The one that is being made.
    pub(super) coming: Option<JoinHandle<Result<Connection, ConnectorError>>>,
}

/// A connection whose last answer was read completely, or which has had no request yet.
#[derive(Debug)]
pub(super) struct Idle {
    pub(super) connection: Connection,
    pub(super) since: Instant,
    /// The same by the wall clock, which unlike the other one goes on while a laptop sleeps.
    since_by_wall_clock: SystemTime,
}

impl Idle {
    pub(super) fn new(connection: Connection) -> Self {
        Self {
            connection,
            since: Instant::now(),
            since_by_wall_clock: SystemTime::now(),
        }
    }

    fn is_younger_than(&self, limit: Duration) -> bool {
        let by_wall_clock = self.since_by_wall_clock.elapsed();
        self.since.elapsed() < limit && by_wall_clock.is_ok_and(|age| age < limit)
    }
}

impl ReadyConnections {
    /// Stores a connection whose last answer was read completely.
    pub(super) fn put(&self, server: String, connection: Connection) {
        self.lock().entry(server).or_default().idle = Some(Idle::new(connection));
    }

    /// Takes the connection to a server (scheme, host and port) that can take a request: an idle one that is younger
    /// than `limit`, else the one that is being made. If that fails, there is none.
    pub(super) async fn take(
        &self,
        server: &str,
        limit: Duration,
        console: Console,
    ) -> Option<Connection> {
        let Slot { idle, coming } = self.lock().remove(server)?;
        // The task of a connection runs only while the runtime does. It learns here what happened in between: the
        // first yield lets tokio's driver see the events of the socket, the second lets the task handle them.
        for _ in 0..2 {
            tokio::task::yield_now().await;
        }
        let idle = idle.filter(|idle| idle.is_younger_than(limit));
        if let Some(Idle { mut connection, .. }) = idle
            && connection.sender.ready().await.is_ok()
        {
            if let Some(coming) = coming {
                coming.abort();
            }
            return Some(connection);
        }
        match coming?.await.ok()? {
            Ok(mut connection) => {
                console.trace(|| connection.describe());
                connection.sender.ready().await.ok()?;
                Some(connection)
            }
            Err(error) => {
                console.trace(|| describe_failure(server, &error));
                None
            }
        }
    }

    /// Takes the slot of a server out of the store, to work on its connection.
    pub(super) fn take_slot(&self, server: &str) -> Slot {
        self.lock().remove(server).unwrap_or_default()
    }

    /// Puts a slot back.
    pub(super) fn put_slot(&self, server: String, slot: Slot) {
        self.lock().insert(server, slot);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the sentence for `-vv` about a connection that could not be made in advance.
pub(super) fn describe_failure(server: &str, error: &ConnectorError) -> String {
    let mut text = format!("could not connect to {server} in advance: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
