//! The part of HTTP/1.1 and TLS that the server needs.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// A request, head and body.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The fields of the form in the body.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        let body = String::from_utf8_lossy(&self.body);
        body.split('&')
            .filter_map(|field| field.split_once('='))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect()
    }
}

/// A form field without its `%41` and `+`.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The request ID in every answer.
pub(crate) const REQUEST_ID: &str = "01234567-89ab-cdef-0123-456789abcdef";

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    content_type: &'static str,
    body: String,
}

impl Reply {
    pub(crate) fn xml(body: String) -> Self {
        Self {
            status: 200,
            content_type: "text/xml",
            body,
        }
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            content_type: "text/plain",
            body: format!("{body}\n"),
        }
    }

    pub(crate) fn html(status: u16) -> Self {
        Self {
            status,
            content_type: "text/html",
            body: "<!DOCTYPE html><html><body><h1>Please sign in to the guest network</h1></body></html>".to_owned(),
        }
    }

    /// More than anybody wants to read.
    pub(crate) fn endless() -> Self {
        Self::xml("x".repeat(3 << 20))
    }

    pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Self {
        Self {
            status,
            content_type: "text/xml",
            body: format!(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    <Type>Sender</Type>\n    <Code>{}</Code>\n    <Message>{}</Message>\n  </Error>\n  <RequestId>{REQUEST_ID}</RequestId>\n</ErrorResponse>\n",
                escape(code),
                escape(message)
            ),
        }
    }

    /// The same with another text in one of its elements.
    pub(crate) fn replace(mut self, element: &str, text: &str) -> Self {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        if let (Some(from), Some(to)) = (self.body.find(&open), self.body.find(&close)) {
            self.body
                .replace_range(from + open.len()..to, &escape(text));
        }
        self
    }
}

/// Text for XML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// One connection, with or without TLS.
pub(crate) struct Connection {
    stream: Box<dyn ReadWrite>,
    socket: TcpStream,
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

impl Connection {
    pub(crate) fn open(
        socket: TcpStream,
        tls: Option<Arc<rustls::ServerConfig>>,
    ) -> io::Result<Self> {
        let inner = socket.try_clone()?;
        let stream: Box<dyn ReadWrite> = match tls {
            None => Box::new(inner),
            Some(config) => {
                let session = rustls::ServerConnection::new(config).map_err(io::Error::other)?;
                Box::new(rustls::StreamOwned::new(session, inner))
            }
        };
        Ok(Self { stream, socket })
    }

    pub(crate) fn read_request(&mut self) -> io::Result<Request> {
        const LARGEST: usize = 1 << 20;
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        let bad = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
        loop {
            let mut headers = [httparse::EMPTY_HEADER; 64];
            let mut head = httparse::Request::new(&mut headers);
            if let httparse::Status::Complete(head_len) =
                head.parse(&bytes).map_err(io::Error::other)?
            {
                let headers: Vec<(String, String)> = head
                    .headers
                    .iter()
                    .map(|header| {
                        (
                            header.name.to_owned(),
                            String::from_utf8_lossy(header.value).into_owned(),
                        )
                    })
                    .collect();
                let target = head.path.unwrap_or_default().to_owned();
                let (path, query) = target.split_once('?').unwrap_or((&target, ""));
                let mut request = Request {
                    method: head.method.unwrap_or_default().to_owned(),
                    path: path.to_owned(),
                    query: query.to_owned(),
                    headers,
                    body: Vec::new(),
                };
                let length = request
                    .header("content-length")
                    .map_or(Ok(0), str::parse::<usize>);
                let length = length.map_err(io::Error::other)?;
                while bytes.len() < head_len + length && bytes.len() < LARGEST {
                    self.read_more(&mut bytes, &mut chunk)?;
                }
                request.body = bytes
                    .get(head_len..head_len + length)
                    .ok_or_else(|| bad("too large"))?
                    .to_vec();
                return Ok(request);
            }
            if bytes.len() >= LARGEST {
                return Err(bad("too large"));
            }
            self.read_more(&mut bytes, &mut chunk)?;
        }
    }

