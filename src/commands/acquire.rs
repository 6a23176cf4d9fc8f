use super::pick;
use crate::account::Account;
use crate::account::resolve::{Accounts, Device};
use crate::cli::AccountOptions;
use crate::code::device::{Remembered, choose, usable};
use crate::code::reuse::UsedCodes;
use crate::code::source::{Source, TRIES};
use crate::code::terminal::Terminal;
use crate::context::Context;
use crate::delivery::restore::Memory;
use crate::error::{Failure, Result};
use crate::session::client::Endpoints;
use crate::session::refusal::Refusal;
use crate::session::request::Asker;
use crate::session::{Held, Session, WORTH_KEEPING_SECONDS};

/// The session that this shell holds, if it is one of this account and worth keeping, and the
/// seconds it has left.
#[must_use]
pub fn held(
    context: &Context,
    account: &Account,
    options: &AccountOptions,
) -> Option<(Session, i64)> {
    let held = Held::by(&context.env)?;
    let asked_for_another = options.fresh || options.duration.is_some();
    let same = held.account == account.name.as_str() && Memory::of(&context.env).is_of(account);
    let left = held.seconds_left(context);
    if asked_for_another || !same || left <= WORTH_KEEPING_SECONDS {
        return None;
    }
    Some((held.session(context)?, left))
}

/// A new session for the account, with the code that `words` give or the user types; `how` says
/// how a code can be given where there is nobody to type one.
///
/// # Errors
///
/// Whatever kept AWS from being asked, or AWS's no.
pub fn session(
    accounts: &Accounts<'_>,
    account: &mut Account,
    options: &AccountOptions,
    words: &[String],
    how: &str,
) -> Result<Session> {
    let context = accounts.context;
    accounts.source_keys(account)?;
    if account.confirm && !options.yes {
        confirm(account)?;
    }
    // Whoever cannot give a code shall not wait for the network first.
    let mut source = Source::of(words, account, how)?;
    context
        .console
        .detail(|| format!("MFA code from {}", source.shown()));
    let device = find_device(accounts, account)?;
    let asker = asker(accounts, account)?;

    let mut tries = 0;
    loop {
        let code = source.code(account, &device.serial)?;
        let mut used = UsedCodes::load(context);
        if let Some(spent) = used.spent(&device.serial, &code, context.unix_now()) {
            source.wait_for_next(account, spent, &context.console)?;
            continue;
        }
        tries += 1;
        match asker.session(&device.serial, &code) {
            Ok(session) => {
                used.put(&device.serial, &code, context.unix_now());
                return Ok(session);
            }
            Err(Refusal::Code(failure)) if tries < TRIES => {
                if !source.ask_again(&format!("{failure}. Try the next one.")) {
                    return Err(failure);
                }
            }
            Err(Refusal::Device(failure)) => {
                return Err(forget(context, asker.access_key_id(), failure));
            }
            Err(refusal) => return Err(refusal.into()),
        }
    }
}

/// Someone who asks AWS for this account.
///
/// # Errors
///
/// If the source profile holds no key, or an endpoint is no URL.
pub fn asker<'a>(accounts: &Accounts<'a>, account: &'a Account) -> Result<Asker<'a>> {
    let endpoints = Endpoints::of(accounts.context, accounts.profiles, account)?;
    Asker::new(
        accounts.context,
        account,
        endpoints,
        accounts.source_keys(account)?,
    )
}

/// Asks the user whether AWS shall be asked.
fn confirm(account: &Account) -> Result<()> {
    let name = &account.name;
    let Some(mut terminal) = Terminal::open() else {
        return Err(Failure::usage(format!(
            "account {name} wants a confirmation, and there is no terminal"
        ))
        .help("use --yes, or take confirm = true out of config.toml"));
    };
    let answer = terminal
        .ask(&format!(
            "Request a session for {name} ({})? [y/N] ",
            account.leads_to()
        ))
        .map_err(|error| Failure::no_code(format!("could not ask for a confirmation: {error}")))?;
    let yes = answer
        .is_some_and(|answer| ["y", "yes"].contains(&answer.trim().to_ascii_lowercase().as_str()));
    if yes {
        Ok(())
    } else {
        Err(Failure::no_code(format!(
            "no session for {name} was requested"
        )))
    }
}

/// The account's device: the one that somebody named, or that an earlier run found, or that IAM
/// lists. The account knows it from then on.
///
/// # Errors
///
/// If there is no such device or more than one, or IAM cannot be asked.
pub fn find_device(accounts: &Accounts<'_>, account: &mut Account) -> Result<Device> {
    let context = accounts.context;
    let device = if let Some(device) = account.device.clone() {
        device
    } else {
        let asker = asker(accounts, account)?;
        let mut remembered = Remembered::load(context);
        if let Some(serial) = remembered.get(asker.access_key_id()) {
            Device {
                serial,
                named_by: "an earlier look-up".to_owned(),
            }
        } else {
            let listed = asker.devices()?;
            let several = usable(&listed);
            let picked = if several.len() > 1 {
                pick::device(&several)
            } else {
                None
            };
            let device = match picked {
                Some(serial) => Device {
                    serial: serial?,
                    named_by: "the list of devices".to_owned(),
                },
                None => choose(account, &listed)?,
            };
            remembered.put(asker.access_key_id(), &device.serial);
            device
        }
    };
    context
        .console
        .detail(|| format!("MFA device {} from {}", device.serial, device.named_by));
    account.device = Some(device.clone());
    Ok(device)
}

fn forget(context: &Context, access_key_id: &str, failure: Failure) -> Failure {
    if Remembered::load(context).forget(access_key_id) {
        failure.help("it was remembered from an earlier look-up and is forgotten now: try again with a new code")
    } else {
        failure
    }
}
