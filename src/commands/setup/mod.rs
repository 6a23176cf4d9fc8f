//! `aws-mfa setup`: finds accounts, old scripts and devices, proposes changes of config.toml, ~/.aws/config and the rc
//! file, and writes those that the user accepts. It never changes a key, nor a line that it did not write.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::account::aws_profiles::FileKind;
use crate::account::config::AccountSettings;
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, AwsProfiles, Config};
use crate::cli::{GlobalOptions, SetupArgs};
use crate::commands::hidden_commands::HookInNewShells;
use crate::console::first_names;
use crate::context::Context;
use crate::delivery::saved_profile::{SavedProfile, saved_session};
use crate::delivery::shell::{Shell, detect};
use crate::error::{Failure, Result};
use crate::files::replace::{Replacement, has_other_names, read, replace_all, split_link};
use crate::hook::running_shell::RunningShell;
use crate::interrupt;
use crate::setup::old_scripts;
use crate::setup::powershell::PowerShell;
use crate::setup::proposal::{self, MatchedScript, Proposal};
use crate::setup::vault::{self, Vaulted};
use crate::setup::{config_text, rc_file};

mod devices;
mod hook;
mod prompter;
mod report;

use devices::FoundDevices;
use prompter::Prompter;
use report::AccountStates;

/// Finds the accounts, writes what they need, and installs the hook. Every change is determined and confirmed before
/// the first one is written.
///
/// # Errors
///
/// If there is no account that can be used, or a file cannot be understood or written; every file is then as it was.
pub fn run(context: &Context, global: &GlobalOptions, args: &SetupArgs) -> Result<u8> {
    let shell = args.shell.unwrap_or_else(|| detect::shell(context));
    let mut prompter = Prompter::new(context, args)?;
    if args.remove_hook {
        return remove_hook(context, &mut prompter, shell);
    }
    let file = ConfigFile::load(context, global)?;
    let profiles = AwsProfiles::load(context)?;
    for warning in profiles.warnings(context) {
        context.console.warn(&warning);
    }
    let before = Accounts {
        config: &file.config,
        profiles: &profiles,
        context,
    };
    let mut changes = PlannedChanges::default();
    let Found {
        vaulted,
        matches,
        mut proposal,
        scripts,
    } = find(&mut prompter, &before, &mut changes)?;

    // From here on with the accounts that the proposal adds.
    let config = file.with(&proposal)?.1;
    let accounts = Accounts {
        config: &config,
        ..before
    };
    let states = AccountStates::new(&accounts, &vaulted);
    let devices = devices::look_up(
        &mut prompter,
        &accounts,
        &states.ready(),
        &matches,
        &mut proposal,
    )?;
    prompter.print(&states.describe(&accounts, &devices));
    prompter.print(&scripts);
    if states.usable().next().is_none() {
        return Err(report::no_usable_account(&accounts));
    }

    ask_for_persist(
        &mut prompter,
        &accounts,
        &file.config,
        &states,
        &mut proposal,
    )?;
    let config = ask_for_config(&mut prompter, &file, &proposal, &mut changes)?;
    let hook = ask_for_hook(&mut prompter, context, shell, &config, &mut changes)?;
    finish(context, &mut prompter, &changes, &devices)?;
    report::warn_about_path(context);
    if !prompter.is_dry_run() {
        hook.check(context, shell, &config);
    }
    // Without the changes that the user declined, an account may be missing.
    let accounts = Accounts {
        config: &config,
        ..accounts
    };
    if !prompter.is_dry_run()
        && let Some(first) = first_to_try(&AccountStates::new(&accounts, &vaulted), &devices)
    {
        prompter.print(&next_step(context, shell, &hook, &first));
    }
    if global.config.is_some() && changes.contains(&file.path) {
        context
            .console
            .info("the hook reads this config.toml only if AWS_MFA_CONFIG names it");
    }
    Ok(0)
}

/// The findings from which the changes follow.
struct Found {
    /// The profiles whose key aws-vault will provide.
    vaulted: Vec<Vaulted>,
    /// The old scripts that belong to one account.
    matches: Vec<MatchedScript>,
    /// The additions to config.toml, still without devices that have to be looked up.
    proposal: Proposal,
    /// The description of the old scripts for the user.
    scripts: String,
}

