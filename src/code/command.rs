use std::fs::File;
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::Code;
use crate::account::resolve::CodeCommand;
use crate::error::{Failure, Result};
use crate::interrupt;

/// How long the command may take: long enough to touch a key or to unlock a safe.
const LIMIT: Duration = Duration::from_mins(1);

/// Runs the command and takes the code that it prints. It has the terminal for itself, and what it
/// says on standard error is seen.
///
/// # Errors
///
/// If it fails, takes too long, or prints something else. What it printed is not repeated.
pub fn run(command: &CodeCommand) -> Result<Code> {
    let named_by = &command.named_by;
    let failure = |cause: String| {
        Failure::no_code(format!(
            "could not get the MFA code from {named_by}: {cause}"
        ))
        .help("run the command by itself to see what it says; or give the code as an argument")
    };
    interrupt::watch();
    let mut shell = shell(&command.command);
    shell.stdin(terminal()).stdout(Stdio::piped());
    let mut process = shell.spawn().map_err(|error| failure(error.to_string()))?;
    let Some(mut stdout) = process.stdout.take() else {
        return Err(failure("it has no output".to_owned()));
    };
    // Whatever it started may hold its output open after its end: read aside, and wait for itself.
    let (send, printed) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut text = Zeroizing::new(String::with_capacity(4096));
        let read = stdout.by_ref().take(4096).read_to_string(&mut text);
        let _ = send.send(read.map(|_| text));
    });
    let end = Instant::now() + LIMIT;
    let status = loop {
        match process
            .try_wait()
            .map_err(|error| failure(error.to_string()))?
        {
            Some(status) => break status,
            None if Instant::now() < end => std::thread::sleep(Duration::from_millis(10)),
            None => {
                let _ = process.kill();
                let _ = process.wait();
                return Err(failure(format!(
                    "it did not end within {} s",
                    LIMIT.as_secs()
                )));
            }
        }
    };
    if !status.success() {
        return Err(failure(format!("it ended with {status}")));
    }
    let text = printed
        .recv_timeout(Duration::from_secs(1))
        .map_err(|_| failure("it left something running that holds its output".to_owned()))?
        .map_err(|error| failure(error.to_string()))?;
    if text.trim().is_empty() {
        return Err(failure("it printed nothing".to_owned()));
    }
    Code::parse(&text).map_err(|wrong| failure(format!("it printed something else: {wrong}")))
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

/// The command as it stands: cmd.exe has rules of its own for quotes.
#[cfg(windows)]
fn shell(command: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut shell = Command::new("cmd.exe");
    shell.arg("/C").raw_arg(format!("\"{command}\""));
    shell
}

/// Where a person types, whatever standard input is.
fn terminal() -> Stdio {
    let name = if cfg!(windows) { "CONIN$" } else { "/dev/tty" };
    File::open(name).map_or_else(|_| Stdio::null(), Stdio::from)
}
