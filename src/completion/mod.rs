//! What the TAB key offers: the answers to the completion scripts, and the scripts themselves.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::sync::Arc;

use clap::{CommandFactory as _, ValueEnum as _};
use clap_complete::engine::CompletionCandidate;

use crate::cli::Cli;
use crate::console::printable;
use crate::context::Context;
use crate::delivery::shell::CompletionShell;

/// What may stand at the place in question.
mod candidates;
/// What a half-typed word means to the shell, and how the rest of it is written.
mod quoting;

use candidates::Inputs;
use quoting::Typed;

/// The variable that makes this program answer a completion request; it names the shell that asks.
pub const VARIABLE: &str = "AWS_MFA_COMPLETE";
/// The number of the word that is completed; the command itself is number 0. Without it, the last.
const INDEX: &str = "AWS_MFA_COMPLETE_INDEX";
/// The end of that word that the shell replaces, as it was typed. Only bash says it: to bash, some
/// characters within a word begin another one.
const TEXT: &str = "AWS_MFA_COMPLETE_TEXT";

/// The script that makes the TAB key work for `aws-mfa`, as it stands in `completions/`.
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

/// The lines that make the TAB key work for the hook's command and for the aliases of accounts, to
/// stand behind [`script`]. Every name must be a plain one, as that of an account is.
///
/// nushell wants the completer at the definition of a command: there, `@complete
/// '__aws_mfa_complete_mfa'` or `@complete '__aws_mfa_complete_alias'` goes before each `def`, and
/// nothing is left to register.
#[must_use]
pub fn registrations(shell: CompletionShell, mfa: Option<&str>, aliases: &[&str]) -> String {
    let kinds = mfa
        .map(|name| ("mfa", name))
        .into_iter()
        .chain(aliases.iter().map(|name| ("alias", *name)));
    let mut lines = String::new();
    for (kind, name) in kinds {
        let _ = match shell {
            // A plain name needs no quotes there, but for a leading `=` or `~`, which none has.
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

/// Whose arguments are completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CommandKind {
    /// `aws-mfa`
    Program,
    /// The hook's command: `mfa ACCOUNT [CODE]`, or any subcommand.
    Hook,
    /// A command of the hook's that is bound to one account: `ALIAS [CODE]`.
    Alias,
}

/// Answers a completion request: prints the candidates. `arguments` are those of this process
/// without its name; `false` if they are no request.
///
/// What goes wrong is not worth a word while somebody types: then there is just nothing to choose.
pub fn answer(context: Context, arguments: impl Iterator<Item = OsString>) -> bool {
    let Some(shell) = context.env.text(VARIABLE) else {
        return false;
    };
    let shell = CompletionShell::from_str(shell, false).ok();
    let mut arguments = arguments;
    if arguments.next().as_deref() != Some(OsStr::new("--")) {
        return false;
    }
    // A panic would be told on the terminal, between what is being typed.
    std::panic::set_hook(Box::new(|_| std::process::exit(0)));
    if let Some(shell) = shell
        && let Some(text) = answered(shell, context, arguments.collect())
    {
        let _ = std::io::Write::write_all(&mut std::io::stdout(), text.as_bytes());
    }
    true
}

/// What is printed; `words` are the kind of the command and its arguments.
fn answered(shell: CompletionShell, context: Context, mut words: Vec<OsString>) -> Option<String> {
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
    // Windows PowerShell loses an empty last word.
    if index == words.len() {
        words.push(OsString::new());
    }
    words.truncate(index + 1);
    let typed = Typed::of(shell, words.get(index)?.to_str()?, context.env.text(TEXT));
    if shell == CompletionShell::Bash {
        for word in &mut words[1..] {
            *word = quoting::meaning(word.to_str()?).into();
        }
    }
    // A long option says more than the letter that it may have, too.
    let meaning = match typed.meaning() {
        "-" => "--",
        meaning => meaning,
    };
    words[index] = meaning.into();

    let current_dir = std::env::current_dir().ok();
    let known = Arc::new(Inputs::new(context, &words, shell));
    let mut command = command(kind, &words, &known);
    let found = clap_complete::engine::complete(&mut command, words, index, current_dir.as_deref());
    Some(printed(shell, &typed, found.ok()?))
}

/// The command line of this kind of command, with what completes its arguments. `words` are those
/// of the line up to the one that is completed.
fn command(kind: CommandKind, words: &[OsString], known: &Arc<Inputs>) -> clap::Command {
    let program = Cli::command();
    let env = |wanted: &dyn Fn(&str) -> bool| -> Vec<clap::Arg> {
        program
            .find_subcommand("env")
            .into_iter()
            .flat_map(clap::Command::get_arguments)
            .filter(|argument| wanted(argument.get_id().as_str()))
            .cloned()
            .map(|argument| {
                // What the hook evaluates is of one form.
                let is_form = ["json", "dotenv", "shell"].contains(&argument.get_id().as_str());
                if is_form {
                    argument.hide(true)
                } else {
                    argument
                }
            })
            .collect()
    };
    let with = |arguments: Vec<clap::Arg>| {
        clap::Command::new("aws-mfa")
            .args(program.get_arguments())
            .args(arguments)
    };
    // The hook's command takes its words for those of `env` unless they are the program's own.
    let is_option = |word: &OsString| word.to_str().is_some_and(|word| word.starts_with('-'));
    let names_subcommand = |word: &OsString| program.find_subcommand(word).is_some();
    let before = &words[1..words.len() - 1];
    let is_own = match before.first() {
        Some(first) if is_option(first) => before.iter().any(names_subcommand),
        first => first.is_some_and(names_subcommand),
    };
    let command = match kind {
        CommandKind::Hook if before.iter().all(is_option) => {
            let arguments = env(&|id| id != "code");
            program
                .args(arguments)
                .mut_subcommand("env", |env| env.hide(true))
        }
        CommandKind::Hook if !is_own => with(env(&|_| true)),
        // The engine prepares every subcommand it is given; one is enough behind its name.
        CommandKind::Program | CommandKind::Hook => match words[1..words.len() - 1]
            .iter()
            .find_map(|word| program.find_subcommand(word))
        {
            Some(subcommand) => with(Vec::new()).subcommand(subcommand.clone()),
            None => program,
        },
        CommandKind::Alias => with(env(&|id| id != candidates::ACCOUNT)),
    };
    candidates::attach(command, known)
}

/// The candidates as the shell's script reads them.
fn printed(shell: CompletionShell, typed: &Typed, mut found: Vec<CompletionCandidate>) -> String {
    // Options are many, and come on request: with the first `-`. Some are the hook's own.
    let options = typed.meaning().starts_with('-');
    found.retain(|candidate| {
        let option = candidate.get_id().is_some_and(|id| id.starts_with("arg::"));
        !option || (options && !candidate.is_hide_set())
    });
    // The hook's command is for accounts first.
    found.sort_by_key(|candidate| {
        candidate.get_tag().map(ToString::to_string).as_deref() != Some(candidates::ACCOUNT)
    });
    let mut lines = String::new();
    let mut records = Vec::new();
    for candidate in &found {
        let Some(value) = candidate.get_value().to_str() else {
            continue;
        };
        // Such a name is a file's at most. Without its control characters it would be another name.
        if value.contains(char::is_control) || printable(value) != value {
            continue;
        }
        let help = candidate
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let help = help.lines().next().unwrap_or_default().replace('\t', " ");
        let help = printable(&help);
        let help = if help == value { "" } else { &*help };
        let _ = match shell {
            CompletionShell::Bash => match typed.rest_of(value) {
                Some(rest) => writeln!(lines, "{rest}"),
                None => Ok(()),
            },
            CompletionShell::Zsh => {
                // The first letter says what it is, for the headings that zsh may show.
                let kind = match candidate.get_tag().map(ToString::to_string).as_deref() {
                    Some(candidates::ACCOUNT) => 'a',
                    _ if value.starts_with('-') => 'o',
                    _ if value.ends_with('/') => 'f',
                    _ => 'v',
                };
                writeln!(lines, "{kind}{value}\t{help}")
            }
            CompletionShell::Fish | CompletionShell::Powershell | CompletionShell::Elvish => {
                writeln!(lines, "{value}\t{help}")
            }
            CompletionShell::Nushell => {
                records.push(
                    serde_json::json!({ "value": quoting::nushell(value), "description": help }),
                );
                Ok(())
            }
        };
    }
    if shell == CompletionShell::Nushell {
        lines = serde_json::Value::from(records).to_string();
    }
    lines
}
