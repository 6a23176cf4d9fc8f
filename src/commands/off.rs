use std::io::IsTerminal as _;

use super::{print, reaches_hook};
use crate::cli::OffArgs;
use crate::context::Context;
use crate::delivery::changes::{ACCOUNT, Changes, RESTORE};
use crate::delivery::restore::Memory;
use crate::delivery::shell;
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
        context.console.note("this shell holds no session");
        // No changes are still something to evaluate: nushell wants a record.
        print(&shell.statements(&Changes::default())?)?;
        return Ok(0);
    }
    if Memory::is_broken(env) {
        context.console.warn(
            "AWS_MFA_RESTORE cannot be read: what the session displaced cannot be given back",
        );
    }
    print(&shell.statements(&Changes::end(env))?)?;
    if let (true, Some(account)) = (args.evaluated, env.text(ACCOUNT)) {
        context
            .console
            .note(&format!("{account}: ended; this shell is as it was before"));
    }
    if std::io::stdout().is_terminal() {
        let how = shell.how_to_load("aws-mfa off");
        context.console.note(&format!(
            "nothing is ended yet: the shell must evaluate this, as in\n  {how}"
        ));
    }
    Ok(0)
}
