use std::cell::RefCell;
use std::collections::BTreeMap;
use std::process::Stdio;

use aws_credential_types::Credentials;

use super::pick;
use crate::account::resolve::Accounts;
use crate::account::{Account, Device, MfaSerial, SessionDuration};
use crate::cli::AccountOptions;
use crate::code::device::{Remembered, choose, usable};
use crate::code::reuse::UsedCodes;
use crate::code::source::{PATIENCE, Source, TRIES};
use crate::code::terminal::Terminal;
use crate::context::Context;
use crate::delivery::restore::Memory;
use crate::error::{Failure, Kind, Result};
use crate::session::client::Endpoints;
use crate::session::refusal::Refusal;
use crate::session::request::{Asker, long_term_credentials};
use crate::session::share::{Name, Shared, SharedSessions, Turn};
use crate::session::{Held, Session, WORTH_KEEPING_SECONDS};

/// A session, and where it was had.
#[derive(Debug)]
pub struct Acquired {
    /// The session.
    pub session: Session,
    /// Where it was had.
    pub origin: Origin,
}

/// Where a session was had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This shell held it already.
    ThisShell,
    /// Another process asked for it and shares it, or it is of a role and out of a shared one.
    Shared,
    /// AWS was asked for it, with a code.
    Code,
}

/// Comes by sessions. A source profile is asked for its key once, since that may run a command of the
/// user's.
#[derive(Debug)]
pub struct Acquirer<'a> {
    accounts: &'a Accounts<'a>,
    options: &'a AccountOptions,
    keys: RefCell<BTreeMap<String, Credentials>>,
}

impl<'a> Acquirer<'a> {
    /// For accounts with the options of this run.
    #[must_use]
    pub fn new(accounts: &'a Accounts<'a>, options: &'a AccountOptions) -> Self {
        Self {
            accounts,
            options,
            keys: RefCell::default(),
        }
    }

    /// A session for the account: the one that this shell holds, or a shared one, or a new one with the
    /// code that `words` give or the user types; `how` says how a code can be given where there is nobody
    /// to type one.
    ///
    /// # Errors
    ///
    /// Whatever kept AWS from being asked, or AWS's no.
    pub fn session(&self, account: &mut Account, words: &[String], how: &str) -> Result<Acquired> {
        let context = self.accounts.context;
        let renew = self.options.fresh || !words.is_empty();
        if let (Some(session), false) = (held(context, account, self.options), renew) {
            return Ok(Acquired {
                session,
                origin: Origin::ThisShell,
            });
        }
        self.accounts.source_keys(account)?;
        let sharing = sharing(context, account);
        if let (Some(sharing), false) = (&sharing, renew)
            && let Some(session) = self.shared(account, sharing)?
        {
            return Ok(Acquired {
                session,
                origin: Origin::Shared,
            });
        }
        self.agreed(account)?;
        // Whoever cannot give a code shall not wait for the network first.
        let mut source = match Source::of(words, account, how) {
            Err(failure) if failure.kind() == Kind::NoCode && !renew => {
                let session = match &sharing {
                    Some(sharing) => self.given_to_another(account, sharing)?,
                    None => None,
                };
                let origin = Origin::Shared;
                return session
                    .map(|session| Acquired { session, origin })
                    .ok_or(failure);
            }
            source => source?,
        };
        context
            .console
            .detail(|| format!("MFA code from {}", source.shown()));
        self.find_device(account)?;
        match sharing {
            Some(sharing) if !is_long_role(account) => {
                self.made_once(account, &sharing, renew, &mut source)
            }
            _ => Ok(Acquired {
                session: self.ask(account, &mut source)?,
                origin: Origin::Code,
            }),
        }
    }

    /// A session that needs no code: a shared one, or one of the account's role out of such a one.
    fn shared(&self, account: &Account, sharing: &SharedSessions<'_>) -> Result<Option<Session>> {
        if is_long_role(account) {
            return Ok(None);
        }
        let context = self.accounts.context;
        let asker = self.asker(account)?;
        let Some(serial) = self.known_device(account, &asker) else {
            return Ok(None);
        };
        let found = sharing.for_account(account, asker.access_key_id(), &serial);
        let Some(found) = found.filter(|found| is_worth_keeping(context, found)) else {
            return Ok(None);
        };
        if account.role.is_none() {
            return Ok(Some(found.session));
        }
        self.agreed(account)?;
        Ok(Some(asker.role_out_of(&found.session)?))
    }

