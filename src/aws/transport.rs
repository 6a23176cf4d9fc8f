//! The connections of the SDK's requests, by HTTP/1.1, through the proxy that the environment names. The next
//! request to the same server within [`MAX_IDLE`] uses the connection of the one before it.
//!
//! The SDK has an HTTP client, but it does not report two things that are needed here:
//!
//! - **Was the request sent?** An MFA code works once. A request that failed before it was written may be
//!   repeated with the same code; after that, AWS may have processed it, and the code may be used up.
//!   [`FailedAfterSend`] marks those errors.
//! - **Which proxy?** A loaded session's account may export `HTTPS_PROXY` for its own programs. Requests of
//!   aws-mfa follow the variables of before the session ([`Context::setting`]); the SDK's client reads those
//!   of this process.

use std::collections::BTreeMap;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{self, Poll};
use std::time::{Duration, Instant};
use std::{fmt, io};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::rt::{Read, Write};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use tower_service::Service;

use crate::console::Console;
use crate::context::Context;
use crate::error::{Failure, Result};

/// The size limit of an answer, in bytes: 1 MiB. Those of STS, and of IAM about one user's devices, have a few
/// kilobytes.
const LARGEST_ANSWER: usize = 1 << 20;
/// The time after which an idle connection is not used again. A NAT or a firewall on the way may have forgotten an
/// older one without a word, and a request that is lost there may cost an MFA code.
const MAX_IDLE: Duration = Duration::from_secs(10);

/// The SDK's connector. Clones share their settings and their idle connections.
#[derive(Clone, Debug)]
pub(super) struct Transport {
    tls: Arc<ClientConfig>,
    proxies: Arc<Matcher>,
    idle: Arc<IdleConnections>,
    connect_limit: Duration,
    console: Console,
}

/// The connections whose last answer was read completely, at most one for each server.
#[derive(Debug, Default)]
struct IdleConnections(Mutex<BTreeMap<String, IdleConnection>>);

/// A connection, and the time at which it became idle.
type IdleConnection = (http1::SendRequest<SdkBody>, Instant);

impl IdleConnections {
    /// Takes the connection to a server (scheme, host and port) out of the store, if it can take a request.
    async fn take(&self, server: &str) -> Option<http1::SendRequest<SdkBody>> {
        let (sender, since) = self.lock().remove(server)?;
        // The task of a connection runs only while a request does. It learns here what happened in between: the
        // first yield lets tokio's driver see the events of the socket, the second lets the task handle them.
        for _ in 0..2 {
            tokio::task::yield_now().await;
        }
        (since.elapsed() < MAX_IDLE && sender.is_ready()).then_some(sender)
    }

    fn put(&self, server: String, sender: http1::SendRequest<SdkBody>) {
        self.lock().insert(server, (sender, Instant::now()));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, IdleConnection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.clone();
        HttpConnectorFuture::new(async move { transport.send(request).await })
    }
}

/// The result of a request over a connection that was idle.
enum Sent {
    /// The connection and the server's answer.
    Answered(http1::SendRequest<SdkBody>, Response<Incoming>),
    /// The server closed the connection before anything of the request was written to it.
    NotAtAll(Request<SdkBody>),
}

impl Sent {
    /// Sends a request over an idle connection.
    ///
    /// # Errors
    ///
    /// [`FailedAfterSend`], if the connection broke after something of the request was written.
    async fn over(
        mut idle: http1::SendRequest<SdkBody>,
        request: Request<SdkBody>,
    ) -> Result<Self, ConnectorError> {
        match idle.try_send_request(request).await {
            Ok(response) => Ok(Self::Answered(idle, response)),
            Err(mut error) => match error.take_message() {
                Some(request) => Ok(Self::NotAtAll(request)),
                None => Err(FailedAfterSend::error(error.into_error().into())),
            },
        }
    }
}

/// A connection that requests are written to and answers read from.
trait Stream: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Stream for T {}

impl Transport {
    /// Creates a transport. It connects at the first request to each server, within `connect_limit`.
    ///
    /// # Errors
    ///
    /// As [`Proxies::matcher`].
    pub(super) fn new(
        tls: ClientConfig,
        proxies: &Proxies,
        connect_limit: Duration,
        console: Console,
    ) -> Result<Self> {
        Ok(Self {
            tls: tls.into(),
            proxies: proxies.matcher()?.into(),
            idle: Arc::default(),
            connect_limit,
            console,
        })
    }

