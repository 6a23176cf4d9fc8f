//! The shell hook: the files of `shell/`, filled in as `init` was asked for them.

use std::borrow::Cow;

use crate::account::values::{self, Alias};
use crate::account::{AccountName, Config};
use crate::completion;
use crate::delivery::shell::{CompletionShell, Shell};
use crate::error::{Failure, Result};

/// Whether the shell that runs this program has the hook.
pub mod loaded;

/// What `init` was asked for.
#[derive(Clone, Copy, Debug)]
pub struct HookOptions<'a> {
    /// The name of the command that loads sessions; `None` for no such command.
    pub command: Option<&'a str>,
    /// Whether the end of a session is told at the prompt.
    pub expiry_notice: bool,
}

/// The name that the command has in the files of shell/.
const COMMAND: &str = "mfa";
/// Where this program's version goes in the files of shell/.
const VERSION: &str = "@VERSION@";
/// The placeholder for [`passed_on`] in the files of shell/.
const PASSED_ON: &str = "@SUBCOMMANDS@";
/// The variable in which a hook tells `doctor` of itself: its version and the process of its shell,
/// and `completion` if that came along. A child shell inherits it, and is another process.
pub const MARK: &str = "__aws_mfa_hook";

/// The text of the hook for a shell, with the aliases that the configuration gives to accounts.
///
/// # Errors
///
/// If the shell has no hook, or the command cannot have this name.
pub fn text(shell: Shell, options: HookOptions<'_>, config: &Config) -> Result<String> {
    let Some(file) = file(shell) else {
        return Err(Failure::usage(format!("there is no hook for {shell}"))
            .help("in cmd, aws-mfa env is evaluated by hand; see aws-mfa env --help"));
    };
    if let Some(command) = options.command {
        check_name(command)?;
    }
    let mut text = String::with_capacity(file.len());
    // Sections are marked in the file by lines of their own, which are not part of the text.
    let (mut section, mut blank) = ("", false);
    for line in file.lines() {
        if let Some(name) = line.strip_prefix("# >>> ") {
            section = name;
            continue;
        }
        if line.starts_with("# <<< ") {
            section = "";
            continue;
        }
        let line = match (section, options.command) {
            ("notice", _) if !options.expiry_notice => continue,
            ("command", None) => continue,
            ("command", Some(command)) => with_command(line, command),
            _ => Cow::Borrowed(line),
        };
        let line = if line.contains(VERSION) {
            line.replace(VERSION, env!("CARGO_PKG_VERSION")).into()
        } else if line.contains(PASSED_ON) {
            line.replace(PASSED_ON, &passed_on(shell)).into()
        } else {
            line
        };
        // What was left out leaves no gap.
        if !(line.is_empty() && blank) {
            text += &line;
            text.push('\n');
        }
        blank = line.is_empty();
    }
    for (account, settings) in &config.accounts {
        if let Some(alias) = &settings.alias {
            text += &alias_text(shell, alias.as_str(), account);
        }
    }
    if let Some(completing) = CompletionShell::for_shell(shell) {
        let aliases = config
            .accounts
            .values()
            .filter_map(|account| account.alias.as_ref());
        let aliases: Vec<&str> = aliases.map(Alias::as_str).collect();
        text.push('\n');
        text += completion::script(completing);
        text += &completion::registrations(completing, options.command, &aliases);
    }
    Ok(text)
}

fn file(shell: Shell) -> Option<&'static str> {
    Some(match shell {
        Shell::Bash => include_str!("../shell/aws-mfa.bash"),
        Shell::Zsh => include_str!("../shell/aws-mfa.zsh"),
        Shell::Sh => include_str!("../shell/aws-mfa.sh"),
        Shell::Fish => include_str!("../shell/aws-mfa.fish"),
        Shell::Powershell => include_str!("../shell/aws-mfa.ps1"),
        Shell::Nushell => include_str!("../shell/aws-mfa.nu"),
        Shell::Elvish => include_str!("../shell/aws-mfa.elv"),
        Shell::Tcsh => include_str!("../shell/aws-mfa.tcsh"),
        Shell::Xonsh => include_str!("../shell/aws-mfa.xsh"),
        Shell::Cmd => return None,
    })
}

