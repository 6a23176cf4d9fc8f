//! The session provider: it decides whether a session is reused or requested; the rules are in the docs of
//! [`session`](super). The subcommands that need a session call it. It never writes to a shell or a file: `delivery`
//! does that with its result.

use std::cell::RefCell;
use std::collections::BTreeMap;

use aws_credential_types::Credentials;

use super::MIN_REMAINING_SECONDS;
use super::device_lock::DeviceLock;
use super::shared::{Requester, SessionKey, SharedSession, SharedSessions};
use crate::account::resolve::Accounts;
use crate::account::{Account, Device, MfaSerial, Overrides, SessionDuration};
use crate::aws::endpoints::Endpoints;
use crate::aws::{AwsClient, Connector, RequestError};
use crate::code::device::{self, DeviceCache, PickDevice};
use crate::code::source::{CodeSource, TRIES};
use crate::code::used_codes::UsedCodes;
use crate::context::Context;
use crate::credentials::Session;
use crate::environment::{RestoreRecord, ShellSession};
use crate::error::{ErrorKind, Failure, Result};
use crate::key::{ProcessMessages, long_term_key};
use crate::terminal::Terminal;

/// A session and where it came from.
#[derive(Debug)]
pub struct ProvidedSession {
    /// The session.
    pub session: Session,
    /// Its origin.
    pub source: SessionSource,
}

/// The origin of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionSource {
    /// This shell holds it already.
    ThisShell,
    /// Another process requested and shared it, or it is a role's, assumed from a shared session.
    Shared,
    /// STS, for a code.
    Code,
}

/// The options of one run that decide whether a session may be reused.
#[derive(Clone, Copy, Debug)]
pub struct ProviderOptions<'a> {
    /// The account's settings from the command line.
    pub overrides: &'a Overrides,
    /// Never reuse a session.
    pub fresh: bool,
    /// Do not ask for the confirmation that `confirm = true` demands.
    pub skip_confirmation: bool,
    /// Lets the user pick one of several devices.
    pub pick_device: PickDevice,
}

/// Provides sessions: from this shell, from the shared store, or from STS with a code. Caches each source
/// profile's key, because reading one may run `credential_process`.
#[derive(Debug)]
pub struct SessionProvider<'a> {
    accounts: &'a Accounts<'a>,
    options: ProviderOptions<'a>,
    keys: RefCell<BTreeMap<String, Credentials>>,
    connector: Connector<'a>,
}

impl<'a> SessionProvider<'a> {
    /// A provider for these accounts.
    #[must_use]
    pub fn new(accounts: &'a Accounts<'a>, options: ProviderOptions<'a>) -> Self {
        Self {
            accounts,
            options,
            keys: RefCell::default(),
            connector: Connector::new(accounts.context),
        }
    }

    /// Provides a session for the account: the one that this shell holds, else a shared one, else a new one
    /// for a code. The code is in `code_args`, or comes from the account's command or the user; the error
    /// for a run without a terminal shows `usage_hint`, the command line that takes a code.
    ///
    /// # Errors
    ///
    /// If AWS refuses or cannot be reached, or anything that the request needs is missing.
    pub fn session(
        &self,
        account: &mut Account,
        code_args: &[String],
        usage_hint: &str,
    ) -> Result<ProvidedSession> {
        let context = self.accounts.context;
        let renew = self.options.fresh || !code_args.is_empty();
        if let (Some(session), false) = (
            session_in_shell(context, account, self.options.overrides),
            renew,
        ) {
            return Ok(ProvidedSession {
                session,
                source: SessionSource::ThisShell,
            });
        }
        self.accounts.source_credentials(account)?;
        for warning in &account.warnings {
            context.console.warn(warning);
        }
        let sharing = shared_sessions(context, account);
        if let (Some(sharing), false) = (&sharing, renew)
            && let Some(session) = self.shared(account, sharing, MIN_REMAINING_SECONDS)?
        {
            return Ok(ProvidedSession {
                session,
                source: SessionSource::Shared,
            });
        }
        self.confirm_if_required(account)?;
        // A run that cannot get a code must not wait for the network first.
        let mut code_source = match CodeSource::new(code_args, account, usage_hint) {
            Err(failure) if failure.kind() == ErrorKind::NoCode && !renew => {
                // No code will come, so a session is used until it expires.
                let session = match &sharing {
                    Some(sharing) => match self.shared(account, sharing, 0)? {
                        None => self.wait_for_other_process(account, sharing)?,
                        session => session,
                    },
                    None => None,
                };
                let source = SessionSource::Shared;
                return session
                    .map(|session| ProvidedSession { session, source })
                    .ok_or(failure);
            }
            code_source => code_source?,
        };
        context
            .console
            .detail(|| format!("MFA code from {}", code_source.describe()));
        self.find_device(account)?;
        match sharing {
            Some(sharing) if !account.needs_own_code() => {
                self.create_exclusively(account, &sharing, renew, &mut code_source)
            }
            _ => Ok(ProvidedSession {
                session: self.request(account, &mut code_source)?,
                source: SessionSource::Code,
            }),
        }
    }

