//! The environment variables of the shell.

use super::super::LoadedConfig;
use super::report::Report;
use crate::aws::proxies::check_proxies;
use crate::aws::url::without_secrets;
use crate::context::Context;
use crate::delivery::shell::detect;
use crate::environment::variables::{CONFLICTING, EXPIRES_AT, RESTORE};
use crate::environment::{RestoreRecord, ShellSession};
use crate::time::format_duration;

/// The two variables that make up a key.
const KEY: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// Checks the effect of the shell's variables on AWS tools and on this program.
pub(super) fn check(context: &Context, loaded: Option<&LoadedConfig>, report: &mut Report) {
    match ShellSession::from_env(&context.env) {
        Some(session) => check_shell_session(context, &session, report),
        None => check_without_session(context, loaded, report),
    }
    check_proxy(context, report);
}

/// The command that unsets those of these variables that are set, in the language of the shell.
fn unset(context: &Context, names: &[&str]) -> String {
    let is_set = |name: &&str| context.env.raw(name).is_some();
    let set: Vec<&str> = names.iter().copied().filter(is_set).collect();
    detect::shell(context).unset_command(&set)
}

/// Checks that the session of the shell is complete, and that no other variable takes precedence over it.
fn check_shell_session(context: &Context, session: &ShellSession<'_>, report: &mut Report) {
    let env = &context.env;
    let account = session.account;
    let mut is_fine = true;
    let mut warn = |text: String, fix: &str| {
        is_fine = false;
        report.warning("variables", text, fix);
    };
    let left = session.seconds_left(context.unix_now());
    if session.expires_at.is_none() {
        warn(
            format!("{EXPIRES_AT} contains no expiration time for the session of {account}"),
            "load the session again",
        );
    } else if left == 0 {
        warn(
            format!("the session of {account} in this shell has expired"),
            "run `mfa off`, or load a new session; without the hook: eval \"$(aws-mfa off)\"",
        );
    }
    if KEY.iter().any(|name| env.text(name).is_none()) || env.text("AWS_SESSION_TOKEN").is_none() {
        warn(
            format!("the keys of the session of {account} are no longer set in this shell"),
            "load the session again, or end it with `mfa off`",
        );
    }
    if RestoreRecord::is_corrupt(env) {
        warn(
            format!("{RESTORE} is corrupt: the values that the session displaced are lost"),
            "open a new shell, or set those variables again",
        );
    }
    for name in CONFLICTING.iter().filter(|name| env.raw(name).is_some()) {
        warn(
            format!(
                "{name} was changed after the session was loaded: some AWS tools prefer it to the session"
            ),
            &unset(context, &[name]),
        );
    }
    if is_fine {
        report.ok(
            "variables",
            format!(
                "the session of {account}, for another {}",
                format_duration(left)
            ),
        );
    }
}

/// Checks that no other credentials are used while the shell holds no session.
fn check_without_session(context: &Context, loaded: Option<&LoadedConfig>, report: &mut Report) {
    let env = &context.env;
    let mut is_fine = true;
    let mut warn = |text: String, fix: String| {
        is_fine = false;
        report.warning("variables", text, fix);
    };
    match KEY.map(|name| env.raw(name).is_some()) {
        [true, true] => warn(
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, and not by aws-mfa: \
             most AWS tools prefer them to AWS_PROFILE, until a session is loaded"
                .to_owned(),
            format!(
                "run `{}`, and remove them where they are set",
                unset(
                    context,
                    &[
                        "AWS_ACCESS_KEY_ID",
                        "AWS_SECRET_ACCESS_KEY",
                        "AWS_SESSION_TOKEN"
                    ]
                )
            ),
        ),
        [false, false] => {}
        [has_id, _] => {
            let (present, missing) = if has_id {
                (KEY[0], KEY[1])
            } else {
                (KEY[1], KEY[0])
            };
            warn(
                format!("{present} is set without {missing}: most AWS tools fail"),
                unset(context, &[present]),
            );
        }
    }
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        if let (Some(profile), Some(loaded)) = (env.text(name), loaded)
            && loaded.profiles.get(profile).is_none()
        {
            warn(
                format!(
                    "{name} names the profile {profile}, which does not exist: the AWS CLI fails"
                ),
                format!(
                    "run `{}`, or set it to a profile that exists",
                    unset(context, &[name])
                ),
            );
        }
    }
    if is_fine {
        report.ok("variables", "no other credentials in this shell");
    }
}

/// Checks the proxy that the HTTP client takes from the variables.
fn check_proxy(context: &Context, report: &mut Report) {
    let first = |names: [&'static str; 2]| {
        names
            .into_iter()
            .find_map(|name| Some((name, context.setting(name)?)))
    };
    if let Err(failure) = check_proxies(context) {
        return report.failure("proxy", &failure, "correct it, or unset it");
    }
    let proxy = first(["https_proxy", "HTTPS_PROXY"]).or_else(|| first(["all_proxy", "ALL_PROXY"]));
    let Some((name, url)) = proxy else {
        return report.ok("proxy", "none");
    };
    let scheme = url.split_once("://").map_or("http", |(scheme, _)| scheme);
    let display = without_secrets(url);
    if !["http", "https"].contains(&&*scheme.to_ascii_lowercase()) {
        return report.problem(
            "proxy",
            format!(
                "{name} ({display}) is not the URL of an HTTP proxy, so requests do not use it as intended"
            ),
            format!("set {name} to http://HOST:PORT"),
        );
    }
    let exceptions = first(["no_proxy", "NO_PROXY"]).map_or(String::new(), |(name, hosts)| {
        format!(", except for {name}={hosts}")
    });
    report.ok("proxy", format!("{display} ({name}){exceptions}"));
}
