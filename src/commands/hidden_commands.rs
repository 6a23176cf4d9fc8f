//! The commands of the hook in new shells, and the aliases and functions that hide them. `setup` and `doctor` ask.

use crate::account::Config;
use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::setup::new_shell::{Answer, Meaning, NewShell, Start};
use crate::setup::{old_scripts, rc_file};

/// What new shells make of the hook.
pub(super) struct HookInNewShells {
    /// The one that does not load the hook, such as `login bash`; `None` if each of them loads it.
    pub(super) without_hook: Option<String>,
    /// The names that are commands of the hook in all of them.
    pub(super) commands: Vec<String>,
    /// The names that are something else in one of them.
    pub(super) hidden: Vec<HiddenCommand>,
}

/// A command of the hook that an alias or a function hides.
pub(super) struct HiddenCommand {
    /// What hides it, and where.
    pub(super) problem: String,
    /// What the user can do.
    pub(super) fix: String,
}

impl HookInNewShells {
    /// Starts a new shell, and for bash and zsh a login shell, too, which may read other files after the hook's line.
    /// `command` is the name that the hook's lines give it. `None` if no shell answers.
    pub(super) fn new(
        context: &Context,
        shell: Shell,
        config: &Config,
        command: Option<&str>,
    ) -> Option<Self> {
        let new_shell = NewShell::find(context, shell)?;
        let is_name = |name: &&str| {
            let mut characters = name.chars();
            characters.all(|c| c.is_ascii_alphanumeric() || "._@+-".contains(c))
        };
        let accounts = config.accounts.values();
        let aliases = accounts.filter_map(|settings| Some(settings.alias.as_ref()?.as_str()));
        let names: Vec<&str> = command.filter(is_name).into_iter().chain(aliases).collect();
        let interactive = new_shell.ask(Start::Interactive, &names)?;
        // fish reads the same files.
        let login_loads_hook = match shell {
            Shell::Bash => rc_file::login_reads_bashrc(context),
            Shell::Zsh => true,
            _ => false,
        };
        let login = login_loads_hook.then(|| new_shell.ask(Start::Login, &names));
        // Without the program, as where PATH is set outside of the rc files, it tells nothing of the hook.
        let login = login.flatten().filter(|login| login.program.is_some());
        let answers: Vec<(&str, &Answer)> = std::iter::once(("", &interactive))
            .chain(login.as_ref().map(|login| ("login ", login)))
            .collect();
        let without_hook = answers.iter().find(|(_, answer)| !answer.loads_hook);
        let mut state = Self {
            without_hook: without_hook.map(|(kind, _)| format!("{kind}{shell}")),
            commands: Vec::new(),
            hidden: Vec::new(),
        };
        for name in names {
            let found = answers.iter().find_map(|(kind, answer)| {
                let (_, meaning) = answer.names.iter().find(|(known, _)| known == name)?;
                (*meaning != Meaning::Hook).then_some((*kind, *meaning))
            });
            match found {
                None => state.commands.push(name.to_owned()),
                Some((kind, meaning)) => state
                    .hidden
                    .push(hidden(context, shell, name, kind, meaning)),
            }
        }
        Some(state)
    }
}

fn hidden(
    context: &Context,
    shell: Shell,
    name: &str,
    kind: &str,
    meaning: Meaning,
) -> HiddenCommand {
    let what = match meaning {
        Meaning::Alias => "an alias",
        Meaning::Function => "a function",
        Meaning::Hook | Meaning::Other => {
            return HiddenCommand {
                problem: format!("in a new {kind}{shell}, `{name}` is no command of the hook"),
                fix: format!("look at what a new {shell} prints when it starts"),
            };
        }
    };
    let definition = old_scripts::find_definition(context, shell, name);
    let (location, which) = match definition {
        Some((file, line)) => (
            format!(" ({}, line {line})", context.display_path(&file)),
            "that definition",
        ),
        None => (String::new(), "its definition"),
    };
    HiddenCommand {
        problem: format!(
            "in a new {kind}{shell}, `{name}` is {what} of yours{location} and not the hook's command"
        ),
        fix: format!(
            "delete {which}, or move it above the hook's line; until then, the old one runs"
        ),
    }
}
