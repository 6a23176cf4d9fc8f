//! Detection of the shell that runs this program, from its ancestors among the processes.

use super::Shell;
use crate::context::Context;

/// Number of ancestors that are looked at, at most.
const GENERATIONS: usize = 8;

/// A process above this one in the process tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ancestor {
    /// Its process ID.
    pub pid: u32,
    /// The name of the program.
    pub program: String,
    /// Start address of its stack, which the kernel chooses anew at each exec; 0 if it is not known.
    stack: u64,
}

impl Ancestor {
    /// Whether this process is a fork of `parent` that has executed no other program.
    #[must_use]
    pub fn is_copy_of(&self, parent: &Self) -> bool {
        self.stack != 0 && self.stack == parent.stack && self.program == parent.program
    }
}

/// The shell that evaluates the output: the nearest ancestor that is a shell, else that of `$SHELL`, else a
/// POSIX one. On Windows, where ancestors are unknown: that of `$SHELL`, else cmd or `PowerShell`.
#[must_use]
pub fn shell(context: &Context) -> Shell {
    let by_ancestor = || {
        ancestors()
            .into_iter()
            .find_map(|ancestor| Shell::from_program(&ancestor.program))
    };
    let by_variable = || context.env.text("SHELL").and_then(Shell::from_program);
    if cfg!(windows) {
        // Git Bash, MSYS2 and Cygwin set SHELL; of cmd and PowerShell, only cmd sets PROMPT.
        by_variable().unwrap_or(if context.env.raw("PROMPT").is_some() {
            Shell::Cmd
        } else {
            Shell::Powershell
        })
    } else {
        by_ancestor().or_else(by_variable).unwrap_or(Shell::Sh)
    }
}

/// The ancestors of this process, nearest first.
#[cfg(target_os = "linux")]
#[must_use]
pub fn ancestors() -> Vec<Ancestor> {
    let mut found = Vec::new();
    let mut pid = std::os::unix::process::parent_id();
    while found.len() < GENERATIONS && pid > 0 {
        // proc_pid_stat(5): "PID (NAME) STATE PPID …", where NAME may contain blanks and parentheses.
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

/// The ancestors of this process, nearest first, from `ps`.
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
        let known = Shell::from_program(&program).is_some();
        let stack = 0;
        found.push(Ancestor {
            pid,
            program,
            stack,
        });
        pid = parent.parse().unwrap_or(0);
        // Each ancestor costs a process, so stop at the first shell.
        if known || pid <= 1 {
            break;
        }
    }
    found
}

/// The ancestors of this process: none, because this system does not tell.
#[cfg(not(unix))]
#[must_use]
pub fn ancestors() -> Vec<Ancestor> {
    let _ = GENERATIONS;
    Vec::new()
}
