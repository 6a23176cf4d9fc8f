use super::Sources;
use super::acquire::Acquirer;
use crate::cli::{ExecArgs, GlobalOptions};
use crate::context::Context;
use crate::delivery::changes::Changes;
use crate::delivery::child;
use crate::error::Result;

/// Runs a command with a session: the one that this shell holds, or a new one. On Unix this process
/// becomes the command and does not come back.
///
/// # Errors
///
/// Whatever kept the session from being had or the command from being run.
pub fn run(context: &Context, global: &GlobalOptions, args: &ExecArgs) -> Result<u8> {
    let sources = Sources::load(context, global)?;
    let accounts = sources.accounts(context);
    let mut account = accounts.resolve(&args.account, &args.options)?;
    let code: Vec<String> = args.code.iter().cloned().collect();
    let how = format!("aws-mfa exec {} --code", account.name);
    let acquirer = Acquirer::new(&accounts, &args.options);
    let made = acquirer.session(&mut account, &code, &how)?;
    child::run(
        &Changes::load(&context.env, &account, &made.session),
        &args.command,
    )
}
