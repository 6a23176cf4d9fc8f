use std::path::PathBuf;

use crate::account::config::AccountSettings;
use crate::account::resolve::Accounts;
use crate::account::{Account, AccountName, AwsProfiles, Config};
use crate::cli::{GlobalOptions, SetupArgs};
use crate::context::Context;
use crate::delivery::shell::{Shell, detect};
use crate::error::{Failure, Result};
use crate::files::replace::{Replacement, read, replace_all};
use crate::hook::running_shell::RunningShell;
use crate::interrupt;
use crate::setup::old_scripts;
use crate::setup::proposal::{self, Match, Proposal};
use crate::setup::vault::{self, Vaulted};
use crate::setup::{config_text, rc_file};

mod devices;
mod hook;
mod report;
mod talk;

use devices::LookedUp;
use report::AccountStates;
use talk::Prompter;

/// Finds the accounts there are, writes what they need, and installs the hook. Everything is worked
/// out and agreed on first, and written in the end.
///
/// # Errors
///
/// If there is no account that can be used, or what is there cannot be understood or written; every
/// file is then as it was.
pub fn run(context: &Context, global: &GlobalOptions, args: &SetupArgs) -> Result<u8> {
    let shell = args.shell.unwrap_or_else(|| detect::shell(context));
    let mut talk = Prompter::new(context, args)?;
    if args.remove_hook {
        return remove_hook(context, &mut talk, shell);
    }
    let file = ConfigFile::load(context, global)?;
    let profiles = AwsProfiles::load(context)?;
    let before = Accounts {
        config: &file.config,
        profiles: &profiles,
        context,
    };
    let mut changes = PlannedChanges::default();

    let known = AccountStates::new(&before, &[]);
    let scripts = old_scripts::find(context, &|word| profiles.has_long_term_key(word));
    let vaulted = ask_for_vault(&mut talk, &before, &known, &mut changes)?;
    let resolved: Vec<&Account> = known.resolved().collect();
    let matches: Vec<Match> = scripts
        .iter()
        .filter_map(|script| proposal::matched(&before, &resolved, script))
        .collect();
    let mut proposal = proposal::propose(&before, &resolved, &matches, &vaulted);

    // From here on with the accounts that there will be.
    let config = file.with(&proposal)?.1;
    let accounts = Accounts {
        config: &config,
        ..before
    };
    let known = AccountStates::new(&accounts, &vaulted);
    let devices = devices::look_up(
        &mut talk,
        &accounts,
        &known.ready(),
        &matches,
        &mut proposal,
    )?;
    talk.say(&known.told(&accounts, &devices));
    talk.say(&report::scripts_told(
        context, &scripts, &resolved, &before, &proposal,
    ));
    if known.usable().next().is_none() {
        return Err(report::nothing_usable(&accounts));
    }

    let config = ask_for_config(&mut talk, &file, &proposal, &mut changes)?;
    let hook = ask_for_hook(&mut talk, context, shell, &config, &mut changes)?;
    finish(context, &mut talk, &changes, &devices)?;
    report::warn_of_path(context);
    // Without what was declined, some may not be there.
    let accounts = Accounts {
        config: &config,
        ..accounts
    };
    if !talk.is_dry_run()
        && let Some(first) = first_to_try(&AccountStates::new(&accounts, &vaulted), &devices)
    {
        talk.say(&next_step(context, shell, &hook, &first));
    }
    let is_config = |change: &Replacement| change.path == file.path;
    if global.config.is_some() && changes.files.iter().any(is_config) {
        context
            .console
            .info("the hook reads this config.toml only where AWS_MFA_CONFIG names it");
    }
    Ok(0)
}

/// config.toml, as it is.
struct ConfigFile {
    path: PathBuf,
    shown: String,
    old: Option<Vec<u8>>,
    text: String,
    config: Config,
}

