//! The changes that install the hook in the shell's rc file, or remove it.

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use crate::account::Config;
use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::error::{Failure, Result};
use crate::files::input;
use crate::files::replace::{Replacement, read};
use crate::hook::{self, HookOptions};
use crate::setup::block::{self, BEGIN, END, Removal, UnterminatedBlock};
use crate::setup::encoding::Encoding;
use crate::setup::new_shell::{NewShell, Start};
use crate::setup::powershell::{Obstacle, PowerShell, Profile};
use crate::setup::rc_file::{self, COMPINIT, RcLocation};
use crate::setup::{diff, old_scripts};

/// The changes that install or remove the hook.
pub(super) struct Plan {
    /// The changes of files; empty if none is needed.
    pub(super) changes: Vec<Replacement>,
    /// The description of the changes, or of the reason for none, for the user.
    pub(super) description: String,
    /// Whether new shells load the hook without any change.
    pub(super) is_installed: bool,
    /// The name of its command, if it has one.
    pub(super) command: Option<String>,
    /// The `PowerShell` whose profile this changes, if it will read it.
    pub(super) powershell: Option<PowerShell>,
    /// Whether zsh completes nothing, because nothing has run `compinit`.
    pub(super) lacks_completion: bool,
}

impl Plan {
    fn change(change: Replacement, description: String) -> Self {
        Self {
            changes: vec![change],
            ..Self::no_change(description, false)
        }
    }

    fn no_change(description: String, is_installed: bool) -> Self {
        Self {
            changes: Vec::new(),
            description,
            is_installed,
            command: Some(COMMAND.to_owned()),
            powershell: None,
            lacks_completion: false,
        }
    }

    /// A plan that keeps the hook which these lines load.
    fn keep(description: String, lines: &str) -> Self {
        Self {
            command: block::command(lines).map(str::to_owned),
            ..Self::no_change(description, true)
        }
    }
}

/// Plans the changes after which new shells load the hook; `config` is the configuration after setup, whose aliases a
/// hook in a file of its own contains. `with_compinit`: whether the block in zsh's rc file runs `compinit` where it is
/// needed.
///
/// # Errors
///
/// If a file cannot be read, or contains a block without an end.
pub(super) fn plan_installation(
    context: &Context,
    shell: Shell,
    config: &Config,
    with_compinit: bool,
) -> Result<Plan> {
    if let Some((powershell, profile)) = ask_powershell(context, shell) {
        return plan_profile(context, powershell, &profile);
    }
    match rc_file::location(context, shell)? {
        RcLocation::Lines { file, lines } => {
            let others = rc_file::other_files(context, shell);
            let (lines, lacks_completion) = match shell {
                Shell::Bash => (lines_of_bash(context, &file), false),
                Shell::Zsh => lines_of_zsh(context, &file, with_compinit),
                _ => (lines.to_owned(), false),
            };
            let mut plan = plan_lines(context, shell, &file, &others, &lines)?;
            plan.lacks_completion = lacks_completion;
            if shell == Shell::Bash
                && let Some(login) = rc_file::login_without_bashrc(context)
            {
                plan.description += &format!(
                    "\nYour login shells read {} and not ~/.bashrc: add `{}` to it.",
                    context.display_path(&login),
                    rc_file::READ_BASHRC
                );
            }
            Ok(plan)
        }
        RcLocation::Whole { file } => plan_file(context, shell, &file, config),
        RcLocation::Manual { line, location } => Ok(Plan::no_change(
            format!("To install the hook of {shell}, add this line to {location}:\n  {line}"),
            false,
        )),
        RcLocation::None => Ok(Plan::no_change(
            format!("There is no hook for {shell}."),
            false,
        )),
    }
}

/// The lines for ~/.bashrc. A login shell may read that file before it extends PATH, as with the ~/.profile of Debian: then
/// they name the path of the program.
fn lines_of_bash(context: &Context, file: &Path) -> String {
    let bare = rc_file::lines(Shell::Bash).to_owned();
    if !rc_file::login_reads_bashrc(context) {
        return bare;
    }
    let asked = NewShell::find(context, Shell::Bash).and_then(|bash| {
        let in_bashrc = bash.ask(Start::WithLoginPath, &[])?.program;
        let after_login = bash.ask(Start::Login, &[])?.program;
        Some((in_bashrc, after_login))
    });
    match asked {
        Some((None, Some(program))) => rc_file::guarded_line_of_bash(context, &program),
        Some(_) => bare,
        // Without an answer, what an earlier run found stays.
        None => existing_line(file).unwrap_or(bare),
    }
}

