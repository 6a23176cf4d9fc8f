//! `aws-mfa env`: prints the statements that load a session into the shell. The hook's `mfa ACCOUNT` evaluates them.

use std::io::IsTerminal as _;

use zeroize::Zeroizing;

use super::account_and_code::account_and_code;
use super::{
    LoadedConfig, check_is_captured, check_stdout_is_open, hand_over, session_provider,
    warn_unrestored,
};
use crate::account::resolve::Accounts;
use crate::account::{Account, Persist};
use crate::cli::{EnvArgs, GlobalOptions};
use crate::context::Context;
use crate::credentials::Session;
use crate::delivery::data_formats;
use crate::delivery::saved_profile::{self, SavedProfile};
use crate::delivery::session_changes::load_session;
use crate::delivery::shell::{self, Shell, detect};
use crate::environment::{Environment, PreviousAccounts, RestoreRecord};
use crate::error::{Failure, Result};
use crate::session::{ProvidedSession, SessionSource};
use crate::time::format_duration;

/// Prints the statements that put a session into the shell.
///
/// # Errors
///
/// If there is no session, or it cannot be written in the shell's language: nothing is printed then. If it cannot be
/// saved with `--persist`: a shell gets it nevertheless, a program that reads `--json` or `--dotenv` does not.
pub fn run(context: &Context, global: &GlobalOptions, args: &EnvArgs) -> Result<u8> {
    check_format(args)?;
    if args.persist {
        saved_profile::check_file_kind(context)?;
    }
    let sources = LoadedConfig::load(context, global)?;
    let accounts = sources.accounts(context);
    let (mut account, code) = account_and_code(
        &accounts,
        args.account.as_deref(),
        &args.code,
        args.code_option.as_ref(),
        &args.options.overrides,
    )?;
    if RestoreRecord::is_corrupt(&context.env) {
        context.console.warn(
            "AWS_MFA_RESTORE is corrupt: the values that the first session displaced are lost",
        );
    }

    let mut target = SavedProfile::new(&accounts, &account, None, false);
    let output = Output::new(context, args);
    let is_saved = args.persist || output.is_saved(&accounts, &account, &target)?;
    if is_saved {
        saved_profile::check_file_kind(context)?;
        target.check(&accounts, &account)?;
        target.check_file(context)?;
    }
    // First with a placeholder: what the shell cannot express or lets no one change must be found before a code is
    // used up.
    check_stdout_is_open()?;
    output.check_writable(context, &account)?;
    output.format(context, &account, &Session::placeholder(context.unix_now()))?;
    let usage_hint = format!("aws-mfa env {}", account.name);
    let provider = session_provider(&accounts, &args.options);
    let obtained = provider.session(&mut account, &code, &usage_hint)?;
    describe_session(context, args, &account, &obtained);
    let session = obtained.session;

    if is_saved {
        match target.save(context, &session) {
            Ok(()) => {
                let saved = target.describe_saved(context, &account, &session);
                context.console.info(&saved);
            }
            // The code is used up, so the shell gets the session nevertheless; the statement that fails follows it.
            Err(failure) if matches!(output, Output::Statements { .. }) => {
                hand_over(&output.format(context, &account, &session)?)?;
                return Err(failure.help(format!(
                    "the session is in this shell; `aws-mfa save {}` saves it without another code",
                    account.name
                )));
            }
            Err(failure) => return Err(failure),
        }
    }
    hand_over(&output.format(context, &account, &session)?)?;
    if matches!(output, Output::Statements { .. }) {
        let record = RestoreRecord::from_env(&context.env);
        warn_unrestored(context, &record.unrestored_variables(&context.env));
    }
    let Output::Statements { shell, .. } = output else {
        return Ok(0);
    };
    context.console.detail(|| format!("statements for {shell}"));
    if std::io::stdout().is_terminal() {
        let command = shell.load_command(&format!("aws-mfa env {}", account.name));
        context.console.info(&format!(
            "no session is loaded yet: the shell must evaluate this output, as in\n  {command}"
        ));
    }
    Ok(0)
}

