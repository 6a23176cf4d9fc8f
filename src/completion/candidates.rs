use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{CommandFactory as _, ValueEnum, ValueHint};
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};

use crate::account::config::AccountSettings;
use crate::account::resolve::Accounts;
use crate::account::{AccountName, AwsProfiles, Config};
use crate::cli::Cli;
use crate::context::{Context, is_program};
use crate::delivery::shell::{CompletionShell, Shell};

use crate::environment::ShellSession;
use crate::time::format_duration;

/// The id of every argument that is an account, and the tag of its candidates.
pub(super) const ACCOUNT: &str = "account";
/// The ids of all arguments that are a profile.
const PROFILES: [&str; 2] = ["source_profile", "to"];
/// The ids of arguments that are a setting of accounts and profiles of the same name.
const SETTINGS: [&str; 3] = ["mfa_serial", "region", "role_arn"];
/// With more accounts than this, nobody reads where each leads, and the key would be felt.
const MOST_DESCRIBED: usize = 500;

/// The world that candidates come from; it is looked at only if they are wanted.
pub(super) struct Inputs {
    context: Context,
    /// The file of `--config`, if the line has it.
    config: Option<PathBuf>,
    /// How many words there are behind the `--` behind which a command stands, if the line has it.
    words_after_escape: Option<usize>,
    /// Whether the line has `--all`, with which no account goes.
    all: bool,
    /// The shell that asks.
    shell: CompletionShell,
}

impl Inputs {
    /// `words` are those of the line up to the one that is completed.
    pub(super) fn new(context: Context, words: &[OsString], shell: CompletionShell) -> Self {
        let before = &words[1..words.len() - 1];
        let escape = before.iter().position(|word| word == "--");
        let ours = &before[..escape.unwrap_or(before.len())];
        let config = ours.iter().enumerate().rev().find_map(|(at, word)| {
            let path = match word.to_str()?.strip_prefix("--config")? {
                "" => ours.get(at + 1)?.to_str()?,
                value => value.strip_prefix('=')?,
            };
            Some(context.expand_tilde(path))
        });
        Self {
            config,
            words_after_escape: escape.map(|at| before.len() - at - 1),
            all: ours.iter().any(|word| word == "--all"),
            shell,
            context,
        }
    }

    /// Whether a name is worth offering to who typed this. fish and zsh match by themselves, and not only from
    /// the beginning.
    fn fits(&self, name: &str, typed: &str) -> bool {
        match self.shell {
            CompletionShell::Fish | CompletionShell::Zsh if !typed.is_empty() => {
                let (name, typed) = (name.as_bytes(), typed.as_bytes());
                let mut parts = name.windows(typed.len());
                parts.any(|part| part.eq_ignore_ascii_case(typed))
            }
            _ => name.starts_with(typed),
        }
    }

    fn accounts(&self, typed: &str) -> Option<Vec<CompletionCandidate>> {
        if self.all || self.words_after_escape.is_some() {
            return None;
        }
        let config = Config::load(&self.context, self.config.as_deref()).ok()?;
        let profiles = AwsProfiles::load(&self.context).ok()?;
        let accounts = Accounts {
            config: &config,
            profiles: &profiles,
            context: &self.context,
        };
        let mut names = accounts.names();
        names.retain(|name| self.fits(name.as_str(), typed));
        let described = self.shell != CompletionShell::Bash && names.len() <= MOST_DESCRIBED;
        let candidate = |name: &AccountName| {
            let help = described.then(|| self.describe(&accounts, name).into());
            CompletionCandidate::new(name.as_str())
                .help(help)
                .tag(Some(ACCOUNT.into()))
        };
        let candidates = names.iter().map(candidate).collect();
        // The process ends now. To take thousands of profiles apart first would be felt.
        std::mem::forget((config, profiles, names));
        Some(candidates)
    }

    /// Where the account leads and what is live.
    fn describe(&self, accounts: &Accounts<'_>, name: &AccountName) -> String {
        let account = accounts.resolve(name.as_str());
        let leads_to = account.map(|account| account.target());
        let live = ShellSession::from_env(&self.context.env)
            .filter(|held| held.account == name.as_str())
            .map(|held| match held.seconds_left(self.context.unix_now()) {
                0 => "expired in this shell".to_owned(),
                left => format!("{} left in this shell", format_duration(left)),
            });
        let parts: Vec<String> = leads_to
            .ok()
            .filter(|known| known != "-")
            .into_iter()
            .chain(live)
            .collect();
        parts.join(", ")
    }

    fn profiles(&self, typed: &str) -> Option<Vec<CompletionCandidate>> {
        let profiles = AwsProfiles::load(&self.context).ok()?;
        let names = profiles.names().into_iter();
        let names = names.filter(|name| self.fits(name, typed));
        Some(names.map(CompletionCandidate::new).collect())
    }

