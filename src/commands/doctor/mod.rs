use super::print;
use crate::cli::{DoctorArgs, GlobalOptions};
use crate::context::Context;
use crate::error::Result;

/// Accounts, and what AWS would be asked for them.
mod accounts;
/// config.toml, the AWS files, and who else may read them.
mod files;
/// What is asked of AWS with `--online`.
mod online;
/// The program itself, and others of its name.
mod program;
/// What was found, and how it is shown.
mod report;
/// The shell that runs this: its hook and its TAB key.
mod shell;
/// The variables of this shell.
mod variables;

use report::Report;

/// Checks everything between the shell and AWS, and says what is wrong and what mends it; 1 if
/// something does not work. AWS is asked only if the arguments say so.
///
/// # Errors
///
/// If standard output cannot be written. Whatever else fails is a finding.
pub fn run(context: &Context, global: &GlobalOptions, args: &DoctorArgs) -> Result<u8> {
    let mut report = Report::default();
    program::check(context, &mut report);
    let sources = files::check(context, global, &mut report);
    variables::check(context, sources.as_ref(), &mut report);
    shell::check(context, &mut report);
    if let Some(sources) = &sources {
        let accounts = sources.accounts(context);
        let usable = accounts::check(&accounts, &mut report);
        if args.online {
            online::check(context, &usable, &mut report);
        }
    }
    let text = if args.json {
        report.json(context)
    } else {
        report.text(context, global.quiet)
    };
    print(text.as_bytes())?;
    if !args.online && !args.json {
        context
            .console
            .info("AWS was not asked; aws-mfa doctor --online does");
    }
    Ok(u8::from(report.has_problem()))
}
