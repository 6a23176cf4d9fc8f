use super::Shell;
use crate::context::Context;

/// How many generations of processes are asked.
const GENERATIONS: usize = 8;

/// A program that runs this one, or one that runs that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ancestor {
    /// Its process.
    pub pid: u32,
    /// The name of the program.
    pub program: String,
    /// Where its stack begins, which the system chooses anew for each program that is started; 0 if nobody
    /// says so.
    stack: u64,
}

impl Ancestor {
    /// Whether this process is a fork of that one, in which no other program was started.
    #[must_use]
    pub fn is_copy_of(&self, parent: &Self) -> bool {
        self.stack != 0 && self.stack == parent.stack && self.program == parent.program
    }
}

/// The shell that evaluates what is printed: the nearest ancestor that is one, else `$SHELL`,
/// else POSIX.
#[must_use]
pub fn shell(context: &Context) -> Shell {
    let by_ancestor = || {
        ancestors()
            .into_iter()
            .find_map(|ancestor| Shell::of_program(&ancestor.program))
    };
    let by_variable = || context.env.text("SHELL").and_then(Shell::of_program);
    if cfg!(windows) {
        // Git Bash and its like set SHELL there; of the system's own two, only cmd sets PROMPT.
        by_variable().unwrap_or(if context.env.raw("PROMPT").is_some() {
            Shell::Cmd
        } else {
            Shell::Powershell
        })
    } else {
        by_ancestor().or_else(by_variable).unwrap_or(Shell::Sh)
    }
}

/// The programs that run this one, nearest first.
#[cfg(target_os = "linux")]
#[must_use]
pub fn ancestors() -> Vec<Ancestor> {
    let mut found = Vec::new();
    let mut pid = std::os::unix::process::parent_id();
    while found.len() < GENERATIONS && pid > 0 {
        // proc_pid_stat(5): "PID (NAME) STATE PPID …", where NAME may have anything in it.
        let Ok(stat) = std::fs::read(format!("/proc/{pid}/stat")) else {
            break;
        };
        let stat = String::from_utf8_lossy(&stat);
        let (Some(open), Some(close)) = (stat.find('('), stat.rfind(')')) else {
            break;
        };
        let mut fields = stat[close + 1..].split_ascii_whitespace();
        let parent = fields.nth(1);
        // Fields 4 and 28.
        let stack = fields.nth(23);
        found.push(Ancestor {
            pid,
            program: stat[open + 1..close].to_owned(),
            stack: stack.and_then(|stack| stack.parse().ok()).unwrap_or(0),
        });
        pid = parent.and_then(|parent| parent.parse().ok()).unwrap_or(0);
    }
    found
}

/// The programs that run this one, nearest first, as `ps` knows them.
#[cfg(all(unix, not(target_os = "linux")))]
#[must_use]
pub fn ancestors() -> Vec<Ancestor> {
    let mut found = Vec::new();
    let mut pid = std::os::unix::process::parent_id();
    while found.len() < GENERATIONS {
        let Ok(output) = std::process::Command::new("/bin/ps")
            .args(["-o", "ppid=,comm=", "-p", &pid.to_string()])
            .output()
        else {
            break;
        };
        let line = String::from_utf8_lossy(&output.stdout);
        let Some((parent, name)) = line.trim().split_once(char::is_whitespace) else {
            break;
        };
        let program = name.trim().to_owned();
        let known = Shell::of_program(&program).is_some();
        let stack = 0;
        found.push(Ancestor {
            pid,
            program,
            stack,
        });
        pid = parent.parse().unwrap_or(0);
        // Each generation costs a process: no further than needed.
        if known || pid <= 1 {
            break;
        }
    }
    found
}

/// The programs that run this one: nobody says so here.
#[cfg(not(unix))]
#[must_use]
pub fn ancestors() -> Vec<Ancestor> {
    let _ = GENERATIONS;
    Vec::new()
}
