//! The proxies that the environment names, with the rules of curl. Requests follow the variables of before the session
//! that the shell holds ([`Context::setting`]).

use std::fmt;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::context::Context;
use crate::error::{Failure, Result};

/// Checks the variables that name proxies.
///
/// # Errors
///
/// If one is not the URL of a proxy.
pub fn check_proxies(context: &Context) -> Result<()> {
    Proxies::from_env(context).matcher().map(drop)
}

/// The proxies that the environment names, as pairs of variable and URL. The variables and their rules are
/// those of curl: <https://curl.se/docs/manpage.html#ENVIRONMENT>
#[derive(Clone)]
pub(super) struct Proxies {
    http: Option<(String, String)>,
    https: Option<(String, String)>,
    all: Option<(String, String)>,
    /// `NO_PROXY`: the hosts that are connected to directly.
    no: String,
    /// True in a CGI script, whose caller could set `HTTP_PROXY` by a header (CVE-2016-5385).
    is_cgi: bool,
}

/// Prints the names of the variables only: a URL may contain a password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [&self.http, &self.https, &self.all];
        let named = all.into_iter().flatten().map(|(name, _)| name);
        f.debug_set().entries(named).finish()
    }
}

impl Proxies {
    /// Reads the variables, in lower case before upper case.
    pub(super) fn from_env(context: &Context) -> Self {
        let first = |name: &str| {
            [name.to_ascii_lowercase(), name.to_owned()]
                .into_iter()
                .find_map(|name| {
                    let value = context.setting(&name)?.trim().to_owned();
                    Some((name, value))
                })
        };
        Self {
            http: first("HTTP_PROXY"),
            https: first("HTTPS_PROXY"),
            all: first("ALL_PROXY"),
            no: first("NO_PROXY").map_or(String::new(), |(_, hosts)| no_proxy(&hosts)),
            is_cgi: context.setting("REQUEST_METHOD").is_some(),
        }
    }

    /// Returns true if a connection to one of the proxies is made over TLS.
    pub(super) fn use_tls(&self) -> bool {
        let named = [&self.https, &self.http, &self.all].into_iter().flatten();
        named.map(|(_, url)| url).any(|url| {
            url.get(..8)
                .is_some_and(|start| start.eq_ignore_ascii_case("https://"))
        })
    }

    /// Returns the rules by which a URI is mapped to its proxy.
    ///
    /// # Errors
    ///
    /// A variable is not the URL of a proxy. A direct connection instead could be forbidden.
    pub(super) fn matcher(&self) -> Result<Matcher> {
        let named = [&self.https, &self.http, &self.all].into_iter().flatten();
        for (name, url) in named {
            if let Some(fault) = proxy_fault(url).filter(|_| !url.is_empty()) {
                return Err(
                    Failure::usage(format!("{name} is not the URL of a proxy: {fault}")).help(
                        "write it like http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, or unset it; \
                         in USER and PASSWORD, write %20 for a blank, %23 for #, %2F for /, %3F for ? and %40 for @",
                    ),
                );
            }
        }
        // The matcher's `*` matches names, but no IP addresses.
        let none = self.is_cgi || self.no.split(',').any(|host| host.trim() == "*");
        let mut matcher = Matcher::builder();
        if !none {
            let url = |proxy: &Option<(String, String)>| {
                let url = proxy.as_ref().map(|(_, url)| url.clone());
                url.unwrap_or_default()
            };
            matcher = matcher
                .http(url(&self.http))
                .https(url(&self.https))
                .all(url(&self.all))
                .no(self.no.clone());
        }
        Ok(matcher.build())
    }
}

/// Returns the hosts of `NO_PROXY` in the form that the matcher knows. As for curl, blanks separate them, too, an IPv6
/// address may stand in brackets, and a name may end with a dot.
fn no_proxy(hosts: &str) -> String {
    let hosts = hosts.split([',', ' ', '\t']).map(|host| {
        let host = host.strip_suffix('.').unwrap_or(host);
        let address = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        address.unwrap_or(host)
    });
    let hosts: Vec<&str> = hosts.filter(|host| !host.is_empty()).collect();
    hosts.join(",")
}

/// Returns the reason for which a text is not the URL of a proxy, with or without its scheme. SOCKS proxies are
/// rejected later, by a message of their own.
fn proxy_fault(value: &str) -> Option<&'static str> {
    const KINDS: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    if !KINDS.contains(&&*scheme.to_ascii_lowercase()) {
        return Some("its scheme is not http or https");
    }
    if !value.contains("://") && value.contains(":/") {
        return Some("its scheme is not followed by two slashes");
    }
    if rest.contains(char::is_whitespace) {
        return Some("it contains a blank");
    }
    let (login, rest) = rest.rsplit_once('@').unwrap_or(("", rest));
    if login.contains(['/', '?', '#', '@']) {
        return Some("its user name or password contains /, ?, # or @ as it is");
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    let colon = authority[host_end..].find(':');
    let (host, port) = authority.split_at(colon.map_or(authority.len(), |at| host_end + at));
    let port = port.strip_prefix(':').unwrap_or("80");
    if host.is_empty() {
        Some("it has no host")
    } else if !port.parse::<u16>().is_ok_and(|port| port > 0) {
        Some("its port is not a number from 1 to 65535")
    } else if format!("{scheme}://{authority}").parse::<Uri>().is_err() {
        Some("its host is not a name or an address")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_may_be_written_as_for_curl() {
        for (hosts, matcher) in [
            ("a.example.com,b", "a.example.com,b"),
            (" a  b,\tc. ", "a,b,c"),
            ("[::1],10.0.0.0/8", "::1,10.0.0.0/8"),
            (".example.com *", ".example.com,*"),
        ] {
            assert_eq!(no_proxy(hosts), matcher);
        }
    }

    #[test]
    fn an_invalid_proxy_url_is_reported_with_its_fault() {
        for url in [
            "http://proxy:3128",
            "proxy:3128",
            "proxy",
            "HTTPS://jane:a%2Fb@proxy:1/",
            "http://[::1]:3128",
            "socks5h://proxy",
        ] {
            assert_eq!(proxy_fault(url), None, "{url}");
        }
        for (url, fault) in [
            ("http:/proxy", "two slashes"),
            ("http://proxy:65536", "port"),
            ("http://proxy:0", "port"),
            ("proxy:99999", "port"),
            ("http://jane:ge:heim@proxy:x", "port"),
            ("http://jane:ge/heim@proxy:1", "contains /, ?, # or @"),
            ("http://jane:ge#heim@proxy:1", "contains /, ?, # or @"),
            ("http://jane:ge?heim@proxy:1", "contains /, ?, # or @"),
            ("http://jane:ge@heim@proxy:1", "contains /, ?, # or @"),
            ("http://us er:geheim@proxy", "blank"),
            ("ftp://proxy", "scheme"),
            ("http://:1", "no host"),
        ] {
            let told = proxy_fault(url).unwrap();
            assert!(
                told.contains(fault) && !told.contains("heim"),
                "{url}: {told}"
            );
        }
    }
}
