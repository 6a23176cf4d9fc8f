use std::path::Path;

use clap::ValueEnum as _;

use crate::account::Config;
use crate::context::Context;
use crate::delivery::shell::Shell;
use crate::error::{Failure, Result};
use crate::files::replace::{Replacement, read};
use crate::hook::{self, HookOptions};
use crate::setup::block::{self, BEGIN, END, Removal, UnterminatedBlock};
use crate::setup::rc_file::{self, RcLocation};
use crate::setup::{diff, old_scripts};

/// What is to be done for the hook.
pub(super) struct Plan {
    /// The changes of files; none if none is needed.
    pub(super) changes: Vec<Replacement>,
    /// What the user is told about it.
    pub(super) said: String,
    /// Whether new shells have the hook without any change.
    pub(super) in_place: bool,
    /// The name of its command, if it has one.
    pub(super) command: Option<String>,
}

impl Plan {
    fn of(change: Replacement, said: String) -> Self {
        Self {
            changes: vec![change],
            ..Self::nothing(said, false)
        }
    }

    fn nothing(said: String, in_place: bool) -> Self {
        Self {
            changes: Vec::new(),
            said,
            in_place,
            command: Some(COMMAND.to_owned()),
        }
    }

    /// The hook stays as these lines have it.
    fn as_it_is(said: String, lines: &str) -> Self {
        Self {
            command: block::command(lines).map(str::to_owned),
            ..Self::nothing(said, true)
        }
    }
}

/// What is to be done so that new shells have the hook; `config` has the aliases that there will be.
///
/// # Errors
///
/// If a file cannot be read, or has a block without an end.
pub(super) fn adding(context: &Context, shell: Shell, config: &Config) -> Result<Plan> {
    match rc_file::place(context, shell)? {
        RcLocation::Lines { file, lines } => {
            let mut plan = adding_lines(context, shell, &file, lines)?;
            if shell == Shell::Bash
                && let Some(login) = rc_file::login_without_bashrc(context)
            {
                plan.said += &format!(
                    "\nYour login shells read {} and not ~/.bashrc: add `{}` to it.",
                    context.display_path(&login),
                    rc_file::READ_BASHRC
                );
            }
            Ok(plan)
        }
        RcLocation::Whole { file } => adding_file(context, shell, &file, config),
        RcLocation::ByHand { line, to } => Ok(Plan::nothing(
            format!("The hook of {shell} is one line, for you to put into {to}:\n  {line}"),
            false,
        )),
        RcLocation::None => Ok(Plan::nothing(
            format!("There is no hook for {shell}."),
            false,
        )),
    }
}

fn adding_lines(context: &Context, shell: Shell, file: &Path, lines: &str) -> Result<Plan> {
    let shown = context.display_path(file);
    let old = read(file, &shown)?;
    let text = old.as_deref().unwrap_or_default();
    let mut by_hand = lines_by_hand(&shown, text, shell);
    for other in rc_file::beside(context, shell) {
        let shown = context.display_path(&other);
        let text = std::fs::read(&other).unwrap_or_default();
        by_hand.extend(lines_by_hand(&shown, &text, shell));
    }
    let there = block::lines(text);
    if there.is_none() && !by_hand.is_empty() {
        let (places, lines): (Vec<String>, Vec<String>) = by_hand.into_iter().unzip();
        let said = format!(
            "The hook is loaded in {} already; that stays as it is.",
            places.join(" and ")
        );
        return Ok(Plan::as_it_is(said, &lines.join("\n")));
    }
    if let Some(there) = there.filter(|there| block::has_options(there)) {
        let said = format!("The hook in {shown} has options of yours; it stays as it is.");
        return Ok(Plan::as_it_is(said, &there));
    }
    let Some(new) = block::with(old.as_deref(), lines).map_err(|block| wrong(&shown, block))?
    else {
        return Ok(Plan::nothing(
            format!("The hook is in {shown} already."),
            true,
        ));
    };
    let said = format!(
        "{}This changes {shown}:\n\n{}{}",
        defines(context, shell),
        shown_diff(text, &new),
        if is_read_only(file) {
            "\nThe file is read-only, and stays so.\n"
        } else {
            ""
        }
    );
    let change = Replacement {
        path: file.to_owned(),
        shown,
        old,
        new: Some(new),
    };
    Ok(Plan::of(change, said))
}

const COMMAND: &str = "mfa";

/// What the hook's command is called, and what it takes the place of.
fn defines(context: &Context, shell: Shell) -> String {
    let by_rc_file = || {
        let (file, line) = old_scripts::defined(context, shell, COMMAND)?;
        let file = context.display_path(&file);
        Some(format!("{file}, line {line}, defines one, too"))
    };
    let by_path = || {
        let found = context.on_path(COMMAND).into_iter().next()?;
        Some(format!("{} is one, too", context.display_path(&found)))
    };
    let mut text = format!("The hook defines `{COMMAND}`. ");
    if let Some(other) = by_rc_file().or_else(by_path) {
        text += &format!(
            "{other}: in new shells, `{COMMAND}` is the hook's. To keep the other one, answer n, and load the hook with another NAME by hand:\n\n  {}\n\n",
            rc_file::line_with_name(shell)
        );
    }
    text
}

fn is_read_only(file: &Path) -> bool {
    std::fs::metadata(file).is_ok_and(|metadata| metadata.permissions().readonly())
}

