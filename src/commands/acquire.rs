use crate::account::Account;
use crate::account::resolve::{Accounts, Device};
use crate::cli::AccountOptions;
use crate::code::device::{Remembered, choose};
use crate::code::source::{Source, TRIES};
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
    words: &[String],
    how: &str,
) -> Result<Session> {
    let context = accounts.context;
    let keys = accounts.source_keys(account)?;
    // Whoever cannot give a code shall not wait for the network first.
    let mut source = Source::of(words, account, how)?;
    let device = match account.device.clone() {
        Some(device) => device,
        None => find_device(accounts, account)?,
    };
    context
        .console
        .detail(|| format!("MFA device {} from {}", device.serial, device.named_by));
    account.device = Some(device.clone());
    let endpoints = Endpoints::of(context, accounts.profiles, account)?;
    let asker = Asker::new(context, account, endpoints, keys)?;

    let mut tries = 0;
    loop {
        let code = source.code(account, &device.serial)?;
        tries += 1;
        match asker.session(&device.serial, &code) {
            Ok(session) => return Ok(session),
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

/// The device that an earlier run found, or else the one that IAM lists.
fn find_device(accounts: &Accounts<'_>, account: &Account) -> Result<Device> {
    let context = accounts.context;
    let endpoints = Endpoints::of(context, accounts.profiles, account)?;
    let asker = Asker::new(context, account, endpoints, accounts.source_keys(account)?)?;
    let mut remembered = Remembered::load(context);
    if let Some(serial) = remembered.get(asker.access_key_id()) {
        return Ok(Device {
            serial,
            named_by: "an earlier look-up".to_owned(),
        });
    }
    let device = choose(account, &asker.devices()?)?;
    remembered.put(asker.access_key_id(), &device.serial);
    Ok(device)
}

fn forget(context: &Context, access_key_id: &str, failure: Failure) -> Failure {
    if Remembered::load(context).forget(access_key_id) {
        failure.help("it was remembered from an earlier look-up and is forgotten now: try again with a new code")
    } else {
        failure
    }
}
