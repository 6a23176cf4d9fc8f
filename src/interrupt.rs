use std::convert::Infallible;
use std::future::Future;
use std::io::Write as _;

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
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Once, OnceLock};

    use signal_hook::consts::SIGINT;
    use signal_hook::flag;
    use signal_hook::iterator::Signals;

    use super::end;
    use crate::delivery::shell::Shell;

    /// The shell that evaluates the output, and whether the user pressed Ctrl-C.
    static WAITING: OnceLock<(Shell, Arc<AtomicBool>)> = OnceLock::new();
    static WATCHING: Once = Once::new();

    /// From now on, Ctrl-C first prints a statement that fails, for the shell that evaluates the
    /// output, and then ends the process as SIGINT does: at the next [`check`], at once behind
    /// [`watch`], and the second one wherever it is.
    pub fn fail_in(shell: Shell) {
        let pressed = Arc::new(AtomicBool::new(false));
        let registered = flag::register_conditional_default(SIGINT, Arc::clone(&pressed))
            .and_then(|_| flag::register(SIGINT, Arc::clone(&pressed)));
        if registered.is_ok() {
            let _ = WAITING.set((shell, pressed));
        }
    }

    /// Whether [`fail_in`] was asked for.
    pub(super) fn is_armed() -> bool {
        WAITING.get().is_some()
    }

    /// Ends the process if the user pressed Ctrl-C.
    pub fn check() {
        if let Some((shell, pressed)) = WAITING.get()
            && pressed.load(Ordering::SeqCst)
        {
            end(Some(*shell));
        }
    }

    /// Before something that waits for who knows how long: Ctrl-C ends it at once. That takes a thread,
    /// which is too much for what only takes a moment.
    pub fn watch() {
        let Some((shell, _)) = WAITING.get() else {
            return;
        };
        WATCHING.call_once(|| {
            if let Ok(mut signals) = Signals::new([SIGINT]) {
                std::thread::spawn(move || {
                    if signals.forever().next().is_some() {
                        end(Some(*shell));
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
            signal_hook::low_level::unregister(holding);
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
///
/// The end must be by the signal: a script's shell goes on behind a command that handled SIGINT and
/// exited, with whatever credentials it had before.
pub fn end(shell: Option<Shell>) -> ! {
    if let Some(shell) = shell {
        let _ = writeln!(std::io::stdout(), "{}", shell.failing_statement(STATUS));
    }
    #[cfg(unix)]
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGINT);
    std::process::exit(STATUS.into());
}