/// Finds old scripts and keys in aws-vault, and derives the additions to config.toml.
fn find(
    prompter: &mut Prompter,
    accounts: &Accounts<'_>,
    changes: &mut PlannedChanges,
) -> Result<Found> {
    let context = accounts.context;
    let states = AccountStates::new(accounts, &[]);
    let scripts = old_scripts::find(context, &|word| accounts.profiles.has_long_term_key(word));
    let vaulted = ask_for_vault(prompter, accounts, &states, changes)?;
    let resolved: Vec<&Account> = states.resolved().collect();
    let matches: Vec<MatchedScript> = scripts
        .iter()
        .filter_map(|script| proposal::match_script(accounts, &resolved, script))
        .collect();
    let proposal = proposal::propose(accounts, &resolved, &matches, &vaulted);
    let scripts = report::describe_scripts(context, &scripts, &resolved, accounts, &proposal);
    Ok(Found {
        vaulted,
        matches,
        proposal,
        scripts,
    })
}

/// config.toml, before any change.
struct ConfigFile {
    path: PathBuf,
    display: String,
    old: Option<Vec<u8>>,
    text: String,
    config: Config,
}

impl ConfigFile {
    /// Reads the file. A missing file counts as an empty one, even with `--config`: setup writes it.
    fn load(context: &Context, global: &GlobalOptions) -> Result<Self> {
        let flag = global.config.as_deref();
        let Some(path) = Config::file_path(context, flag) else {
            context.home()?;
            return Err(
                Failure::usage("could not determine the location of config.toml")
                    .help("name the file with --config or AWS_MFA_CONFIG"),
            );
        };
        let display = context.display_path(&path);
        let old = read(&path, &display)?;
        let config = if old.is_some() {
            Config::load(context, flag)?
        } else {
            Config::default()
        };
        Ok(Self {
            text: String::from_utf8_lossy(old.as_deref().unwrap_or_default()).into_owned(),
            path,
            display,
            old,
            config,
        })
    }

    /// The text with the proposed additions, and the configuration that it describes.
    fn with(&self, proposal: &Proposal) -> Result<(String, Config)> {
        let text = config_text::with(&self.text, proposal, &self.display)?;
        let mut config = Config::parse(&text, &self.display)?;
        config.path.clone_from(&self.config.path);
        Ok((text, config))
    }
}

/// The changes that the user confirmed.
#[derive(Default)]
struct PlannedChanges {
    files: Vec<Replacement>,
}

impl PlannedChanges {
    /// Whether this file is changed.
    fn contains(&self, path: &Path) -> bool {
        self.files.iter().any(|change| change.path == path)
    }
}

/// Offers to add profiles whose key aws-vault provides, for the accounts whose key is in no file. Returns those that
/// the user accepts.
fn ask_for_vault(
    prompter: &mut Prompter,
    accounts: &Accounts<'_>,
    states: &AccountStates,
    changes: &mut PlannedChanges,
) -> Result<Vec<Vaulted>> {
    let context = accounts.context;
    let vaulted = vault::needed(accounts, &states.without_key());
    if vaulted.is_empty() || !vault::is_installed(context) {
        return Ok(Vec::new());
    }
    let Some(path) = accounts.profiles.path(FileKind::Config) else {
        return Ok(Vec::new());
    };
    let display = context.display_path(path);
    let old = read(path, &display)?;
    let text = old.as_deref().unwrap_or_default();
    let new = vault::with_profiles(text, &vaulted);
    let profiles: Vec<&str> = vaulted.iter().map(|one| one.profile.as_str()).collect();
    prompter.print(&format!(
        "No file contains the key of {}, and aws-vault is installed. \
         To get the key from aws-vault, this changes {display}:\n\n{}",
        profiles.join(", "),
        hook::display_diff(text, &new)
    ));
    if !prompter.confirm(&format!(
        "Get the key from aws-vault, and change {display}?"
    ))? {
        return Ok(Vec::new());
    }
    changes.files.push(Replacement {
        path: path.to_owned(),
        display,
        old,
        new: Some(new),
    });
    Ok(vaulted)
}