    /// A session that needs no code: a shared one with more than `min_remaining` seconds left, or one of the account's
    /// role, assumed from such a session.
    fn shared(
        &self,
        account: &Account,
        sharing: &SharedSessions<'_>,
        min_remaining: i64,
    ) -> Result<Option<Session>> {
        if account.needs_own_code() {
            return Ok(None);
        }
        let context = self.accounts.context;
        let client = self.client(account)?;
        let requester = self.requester(account, &client)?;
        let known = self.known_device(account, &client);
        let Some(serial) = known.or_else(|| sharing.device_for_account(account, &requester)) else {
            return Ok(None);
        };
        let found = sharing.for_account(account, &requester, &serial);
        let is_long_enough =
            |found: &SharedSession| found.session.expires_at - context.unix_now() > min_remaining;
        let Some(found) = found.filter(is_long_enough) else {
            return Ok(None);
        };
        if account.role.is_none() {
            return Ok(Some(found.session));
        }
        self.confirm_if_required(account)?;
        Ok(Some(client.assume_role(&found.session)?))
    }

    /// A session for a process without a code: waits up to
    /// [`Limits::unattended_lock`](crate::context::Limits::unattended_lock) for the process that is asking for a code
    /// of this device, if there is one, then takes the session that it shared.
    fn wait_for_other_process(
        &self,
        account: &Account,
        sharing: &SharedSessions<'_>,
    ) -> Result<Option<Session>> {
        let client = self.client(account)?;
        if let Some(serial) = self.known_device(account, &client) {
            let limit = self.accounts.context.limits.unattended_lock;
            DeviceLock::wait_until_free(self.accounts.context, &serial, limit);
        }
        self.shared(account, sharing, 0)
    }

    /// Asks the user to confirm if the account has `confirm = true` and `--yes` is not given.
    ///
    /// # Errors
    ///
    /// If the user declines, or there is no terminal.
    pub fn confirm_if_required(&self, account: &Account) -> Result<()> {
        if account.confirm && !self.options.skip_confirmation {
            confirm(account, || self.target(account))
        } else {
            Ok(())
        }
    }

    /// The account's AWS account and role. If only the device tells, and it is neither configured nor cached, IAM is
    /// asked for it, which the request for the session would do next.
    fn target(&self, account: &Account) -> Result<String> {
        let mut account = account.clone();
        if account.target().is_none() {
            self.find_device(&mut account)?;
        }
        Ok(account.target_or_key())
    }

    /// The account's device, if it is configured or cached.
    #[must_use]
    pub fn known_device(&self, account: &Account, client: &AwsClient<'_>) -> Option<MfaSerial> {
        let named = account.device.as_ref().map(|device| device.serial.clone());
        named.or_else(|| DeviceCache::load(self.accounts.context).get(client.access_key_id()))
    }

    /// The key under which the account's session is shared, of its role if it has one; `None` as long as its device is
    /// not known. A device that is neither configured nor cached is taken from a shared session of the same requester:
    /// the cache may have been deleted meanwhile.
    #[must_use]
    pub fn session_key(
        &self,
        account: &Account,
        sharing: &SharedSessions<'_>,
    ) -> Option<SessionKey> {
        let client = self.client(account).ok()?;
        let requester = self.requester(account, &client).ok()?;
        let known = self.known_device(account, &client);
        let serial = known.or_else(|| sharing.device_for_account(account, &requester))?;
        let key = SessionKey::new(requester, &serial, account.duration);
        Some(match &account.role {
            Some(role) => key.with_role(role),
            None => key,
        })
    }

    /// The long-term key of this client, and the STS that it sends requests to.
    fn requester(&self, account: &Account, client: &AwsClient<'_>) -> Result<Requester> {
        let Accounts {
            context, profiles, ..
        } = *self.accounts;
        Ok(Requester {
            access_key_id: client.access_key_id().to_owned(),
            sts_url: Endpoints::shown_sts_url(context, profiles, account)?,
        })
    }

