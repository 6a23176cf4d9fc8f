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
                    // What is not UTF-8 must not count as not set: the matcher refuses it.
                    let value = context.raw_setting(&name)?.to_string_lossy();
                    let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
                    Some((name, value?))
                })
        };
        // The caller of a CGI script can set it by a header (CVE-2016-5385).
        let is_cgi = context.raw_setting("REQUEST_METHOD").is_some();
        Self {
            http: first("HTTP_PROXY").filter(|(name, _)| !is_cgi || name == "http_proxy"),
            https: first("HTTPS_PROXY"),
            all: first("ALL_PROXY"),
            no: first("NO_PROXY").map_or(String::new(), |(_, hosts)| no_proxy(&hosts)),
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
        let url = |proxy: &Option<(String, String)>| {
            match proxy {
            None => Ok(String::new()),
            Some((name, value)) => proxy_url(value).map_err(|fault| {
                Failure::usage(format!("{name} is not the URL of a proxy: {fault}")).help(
                    "write it like http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, or unset it; \
                     in USER and PASSWORD, write %20 for a blank, %23 for #, %2F for /, %3F for ? and %40 for @",
                )
            }),
        }
        };
        let (https, http, all) = (url(&self.https)?, url(&self.http)?, url(&self.all)?);
        // The matcher's `*` matches names, but no IP addresses.
        if self.no.split(',').any(|host| host.trim() == "*") {
            return Ok(Matcher::builder().build());
        }
        let matcher = Matcher::builder().http(http).https(https).all(all);
        Ok(matcher.no(self.no.clone()).build())
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

/// Returns the URL of a proxy with its scheme and without its path, from a text with or without them. SOCKS proxies
/// are rejected later, by a message of their own.
///
/// # Errors
///
/// The reason for which the text is not the URL of a proxy.
fn proxy_url(value: &str) -> Result<String, &'static str> {
    const KINDS: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    if !KINDS.contains(&&*scheme.to_ascii_lowercase()) {
        return Err("its scheme is not http or https");
    }
    if !value.contains("://") && value.contains(":/") {
        return Err("its scheme is not followed by two slashes");
    }
    if rest.contains(char::is_whitespace) {
        return Err("it contains a blank");
    }
    let (login, rest) = match rest.rsplit_once('@') {
        Some((login, rest)) => (Some(login), rest),
        None => (None, rest),
    };
    if login.is_some_and(|login| login.contains(['/', '?', '#', '@'])) {
        return Err("its user name or password contains /, ?, # or @ as it is");
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_end = host.rfind(']').map_or(0, |bracket| bracket + 1);
    let colon = host[host_end..].find(':');
    let (name, port) = host.split_at(colon.map_or(host.len(), |at| host_end + at));
    let port = port.strip_prefix(':').unwrap_or("80");
    if name.is_empty() {
        return Err("it has no host");
    }
    if !port.parse::<u16>().is_ok_and(|port| port > 0) {
        return Err("its port is not a number from 1 to 65535");
    }
    if format!("{scheme}://{host}").parse::<Uri>().is_err() {
        return Err("its host is not a name or an address");
    }
    let login = login.map_or(String::new(), |login| format!("{login}@"));
    let url = format!("{scheme}://{login}{host}");
    // The matcher leaves out what it cannot parse, and a direct connection instead could be forbidden.
    let any_server = Uri::from_static("https://host.invalid");
    let matcher = Matcher::builder().all(url.clone()).build();
    match matcher.intercept(&any_server) {
        Some(_) => Ok(url),
        None => Err("its user name or password contains a character that must be written as %XX"),
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
        for (text, url) in [
            ("http://proxy:3128", "http://proxy:3128"),
            ("proxy:3128", "http://proxy:3128"),
            ("proxy:3128/", "http://proxy:3128"),
            ("proxy", "http://proxy"),
            ("proxy?query", "http://proxy"),
            (
                "HTTPS://jane:a%2Fb@proxy:1/<x>",
                "HTTPS://jane:a%2Fb@proxy:1",
            ),
            ("http://[::1]:3128", "http://[::1]:3128"),
            ("socks5h://proxy", "socks5h://proxy"),
        ] {
            assert_eq!(proxy_url(text).as_deref(), Ok(url));
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
            ("http://jane:ge\u{fffd}heim@proxy", "must be written as %XX"),
            ("jane:ge<heim@proxy", "must be written as %XX"),
        ] {
            let told = proxy_url(url).unwrap_err();
            assert!(
                told.contains(fault) && !told.contains("heim"),
                "{url}: {told}"
            );
        }
    }
}
