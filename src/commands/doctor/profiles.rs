//! The profiles, as other AWS tools read them.

use std::collections::BTreeMap;

use super::report::Report;
use crate::account::aws_profiles::{ProfileCredentials, SignIn};
use crate::account::resolve::Accounts;

/// Reports values that other tools read differently, and profiles that sign in without a key.
pub(super) fn check(accounts: &Accounts<'_>, report: &mut Report) {
    let profiles = accounts.profiles;
    let display = |kind| profiles.display_file(accounts.context, kind);
    let mut others: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut not_for_dot_net = Vec::new();
    for name in profiles.names() {
        let Some(profile) = profiles.get(name) else {
            continue;
        };
        // The values in [DEFAULT] are values of every profile, too.
        for (key, value) in profile.values() {
            if value.has_comment() {
                report.warning(
                    "profile",
                    format!(
                        "the AWS CLI takes the comment after {key} of profile {name} for a part of the value: \
                         {}, line {}",
                        display(value.file()),
                        value.line()
                    ),
                    "write the comment into a line of its own",
                );
            }
        }
        match profiles.credentials(name) {
            ProfileCredentials::SignIn(sign_in) => {
                let source = match sign_in {
                    SignIn::Source(_) => "credential_source".to_owned(),
                    _ => sign_in.to_string(),
                };
                others.entry(source).or_default().push(name);
            }
            ProfileCredentials::Process(command) => {
                if let Some(what) = needs_shell(command) {
                    report.warning(
                        "profile",
                        format!(
                            "credential_process of profile {name} needs a shell for `{what}`: the AWS CLI and the SDKs \
                             for Python run it without one"
                        ),
                        "write full paths, or put the command into a script",
                    );
                }
            }
            ProfileCredentials::LongTerm { .. }
                if profiles.setting(name, "mfa_serial").is_some() =>
            {
                not_for_dot_net.push(name);
            }
            _ => {}
        }
    }
    for (what, names) in others {
        let names = names.join(", ");
        report.ok(
            "profile",
            format!("cannot be used with aws-mfa: {names}: {what}"),
        );
    }
    if !not_for_dot_net.is_empty() {
        report.ok(
            "profile",
            format!(
                "the AWS SDK for .NET cannot use a profile with a key and mfa_serial: {}; mfa_serial in config.toml \
                 has the same effect here",
                not_for_dot_net.join(", ")
            ),
        );
    }
}

/// The first part of a command that only a shell would expand, outside of quotes.
fn needs_shell(command: &str) -> Option<char> {
    let (mut quote, mut at_start, mut is_escaped) = (None, true, false);
    for c in command.chars() {
        if std::mem::take(&mut is_escaped) {
            at_start = false;
            continue;
        }
        match (quote, c) {
            (None | Some('"'), '\\') => is_escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None | Some('"'), '$' | '`') | (None, '|' | '&' | ';' | '<' | '>' | '*') => {
                return Some(c);
            }
            (None, '~') if at_start => return Some(c),
            _ => {}
        }
        at_start = quote.is_none() && c.is_whitespace();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_a_shell_expands_are_found_outside_of_quotes() {
        for (command, found) in [
            ("/bin/keys --x=1 'a $b' \"c ~d\"", None),
            ("~/bin/keys", Some('~')),
            ("/bin/keys a~b \\$x", None),
            ("/bin/keys \"$HOME/x\"", Some('$')),
            ("pass show x | head -1", Some('|')),
        ] {
            assert_eq!(needs_shell(command), found, "{command}");
        }
    }
}
