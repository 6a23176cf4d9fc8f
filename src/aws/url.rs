//! URLs in messages.

use hyper::Uri;

/// A URL for messages: a user name and a password in it, a query and a fragment are replaced with `***`.
///
/// User name and password end before the path. Text that is not a valid URL, or that has an `@` after its host, is replaced
/// up to its last `@`, because users also write a password with an unescaped `/`; and if nothing but a port can follow
/// its host, text that is no port is replaced, because it is the password of a URL without a host
/// (`http://jane:password`). The `url` crate cannot do this: it rejects such a URL, which is what most of these
/// messages are about, and rewrites the others (`https://a` becomes `https://a/`).
#[must_use]
pub fn without_secrets(url: &str) -> String {
    let start = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at(start);
    let path = rest
        .find(['/', '?', '#'])
        .filter(|_| is_url(url) && !has_at_in_path(url));
    let (user, rest) = match rest[..path.unwrap_or(rest.len())].rfind('@') {
        Some(at) => ("***", &rest[at..]),
        None => ("", rest),
    };
    let rest = match rest.split_once(['?', '#']) {
        Some((before, _)) => format!("{before}?***"),
        None => rest.to_owned(),
    };
    format!("{scheme}{user}{}", without_odd_port(&rest))
}

/// The host of a URL and what follows it; text after the host that should be a port and is none is replaced.
fn without_odd_port(rest: &str) -> String {
    // An IPv6 address has colons within its brackets.
    let host = rest.find(']').map_or(0, |at| at + 1);
    let end = rest[host..]
        .find(['/', '?'])
        .map_or(rest.len(), |at| host + at);
    let Some(colon) = rest[host..end].find(':').map(|at| host + at) else {
        return rest.to_owned();
    };
    // In a sentence, a full stop or a bracket may follow.
    let port = rest[colon + 1..end].trim_end_matches(|c: char| c.is_ascii_punctuation());
    // This program's own advice says `http://HOST:PORT`.
    if port == "PORT" || port.bytes().all(|byte| byte.is_ascii_digit()) {
        return rest.to_owned();
    }
    format!("{}:***", &rest[..colon])
}

/// Whether a URL has a `@` after its host, and something before it that may be the start of a user name and a password
/// with an unescaped `/`: `https://jane:12/34@HOST` has the host `jane` and the port 12.
pub(super) fn has_at_in_path(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split_once('/')
        .is_some_and(|(authority, path)| authority.contains([':', '@']) && path.contains('@'))
}

/// Whether the text is a URL whose host is followed by nothing, or by a valid port.
pub(super) fn is_url(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| {
        let (authority, host) = (uri.authority(), uri.host());
        let bare = authority
            .zip(host.filter(|host| !host.is_empty()))
            .is_some_and(|(all, host)| all.as_str().ends_with(host));
        bare || uri.port_u16().is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_in_a_message_has_no_secret() {
        for (url, expected) in [
            (
                "https://sts.example.com/a@b?c@d",
                "https://sts.example.com/a@b?***",
            ),
            (
                "https://jane:geheim@sts.example.com/a",
                "https://***@sts.example.com/a",
            ),
            (
                "https://jane:ge@heim/x@sts.example.com",
                "https://***@sts.example.com",
            ),
            (
                "https://jane:12/34@sts.example.com",
                "https://***@sts.example.com",
            ),
            ("http://jane:ge@heim@proxy:1", "http://***@proxy:1"),
            ("http://jane:ge/heim@proxy:1", "http://***@proxy:1"),
            ("jane:geheim@proxy", "***@proxy"),
            ("proxy:1", "proxy:1"),
            ("http://jane:geheim", "http://jane:***"),
            ("http://jane:geheim/", "http://jane:***"),
            ("http://jane:12geheim", "http://jane:***"),
            ("http://jane:geheim@", "http://***@"),
            ("jane:geheim", "jane:***"),
            ("http://jane:ge#heim@proxy:1", "http://***@proxy:1"),
            ("http://[::1]:80/x", "http://[::1]:80/x"),
            ("http://localhost:80).", "http://localhost:80)."),
            ("http://HOST:PORT", "http://HOST:PORT"),
            (
                "http://localhost:80/x?token=geheim",
                "http://localhost:80/x?***",
            ),
            ("http://localhost?geheim", "http://localhost?***"),
            ("http://localhost/#geheim", "http://localhost/?***"),
        ] {
            assert_eq!(without_secrets(url), expected, "{url}");
        }
    }
}
