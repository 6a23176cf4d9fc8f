use super::Shell;
use crate::context::Context;

/// How many generations of processes are asked.
const GENERATIONS: usize = 8;

/// The shell that evaluates what is printed: the nearest ancestor that is one, else `$SHELL`,
/// else POSIX.
#[must_use]
pub fn shell(context: &Context) -> Shell {
    let by_ancestor = || {
        ancestors()
            .into_iter()
            .find_map(|name| Shell::of_program(&name))
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

/// The names of the programs that run this one, nearest first.
#[cfg(target_os = "linux")]
fn ancestors() -> Vec<String> {
    let mut names = Vec::new();
    let mut pid = std::os::unix::process::parent_id();
    while names.len() < GENERATIONS && pid > 0 {
        // proc_pid_stat(5): "PID (NAME) STATE PPID …", where NAME may have anything in it.
        let Ok(stat) = std::fs::read(format!("/proc/{pid}/stat")) else {
            break;
        };
        let stat = String::from_utf8_lossy(&stat);
        let (Some(open), Some(close)) = (stat.find('('), stat.rfind(')')) else {
            break;
        };
        names.push(stat[open + 1..close].to_owned());
        let parent = stat[close + 1..].split_ascii_whitespace().nth(1);
        pid = parent.and_then(|parent| parent.parse().ok()).unwrap_or(0);
    }
    names
}

/// The names of the programs that run this one, nearest first, as `ps` knows them.
#[cfg(all(unix, not(target_os = "linux")))]
fn ancestors() -> Vec<String> {
    let mut names = Vec::new();
    let mut pid = std::os::unix::process::parent_id().to_string();
    while names.len() < GENERATIONS {
        let Ok(output) = std::process::Command::new("/bin/ps")
            .args(["-o", "ppid=,comm=", "-p", &pid])
            .output()
        else {
            break;
        };
        let line = String::from_utf8_lossy(&output.stdout);
        let Some((parent, name)) = line.trim().split_once(char::is_whitespace) else {
            break;
        };
        let name = name.trim().to_owned();
        pid = parent.to_owned();
        let known = Shell::of_program(&name).is_some();
        names.push(name);
        // Each generation costs a process: no further than needed.
        if known || pid == "0" || pid == "1" {
            break;
        }
    }
    names
}

#[cfg(not(unix))]
fn ancestors() -> Vec<String> {
    let _ = GENERATIONS;
    Vec::new()
}
