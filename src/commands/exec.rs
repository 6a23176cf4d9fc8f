use super::{LoadedConfig, session_provider};
use crate::cli::{ExecArgs, GlobalOptions};
use crate::context::Context;
use crate::delivery::changes::load_session;
use crate::delivery::child;
use crate::error::Result;

/// Runs a command with a session: the one that this shell holds, or a new one. On Unix this process
/// becomes the command and does not come back.
///
/// # Errors
///
/// Whatever kept the session from being had or the command from being run.
pub fn run(context: &Context, global: &GlobalOptions, args: &ExecArgs) -> Result<u8> {
    let sources = LoadedConfig::load(context, global)?;
    let accounts = sources.accounts(context);
    let mut account = accounts.resolve_with(&args.account, &args.options.overrides)?;
    let code: Vec<String> = args.code.iter().cloned().collect();
    let how = format!("aws-mfa exec {} --code", account.name);
    let provider = session_provider(&accounts, &args.options);
    let made = provider.session(&mut account, &code, &how)?;
    child::run(
        &load_session(&context.env, &account, &made.session),
        &args.command,
    )
}
