use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{CommandFactory as _, ValueHint};
use clap_complete::engine::{
    ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};

use crate::account::resolve::Accounts;
use crate::account::{AccountName, AwsProfiles, Config};
use crate::cli::{AccountOptions, Cli};
use crate::context::{Context, is_program};
use crate::session::{Held, spoken};

/// The id of every argument that is an account, and the tag of its candidates.
pub(super) const ACCOUNT: &str = "account";
/// The ids of all arguments that are a profile.
const PROFILES: [&str; 2] = ["source_profile", "to"];
/// With more accounts than this, nobody reads where each leads, and the key would be felt.
const MOST_DESCRIBED: usize = 500;

/// The world that candidates come from; it is looked at only if they are wanted.
pub(super) struct Known {
    context: Context,
    /// The file of `--config`, if the line has it.
    config: Option<PathBuf>,
    /// Whether the line has the `--` behind which a command stands.
    escaped: bool,
    /// Whether the shell shows descriptions.
    described: bool,
}

impl Known {
    /// `words` are those of the line up to the one that is completed.
    pub(super) fn new(context: Context, words: &[OsString], described: bool) -> Self {
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
            escaped: escape.is_some(),
            described,
            context,
        }
    }

    fn accounts(&self, typed: &str) -> Option<Vec<CompletionCandidate>> {
        let config = Config::load(&self.context, self.config.as_deref()).ok()?;
        let profiles = AwsProfiles::load(&self.context).ok()?;
        let accounts = Accounts {
            config: &config,
            profiles: &profiles,
            context: &self.context,
        };
        let mut names = accounts.names();
        names.retain(|name| name.as_str().starts_with(typed));
        let described = self.described && names.len() <= MOST_DESCRIBED;
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
        let account = accounts.resolve(name.as_str(), &AccountOptions::default());
        let leads_to = account.map(|account| account.leads_to());
        let live = Held::by(&self.context.env)
            .filter(|held| held.account == name.as_str())
            .map(|held| match held.seconds_left(&self.context) {
                0 => "expired in this shell".to_owned(),
                left => format!("{} left in this shell", spoken(left)),
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
        let names = names.filter(|name| name.starts_with(typed));
        Some(names.map(CompletionCandidate::new).collect())
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

/// Gives every argument what completes it, also in the subcommands.
pub(super) fn attach(command: clap::Command, known: &Arc<Known>) -> clap::Command {
    command
        .mut_args(|argument| {
            let id = argument.get_id().as_str();
            let source = if id == ACCOUNT {
                Source::Accounts
            } else if PROFILES.contains(&id) {
                Source::Profiles
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
    /// The subcommands, for `man`.
    Pages,
    /// Programs, and files behind them.
    Programs,
}

struct Completer {
    known: Arc<Known>,
    source: Source,
}

impl ValueCompleter for Completer {
    fn complete(&self, typed: &OsStr) -> Vec<CompletionCandidate> {
        self.complete_at(0, typed)
    }

    fn complete_at(&self, index: usize, typed: &OsStr) -> Vec<CompletionCandidate> {
        let Some(text) = typed.to_str() else {
            return Vec::new();
        };
        match self.source {
            Source::Accounts => self.known.accounts(text).unwrap_or_default(),
            Source::Profiles => self.known.profiles(text).unwrap_or_default(),
            Source::Pages => pages(text),
            Source::Programs if !self.known.escaped => Vec::new(),
            Source::Programs if index == 0 && !text.contains('/') => self.known.programs(text),
            Source::Programs => PathCompleter::any().complete(typed),
        }
    }
}
