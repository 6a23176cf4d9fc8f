//! The commands that the user's configuration names, run with a limit in time and output.

use std::fs::File;
use std::io::Read as _;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::error::Failure;
use crate::interrupt;

/// How long a command may take: long enough to touch a key or to unlock a safe.
const LIMIT: Duration = Duration::from_mins(1);

/// Why a command gave nothing.
pub(crate) enum Ended {
    /// The user pressed Ctrl-C.
    Interrupted,
    /// Anything else; never with what it printed.
    Failed(String),
}

impl Ended {
    /// As it is told to the user.
    pub(crate) fn into_failure(self, told: impl FnOnce(String) -> Failure) -> Failure {
        match self {
            Self::Interrupted => Failure::interrupted(),
            Self::Failed(cause) => told(cause),
        }
    }
}

/// What the command prints, so many bytes of it at most. It has the terminal for itself; standard input
/// may be for somebody else, such as the command of `exec`.
///
/// # Errors
///
/// If it cannot be run, fails, takes too long, or prints something else than text.
pub(crate) fn output(
    command: &str,
    longest: usize,
    stderr: Stdio,
) -> Result<Zeroizing<String>, Ended> {
    interrupt::watch();
    let mut shell = shell(command);
    shell
        .stdin(terminal())
        .stdout(Stdio::piped())
        .stderr(stderr);
    let mut process = shell.spawn()?;
    let printed = process.stdout.take().map(|stdout| aside(stdout, longest));
    let ended = wait(&mut process);
    // Ctrl-C ends the command and us. That it is the first to go is no failure of its own.
    interrupt::check();
    let status = ended?;
    if was_interrupted(status) {
        return Err(Ended::Interrupted);
    }
    if !status.success() {
        return Err(Ended::Failed(format!("it ended with {status}")));
    }
    let printed = printed.and_then(|printed| printed.recv_timeout(Duration::from_secs(1)).ok());
    match printed {
        Some(text) => Ok(text?),
        None => Err(Ended::Failed(
            "it left something running that holds its output".to_owned(),
        )),
    }
}

impl From<std::io::Error> for Ended {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Reads aside: whatever the command started may hold its output open after its end.
fn aside(stdout: ChildStdout, longest: usize) -> Receiver<std::io::Result<Zeroizing<String>>> {
    let (send, printed) = channel();
    std::thread::spawn(move || {
        // So large that it need not grow, which would leave copies behind.
        let mut text = Zeroizing::new(String::with_capacity(longest));
        let most = u64::try_from(longest).unwrap_or(u64::MAX);
        let read = stdout.take(most).read_to_string(&mut text);
        let _ = send.send(read.map(|_| text));
    });
    printed
}

fn wait(process: &mut Child) -> Result<ExitStatus, Ended> {
    let Some(status) = ended_within(process, LIMIT)? else {
        stop(process);
        return Err(Ended::Failed(format!(
            "it did not end within {} s",
            LIMIT.as_secs()
        )));
    };
    Ok(status)
}

fn ended_within(process: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let end = Instant::now() + limit;
    loop {
        let status = process.try_wait()?;
        if status.is_some() || Instant::now() > end {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether it ended as Ctrl-C ends programs, or says that another one did.
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

/// Ends the shell and what it runs, which would hold the terminal otherwise. Whoever changed the
/// terminal's mode has a moment to give it back.
fn stop(process: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::Signal;
        const A_MOMENT: Duration = Duration::from_millis(500);

        let family = family::of(process);
        let signal_all = |signal| {
            for member in &family {
                member.signal(signal);
            }
        };
        signal_all(Signal::TERM);
        let _ = ended_within(process, A_MOMENT);
        signal_all(Signal::KILL);
    }
    let _ = process.kill();
    let _ = process.wait();
}

/// A process with all that it started.
#[cfg(unix)]
mod family {
    use std::process::Child;

    use rustix::process::{Pid, Signal, kill_process};

    /// One process, told by its start from another one that has its number later.
    pub(super) struct Member {
        pid: i32,
        start: Option<u64>,
    }

    impl Member {
        pub(super) fn signal(&self, signal: Signal) {
            let is_it = self.start == Stat::of(self.pid).map(|stat| stat.start);
            if let (true, Some(pid)) = (is_it, Pid::from_raw(self.pid)) {
                let _ = kill_process(pid, signal);
            }
        }
    }

    /// The child, and where the system tells, its children and theirs. A daemon has left the family; it
    /// is meant to stay, as an agent that keeps a safe unlocked is.
    pub(super) fn of(child: &Child) -> Vec<Member> {
        let Ok(pid) = i32::try_from(child.id()) else {
            return Vec::new();
        };
        let start = Stat::of(pid).map(|stat| stat.start);
        let mut family = vec![Member { pid, start }];
        let all = all();
        let mut next = 0;
        while let Some(parent) = family.get(next).map(|member| member.pid) {
            let children = all.iter().filter(|(_, stat)| stat.parent == parent);
            family.extend(children.map(|(pid, stat)| Member {
                pid: *pid,
                start: Some(stat.start),
            }));
            next += 1;
        }
        family
    }

    /// Every process there is.
    fn all() -> Vec<(i32, Stat)> {
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers
            .filter_map(|pid| Some((pid, Stat::of(pid)?)))
            .collect()
    }

    struct Stat {
        parent: i32,
        /// In clock ticks since the system's own start.
        start: u64,
    }

    impl Stat {
        /// As `man 5 proc_pid_stat` has it: `PID (NAME) STATE PARENT …`, the start as number 22.
        fn of(pid: i32) -> Option<Self> {
            let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
            let text = String::from_utf8_lossy(&text);
            // The name may have anything in it.
            let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
            Some(Self {
                parent: fields.nth(1)?.parse().ok()?,
                start: fields.nth(17)?.parse().ok()?,
            })
        }
    }
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
