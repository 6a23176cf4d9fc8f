use super::MARK;
use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::delivery::shell::detect::{Ancestor, ancestors};

/// The shell that runs this program, as far as it is known.
#[derive(Debug)]
pub struct RunningShell<'a> {
    /// Whose language it speaks.
    pub shell: Option<Shell>,
    /// What its hook says of itself, if it has one.
    pub mark: Option<HookMarker<'a>>,
}

/// What a hook leaves in the environment of its shell.
#[derive(Clone, Copy, Debug)]
pub struct HookMarker<'a> {
    /// The version of the hook.
    pub version: &'a str,
    /// The process of its shell.
    pub pid: u32,
    /// Whether completion came along.
    pub completion: bool,
}

impl<'a> HookMarker<'a> {
    fn of(context: &'a Context) -> Option<Self> {
        let mut words = context.env.text(MARK)?.split(' ');
        Some(Self {
            version: words.next()?,
            pid: words.next()?.parse().ok()?,
            completion: words.next() == Some("completion"),
        })
    }
}

impl<'a> RunningShell<'a> {
    /// A mark is inherited by every program that is started below its shell, other shells included:
    /// it counts if its process is met before another shell's.
    #[must_use]
    pub fn of(context: &'a Context) -> Self {
        let mark = HookMarker::of(context);
        // A shell that has nothing else to do becomes this program.
        if mark.is_some_and(|mark| mark.pid == std::process::id()) {
            return Self { shell: None, mark };
        }
        let mut nearest: Option<(Ancestor, Shell)> = None;
        for ancestor in ancestors() {
            let shell = Shell::of_program(&ancestor.program);
            // `mfa doctor | less` runs in a copy of the shell, which has all that the shell has.
            let is_other = |near: &(Ancestor, Shell)| !near.0.is_copy_of(&ancestor);
            if nearest.as_ref().is_some_and(is_other) {
                break;
            }
            if mark.is_some_and(|mark| mark.pid == ancestor.pid) {
                return Self { shell, mark };
            }
            if let (None, Some(shell)) = (&nearest, shell) {
                nearest = Some((ancestor, shell));
            }
        }
        // Windows tells nothing of who runs whom.
        let mark = mark.filter(|_| cfg!(windows));
        Self {
            shell: nearest.map(|(_, shell)| shell),
            mark,
        }
    }
}
