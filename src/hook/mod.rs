//! The shell hook that `aws-mfa init SHELL` prints: the command `mfa`, one command per alias, the notice at the
//! prompt, and completion. The hooks are the files of `shell/`, which each shell's own linter checks; this module
//! fills them in. `init` and `setup` call it; it never prints, and reads no file of the user's.

/// The commands that the hook defines for accounts with an alias.
mod aliases;
/// The shell that runs this process, and whether it has loaded the hook.
pub mod running_shell;
/// The text of a hook.
mod script;
/// The command line of tcsh's `mfa`, which tcsh itself cannot interpret.
pub mod tcsh;

pub use script::{HookOptions, script};
