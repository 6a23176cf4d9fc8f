//! `aws-mfa off`: prints the statements that end the session and restore what it displaced. The hook's `mfa off`
//! evaluates them.

use std::io::IsTerminal as _;

use super::{check_is_captured, print};
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
/// If the shell's language cannot express a value that is to be restored.
pub fn run(context: &Context, args: &OffArgs) -> Result<u8> {
    if args.evaluated {
        check_is_captured(args.shell)?;
    }
    let env = &context.env;
    let shell = args.shell.unwrap_or_else(|| shell::detect::shell(context));
    if env.raw(ACCOUNT).is_none() && env.raw(RESTORE).is_none() {
        context.console.info("this shell holds no session");
        // The output without changes is not empty in every shell: nushell parses it as a record.
        print(&shell.statements(&Changes::default())?)?;
        return Ok(0);
    }
    if RestoreRecord::is_corrupt(env) {
        context.console.warn(
            "AWS_MFA_RESTORE is corrupt: the values that the session displaced cannot be restored",
        );
    }
    print(&shell.statements(&end_session(env))?)?;
    if let (true, Some(account)) = (args.evaluated, env.text(ACCOUNT)) {
        context
            .console
            .info(&format!("{account}: ended; this shell is as it was before"));
    }
    if std::io::stdout().is_terminal() {
        let command = shell.load_command("aws-mfa off");
        context.console.info(&format!(
            "the session is not ended yet: the shell must evaluate this output, as in\n  {command}"
        ));
    }
    Ok(0)
}
