//! `aws-mfa credential-process`: prints a session in the form that the AWS CLI and the SDKs expect of a
//! `credential_process`.

use secrecy::ExposeSecret as _;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{LoadedConfig, check_stdout_is_open, hand_over, session_provider};
use crate::account::Account;
use crate::cli::{CredentialProcessArgs, GlobalOptions};
use crate::context::Context;
use crate::credentials::Session;
use crate::error::{ErrorKind, Failure, Result};
use crate::session::SessionProvider;
use crate::session::shared::{SessionKey, SharedSessions};
use crate::session::{ProvidedSession, SessionSource};

/// The output that AWS tools expect:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    expiration: String,
}

/// Prints a session for the AWS CLI or an SDK, which runs the command again when the session expires.
///
/// # Errors
///
/// If there is no session; nothing is printed then.
pub fn run(context: &Context, global: &GlobalOptions, args: &CredentialProcessArgs) -> Result<u8> {
    check_stdout_is_open()?;
    let sources = LoadedConfig::load_without_warnings(context, global)?;
    let accounts = sources.accounts(context);
    let mut account = accounts.resolve_with(&args.account, &args.options.overrides)?;
    let code: Vec<String> = args.code.iter().cloned().collect();
    let fresh = args.options.fresh || !code.is_empty();
    let provider = session_provider(&accounts, &args.options);
    let store = RoleSessionStore::for_account(context, &provider, &account);
    let stored = store.filter(|_| !fresh).and_then(|store| store.load());
    let renewal = renewal_seconds(&account);
    let has_enough_time_left =
        |session: &Session| session.expires_at - context.unix_now() > renewal;
    let session = match stored {
        Some(session) if has_enough_time_left(&session) => session,
        stored => {
            let usage_hint = format!("aws-mfa credential-process {} --code", account.name);
            match provider.session(&mut account, &code, &usage_hint) {
                Ok(ProvidedSession { session, source }) => {
                    // Opened again: the device, a part of the store's key, may be known only now.
                    if source != SessionSource::ThisShell
                        && let Some(store) =
                            RoleSessionStore::for_account(context, &provider, &account)
                    {
                        store.store(&account, &session);
                    }
                    session
                }
                // The stored one is used until it expires.
                Err(failure) => match stored {
                    Some(session)
                        if matches!(failure.kind(), ErrorKind::NoCode | ErrorKind::Unreachable) =>
                    {
                        let name = &account.name;
                        let detail = || format!("{name}: could not renew the session: {failure}");
                        context.console.detail(detail);
                        session
                    }
                    _ => return Err(failure),
                },
            }
        }
    };
    let credentials = Credentials {
        version: 1,
        access_key_id: &session.access_key_id,
        secret_access_key: session.secret_access_key.expose_secret(),
        session_token: session.session_token.expose_secret(),
        expiration: session.expiration(),
    };
    let mut text = Zeroizing::new(Vec::with_capacity(16 * 1024));
    serde_json::to_writer(&mut *text, &credentials)
        .map_err(|error| Failure::broken(format!("could not print the session: {error}")))?;
    text.push(b'\n');
    hand_over(&text)?;
    Ok(0)
}

/// The seconds left below which a role's session is renewed, which costs no code: a third of its duration, but no more
/// than 15 minutes, from which on botocore asks for new credentials at each of its requests
/// (`RefreshableCredentials._advisory_refresh_timeout`).
fn renewal_seconds(account: &Account) -> i64 {
    const ADVISORY_REFRESH_SECONDS: i64 = 15 * 60;
    let seconds = i64::from(account.duration.seconds());
    ADVISORY_REFRESH_SECONDS.min(seconds / 3)
}

/// The entry of a role's session in the store of shared sessions. An AWS tool runs `credential_process` at each start,
/// and would otherwise wait for STS each time.
struct RoleSessionStore<'a> {
    sessions: SharedSessions<'a>,
    key: SessionKey,
    context: &'a Context,
}

impl<'a> RoleSessionStore<'a> {
    /// Opens the store; `None` if the account has no role, does not share sessions, or has an unknown device.
    fn for_account(
        context: &'a Context,
        provider: &SessionProvider<'_>,
        account: &Account,
    ) -> Option<Self> {
        if account.role.is_none() || !account.share {
            return None;
        }
        let sessions = SharedSessions::open(context).ok()?;
        let key = provider.session_key(account, &sessions)?;
        Some(Self {
            sessions,
            key,
            context,
        })
    }

    /// The stored session, if it has not expired.
    fn load(&self) -> Option<Session> {
        Some(self.sessions.get(&self.key)?.session)
    }

    /// Stores the session. A failure is reported only at `-v`: the next call then requests a session from AWS.
    fn store(&self, account: &Account, session: &Session) {
        let stored = self
            .sessions
            .insert(&self.key, account.name.as_str(), session);
        if let Err(error) = stored {
            let name = &account.name;
            self.context
                .console
                .detail(|| format!("{name}: could not store the role's session: {error}"));
        }
    }
}
