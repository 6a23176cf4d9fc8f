//! The connections of the SDK's requests, by HTTP/1.1, through the proxy that the environment names. A request uses
//! the connection that is ready for its server: that of the request before it, or one that was made in advance, within
//! [`Limits::idle_connection`].
//!
//! The SDK has an HTTP client, but it does not report two things that are needed here:
//!
//! - **Was the request sent?** An MFA code works once. A request that failed before it was written may be
//!   repeated with the same code; after that, AWS may have processed it, and the code may be used up.
//!   [`FailedAfterSend`] marks those errors.
//! - **Which proxy?** A loaded session's account may export `HTTPS_PROXY` for its own programs. Requests of
//!   aws-mfa follow the variables of before the session (see `proxies`); the SDK's client reads those
//!   of this process.

use std::error::Error;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Instant;

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
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::ClientConfig;
use tower_service::Service;

use super::proxies::Proxies;
use super::ready::{Connection, ReadyConnections};
use super::resolver::{Resolver, is_loopback};
use super::transport_error::{FailedAfterSend, FailedThroughProxy, ProxyDemandsLogin};
use crate::console::Console;
use crate::context::Limits;
use crate::error::Result;

/// The size limit of an answer, in bytes: 1 MiB. Those of STS, and of IAM about one user's devices, have a few
/// kilobytes.
const LARGEST_ANSWER: usize = 1 << 20;
/// The SDK's connector. Clones share their settings and the connections that are ready.
#[derive(Clone, Debug)]
pub(super) struct Transport {
    tls: Arc<ClientConfig>,
    proxies: Arc<Matcher>,
    pub(super) ready: Arc<ReadyConnections>,
    pub(super) limits: Limits,
    pub(super) console: Console,
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let transport = self.clone();
        HttpConnectorFuture::new(async move { transport.send(request).await })
    }
}

/// The result of a request over a connection that was ready.
enum Sent {
    /// The connection and the server's answer.
    Answered(Connection, Response<Incoming>),
    /// The server closed the connection before anything of the request was written to it.
    NotAtAll(Request<SdkBody>),
}

impl Sent {
    /// Sends a request over a connection that was ready.
    ///
    /// # Errors
    ///
    /// [`FailedAfterSend`], if the connection broke after something of the request was written.
    async fn over(
        mut ready: Connection,
        request: Request<SdkBody>,
    ) -> Result<Self, ConnectorError> {
        match ready.sender.try_send_request(request).await {
            Ok(response) => Ok(Self::Answered(ready, response)),
            Err(mut error) => match error.take_message() {
                Some(request) => Ok(Self::NotAtAll(request)),
                None => Err(FailedAfterSend::error(error.into_error().into())),
            },
        }
    }
}

/// A connection that requests are written to and answers read from.
pub(super) trait Stream: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Stream for T {}

impl Transport {
    /// Creates a transport without a connection.
    ///
    /// # Errors
    ///
    /// As [`Proxies::matcher`].
    pub(super) fn new(
        tls: ClientConfig,
        proxies: &Proxies,
        limits: Limits,
        console: Console,
    ) -> Result<Self> {
        Ok(Self {
            tls: tls.into(),
            proxies: proxies.matcher()?.into(),
            ready: Arc::default(),
            limits,
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
        let to = display_server(&uri);
        let proxy = self.proxy(&uri);
        set_target_and_host(&mut request, proxy.as_ref())?;
        let sent = match self
            .ready
            .take(&to, self.limits.idle_connection, self.console)
            .await
        {
            Some(ready) => Sent::over(ready, request).await?,
            None => Sent::NotAtAll(request),
        };
        let (connection, response) = match sent {
            Sent::Answered(connection, response) => (connection, response),
            Sent::NotAtAll(request) => {
                let mut connection = self.open(uri.clone()).await?;
                self.console.trace(|| connection.describe());
                let response = connection.sender.send_request(request).await;
                let response = response.map_err(|error| FailedAfterSend::error(error.into()))?;
                (connection, response)
            }
        };
        let is_proxys_answer = proxy.is_some() && !is_https(&uri);
        if is_proxys_answer && response.status() == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(ConnectorError::io(ProxyDemandsLogin.into()));
        }
        let (head, body) = response.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER).collect().await;
        let body = body.map_err(FailedAfterSend::error)?.to_bytes();
        self.ready.put(to.clone(), connection);
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

    /// Opens a connection for requests to the host of a URI, within [`Limits::connect`]. Sends nothing of a request.
    pub(super) async fn open(&self, uri: Uri) -> Result<Connection, ConnectorError> {
        let start = Instant::now();
        let proxy = self.proxy(&uri);
        let to = display_server(&uri);
        let is_tunnel = is_https(&uri);
        let through = proxy.as_ref().map(|proxy| display_server(proxy.uri()));
        let through_proxy = |cause| match &through {
            None => cause,
            Some(proxy) => FailedThroughProxy {
                proxy: proxy.clone(),
                is_tunnel,
                cause,
            }
            .into(),
        };
        let limit = self.limits.connect;
        let stream = tokio::time::timeout(limit, self.connect(uri, proxy.as_ref()))
            .await
            .map_err(|late| ConnectorError::timeout(through_proxy(late.into())))?
            .map_err(|cause| ConnectorError::io(through_proxy(cause)))?;
        let took = start.elapsed();
        let (sender, driver) = http1::handshake(stream)
            .await
            .map_err(|error| ConnectorError::io(error.into()))?;
        Ok(Connection {
            sender,
            closed: tokio::spawn(async move { drop(driver.await) }),
            to,
            through,
            took,
        })
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
            tcp.set_connect_timeout(Some(self.limits.connect));
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

/// Connects to a URI by a connector of hyper-util or hyper-rustls.
pub(super) async fn stream<S>(mut service: S, to: Uri) -> Result<Box<dyn Stream>, S::Error>
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
            format!("{}{path}", display_server(&uri))
        }
        _ => path.to_owned(),
    };
    *request.uri_mut() = target
        .parse()
        .map_err(|error: hyper::http::uri::InvalidUri| wrong(error.into()))?;
    Ok(())
}

/// Returns scheme, host and port of a URI, without a login.
pub(super) fn display_server(uri: &Uri) -> String {
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
