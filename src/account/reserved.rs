//! The names that accounts and aliases cannot have.

/// The subcommands of `aws-mfa`, and `version`, which is reserved. No account has such a name, except that of a
/// [later subcommand](LATER_SUBCOMMANDS). The shell hooks are filled from this list (see `hook`), except `off`, which
/// they evaluate.
pub const SUBCOMMANDS: [&str; 16] = [
    "env",
    "save",
    "exec",
    "off",
    "status",
    "list",
    "credential-process",
    "forget",
    "init",
    "completions",
    "setup",
    "doctor",
    "config",
    "man",
    "help",
    "version",
];

/// The subcommands that were added when there were accounts already: one of such a name goes on to work, but `mfa NAME`
/// is the subcommand.
pub const LATER_SUBCOMMANDS: [&str; 1] = ["config"];

/// Keywords and builtins of shells, and the programs `aws` and `aws-mfa`. A command with such a name would hide a
/// command that users and scripts need.
const RESERVED_COMMANDS: [&str; 77] = [
    "alias", "and", "aws", "aws-mfa", "begin", "bg", "bind", "break", "builtin", "caller", "case",
    "cd", "command", "compgen", "complete", "continue", "declare", "dirs", "disown", "do", "done",
    "echo", "elif", "else", "enable", "end", "esac", "eval", "exec", "exit", "export", "false",
    "fc", "fg", "fi", "for", "foreach", "function", "getopts", "hash", "help", "history", "if",
    "in", "jobs", "kill", "let", "local", "logout", "not", "or", "popd", "printf", "pushd", "pwd",
    "read", "readonly", "return", "select", "set", "shift", "source", "status", "switch", "test",
    "then", "time", "times", "trap", "true", "type", "typeset", "umask", "unset", "until", "wait",
    "while",
];

/// Whether a command of this name would hide a standard command.
#[must_use]
pub fn is_reserved_command(command: &str) -> bool {
    RESERVED_COMMANDS.contains(&command)
}

/// A command that has another name in other tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandMeant {
    /// `mfa ACCOUNT`
    Load,
    /// `off`
    End,
    /// `list`
    List,
}

/// The command that this word names in other tools.
#[must_use]
pub fn command_meant(word: &str) -> Option<CommandMeant> {
    match word {
        "login" | "load" | "use" | "switch" => Some(CommandMeant::Load),
        "logout" | "unset" | "stop" | "unload" | "deactivate" => Some(CommandMeant::End),
        "ls" => Some(CommandMeant::List),
        _ => None,
    }
}