    /// A session for who cannot give a code, if another process is just asking for one: what it is given
    /// is waited for.
    fn given_to_another(
        &self,
        account: &Account,
        sharing: &SharedSessions<'_>,
    ) -> Result<Option<Session>> {
        let asker = self.asker(account)?;
        if let Some(serial) = self.known_device(account, &asker) {
            drop(Turn::for_device(self.accounts.context, &serial, PATIENCE));
        }
        self.shared(account, sharing)
    }

    /// Whether AWS may be asked, where the configuration wants the user to be asked first.
    pub(super) fn agreed(&self, account: &Account) -> Result<()> {
        if account.confirm && !self.options.yes {
            confirm(account)
        } else {
            Ok(())
        }
    }

    /// The account's device, if nobody need be asked for it.
    pub(super) fn known_device(&self, account: &Account, asker: &Asker<'_>) -> Option<MfaSerial> {
        let named = account.device.as_ref().map(|device| device.serial.clone());
        named.or_else(|| Remembered::load(self.accounts.context).get(asker.access_key_id()))
    }

    /// A session for the account out of an MFA session that is shared from now on. Of several processes
    /// that want it at the same time, one asks, and the others take what it was given.
    fn made_once(
        &self,
        account: &Account,
        sharing: &SharedSessions<'_>,
        renew: bool,
        source: &mut Source,
    ) -> Result<Acquired> {
        let context = self.accounts.context;
        let Some(Device { serial, .. }) = &account.device else {
            return Err(Failure::broken("the account's device is not known"));
        };
        let asking = self.asker(account)?;
        let found = || sharing.for_account(account, asking.access_key_id(), serial);
        let before = found().map(|shared| shared.session.access_key_id);
        let turn = Turn::for_device(context, serial, source.patience());
        let is_new = |shared: &Shared| Some(&shared.session.access_key_id) != before.as_ref();
        let meanwhile = found()
            .filter(|shared| is_worth_keeping(context, shared))
            .filter(|shared| {
                !renew || is_new(shared) || made_with(context, serial, source, shared)
            });
        let (mfa_session, origin) = if let Some(shared) = meanwhile {
            (shared.session, Origin::Shared)
        } else {
            let user = self.without_role(account);
            let session = self.ask(&user, source)?;
            let name = Name::of(asking.access_key_id(), serial, user.duration);
            if let Err(error) = sharing.put(&name, account.name.as_str(), &session) {
                let name = &account.name;
                context
                    .console
                    .note(&format!("{name}: the session is not shared: {error}"));
            }
            (session, Origin::Code)
        };
        drop(turn);
        let session = match account.role {
            None => mfa_session,
            Some(_) => asking.role_out_of(&mfa_session)?,
        };
        Ok(Acquired { session, origin })
    }

    /// The account as its user sees it before a role is assumed.
    pub(super) fn without_role(&self, account: &Account) -> Account {
        let mut user = account.clone();
        if user.role.take().is_some() {
            let duration = self.accounts.config.defaults.duration;
            user.duration = duration
                .unwrap_or(SessionDuration::DEFAULT_PLAIN)
                .clamp(SessionDuration::MIN, SessionDuration::MAX_PLAIN);
        }
        user
    }

