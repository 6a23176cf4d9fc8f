//! The commands that the user's configuration names, run with a limit in time and output.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
#[cfg(not(windows))]
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use wait_timeout::ChildExt as _;
use zeroize::Zeroizing;

use crate::account::Account;
use crate::environment::variables::ACCOUNT;
use crate::error::Failure;
#[cfg(not(windows))]
use crate::files::executable;
use crate::interrupt;
#[cfg(unix)]
use crate::process_tree;

/// The variable in which a command finds the serial number or ARN of the MFA device.
const SERIAL: &str = "AWS_MFA_SERIAL";

/// The reason why a command gave no output.
pub(crate) enum CommandError {
    /// The user pressed Ctrl-C.
    Interrupted,
    /// Anything else, in words that never include the output: it may hold a secret.
    Failed(String),
}

impl CommandError {
    /// Turns this error into a failure; `failure` builds it from the reason.
    pub(crate) fn into_failure(self, failure: impl FnOnce(String) -> Failure) -> Failure {
        match self {
            Self::Interrupted => Failure::interrupted(),
            Self::Failed(cause) => failure(cause),
        }
    }
}

/// A command of the user's, not started yet.
pub(crate) struct UserCommand {
    command: Command,
}

impl UserCommand {
    /// A command line for the system's shell. The command's standard error is that of this process, or the terminal:
    /// see [`messages`].
    pub(crate) fn shell(line: &str) -> Self {
        Self::new(shell(line))
    }

    /// A command line for the system's shell, to which an argument is added, as git does for `core.askPass`.
    pub(crate) fn shell_with_argument(line: &str, argument: &str) -> Self {
        Self::new(shell_with_argument(line, argument))
    }

    /// A program with one argument, without a shell.
    pub(crate) fn program(path: &Path, argument: &str) -> Self {
        let mut command = Command::new(path);
        command.arg(argument);
        Self::new(command)
    }

    /// A program with arguments, without a shell, input or messages.
    pub(crate) fn quiet(path: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(path);
        command.args(arguments);
        let mut quiet = Self::new(command).silent();
        quiet.command.stdin(Stdio::null());
        quiet
    }

    fn new(mut command: Command) -> Self {
        // This program's own input may be for the command of `exec`.
        command.stdin(terminal()).stderr(messages());
        Self { command }
    }

    /// The command with the account and the device for which it runs in its environment: `AWS_MFA_ACCOUNT` and
    /// `AWS_MFA_SERIAL`, which is not set if the device is not known yet.
    pub(crate) fn for_account(mut self, account: &Account) -> Self {
        self.command.env(ACCOUNT, account.name.as_str());
        match &account.device {
            Some(device) => self.command.env(SERIAL, device.serial.as_str()),
            None => self.command.env_remove(SERIAL),
        };
        self
    }

    /// The command without a variable in its environment.
    pub(crate) fn without(mut self, variable: &str) -> Self {
        self.command.env_remove(variable);
        self
    }

    /// The command with a variable in its environment.
    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.command.env(variable, value);
        self
    }

    /// The command with its standard error discarded.
    pub(crate) fn silent(mut self) -> Self {
        self.command.stderr(Stdio::null());
        self
    }

    /// Runs the command and returns what it prints, `longest` bytes of it at most.
    ///
    /// # Errors
    ///
    /// If the command cannot be run, fails, takes longer than `limit`, or prints something else than UTF-8 text.
    pub(crate) fn output(
        mut self,
        longest: usize,
        limit: Duration,
    ) -> Result<Zeroizing<String>, CommandError> {
        self.command.stdout(Stdio::piped());
        let mut process = self.command.spawn()?;
        let printed = process
            .stdout
            .take()
            .map(|stdout| read_in_thread(stdout, longest));
        let waited = wait(&mut process, limit);
        // The terminal sends Ctrl-C to the command and to this process. What the command made of it is no failure.
        interrupt::check();
        let status = waited?;
        if was_interrupted(status) {
            return Err(CommandError::Interrupted);
        }
        if !status.success() {
            return Err(CommandError::Failed(format!("it ended with {status}")));
        }
        let printed = printed.and_then(|printed| printed.recv_timeout(Duration::from_secs(1)).ok());
        match printed {
            Some(text) => Ok(text?),
            None => Err(CommandError::Failed(
                "a process that it started keeps its output open".to_owned(),
            )),
        }
    }
}