/// Offers to keep the profiles up to date that hold saved sessions, such as those that an old script has written: other
/// programs may use them. What the user accepts is added to the proposal. `current` is config.toml with the files that it
/// includes, where the user may have decided already.
fn ask_for_persist(
    prompter: &mut Prompter,
    accounts: &Accounts<'_>,
    current: &Config,
    states: &AccountStates,
    proposal: &mut Proposal,
) -> Result<()> {
    let usable: BTreeSet<&AccountName> = states.usable().collect();
    let is_decided = |name: &AccountName| {
        let settings = current.accounts.get(name.as_str());
        settings.is_some_and(|settings| settings.persist.is_some())
    };
    let is_in_defaults = current.defaults.persist.is_some();
    let mut found: BTreeMap<&str, &AccountName> = BTreeMap::new();
    for account in states.resolved().filter(|_| !is_in_defaults) {
        if saved_session(accounts.profiles, &account.save_to).is_some()
            && usable.contains(&account.name)
            && !is_decided(&account.name)
            && SavedProfile::new(accounts, account, None, false)
                .check(accounts, account)
                .is_ok()
        {
            found.entry(&account.save_to).or_insert(&account.name);
        }
    }
    let Some((profile, account)) = found.first_key_value() else {
        return Ok(());
    };
    let profiles: Vec<&str> = found.keys().copied().collect();
    let (hold, these) = match profiles.len() {
        1 => ("This profile holds a saved session", "this profile"),
        _ => ("These profiles hold saved sessions", "these profiles"),
    };
    prompter.print(&format!(
        "{hold}: {}.\nPrograms that name the profile read it from the file, as `aws --profile {profile}`\n\
         does. With `persist = true` in config.toml, `mfa {account}` also writes each\nsession there.\n",
        first_names(&profiles, ", ")
    ));
    if prompter.confirm(&format!("Go on saving sessions to {these}?"))? {
        for (profile, account) in found {
            let why = format!("profile {profile} is kept up to date");
            proposal.add(account, "persist", true, why);
        }
    }
    Ok(())
}

/// Offers the additions to config.toml; returns the configuration with them if the user accepts, else without.
fn ask_for_config(
    prompter: &mut Prompter,
    file: &ConfigFile,
    proposal: &Proposal,
    changes: &mut PlannedChanges,
) -> Result<Config> {
    let display = &file.display;
    let (text, config) = file.with(proposal)?;
    if text == file.text {
        prompter.print(&match file.old {
            Some(_) => format!("{display} needs no change."),
            None => format!("{display} is not needed: all of this is found without it."),
        });
        return Ok(config);
    }
    let verb = if file.old.is_some() {
        "changes"
    } else {
        "creates"
    };
    let diff = crate::setup::diff(&file.text, &text, true);
    prompter.print(&format!("This {verb} {display}:\n\n{diff}"));
    if prompter.confirm(&format!("Write {display}?"))? {
        changes.files.push(Replacement {
            path: file.path.clone(),
            display: display.clone(),
            old: file.old.clone(),
            new: Some(text.into_bytes()),
        });
        return Ok(config);
    }
    Ok(file.with(&Proposal::default())?.1)
}

/// The hook of new shells, after the changes are written.
struct InstalledHook {
    /// Whether new shells load the hook.
    is_installed: bool,
    /// Whether this run installed it.
    is_new: bool,
    /// The name of its command, if it has one.
    command: Option<String>,
    /// The `PowerShell` that should load it now.
    powershell: Option<PowerShell>,
}

impl InstalledHook {
    /// Starts a new shell and tells the user whether it loads the hook, and whether the commands are the hook's there.
    /// Nothing is said of a shell that cannot be asked.
    fn check(&self, context: &Context, shell: Shell, config: &Config) {
        if let Some(powershell) = self.powershell.as_ref().filter(|_| self.is_new) {
            if powershell.loads_hook() {
                context.console.info("a new PowerShell loads the hook");
            } else {
                warn_of_unloaded_hook(context, "PowerShell");
            }
            return;
        }
        if !self.is_installed {
            return;
        }
        let Some(state) = HookInNewShells::new(context, shell, config, self.command.as_deref())
        else {
            return;
        };
        if let Some(shell) = &state.without_hook {
            warn_of_unloaded_hook(context, shell);
            return;
        }
        for hidden in &state.hidden {
            context
                .console
                .warn(&format!("{}: {}", hidden.problem, hidden.fix));
        }
        if state.commands.is_empty() {
            context
                .console
                .info(&format!("a new {shell} loads the hook"));
        } else {
            let commands = state.commands.join("`, `");
            context.console.info(&format!(
                "a new {shell} loads the hook; its commands are: `{commands}`"
            ));
        }
    }
}

fn warn_of_unloaded_hook(context: &Context, shell: &str) {
    context.console.warn(&format!(
        "a new {shell} did not load the hook: look at what one prints when it starts, then run `aws-mfa doctor` in it"
    ));
}

