use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The time limit for something to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A relay on loopback between the program and a server, or a proxy that knows CONNECT: it counts what it passes on,
/// and cuts connections.
pub(crate) struct Relay {
    pub(crate) port: u16,
    shared: Arc<Shared>,
}

/// The stage at which the relay cuts a connection that it accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before anything was sent.
    AtOnce,
    /// When the client sends its first bytes, which the server does not get.
    AtFirstBytes,
}

/// A connection that the relay accepted.
#[derive(Debug, Default)]
pub(crate) struct Relayed {
    /// The bytes of the client that were passed on, without the head of a CONNECT.
    pub(crate) sent: usize,
    /// The times that the client sent something after the server did, or first: the round trips.
    pub(crate) flights: usize,
    pub(crate) is_open: bool,
    is_clients_turn: bool,
    sockets: Vec<TcpStream>,
}

#[derive(Default)]
struct State {
    connections: Vec<Relayed>,
    cuts: VecDeque<Cut>,
    cuts_at_next_bytes: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.notify_all();
        changed
    }
}

impl Relay {
    /// A relay to the server at the end of this URL.
    pub(crate) fn to(url: &str) -> Self {
        Self::start(Some(url.rsplit(':').next().unwrap().parse().unwrap()))
    }

    /// A proxy.
    pub(crate) fn proxy() -> Self {
        Self::start(None)
    }

    fn start(port: Option<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own_port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let for_thread = Arc::clone(&shared);
        std::thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                let (shared, cut) = (Arc::clone(&for_thread), for_thread.lock().cuts.pop_front());
                let number = shared.change(|state| {
                    state.connections.push(Relayed {
                        is_open: true,
                        is_clients_turn: true,
                        ..Relayed::default()
                    });
                    state.connections.len() - 1
                });
                std::thread::spawn(move || {
                    let _ = relay(&shared, number, client, port, cut);
                    close(&shared, number);
                });
            }
        });
        Self {
            port: own_port,
            shared,
        }
    }

    /// Cuts the next connections at these stages.
    pub(crate) fn cut_next(&self, cuts: &[Cut]) {
        self.shared.change(|state| state.cuts.extend(cuts));
    }

    /// Cuts the connection whose client sends something next, which the server does not get.
    pub(crate) fn cut_at_next_bytes(&self) {
        self.shared.change(|state| state.cuts_at_next_bytes = true);
    }

    /// Cuts the connections that are open.
    pub(crate) fn cut_all(&self) {
        let open = self.with(<[_]>::len);
        for number in 0..open {
            close(&self.shared, number);
        }
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&[Relayed]) -> T) -> T {
        look(&self.shared.lock().connections)
    }

    /// The round trips of all connections.
    pub(crate) fn flights(&self) -> usize {
        self.with(|connections| connections.iter().map(|each| each.flights).sum())
    }

    /// Waits until the connections are like this.
    #[track_caller]
    pub(crate) fn wait_until(&self, is_so: impl Fn(&[Relayed]) -> bool) {
        let state = self.shared.lock();
        let waited = self
            .shared
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !is_so(&state.connections));
        let (state, late) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!late.timed_out(), "{:?}", state.connections);
    }
}

fn close(shared: &Shared, number: usize) {
    shared.change(|state| {
        let connection = &mut state.connections[number];
        connection.is_open = false;
        for socket in connection.sockets.drain(..) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    });
}

fn relay(
    shared: &Arc<Shared>,
    number: usize,
    mut client: TcpStream,
    port: Option<u16>,
    cut: Option<Cut>,
) -> std::io::Result<()> {
    if cut == Some(Cut::AtOnce) {
        return Ok(());
    }
    let port = if let Some(port) = port {
        port
    } else {
        // The client sends nothing more before the answer.
        let mut lines = BufReader::new(client.try_clone()?).lines();
        let asked = lines.next().unwrap_or_else(|| Ok(String::new()))?;
        while lines
            .next()
            .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
        {}
        let target = asked.split([' ', ':']).nth(2);
        let Some(port) = target.and_then(|port| port.parse().ok()) else {
            return Ok(());
        };
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
        port
    };
    let mut server = TcpStream::connect(("127.0.0.1", port))?;
    let sockets = vec![client.try_clone()?, server.try_clone()?];
    shared.change(|state| state.connections[number].sockets = sockets);
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let down = Arc::clone(shared);
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = from_server.read(&mut chunk) {
            down.change(|state| state.connections[number].is_clients_turn = true);
            if to_client.write_all(&chunk[..count]).is_err() {
                break;
            }
        }
        close(&down, number);
    });
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = client.read(&mut chunk) {
        let is_cut = shared.change(|state| {
            let is_cut = cut.is_some() || std::mem::take(&mut state.cuts_at_next_bytes);
            let connection = &mut state.connections[number];
            if !is_cut {
                connection.sent += count;
                connection.flights += usize::from(std::mem::take(&mut connection.is_clients_turn));
            }
            is_cut
        });
        if is_cut {
            break;
        }
        server.write_all(&chunk[..count])?;
    }
    Ok(())
}
