use super::Shell;
use crate::context::Context;
use crate::process_tree;

/// The shell that evaluates what is printed: the nearest ancestor that is one, else `$SHELL`,
/// else POSIX.
#[must_use]
pub fn shell(context: &Context) -> Shell {
    let by_ancestor =
        || process_tree::ancestors().find_map(|ancestor| Shell::of_program(&ancestor.program));
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
