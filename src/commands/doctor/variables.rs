use super::super::LoadedConfig;
use super::report::Report;
use crate::aws::endpoints::without_password;
use crate::context::Context;
use crate::delivery::shell::detect;
use crate::environment::RestoreRecord;
use crate::environment::ShellSession;
use crate::environment::variables::{CONFLICTING, EXPIRES_AT, RESTORE};
use crate::time::format_duration;

/// The variables that come in pairs, and what is left where one of them is missing.
const KEY: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/// What the variables of this shell do to AWS tools, and to this one.
pub(super) fn check(context: &Context, sources: Option<&LoadedConfig>, report: &mut Report) {
    match ShellSession::from_env(&context.env) {
        Some(held) => session(context, &held, report),
        None => no_session(context, sources, report),
    }
    proxy(context, report);
}

/// How those of these variables that are set are removed in the shell that runs this.
fn unset(context: &Context, names: &[&str]) -> String {
    let is_set = |name: &&str| context.env.raw(name).is_some();
    let set: Vec<&str> = names.iter().copied().filter(is_set).collect();
    detect::shell(context).unset_command(&set)
}

/// The shell holds a session: is it whole, and is nothing in its way?
fn session(context: &Context, held: &ShellSession<'_>, report: &mut Report) {
    let env = &context.env;
    let mut good = true;
    let mut warn = |text: String, fix: &str| {
        good = false;
        report.warning("variables", text, fix);
    };
    let left = held.seconds_left(context.unix_now());
    if held.expires_at.is_none() {
        warn(
            format!(
                "{EXPIRES_AT} does not say when the session of {} ends",
                held.account
            ),
            "load the session anew",
        );
    } else if left == 0 {
        warn(
            format!("the session of {} in this shell has expired", held.account),
            "mfa off, or load a new one; without the hook: eval \"$(aws-mfa off)\"",
        );
    }
    if KEY.iter().any(|name| env.text(name).is_none()) || env.text("AWS_SESSION_TOKEN").is_none() {
        warn(
            format!(
                "the keys of the session of {} are gone from this shell",
                held.account
            ),
            "load the session anew, or end it with mfa off",
        );
    }
    if RestoreRecord::is_corrupt(env) {
        warn(
            format!("{RESTORE} cannot be read: what the session displaced is lost"),
            "open a new shell, or set again what you had",
        );
    }
    for name in CONFLICTING.iter().filter(|name| env.raw(name).is_some()) {
        warn(
            format!(
                "{name} was set behind the session's back: some AWS tools prefer it to the session"
            ),
            &unset(context, &[name]),
        );
    }
    if good {
        let account = held.account;
        report.ok(
            "variables",
            format!(
                "the session of {account}, for another {}",
                format_duration(left)
            ),
        );
    }
}

/// No session: do other credentials answer in its place?
fn no_session(context: &Context, sources: Option<&LoadedConfig>, report: &mut Report) {
    let env = &context.env;
    let mut good = true;
    let mut warn = |text: String, fix: String| {
        good = false;
        report.warning("variables", text, fix);
    };
    match KEY.map(|name| env.raw(name).is_some()) {
        [true, true] => warn(
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set, and not by aws-mfa: most AWS tools prefer them to AWS_PROFILE, until a session is loaded".to_owned(),
            format!(
                "`{}`, here and where they are set",
                unset(context, &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
            ),
        ),
        [false, false] => {}
        [id, _] => {
            let (is, is_not) = if id { (KEY[0], KEY[1]) } else { (KEY[1], KEY[0]) };
            warn(
                format!("{is} is set without {is_not}: most AWS tools fail"),
                unset(context, &[is]),
            );
        }
    }
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        if let (Some(profile), Some(sources)) = (env.text(name), sources)
            && sources.profiles.get(profile).is_none()
        {
            warn(
                format!(
                    "{name} names the profile {profile}, which does not exist: the AWS CLI fails"
                ),
                format!(
                    "`{}`, or name a profile that there is",
                    unset(context, &[name])
                ),
            );
        }
    }
    if good {
        report.ok("variables", "no other credentials in this shell");
    }
}

/// The way through a proxy, as the HTTP client reads it from the variables.
fn proxy(context: &Context, report: &mut Report) {
    let first = |names: [&'static str; 2]| {
        names
            .into_iter()
            .find_map(|name| Some((name, context.setting(name)?)))
    };
    let named = first(["HTTPS_PROXY", "https_proxy"]).or_else(|| first(["ALL_PROXY", "all_proxy"]));
    let Some((name, url)) = named else {
        return report.ok("proxy", "none");
    };
    if context.env.raw("REQUEST_METHOD").is_some() {
        return report.warning(
            "proxy",
            format!("{name} is not used, because REQUEST_METHOD is set as for a CGI script"),
            unset(context, &["REQUEST_METHOD"]),
        );
    }
    let scheme = url.split_once("://").map_or("http", |(scheme, _)| scheme);
    let shown = without_password(url);
    if !["http", "https"].contains(&scheme) || url.contains(char::is_whitespace) {
        return report.problem(
            "proxy",
            format!(
                "{name} ({shown}) is not an HTTP proxy, so requests do not go through it as meant"
            ),
            format!("set {name} to http://HOST:PORT"),
        );
    }
    let except = first(["NO_PROXY", "no_proxy"]).map_or(String::new(), |(name, hosts)| {
        format!(", but for {name}={hosts}")
    });
    report.ok("proxy", format!("{shown} ({name}){except}"));
}
