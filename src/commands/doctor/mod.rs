//! `aws-mfa doctor`: checks everything between the shell and AWS. It changes nothing, prints no secret, and contacts
//! AWS only with `--online`.

use super::print;
use crate::cli::{DoctorArgs, GlobalOptions};
use crate::context::Context;
use crate::error::Result;
use crate::layout::Layout;

mod accounts;
mod files;
mod online;
mod profiles;
mod program;
mod report;
mod saved_sessions;
mod shell;
mod variables;

use report::Report;

/// Checks everything between the shell and AWS, and prints the findings with their fixes; returns 1 if something does
/// not work, else 0.
///
/// # Errors
///
/// If standard output cannot be written. Every other failure is a finding.
pub fn run(context: &Context, global: &GlobalOptions, args: &DoctorArgs) -> Result<u8> {
    let mut report = Report::default();
    program::check(context, &mut report);
    let loaded = files::check(context, global, &mut report);
    variables::check(context, loaded.as_ref(), &mut report);
    shell::check(
        context,
        loaded.as_ref().map(|loaded| &loaded.config),
        &mut report,
    );
    if let Some(loaded) = &loaded {
        let accounts = loaded.accounts(context);
        profiles::check(&accounts, &mut report);
        let usable = accounts::check(&accounts, &mut report);
        saved_sessions::check(&accounts, &usable, &mut report);
        if args.online {
            online::check(context, &usable, &mut report);
        }
    }
    let text = if args.json {
        report.json(context)
    } else {
        report.describe(context, &Layout::for_stdout(context.console), global.quiet)
    };
    print(text.as_bytes())?;
    if !args.online && !args.json {
        context
            .console
            .info("AWS was not contacted; run `aws-mfa doctor --online`");
    }
    Ok(u8::from(report.has_problem()))
}
