//! A strict STS and IAM on loopback: it believes nothing that it has not checked.
//!
//! It verifies signatures (Signature Version 4) against the keys that it knows or issued, takes
//! each one-time code once and only in its window, knows temporary keys, durations, roles and
//! external ids, and answers with AWS's own codes and texts. It can also be told to misbehave.

// Each of its users — the tests, the sandbox, the benches — needs another part of it.
#![allow(dead_code, unused_imports)]

pub(crate) mod http;
pub(crate) mod sigv4;
pub(crate) mod totp;
mod world;

use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

pub(crate) use world::{ADMIN_ROLE, Device, JANES_PHONE, JOES_TABLET, Role, User, World};

use http::{Reply, Request};

/// The account of most users here, from AWS's documentation.
pub(crate) const ACCOUNT_ID: &str = "123456789012";
/// The account of most roles here.
pub(crate) const OTHER_ACCOUNT_ID: &str = "210987654321";
/// A long-term key from AWS's documentation.
pub(crate) const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// Its secret, from there too.
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// Another such key.
pub(crate) const OTHER_KEY_ID: &str = "AKIAI44QH8DHBEXAMPLE";
/// Its secret.
pub(crate) const OTHER_SECRET: &str = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY";

/// The failures of the server at the next request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// HTTP 400, as AWS does when it is asked too often.
    Throttle,
    /// HTTP 500; whether the code was used up by then.
    ServerError { after_work: bool },
    /// The right answer, never sent.
    Hang,
    /// The right answer, a second late.
    Slow,
    /// An answer of 3 MB.
    Endless,
    /// The connection is cut instead of an answer.
    Reset,
    /// A page for people, with this HTTP status.
    Html(u16),
    /// The right answer, but for one of its elements.
    Replace { element: &'static str, text: String },
    /// AWS's own refusal, word for word.
    Refuse {
        status: u16,
        code: &'static str,
        message: String,
    },
    /// Well, but the session ends in so many seconds, whatever was asked for.
    ShortSession(i64),
}

/// A request that was understood, for tests to look at.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    pub(crate) action: String,
    pub(crate) service: String,
    pub(crate) region: String,
    pub(crate) host: String,
    pub(crate) access_key_id: String,
    pub(crate) parameters: Vec<(String, String)>,
}

impl Logged {
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// The state that all connections share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) faults: VecDeque<Fault>,
    pub(crate) log: Vec<Logged>,
    /// Connections that were made, also those over which nothing came.
    pub(crate) connections: usize,
    /// TLS handshakes that were completed.
    pub(crate) handshakes: usize,
    /// Bytes that came over all connections, without those of TLS.
    pub(crate) received: usize,
    /// Closes each connection after its first answer, without a word about it in the answer.
    pub(crate) closes_idle: bool,
}

/// A running server; it ends with this value.
#[derive(Debug)]
pub(crate) struct StrictSts {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
    ca_pem: Option<String>,
}

impl StrictSts {
    /// Over plain HTTP.
    pub(crate) fn http(world: World) -> Self {
        Self::http_at(world, "127.0.0.1:0")
    }

    /// At another address of loopback.
    pub(crate) fn http_at(world: World, address: &str) -> Self {
        Self::start(world, address, None)
    }

    /// Over TLS, with a certificate for `localhost` and 127.0.0.1 by an authority of its own.
    pub(crate) fn https(world: World) -> Self {
        Self::https_with(world, http::Certificate::Good)
    }

    /// The same with another certificate.
    pub(crate) fn https_with(world: World, certificate: http::Certificate) -> Self {
        let tls = http::tls_config_with(certificate);
        Self::start(world, "127.0.0.1:0", Some(tls))
    }

