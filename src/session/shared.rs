use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::account::aws_profiles::Keys;
use crate::account::resolve::Accounts;
use crate::account::{Account, MfaSerial, Role, SessionDuration};
use crate::code::device::DeviceCache;
use crate::context::Context;
use crate::credentials::Session;

/// The kernel's keyring of the user.
#[cfg(target_os = "linux")]
mod keyring;

/// A place of the operating system's for small secrets: in memory, for this user alone, and gone by
/// itself after a time. Names are no secret.
pub trait Store: fmt::Debug {
    /// Under which names there is something.
    ///
    /// # Errors
    ///
    /// If the system keeps no such place, or not for this process. So for all of these.
    fn names(&self) -> io::Result<Vec<String>>;
    /// What is kept under a name.
    fn read(&self, name: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>>;
    /// Keeps a secret for so long, in place of what was there; that stays if the new one cannot be kept.
    /// Without room for it, the error is [`io::ErrorKind::QuotaExceeded`].
    fn write(&self, name: &str, secret: &[u8], lifetime: Duration) -> io::Result<()>;
    /// Drops what is kept under a name; whether there was something.
    fn remove(&self, name: &str) -> io::Result<bool>;
}

/// The system's own place.
///
/// # Errors
///
/// If it has none that is known here, or does not let this process use it.
pub fn store() -> io::Result<Box<dyn Store>> {
    #[cfg(target_os = "linux")]
    {
        Ok(Box::new(keyring::UserKeyring::open()?))
    }
    #[cfg(not(target_os = "linux"))]
    {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "only Linux's kernel keyring is supported so far",
        ))
    }
}

/// What a shared session is good for. Whoever needs the same can have it without a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKey {
    /// The id of the long-term key that asked; no secret.
    pub access_key_id: String,
    /// The device whose code was given.
    pub serial: MfaSerial,
    /// The duration that was asked for.
    pub duration: SessionDuration,
    /// For a role's session: the role's ARN, and what else it was asked for with.
    pub role: Option<(String, String)>,
}

/// What all names begin with, so that nobody else's secrets are touched.
const KEY_PREFIX: &str = "aws-mfa";

impl SessionKey {
    /// The name of sessions of this key and device.
    #[must_use]
    pub fn new(access_key_id: &str, serial: &MfaSerial, duration: SessionDuration) -> Self {
        Self {
            access_key_id: access_key_id.to_owned(),
            serial: serial.clone(),
            duration,
            role: None,
        }
    }

    /// The name of this role's sessions.
    #[must_use]
    pub fn with_role(mut self, role: &Role) -> Self {
        let external_id = role.external_id.as_ref().map_or("", |id| id.as_str());
        // None of the two has a blank, and the session's name no slash.
        let with = format!("{}/{external_id}", role.session_name);
        self.role = Some((role.arn.to_string(), with));
        self
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let ours = words.next()? == KEY_PREFIX;
        let name = Self {
            access_key_id: words.next()?.to_owned(),
            serial: words.next()?.parse().ok()?,
            duration: words.next()?.parse().ok()?,
            role: words
                .next()
                .and_then(|arn| Some((arn.to_owned(), words.next()?.to_owned()))),
        };
        ours.then_some(name)
    }
}

/// In words without a blank, as AWS's ids are.
impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.duration.seconds();
        write!(
            f,
            "{KEY_PREFIX} {} {} {seconds}",
            self.access_key_id, self.serial
        )?;
        match &self.role {
            Some((arn, with)) => write!(f, " {arn} {with}"),
            None => Ok(()),
        }
    }
}

/// A session that is shared.
#[derive(Clone, Debug)]
pub struct SharedSession {
    /// The account that it was made for.
    pub account: String,
    /// When, in Unix seconds.
    pub made_at: i64,
    /// The session itself.
    pub session: Session,
}

/// As it is kept.
#[derive(Serialize, Deserialize)]
struct StoredSession<'a> {
    account: &'a str,
    made_at: i64,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    expires_at: i64,
}

/// The shared sessions of this user.
#[derive(Debug)]
pub struct SharedSessions<'a> {
    context: &'a Context,
    store: Box<dyn Store>,
}

impl<'a> SharedSessions<'a> {
    /// Those in the system's store.
    ///
    /// # Errors
    ///
    /// As [`store`].
    pub fn open(context: &'a Context) -> io::Result<Self> {
        Ok(Self {
            context,
            store: store()?,
        })
    }

    /// The live session of this name.
    #[must_use]
    pub fn get(&self, name: &SessionKey) -> Option<SharedSession> {
        let text = self.store.read(&name.to_string()).ok()??;
        let kept: StoredSession<'_> = serde_json::from_slice(&text).ok()?;
        let session = Session::checked(
            kept.access_key_id,
            kept.secret_access_key,
            kept.session_token,
            kept.expires_at,
            self.context.unix_now(),
        );
        Some(SharedSession {
            account: kept.account.to_owned(),
            made_at: kept.made_at,
            session: session.ok()?,
        })
    }