    /// Requests an MFA session for the account and shares it. Of several processes that want it at the same
    /// time, one asks for the code; the others wait and take the session that it shared.
    fn create_exclusively(
        &self,
        account: &Account,
        sharing: &SharedSessions<'_>,
        renew: bool,
        code_source: &mut CodeSource,
    ) -> Result<ProvidedSession> {
        let context = self.accounts.context;
        let Some(Device { serial, .. }) = &account.device else {
            return Err(Failure::broken("the account's device is not known"));
        };
        let client = self.client(account)?;
        let requester = self.requester(account, &client)?;
        let found = || sharing.for_account(account, &requester, serial);
        let before = found().map(|shared| shared.session.access_key_id);
        let lock = DeviceLock::acquire(context, serial, code_source.lock_timeout(&context.limits));
        let is_new =
            |shared: &SharedSession| Some(&shared.session.access_key_id) != before.as_ref();
        let shared_meanwhile = found()
            .filter(|shared| has_enough_time_left(context, shared))
            .filter(|shared| {
                !renew || is_new(shared) || made_with(context, serial, code_source, shared)
            });
        let (mfa_session, source) = if let Some(shared) = shared_meanwhile {
            (shared.session, SessionSource::Shared)
        } else {
            let user = self.without_role(account);
            let session = self.request(&user, code_source)?;
            let key = SessionKey::new(requester, serial, user.duration);
            if let Err(error) = sharing.insert(&key, account.name.as_str(), &session) {
                let name = &account.name;
                context
                    .console
                    .info(&format!("{name}: the session is not shared: {error}"));
            }
            (session, SessionSource::Code)
        };
        drop(lock);
        let session = match account.role {
            None => mfa_session,
            Some(_) => client.assume_role(&mfa_session)?,
        };
        Ok(ProvidedSession { session, source })
    }

    /// The account without its role, for which the MFA session is requested that the role is then assumed from.
    #[must_use]
    pub fn without_role(&self, account: &Account) -> Account {
        let mut user = account.clone();
        if user.role.take().is_some() {
            let duration = self.accounts.config.defaults.duration;
            user.duration = duration
                .unwrap_or(SessionDuration::DEFAULT_MFA)
                .clamp(SessionDuration::MIN, SessionDuration::MAX_MFA);
        }
        user
    }