    fn start(
        world: World,
        address: &str,
        tls: Option<(Arc<rustls::ServerConfig>, String)>,
    ) -> Self {
        let (tls, ca_pem) = tls.unzip();
        let listener = TcpListener::bind(address).expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let state = Arc::new(Mutex::new(State {
            world,
            faults: VecDeque::new(),
            log: Vec::new(),
            connections: 0,
            handshakes: 0,
            received: 0,
            closes_idle: false,
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let accepting = std::thread::spawn({
            let (state, stop) = (Arc::clone(&state), Arc::clone(&stop));
            move || {
                for stream in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let Ok(stream) = stream else { continue };
                    let (state, stop, tls) = (Arc::clone(&state), Arc::clone(&stop), tls.clone());
                    std::thread::spawn(move || serve(stream, tls, &state, &stop));
                }
            }
        });
        Self {
            address,
            state,
            stop,
            accepting: Some(accepting),
            ca_pem,
        }
    }

    /// The address at which it listens.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.ca_pem.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://localhost:{}", self.address.port())
    }

    /// The certificate of its authority, as PEM.
    pub(crate) fn ca_pem(&self) -> &str {
        self.ca_pem.as_deref().expect("this server speaks TLS")
    }

    /// Whatever happens next happens once, in this order.
    pub(crate) fn next(&self, fault: Fault) {
        self.with(|state| state.faults.push_back(fault));
    }

    /// The requests so far.
    pub(crate) fn log(&self) -> Vec<Logged> {
        self.with(|state| state.log.clone())
    }

    /// The number of requests for an action.
    pub(crate) fn count(&self, action: &str) -> usize {
        self.with(|state| {
            state
                .log
                .iter()
                .filter(|entry| entry.action == action)
                .count()
        })
    }

    /// The bytes of requests, complete or not, so far.
    pub(crate) fn received(&self) -> usize {
        self.with(|state| state.received)
    }

    /// Waits until so many TLS handshakes were completed.
    #[track_caller]
    pub(crate) fn wait_for_handshakes(&self, count: usize) {
        let end = std::time::Instant::now() + Duration::from_secs(20);
        while self.with(|state| state.handshakes) < count {
            assert!(
                std::time::Instant::now() < end,
                "there were fewer handshakes"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A code that the device of this serial has not shown before; if need be one of later, which
    /// the server takes from now on, so that no test waits for half a minute.
    pub(crate) fn fresh_code(&self, serial: &str) -> String {
        self.with(|state| state.world.device(serial).fresh_code())
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Drop for StrictSts {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts, so that it sees the end.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn serve(
    stream: TcpStream,
    tls: Option<Arc<rustls::ServerConfig>>,
    state: &Mutex<State>,
    stop: &AtomicBool,
) {
    let locked = || {
        state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    };
    locked().connections += 1;
    let limit = Some(Duration::from_secs(30));
    if stream.set_read_timeout(limit).is_err() || stream.set_write_timeout(limit).is_err() {
        return;
    }
    let Ok(mut connection) = http::Connection::open(stream, tls) else {
        return;
    };
    if connection.finish_handshake().is_err() {
        return;
    }
    locked().handshakes += 1;
    while let Ok(request) = connection.read_request_with(|count| locked().received += count) {
        let is_last = request
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if !respond(&mut connection, &request, state, stop) || is_last || locked().closes_idle {
            return;
        }
    }
}

/// Answers a request, or misbehaves as it was told; false if the connection has ended.
fn respond(
    connection: &mut http::Connection,
    request: &Request,
    state: &Mutex<State>,
    stop: &AtomicBool,
) -> bool {
    let locked = || {
        state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    };
    let fault = if request.path.starts_with("/sandbox/") {
        None
    } else {
        locked().faults.pop_front()
    };
    let answer = match &fault {
        Some(Fault::Throttle) => Reply::refusal(400, "Throttling", "Rate exceeded"),
        Some(Fault::ServerError { after_work: false }) => internal_failure(),
        Some(Fault::Html(status)) => Reply::html(*status),
        Some(Fault::Endless) => Reply::endless(),
        Some(Fault::Refuse {
            status,
            code,
            message,
        }) => Reply::refusal(*status, code, message),
        _ => answer(&mut locked(), request, fault.as_ref()),
    };
    let now = locked().world.now();
    match fault {
        Some(Fault::Hang) => {
            while !stop.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
            }
            return false;
        }
        Some(Fault::Slow) => {
            std::thread::sleep(Duration::from_secs(1));
            connection.send(&answer, now);
        }
        Some(Fault::Reset) => {
            connection.reset();
            return false;
        }
        Some(Fault::ServerError { after_work: true }) => connection.send(&internal_failure(), now),
        Some(Fault::Replace { element, text }) => {
            connection.send(&answer.replace(element, &text), now);
        }
        _ => connection.send(&answer, now),
    }
    true
}

fn internal_failure() -> Reply {
    Reply::refusal(
        500,
        "InternalFailure",
        "The request processing has failed because of an unknown error.",
    )
}

fn answer(state: &mut State, request: &Request, fault: Option<&Fault>) -> Reply {
    let short_session = match fault {
        Some(Fault::ShortSession(seconds)) => Some(*seconds),
        _ => None,
    };
    if let Some(serial) = request.path.strip_prefix("/sandbox/code/") {
        return match state.world.device(serial).unused_code() {
            Some(code) => Reply::text(200, &code),
            None => Reply::text(
                429,
                "every code of this minute was used; wait for the next one",
            ),
        };
    }
    let caller = match sigv4::verify(request, state.world.now(), |key_id| {
        state.world.secret(key_id)
    }) {
        Ok(caller) => caller,
        Err(refusal) => return refusal.into(),
    };
    let parameters = request.parameters();
    let parameter = |name: &str| {
        let found = parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let action = parameter("Action").unwrap_or_default().to_owned();
    state.log.push(Logged {
        action: action.clone(),
        service: caller.service.clone(),
        region: caller.region.clone(),
        host: request.header("host").unwrap_or_default().to_owned(),
        access_key_id: caller.access_key_id.clone(),
        parameters: parameters.clone(),
    });
    let world = &mut state.world;
    let token = request.header("x-amz-security-token");
    let answered = world.caller(&caller.access_key_id, token).and_then(|who| {
        match (caller.service.as_str(), action.as_str()) {
            ("sts", "GetSessionToken") => world.get_session_token(&who, &parameter, short_session),
            ("sts", "AssumeRole") => world.assume_role(&who, &parameter, short_session),
            ("sts", "GetCallerIdentity") => Ok(World::get_caller_identity(&who)),
            ("iam", "ListMFADevices") => world.list_mfa_devices(&who),
            ("iam", "ListAccessKeys") => Ok(world.list_access_keys(&who)),
            (service, action) => Err(Refused::new(
                400,
                "InvalidAction",
                format!("Could not find operation {action} of {service}"),
            )),
        }
    });
    answered.unwrap_or_else(Reply::from)
}

/// An error in AWS's form.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Refused {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }
}

impl From<Refused> for Reply {
    fn from(refused: Refused) -> Self {
        Self::refusal(refused.status, refused.code, &refused.message)
    }
}