/// The subcommands whose output the hook does not evaluate, as a list in the shell's language. Where that quotes the
/// words, the file has the outer quotes.
fn passed_on(shell: Shell) -> String {
    let separator = match shell {
        Shell::Bash | Shell::Zsh | Shell::Sh => " | ",
        Shell::Powershell => "', '",
        Shell::Nushell | Shell::Xonsh => "\", \"",
        Shell::Fish | Shell::Elvish | Shell::Tcsh | Shell::Cmd => " ",
    };
    let mut subcommands = values::SUBCOMMANDS.to_vec();
    subcommands.retain(|subcommand| *subcommand != "off");
    subcommands.join(separator)
}

fn check_name(command: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let starts_well = command.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if values::is_reserved_command(command) {
        Err(Failure::usage(format!(
            "`{command}` is a command already that nobody can do without"
        ))
        .help("use another name"))
    } else if starts_well && command.chars().all(allowed) {
        Ok(())
    } else {
        Err(
            Failure::usage(format!("`{command}` is not a name for the command"))
                .help("use letters, digits, `_` and `-`"),
        )
    }
}

/// The line with the command's name in place of the one it has in the file.
fn with_command<'a>(line: &'a str, command: &str) -> Cow<'a, str> {
    if command == COMMAND || !line.contains(COMMAND) {
        return line.into();
    }
    let part_of_name =
        |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let mut changed = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(COMMAND) {
        let (before, after) = (&rest[..at], &rest[at + COMMAND.len()..]);
        let alone = !part_of_name(before.chars().next_back().or(changed.chars().next_back()))
            && !part_of_name(after.chars().next());
        changed += before;
        changed += if alone { command } else { COMMAND };
        rest = after;
    }
    (changed + rest).into()
}

/// A command of its own for an account: `ALIAS [CODE]`.
fn alias_text(shell: Shell, alias: &str, account: &AccountName) -> String {
    // Both names are of letters, digits and `._@+-`, which need no quoting within quotes.
    let load = format!(
        "__aws_mfa_load env --evaluated --shell {} {account}",
        language(shell)
    );
    match shell {
        // In POSIX mode bash has functions of plain names only.
        Shell::Bash => format!(
            "\nif \\shopt -oq posix; then\n    \\alias '{alias}={load}'\nelse\n    \\builtin unalias '{alias}' >/dev/null 2>&1 || \\builtin :\n    function {alias} {{\n        {load} \"$@\"\n    }}\nfi\n"
        ),
        Shell::Zsh => format!(
            "\n\\builtin unalias '{alias}' >/dev/null 2>&1 || \\builtin :\nfunction '{alias}' {{\n    {load} \"$@\"\n}}\n"
        ),
        // Functions of such names are not for every POSIX shell, nor are aliases.
        Shell::Sh => format!("\n\\alias '{alias}={load}' 2>/dev/null || \\:\n"),
        Shell::Fish => format!(
            "\nfunction {alias} --description 'Load a session of {account}'\n    {load} $argv\nend\n"
        ),
        Shell::Powershell => format!(
            "\nMicrosoft.PowerShell.Management\\Set-Item -Path 'Function:global:{alias}' -Value {{ {load} @args }}\n"
        ),
        Shell::Nushell => {
            let words = load
                .split(' ')
                .skip(1)
                .map(|word| format!("\"{word}\""))
                .collect::<Vec<_>>()
                .join(" ");
            format!(
                "\n# Load a session of {account}\n@complete '__aws_mfa_complete_alias'\nexport def --env --wrapped \"{alias}\" [...words: string] {{\n    __aws_mfa_load [{words} ...$words]\n}}\n"
            )
        }
        Shell::Elvish => format!("\n__aws_mfa_define '{alias}' {{|@words| {load} $@words }}\n"),
        Shell::Tcsh => format!(
            "\nalias {alias} 'eval \"`\\aws-mfa env --evaluated --shell tcsh {account} \\!*:q`\"'\n"
        ),
        Shell::Xonsh => {
            let words = load
                .split(' ')
                .skip(1)
                .map(|word| format!("\"{word}\""))
                .collect::<Vec<_>>()
                .join(", ");
            format!(
                "\nfrom xonsh.tools import unthreadable as __aws_mfa_unthreadable\n\naliases[\"{alias}\"] = __aws_mfa_unthreadable(\n    lambda args: __aws_mfa_load([{words}, *args])\n)\n"
            )
        }
        Shell::Cmd => String::new(),
    }
}