    /// Sends a request and reads its whole answer. Errors after the request was written are
    /// [`FailedAfterSend`].
    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let mut request = request
            .try_into_http1x()
            .map_err(|error| ConnectorError::user(error.into()))?;
        let start = Instant::now();
        let uri = request.uri().clone();
        let to = shown(&uri);
        let proxy = self.proxy(&uri);
        set_target_and_host(&mut request, proxy.as_ref())?;
        let sent = match self.idle.take(&to).await {
            Some(idle) => Sent::over(idle, request).await?,
            None => Sent::NotAtAll(request),
        };
        let (sender, response) = match sent {
            Sent::Answered(sender, response) => (sender, response),
            Sent::NotAtAll(request) => {
                let mut sender = self.open(uri.clone(), proxy.as_ref()).await?;
                let response = sender.send_request(request).await;
                let response = response.map_err(|error| FailedAfterSend::error(error.into()))?;
                (sender, response)
            }
        };
        let is_proxys_answer = proxy.is_some() && !is_https(&uri);
        if is_proxys_answer && response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(ConnectorError::io(ProxyDemandsLogin.into()));
        }
        let (head, body) = response.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await;
        let body = body.map_err(FailedAfterSend::error)?.to_bytes();
        self.idle.put(to.clone(), sender);
        self.console.trace(|| {
            let (status, length) = (head.status, body.len());
            let took = start.elapsed().as_millis();
            format!("{to}: HTTP {status}, {length} bytes, after {took} ms")
        });
        let body = SdkBody::from(body);
        HttpResponse::try_from(hyper::Response::from_parts(head, body))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }

    /// Returns the proxy for requests to a URI. There is none for what goes to this machine without TLS: a proxy on
    /// another machine would read the code and the session.
    fn proxy(&self, uri: &Uri) -> Option<Intercept> {
        let is_private = is_http(uri) && uri.host().is_some_and(is_loopback);
        self.proxies.intercept(uri).filter(|_| !is_private)
    }

    /// Opens a connection for requests to the host of a URI.
    async fn open(
        &self,
        uri: Uri,
        proxy: Option<&Intercept>,
    ) -> Result<http1::SendRequest<SdkBody>, ConnectorError> {
        let start = Instant::now();
        let to = shown(&uri);
        let is_tunnel = is_https(&uri);
        let through_proxy = |cause| match proxy {
            None => cause,
            Some(proxy) => FailedThroughProxy {
                proxy: shown(proxy.uri()),
                is_tunnel,
                cause,
            }
            .into(),
        };
        let stream = tokio::time::timeout(self.connect_limit, self.connect(uri, proxy))
            .await
            .map_err(|late| ConnectorError::timeout(through_proxy(late.into())))?
            .map_err(|cause| ConnectorError::io(through_proxy(cause)))?;
        self.console.trace(|| {
            let through = proxy.map(|proxy| format!(" through {}", shown(proxy.uri())));
            let through = through.unwrap_or_default();
            let took = start.elapsed().as_millis();
            format!("connected to {to}{through} after {took} ms")
        });
        let (sender, connection) = http1::handshake(stream)
            .await
            .map_err(|error| ConnectorError::io(error.into()))?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Connects to the host of a URI: directly, through a tunnel (`CONNECT`) of the proxy to an https URI, or
    /// to the proxy itself.
    async fn connect(
        &self,
        to: Uri,
        proxy: Option<&Intercept>,
    ) -> Result<Box<dyn Stream>, Box<dyn Error + Send + Sync>> {
        let direct = self.over_tls({
            let mut tcp = Tcp::new_with_resolver(Resolver);
            tcp.set_nodelay(true);
            // The URI may be https: TLS is added by `over_tls`.
            tcp.enforce_http(false);
            // hyper-util divides this among the addresses of a host, so that one which does not answer
            // leaves time for the others.
            tcp.set_connect_timeout(Some(self.connect_limit));
            tcp
        });
        match proxy {
            None => stream(direct, to).await,
            Some(proxy) if !is_http(proxy.uri()) && !is_https(proxy.uri()) => {
                let scheme = proxy.uri().scheme_str().unwrap_or_default();
                Err(
                    format!("the proxy is of kind {scheme}, and only http and https can be used")
                        .into(),
                )
            }
            Some(proxy) if is_https(&to) => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), direct);
                if let Some(login) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(login.clone());
                }
                stream(self.over_tls(tunnel), to).await
            }
            Some(proxy) => stream(direct, proxy.uri().clone()).await,
        }
    }

    /// Adds TLS to connections for https URIs.
    fn over_tls<S>(&self, connector: S) -> HttpsConnector<S> {
        HttpsConnector::from((connector, self.tls.clone()))
    }
}

