//! Ctrl-C and the other termination signals, while a shell waits for statements to evaluate.
//!
//! `eval "$(aws-mfa env …)"` has the status of the statements that it evaluates: if a signal ends the process before
//! it has printed any, the script goes on with whatever credentials it had before. [`install`] makes such a signal
//! print a statement that fails first. Commands whose output no shell evaluates do not call it, and are ended by a
//! signal as any program is.

use std::io::{IsTerminal as _, Write as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(unix)]
use unix as platform;
#[cfg(not(unix))]
use windows as platform;

pub use platform::{check, survive_size_limit, with_sigint_deferred};

/// The exit status of a process that the user interrupted: 128 + SIGINT.
pub const STATUS: u8 = 130;

/// Its number on every Unix; on Windows only the exit status is made of it.
const SIGINT: i32 = 2;

/// Returns the statement that makes `eval` fail with this status.
type FailingStatement = Box<dyn Fn(u8) -> String + Send + Sync>;

static FAILING_STATEMENT: OnceLock<FailingStatement> = OnceLock::new();

/// Handles SIGINT, SIGQUIT, SIGTERM and SIGHUP from now on: prints the statement that `failing_statement` returns for
/// an exit status, then ends the process by the same signal. Signals that the parent ignores (`nohup`, `trap '' INT`)
/// stay ignored.
///
/// On Windows, Ctrl-C ends the process with a status of the system's own; only [`end`] prints the statement.
pub fn install(failing_statement: impl Fn(u8) -> String + Send + Sync + 'static) {
    if FAILING_STATEMENT.set(Box::new(failing_statement)).is_ok() {
        platform::spawn_watcher();
    }
}

/// Ends the process as Ctrl-C does, after the statement that [`install`] was given, if it was called.
pub fn end() -> ! {
    end_by(SIGINT)
}

/// Ends the process as a terminal that is closed does, after the statement that [`install`] was given.
#[cfg(unix)]
pub fn end_by_hangup() -> ! {
    end_by(signal_hook::consts::SIGHUP)
}

/// Ends the process by this signal, after the statement that [`install`] was given.
///
/// An exit status of 128 + signal would not do: a script's shell goes on after a command that handled SIGINT and
/// exited (<https://www.cons.org/cracauer/sigint.html>).
fn end_by(signal: i32) -> ! {
    static ENDING: AtomicBool = AtomicBool::new(false);
    // The watcher and the main thread may both get here. The second one waits for the end, so that the statement is
    // printed once.
    if ENDING.swap(true, Ordering::SeqCst) {
        loop {
            std::thread::park();
        }
    }
    let status = u8::try_from(128 + signal).unwrap_or(STATUS);
    if let Some(statement) = FAILING_STATEMENT.get()
        && !std::io::stdout().is_terminal()
    {
        let _ = writeln!(std::io::stdout(), "{}", statement(status));
    }
    #[cfg(unix)]
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    std::process::exit(status.into());
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Once, OnceLock};

    use rustix::process::{Resource, getrlimit};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};
    use signal_hook::flag;
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::unregister;

    use super::{end, end_by};

    /// Sent by Ctrl-C, Ctrl-Backslash, `kill`, and a terminal that is closed.
    const TERMINATION_SIGNALS: [i32; 4] = [SIGINT, SIGQUIT, SIGTERM, SIGHUP];

    /// The number of the signal that came last; 0 before. Unset before [`super::install`].
    static RECEIVED: OnceLock<Arc<AtomicUsize>> = OnceLock::new();

    /// Starts the thread that acts on signals at once, whatever the main thread waits for. If the system allows no more
    /// threads, signals have their default action.
    ///
    /// To start it only before the first wait would hardly save anything: without, `aws-mfa off` takes 0.938 M instead
    /// of 0.942 M instructions and 0.03 ms less.
    pub(super) fn spawn_watcher() {
        let signals = not_ignored(&TERMINATION_SIGNALS);
        if watch(&signals).is_err() {
            for signal in signals {
                let always = Arc::new(AtomicBool::new(true));
                let _ = flag::register_conditional_default(signal, always);
            }
        }
    }

    fn watch(signals: &[i32]) -> io::Result<()> {
        let received = RECEIVED.get_or_init(Arc::default);
        for &signal in signals {
            let number = usize::try_from(signal).unwrap_or(0);
            flag::register_usize(signal, Arc::clone(received), number)?;
        }
        let mut signals = Signals::new(signals)?;
        std::thread::Builder::new().spawn(move || {
            if let Some(signal) = signals.forever().next() {
                end_by(signal);
            }
        })?;
        Ok(())
    }

    /// The signals that the parent does not ignore.
    ///
    /// sigaction(2) would tell, but takes unsafe code, which this crate forbids. Linux lists the ignored signals in
    /// /proc (`proc_pid_status(5)`); on other systems, none counts as ignored.
    fn not_ignored(signals: &[i32]) -> Vec<i32> {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0);
        let is_ignored = |signal: &i32| mask >> (signal - 1) & 1 == 1;
        let signals = signals.iter().copied();
        signals.filter(|signal| !is_ignored(signal)).collect()
    }

    /// Makes a write beyond the user's limit on the size of files (`ulimit -f`) an error (EFBIG), as on a full disk. By
    /// default, the kernel also sends SIGXFSZ, which would end the process after the code was used: setrlimit(2). To be
    /// called before a file is written. A command that `exec` runs gets the default again: execve(2).
    pub fn survive_size_limit() {
        static REGISTERED: Once = Once::new();
        REGISTERED.call_once(|| {
            let is_limited = getrlimit(Resource::Fsize).current.is_some();
            // A signal that the parent ignores must stay ignored for the command.
            if is_limited && !not_ignored(&[SIGXFSZ]).is_empty() {
                let _ = flag::register(SIGXFSZ, Arc::default());
            }
        });
    }

    /// Ends the process if a signal came that [`super::install`] handles. The watcher does so, too, but may be a
    /// moment late: this is for the main thread, before it prints a result, or an error that the signal caused.
    pub fn check() {
        if let Some(received) = RECEIVED.get()
            && let Ok(signal @ 1..) = i32::try_from(received.load(Ordering::SeqCst))
        {
            end_by(signal);
        }
    }

    /// Runs `work` with SIGINT deferred; if Ctrl-C was pressed, the process ends after `work` has returned. Not for
    /// commands that called [`super::install`], whose watcher ends the process at once.
    pub fn with_sigint_deferred<T>(work: impl FnOnce() -> T) -> T {
        let pressed = Arc::new(AtomicBool::new(false));
        let handler = flag::register(SIGINT, Arc::clone(&pressed));
        let done = work();
        if let Ok(handler) = handler {
            unregister(handler);
        }
        if pressed.load(Ordering::SeqCst) {
            end();
        }
        done
    }
}

#[cfg(not(unix))]
mod windows {
    /// Does nothing.
    pub(super) fn spawn_watcher() {}

    /// Does nothing.
    pub fn check() {}

    /// Does nothing: there is no such limit.
    pub fn survive_size_limit() {}

    /// Runs `work`.
    pub fn with_sigint_deferred<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
}