impl ConfigFile {
    /// A file that is missing is an empty one, also that of `--config`: it is to be written.
    fn load(context: &Context, global: &GlobalOptions) -> Result<Self> {
        let flag = global.config.as_deref();
        let Some(path) = Config::place(context, flag) else {
            context.home()?;
            return Err(Failure::usage("could not find a place for config.toml")
                .help("name one with --config or AWS_MFA_CONFIG"));
        };
        let shown = context.display_path(&path);
        let old = read(&path, &shown)?;
        let config = if old.is_some() {
            Config::load(context, flag)?
        } else {
            Config::default()
        };
        Ok(Self {
            text: String::from_utf8_lossy(old.as_deref().unwrap_or_default()).into_owned(),
            path,
            shown,
            old,
            config,
        })
    }

    /// The text with what is proposed, and what it means.
    fn with(&self, proposal: &Proposal) -> Result<(String, Config)> {
        let text = config_text::with(&self.text, proposal, &self.shown)?;
        let mut config = Config::parse(&text, &self.shown)?;
        config.path.clone_from(&self.config.path);
        Ok((text, config))
    }
}

/// What the user agreed to.
#[derive(Default)]
struct PlannedChanges {
    files: Vec<Replacement>,
}

/// Offers profiles through which aws-vault gives the keys that stand in no file; those that the user
/// wants.
fn ask_for_vault(
    talk: &mut Prompter,
    accounts: &Accounts<'_>,
    known: &AccountStates,
    changes: &mut PlannedChanges,
) -> Result<Vec<Vaulted>> {
    let context = accounts.context;
    let vaulted = vault::needed(accounts, &known.without_key());
    if vaulted.is_empty() || !vault::is_installed(context) {
        return Ok(Vec::new());
    }
    let Some((path, _)) = accounts.profiles.files.first() else {
        return Ok(Vec::new());
    };
    let shown = context.display_path(path);
    let old = read(path, &shown)?;
    let text = old.as_deref().unwrap_or_default();
    let new = vault::with_profiles(text, &vaulted);
    let profiles: Vec<&str> = vaulted.iter().map(|one| one.profile.as_str()).collect();
    talk.say(&format!(
        "No file holds the key of {}; aws-vault is installed. To get it from there, this changes {shown}:\n\n{}",
        profiles.join(", "),
        hook::shown_diff(text, &new)
    ));
    if !talk.agrees(&format!("Get the key from aws-vault, and change {shown}?"))? {
        return Ok(Vec::new());
    }
    changes.files.push(Replacement {
        path: path.clone(),
        shown,
        old,
        new: Some(new),
    });
    Ok(vaulted)
}

/// Offers what config.toml needs; what it says in the end.
fn ask_for_config(
    talk: &mut Prompter,
    file: &ConfigFile,
    proposal: &Proposal,
    changes: &mut PlannedChanges,
) -> Result<Config> {
    let shown = &file.shown;
    let (text, config) = file.with(proposal)?;
    if text == file.text {
        talk.say(&match file.old {
            Some(_) => format!("{shown} needs no change."),
            None => format!("All of it is found without {shown}: it is not needed."),
        });
        return Ok(config);
    }
    let verb = if file.old.is_some() {
        "changes"
    } else {
        "makes"
    };
    let diff = crate::setup::diff(&file.text, &text, true);
    talk.say(&format!("This {verb} {shown}:\n\n{diff}"));
    if talk.agrees(&format!("Write {shown}?"))? {
        changes.files.push(Replacement {
            path: file.path.clone(),
            shown: shown.clone(),
            old: file.old.clone(),
            new: Some(text.into_bytes()),
        });
        return Ok(config);
    }
    Ok(file.with(&Proposal::default())?.1)
}

/// The hook that new shells will have.
struct Installed {
    /// Whether they have it.
    in_place: bool,
    /// Whether that is due to a change.
    is_new: bool,
    /// The name of its command, if it has one.
    command: Option<String>,
}

