//! The shell hook that `aws-mfa init SHELL` prints: the command `mfa`, one command per alias, the notice at the
//! prompt, and completion. The hooks are the files of `shell/`, which each shell's own linter checks; this module
//! fills them in. `init` and `setup` call it; it never prints, and reads no file of the user's.

mod aliases;
pub mod help;
pub mod running_shell;
mod script;
pub mod tcsh;

pub use script::{HookOptions, script};
