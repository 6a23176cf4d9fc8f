//! Processes around this one: its ancestors, and what its children started.
//!
//! On Linux from `/proc/PID/stat`, on other Unix systems (ancestors only) from ps(1); unavailable on Windows.

/// The number of ancestors that are looked at, at most.
const MAX_ANCESTORS: usize = 8;

/// A process as it was when it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its process ID.
    pub pid: u32,
    /// The process ID of its parent.
    pub parent: u32,
    /// The process ID of its session's leader; 0 if it is not known.
    pub session: u32,
    /// The name of the program that it runs. Linux cuts it after 15 bytes.
    pub program: String,
    /// The start of the process, in clock ticks after the start of the system; 0 if it is not known.
    start_time: u64,
    /// The address of its stack, which the system chooses anew for each program that is started; 0 if it is not known.
    stack_start: u64,
}

impl Process {
    /// The names of the program that the process runs, the surest one first. A script that its first line starts has
    /// its own name as `program`; the name of its interpreter is that of the file that the process executes, and its
    /// word 0. What Python runs is word 1.
    ///
    /// The file is left out where it has the name of many programs: `busybox`. On systems other than Linux, there is
    /// only `program`.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let file = platform::executed_file(self.pid).filter(|name| name != "busybox");
        let mut words = platform::first_words(self.pid).into_iter();
        let word = words.next();
        let is_python = word.as_ref().is_some_and(|word| {
            let name = word.rsplit('/').next().unwrap_or_default();
            name.starts_with("python")
        });
        let of_python = words.next().filter(|_| is_python);
        let names = [file, word, of_python, Some(self.program.clone())];
        names.into_iter().flatten()
    }

    /// Whether this process is a fork of that one, in which no other program was started.
    #[must_use]
    pub fn is_fork_of(&self, parent: &Self) -> bool {
        self.stack_start != 0
            && self.stack_start == parent.stack_start
            && self.program == parent.program
    }
}

impl Process {
    /// The file of the program; `None` where the system does not tell it.
    #[must_use]
    pub fn executable(&self) -> Option<std::path::PathBuf> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let file = std::fs::read_link(format!("/proc/{}/exe", self.pid)).ok()?;
        // One that was deleted has a path that no longer exists.
        file.is_file().then_some(file)
    }
}

/// This process's ancestors, nearest first. Each is looked at when it is asked for.
pub fn ancestors() -> impl Iterator<Item = Process> {
    let mut next = platform::parent_id();
    std::iter::from_fn(move || {
        let process = platform::read(next?)?;
        next = Some(process.parent).filter(|parent| *parent > 0);
        Some(process)
    })
    .take(MAX_ANCESTORS)
}

/// All processes; none on a system other than Linux.
pub fn all() -> impl Iterator<Item = Process> {
    platform::pids().filter_map(platform::read)
}

/// The children of this process, and theirs, parents first; none on a system other than Linux. A daemon is not among
/// them: its parent has ended, so it belongs to init.
pub(crate) fn descendants(pid: u32) -> Vec<Process> {
    let mut others: Vec<Process> = all().collect();
    let mut parents = vec![pid];
    let mut descendants = Vec::new();
    while let Some(parent) = parents.pop() {
        let children = others.extract_if(.., |process| process.parent == parent);
        let children: Vec<Process> = children.collect();
        parents.extend(children.iter().map(|child| child.pid));
        descendants.extend(children);
    }
    descendants
}

/// Whether the process has not ended. The ID alone is not enough: another process may have it by now.
pub(crate) fn is_running(process: &Process) -> bool {
    platform::read(process.pid).is_some_and(|now| now.start_time == process.start_time)
}

#[cfg(target_os = "linux")]
mod platform {
    use super::Process;

    #[expect(clippy::unnecessary_wraps)]
    pub(super) fn parent_id() -> Option<u32> {
        Some(std::os::unix::process::parent_id())
    }

    pub(super) fn pids() -> impl Iterator<Item = u32> {
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
    }

    /// The name of the file that the process executes; `None` if it is a process of another user.
    pub(super) fn executed_file(pid: u32) -> Option<String> {
        let file = std::fs::read_link(format!("/proc/{pid}/exe")).ok()?;
        let name = file.file_name()?.to_str()?;
        // So that a shell that was upgraded while it runs is still known: proc_pid_exe(5).
        Some(name.strip_suffix(" (deleted)").unwrap_or(name).to_owned())
    }

    /// The first two words of the process's command line, as far as it has them.
    pub(super) fn first_words(pid: u32) -> Vec<String> {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let words = line.split(|byte| *byte == 0).take(2);
        words
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect()
    }

    /// Reads `PID (NAME) STATE PARENT GROUP SESSION …`, whose fields `proc_pid_stat(5)` numbers from 1.
    pub(super) fn read(pid: u32) -> Option<Process> {
        /// The number of the field after `(NAME)`.
        const FIRST: usize = 3;
        let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
        let stat = String::from_utf8_lossy(&stat);
        // The name may have blanks and parentheses in it.
        let (pid_and_name, rest) = stat.rsplit_once(')')?;
        let (_, program) = pid_and_name.split_once('(')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - FIRST);
        Some(Process {
            pid,
            program: program.to_owned(),
            parent: field(4)?.parse().ok()?,
            session: field(6)?.parse().ok()?,
            start_time: field(22)?.parse().ok()?,
            stack_start: field(28)?.parse().ok()?,
        })
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
mod platform {
    use super::Process;

    pub(super) fn parent_id() -> Option<u32> {
        Some(std::os::unix::process::parent_id())
    }

    pub(super) fn pids() -> impl Iterator<Item = u32> {
        std::iter::empty()
    }

    pub(super) fn executed_file(_pid: u32) -> Option<String> {
        None
    }

    pub(super) fn first_words(_pid: u32) -> Vec<String> {
        Vec::new()
    }

    pub(super) fn read(pid: u32) -> Option<Process> {
        let output = std::process::Command::new("/bin/ps")
            .args(["-o", "ppid=,comm=", "-p", &pid.to_string()])
            .output()
            .ok()?;
        let line = String::from_utf8_lossy(&output.stdout);
        let (parent, program) = line.trim().split_once(char::is_whitespace)?;
        Some(Process {
            pid,
            parent: parent.parse().ok()?,
            session: 0,
            program: program.trim().to_owned(),
            start_time: 0,
            stack_start: 0,
        })
    }
}

#[cfg(not(unix))]
mod platform {
    use super::Process;

    pub(super) fn parent_id() -> Option<u32> {
        None
    }

    pub(super) fn pids() -> impl Iterator<Item = u32> {
        std::iter::empty()
    }

    pub(super) fn executed_file(_pid: u32) -> Option<String> {
        None
    }

    pub(super) fn first_words(_pid: u32) -> Vec<String> {
        Vec::new()
    }

    pub(super) fn read(_pid: u32) -> Option<Process> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_among_the_descendants_with_its_program_until_it_has_ended() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let descendants = descendants(std::process::id());
        let found = descendants
            .iter()
            .find(|process| process.pid == child.id())
            .unwrap();
        assert_eq!(found.parent, std::process::id());
        assert!(is_running(found));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!is_running(found));
    }

    #[test]
    fn the_nearest_ancestor_is_the_parent() {
        let nearest = ancestors().next().unwrap();
        assert_eq!(nearest.pid, std::os::unix::process::parent_id());
        assert!(!nearest.program.is_empty());
    }
}
