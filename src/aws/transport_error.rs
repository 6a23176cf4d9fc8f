//! The errors of the transport that have a meaning for the caller: whether the request was sent, and who failed.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::client::result::ConnectorError;

/// An error after the request was written. AWS may have processed it, so the code may be used up.
#[derive(Debug)]
pub(super) struct FailedAfterSend(Box<dyn Error + Send + Sync>);

impl FailedAfterSend {
    pub(super) fn error(cause: Box<dyn Error + Send + Sync>) -> ConnectorError {
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
    pub(super) cause: Box<dyn Error + Send + Sync>,
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
            "tunnel error: unexpected end of file"
            | "tunnel error: io error establishing tunnel" => Some(Self::ProxyClosed),
            "tunnel error: failed to create underlying connection" => Some(Self::NoProxy),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use hyper::Uri;
    use hyper_util::client::legacy::connect::HttpConnector as Tcp;
    use hyper_util::client::legacy::connect::proxy::Tunnel;
    use tower_service::Service;

    use super::super::transport::{Stream, stream};
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
