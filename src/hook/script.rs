//! The text of a hook.

use std::borrow::Cow;

use super::aliases;
use crate::account::Config;
use crate::account::reserved::{SUBCOMMANDS, is_reserved_command};
use crate::account::values::Alias;
use crate::cli::CompletionShell;
use crate::completion;
use crate::delivery::shell::Shell;
use crate::environment::variables::{CONFLICTING, PREVIOUS, REGION, RESTORE_OTHER, SESSION};
use crate::error::{Failure, Result};

/// The options of `init`.
#[derive(Clone, Copy, Debug)]
pub struct HookOptions<'a> {
    /// The name of the command that loads sessions; `None`: the hook defines no such command.
    pub command: Option<&'a str>,
    /// Whether a notice at the prompt says that a session expires.
    pub expiry_notice: bool,
    /// Whether the prompt shows the account and the time left. For some shells only.
    pub prompt: bool,
}

/// The name of that command in the files of `shell/`.
const COMMAND: &str = "mfa";
/// The placeholder for this program's version in the files of `shell/`.
const VERSION: &str = "@VERSION@";
/// The placeholder for [`passed_on`] in the files of `shell/`.
const PASSED_ON: &str = "@SUBCOMMANDS@";
/// The placeholder for [`session_variables`] in the files of `shell/`.
const VARIABLES: &str = "@VARIABLES@";
/// The placeholder for the options of `off` with which its message says how to renew the session.
const HOOK: &str = "@HOOK@";
/// The placeholder for the command that renews a session, with `%s` for the account.
const RENEW: &str = "@RENEW@";
/// The start of the line that begins a section of a file in `shell/`; the section's name follows.
const SECTION_START: &str = "# >>> ";
/// The start of the line that ends it.
const SECTION_END: &str = "# <<< ";
/// The line that begins the section for `--prompt`, in the files of the shells that have it.
const PROMPT_SECTION: &str = "# >>> prompt\n";

/// The hook of a shell, with a command for each alias in the configuration.
///
/// # Errors
///
/// If there is no hook for the shell, or the command cannot have this name.
pub fn script(shell: Shell, options: HookOptions<'_>, config: &Config) -> Result<String> {
    let Some(template) = template(shell) else {
        let load = shell.load_command("aws-mfa env ACCOUNT");
        return Err(Failure::usage(format!("there is no hook for {shell}"))
            .help(format!("load a session without it: {load}")));
    };
    if let Some(command) = options.command {
        check_command_name(command)?;
    }
    if options.prompt && !template.contains(PROMPT_SECTION) {
        return Err(Failure::usage(format!(
            "could not add to the prompt of {shell}: --prompt is for bash, zsh, fish and PowerShell"
        ))
        .help("omit --prompt; docs/shells.md shows how to put AWS_MFA_ACCOUNT into any prompt"));
    }
    let mut script = filled_in(shell, template, options);
    for (account, settings) in &config.accounts {
        if let Some(alias) = &settings.alias {
            script += &aliases::definition(shell, alias.as_str(), account);
        }
    }
    if let Some(shell) = CompletionShell::for_shell(shell) {
        let accounts = config.accounts.values();
        let aliases = accounts.filter_map(|account| account.alias.as_ref());
        let aliases: Vec<&str> = aliases.map(Alias::as_str).collect();
        script.push('\n');
        script += completion::script(shell);
        script += &completion::registrations(shell, options.command, &aliases);
    }
    Ok(script)
}

fn template(shell: Shell) -> Option<&'static str> {
    Some(match shell {
        Shell::Bash => include_str!("../../shell/aws-mfa.bash"),
        Shell::Zsh => include_str!("../../shell/aws-mfa.zsh"),
        Shell::Sh => include_str!("../../shell/aws-mfa.sh"),
        Shell::Fish => include_str!("../../shell/aws-mfa.fish"),
        Shell::Powershell => include_str!("../../shell/aws-mfa.ps1"),
        Shell::Nushell => include_str!("../../shell/aws-mfa.nu"),
        Shell::Elvish => include_str!("../../shell/aws-mfa.elv"),
        Shell::Tcsh => include_str!("../../shell/aws-mfa.tcsh"),
        Shell::Xonsh => include_str!("../../shell/aws-mfa.xsh"),
        Shell::Cmd => return None,
    })
}

fn check_command_name(name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let has_valid_start = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if is_reserved_command(name) {
        Err(Failure::usage(format!("`{name}` is a standard command")).help("use another name"))
    } else if has_valid_start && name.chars().all(allowed) {
        Ok(())
    } else {
        Err(
            Failure::usage(format!("`{name}` is not a valid command name"))
                .help("use letters, digits, `_` and `-`"),
        )
    }
}

