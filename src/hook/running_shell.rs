//! The shell that runs this process, and whether it has loaded the hook. `doctor` and `setup` ask.

use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::environment::Environment;
use crate::process_tree::{self, Process};

/// The variable that a hook exports: its version, the process ID of its shell, and `completion` if it loaded
/// that, too. A child shell inherits the variable, but has another process ID.
pub const MARKER: &str = "__aws_mfa_hook";

/// The shell that runs this process, as far as it is known.
#[derive(Debug)]
pub struct RunningShell<'a> {
    /// Its language; `None` if it cannot be detected.
    pub shell: Option<Shell>,
    /// The marker of its hook; `None` if it has loaded none.
    pub marker: Option<HookMarker<'a>>,
}

/// The value of [`MARKER`].
#[derive(Clone, Copy, Debug)]
pub struct HookMarker<'a> {
    /// The version of the hook.
    pub version: &'a str,
    /// The process ID of the shell that loaded it.
    pub pid: u32,
    /// Whether it loaded completion.
    pub completion: bool,
}

impl<'a> HookMarker<'a> {
    fn from_env(env: &'a Environment) -> Option<Self> {
        let mut words = env.text(MARKER)?.split(' ');
        Some(Self {
            version: words.next()?,
            pid: words.next()?.parse().ok()?,
            completion: words.next() == Some("completion"),
        })
    }
}

impl<'a> RunningShell<'a> {
    /// Finds the nearest ancestor that is a shell, and the marker if that shell set it. Every program below a
    /// shell inherits its marker, other shells included, so the marker counts only if its process is found
    /// before another shell's.
    #[must_use]
    pub fn detect(context: &'a Context) -> Self {
        let marker = HookMarker::from_env(&context.env);
        // `sh -c 'aws-mfa …'` may exec its last command, so the process ID in the marker can be our own.
        if marker.is_some_and(|marker| marker.pid == std::process::id()) {
            return Self {
                shell: None,
                marker,
            };
        }
        let mut nearest: Option<(Process, Shell)> = None;
        for ancestor in process_tree::ancestors() {
            let shell = Shell::from_process(&ancestor);
            // `mfa doctor | less` runs in a fork of the shell, which has all that the shell has.
            let is_other = |near: &(Process, Shell)| !near.0.is_fork_of(&ancestor);
            if nearest.as_ref().is_some_and(is_other) {
                break;
            }
            if marker.is_some_and(|marker| marker.pid == ancestor.pid) {
                return Self { shell, marker };
            }
            if let (None, Some(shell)) = (&nearest, shell) {
                nearest = Some((ancestor, shell));
            }
        }
        // On Windows, where ancestors are unknown, an inherited marker cannot be told from the shell's own.
        let marker = marker.filter(|_| cfg!(windows));
        Self {
            shell: nearest.map(|(_, shell)| shell),
            marker,
        }
    }
}
