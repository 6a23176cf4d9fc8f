//! TAB completion: the scripts of `completions/`, and the candidates that those scripts request from this program at
//! each TAB. A request never changes anything, sends nothing over the network and asks the user nothing.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::sync::Arc;

use clap::builder::StyledStr;
use clap::{Args as _, CommandFactory as _, ValueEnum as _};
use clap_complete::engine::CompletionCandidate;

use crate::cli::{Cli, CompletionShell, GlobalOptions};
use crate::console::printable;
use crate::context::Context;
use crate::delivery::shell::Shell;

mod candidates;
mod quoting;

use candidates::Inputs;
use quoting::Typed;

/// The variable that marks a completion request. Its value is the name of the shell.
pub const VARIABLE: &str = "AWS_MFA_COMPLETE";
/// The variable with the index of the word to complete, where the command is word 0; default: the last word.
const INDEX: &str = "AWS_MFA_COMPLETE_INDEX";
/// The variable with the end of that word that the shell replaces, as typed. Only bash sets it, because bash breaks
/// words at the characters of `COMP_WORDBREAKS`.
const TEXT: &str = "AWS_MFA_COMPLETE_TEXT";

impl CompletionShell {
    /// The completion for this shell; `None` if there is none.
    #[must_use]
    pub fn for_shell(shell: Shell) -> Option<Self> {
        match shell {
            Shell::Bash => Some(Self::Bash),
            Shell::Zsh => Some(Self::Zsh),
            Shell::Fish => Some(Self::Fish),
            Shell::Powershell => Some(Self::Powershell),
            Shell::Elvish => Some(Self::Elvish),
            Shell::Nushell => Some(Self::Nushell),
            Shell::Sh | Shell::Tcsh | Shell::Xonsh | Shell::Cmd => None,
        }
    }
}

/// The completion script for `aws-mfa`: the shell's file in `completions/`.
#[must_use]
pub const fn script(shell: CompletionShell) -> &'static str {
    match shell {
        CompletionShell::Bash => include_str!("../../completions/aws-mfa.bash"),
        CompletionShell::Zsh => include_str!("../../completions/_aws-mfa"),
        CompletionShell::Fish => include_str!("../../completions/aws-mfa.fish"),
        CompletionShell::Powershell => include_str!("../../completions/aws-mfa.ps1"),
        CompletionShell::Elvish => include_str!("../../completions/aws-mfa.elv"),
        CompletionShell::Nushell => include_str!("../../completions/aws-mfa.nu"),
    }
}

/// The lines that register completion for the hook's command and for the aliases of accounts, after [`script`].
/// Names may contain only ASCII letters, digits and `._@+-`.
///
/// Empty for nushell, where `@complete '__aws_mfa_complete_mfa'` or `@complete '__aws_mfa_complete_alias'` stands
/// before the definition of the command itself.
#[must_use]
pub fn registrations(shell: CompletionShell, mfa: Option<&str>, aliases: &[&str]) -> String {
    let kinds = mfa
        .map(|name| ("mfa", name))
        .into_iter()
        .chain(aliases.iter().map(|name| ("alias", *name)));
    let mut lines = String::new();
    for (kind, name) in kinds {
        let _ = match shell {
            // Such a name needs no quotes in these shells.
            CompletionShell::Bash | CompletionShell::Zsh | CompletionShell::Fish => {
                writeln!(lines, "__aws_mfa_register {kind} {name}")
            }
            CompletionShell::Powershell => writeln!(lines, "__aws_mfa_register '{kind}' '{name}'"),
            CompletionShell::Elvish => writeln!(lines, "__aws_mfa_register {kind} '{name}'"),
            CompletionShell::Nushell => Ok(()),
        };
    }
    lines
}

/// The kind of the command whose arguments are completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CommandKind {
    /// `aws-mfa`
    Program,
    /// The hook's command: `mfa ACCOUNT [CODE]`, or any subcommand.
    Hook,
    /// An alias, which the hook defines for one account: `ALIAS [CODE]`.
    Alias,
}

/// Answers a completion request by printing the candidates; returns `false` if this is no request. `arguments`: those
/// of the process, without the program's name.
///
/// An error prints nothing, and so offers no candidates: a message would disturb the line that the user is typing.
pub fn answer(context: Context, mut arguments: impl Iterator<Item = OsString>) -> bool {
    let Some(shell_name) = context.env.text(VARIABLE) else {
        return false;
    };
    let shell = CompletionShell::from_str(shell_name, false).ok();
    if arguments.next().as_deref() != Some(OsStr::new("--")) {
        return false;
    }
    // A panic would print its message into the line that the user is typing.
    std::panic::set_hook(Box::new(|_| std::process::exit(0)));
    if let Some(shell) = shell
        && let Some(text) = candidates_text(shell, context, arguments.collect())
    {
        let _ = std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes());
    }
    true
}

/// The candidates in the format of the shell's script; `None` if the request cannot be answered. `words`: the kind of
/// the command, and its arguments.
fn candidates_text(
    shell: CompletionShell,
    context: Context,
    mut words: Vec<OsString>,
) -> Option<String> {
    let kind = match words.first()?.to_str()? {
        "aws-mfa" => CommandKind::Program,
        "mfa" => CommandKind::Hook,
        "alias" => CommandKind::Alias,
        _ => return None,
    };
    let index = match context.env.text(INDEX) {
        Some(index) => index.parse().ok()?,
        None => words.len() - 1,
    };
    if index == 0 {
        return None;
    }
    // Windows PowerShell drops an empty last argument.
    if index == words.len() {
        words.push(OsString::new());
    }
    words.truncate(index + 1);
    let typed = Typed::new(shell, words.get(index)?.to_str()?, context.env.text(TEXT));
    if shell == CompletionShell::Bash {
        for word in &mut words[1..] {
            *word = quoting::unquoted(word.to_str()?).into();
        }
    }
    // For a lone `-`, offer long options only: their names explain them.
    words[index] = match typed.unquoted() {
        "-" => "--".into(),
        word => word.into(),
    };

    let current_dir = std::env::current_dir().ok();
    let inputs = Arc::new(Inputs::new(context, &words, shell));
    let mut command = command(kind, &words, &inputs);
    let found = clap_complete::engine::complete(&mut command, words, index, current_dir.as_deref());
    Some(formatted(shell, &typed, found.ok()?))
}