    /// What config.toml and the AWS files have for one of these settings.
    fn values(&self, setting: &str, typed: &str) -> Option<Vec<CompletionCandidate>> {
        let config = Config::load(&self.context, self.config.as_deref()).ok()?;
        let profiles = AwsProfiles::load(&self.context).ok()?;
        let in_config = |account: &AccountSettings| match setting {
            "region" => account.region.as_ref().map(ToString::to_string),
            "role_arn" => account.role_arn.as_ref().map(ToString::to_string),
            _ => account.mfa_serial.as_ref().map(ToString::to_string),
        };
        let of_accounts = config.accounts.values().filter_map(in_config);
        let names = profiles.names();
        let of_profiles = names
            .iter()
            .filter_map(|name| profiles.setting(name, setting));
        let all: BTreeSet<String> = of_accounts.chain(of_profiles.map(str::to_owned)).collect();
        let fitting = all.into_iter().filter(|value| self.fits(value, typed));
        Some(fitting.map(CompletionCandidate::new).collect())
    }

    /// The programs on PATH.
    fn programs(&self, typed: &str) -> Vec<CompletionCandidate> {
        let path = self.context.env.raw("PATH").unwrap_or_default();
        let mut names = BTreeSet::new();
        for folder in std::env::split_paths(path) {
            for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = file.file_name();
                if name.to_str().is_some_and(|name| name.starts_with(typed))
                    && is_program(&file.path())
                {
                    names.insert(name);
                }
            }
        }
        names.into_iter().map(CompletionCandidate::new).collect()
    }
}

/// The subcommands that have a man page: all that are shown.
fn pages(typed: &str) -> Vec<CompletionCandidate> {
    let program = Cli::command();
    let shown = program
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name().starts_with(typed));
    shown
        .map(|command| {
            CompletionCandidate::new(command.get_name()).help(command.get_about().cloned())
        })
        .collect()
}

/// The shells that have a hook.
fn hooks(typed: &str) -> Vec<CompletionCandidate> {
    let shells = Shell::value_variants().iter();
    let with_hook = shells.filter(|shell| **shell != Shell::Cmd);
    with_hook
        .filter_map(ValueEnum::to_possible_value)
        .filter(|shell| shell.get_name().starts_with(typed))
        .map(|shell| CompletionCandidate::new(shell.get_name()).help(shell.get_help().cloned()))
        .collect()
}

/// Gives every argument what completes it, also in the subcommands.
pub(super) fn attach(command: clap::Command, known: &Arc<Inputs>) -> clap::Command {
    let is_init = command.get_name() == "init";
    command
        .mut_args(|argument| {
            let id = argument.get_id().as_str();
            let source = if id == ACCOUNT {
                Source::Accounts
            } else if PROFILES.contains(&id) {
                Source::Profiles
            } else if let Some(setting) = SETTINGS.iter().find(|setting| **setting == id) {
                Source::Settings(setting)
            } else if id == "shell" && is_init {
                Source::Hooks
            } else if id == "page" {
                Source::Pages
            } else if argument.get_value_hint() == ValueHint::CommandWithArguments {
                Source::Programs
            } else if id == "config" {
                // Of a folder, only the way through it is wanted.
                return argument.value_hint(ValueHint::FilePath);
            } else {
                return argument;
            };
            argument.add(ArgValueCompleter::new(Completer {
                known: Arc::clone(known),
                source,
            }))
        })
        .mut_subcommands(|subcommand| attach(subcommand, known))
}

/// Where the candidates of an argument come from.
#[derive(Clone, Copy)]
enum Source {
    Accounts,
    Profiles,
    /// The values that this setting has somewhere.
    Settings(&'static str),
    /// The shells that have a hook.
    Hooks,
    /// The subcommands, for `man`.
    Pages,
    /// Programs, and files behind them.
    Programs,
}

struct Completer {
    known: Arc<Inputs>,
    source: Source,
}

impl ValueCompleter for Completer {
    fn complete(&self, typed: &OsStr) -> Vec<CompletionCandidate> {
        let Some(text) = typed.to_str() else {
            return Vec::new();
        };
        match self.source {
            Source::Accounts => self.known.accounts(text).unwrap_or_default(),
            Source::Profiles => self.known.profiles(text).unwrap_or_default(),
            Source::Settings(setting) => self.known.values(setting, text).unwrap_or_default(),
            Source::Hooks => hooks(text),
            Source::Pages => pages(text),
            Source::Programs => match self.known.words_after_escape {
                // Nothing else can follow the account.
                None if text.is_empty() => vec![CompletionCandidate::new("--")],
                None => Vec::new(),
                Some(0) if !text.contains('/') => self.known.programs(text),
                Some(_) => {
                    let mut found = PathCompleter::any().complete(typed);
                    // The folder itself is nothing that anybody looks for.
                    found.retain(|candidate| candidate.get_value() != ".");
                    found
                }
            },
        }
    }
}