    fn read_more(&mut self, bytes: &mut Vec<u8>, chunk: &mut [u8]) -> io::Result<()> {
        match self.stream.read(chunk)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                bytes.extend_from_slice(&chunk[..count]);
                Ok(())
            }
        }
    }

    /// Sends an answer; the client may have closed the connection.
    pub(crate) fn send(&mut self, reply: &Reply, now: i64) {
        let date = aws_smithy_types::DateTime::from_secs(now)
            .fmt(aws_smithy_types::date_time::Format::HttpDate)
            .expect("the time has a date");
        let head = format!(
            "HTTP/1.1 {} Answer\r\nx-amzn-RequestId: {REQUEST_ID}\r\nDate: {date}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
            reply.status,
            reply.content_type,
            reply.body.len()
        );
        let _ = self.stream.write_all((head + &reply.body).as_bytes());
        let _ = self.stream.flush();
    }

    /// Ends the connection without an answer.
    pub(crate) fn reset(&mut self) {
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

/// The certificate of a server for `localhost`, made by an authority of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    Good,
    Expired,
    /// The certificate of the authority itself.
    OfAuthority,
    /// One that its authority signed with SHA-1.
    Sha1,
}

/// A server's side of TLS for `localhost`, and the certificate of its authority.
pub(crate) fn tls_config() -> (Arc<rustls::ServerConfig>, String) {
    tls_config_with(Certificate::Good)
}

/// The same with another certificate.
pub(crate) fn tls_config_with(certificate: Certificate) -> (Arc<rustls::ServerConfig>, String) {
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair,
        KeyUsagePurpose, date_time_ymd,
    };

    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut ca = CertificateParams::new(names.clone()).expect("the names are good");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    // OpenSSL takes a certificate whose issuer has its own name for a self-signed one.
    ca.distinguished_name
        .push(DnType::CommonName, "aws-mfa test authority");
    let ca_key = KeyPair::generate().expect("ring makes keys");
    let ca_private = PrivatePkcs8KeyDer::from(ca_key.serialize_der());
    let ca = CertifiedIssuer::self_signed(ca, ca_key).expect("the parameters are good");
    let key = KeyPair::generate().expect("ring makes keys");
    let mut params = CertificateParams::new(names).expect("the names are good");
    params
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    params.use_authority_key_identifier_extension = true;
    if certificate == Certificate::Expired {
        params.not_after = date_time_ymd(2020, 2, 3);
    }
    let made = params
        .signed_by(&key, &ca)
        .expect("the parameters are good");
    let (shown, private, ca_pem) = match certificate {
        Certificate::OfAuthority => (ca.der().clone(), ca_private, ca.pem()),
        Certificate::Sha1 => signed_with_sha1(),
        _ => (
            made.der().clone(),
            PrivatePkcs8KeyDer::from(key.serialize_der()),
            ca.pem(),
        ),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the default versions")
        .with_no_client_auth()
        .with_single_cert(vec![shown], PrivateKeyDer::Pkcs8(private))
        .expect("key and certificate fit");
    (Arc::new(config), ca_pem)
}

/// The server's certificate that is signed with SHA-1, its key, and the authority's certificate as PEM.
fn signed_with_sha1() -> (CertificateDer<'static>, PrivatePkcs8KeyDer<'static>, String) {
    const PEM: &str = include_str!("sha1.pem");
    let server = CertificateDer::from_pem_slice(PEM.as_bytes()).expect("the file begins with one");
    let key = PrivatePkcs8KeyDer::from_pem_slice(PEM.as_bytes()).expect("the file has one");
    let ca = PEM.rfind("-----BEGIN").map(|start| &PEM[start..]);
    (server, key, ca.expect("the file ends with one").to_owned())
}