/// Whether a host of a URL is this machine: `localhost` and the names below it (RFC 6761, 6.3), 127.0.0.0/8, `[::1]`.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_address = address
        .parse::<IpAddr>()
        .is_ok_and(|address| address.is_loopback());
    is_address || host == "localhost" || host.ends_with(".localhost")
}

/// The system's resolver, except for the names of this machine: these lead nowhere else, whatever a DNS server says,
/// because requests to them may go without TLS.
#[derive(Clone, Copy, Debug)]
struct Resolver;

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        if is_loopback(name.as_str()) {
            let here = [Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()];
            // The connector sets the port.
            let addresses = here.map(|address: IpAddr| SocketAddr::new(address, 0));
            return Box::pin(async move { Ok(Vec::from(addresses).into_iter()) });
        }
        let found = GaiResolver::new().call(name);
        Box::pin(async move { Ok(found.await?.collect::<Vec<_>>().into_iter()) })
    }
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

    /// Checks that the variables are URLs of proxies.
    ///
    /// # Errors
    ///
    /// As [`Proxies::matcher`].
    pub(super) fn check(&self) -> Result<()> {
        self.matcher().map(drop)
    }

    /// Returns the rules by which a URI is mapped to its proxy.
    ///
    /// # Errors
    ///
    /// A variable is not the URL of a proxy. A direct connection instead could be forbidden.
    fn matcher(&self) -> Result<Matcher> {
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

/// Connects to a URI by a connector of hyper-util or hyper-rustls.
async fn stream<S>(mut service: S, to: Uri) -> Result<Box<dyn Stream>, S::Error>
where
    S: Service<Uri>,
    S::Response: Stream + 'static,
{
    poll_fn(|task| service.poll_ready(task)).await?;
    Ok(Box::new(service.call(to).await?))
}

/// Sets the request target and the Host header (RFC 9112, 3.2): a proxy gets the whole URI, unless there is a
/// tunnel through it; a server gets the path alone.
fn set_target_and_host(
    request: &mut Request<SdkBody>,
    proxy: Option<&Intercept>,
) -> Result<(), ConnectorError> {
    let uri = request.uri().clone();
    let wrong = |error: hyper::http::Error| ConnectorError::user(error.into());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    // As the SDK signed it: without a login, and without the default port of the scheme.
    if let Some(host) = uri.host() {
        let usual = if is_https(&uri) { 443 } else { 80 };
        let port = uri.port_u16().filter(|port| *port != usual);
        let host = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let host = HeaderValue::from_str(&host).map_err(|error| wrong(error.into()))?;
        request.headers_mut().entry(HOST).or_insert(host);
    }
    let target = match proxy {
        Some(proxy) if !is_https(&uri) => {
            if let Some(login) = proxy.basic_auth() {
                let headers = request.headers_mut();
                headers.insert(PROXY_AUTHORIZATION, login.clone());
            }
            format!("{}{path}", shown(&uri))
        }
        _ => path.to_owned(),
    };
    *request.uri_mut() = target
        .parse()
        .map_err(|error: hyper::http::uri::InvalidUri| wrong(error.into()))?;
    Ok(())
}

/// Returns scheme, host and port of a URI, without a login.
fn shown(uri: &Uri) -> String {
    let port = uri.port().map_or(String::new(), |port| format!(":{port}"));
    let (scheme, host) = (uri.scheme_str(), uri.host());
    format!(
        "{}://{}{port}",
        scheme.unwrap_or_default(),
        host.unwrap_or_default()
    )
}

fn is_http(uri: &Uri) -> bool {
    uri.scheme_str() == Some("http")
}

fn is_https(uri: &Uri) -> bool {
    uri.scheme_str() == Some("https")
}

/// An error after the request was written. AWS may have processed it, so the code may be used up.
#[derive(Debug)]
pub(super) struct FailedAfterSend(Box<dyn Error + Send + Sync>);

impl FailedAfterSend {
    fn error(cause: Box<dyn Error + Send + Sync>) -> ConnectorError {
        ConnectorError::io(Self(cause).into())
    }
}

impl fmt::Display for FailedAfterSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was sent")
    }
}