/// Offers the hook.
fn ask_for_hook(
    talk: &mut Prompter,
    context: &Context,
    shell: Shell,
    config: &Config,
    changes: &mut PlannedChanges,
) -> Result<Installed> {
    let plan = hook::adding(context, shell, config)?;
    talk.say(&plan.said);
    let mut hook = Installed {
        in_place: plan.in_place,
        is_new: false,
        command: plan.command,
    };
    if let Some(change) = plan.changes.first() {
        hook.in_place = talk.agrees(&format!("Write {}?", change.shown))?;
        hook.is_new = hook.in_place;
    }
    if hook.is_new {
        changes.files.extend(plan.changes);
    }
    let has_alias = |account: &AccountSettings| account.alias.is_some();
    if !hook.in_place && config.accounts.values().any(has_alias) {
        talk.say("Without the hook, an `alias` in config.toml does nothing.\n");
    }
    Ok(hook)
}

fn remove_hook(context: &Context, talk: &mut Prompter, shell: Shell) -> Result<u8> {
    let plan = hook::removing(context, shell)?;
    talk.say(&plan.said);
    let mut changes = PlannedChanges::default();
    if !plan.changes.is_empty() && talk.agrees("Take the hook out?")? {
        changes.files = plan.changes;
    }
    finish(context, talk, &changes, &LookedUp::default())?;
    for other in hook::elsewhere(context, shell) {
        let name = other.to_string().to_ascii_lowercase();
        talk.say(&format!(
            "{other} has it, too: aws-mfa setup --remove-hook --shell {name}"
        ));
    }
    Ok(0)
}

/// Writes all of it, and says so.
fn finish(
    context: &Context,
    talk: &mut Prompter,
    changes: &PlannedChanges,
    devices: &LookedUp,
) -> Result<()> {
    if talk.is_dry_run() {
        talk.say("This was a dry run: nothing was written.");
        return Ok(());
    }
    interrupt::with_sigint_deferred(|| {
        replace_all(&changes.files)?;
        devices.remember(context);
        Ok::<(), Failure>(())
    })?;
    let (written, deleted): (Vec<&Replacement>, Vec<&Replacement>) =
        changes.files.iter().partition(|file| file.new.is_some());
    for (what, files) in [("Written", &written), ("Deleted", &deleted)] {
        let shown: Vec<&str> = files.iter().map(|file| file.shown.as_str()).collect();
        if !shown.is_empty() {
            talk.say(&format!("{what}: {}.", shown.join(", ")));
        }
    }
    if changes.files.is_empty() {
        talk.say("Nothing was changed.");
    }
    Ok(())
}

/// The account to begin with: one whose key AWS did not just refuse.
fn first_to_try(known: &AccountStates, devices: &LookedUp) -> Option<AccountName> {
    let is_refused = |name: &AccountName| {
        let account = known.resolved().find(|account| account.name == *name);
        account.is_some_and(|account| devices.is_refused(account))
    };
    let works = |name: &&AccountName| !is_refused(name);
    let first = known.usable().find(works);
    first.or_else(|| known.usable().next()).cloned()
}

/// What the user does now.
fn next_step(context: &Context, shell: Shell, hook: &Installed, account: &AccountName) -> String {
    const THEN: &str = "type this, and the code from your MFA device when it is asked for";
    let command = hook.command.as_ref().filter(|_| hook.in_place);
    let Some(command) = command.map(|command| format!("{command} {account}")) else {
        let how = shell.load_command(&format!("aws-mfa env {account}"));
        return format!("\nNext, {THEN}:\n\n  {how}");
    };
    let is_loaded = !hook.is_new && RunningShell::detect(context).mark.is_some();
    match rc_file::load_now(shell) {
        _ if is_loaded => format!("\nNext, {THEN}:\n\n  {command}"),
        // How a hook with options is loaded, its user knows.
        Some(line) if hook.is_new => format!(
            "\nNext, open a new shell, or load the hook here:\n\n  {line}\n\nThen {THEN}:\n\n  {command}"
        ),
        _ => format!("\nNext, open a new shell. There, {THEN}:\n\n  {command}"),
    }
}