    /// All live sessions, the one that lives longest first.
    #[must_use]
    pub fn all(&self) -> Vec<(SessionKey, SharedSession)> {
        let names = self.store.names().unwrap_or_default();
        let names = names.iter().filter_map(|name| SessionKey::parse(name));
        let mut all: Vec<(SessionKey, SharedSession)> = names
            .filter_map(|name| Some((name.clone(), self.get(&name)?)))
            .collect();
        all.sort_by_key(|(_, shared)| std::cmp::Reverse(shared.session.expires_at));
        all
    }

    /// The MFA session of this key and device that lives longest, however long it was asked for.
    fn longest(&self, access_key_id: &str, serial: &MfaSerial) -> Option<SharedSession> {
        let mut all = self.all().into_iter();
        let fits = |name: &SessionKey| {
            name.role.is_none() && name.access_key_id == access_key_id && name.serial == *serial
        };
        all.find_map(|(name, shared)| fits(&name).then_some(shared))
    }

    /// The MFA session that does for an account: for the user alone one of the duration that is
    /// wanted, for a role any.
    #[must_use]
    pub fn for_account(
        &self,
        account: &Account,
        access_key_id: &str,
        serial: &MfaSerial,
    ) -> Option<SharedSession> {
        match account.role {
            None => self.get(&SessionKey::new(access_key_id, serial, account.duration)),
            Some(_) => self.longest(access_key_id, serial),
        }
    }

    /// Shares a session until its end. To make room for one that a code was given for, those that can be
    /// had out of it are dropped.
    ///
    /// # Errors
    ///
    /// If the system does not take it, as when the user has no room left there.
    pub fn insert(&self, name: &SessionKey, account: &str, session: &Session) -> io::Result<()> {
        let now = self.context.unix_now();
        let left = u64::try_from(session.expires_at - now).unwrap_or(0);
        let kept = StoredSession {
            account,
            made_at: now,
            access_key_id: &session.access_key_id,
            secret_access_key: session.secret_access_key.expose_secret(),
            session_token: session.session_token.expose_secret(),
            expires_at: session.expires_at,
        };
        // So large that it need not grow, which would leave copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(16 * 1024));
        serde_json::to_writer(&mut *text, &kept)?;
        let write = || {
            let lifetime = Duration::from_secs(left);
            self.store.write(&name.to_string(), &text, lifetime)
        };
        let written = write();
        if is_full(&written) && name.role.is_none() && self.forget(|name| name.role.is_some())? > 0
        {
            return retry_while_quota_exceeded(write);
        }
        written
    }

    /// Drops the sessions of whom `is_meant`; how many there were.
    ///
    /// # Errors
    ///
    /// If the system keeps one of them.
    pub fn forget(&self, is_meant: impl Fn(&SessionKey) -> bool) -> io::Result<usize> {
        let mut count = 0;
        for text in self.store.names()? {
            // What calls itself ours and makes no sense goes with all of them.
            if SessionKey::parse(&text).is_some_and(|name| is_meant(&name)) {
                count += usize::from(self.store.remove(&text)?);
            }
        }
        Ok(count)
    }
}

fn is_full(written: &io::Result<()>) -> bool {
    let full = |error: &io::Error| error.kind() == io::ErrorKind::QuotaExceeded;
    written.as_ref().is_err_and(full)
}

/// Writes as soon as what was dropped has left its room, which the system clears in its own time.
fn retry_while_quota_exceeded(write: impl Fn() -> io::Result<()>) -> io::Result<()> {
    const LIMIT: Duration = Duration::from_millis(500);
    let end = Instant::now() + LIMIT;
    loop {
        let written = write();
        if !is_full(&written) || Instant::now() > end {
            return written;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// When the shared session ends that the account can use without a code, in Unix seconds. Needs neither a
/// command nor the network.
#[must_use]
pub fn shared_until(accounts: &Accounts<'_>, account: &Account) -> Option<i64> {
    if !account.share || account.needs_own_code() {
        return None;
    }
    let Keys::LongTerm { access_key_id, .. } = accounts.source_keys(account).ok()? else {
        return None;
    };
    let configured = account.device.as_ref().map(|device| device.serial.clone());
    let serial = configured.or_else(|| DeviceCache::load(accounts.context).get(access_key_id))?;
    let sessions = SharedSessions::open(accounts.context).ok()?;
    let shared = sessions.for_account(account, access_key_id, &serial)?;
    Some(shared.session.expires_at)
}
