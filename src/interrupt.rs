use std::io::Write as _;

use crate::delivery::shell::Shell;

/// The exit status of a process that the user interrupted: 128 + SIGINT.
pub const STATUS: u8 = 130;

/// From now on, Ctrl-C first prints a statement that fails, for the shell that evaluates the
/// output, and then ends the process as SIGINT does.
#[cfg(unix)]
pub fn fail_in(shell: Shell) {
    let Ok(mut signals) = signal_hook::iterator::Signals::new([signal_hook::consts::SIGINT]) else {
        return;
    };
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            end(Some(shell));
        }
    });
}

/// On Windows, Ctrl-C ends the process with a status of the system's own.
#[cfg(not(unix))]
pub fn fail_in(_shell: Shell) {}

/// Does what must not be left half-done: a Ctrl-C in the middle of it ends the process behind it.
#[cfg(unix)]
pub fn held<T>(work: impl FnOnce() -> T) -> T {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    let pressed = Arc::new(AtomicBool::new(false));
    let holding = signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&pressed));
    let done = work();
    if let Ok(holding) = holding {
        signal_hook::low_level::unregister(holding);
    }
    if pressed.load(Ordering::SeqCst) {
        end(None);
    }
    done
}

/// Does what must not be left half-done.
#[cfg(not(unix))]
pub fn held<T>(work: impl FnOnce() -> T) -> T {
    work()
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
