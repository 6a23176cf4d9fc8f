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

/// Keywords and builtins of shells, and the programs `aws` and `aws-mfa`, in lower case. A command with such a name would
/// hide a command that users, scripts or the hook need. nushell even refuses the whole hook for a command called like a
/// keyword of its parser (tried with 0.115), and xonsh takes a line that begins with a keyword of Python for Python.
const RESERVED_COMMANDS: [&str; 170] = [
    "abbr", "alias", "and", "argparse", "as", "assert", "async", "autoload", "await", "aws",
    "aws-mfa", "begin", "bg", "bind", "bindkey", "break", "builtin", "caller", "case", "catch",
    "cd", "class", "coalesce", "command", "compdef", "compgen", "compinit", "complete", "const",
    "contains", "continue", "coproc", "count", "data", "declare", "def", "del", "dirs", "disown",
    "do", "done", "echo", "elif", "else", "emit", "emulate", "enable", "end", "enum", "esac",
    "eval", "except", "exec", "exit", "export", "extern", "fail", "false", "fc", "fg", "fi",
    "filter", "finally", "float", "fn", "for", "foreach", "from", "function", "getopts", "global",
    "goto", "hash", "help", "hide", "hide-env", "history", "if", "import", "in", "inf", "infinity",
    "integer", "is", "jobs", "kill", "lambda", "let", "load-env", "local", "logout", "loop",
    "mapfile", "match", "math", "module", "mut", "nan", "noglob", "none", "nonlocal", "nop", "not",
    "null", "onintr", "or", "overlay", "param", "pass", "path", "popd", "pragma", "print",
    "printf", "private", "process", "pushd", "put", "pwd", "raise", "read", "readonly", "rehash",
    "repeat", "return", "run", "select", "set", "set-env", "setenv", "setopt", "shift", "shopt",
    "slurp", "source", "status", "string", "switch", "table", "test", "then", "throw", "time",
    "times", "tmp", "trap", "true", "try", "type", "typeset", "umask", "unalias", "unhash",
    "unset", "unsetenv", "unsetopt", "until", "use", "using", "var", "wait", "whence", "where",
    "which", "while", "with", "with-env", "yield", "zle", "zmodload",
];

/// The standard commands with longer names.
const LONG_RESERVED_COMMANDS: [&str; 7] = [
    "commandline",
    "export-env",
    "functions",
    "nocorrect",
    "set_color",
    "source-env",
    "unset-env",
];

/// The functions and aliases that a shell calls by itself, in lower case. Those of zsh:
/// <https://zsh.sourceforge.io/Doc/Release/Functions.html>; of tcsh: tcsh(1), "Special aliases"; of PowerShell, which does
/// not tell names apart by case: `prompt` and those of `PSReadLine`.
const CALLED_BY_SHELLS: [&str; 18] = [
    "beepcmd",
    "chpwd",
    "command_not_found_handle",
    "command_not_found_handler",
    "cwdcmd",
    "helpcommand",
    "jobcmd",
    "periodic",
    "postcmd",
    "precmd",
    "preexec",
    "prompt",
    "psconsolehostreadline",
    "shell",
    "tabexpansion2",
    "zsh_directory_name",
    "zshaddhistory",
    "zshexit",
];

/// The beginnings of names of functions that a shell calls by itself: zsh's functions for signals, such as `TRAPINT`,
/// and fish's, such as `fish_prompt`.
const PREFIXES_CALLED_BY_SHELLS: [&str; 2] = ["TRAP", "fish_"];

/// Whether a command of this name would hide a standard command, or be called by a shell itself.
#[must_use]
pub fn is_reserved_command(command: &str) -> bool {
    let lower_case = command.to_ascii_lowercase();
    let is_in = |names: &[&str]| names.contains(&lower_case.as_str());
    is_in(&RESERVED_COMMANDS)
        || is_in(&LONG_RESERVED_COMMANDS)
        || is_in(&CALLED_BY_SHELLS)
        || PREFIXES_CALLED_BY_SHELLS
            .iter()
            .any(|prefix| command.starts_with(prefix))
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