/// Tells the user where the session comes from and how long it is valid.
fn describe_session(
    context: &Context,
    args: &EnvArgs,
    account: &Account,
    obtained: &ProvidedSession,
) {
    let name = &account.name;
    let left = format_duration(obtained.session.expires_at - context.unix_now());
    let reused = match obtained.source {
        SessionSource::ThisShell => Some("this shell's session is"),
        // A role's session is a new one.
        SessionSource::Shared if account.role.is_some() => None,
        SessionSource::Shared if args.evaluated => {
            Some("the shared session is loaded into this shell,")
        }
        SessionSource::Shared => Some("the shared session is"),
        SessionSource::Code => None,
    };
    if let Some(session) = reused {
        context.console.info(&format!(
            "{name}: {session} live for another {left}; to renew it, give a code or use --fresh"
        ));
    } else if args.evaluated {
        context
            .console
            .info(&format!("{name}: loaded into this shell, live for {left}"));
    }
}

/// Checks that the format can be printed: a hook evaluates statements only, and `--json` and `--dotenv` are the same
/// for every shell.
fn check_format(args: &EnvArgs) -> Result<()> {
    if args.evaluated {
        check_is_captured(args.shell)?;
    }
    let format = match (args.json, args.dotenv) {
        (true, _) => "--json",
        (_, true) => "--dotenv",
        _ => return Ok(()),
    };
    if args.evaluated {
        let account = args.account.as_deref().unwrap_or("ACCOUNT");
        return Err(
            Failure::usage(format!("could not load a session: {format} only prints it"))
                .help(format!("run `aws-mfa env {account} {format}`")),
        );
    }
    match args.shell {
        Some(shell) => Err(Failure::usage(format!(
            "could not print {format} for {shell}: that format is the same for every shell"
        ))
        .help(format!("omit --shell or {format}"))),
        None => Ok(()),
    }
}

/// The format in which a session is printed.
enum Output {
    /// One JSON object, for `--json`.
    Json,
    /// `NAME=value` lines, for `--dotenv`.
    Dotenv,
    /// Statements in the language of a shell.
    Statements {
        /// The shell.
        shell: Shell,
        /// Whether the hook evaluates them.
        evaluated: bool,
    },
}

impl Output {
    fn new(context: &Context, args: &EnvArgs) -> Self {
        match args.shell {
            _ if args.json => Self::Json,
            _ if args.dotenv => Self::Dotenv,
            shell => Self::Statements {
                shell: shell.unwrap_or_else(|| detect::shell(context)),
                evaluated: args.evaluated,
            },
        }
    }

    /// Whether the setting `persist` of the account demands that the session is saved, too. It is about the sessions of a
    /// shell: what another program reads is saved with `--persist` only.
    ///
    /// # Errors
    ///
    /// If the account itself demands it, and its profile may not be overwritten.
    fn is_saved(
        &self,
        accounts: &Accounts<'_>,
        account: &Account,
        target: &SavedProfile,
    ) -> Result<bool> {
        if !matches!(self, Self::Statements { .. }) || account.persist == Persist::Never {
            return Ok(false);
        }
        match target.check(accounts, account) {
            Ok(()) => Ok(true),
            Err(reason) if account.persist == Persist::IfAllowed => {
                let console = accounts.context.console;
                console.detail(|| format!("not saved, as [defaults] demands: {reason}"));
                Ok(false)
            }
            Err(failure) => Err(failure.with_only_help(format!(
                "in [accounts.{}] of config.toml, set save_to to another profile, or remove persist",
                account.name
            ))),
        }
    }

    /// Checks that the shell that evaluates the output lets every variable of the session be changed.
    fn check_writable(&self, context: &Context, account: &Account) -> Result<()> {
        let Self::Statements { .. } = self else {
            return Ok(());
        };
        let session = Session::placeholder(context.unix_now());
        shell::check_writable(&context.env, &load_session(&context.env, account, &session))
    }

    /// Returns the session in this format.
    ///
    /// # Errors
    ///
    /// If the format cannot express a value.
    fn format(
        &self,
        context: &Context,
        account: &Account,
        session: &Session,
    ) -> Result<Zeroizing<Vec<u8>>> {
        // Read by other programs: contains nothing that depends on this shell's environment.
        let for_programs = || load_session(&Environment::default(), account, session);
        match self {
            Self::Json => data_formats::json(&for_programs()),
            Self::Dotenv => data_formats::dotenv(&for_programs()),
            Self::Statements { shell, evaluated } => {
                let mut changes = load_session(&context.env, account, session);
                if *evaluated {
                    let name = account.name.as_str();
                    PreviousAccounts::remember(&context.env, Some(name), &mut changes);
                }
                shell.statements(&changes).map_err(|failure| {
                    failure.with_only_help(
                        "change the value of that variable, or run the program that needs it with `aws-mfa exec`",
                    )
                })
            }
        }
    }
}