/// nushell evaluates nothing at its start, so the file holds the hook itself.
fn adding_file(context: &Context, shell: Shell, file: &Path, config: &Config) -> Result<Plan> {
    let shown = context.display_path(file);
    let options = HookOptions {
        command: Some(COMMAND),
        expiry_notice: true,
    };
    let text = hook::script(shell, options, config)?;
    let new = format!("{BEGIN}\n{text}{END}\n").into_bytes();
    let old = read(file, &shown)?;
    let what = match &old {
        None => "new",
        Some(old) if *old == new => {
            return Ok(Plan::nothing(
                format!("The hook is in {shown} already."),
                true,
            ));
        }
        Some(old) if is_ours(old) => "renewed",
        Some(_) => {
            let said = format!("{shown} was put there by hand; it stays as it is.");
            return Ok(Plan::nothing(said, true));
        }
    };
    let said = format!(
        "{}In {shell}, it is in a {what} file of its own, of {} lines:\n\n  {shown}\n",
        defines(context, shell),
        text.lines().count()
    );
    let change = Replacement {
        path: file.to_owned(),
        shown,
        old,
        new: Some(new),
    };
    Ok(Plan::of(change, said))
}

/// What is to be done so that new shells do not have the hook.
///
/// # Errors
///
/// As [`adding`].
pub(super) fn removing(context: &Context, shell: Shell) -> Result<Plan> {
    let (file, whole) = match rc_file::place(context, shell)? {
        RcLocation::Lines { file, .. } => (file, false),
        RcLocation::Whole { file } => (file, true),
        RcLocation::ByHand { to, .. } => {
            let said = format!("If the hook of {shell} is in {to}, take it out there by hand.");
            return Ok(Plan::nothing(said, false));
        }
        RcLocation::None => {
            return Ok(Plan::nothing(
                format!("There is no hook for {shell}."),
                false,
            ));
        }
    };
    let shown = context.display_path(&file);
    let old = read(&file, &shown)?;
    let text = old.as_deref().unwrap_or_default();
    let removal = match whole {
        true if is_ours(text) => Removal::DeleteFile,
        true => Removal::NoBlock,
        false => block::without(text).map_err(|block| wrong(&shown, block))?,
    };
    let new = match removal {
        Removal::Keep(new) => Some(new),
        Removal::DeleteFile => None,
        Removal::NoBlock => {
            let said = not_removable(&shown, old.as_deref(), shell, whole);
            return Ok(Plan::nothing(said, false));
        }
    };
    let mut said = match &new {
        _ if whole => format!("This deletes {shown}.\n"),
        Some(new) => format!("This changes {shown}:\n\n{}", shown_diff(text, new)),
        None => format!(
            "This deletes {shown}, which setup made:\n\n{}",
            shown_diff(text, b"")
        ),
    };
    let change = Replacement {
        path: file,
        shown,
        old,
        new,
    };
    let mut plan = Plan::of(change, String::new());
    if shell == Shell::Tcsh
        && let Some(path) = rc_file::tcsh_hook(context)
    {
        let shown = context.display_path(&path);
        said += &format!("\nAnd this deletes {shown}, which those lines made.\n");
        plan.changes.push(Replacement {
            old: read(&path, &shown)?,
            path,
            shown,
            new: None,
        });
    }
    Ok(Plan { said, ..plan })
}

/// Why `setup` removes nothing from a file; `whole` if it would be all hook.
fn not_removable(shown: &str, old: Option<&[u8]>, shell: Shell, whole: bool) -> String {
    let by_hand = lines_by_hand(shown, old.unwrap_or_default(), shell);
    let by_hand: Vec<String> = by_hand.into_iter().map(|(place, _)| place).collect();
    if whole && old.is_some() {
        format!("{shown} was put there by hand: delete it yourself.")
    } else if by_hand.is_empty() {
        format!("No hook of setup's is in {shown}.")
    } else {
        format!(
            "The hook in {} was put there by hand: take it out yourself.",
            by_hand.join(" and ")
        )
    }
}

/// The other shells that have the hook from setup.
pub(super) fn elsewhere(context: &Context, shell: Shell) -> Vec<Shell> {
    let has_hook = |other: &Shell| match rc_file::place(context, *other) {
        Ok(RcLocation::Lines { file, .. }) => {
            block::lines(&std::fs::read(file).unwrap_or_default()).is_some()
        }
        Ok(RcLocation::Whole { file }) => is_ours(&std::fs::read(file).unwrap_or_default()),
        _ => false,
    };
    Shell::value_variants()
        .iter()
        .copied()
        .filter(|other| *other != shell && has_hook(other))
        .collect()
}

fn is_ours(text: &[u8]) -> bool {
    text.starts_with(format!("{BEGIN}\n").as_bytes())
}

/// Where somebody put the hook by hand, and the line that loads it.
fn lines_by_hand(shown: &str, text: &[u8], shell: Shell) -> Vec<(String, String)> {
    let lines = String::from_utf8_lossy(text);
    let line = |number: usize| lines.split('\n').nth(number - 1).unwrap_or_default();
    block::by_hand(text, &shell.to_string().to_ascii_lowercase())
        .into_iter()
        .map(|number| (format!("{shown}, line {number}"), line(number).to_owned()))
        .collect()
}

fn wrong(shown: &str, block: UnterminatedBlock) -> Failure {
    Failure::usage(format!(
        "could not use {shown}, line {}: `{BEGIN}` begins a block that no `{END}` ends",
        block.line
    ))
    .help("take that line out, or put the end behind the block; the file is as it was")
}

pub(super) fn shown_diff(old: &[u8], new: &[u8]) -> String {
    diff(
        &String::from_utf8_lossy(old),
        &String::from_utf8_lossy(new),
        false,
    )
}
