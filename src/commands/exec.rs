//! `aws-mfa exec`: runs a command with a session in its environment.

use std::ffi::OsString;
use std::io::IsTerminal as _;

use super::{LoadedConfig, session_provider};
use crate::cli::{ExecArgs, GlobalOptions};
use crate::context::Context;
use crate::credentials::MfaCode;
use crate::delivery::child;
use crate::delivery::session_changes::start_with_session;
use crate::error::{Failure, Result};
use crate::time::format_duration;

/// Runs a command with a session: the one that this shell holds, a shared one, or a new one. On Unix the command
/// replaces this process, so the function returns only on failure; elsewhere it returns the command's exit status.
/// Without a command, the user's shell is started at a terminal.
///
/// # Errors
///
/// If there is no session, or the command cannot be run.
pub fn run(context: &Context, global: &GlobalOptions, args: &ExecArgs) -> Result<u8> {
    let command = command(context, args)?;
    let sources = LoadedConfig::load(context, global)?;
    let accounts = sources.accounts(context);
    let mut account = accounts.resolve_with(&args.account, &args.options.overrides)?;
    let code: Vec<String> = args.code.iter().cloned().collect();
    let usage_hint = format!("aws-mfa exec {} --code", account.name);
    let provider = session_provider(&accounts, &args.options);
    let session = provider.session(&mut account, &code, &usage_hint)?.session;
    if args.command.is_empty() {
        context.console.info(&format!(
            "{}: this shell has a session, live for {}; exit ends it",
            account.name,
            format_duration(session.expires_at - context.unix_now())
        ));
    }
    child::run(
        &start_with_session(&context.env, &account, &session),
        &command,
    )
}

/// The command to run: without one, the user's shell at a terminal.
///
/// # Errors
///
/// If there is neither a command nor a terminal, or the command is an MFA code: both before a code is asked for.
fn command(context: &Context, args: &ExecArgs) -> Result<Vec<OsString>> {
    let account = &args.account;
    let Some(program) = args.command.first() else {
        let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        if !is_terminal {
            return Err(Failure::usage("there is no command to run").help(format!(
                "name it, as in `aws-mfa exec {account} -- aws sts get-caller-identity`; \
                 without one, `exec` starts a shell at a terminal"
            )));
        }
        let default = if cfg!(windows) { "COMSPEC" } else { "SHELL" };
        let shell = context.env.raw(default).filter(|shell| !shell.is_empty());
        let fallback = if cfg!(windows) { "cmd.exe" } else { "/bin/sh" };
        return Ok(vec![shell.unwrap_or(fallback.as_ref()).to_owned()]);
    };
    let is_code = program
        .to_str()
        .is_some_and(|text| MfaCode::parse(text).is_ok());
    if is_code && context.on_path(&program.to_string_lossy()).is_empty() {
        return Err(Failure::no_command(
            "could not run the command: it looks like an MFA code, and there is no such program",
        )
        .help(format!(
            "give the code as in `aws-mfa exec {account} --code CODE -- COMMAND`"
        )));
    }
    Ok(args.command.clone())
}