/// The template with the version, the subcommands and the command's name, and without the sections that the options
/// omit.
fn filled_in(shell: Shell, template: &str, options: HookOptions<'_>) -> String {
    let mut script = String::with_capacity(template.len());
    let (mut section, mut after_blank) = ("", false);
    for line in template.lines() {
        if let Some(name) = line.strip_prefix(SECTION_START) {
            section = name;
            continue;
        }
        if line.starts_with(SECTION_END) {
            section = "";
            continue;
        }
        let renamed = match (section, options.command) {
            ("notice", _) if !options.expiry_notice => continue,
            ("prompt", _) if !options.prompt => continue,
            ("clock", _) if !options.expiry_notice && !options.prompt => continue,
            ("command", None) => continue,
            ("command", Some(command)) => with_command(line, command),
            _ => Cow::Borrowed(line),
        };
        // Every placeholder has an `@`, and most lines have none: the whole template is read at each start of a shell.
        let line = if !renamed.contains('@') {
            renamed
        } else if renamed.contains(VERSION) {
            renamed.replace(VERSION, env!("CARGO_PKG_VERSION")).into()
        } else if renamed.contains(VARIABLES) {
            renamed.replace(VARIABLES, &session_variables()).into()
        } else if renamed.contains(HOOK) {
            let hook = options.command.map(|command| format!(" --hook {command}"));
            let with_blank = format!(" {HOOK}");
            renamed
                .replace(&with_blank, &hook.unwrap_or_default())
                .into()
        } else if renamed.contains(RENEW) {
            let renew = match options.command {
                Some(command) => format!("{command} %s"),
                None => shell.load_command("aws-mfa env %s"),
            };
            renamed.replace(RENEW, &renew).into()
        } else if renamed.contains(PASSED_ON) {
            renamed.replace(PASSED_ON, &passed_on(shell)).into()
        } else {
            renamed
        };
        // Of the blank lines around a section that was omitted, one is enough.
        if !(line.is_empty() && after_blank) {
            script += &line;
            script.push('\n');
        }
        after_blank = line.is_empty();
    }
    script
}

/// The variables that a session can set or unset, separated by blanks. Those of an account's `env` are not known yet.
fn session_variables() -> String {
    let other = [RESTORE_OTHER, PREVIOUS];
    let names = SESSION
        .iter()
        .chain(&REGION)
        .chain(&CONFLICTING)
        .chain(&other);
    names.copied().collect::<Vec<_>>().join(" ")
}

/// The subcommands whose output the hook does not evaluate, as a list in the shell's language. Where that quotes
/// words, the template has the outer quotes.
fn passed_on(shell: Shell) -> String {
    let separator = match shell {
        Shell::Bash | Shell::Sh => " | ",
        Shell::Zsh => "' | '",
        Shell::Powershell => "', '",
        Shell::Nushell | Shell::Xonsh => "\", \"",
        Shell::Fish | Shell::Elvish | Shell::Tcsh | Shell::Cmd => " ",
    };
    let mut subcommands = SUBCOMMANDS.to_vec();
    subcommands.retain(|subcommand| *subcommand != "off");
    subcommands.join(separator)
}

/// The line with `command` in place of each word [`COMMAND`].
fn with_command<'a>(line: &'a str, command: &str) -> Cow<'a, str> {
    if command == COMMAND || !line.contains(COMMAND) {
        return line.into();
    }
    let is_word_char =
        |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let mut changed = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(COMMAND) {
        let (before, after) = (&rest[..at], &rest[at + COMMAND.len()..]);
        let last = before.chars().next_back().or(changed.chars().next_back());
        let is_word = !is_word_char(last) && !is_word_char(after.chars().next());
        changed += before;
        changed += if is_word { command } else { COMMAND };
        rest = after;
    }
    (changed + rest).into()
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, ValueEnum as _};

    use super::*;
    use crate::cli::Cli;
    use crate::hook::running_shell::MARKER;

    const DEFAULT: HookOptions<'static> = HookOptions {
        command: Some("mfa"),
        expiry_notice: true,
        prompt: false,
    };

    fn hooks(options: HookOptions<'_>, config: &str) -> Vec<(Shell, String)> {
        let config = Config::parse(config, "c.toml").unwrap();
        let with_hook = Shell::value_variants()
            .iter()
            .filter(|shell| **shell != Shell::Cmd);
        with_hook
            .map(|shell| {
                let mut hook = script(*shell, options, &config).unwrap();
                // Without the completion, which has tests of its own and another `mfa` in it.
                let completion = CompletionShell::for_shell(*shell).map(completion::script);
                if let Some(start) = completion.and_then(|completion| hook.find(completion)) {
                    hook.truncate(start);
                }
                (*shell, hook)
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
            let mark = text.lines().find(|line| line.contains(MARKER)).unwrap();
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
            prompt: false,
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
            prompt: false,
        };
        for (shell, text) in hooks(none, "") {
            let words: Vec<&str> = text
                .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-')
                .collect();
            assert!(!words.contains(&"mfa"), "{shell}: {text}");
        }
    }

    /// A test at a terminal would have to press Ctrl-C at the right microsecond.
    #[test]
    fn nushell_loads_all_variables_with_one_command_which_ctrl_c_cannot_split() {
        let hook = script(Shell::Nushell, DEFAULT, &Config::default()).unwrap();
        let code = hook.lines().filter(|line| !line.starts_with('#'));
        let commands: Vec<&str> = code
            .map(str::trim)
            .filter(|line| line.starts_with("load-env"))
            .collect();
        assert_eq!(commands, ["load-env ($printed | from json)"]);
    }

    #[test]
    fn a_bad_name_for_the_command_is_refused() {
        for bad in ["", "a b", "aws-mfa", "1a", "-a", "a;b", "$(x)", "a'b"] {
            let options = HookOptions {
                command: Some(bad),
                ..DEFAULT
            };
            assert!(
                script(Shell::Bash, options, &Config::default()).is_err(),
                "{bad}"
            );
        }
        assert!(script(Shell::Cmd, DEFAULT, &Config::default()).is_err());
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
}
