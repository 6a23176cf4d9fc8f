use std::io::Write as _;

use crate::delivery::shell::Shell;

/// The exit status of a process that the user interrupted: 128 + SIGINT.
pub const STATUS: u8 = 130;

/// From now on, Ctrl-C first prints a statement that fails, for the shell that evaluates the
/// output, and then ends the process as SIGINT does.
///
/// The end must be by the signal: a script's shell goes on behind a command that handled SIGINT and
/// exited, with whatever credentials it had before.
#[cfg(unix)]
pub fn fail_in(shell: Shell) {
    use signal_hook::consts::SIGINT;

    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT]) else {
        return;
    };
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            let _ = writeln!(std::io::stdout(), "{}", shell.failing_statement(STATUS));
            let _ = signal_hook::low_level::emulate_default_handler(SIGINT);
            std::process::exit(STATUS.into());
        }
    });
}

/// On Windows, Ctrl-C ends the process with a status of the system's own.
#[cfg(not(unix))]
pub fn fail_in(_shell: Shell) {
    let _ = std::io::stdout().flush();
}
