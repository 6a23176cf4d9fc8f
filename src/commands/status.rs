//! `aws-mfa status`: shows the session that the shell holds and the shared ones. It reads only the environment and the
//! store of shared sessions, and sends no requests.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use serde_json::{Value, json};

use super::print;
use crate::cli::{GlobalOptions, StatusArgs};
use crate::console::{printable_json, printable_line};
use crate::context::Context;
use crate::environment::variables::CONFLICTING;
use crate::environment::{PreviousAccounts, RestoreRecord, ShellSession};
use crate::error::Result;
use crate::layout::{Layout, Tone};
use crate::local_time::local_time;
use crate::session::shared::{SessionKey, SharedSession, SharedSessions};
use crate::time::{format_duration, rfc3339};

/// Shows which session the shell holds; returns 0 if that session is live, else 1.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn run(context: &Context, global: &GlobalOptions, args: &StatusArgs) -> Result<u8> {
    let status = Status::new(context);
    if args.json {
        print(format!("{}\n", printable_json(&status.json().to_string())).as_bytes())?;
    } else if !global.quiet {
        let layout = Layout::for_stdout(context.console);
        print(status.describe(context, &layout).as_bytes())?;
        if let Some(command) = &args.hook
            && std::io::stdout().is_terminal()
        {
            let back = match PreviousAccounts::before(&context.env) {
                Some(before) => format!(", or {command} - for {}", printable_line(before)),
                None => String::new(),
            };
            context.console.info(&format!(
                "to switch: {command} ACCOUNT{back}; to end the session: {command} off"
            ));
        }
    }
    Ok(u8::from(!status.is_live))
}

/// The session of the shell as far as the environment describes it, and the shared sessions.
struct Status<'a> {
    session: Option<ShellSession<'a>>,
    /// The seconds until the session expires; 0 if it has, or there is none.
    seconds_left: i64,
    /// Whether the shell has the session's keys, and they are not expired.
    is_live: bool,
    access_key_id: Option<&'a str>,
    /// A variable of the session's keys that no longer has the session's value.
    changed_key: Option<&'static str>,
    /// The variables that were set after the session was loaded and make some AWS tool use other keys.
    preferred: Vec<&'static str>,
    region: Option<&'a str>,
    role_arn: Option<String>,
    shared: Vec<(SessionKey, SharedSession)>,
}

impl<'a> Status<'a> {
    fn new(context: &'a Context) -> Self {
        let env = &context.env;
        let session = ShellSession::from_env(env);
        let seconds_left = session
            .as_ref()
            .map_or(0, |session| session.seconds_left(context.unix_now()));
        let record = RestoreRecord::from_env(env);
        let access_key_id = env.text("AWS_ACCESS_KEY_ID");
        Self {
            session,
            seconds_left,
            // The user may have put other keys into the shell after the session was loaded.
            is_live: seconds_left > 0 && record.changed_key(env).is_none(),
            access_key_id,
            changed_key: record.changed_key(env),
            preferred: CONFLICTING
                .into_iter()
                .filter(|name| env.raw(name).is_some())
                .collect(),
            region: env.text("AWS_REGION"),
            role_arn: record.role_arn().map(str::to_owned),
            shared: SharedSessions::open(context).map_or_else(|_| Vec::new(), |open| open.all()),
        }
    }

    fn json(&self) -> Value {
        let shared: Vec<Value> = self
            .shared
            .iter()
            .map(|(key, shared)| {
                json!({
                    "account": shared.account,
                    "mfa_serial": key.serial.as_str(),
                    "role_arn": key.role.as_ref().map(|(arn, _)| arn),
                    "endpoint_url": key.requester.sts_url,
                    "expires_at": rfc3339(shared.session.expires_at),
                })
            })
            .collect();
        let session = self.session.as_ref();
        json!({
            "shared": shared,
            "account": session.map(|session| session.account),
            "live": self.is_live,
            "expires_at": session.and_then(|session| session.expires_at).map(rfc3339),
            "seconds_left": self.seconds_left,
            "access_key_id": session.and(self.access_key_id),
            "role_arn": self.role_arn,
            "region": self.region,
        })
    }

    /// The status for the user, a line for the shell's session with more below it, and a line for each shared one.
    fn describe(&self, context: &Context, layout: &Layout) -> String {
        let mut text = match &self.session {
            None => "no session in this shell\n".to_owned(),
            Some(session) => self.describe_session(session, context, layout),
        };
        let url = |(key, _): &(SessionKey, _)| key.requester.sts_url.clone();
        let differ = self
            .shared
            .iter()
            .any(|one| url(one) != url(&self.shared[0]));
        for (key, shared) in &self.shared {
            let sts_url = key.requester.sts_url.as_deref().filter(|_| differ);
            let from = sts_url.map_or(String::new(), |url| format!(", from {url}"));
            let seconds = shared.session.expires_at - context.unix_now();
            let left = format!("{} left", format_duration(seconds));
            let left = layout.paint(&left, Tone::for_session(seconds));
            let role = key.role.as_ref().map(|(arn, _)| arn.as_str());
            let origin = printable_line(&format!("{}{from}", role.unwrap_or(key.serial.as_str())));
            let account = printable_line(&shared.account);
            let line = format!("shared: {account}, {left} ({origin})\n");
            text += &layout.fold(&line, 0, 2);
        }
        text
    }

    fn describe_session(
        &self,
        session: &ShellSession<'_>,
        context: &Context,
        layout: &Layout,
    ) -> String {
        let account = printable_line(session.account);
        let bad = |what: &str| {
            let what = layout.paint(what, Tone::Bad);
            layout.fold(&format!("{account}: {what}\n"), 0, 2)
        };
        let Some(expires_at) = session.expires_at else {
            return bad("AWS_MFA_EXPIRES_AT contains no expiration time");
        };
        let until = local_time(context, expires_at);
        if self.seconds_left == 0 {
            let ago = format_duration(context.unix_now().saturating_sub(expires_at));
            return bad(&format!("expired {ago} ago ({until})"));
        }
        if self.access_key_id.is_none() {
            return bad("AWS_ACCESS_KEY_ID is no longer set in this shell");
        }
        if let Some(name) = self.changed_key {
            return bad(&format!("{name} was changed after the session was loaded"));
        }
        let left = format!("{} left", format_duration(self.seconds_left));
        let left = layout.paint(&left, Tone::for_session(self.seconds_left));
        let mut text = layout.fold(&format!("{account}: {left}, until {until}\n"), 0, 2);
        let lines = [
            ("role", self.role_arn.as_deref()),
            ("region", self.region),
            ("key", self.access_key_id),
        ];
        for (label, value) in lines {
            if let Some(value) = value {
                let _ = writeln!(text, "  {label:<7}{}", printable_line(value));
            }
        }
        if !self.preferred.is_empty() {
            let line = format!(
                "  set after the session was loaded, and preferred to it by some AWS tools: {}",
                self.preferred.join(", ")
            );
            let line = layout.fold(&line, 0, 4);
            text += &format!("{}\n", layout.paint_lines(&line, Tone::Warning));
        }
        text
    }
}
