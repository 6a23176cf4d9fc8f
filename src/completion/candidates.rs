//! The candidates for the arguments: accounts, profiles, settings, programs and the rest, read from config.toml, the
//! AWS files, and PATH.

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
use crate::cli::{Cli, CompletionShell};
use crate::code::device::KnownDevices;
use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::environment::{PreviousAccounts, ShellSession};
use crate::files::executable::is_executable;
use crate::time::format_duration;

/// The clap ID of each argument that is an account, and the tag of its candidates.
pub(super) const ACCOUNT: &str = "account";
/// The clap IDs of arguments that are a profile.
const PROFILES: [&str; 2] = ["source_profile", "to"];
/// The clap IDs of arguments that are a setting, which has the same name in accounts and profiles.
const SETTINGS: [&str; 3] = ["mfa_serial", "region", "role_arn"];
/// The number of accounts above which descriptions are left out. Each takes a resolution of its account, and TAB must
/// stay below 15 M instructions with 1 000 accounts and below 150 M with 10 000 (benches/compare.rs).
const MAX_DESCRIBED: usize = 500;

/// The inputs of the candidates. Files are read only when candidates from them are requested.
pub(super) struct Inputs {
    context: Context,
    /// The file given with `--config` on the line.
    config: Option<PathBuf>,
    /// The number of words after `--`, before the word to complete; `None` if the line has no `--`.
    words_after_escape: Option<usize>,
    /// Whether the line has `--all`, which excludes an account.
    all: bool,
    /// Whether the first word after the hook's command is completed, which `-` may be.
    may_go_back: bool,
    /// The shell that requests candidates.
    shell: CompletionShell,
}

impl Inputs {
    /// Reads the options that matter here from the line. `words`: up to the word to complete.
    pub(super) fn new(context: Context, words: &[OsString], shell: CompletionShell) -> Self {
        let before = &words[1..words.len() - 1];
        let escape = before.iter().position(|word| word == "--");
        let own = &before[..escape.unwrap_or(before.len())];
        let config = own.iter().enumerate().rev().find_map(|(at, word)| {
            let path = match word.to_str()?.strip_prefix("--config")? {
                "" => own.get(at + 1)?.to_str()?,
                value => value.strip_prefix('=')?,
            };
            Some(context.expand_tilde(path))
        });
        Self {
            config,
            words_after_escape: escape.map(|at| before.len() - at - 1),
            may_go_back: words[0] == "mfa" && before.is_empty(),
            all: own.iter().any(|word| word == "--all"),
            shell,
            context,
        }
    }

    /// Whether to offer this name for what was typed. fish and zsh filter by themselves, and match within a name, too.
    fn matches(&self, name: &str, typed: &str) -> bool {
        match self.shell {
            CompletionShell::Fish | CompletionShell::Zsh if !typed.is_empty() => {
                let (name, typed) = (name.as_bytes(), typed.as_bytes());
                let mut parts = name.windows(typed.len());
                parts.any(|part| part.eq_ignore_ascii_case(typed))
            }
            // Case does not matter to PowerShell.
            CompletionShell::Powershell => {
                let start = name.as_bytes().get(..typed.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(typed.as_bytes()))
            }
            _ => name.starts_with(typed),
        }
    }

    fn accounts(&self, typed: &str) -> Option<Vec<CompletionCandidate>> {
        if self.all || self.words_after_escape.is_some() {
            return None;
        }
        let mut config = Config::load(&self.context, self.config.as_deref()).ok()?;
        let profiles = AwsProfiles::load(&self.context).ok()?;
        config.remove_untrusted(&self.context, &profiles);
        let accounts = Accounts {
            config: &config,
            profiles: &profiles,
            context: &self.context,
        };
        let mut names = accounts.names();
        names.retain(|name| self.matches(name.as_str(), typed));
        let described = self.shell != CompletionShell::Bash && names.len() <= MAX_DESCRIBED;
        let known = KnownDevices::new(&self.context);
        let candidate = |name: &AccountName| {
            let help = described.then(|| self.describe(&accounts, &known, name).into());
            CompletionCandidate::new(name.as_str())
                .help(help)
                .tag(Some(ACCOUNT.into()))
        };
        let mut candidates: Vec<_> = names.iter().map(candidate).collect();
        candidates.extend(self.previous_account(typed));
        // The process ends now, and the system frees all of its memory at once. With 10 000 accounts, Drop takes
        // another quarter of the time: 232 instead of 186 ms where this was measured.
        std::mem::forget((config, profiles, names));
        Some(candidates)
    }

    /// The word for the account that the shell held before, if it held one.
    fn previous_account(&self, typed: &str) -> Option<CompletionCandidate> {
        if !self.may_go_back || !typed.is_empty() {
            return None;
        }
        let account = PreviousAccounts::before(&self.context.env)?;
        let help = format!("back to {account}");
        Some(
            CompletionCandidate::new("-")
                .help(Some(help.into()))
                .tag(Some(ACCOUNT.into())),
        )
    }