/// The line of the block in ~/.bashrc that names the path of the program, if it has one.
fn existing_line(file: &Path) -> Option<String> {
    let text = input::read(file).ok()?;
    let block = block::lines(&text)?;
    let line = block.lines().find(|line| line.starts_with("[ ! -x "))?;
    Some(format!("{line}\n"))
}

/// The lines for ~/.zshrc, and whether zsh would complete nothing with them.
fn lines_of_zsh(context: &Context, file: &Path, with_compinit: bool) -> (String, bool) {
    let line = rc_file::lines(Shell::Zsh);
    let text = input::read(file).unwrap_or_default();
    let has_compinit = block::lines(&text).is_some_and(|block| block.contains(COMPINIT));
    if has_compinit || with_compinit {
        return (format!("{COMPINIT}{line}"), false);
    }
    let zsh = NewShell::find(context, Shell::Zsh);
    let answer = zsh.and_then(|zsh| zsh.ask(Start::Interactive, &[]));
    let lacks_completion = answer.is_some_and(|answer| !answer.can_complete);
    (line.to_owned(), lacks_completion)
}

/// The `PowerShell` that is set up, and what it says of its profile, if there is one that answers.
fn ask_powershell(context: &Context, shell: Shell) -> Option<(PowerShell, Profile)> {
    if shell != Shell::Powershell {
        return None;
    }
    let powershell = PowerShell::find(context)?;
    let profile = powershell.profile()?;
    Some((powershell, profile))
}

/// Plans the block in the profile of `PowerShell`, and says what keeps that from being read.
fn plan_profile(context: &Context, powershell: PowerShell, profile: &Profile) -> Result<Plan> {
    let others = [rc_file::profile_of_console(&profile.file)];
    let lines = rc_file::lines(Shell::Powershell);
    let mut plan = plan_lines(context, Shell::Powershell, &profile.file, &others, lines)?;
    let Some(Obstacle { policy, is_imposed }) = &profile.obstacle else {
        plan.powershell = Some(powershell);
        return Ok(plan);
    };
    plan.description += &if *is_imposed {
        format!(
            "\nPowerShell does not read that file: an administrator has set its execution policy to {policy}. Without \
             that file, load the hook in each shell:\n\n  {}\n",
            lines.trim_end()
        )
    } else {
        format!(
            "\nPowerShell does not read that file: its execution policy is {policy}. To allow scripts from this machine, \
             for you alone, run this in PowerShell:\n\n  Set-ExecutionPolicy -Scope CurrentUser RemoteSigned\n"
        )
    };
    Ok(plan)
}

/// Plans the block in an rc file, unless the user has added a line that loads the hook, there or in another file, or
/// options to the block.
fn plan_lines(
    context: &Context,
    shell: Shell,
    file: &Path,
    others: &[PathBuf],
    lines: &str,
) -> Result<Plan> {
    let display = context.display_path(file);
    let old = read(file, &display)?;
    let (encoding, decoded) = decode(&display, old.as_deref())?;
    let text = decoded.as_deref().unwrap_or_default();
    let mut unmanaged = unmanaged_lines(&display, text, shell);
    for other in others {
        let display = context.display_path(other);
        let text = input::read(other).unwrap_or_default();
        let text = Encoding::detect(&text).decode(&text).unwrap_or(text);
        unmanaged.extend(unmanaged_lines(&display, &text, shell));
    }
    let existing = block::lines(text);
    if existing.is_none() && !unmanaged.is_empty() {
        let (locations, lines): (Vec<String>, Vec<String>) = unmanaged.into_iter().unzip();
        let description = format!(
            "The hook is already loaded in {}; that line is not changed.",
            locations.join(" and ")
        );
        return Ok(Plan::keep(description, &lines.join("\n")));
    }
    if let Some(existing) = existing.filter(|existing| block::has_options(existing)) {
        let description = format!("You added options to the hook in {display}; it is not changed.");
        return Ok(Plan::keep(description, &existing));
    }
    let Some(new) =
        block::with(decoded.as_deref(), lines).map_err(|block| unterminated(&display, block))?
    else {
        return Ok(Plan::no_change(
            format!("The hook is already in {display}."),
            true,
        ));
    };
    let description = format!(
        "{}This changes {display}:\n\n{}{}",
        describe_command(context, shell),
        display_diff(text, &new),
        if is_read_only(file) {
            "\nThe file is read-only, and remains so.\n"
        } else {
            ""
        }
    );
    let change = replacement(file, display, old, encoding.encode(&new));
    Ok(Plan::change(change, description))
}

