//! `aws-mfa off`: prints the statements that end the session and restore what it displaced. The hook's `mfa off`
//! evaluates them.

use std::io::IsTerminal as _;

use super::{check_is_captured, hand_over, print, warn_unrestored};
use crate::account::resolve::Accounts;
use crate::account::{AwsProfiles, Config};
use crate::cli::OffArgs;
use crate::console::printable_line;
use crate::context::Context;
use crate::delivery::session_changes::end_session;
use crate::delivery::shell;
use crate::environment::variables::{ACCOUNT, RESTORE};
use crate::environment::{Changes, PreviousAccounts, RestoreRecord, ShellSession};
use crate::error::Result;
use crate::session::shared::{SharedSessions, shared_until};
use crate::time::format_duration;

/// The expiration, in Unix seconds, of the shared session that `mfa ACCOUNT` would load again without a code. A
/// configuration that cannot be used is no reason not to end a session.
fn shared_session_of(context: &Context, account: &str) -> Option<i64> {
    if SharedSessions::open(context).ok()?.is_empty() {
        return None;
    }
    let mut config = Config::load(context, None).ok()?;
    let profiles = AwsProfiles::load(context).ok()?;
    config.remove_untrusted(context, &profiles);
    let accounts = Accounts {
        config: &config,
        profiles: &profiles,
        context,
    };
    shared_until(&accounts, &accounts.resolve(account).ok()?)
}

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
    let mut ending = end_session(env);
    if args.evaluated {
        PreviousAccounts::remember(env, None, &mut ending);
    }
    shell::check_writable(env, &ending)?;
    hand_over(&shell.statements(&ending)?)?;
    let record = RestoreRecord::from_env(env);
    let changed = record.changed_variables(env);
    let unrestored = record.unrestored_variables(env);
    if let (true, Some(session)) = (args.evaluated, ShellSession::from_env(env)) {
        let account = printable_line(session.account);
        let has_expired =
            session.expires_at.is_some() && session.seconds_left(context.unix_now()) == 0;
        let as_before = if changed.is_empty() && unrestored.is_empty() {
            "; this shell is as it was before"
        } else {
            ""
        };
        context.console.info(&if has_expired {
            let renew = match &args.hook {
                Some(command) => format!("; for a new one: {command} {account}"),
                None => String::new(),
            };
            format!("the session of {account} has expired and is gone from this shell{renew}")
        } else {
            format!("{account}: ended{as_before}")
        });
        if let Some(until) = shared_session_of(context, session.account) {
            let left = format_duration(until - context.unix_now());
            context.console.info(&format!(
                "the shared session stays for other shells, for another {left}; \
                 to remove it: aws-mfa forget {account}"
            ));
        }
    }
    if !changed.is_empty() {
        context.console.info(&format!(
            "left as it is, because it was set after the session was loaded: {}",
            changed.join(", ")
        ));
    }
    warn_unrestored(context, &unrestored);
    if std::io::stdout().is_terminal() {
        let command = shell.load_command("aws-mfa off");
        context.console.info(&format!(
            "the session is not ended yet: the shell must evaluate this output, as in\n  {command}"
        ));
    }
    Ok(0)
}
