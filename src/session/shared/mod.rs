//! The store of shared sessions, which lets one code be enough for all shells of a user. Used by the session
//! provider, `list`, `status` and `forget`. Nothing here is written to disk: the store keeps sessions in memory,
//! until they expire.

use std::time::{Duration, Instant};
use std::{fmt, io};

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::account::aws_profiles::ProfileCredentials;
use crate::account::resolve::Accounts;
use crate::account::{Account, MfaSerial, Role, SessionDuration};
use crate::aws::endpoints::Endpoints;
use crate::code::device::DeviceCache;
use crate::context::Context;
use crate::credentials::Session;

#[cfg(target_os = "linux")]
mod keyring;

/// A store of small secrets in memory, for this user only, which deletes each after its lifetime: the kernel's
/// keyring, or an agent. [`store`] chooses one. Names are not secret.
///
/// Each method fails if the system has no such store or denies this process access to it.
pub trait Store: fmt::Debug {
    /// The names of all secrets of aws-mfa.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn names(&self) -> io::Result<Vec<String>>;
    /// The secret with this name, if there is one.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    fn read(&self, name: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>>;
    /// Stores a secret for its lifetime, and replaces the one with this name. If that fails, the old one stays.
    ///
    /// # Errors
    ///
    /// If the store cannot be written; [`io::ErrorKind::QuotaExceeded`] if the user's quota is used up.
    fn write(&self, name: &str, secret: &[u8], lifetime: Duration) -> io::Result<()>;
    /// Removes the secret with this name; true if there was one.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    fn remove(&self, name: &str) -> io::Result<bool>;
}

/// The store of this operating system.
///
/// # Errors
///
/// If aws-mfa supports none here, or the system denies this process access to it.
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

/// The long-term key that requests a session, and the STS that knows it: an emulator may know a key of the same ID as
/// AWS does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requester {
    /// The access key id of the long-term key; it is no secret.
    pub access_key_id: String,
    /// The endpoint URL of STS that the user set, as [`Endpoints::shown_sts_url`] returns it; `None` for AWS's own.
    pub sts_url: Option<String>,
}

/// The key of a shared session in the store: everything that it was requested with. A process that needs a
/// session with the same key takes the shared one instead of asking for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionKey {
    /// The long-term key that requested it, and where.
    pub requester: Requester,
    /// The device of its code.
    pub serial: MfaSerial,
    /// The requested duration.
    pub duration: SessionDuration,
    /// For a role's session: the role's ARN, and `<session name>/<external id>`.
    pub role: Option<(String, String)>,
}

/// The first word of all names, which distinguishes the sessions of aws-mfa from other programs' secrets.
const KEY_PREFIX: &str = "aws-mfa";

impl SessionKey {
    /// The key of an MFA session of this long-term key and device.
    #[must_use]
    pub fn new(requester: Requester, serial: &MfaSerial, duration: SessionDuration) -> Self {
        Self {
            requester,
            serial: serial.clone(),
            duration,
            role: None,
        }
    }

    /// The key of a session of this role that was assumed from such an MFA session.
    #[must_use]
    pub fn with_role(mut self, role: &Role) -> Self {
        let external_id = role.external_id.as_ref().map_or("", |id| id.as_str());
        // Neither contains a blank, and a session name no slash:
        // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
        let parameters = format!("{}/{external_id}", role.session_name);
        self.role = Some((role.arn.to_string(), parameters));
        self
    }

    fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        let [KEY_PREFIX, access_key_id, serial, duration, rest @ ..] = &words[..] else {
            return None;
        };
        let (role, sts_url) = match rest {
            [] => (None, None),
            [url] => (None, Some(url)),
            [arn, parameters] => (Some((arn, parameters)), None),
            [arn, parameters, url] => (Some((arn, parameters)), Some(url)),
            _ => return None,
        };
        Some(Self {
            requester: Requester {
                access_key_id: (*access_key_id).to_owned(),
                sts_url: sts_url.map(ToString::to_string),
            },
            serial: serial.parse().ok()?,
            duration: duration.parse().ok()?,
            role: role.map(|(arn, parameters)| (arn.to_string(), parameters.to_string())),
        })
    }
}

/// The name in the store: words separated by blanks, which AWS's IDs and URLs do not contain. The number of words after
/// the duration says which there are: role and parameters, URL, or all three.
impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.duration.seconds();
        write!(
            f,
            "{KEY_PREFIX} {} {} {seconds}",
            self.requester.access_key_id, self.serial
        )?;
        if let Some((arn, parameters)) = &self.role {
            write!(f, " {arn} {parameters}")?;
        }
        match &self.requester.sts_url {
            Some(url) => write!(f, " {url}"),
            None => Ok(()),
        }
    }
}

/// A session in the store.
#[derive(Clone, Debug)]
pub struct SharedSession {
    /// The account that it was requested for.
    pub account: String,
    /// The time of the request, in Unix seconds.
    pub made_at: i64,
    /// The credentials and their expiration.
    pub session: Session,
}