/// The clap command for this kind of command, with a completer for each argument. `words`: those of the line, up to
/// the word to complete.
fn command(kind: CommandKind, words: &[OsString], inputs: &Arc<Inputs>) -> clap::Command {
    // The hook itself chooses the format of what it evaluates.
    let is_format = |id: &str| ["json", "dotenv", "shell"].contains(&id);
    let env = |wanted: &dyn Fn(&str) -> bool| -> Vec<clap::Arg> {
        let program = Cli::command_of("env");
        let env = program
            .iter()
            .filter_map(|program| program.find_subcommand("env"));
        env.flat_map(clap::Command::get_arguments)
            .filter(|argument| wanted(argument.get_id().as_str()))
            .cloned()
            .map(|argument| {
                let hidden = argument.is_hide_set() || is_format(argument.get_id().as_str());
                argument.hide(hidden)
            })
            .collect()
    };
    let with = |arguments: Vec<clap::Arg>| {
        GlobalOptions::augment_args(clap::Command::new("aws-mfa")).args(arguments)
    };
    // The hook's command passes its words to `env`, unless they name a subcommand.
    let is_option = |word: &OsString| word.to_str().is_some_and(|word| word.starts_with('-'));
    let names_subcommand = |word: &OsString| word.to_str().is_some_and(Cli::has_subcommand);
    let before = &words[1..words.len() - 1];
    let is_subcommand = match before.first() {
        Some(first) if is_option(first) => before.iter().any(names_subcommand),
        first => first.is_some_and(names_subcommand),
    };
    let command = match kind {
        CommandKind::Hook if before.iter().all(is_option) => Cli::command()
            .args(env(&|id| id != "code"))
            .mut_subcommand("env", |env| env.hide(true))
            // The hook evaluates what it prints.
            .mut_subcommand("off", |off| off.about("End the session of this shell")),
        CommandKind::Hook if !is_subcommand => with(env(&|_| true)),
        // After the name of a subcommand, the others are left out: clap_complete builds each one that it is given.
        CommandKind::Program | CommandKind::Hook => before
            .iter()
            .find_map(|word| Cli::command_of(word.to_str()?))
            .unwrap_or_else(Cli::command),
        CommandKind::Alias => with(env(&|id| id != candidates::ACCOUNT)),
    };
    candidates::attach(command, inputs)
}

/// The candidates in the format that the shell's script reads.
fn formatted(shell: CompletionShell, typed: &Typed, mut found: Vec<CompletionCandidate>) -> String {
    // Options are offered only after a `-`: there are many. Hidden ones are for the hook.
    let options = typed.unquoted().starts_with('-');
    found.retain(|candidate| {
        let option = candidate.get_id().is_some_and(|id| id.starts_with("arg::"));
        !option || (options && !candidate.is_hide_set())
    });
    // Accounts come first: the hook's command is mostly used with one.
    let account = StyledStr::from(candidates::ACCOUNT);
    let is_account = |candidate: &CompletionCandidate| candidate.get_tag() == Some(&account);
    found.sort_by_key(|candidate| !is_account(candidate));
    let mut lines = String::new();
    let mut records = Vec::new();
    for candidate in &found {
        let Some(value) = candidate.get_value().to_str() else {
            continue;
        };
        // Only a file can have such a name. Without its control characters, it would be the name of another file.
        if value.contains('\n') || printable(value) != value {
            continue;
        }
        let help = description(candidate);
        let help = if help == value { "" } else { &*help };
        match shell {
            CompletionShell::Bash => {
                if let Some(rest) = typed.replacement(value) {
                    lines += &rest;
                    lines.push('\n');
                }
            }
            CompletionShell::Zsh => {
                // The first letter is the candidate's kind, for the headings of zsh.
                let kind = match value {
                    _ if is_account(candidate) => 'a',
                    _ if value.starts_with('-') => 'o',
                    _ if value.ends_with('/') => 'f',
                    _ => 'v',
                };
                lines.push(kind);
                push_line(&mut lines, value, help);
            }
            CompletionShell::Fish | CompletionShell::Powershell | CompletionShell::Elvish => {
                push_line(&mut lines, value, help);
            }
            CompletionShell::Nushell => {
                records.push(
                    serde_json::json!({ "value": quoting::nushell(value), "description": help }),
                );
            }
        }
    }
    if shell == CompletionShell::Nushell {
        lines = serde_json::Value::from(records).to_string();
    }
    // The process ends now, and the system frees all of its memory at once. Drop takes 2 % of the time that thousands
    // of accounts take.
    std::mem::forget(found);
    lines
}

/// The first line of a candidate's description; empty if it has none.
fn description(candidate: &CompletionCandidate) -> String {
    let Some(help) = candidate.get_help() else {
        return String::new();
    };
    let help = help.to_string();
    let help = help.lines().next().unwrap_or_default().replace('\t', " ");
    printable(&help).into_owned()
}

/// Adds a candidate and its description, for the shells that read one a line.
fn push_line(lines: &mut String, value: &str, description: &str) {
    lines.push_str(value);
    lines.push('\t');
    lines.push_str(description);
    lines.push('\n');
}
