use secrecy::ExposeSecret as _;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{LoadedConfig, print, session_provider};
use crate::account::{Account, Role};
use crate::cli::{CredentialProcessArgs, GlobalOptions};
use crate::context::Context;
use crate::credentials::Session;
use crate::error::{Failure, Result};
use crate::session::MIN_REMAINING_SECONDS;
use crate::session::SessionProvider;
use crate::session::shared::{SessionKey, SharedSessions};
use crate::session::{ProvidedSession, SessionSource};

/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    expiration: String,
}

/// Prints a session for the AWS CLI or an SDK, which asks again when it ends.
///
/// # Errors
///
/// Whatever kept the session from being had; nothing is printed then.
pub fn run(context: &Context, global: &GlobalOptions, args: &CredentialProcessArgs) -> Result<u8> {
    let sources = LoadedConfig::load(context, global)?;
    let accounts = sources.accounts(context);
    let mut account = accounts.resolve_with(&args.account, &args.options.overrides)?;
    let code: Vec<String> = args.code.iter().cloned().collect();
    let fresh = args.options.fresh || !code.is_empty();
    let provider = session_provider(&accounts, &args.options);
    let kept = KeptRole::of(context, &provider, &account);
    let session = if let Some(session) = kept.filter(|_| !fresh).and_then(|kept| kept.get()) {
        session
    } else {
        let how = format!("aws-mfa credential-process {} --code", account.name);
        let ProvidedSession { session, source } = provider.session(&mut account, &code, &how)?;
        // The device may have been looked up only now.
        if source != SessionSource::ThisShell
            && let Some(kept) = KeptRole::of(context, &provider, &account)
        {
            kept.stored(&account, &session);
        }
        session
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
    print(&text)?;
    Ok(0)
}

/// Where the session of a role is kept for the next call: a program that reads its configuration
/// calls at each start, and need not wait for AWS each time.
struct KeptRole<'a> {
    sessions: SharedSessions<'a>,
    name: SessionKey,
    context: &'a Context,
}

impl<'a> KeptRole<'a> {
    /// `None` if the account has no role or shares nothing.
    fn of(context: &'a Context, provider: &SessionProvider<'_>, account: &Account) -> Option<Self> {
        let role: &Role = account.role.as_ref().filter(|_| account.share)?;
        let client = provider.client(account).ok()?;
        let serial = provider.known_device(account, &client)?;
        let name =
            SessionKey::new(client.access_key_id(), &serial, account.duration).with_role(role);
        Some(Self {
            sessions: SharedSessions::open(context).ok()?,
            name,
            context,
        })
    }

    fn get(&self) -> Option<Session> {
        let session = self.sessions.get(&self.name)?.session;
        let left = session.expires_at - self.context.unix_now();
        (left > MIN_REMAINING_SECONDS).then_some(session)
    }

    /// Where there is no room for it, the next call asks AWS.
    fn stored(&self, account: &Account, session: &Session) {
        let stored = self
            .sessions
            .insert(&self.name, account.name.as_str(), session);
        if let Err(error) = stored {
            let name = &account.name;
            self.context
                .console
                .detail(|| format!("{name}: the role's session is not kept: {error}"));
        }
    }
}