/// The shell as `--shell` names it.
fn language(shell: Shell) -> String {
    shell.to_string().to_ascii_lowercase()
}

/// Whether a shell reads standard output, as it does to evaluate it, and no file or terminal does.
#[cfg(unix)]
#[must_use]
pub fn is_captured() -> bool {
    use std::os::fd::AsFd as _;
    use std::os::unix::fs::FileTypeExt as _;
    let stdout = std::io::stdout().as_fd().try_clone_to_owned();
    let metadata = stdout.and_then(|stdout| std::fs::File::from(stdout).metadata());
    metadata.is_ok_and(|metadata| metadata.file_type().is_fifo())
}

/// Nobody says so here.
#[cfg(not(unix))]
#[must_use]
pub fn is_captured() -> bool {
    true
}

/// What the words behind tcsh's command are for: tcsh has no functions that could tell.
#[derive(Debug, PartialEq, Eq)]
pub enum TcshWords {
    /// A command line of this program, whose output tcsh evaluates.
    Evaluated(Vec<String>),
    /// A statement that runs this program without evaluating its output.
    Passed(String),
}

/// The words of a command line that are this program's and not the command's of `exec`.
fn before_escape(words: &[String]) -> impl Iterator<Item = &str> {
    words
        .iter()
        .map(String::as_str)
        .take_while(|word| *word != "--")
}

/// Whether options that come first are for a subcommand, or ask for help.
fn is_own(words: &[String]) -> bool {
    let first = before_escape(words).find(|word| {
        ["-h", "--help", "-V", "--version"].contains(word) || values::SUBCOMMANDS.contains(word)
    });
    first.is_some_and(|word| word != "off")
}

