use std::path::Path;

use clap::ValueEnum as _;

use crate::account::Config;
use crate::context::Context;
use crate::delivery::replace_files::{Replacement, read};
use crate::delivery::shell::Shell;
use crate::error::{Failure, Result};
use crate::hook::{self, HookOptions};
use crate::setup::block::{self, BEGIN, END, Unended};
use crate::setup::diff;
use crate::setup::rc_file::{self, Place};

/// What is to be done for the hook.
pub(super) struct Plan {
    /// The change of a file, if one is needed.
    pub(super) change: Option<Replacement>,
    /// What the user is told about it.
    pub(super) said: String,
    /// Whether new shells have the hook without any change.
    pub(super) in_place: bool,
}

impl Plan {
    fn of(change: Replacement, said: String) -> Self {
        Self {
            change: Some(change),
            said,
            in_place: false,
        }
    }

    fn nothing(said: String, in_place: bool) -> Self {
        Self {
            change: None,
            said,
            in_place,
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
        Place::Lines { file, lines } => {
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
        Place::Whole { file } => adding_file(context, shell, &file, config),
        Place::ByHand { line, to } => Ok(Plan::nothing(
            format!("The hook of {shell} is a line for you to put into {to}:\n  {line}"),
            false,
        )),
        Place::None => Ok(Plan::nothing(
            format!("There is no hook for {shell}."),
            false,
        )),
    }
}

fn adding_lines(context: &Context, shell: Shell, file: &Path, lines: &str) -> Result<Plan> {
    let shown = context.display_path(file);
    let old = read(file, &shown)?;
    let text = old.as_deref().unwrap_or_default();
    let mut by_hand: Vec<String> = places_by_hand(&shown, text, shell);
    for other in rc_file::beside(context, shell) {
        let shown = context.display_path(&other);
        by_hand.extend(places_by_hand(
            &shown,
            &std::fs::read(&other).unwrap_or_default(),
            shell,
        ));
    }
    let there = block::lines(text);
    if there.is_none() && !by_hand.is_empty() {
        let said = format!(
            "The hook is loaded in {} already; that stays as it is.",
            by_hand.join(" and ")
        );
        return Ok(Plan::nothing(said, true));
    }
    if there.as_deref().is_some_and(block::has_options) {
        let said = format!("The hook in {shown} has options of yours; it stays as it is.");
        return Ok(Plan::nothing(said, true));
    }
    let Some(new) = block::with(old.as_deref(), lines).map_err(|unended| wrong(&shown, unended))?
    else {
        return Ok(Plan::nothing(
            format!("The hook is in {shown} already."),
            true,
        ));
    };
    let said = format!(
        "The hook defines `mfa`. This changes {shown}:\n\n{}",
        shown_diff(text, &new)
    );
    let change = Replacement {
        path: file.to_owned(),
        shown,
        old,
        new: Some(new),
    };
    Ok(Plan::of(change, said))
}

/// nushell evaluates nothing at its start, so the file holds the hook itself.
fn adding_file(context: &Context, shell: Shell, file: &Path, config: &Config) -> Result<Plan> {
    let shown = context.display_path(file);
    let options = HookOptions {
        command: Some("mfa"),
        expiry_notice: true,
    };
    let text = hook::text(shell, options, config)?;
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
        "The hook defines `mfa`. In {shell} it is a file of its own, {what}, {} lines:\n\n  {shown}\n",
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
        Place::Lines { file, .. } => (file, false),
        Place::Whole { file } => (file, true),
        Place::ByHand { to, .. } => {
            let said =
                format!("The line for {shell} was put by hand, into {to}: take it out there.");
            return Ok(Plan::nothing(said, false));
        }
        Place::None => {
            return Ok(Plan::nothing(
                format!("There is no hook for {shell}."),
                false,
            ));
        }
    };
    let shown = context.display_path(&file);
    let old = read(&file, &shown)?;
    let text = old.as_deref().unwrap_or_default();
    let without = if whole {
        is_ours(text).then_some(None)
    } else {
        block::without(text).map_err(|unended| wrong(&shown, unended))?
    };
    let Some(new) = without else {
        let by_hand = places_by_hand(&shown, text, shell);
        let said = if whole && old.is_some() {
            format!("{shown} was put there by hand: delete it yourself.")
        } else if by_hand.is_empty() {
            format!("No hook of setup's is in {shown}.")
        } else {
            format!(
                "The hook in {} was put there by hand: take it out yourself.",
                by_hand.join(" and ")
            )
        };
        return Ok(Plan::nothing(said, false));
    };
    let said = match &new {
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
    Ok(Plan::of(change, said))
}

/// The other shells that have the hook from setup.
pub(super) fn elsewhere(context: &Context, shell: Shell) -> Vec<Shell> {
    let has_hook = |other: &Shell| match rc_file::place(context, *other) {
        Ok(Place::Lines { file, .. }) => {
            block::lines(&std::fs::read(file).unwrap_or_default()).is_some()
        }
        Ok(Place::Whole { file }) => is_ours(&std::fs::read(file).unwrap_or_default()),
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

fn places_by_hand(shown: &str, text: &[u8], shell: Shell) -> Vec<String> {
    block::by_hand(text, &shell.to_string().to_ascii_lowercase())
        .into_iter()
        .map(|line| format!("{shown}, line {line}"))
        .collect()
}

fn wrong(shown: &str, unended: Unended) -> Failure {
    Failure::usage(format!(
        "could not use {shown}, line {}: `{BEGIN}` begins a block that no `{END}` ends",
        unended.line
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