/// The JSON form of a shared session in the store.
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
    /// Opens the store of this operating system.
    ///
    /// # Errors
    ///
    /// The errors of [`store`].
    pub fn open(context: &'a Context) -> io::Result<Self> {
        Ok(Self {
            context,
            store: store()?,
        })
    }

    /// The session with this key that has not expired.
    #[must_use]
    pub fn get(&self, key: &SessionKey) -> Option<SharedSession> {
        let json = self.store.read(&key.to_string()).ok()??;
        let stored: StoredSession<'_> = serde_json::from_slice(&json).ok()?;
        let session = Session::checked(
            stored.access_key_id,
            stored.secret_access_key,
            stored.session_token,
            stored.expires_at,
            self.context.unix_now(),
        );
        Some(SharedSession {
            account: stored.account.to_owned(),
            made_at: stored.made_at,
            session: session.ok()?,
        })
    }

    /// All sessions that have not expired, the one that expires last first.
    #[must_use]
    pub fn all(&self) -> Vec<(SessionKey, SharedSession)> {
        let names = self.store.names().unwrap_or_default();
        let mut all: Vec<(SessionKey, SharedSession)> = names
            .iter()
            .filter_map(|name| SessionKey::parse(name))
            .filter_map(|key| Some((key.clone(), self.get(&key)?)))
            .collect();
        all.sort_by_key(|(_, shared)| std::cmp::Reverse(shared.session.expires_at));
        all
    }

    /// Whether there is none, of any key. Expired ones count.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.store.names().is_ok_and(|names| names.is_empty())
    }

    /// The MFA session of this requester and device that expires last, with any requested duration.
    fn longest(&self, requester: &Requester, serial: &MfaSerial) -> Option<SharedSession> {
        let matches = |key: &SessionKey| {
            key.role.is_none() && key.requester == *requester && key.serial == *serial
        };
        self.all()
            .into_iter()
            .find_map(|(key, shared)| matches(&key).then_some(shared))
    }

    /// The MFA session that an account can use: without a role one of the account's duration, with a role any,
    /// since the role is assumed from it.
    #[must_use]
    pub fn for_account(
        &self,
        account: &Account,
        requester: &Requester,
        serial: &MfaSerial,
    ) -> Option<SharedSession> {
        match account.role {
            None => self.get(&SessionKey::new(
                requester.clone(),
                serial,
                account.duration,
            )),
            Some(_) => self.longest(requester, serial),
        }
    }

    /// The device of a shared session that the account can use, with any device of this requester.
    #[must_use]
    pub fn device_for_account(
        &self,
        account: &Account,
        requester: &Requester,
    ) -> Option<MfaSerial> {
        let has_role = account.role.is_some();
        self.all().into_iter().find_map(|(key, _)| {
            let is_usable = key.role.is_none()
                && key.requester == *requester
                && (has_role || key.duration == account.duration);
            is_usable.then_some(key.serial)
        })
    }

    /// Shares a session until it expires. If the user's quota is used up by an MFA session, the sessions of
    /// roles are removed to make room: they can be assumed again without a code.
    ///
    /// # Errors
    ///
    /// If the store cannot be written, also after that.
    pub fn insert(&self, key: &SessionKey, account: &str, session: &Session) -> io::Result<()> {
        let now = self.context.unix_now();
        let left = u64::try_from(session.expires_at - now).unwrap_or(0);
        let stored = StoredSession {
            account,
            made_at: now,
            access_key_id: &session.access_key_id,
            secret_access_key: session.secret_access_key.expose_secret(),
            session_token: session.session_token.expose_secret(),
            expires_at: session.expires_at,
        };
        // Large enough not to grow: growing would leave a copy in memory that is not zeroed.
        let mut json = Zeroizing::new(Vec::with_capacity(16 * 1024));
        serde_json::to_writer(&mut *json, &stored)?;
        let write = || {
            let lifetime = Duration::from_secs(left);
            self.store.write(&key.to_string(), &json, lifetime)
        };
        let written = write();
        if is_quota_exceeded(&written)
            && key.role.is_none()
            && self.forget(|key| key.role.is_some())? > 0
        {
            return retry_while_quota_exceeded(write);
        }
        written
    }

    /// Removes the sessions whose key matches; returns their number. An entry with the prefix of aws-mfa whose
    /// key cannot be parsed is left alone: another version may have written it.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or does not remove one of them.
    pub fn forget(&self, matches: impl Fn(&SessionKey) -> bool) -> io::Result<usize> {
        let mut count = 0;
        for name in self.store.names()? {
            if SessionKey::parse(&name).is_some_and(|key| matches(&key)) {
                count += usize::from(self.store.remove(&name)?);
            }
        }
        Ok(count)
    }
}

fn is_quota_exceeded(written: &io::Result<()>) -> bool {
    written
        .as_ref()
        .is_err_and(|error| error.kind() == io::ErrorKind::QuotaExceeded)
}

/// Writes again for up to 500 ms: the kernel may free the quota of removed keys later, in its garbage collector
/// (security/keys/gc.c).
fn retry_while_quota_exceeded(write: impl Fn() -> io::Result<()>) -> io::Result<()> {
    const LIMIT: Duration = Duration::from_millis(500);
    let end = Instant::now() + LIMIT;
    loop {
        let written = write();
        if !is_quota_exceeded(&written) || Instant::now() > end {
            return written;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The expiration, in Unix seconds, of the shared session that the account can use without a code. Runs no command and
/// sends no request.
#[must_use]
pub fn shared_until(accounts: &Accounts<'_>, account: &Account) -> Option<i64> {
    if !account.share || account.needs_own_code() {
        return None;
    }
    let ProfileCredentials::LongTerm { access_key_id, .. } =
        accounts.source_credentials(account).ok()?
    else {
        return None;
    };
    let configured = account.device.as_ref().map(|device| device.serial.clone());
    let known = configured.or_else(|| DeviceCache::load(accounts.context).get(access_key_id));
    let sessions = SharedSessions::open(accounts.context).ok()?;
    let requester = Requester {
        access_key_id: access_key_id.to_string(),
        sts_url: Endpoints::shown_sts_url(accounts.context, accounts.profiles, account).ok()?,
    };
    let serial = known.or_else(|| sessions.device_for_account(account, &requester))?;
    let shared = sessions.for_account(account, &requester, &serial)?;
    Some(shared.session.expires_at)
}