/// What `words` mean behind tcsh's command; `holds_session` says whether the shell holds one.
#[must_use]
pub fn tcsh_words(words: &[String], holds_session: bool) -> TcshWords {
    let evaluated = |command: &str, rest: &[String]| {
        let fixed = [command, "--evaluated", "--shell", "tcsh"].map(str::to_owned);
        TcshWords::Evaluated(fixed.into_iter().chain(rest.iter().cloned()).collect())
    };
    let is_subcommand = |word: &str| values::SUBCOMMANDS.contains(&word);
    match words.split_first() {
        None if holds_session => TcshWords::Passed("\\aws-mfa 'status';".to_owned()),
        None => evaluated("env", &[]),
        Some((first, rest)) if first == "off" => evaluated("off", rest),
        Some((first, _)) if first.starts_with('-') && !is_own(words) => {
            // Options may come first: a word behind them says what they are for.
            if before_escape(words).any(|word| word == "off") {
                let fixed = ["--evaluated", "--shell", "tcsh"].map(str::to_owned);
                return TcshWords::Evaluated(words.iter().cloned().chain(fixed).collect());
            }
            evaluated("env", words)
        }
        Some((first, _)) if first.starts_with('-') || is_subcommand(first) => {
            let quote =
                |word: &String| format!(" '{}'", word.replace('\'', "'\\''").replace('!', "\\!"));
            let words: String = words.iter().map(quote).collect();
            TcshWords::Passed(format!("\\aws-mfa{words};"))
        }
        Some(_) => evaluated("env", words),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, ValueEnum as _};

    use super::*;
    use crate::account::values::SUBCOMMANDS;
    use crate::cli::Cli;

    const DEFAULT: HookOptions<'static> = HookOptions {
        command: Some("mfa"),
        expiry_notice: true,
    };

    fn hooks(options: HookOptions<'_>, config: &str) -> Vec<(Shell, String)> {
        let config = Config::parse(config, "c.toml").unwrap();
        let with_hook = Shell::value_variants()
            .iter()
            .filter(|shell| **shell != Shell::Cmd);
        with_hook
            .map(|shell| {
                let text = text(*shell, options, &config).unwrap();
                // Without the completion, which has its own tests and its own `mfa`.
                let script = CompletionShell::for_shell(*shell).map(completion::script);
                let own = script.and_then(|script| text.split_once(script));
                (*shell, own.map_or(text.clone(), |(own, _)| own.to_owned()))
            })
            .collect()
    }

    #[test]
    fn every_hook_passes_on_every_subcommand() {
        let cli = Cli::command();
        for subcommand in cli
            .get_subcommands()
            .filter(|subcommand| !subcommand.is_hide_set())
        {
            assert!(
                SUBCOMMANDS.contains(&subcommand.get_name()),
                "{}",
                subcommand.get_name()
            );
        }
        for (shell, text) in hooks(DEFAULT, "") {
            assert!(!text.contains(PASSED_ON), "{shell}");
            if shell == Shell::Tcsh {
                continue;
            }
            for subcommand in SUBCOMMANDS
                .iter()
                .filter(|subcommand| **subcommand != "off")
            {
                let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                assert!(
                    text.split(|c| !word(c)).any(|token| token == *subcommand),
                    "{shell}: {subcommand}"
                );
            }
        }
    }

    #[test]
    fn sections_can_be_left_out_and_the_command_renamed() {
        for (shell, text) in hooks(DEFAULT, "") {
            assert!(!text.contains(">>>") && !text.contains("<<<"), "{shell}");
            let mark = text.lines().find(|line| line.contains(MARK)).unwrap();
            assert!(mark.contains(env!("CARGO_PKG_VERSION")), "{shell}: {mark}");
            assert!(
                text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
                    .any(|word| word == "mfa"),
                "{shell}"
            );
        }
        let renamed = HookOptions {
            command: Some("my-aws"),
            expiry_notice: false,
        };
        for (shell, text) in hooks(renamed, "") {
            let code: String = text
                .lines()
                .filter(|line| !line.starts_with('#'))
                .collect::<Vec<_>>()
                .join("\n");
            let words: Vec<&str> = code
                .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
                .collect();
            assert!(
                words.contains(&"my-aws") && !words.contains(&"mfa"),
                "{shell}: {code}"
            );
            assert!(!text.contains("__aws_mfa_prompt"), "{shell}");
        }
        let none = HookOptions {
            command: None,
            expiry_notice: true,
        };
        for (shell, text) in hooks(none, "") {
            let words: Vec<&str> = text
                .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
                .collect();
            assert!(!words.contains(&"mfa"), "{shell}: {text}");
        }
    }

    #[test]
    fn a_bad_name_for_the_command_is_refused() {
        for bad in ["", "a b", "aws-mfa", "1a", "-a", "a;b", "$(x)", "a'b"] {
            let options = HookOptions {
                command: Some(bad),
                ..DEFAULT
            };
            assert!(
                text(Shell::Bash, options, &Config::default()).is_err(),
                "{bad}"
            );
        }
        assert!(text(Shell::Cmd, DEFAULT, &Config::default()).is_err());
    }

    #[test]
    fn every_alias_becomes_a_command() {
        for (shell, text) in hooks(DEFAULT, "[accounts.test]\nalias = \"aws-creds-test\"\n") {
            let name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            let words: Vec<&str> = text.split(|c: char| !name(c)).collect();
            assert!(
                words.contains(&"aws-creds-test") && words.contains(&"test"),
                "{shell}: {text}"
            );
        }
    }

    #[test]
    fn tcsh_is_told_what_its_words_are_for() {
        let words = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let passed = |text: &str| TcshWords::Passed(text.to_owned());
        let evaluated = |text: &str| TcshWords::Evaluated(words(text));
        for (typed, holds, meaning) in [
            ("", true, passed("\\aws-mfa 'status';")),
            ("", false, evaluated("env --evaluated --shell tcsh")),
            ("off", true, evaluated("off --evaluated --shell tcsh")),
            ("list --json", true, passed("\\aws-mfa 'list' '--json';")),
            ("--version", true, passed("\\aws-mfa '--version';")),
            (
                "exec test -- echo it's!",
                true,
                passed("\\aws-mfa 'exec' 'test' '--' 'echo' 'it'\\''s\\!';"),
            ),
            (
                "test 123456",
                false,
                evaluated("env --evaluated --shell tcsh test 123456"),
            ),
        ] {
            assert_eq!(tcsh_words(&words(typed), holds), meaning, "{typed}");
        }
    }
}