impl Error for FailedAfterSend {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// An error of a connection through a proxy, before anything of the request was written.
#[derive(Debug)]
pub(super) struct FailedThroughProxy {
    /// Scheme, host and port of the proxy.
    pub(super) proxy: String,
    /// Whether the connection goes on to a server after the proxy. If not, the error is the proxy's own.
    pub(super) is_tunnel: bool,
    cause: Box<dyn Error + Send + Sync>,
}

impl fmt::Display for FailedThroughProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no connection through the proxy {}", self.proxy)
    }
}

impl Error for FailedThroughProxy {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}

/// The answer of a proxy to a request without TLS: HTTP 407.
#[derive(Debug)]
pub(super) struct ProxyDemandsLogin;

impl fmt::Display for ProxyDemandsLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proxy demands a login")
    }
}

impl Error for ProxyDemandsLogin {}

/// The kind of an error of hyper-util that has a message and a next step of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConnectErrorKind {
    /// The host name cannot be resolved.
    NoAddress,
    /// The proxy answered with HTTP 407.
    ProxyLogin,
    /// The proxy answered with another status than 200.
    ProxyRefused,
    /// The proxy closed the connection instead of an answer.
    ProxyClosed,
    /// No connection to the proxy was made.
    NoProxy,
}

impl ConnectErrorKind {
    /// Returns the kind of this error, without its sources.
    ///
    /// The types of these errors are private to hyper-util 0.1, which leaves their texts. The test of this
    /// function provokes each of them, and fails if an upgrade changes a text.
    pub(super) fn from_hyper_util(error: &(dyn Error + 'static)) -> Option<Self> {
        match error.to_string().as_str() {
            "dns error" => Some(Self::NoAddress),
            "tunnel error: proxy authorization required" => Some(Self::ProxyLogin),
            "tunnel error: unsuccessful" => Some(Self::ProxyRefused),
            "tunnel error: unexpected end of file" => Some(Self::ProxyClosed),
            "tunnel error: failed to create underlying connection" => Some(Self::NoProxy),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// Returns the first kind in the chain of errors of a connection.
    fn kind_of_failure<S>(connector: S, to: &str) -> Option<ConnectErrorKind>
    where
        S: Service<Uri>,
        S::Response: Stream + 'static,
        S::Error: Error + 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let connecting = stream(connector, to.parse().unwrap());
        let result = runtime.block_on(connecting);
        let error = result.err().unwrap();
        let mut next: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(error) = next {
            if let Some(kind) = ConnectErrorKind::from_hyper_util(error) {
                return Some(kind);
            }
            next = error.source();
        }
        None
    }

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
    fn what_is_no_proxy_is_told_with_its_fault() {
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

    #[test]
    fn errors_that_hyper_util_keeps_private_are_recognized() {
        // A resolver rejects a label of more than 63 letters without asking a server.
        let nowhere = format!("http://{}.invalid", "x".repeat(70));
        assert_eq!(
            kind_of_failure(Tcp::new(), &nowhere),
            Some(ConnectErrorKind::NoAddress)
        );
        for (status, kind) in [
            ("", ConnectErrorKind::ProxyClosed),
            (
                "407 Proxy Authentication Required",
                ConnectErrorKind::ProxyLogin,
            ),
            ("503 Service Unavailable", ConnectErrorKind::ProxyRefused),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let proxy = format!("http://{}", listener.local_addr().unwrap());
            let server = std::thread::spawn(move || {
                let (mut client, _) = listener.accept().unwrap();
                let _ = client.read(&mut [0; 1024]).unwrap();
                if !status.is_empty() {
                    write!(client, "HTTP/1.1 {status}\r\n\r\n").unwrap();
                }
            });
            let tunnel = Tunnel::new(proxy.parse().unwrap(), Tcp::new());
            assert_eq!(
                kind_of_failure(tunnel, "https://sts.example.com"),
                Some(kind)
            );
            server.join().unwrap();
        }
        let tunnel = Tunnel::new(Uri::from_static("http://127.0.0.1:1"), Tcp::new());
        assert_eq!(
            kind_of_failure(tunnel, "https://sts.example.com"),
            Some(ConnectErrorKind::NoProxy)
        );
    }
}