    /// Asks AWS, with a code, and again as long as that helps.
    fn ask(&self, account: &Account, source: &mut Source) -> Result<Session> {
        let context = self.accounts.context;
        let Some(Device { serial, .. }) = &account.device else {
            return Err(Failure::broken("the account's device is not known"));
        };
        let asker = self.asker(account)?;
        let mut tries = 0;
        loop {
            let code = source.code(account, serial)?;
            let mut used = UsedCodes::load(context);
            if let Some(spent) = used.spent(serial, &code, context.unix_now()) {
                source.wait_for_next(account, spent, &context.console)?;
                continue;
            }
            tries += 1;
            match asker.session(serial, &code) {
                Ok(session) => {
                    used.put(serial, &code, context.unix_now());
                    return Ok(session);
                }
                Err(Refusal::Code(failure)) if tries < TRIES => {
                    if !source.ask_again(&format!("{failure}. Try the next one.")) {
                        return Err(failure);
                    }
                }
                Err(Refusal::Device(failure)) => {
                    return Err(forget(context, asker.access_key_id(), serial, failure));
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
    pub fn asker<'b>(&self, account: &'b Account) -> Result<Asker<'b>>
    where
        'a: 'b,
    {
        let Accounts {
            context, profiles, ..
        } = *self.accounts;
        let endpoints = Endpoints::of(context, profiles, account)?;
        Ok(Asker::new(context, account, endpoints, self.key(account)?))
    }

    /// The key in the account's source profile.
    fn key(&self, account: &Account) -> Result<Credentials> {
        let profile = &account.source_profile;
        if let Some(known) = self.keys.borrow().get(profile) {
            return Ok(known.clone());
        }
        let keys = self.accounts.source_keys(account)?;
        let key = long_term_credentials(profile, keys, Stdio::inherit())?;
        self.keys.borrow_mut().insert(profile.clone(), key.clone());
        Ok(key)
    }

    /// The account's device: the one that somebody named, or that an earlier run found, or that IAM
    /// lists. The account knows it from then on.
    ///
    /// # Errors
    ///
    /// If there is no such device or more than one, or IAM cannot be asked.
    pub fn find_device(&self, account: &mut Account) -> Result<Device> {
        let context = self.accounts.context;
        let device = if let Some(device) = account.device.clone() {
            device
        } else {
            let asker = self.asker(account)?;
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
}

/// The session that this shell holds, if it is one of this account and worth keeping.
fn held(context: &Context, account: &Account, options: &AccountOptions) -> Option<Session> {
    let held = Held::by(&context.env)?;
    let memory = Memory::of(&context.env);
    let same = held.account == account.name.as_str()
        && memory.is_of(account)
        && memory.is_in_place(&context.env);
    let asked_for_another = options.duration.is_some() || options.mfa_serial.is_some();
    let worth_it = held.seconds_left(context) > WORTH_KEEPING_SECONDS;
    if !asked_for_another && same && worth_it {
        held.session(context)
    } else {
        None
    }
}

/// The shared sessions, if the account takes part. Where the system has no place for them, that is
/// said, and it goes on without.
fn sharing<'a>(context: &'a Context, account: &Account) -> Option<SharedSessions<'a>> {
    if !account.share {
        return None;
    }
    SharedSessions::open(context)
        .inspect_err(|error| {
            context.console.note(&format!(
                "{}: the session is not shared: {error}",
                account.name
            ));
        })
        .ok()
}

/// Whether a shared session was made with the very code that is given now, by another process that
/// was given it, too.
fn made_with(context: &Context, serial: &MfaSerial, source: &Source, shared: &Shared) -> bool {
    let Source::Given(code) = source else {
        return false;
    };
    let now = context.unix_now();
    let spent = UsedCodes::load(context).spent(serial, code, now);
    spent.is_some_and(|spent| shared.made_at.abs_diff(now - spent.ago) <= 1)
}

fn is_worth_keeping(context: &Context, shared: &Shared) -> bool {
    shared.session.expires_at - context.unix_now() > WORTH_KEEPING_SECONDS
}

/// Whether its role is wanted for longer than AWS gives one out of a session; then each asks with a
/// code of its own.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>
pub(super) fn is_long_role(account: &Account) -> bool {
    account.role.is_some() && account.duration > SessionDuration::DEFAULT_ROLE
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

fn forget(context: &Context, access_key_id: &str, serial: &MfaSerial, failure: Failure) -> Failure {
    let mut remembered = Remembered::load(context);
    let is_it = remembered.get(access_key_id).as_ref() == Some(serial);
    if is_it && remembered.forget(access_key_id) {
        failure.help("it was remembered from an earlier look-up and is forgotten now: try again with a new code")
    } else {
        failure
    }
}
