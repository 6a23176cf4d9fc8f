use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt as _, Limited};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::rt::{Read, Write};
use hyper::{Request, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use tower_service::Service;

use crate::console::Console;
use crate::context::Context;
use crate::error::{Failure, Result};

/// How long a connection may take, with name, proxy and TLS.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// More than any answer of STS, and of IAM to a question about one user.
const LARGEST_ANSWER: usize = 1 << 20;

/// How the SDK's requests travel: each over a connection of its own, by HTTP/1.1, through the proxy
/// that the environment names.
///
/// The SDK's own HTTP client would decode every root certificate of the system first, and brings
/// HTTP/2 and a pool of connections along.
#[derive(Clone, Debug)]
pub(super) struct Transport {
    tls: Arc<ClientConfig>,
    proxies: Arc<Matcher>,
    console: Console,
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.clone();
        HttpConnectorFuture::new(async move { transport.send(request).await })
    }
}

/// What a request is written to and its answer read from.
trait Stream: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Stream for T {}

impl Transport {
    /// # Errors
    ///
    /// As [`Proxies::matcher`].
    pub(super) fn new(tls: ClientConfig, proxies: &Proxies, console: Console) -> Result<Self> {
        Ok(Self {
            tls: tls.into(),
            proxies: proxies.matcher()?.into(),
            console,
        })
    }

    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let mut request = request
            .try_into_http1x()
            .map_err(|error| ConnectorError::user(error.into()))?;
        let proxy = self.proxies.intercept(request.uri());
        let start = Instant::now();
        let to = shown(request.uri());
        let connecting = self.connect(request.uri().clone(), proxy.as_ref());
        let stream = tokio::time::timeout(CONNECT_LIMIT, connecting)
            .await
            .map_err(|late| ConnectorError::timeout(late.into()))?
            .map_err(ConnectorError::io)?;
        self.console.trace(|| {
            let through = proxy.as_ref().map(|proxy| shown(proxy.uri()));
            let through = through.map_or(String::new(), |proxy| format!(" through {proxy}"));
            let took = start.elapsed().as_millis();
            format!("connected to {to}{through} after {took} ms")
        });
        address(&mut request, proxy.as_ref())?;
        let (mut sender, connection) = http1::handshake(stream)
            .await
            .map_err(|error| ConnectorError::io(error.into()))?;
        tokio::spawn(connection);
        let answer = sender.send_request(request).await;
        let (head, body) = answer
            .map_err(|error| Behind::error(error.into()))?
            .into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await;
        let body = body.map_err(Behind::error)?.to_bytes();
        self.console.trace(|| {
            let (status, length) = (head.status, body.len());
            let took = start.elapsed().as_millis();
            format!("{to}: HTTP {status}, {length} bytes, after {took} ms")
        });
        let body = SdkBody::from(body);
        HttpResponse::try_from(hyper::Response::from_parts(head, body))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }

    async fn connect(
        &self,
        to: Uri,
        proxy: Option<&Intercept>,
    ) -> Result<Box<dyn Stream>, Box<dyn Error + Send + Sync>> {
        let direct = self.over_tls({
            let mut tcp = Tcp::new();
            tcp.set_nodelay(true);
            // Whether there is TLS on top is not its business.
            tcp.enforce_http(false);
            // Divided among the addresses of a host, so that one which does not answer leaves time for
            // the others.
            tcp.set_connect_timeout(Some(CONNECT_LIMIT));
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

    fn over_tls<S>(&self, connector: S) -> HttpsConnector<S> {
        HttpsConnector::from((connector, self.tls.clone()))
    }
}

/// The proxies that the environment names, each with the variable that does.
#[derive(Clone)]
pub(super) struct Proxies {
    http: Option<(String, String)>,
    https: Option<(String, String)>,
    all: Option<(String, String)>,
    /// The hosts that are asked without.
    no: String,
    /// Whether this is a CGI script, whose caller could set `HTTP_PROXY` by a header.
    is_cgi: bool,
}

/// A URL may have a password in it.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [&self.http, &self.https, &self.all];
        let named = all.into_iter().flatten().map(|(name, _)| name);
        f.debug_set().entries(named).finish()
    }
}

impl Proxies {
    pub(super) fn of(context: &Context) -> Self {
        let first = |name: &str| {
            [name.to_owned(), name.to_ascii_lowercase()]
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
            no: first("NO_PROXY").map_or(String::new(), |(_, hosts)| hosts),
            is_cgi: context.env.raw("REQUEST_METHOD").is_some(),
        }
    }

    /// # Errors
    ///
    /// If a variable names a proxy in a way that cannot be understood: to go without it could be
    /// forbidden.
    fn matcher(&self) -> Result<Matcher> {
        let named = [&self.https, &self.http, &self.all].into_iter().flatten();
        for (name, url) in named {
            if !url.is_empty() && !is_proxy(url) {
                return Err(Failure::usage(format!("{name} is not the URL of a proxy"))
                    .help("write it like http://HOST:PORT, with %20 for a blank in a password, or unset it"));
            }
        }
        // The matcher's `*` means names, and not addresses.
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

/// Whether this is a proxy as the variables name one, of whatever kind.
fn is_proxy(value: &str) -> bool {
    let url = if value.contains("://") {
        value.to_owned()
    } else {
        format!("http://{value}")
    };
    let kinds = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    url.parse::<Uri>().is_ok_and(|uri| {
        let known = uri.scheme_str().is_some_and(|kind| kinds.contains(&kind));
        known && uri.host().is_some_and(|host| !host.is_empty())
    })
}

async fn stream<S>(mut service: S, to: Uri) -> Result<Box<dyn Stream>, S::Error>
where
    S: Service<Uri>,
    S::Response: Stream + 'static,
{
    poll_fn(|task| service.poll_ready(task)).await?;
    Ok(Box::new(service.call(to).await?))
}

/// Addresses a request as whoever reads it first wants it: a proxy with the whole URI, unless there is
/// a tunnel through it; everybody else with the path alone.
fn address(
    request: &mut Request<SdkBody>,
    proxy: Option<&Intercept>,
) -> Result<(), ConnectorError> {
    let uri = request.uri().clone();
    let wrong = |error: hyper::http::Error| ConnectorError::user(error.into());
    // As it was signed: without a login, and without the port that goes without saying.
    if let Some(host) = uri.host() {
        let usual = if is_https(&uri) { 443 } else { 80 };
        let port = uri.port_u16().filter(|port| *port != usual);
        let host = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let host = HeaderValue::from_str(&host).map_err(|error| wrong(error.into()))?;
        request.headers_mut().entry(HOST).or_insert(host);
    }
    match proxy {
        Some(proxy) if !is_https(&uri) => {
            if let Some(login) = proxy.basic_auth() {
                let headers = request.headers_mut();
                headers.insert(PROXY_AUTHORIZATION, login.clone());
            }
        }
        _ => {
            let path = uri.path_and_query().map_or("/", |path| path.as_str());
            *request.uri_mut() = path
                .parse()
                .map_err(|error: hyper::http::uri::InvalidUri| wrong(error.into()))?;
        }
    }
    Ok(())
}

/// Scheme, host and port: nothing of a login.
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

/// What went wrong behind the connection: whoever was asked may have got the request.
#[derive(Debug)]
pub(super) struct Behind(Box<dyn Error + Send + Sync>);

impl Behind {
    fn error(cause: Box<dyn Error + Send + Sync>) -> ConnectorError {
        ConnectorError::io(Self(cause).into())
    }
}

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was sent")
    }
}

impl Error for Behind {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}