/// The standard error of a command, for messages such as "Touch your YubiKey": that of this process, or the terminal if
/// a program captures standard error. The AWS CLI and the SDKs do so with that of a `credential_process`, and show it
/// only after a failure, if at all.
fn messages() -> Stdio {
    if std::io::stderr().is_terminal() {
        return Stdio::inherit();
    }
    let name = if cfg!(windows) { "CONOUT$" } else { "/dev/tty" };
    // Windows requires both access rights on a console.
    // https://learn.microsoft.com/en-us/windows/console/console-handles
    let terminal = OpenOptions::new()
        .read(cfg!(windows))
        .write(true)
        .open(name);
    terminal.map_or_else(|_| Stdio::inherit(), Stdio::from)
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Reads the output in a thread, since it may never end: a program that the command left running may hold it open.
fn read_in_thread(
    stdout: ChildStdout,
    longest: usize,
) -> Receiver<std::io::Result<Zeroizing<String>>> {
    let (send, printed) = channel();
    std::thread::spawn(move || {
        // A buffer that grows would leave copies of the secret in memory.
        let mut text = Zeroizing::new(String::with_capacity(longest));
        let most = u64::try_from(longest).unwrap_or(u64::MAX);
        let read = stdout.take(most).read_to_string(&mut text);
        let _ = send.send(read.map(|_| text));
    });
    printed
}

fn wait(process: &mut Child, limit: Duration) -> Result<ExitStatus, CommandError> {
    let Some(status) = process.wait_timeout(limit)? else {
        stop(process);
        return Err(CommandError::Failed(format!(
            "it did not end within {} s",
            limit.as_secs()
        )));
    };
    Ok(status)
}

/// Whether the command was ended by SIGINT, or has the exit status of a shell whose command was.
fn was_interrupted(status: ExitStatus) -> bool {
    #[cfg(unix)]
    {
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        if signal == Some(rustix::process::Signal::INT.as_raw()) {
            return true;
        }
    }
    status.code() == Some(interrupt::STATUS.into())
}

/// Ends the shell and the programs that it runs, which would go on reading from the terminal otherwise. A program that
/// changed the terminal's mode, such as one that asks for a PIN without showing it, has a grace period to restore it.
///
/// They are signalled one by one, since they have no process group of their own: in one, they would be a background
/// job of the terminal, and the system would stop them when they read from it (SIGTTIN, termios(3)). A daemon, such as
/// an agent that keeps a password store unlocked, is no longer a descendant and keeps running, as intended.
fn stop(process: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process};

        /// The time between SIGTERM and SIGKILL.
        const GRACE_PERIOD: Duration = Duration::from_millis(500);

        let descendants = process_tree::descendants(process.id());
        let signal_descendants = |signal| {
            let running = descendants.iter();
            for descendant in running.filter(|process| process_tree::is_running(process)) {
                let pid = i32::try_from(descendant.pid).ok().and_then(Pid::from_raw);
                let _ = pid.map(|pid| kill_process(pid, signal));
            }
        };
        let _ = kill_process(Pid::from_child(process), Signal::TERM);
        signal_descendants(Signal::TERM);
        let _ = process.wait_timeout(GRACE_PERIOD);
        signal_descendants(Signal::KILL);
    }
    let _ = process.kill();
    let _ = process.wait();
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new(posix_shell());
    shell.args(["-c", command]);
    shell
}

#[cfg(not(windows))]
fn shell_with_argument(line: &str, argument: &str) -> Command {
    let mut command = shell(&format!("{line} \"$@\""));
    // The first argument after the line is `$0`.
    command.args(["sh", argument]);
    command
}

/// cmd.exe replaces variables within quotes, too.
#[cfg(windows)]
fn shell_with_argument(line: &str, argument: &str) -> Command {
    let argument = argument.replace(['"', '%', '\n'], " ");
    shell(&format!("{line} \"{argument}\""))
}

/// The path of `sh`: the first in the absolute directories of `PATH`, else `/bin/sh`. A relative entry of `PATH`, or an
/// empty one, would let a file in the current directory run in its place.
#[cfg(not(windows))]
fn posix_shell() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    executable::in_path(&path, "sh")
        .find(|file| file.is_absolute() && executable::is_executable(file))
        .unwrap_or_else(|| PathBuf::from("/bin/sh"))
}

/// The command line is passed on as it is: cmd.exe has its own rules for quotes, which std does not follow.
#[cfg(windows)]
fn shell(command: &str) -> Command {
    use std::os::windows::process::CommandExt as _;
    let mut shell = Command::new("cmd.exe");
    shell.arg("/C").raw_arg(format!("\"{command}\""));
    shell
}

/// The terminal for reading, or nothing if there is none.
fn terminal() -> Stdio {
    let name = if cfg!(windows) { "CONIN$" } else { "/dev/tty" };
    File::open(name).map_or_else(|_| Stdio::null(), Stdio::from)
}
