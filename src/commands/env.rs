use std::io::IsTerminal as _;

use zeroize::Zeroizing;

use super::choose::choose;
use super::{LoadedConfig, print, reaches_hook, session_provider};
use crate::account::Account;
use crate::cli::{EnvArgs, GlobalOptions};
use crate::context::Context;
use crate::credentials::Session;
use crate::delivery::changes::load_session;
use crate::delivery::plain;
use crate::delivery::saved_profile::{self, SavedProfile};
use crate::delivery::shell::{Shell, detect};
use crate::environment::Environment;
use crate::environment::RestoreRecord;
use crate::error::{Failure, Result};
use crate::session::{ProvidedSession, SessionSource};
use crate::time::format_duration;

/// Prints the statements that put a session into the shell.
///
/// # Errors
///
/// Whatever kept the session from being had; nothing is printed then.
pub fn run(context: &Context, global: &GlobalOptions, args: &EnvArgs) -> Result<u8> {
    check_form(args)?;
    if args.persist {
        saved_profile::check_file_kind(context)?;
    }
    let sources = LoadedConfig::load(context, global)?;
    let accounts = sources.accounts(context);
    let (name, code) = choose(
        &accounts,
        args.account.as_deref(),
        &args.code,
        &args.options.overrides,
    )?;
    let mut account = accounts.resolve_with(&name, &args.options.overrides)?;
    if RestoreRecord::is_corrupt(&context.env) {
        context
            .console
            .warn("AWS_MFA_RESTORE cannot be read: what the first session displaced is lost");
    }

    let target = SavedProfile::new(&accounts, &account, None, false);
    if args.persist {
        target.check(&accounts, &account)?;
        target.check_file(context)?;
    }
    let output = Output::new(context, args);
    // A value that cannot be written must not cost a code.
    output.format(context, &account, &Session::placeholder(context.unix_now()))?;
    let how = format!("aws-mfa env {}", account.name);
    let provider = session_provider(&accounts, &args.options);
    let ProvidedSession { session, source } = provider.session(&mut account, &code, &how)?;
    let whose = match source {
        SessionSource::ThisShell => Some("this shell's"),
        SessionSource::Shared if account.role.is_none() => Some("the shared"),
        SessionSource::Shared | SessionSource::Code => None,
    };
    let (name, left) = (
        &account.name,
        format_duration(session.expires_at - context.unix_now()),
    );
    if let Some(whose) = whose {
        context.console.info(&format!(
            "{name}: {whose} session is live for another {left}; --fresh or a code renews it"
        ));
    } else if args.evaluated {
        context
            .console
            .info(&format!("{name}: loaded into this shell, live for {left}"));
    }

    // First, so that a shell has the session only if the file has it too.
    if args.persist {
        target.save(context, &session)?;
        context
            .console
            .info(&target.describe_saved(context, &account, &session));
    }
    print(&output.format(context, &account, &session)?)?;
    let Output::Statements(shell) = output else {
        return Ok(0);
    };
    context.console.detail(|| format!("statements for {shell}"));
    if std::io::stdout().is_terminal() {
        let how = shell.load_command(&format!("aws-mfa env {}", account.name));
        context.console.info(&format!(
            "nothing is loaded yet: the shell must evaluate this, as in\n  {how}"
        ));
    }
    Ok(0)
}

/// That what is printed is of a form for whoever gets it.
fn check_form(args: &EnvArgs) -> Result<()> {
    if args.evaluated {
        reaches_hook(args.shell)?;
    }
    let form = match (args.json, args.dotenv) {
        (true, _) => "--json",
        (_, true) => "--dotenv",
        _ => return Ok(()),
    };
    if args.evaluated {
        let account = args.account.as_deref().unwrap_or("ACCOUNT");
        return Err(
            Failure::usage(format!("could not load a session: {form} only prints one"))
                .help(format!("aws-mfa env {account} {form}")),
        );
    }
    match args.shell {
        Some(shell) => Err(Failure::usage(format!(
            "could not print {form} for {shell}: it is the same for all"
        ))
        .help(format!("leave --shell or {form} out"))),
        None => Ok(()),
    }
}

/// What is printed of a session.
enum Output {
    Json,
    Dotenv,
    Statements(Shell),
}

impl Output {
    fn new(context: &Context, args: &EnvArgs) -> Self {
        match args.shell {
            _ if args.json => Self::Json,
            _ if args.dotenv => Self::Dotenv,
            shell => Self::Statements(shell.unwrap_or_else(|| detect::shell(context))),
        }
    }

    /// # Errors
    ///
    /// If it has no way to write a value.
    fn format(
        &self,
        context: &Context,
        account: &Account,
        session: &Session,
    ) -> Result<Zeroizing<Vec<u8>>> {
        // What is for whoever reads this, and not for this shell, has nothing of this shell in it.
        let for_others = || load_session(&Environment::default(), account, session);
        match self {
            Self::Json => plain::json(&for_others()),
            Self::Dotenv => plain::dotenv(&for_others()),
            Self::Statements(shell) => shell
                .statements(&load_session(&context.env, account, session))
                .map_err(|failure| {
                    failure.with_only_help(
                        "give that variable another value, or run what needs it with aws-mfa exec",
                    )
                }),
        }
    }
}
