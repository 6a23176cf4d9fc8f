//! `aws-mfa exec`: runs a command with a session in its environment.

use super::{LoadedConfig, session_provider};
use crate::cli::{ExecArgs, GlobalOptions};
use crate::context::Context;
use crate::delivery::child;
use crate::delivery::session_changes::start_with_session;
use crate::error::Result;

/// Runs a command with a session: the one that this shell holds, a shared one, or a new one. On Unix the command
/// replaces this process, so the function returns only on failure; elsewhere it returns the command's exit status.
///
/// # Errors
///
/// If there is no session, or the command cannot be run.
pub fn run(context: &Context, global: &GlobalOptions, args: &ExecArgs) -> Result<u8> {
    let sources = LoadedConfig::load(context, global)?;
    let accounts = sources.accounts(context);
    let mut account = accounts.resolve_with(&args.account, &args.options.overrides)?;
    let code: Vec<String> = args.code.iter().cloned().collect();
    let usage_hint = format!("aws-mfa exec {} --code", account.name);
    let provider = session_provider(&accounts, &args.options);
    let session = provider.session(&mut account, &code, &usage_hint)?.session;
    child::run(
        &start_with_session(&context.env, &account, &session),
        &args.command,
    )
}