/// The encoding of an rc file, and its content as bytes that contain ASCII.
fn decode(display: &str, content: Option<&[u8]>) -> Result<(Encoding, Option<Vec<u8>>)> {
    let Some(content) = content else {
        return Ok((Encoding::Bytes, None));
    };
    let encoding = Encoding::detect(content);
    let decoded = encoding.decode(content).ok_or_else(|| {
        Failure::usage(format!(
            "could not change {display}: it begins as UTF-16, but is not UTF-16 text throughout"
        ))
        .help("save it as UTF-8 with an editor, and run `aws-mfa setup` again; the file was not changed")
    })?;
    Ok((encoding, Some(decoded)))
}

fn replacement(file: &Path, display: String, old: Option<Vec<u8>>, new: Vec<u8>) -> Replacement {
    Replacement {
        path: file.to_owned(),
        display,
        old,
        new: Some(new),
    }
}

/// The name of the hook's command.
const COMMAND: &str = "mfa";

/// Tells the user the name of the hook's command, and which other command of that name it takes precedence over.
fn describe_command(context: &Context, shell: Shell) -> String {
    let in_rc_file = || {
        let (file, line) = old_scripts::find_definition(context, shell, COMMAND)?;
        let file = context.display_path(&file);
        Some(format!("{file}, line {line}, defines it, too"))
    };
    let in_path = || {
        let found = context.on_path(COMMAND).into_iter().next()?;
        Some(format!(
            "{} has the same name",
            context.display_path(&found)
        ))
    };
    let mut text = format!("The hook defines `{COMMAND}`. ");
    if let Some(other) = in_rc_file().or_else(in_path) {
        text += &format!(
            "{other}, and the hook's is to take its place. \
             To keep the other one, answer n, and load the hook yourself under another NAME:\n\n  {}\n\n",
            rc_file::line_with_name(shell)
        );
    }
    text
}

fn is_read_only(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().readonly())
}

/// Plans a file that contains the hook itself: nushell cannot evaluate the output of a command when it starts
/// (<https://www.nushell.sh/book/how_nushell_code_gets_run.html>).
fn plan_file(context: &Context, shell: Shell, file: &Path, config: &Config) -> Result<Plan> {
    let display = context.display_path(file);
    let options = HookOptions {
        command: Some(COMMAND),
        expiry_notice: true,
        prompt: false,
    };
    let text = hook::script(shell, options, config)?;
    let new = format!("{BEGIN}\n{text}{END}\n").into_bytes();
    let old = read(file, &display)?;
    let verb = match &old {
        None => "creates",
        Some(old) if *old == new => {
            return Ok(Plan::no_change(
                format!("The hook is already in {display}."),
                true,
            ));
        }
        Some(old) if is_hook_file(old) => "updates",
        Some(_) => {
            let description = format!("{display} was not created by setup; it is not changed.");
            return Ok(Plan::no_change(description, true));
        }
    };
    let description = format!(
        "{}For {shell}, this {verb} a file with the hook, of {} lines:\n\n  {display}\n",
        describe_command(context, shell),
        text.lines().count()
    );
    let change = replacement(file, display, old, new);
    Ok(Plan::change(change, description))
}

