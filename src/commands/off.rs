use std::io::IsTerminal as _;

use super::{print, reaches_hook};
use crate::cli::OffArgs;
use crate::context::Context;
use crate::delivery::changes::end_session;
use crate::delivery::shell;
use crate::environment::Changes;
use crate::environment::RestoreRecord;
use crate::environment::variables::{ACCOUNT, RESTORE};
use crate::error::Result;

/// Prints the statements that end the session of the shell.
///
/// # Errors
///
/// If a value that is to be given back cannot be written in the shell's language.
pub fn run(context: &Context, args: &OffArgs) -> Result<u8> {
    if args.evaluated {
        reaches_hook(args.shell)?;
    }
    let env = &context.env;
    let shell = args.shell.unwrap_or_else(|| shell::detect::shell(context));
    if env.raw(ACCOUNT).is_none() && env.raw(RESTORE).is_none() {
        context.console.info("this shell holds no session");
        // No changes are still something to evaluate: nushell wants a record.
        print(&shell.statements(&Changes::default())?)?;
        return Ok(0);
    }
    if RestoreRecord::is_corrupt(env) {
        context.console.warn(
            "AWS_MFA_RESTORE cannot be read: what the session displaced cannot be given back",
        );
    }
    print(&shell.statements(&end_session(env))?)?;
    if let (true, Some(account)) = (args.evaluated, env.text(ACCOUNT)) {
        context
            .console
            .info(&format!("{account}: ended; this shell is as it was before"));
    }
    if std::io::stdout().is_terminal() {
        let how = shell.load_command("aws-mfa off");
        context.console.info(&format!(
            "nothing is ended yet: the shell must evaluate this, as in\n  {how}"
        ));
    }
    Ok(0)
}