/// Offers the hook.
fn ask_for_hook(
    prompter: &mut Prompter,
    context: &Context,
    shell: Shell,
    config: &Config,
    changes: &mut PlannedChanges,
) -> Result<InstalledHook> {
    let mut plan = hook::plan_installation(context, shell, config, false)?;
    if plan.lacks_completion {
        let with_compinit = hook::plan_installation(context, shell, config, true)?;
        if with_compinit.changes.is_empty() {
            prompter.print(
                "TAB completes nothing in this zsh. To change that, put this before the hook's line:\n\n  \
                 autoload -Uz compinit && compinit\n",
            );
        } else {
            prompter.print(
                "TAB completes no accounts in this zsh: nothing in its rc files runs `compinit`.\n",
            );
            if prompter.confirm("Turn on completion in zsh, with the hook?")? {
                plan = with_compinit;
            }
        }
    }
    prompter.print(&plan.description);
    let mut hook = InstalledHook {
        is_installed: plan.is_installed,
        is_new: false,
        command: plan.command,
        powershell: plan.powershell,
    };
    if let Some(change) = plan.changes.first() {
        hook.is_installed = prompter.confirm(&format!("Write {}?", change.display))?;
        hook.is_new = hook.is_installed;
    }
    if hook.is_new {
        changes.files.extend(plan.changes);
    }
    let has_alias = |account: &AccountSettings| account.alias.is_some();
    if !hook.is_installed && config.accounts.values().any(has_alias) {
        prompter.print("Without the hook, an `alias` in config.toml has no effect.\n");
    }
    Ok(hook)
}

fn remove_hook(context: &Context, prompter: &mut Prompter, shell: Shell) -> Result<u8> {
    let plan = hook::plan_removal(context, shell)?;
    prompter.print(&plan.description);
    let mut changes = PlannedChanges::default();
    if !plan.changes.is_empty() && prompter.confirm("Remove the hook?")? {
        changes.files = plan.changes;
    }
    finish(context, prompter, &changes, &FoundDevices::default())?;
    for other in hook::other_shells(context, shell) {
        let name = other.to_string().to_ascii_lowercase();
        prompter.print(&format!(
            "{other} has the hook, too; to remove it, run `aws-mfa setup --remove-hook --shell {name}`"
        ));
    }
    Ok(0)
}

/// Writes the changes, all or none, and reports them.
fn finish(
    context: &Context,
    prompter: &mut Prompter,
    changes: &PlannedChanges,
    devices: &FoundDevices,
) -> Result<()> {
    if prompter.is_dry_run() {
        prompter.print("This was a dry run: nothing was written.");
        return Ok(());
    }
    let other_names: Vec<&Replacement> = changes
        .files
        .iter()
        .filter(|file| has_other_names(&file.path))
        .collect();
    interrupt::with_sigint_deferred(|| {
        replace_all(&changes.files)?;
        devices.cache(context);
        Ok::<(), Failure>(())
    })?;
    let (written, deleted): (Vec<&Replacement>, Vec<&Replacement>) =
        changes.files.iter().partition(|file| file.new.is_some());
    for (what, files) in [("Written", &written), ("Deleted", &deleted)] {
        let display: Vec<&str> = files.iter().map(|file| file.display.as_str()).collect();
        if !display.is_empty() {
            prompter.print(&format!("{what}: {}.", display.join(", ")));
        }
    }
    for file in other_names {
        context.console.warn(&split_link(&file.display));
    }
    if changes.files.is_empty() {
        prompter.print("Nothing was changed.");
    }
    Ok(())
}

/// The account that the user should try first: preferably one whose key AWS did not refuse during the look-up.
fn first_to_try(states: &AccountStates, devices: &FoundDevices) -> Option<AccountName> {
    let is_refused = |name: &AccountName| {
        let account = states.resolved().find(|account| account.name == *name);
        account.is_some_and(|account| devices.is_refused(account))
    };
    let not_refused = states.usable().find(|name| !is_refused(name));
    not_refused.or_else(|| states.usable().next()).cloned()
}

/// The instructions at the end: how the user loads the first session.
fn next_step(
    context: &Context,
    shell: Shell,
    hook: &InstalledHook,
    account: &AccountName,
) -> String {
    const TRY_IT: &str = "type this, and enter the code from your MFA device when asked for it";
    let command = hook.command.as_ref().filter(|_| hook.is_installed);
    let Some(command) = command.map(|command| format!("{command} {account}")) else {
        let command = shell.load_command(&format!("aws-mfa env {account}"));
        return format!("\nNext, {TRY_IT}:\n\n  {command}");
    };
    let is_loaded = !hook.is_new && RunningShell::detect(context).marker.is_some();
    match rc_file::load_now(shell) {
        _ if is_loaded => format!("\nNext, {TRY_IT}:\n\n  {command}"),
        // Not for a hook that is already installed: the user may have given it options.
        Some(line) if hook.is_new => format!(
            "\nNext, open a new shell, or load the hook here:\n\n  {line}\n\nThen {TRY_IT}:\n\n  {command}"
        ),
        _ => format!("\nNext, open a new shell. There, {TRY_IT}:\n\n  {command}"),
    }
}