/// Plans the changes after which new shells no longer load the hook.
///
/// # Errors
///
/// The same as for [`plan_installation`].
pub(super) fn plan_removal(context: &Context, shell: Shell) -> Result<Plan> {
    let asked = ask_powershell(context, shell);
    let location = match asked {
        Some((_, profile)) => RcLocation::Lines {
            file: profile.file,
            lines: rc_file::lines(shell),
        },
        None => rc_file::location(context, shell)?,
    };
    let (file, whole) = match location {
        RcLocation::Lines { file, .. } => (file, false),
        RcLocation::Whole { file } => (file, true),
        RcLocation::Manual { location, .. } => {
            let description = format!(
                "If the line that loads the hook of {shell} is in {location}, remove it there."
            );
            return Ok(Plan::no_change(description, false));
        }
        RcLocation::None => {
            return Ok(Plan::no_change(
                format!("There is no hook for {shell}."),
                false,
            ));
        }
    };
    let display = context.display_path(&file);
    let old = read(&file, &display)?;
    let (encoding, decoded) = decode(&display, old.as_deref())?;
    let text = decoded.as_deref().unwrap_or_default();
    let removal = match whole {
        true if is_hook_file(text) => Removal::DeleteFile,
        true => Removal::NoBlock,
        false => block::without(text).map_err(|block| unterminated(&display, block))?,
    };
    let new = match removal {
        Removal::Keep(new) => Some(new),
        Removal::DeleteFile => None,
        Removal::NoBlock => {
            let description = describe_no_removal(&display, decoded.as_deref(), shell, whole);
            return Ok(Plan::no_change(description, false));
        }
    };
    let mut description = match &new {
        _ if whole => format!("This deletes {display}.\n"),
        Some(new) => format!("This changes {display}:\n\n{}", display_diff(text, new)),
        None => format!(
            "This deletes {display}, which setup created:\n\n{}",
            display_diff(text, b"")
        ),
    };
    let change = Replacement {
        path: file,
        display,
        old,
        new: new.map(|new| encoding.encode(&new)),
    };
    let mut plan = Plan::change(change, String::new());
    if shell == Shell::Tcsh
        && let Some(path) = rc_file::tcsh_hook(context)
    {
        let display = context.display_path(&path);
        description += &format!("\nThis also deletes {display}, which those lines created.\n");
        plan.changes.push(Replacement {
            old: read(&path, &display)?,
            path,
            display,
            new: None,
        });
    }
    Ok(Plan {
        description,
        ..plan
    })
}

/// The reason why `setup` removes nothing from a file; with `whole`, the file would contain nothing but the hook.
fn describe_no_removal(display: &str, old: Option<&[u8]>, shell: Shell, whole: bool) -> String {
    let unmanaged = unmanaged_lines(display, old.unwrap_or_default(), shell);
    let locations: Vec<String> = unmanaged
        .into_iter()
        .map(|(location, _)| location)
        .collect();
    if whole && old.is_some() {
        format!("{display} was not created by setup; delete it yourself.")
    } else if locations.is_empty() {
        format!("setup has added no hook to {display}.")
    } else {
        format!(
            "The hook in {} was not added by setup; remove it yourself.",
            locations.join(" and ")
        )
    }
}

/// The other shells for which setup installed the hook.
pub(super) fn other_shells(context: &Context, shell: Shell) -> Vec<Shell> {
    let has_hook = |other: &Shell| match rc_file::location(context, *other) {
        Ok(RcLocation::Lines { file, .. }) => {
            block::lines(&input::read(&file).unwrap_or_default()).is_some()
        }
        Ok(RcLocation::Whole { file }) => is_hook_file(&input::read(&file).unwrap_or_default()),
        _ => false,
    };
    Shell::value_variants()
        .iter()
        .copied()
        .filter(|other| *other != shell && has_hook(other))
        .collect()
}

fn is_hook_file(text: &[u8]) -> bool {
    text.starts_with(format!("{BEGIN}\n").as_bytes())
}

/// The lines with which the user loads the hook outside of setup's block, each with its location.
fn unmanaged_lines(display: &str, text: &[u8], shell: Shell) -> Vec<(String, String)> {
    let lines = String::from_utf8_lossy(text);
    let line = |number: usize| lines.split('\n').nth(number - 1).unwrap_or_default();
    block::unmanaged_lines(text, &shell.to_string().to_ascii_lowercase())
        .into_iter()
        .map(|number| (format!("{display}, line {number}"), line(number).to_owned()))
        .collect()
}

fn unterminated(display: &str, block: UnterminatedBlock) -> Failure {
    Failure::usage(format!(
        "could not use {display}, line {}: `{BEGIN}` has no matching `{END}`",
        block.line
    ))
    .help("remove that line, or add the missing one after the block; the file was not changed")
}

/// The difference of two files' contents, for the user.
pub(super) fn display_diff(old: &[u8], new: &[u8]) -> String {
    diff(
        &String::from_utf8_lossy(old),
        &String::from_utf8_lossy(new),
        false,
    )
}