    /// The description of an account: its target, or the profile with its key, and how long this shell's session of it is
    /// still live.
    fn describe(
        &self,
        accounts: &Accounts<'_>,
        known: &KnownDevices<'_>,
        name: &AccountName,
    ) -> String {
        let target = match accounts.resolve(name.as_str()) {
            Ok(mut account) => {
                known.complete(accounts, &mut account);
                account.target_or_key()
            }
            Err(_) => "cannot be used".to_owned(),
        };
        let session = ShellSession::from_env(&self.context.env)
            .filter(|session| session.account == name.as_str())
            .map(
                |session| match session.seconds_left(self.context.unix_now()) {
                    0 => "expired in this shell".to_owned(),
                    left => format!("{} left in this shell", format_duration(left)),
                },
            );
        match session {
            Some(session) => format!("{target}, {session}"),
            None => target,
        }
    }

    fn profiles(&self, typed: &str) -> Option<Vec<CompletionCandidate>> {
        let profiles = AwsProfiles::load(&self.context).ok()?;
        let names = profiles.names().into_iter();
        let names = names.filter(|name| self.matches(name, typed));
        Some(names.map(CompletionCandidate::new).collect())
    }

    /// The values that one of [`SETTINGS`] has in config.toml and the AWS files.
    fn values(&self, setting: &str, typed: &str) -> Option<Vec<CompletionCandidate>> {
        let mut config = Config::load(&self.context, self.config.as_deref()).ok()?;
        let profiles = AwsProfiles::load(&self.context).ok()?;
        config.remove_untrusted(&self.context, &profiles);
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
        let fitting = all.into_iter().filter(|value| self.matches(value, typed));
        Some(fitting.map(CompletionCandidate::new).collect())
    }

    /// The programs on PATH.
    fn programs(&self, typed: &str) -> Vec<CompletionCandidate> {
        let path = self.context.env.raw("PATH").unwrap_or_default();
        let mut names = BTreeSet::new();
        for directory in std::env::split_paths(path) {
            for file in std::fs::read_dir(directory).into_iter().flatten().flatten() {
                let name = file.file_name();
                if name.to_str().is_some_and(|name| name.starts_with(typed))
                    && is_executable(&file.path())
                {
                    names.insert(name);
                }
            }
        }
        names.into_iter().map(CompletionCandidate::new).collect()
    }
}

/// The subcommands that have a man page: all that are not hidden.
fn pages(typed: &str) -> Vec<CompletionCandidate> {
    let program = Cli::command();
    let visible = program
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name().starts_with(typed));
    visible
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

/// Gives each argument a completer, in the subcommands, too.
pub(super) fn attach(command: clap::Command, inputs: &Arc<Inputs>) -> clap::Command {
    let is_init = command.get_name() == "init";
    command
        .mut_args(|argument| {
            let id = argument.get_id().as_str();
            let kind = if id == ACCOUNT {
                CandidateKind::Accounts
            } else if PROFILES.contains(&id) {
                CandidateKind::Profiles
            } else if let Some(setting) = SETTINGS.iter().find(|setting| **setting == id) {
                CandidateKind::Settings(setting)
            } else if id == "shell" && is_init {
                CandidateKind::Hooks
            } else if id == "page" {
                CandidateKind::Pages
            } else if argument.get_value_hint() == ValueHint::CommandWithArguments {
                CandidateKind::Programs
            } else if id == "config" {
                // clap_complete then offers directories only on the way to a file.
                return argument.value_hint(ValueHint::FilePath);
            } else {
                return argument;
            };
            argument.add(ArgValueCompleter::new(Completer {
                inputs: Arc::clone(inputs),
                kind,
            }))
        })
        .mut_subcommands(|subcommand| attach(subcommand, inputs))
}

/// The kind of an argument's candidates.
#[derive(Clone, Copy)]
enum CandidateKind {
    Accounts,
    Profiles,
    /// The values of this setting in config.toml and the AWS files.
    Settings(&'static str),
    /// The shells that have a hook.
    Hooks,
    /// The subcommands, for `man`.
    Pages,
    /// The command of `exec`: a program, then files.
    Programs,
}

struct Completer {
    inputs: Arc<Inputs>,
    kind: CandidateKind,
}

impl ValueCompleter for Completer {
    fn complete(&self, typed: &OsStr) -> Vec<CompletionCandidate> {
        let Some(text) = typed.to_str() else {
            return Vec::new();
        };
        match self.kind {
            CandidateKind::Accounts => self.inputs.accounts(text).unwrap_or_default(),
            CandidateKind::Profiles => self.inputs.profiles(text).unwrap_or_default(),
            CandidateKind::Settings(setting) => {
                self.inputs.values(setting, text).unwrap_or_default()
            }
            CandidateKind::Hooks => hooks(text),
            CandidateKind::Pages => pages(text),
            CandidateKind::Programs => match self.inputs.words_after_escape {
                // Only `--` can follow the account.
                None if text.is_empty() => vec![CompletionCandidate::new("--")],
                None => Vec::new(),
                Some(0) if !text.contains('/') => self.inputs.programs(text),
                Some(_) => {
                    let mut found = PathCompleter::any().complete(typed);
                    // clap_complete offers the current directory itself, too.
                    found.retain(|candidate| candidate.get_value() != ".");
                    found
                }
            },
        }
    }
}
