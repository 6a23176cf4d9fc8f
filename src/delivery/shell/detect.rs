//! Detection of the shell that runs this program, from its ancestors among the processes.

use super::Shell;
use crate::context::Context;
use crate::process_tree;

/// The shell that evaluates the output: the nearest ancestor that is a shell, else that of `$SHELL`, else a
/// POSIX one. On Windows, where ancestors are unknown: that of `$SHELL`, else cmd or `PowerShell`.
#[must_use]
pub fn shell(context: &Context) -> Shell {
    let by_ancestor =
        || process_tree::ancestors().find_map(|ancestor| Shell::from_process(&ancestor));
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
