use std::fmt::Write as _;

use serde_json::{Value, json};

use super::print;
use crate::cli::{GlobalOptions, StatusArgs};
use crate::console::printable;
use crate::context::Context;
use crate::environment::RestoreRecord;
use crate::environment::ShellSession;
use crate::error::Result;
use crate::session::shared::SharedSessions;
use crate::time::format_duration;
use crate::time::rfc3339;

/// Says which session the shell holds; 0 if it is live, else 1. Asks nobody.
///
/// # Errors
///
/// If standard output cannot be written.
pub fn run(context: &Context, global: &GlobalOptions, args: &StatusArgs) -> Result<u8> {
    let env = &context.env;
    let held = ShellSession::from_env(env);
    let left = held
        .as_ref()
        .map_or(0, |held| held.seconds_left(context.unix_now()));
    let memory = RestoreRecord::from_env(env);
    let expires_at = held.as_ref().and_then(|held| held.expires_at);
    // Somebody may have put other keys into the shell since.
    let key = env.text("AWS_ACCESS_KEY_ID");
    let live = left > 0 && key.is_some() && memory.keys_unchanged(env);

    let shared = SharedSessions::open(context).map_or_else(|_| Vec::new(), |open| open.all());
    if args.json {
        let shared: Vec<Value> = shared
            .iter()
            .map(|(name, shared)| {
                json!({
                    "account": shared.account,
                    "mfa_serial": name.serial.as_str(),
                    "role_arn": name.role.as_ref().map(|(arn, _)| arn),
                    "expires_at": rfc3339(shared.session.expires_at),
                })
            })
            .collect();
        let status = json!({
            "shared": shared,
            "account": held.as_ref().map(|held| held.account),
            "live": live,
            "expires_at": expires_at.map(rfc3339),
            "seconds_left": left,
            "access_key_id": held.as_ref().and(key),
            "role_arn": memory.role_arn(),
            "region": env.text("AWS_REGION"),
        });
        print(format!("{status}\n").as_bytes())?;
    } else if !global.quiet {
        let text = match (&held, expires_at) {
            (None, _) => "no session in this shell\n".to_owned(),
            (Some(held), None) => format!(
                "{}: AWS_MFA_EXPIRES_AT does not say when it ends\n",
                held.account
            ),
            (Some(held), Some(at)) if left == 0 => {
                let ago = format_duration(context.unix_now().saturating_sub(at));
                format!("{}: expired {ago} ago ({})\n", held.account, rfc3339(at))
            }
            (Some(held), Some(_)) if key.is_none() => {
                format!(
                    "{}: AWS_ACCESS_KEY_ID is gone from this shell\n",
                    held.account
                )
            }
            (Some(held), Some(_)) if !live => {
                format!(
                    "{}: AWS_ACCESS_KEY_ID of this shell is another one by now\n",
                    held.account
                )
            }
            (Some(held), Some(at)) => {
                let mut text = format!(
                    "{}: {} left, until {}\n",
                    held.account,
                    format_duration(left),
                    rfc3339(at)
                );
                let lines = [
                    ("role", memory.role_arn()),
                    ("region", env.text("AWS_REGION")),
                    ("key", key),
                ];
                for (label, value) in lines {
                    if let Some(value) = value {
                        let _ = writeln!(text, "  {label:<7}{value}");
                    }
                }
                text
            }
        };
        let now = context.unix_now();
        let lines = shared.iter().map(|(name, shared)| {
            let left = format_duration(shared.session.expires_at - now);
            let whose = name
                .role
                .as_ref()
                .map_or(name.serial.as_str(), |(arn, _)| arn);
            format!("shared: {}, {left} left ({whose})\n", shared.account)
        });
        let text = text + &lines.collect::<String>();
        print(printable(&text).as_bytes())?;
    }
    Ok(u8::from(!live))
}
