use std::io::IsTerminal as _;

use zeroize::Zeroizing;

use super::acquire::{Acquirer, Origin};
use super::save::{self, Target};
use super::{Sources, pick, print, reaches_hook};
use crate::account::Account;
use crate::account::resolve::Accounts;
use crate::cli::{AccountOptions, EnvArgs, GlobalOptions};
use crate::code::Code;
use crate::context::{Context, Environment};
use crate::delivery::changes::Changes;
use crate::delivery::plain;
use crate::delivery::restore::Memory;
use crate::delivery::shell::{Shell, detect};
use crate::error::{Failure, Result};
use crate::session::{Held, Session, spoken};

/// Prints the statements that put a session into the shell.
///
/// # Errors
///
/// Whatever kept the session from being had; nothing is printed then.
pub fn run(context: &Context, global: &GlobalOptions, args: &EnvArgs) -> Result<u8> {
    check_form(args)?;
    if args.persist {
        save::check_file_kind(context)?;
    }
    let sources = Sources::load(context, global)?;
    let accounts = sources.accounts(context);
    let (name, code) = choose(
        &accounts,
        args.account.as_deref(),
        &args.code,
        &args.options,
    )?;
    let mut account = accounts.resolve(&name, &args.options)?;
    if Memory::is_broken(&context.env) {
        context
            .console
            .warn("AWS_MFA_RESTORE cannot be read: what the first session displaced is lost");
    }

    let target = Target::of(&accounts, &account, None, false);
    if args.persist {
        target.check(&accounts, &account)?;
        target.check_file(context)?;
    }
    let output = Output::of(context, args);
    // A value that cannot be written must not cost a code.
    output.of_session(context, &account, &Session::stand_in(context.unix_now()))?;
    let how = format!("aws-mfa env {}", account.name);
    let acquirer = Acquirer::new(&accounts, &args.options);
    let made = acquirer.session(&mut account, &code, &how)?;
    let session = made.session;
    let whose = match made.origin {
        Origin::ThisShell => Some("this shell's"),
        Origin::Shared if account.role.is_none() => Some("the shared"),
        Origin::Shared | Origin::Code => None,
    };
    let (name, left) = (
        &account.name,
        spoken(session.expires_at - context.unix_now()),
    );
    if let Some(whose) = whose {
        context.console.note(&format!(
            "{name}: {whose} session is live for another {left}; --fresh or a code renews it"
        ));
    } else if args.evaluated {
        context
            .console
            .note(&format!("{name}: loaded into this shell, live for {left}"));
    }

    // First, so that a shell has the session only if the file has it too.
    if args.persist {
        target.save(context, &session)?;
        context
            .console
            .note(&target.saved(context, &account, &session));
    }
    print(&output.of_session(context, &account, &session)?)?;
    let Output::Statements(shell) = output else {
        return Ok(0);
    };
    context.console.detail(|| format!("statements for {shell}"));
    if std::io::stdout().is_terminal() {
        let how = shell.how_to_load(&format!("aws-mfa env {}", account.name));
        context.console.note(&format!(
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
    fn of(context: &Context, args: &EnvArgs) -> Self {
        match args.shell {
            _ if args.json => Self::Json,
            _ if args.dotenv => Self::Dotenv,
            shell => Self::Statements(shell.unwrap_or_else(|| detect::shell(context))),
        }
    }

    /// # Errors
    ///
    /// If it has no way to write a value.
    fn of_session(
        &self,
        context: &Context,
        account: &Account,
        session: &Session,
    ) -> Result<Zeroizing<Vec<u8>>> {
        // What is for whoever reads this, and not for this shell, has nothing of this shell in it.
        let for_others = || Changes::load(&Environment::default(), account, session);
        match self {
            Self::Json => plain::json(&for_others()),
            Self::Dotenv => plain::dotenv(&for_others()),
            Self::Statements(shell) => shell
                .statements(&Changes::load(&context.env, account, session))
                .map_err(|failure| {
                    failure.help(
                        "give that variable another value, or run what needs it with aws-mfa exec",
                    )
                }),
        }
    }
}

/// The account and the words of its code, out of the two that may both be left out.
///
/// # Errors
///
/// If it goes without saying which account is meant, but does not.
pub(super) fn choose(
    accounts: &Accounts<'_>,
    account: Option<&str>,
    code: &[String],
    options: &AccountOptions,
) -> Result<(String, Vec<String>)> {
    let is_account = |name: &str| accounts.resolve(name, options).is_ok();
    match account {
        // `aws-mfa env 123456` is a code for the account that goes without saying.
        Some(only) if code.is_empty() && Code::parse(only).is_ok() && !is_account(only) => {
            Ok((implied(accounts)?, vec![only.to_owned()]))
        }
        Some(name) => Ok((name.to_owned(), code.to_vec())),
        None => Ok((implied(accounts)?, code.to_vec())),
    }
}

/// The account that this shell holds, or the only one there is, or the one that the user picks.
fn implied(accounts: &Accounts<'_>) -> Result<String> {
    if let Some(held) = Held::by(&accounts.context.env) {
        return Ok(held.account.to_owned());
    }
    let names = accounts.names();
    match &names[..] {
        [only] => Ok(only.to_string()),
        [] => Err(Failure::usage("could not tell which account is meant: there are none").help(format!(
            "put a long-term key into a profile NAME-mfa, or use --source-profile; looked in {}",
            accounts.profiles.files_shown(accounts.context)
        ))),
        several => {
            if let Some(picked) = pick::account(accounts, several) {
                return picked;
            }
            let shown: Vec<&str> = several.iter().take(20).map(crate::account::AccountName::as_str).collect();
            let more = several.len().saturating_sub(shown.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            Err(Failure::usage("could not tell which account is meant")
                .help(format!("name one: {}{more}", shown.join(", "))))
        }
    }
}
