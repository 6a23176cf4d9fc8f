//! Ctrl-C and other signals that end the process while a shell waits for its output.

use std::convert::Infallible;
use std::future::Future;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::delivery::shell::Shell;

#[cfg(unix)]
use unix as platform;
#[cfg(not(unix))]
use windows as platform;

pub use platform::{check, fail_in, held, watch};

/// The exit status of a process that the user interrupted: 128 + SIGINT.
pub const STATUS: u8 = 130;

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::unregister;
    use signal_hook::{SigId, flag};

    use super::{end, end_by};
    use crate::delivery::shell::Shell;

    /// What ends a process from outside: Ctrl-C, Ctrl-Backslash, `kill`, a terminal that is closed.
    const ENDS: [i32; 4] = [SIGINT, SIGQUIT, SIGTERM, SIGHUP];
    static WAITING: OnceLock<Waiting> = OnceLock::new();
    /// What ends the process at a second signal, as long as nothing looks for the first.
    static IMPATIENT: Mutex<Vec<SigId>> = Mutex::new(Vec::new());
    static WATCHING: Once = Once::new();

    struct Waiting {
        /// The shell that evaluates the output.
        shell: Shell,
        /// The signals that are looked for.
        signals: Vec<i32>,
        /// The one that came, if one did.
        which: Arc<AtomicUsize>,
    }

    /// From now on, a signal that ends processes first prints a statement that fails, for the shell that evaluates
    /// the output, and then ends the process as that signal does: at the next [`check`], at once
    /// behind [`watch`]. Until the first of these, a second one ends it wherever it is. One that is
    /// ignored, as `nohup` and `trap '' INT` want it, stays so.
    pub fn fail_in(shell: Shell) {
        let (came, which) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let mut impatient = IMPATIENT.lock().unwrap_or_else(PoisonError::into_inner);
        let mut registered = Ok(());
        let signals = not_ignored();
        for &signal in &signals {
            registered = registered.and_then(|()| {
                impatient.push(flag::register_conditional_default(
                    signal,
                    Arc::clone(&came),
                )?);
                flag::register_usize(
                    signal,
                    Arc::clone(&which),
                    usize::try_from(signal).unwrap_or(0),
                )?;
                flag::register(signal, Arc::clone(&came)).map(|_| ())
            });
        }
        if registered.is_ok() {
            let _ = WAITING.set(Waiting {
                shell,
                signals,
                which,
            });
        }
    }

    /// Those of [`ENDS`] that whoever started this process does not want ignored, as far as the system
    /// tells.
    fn not_ignored() -> Vec<i32> {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mut lines = status.lines();
        let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        let is_ignored = |signal: i32| mask.unwrap_or(0) >> (signal - 1) & 1 == 1;
        let signals = ENDS.into_iter();
        signals.filter(|signal| !is_ignored(*signal)).collect()
    }

    /// Whether [`fail_in`] was asked for. Whoever asks looks for signals from now on: one that comes
    /// twice, as `timeout` and a closed terminal send them, must not end the process before the statement
    /// is printed.
    pub(super) fn is_armed() -> bool {
        let mut impatient = IMPATIENT.lock().unwrap_or_else(PoisonError::into_inner);
        for second in impatient.drain(..) {
            unregister(second);
        }
        WAITING.get().is_some()
    }

    /// Ends the process if one of those signals came.
    pub fn check() {
        if let Some(waiting) = WAITING.get()
            && let Ok(signal @ 1..) = i32::try_from(waiting.which.load(Ordering::SeqCst))
        {
            end_by(Some(waiting.shell), signal);
        }
    }

    /// Before something that waits for who knows how long: a signal ends it at once. That takes a thread,
    /// which is too much for what only takes a moment.
    pub fn watch() {
        let Some(waiting) = WAITING.get().filter(|_| is_armed()) else {
            return;
        };
        WATCHING.call_once(|| {
            if let Ok(mut signals) = Signals::new(&waiting.signals) {
                std::thread::spawn(move || {
                    for _ in signals.forever() {
                        check();
                    }
                });
            }
        });
        check();
    }

    /// Does what must not be left half-done: a Ctrl-C in the middle of it ends the process behind it.
    pub fn held<T>(work: impl FnOnce() -> T) -> T {
        let pressed = Arc::new(AtomicBool::new(false));
        let holding = flag::register(SIGINT, Arc::clone(&pressed));
        let done = work();
        if let Ok(holding) = holding {
            unregister(holding);
        }
        if pressed.load(Ordering::SeqCst) {
            end(None);
        }
        done
    }
}

/// On Windows, Ctrl-C ends the process with a status of the system's own.
#[cfg(not(unix))]
mod windows {
    use crate::delivery::shell::Shell;

    /// Nothing to prepare.
    pub fn fail_in(_shell: Shell) {}

    pub(super) fn is_armed() -> bool {
        false
    }

    /// Nothing to find out.
    pub fn check() {}

    /// Nothing to prepare.
    pub fn watch() {}

    /// Does what must not be left half-done.
    pub fn held<T>(work: impl FnOnce() -> T) -> T {
        work()
    }
}

/// The future, unless the user presses Ctrl-C before it is done.
pub(crate) async fn or_end<T>(future: impl Future<Output = T>) -> T {
    use std::task::Poll;
    use std::time::Duration;

    /// As soon as one notices.
    const SOON: Duration = Duration::from_millis(50);
    if !platform::is_armed() {
        return future.await;
    }
    let mut future = std::pin::pin!(future);
    let mut pressed = std::pin::pin!(async {
        loop {
            check();
            tokio::time::sleep(SOON).await;
        }
    });
    std::future::poll_fn(|task| {
        let _: Poll<Infallible> = pressed.as_mut().poll(task);
        future.as_mut().poll(task)
    })
    .await
}

/// Ends the process as SIGINT does, after a statement that fails for the shell that evaluates the
/// output.
pub fn end(shell: Option<Shell>) -> ! {
    end_by(shell, SIGINT)
}

/// 2 everywhere; on Windows there is just the number.
const SIGINT: i32 = 2;

/// Ends the process as this signal does, after a statement that fails for the shell that evaluates
/// the output.
///
/// The end must be by the signal: a script's shell goes on behind a command that handled SIGINT and
/// exited, with whatever credentials it had before.
fn end_by(shell: Option<Shell>, signal: i32) -> ! {
    static ENDING: AtomicBool = AtomicBool::new(false);
    // The thread that looks for signals and the one that works may both find it: one statement is enough.
    if ENDING.swap(true, Ordering::SeqCst) {
        loop {
            std::thread::park();
        }
    }
    let status = u8::try_from(128 + signal).unwrap_or(STATUS);
    if let Some(shell) = shell {
        let _ = writeln!(std::io::stdout(), "{}", shell.failing_statement(status));
    }
    #[cfg(unix)]
    let _ = signal_hook::low_level::emulate_default_handler(signal);
    std::process::exit(status.into());
}