    /// Requests a session from STS with a code. At a prompt, a code that AWS refuses is asked for again, up to
    /// [`TRIES`] times.
    fn request(&self, account: &Account, code_source: &mut CodeSource) -> Result<Session> {
        let context = self.accounts.context;
        let Some(Device { serial, .. }) = &account.device else {
            return Err(Failure::broken("the account's device is not known"));
        };
        let client = self.client(account)?;
        let mut tries = 0;
        loop {
            let code = code_source.code(account, serial, &context.limits)?;
            let mut used = UsedCodes::load(context);
            if let Some(used_code) = used.find(serial, &code, context.unix_now()) {
                code_source.wait_for_next(account, used_code, &context.console)?;
                continue;
            }
            tries += 1;
            match client.session(serial, &code) {
                Ok(session) => {
                    used.record(serial, &code, context.unix_now());
                    return Ok(session);
                }
                Err(RequestError::WrongCode(failure)) if tries < TRIES => {
                    if !code_source.prepare_retry(&format!("{failure}. Try the next code.")) {
                        return Err(failure);
                    }
                }
                Err(RequestError::WrongDevice(failure)) => {
                    return Err(forget_device(
                        context,
                        client.access_key_id(),
                        serial,
                        failure,
                    ));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// A client for this account, with the long-term key of its source profile. All clients of a provider share
    /// one [`Connector`].
    ///
    /// # Errors
    ///
    /// If the source profile contains no key, or an endpoint is not a URL.
    pub fn client<'b>(&'b self, account: &'b Account) -> Result<AwsClient<'b>> {
        let Accounts {
            context, profiles, ..
        } = *self.accounts;
        let endpoints = Endpoints::for_account(context, profiles, account)?;
        let key = self.key(account, &endpoints)?;
        Ok(AwsClient::new(&self.connector, account, endpoints, key))
    }

    /// The long-term key in the account's source profile. Warns once about one that does not look like AWS's, unless
    /// it is for another system.
    fn key(&self, account: &Account, endpoints: &Endpoints) -> Result<Credentials> {
        let profile = &account.source_profile;
        if let Some(known) = self.keys.borrow().get(profile) {
            return Ok(known.clone());
        }
        let keys = self.accounts.source_credentials(account)?;
        let context = self.accounts.context;
        let key = long_term_key(context, account, keys, ProcessMessages::Shown)?;
        if let Some(oddity) = key.oddity().filter(|_| endpoints.are_of_aws()) {
            context.console.warn(&format!(
                "the key of profile {profile} looks unusual: {oddity}"
            ));
        }
        let key = Credentials::from(&key);
        self.keys.borrow_mut().insert(profile.clone(), key.clone());
        Ok(key)
    }

    /// Sets the account's device: the configured one, else the cached one, else the one that IAM lists.
    ///
    /// # Errors
    ///
    /// If the source profile contains no key, or as [`device::look_up`].
    pub fn find_device(&self, account: &mut Account) -> Result<Device> {
        let context = self.accounts.context;
        let device = if let Some(device) = account.device.clone() {
            device
        } else {
            let client = self.client(account)?;
            device::look_up(context, account, &client, self.options.pick_device)?
        };
        context
            .console
            .detail(|| format!("MFA device {} from {}", device.serial, device.origin));
        account.device = Some(device.clone());
        Ok(device)
    }
}

/// The session that this shell holds, if it is this account's, was made from the same source, and has more
/// than [`MIN_REMAINING_SECONDS`] left.
fn session_in_shell(
    context: &Context,
    account: &Account,
    overrides: &Overrides,
) -> Option<Session> {
    let loaded = ShellSession::from_env(&context.env)?;
    let record = RestoreRecord::from_env(&context.env);
    let role_arn = account.role.as_ref().map(|role| role.arn.as_str());
    let is_same = loaded.account == account.name.as_str()
        && record.has_origin(&account.source_profile, role_arn)
        && record.keys_unchanged(&context.env);
    let wants_other = overrides.duration.is_some() || overrides.mfa_serial.is_some();
    let now = context.unix_now();
    let has_enough_time = loaded.seconds_left(now) > MIN_REMAINING_SECONDS;
    if !wants_other && is_same && has_enough_time {
        loaded.credentials(now)
    } else {
        None
    }
}

/// The shared sessions, if the account shares. If the system has no store for them, a message says so and the
/// session is not shared.
fn shared_sessions<'a>(context: &'a Context, account: &Account) -> Option<SharedSessions<'a>> {
    if !account.share {
        return None;
    }
    SharedSessions::open(context)
        .inspect_err(|error| {
            context.console.info(&format!(
                "{}: the session is not shared: {error}",
                account.name
            ));
        })
        .ok()
}

/// Whether another process that was given the same code as this one made the shared session with it.
fn made_with(
    context: &Context,
    serial: &MfaSerial,
    code_source: &CodeSource,
    shared: &SharedSession,
) -> bool {
    let CodeSource::Given(code) = code_source else {
        return false;
    };
    let now = context.unix_now();
    let used = UsedCodes::load(context).find(serial, code, now);
    used.is_some_and(|used| shared.made_at.abs_diff(now - used.ago) <= 1)
}

fn has_enough_time_left(context: &Context, shared: &SharedSession) -> bool {
    shared.session.expires_at - context.unix_now() > MIN_REMAINING_SECONDS
}

/// Asks the user whether to request a session. `target` is called only if there is a terminal.
///
/// # Errors
///
/// If the user declines, there is no terminal, or the target cannot be determined.
fn confirm(account: &Account, target: impl FnOnce() -> Result<String>) -> Result<()> {
    let name = &account.name;
    let Some(mut terminal) = Terminal::open() else {
        return Err(Failure::usage(format!(
            "account {name} requires a confirmation, and there is no terminal"
        ))
        .help("use --yes, or remove confirm = true from config.toml"));
    };
    let target = target()?;
    let answer = terminal
        .ask(&format!("Request a session for {name} ({target})? [y/N] "))
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

/// Removes a device that STS calls invalid from the cache; if it was there, the help of the failure says so.
fn forget_device(
    context: &Context,
    access_key_id: &str,
    serial: &MfaSerial,
    failure: Failure,
) -> Failure {
    let mut cache = DeviceCache::load(context);
    let is_cached = cache.get(access_key_id).as_ref() == Some(serial);
    if is_cached && cache.remove(access_key_id) {
        failure.with_only_help(
            "the device came from the cache and was removed from it; try again with a new code",
        )
    } else {
        failure
    }
}
