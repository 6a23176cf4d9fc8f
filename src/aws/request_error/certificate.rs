//! The causes for which a TLS connection or a certificate is refused, in words for the user.

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, OtherError};

use crate::time::rfc3339;

/// The cause for which a certificate is not trusted, and the next step for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::aws) struct CertificateProblem {
    pub(super) why: String,
    pub(super) help: &'static str,
}

impl From<&CertificateError> for CertificateProblem {
    fn from(error: &CertificateError) -> Self {
        const RENEW: &str = "correct this machine's clock if it is wrong; if it is right, the operator of the server, \
                             or of a proxy in front of it, must renew the certificate";
        const BUNDLE: &str = "if a proxy intercepts TLS, name a file with its CA certificate: AWS_CA_BUNDLE, \
                              or ca_bundle in the profile";
        const ISSUE: &str = "have a certificate authority issue the server's certificate, \
                             and name a file with the authority's: AWS_CA_BUNDLE";
        const HOST: &str = "correct the endpoint URL (AWS_ENDPOINT_URL, endpoint_url) or the proxy: \
                            another server answers there";
        let time = |time: &UnixTime| rfc3339(i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
        let (why, help) = match error {
            CertificateError::ExpiredContext {
                time: now,
                not_after,
            } => (
                format!(
                    "it expired at {}, and this machine's clock says {}",
                    time(not_after),
                    time(now)
                ),
                RENEW,
            ),
            CertificateError::NotValidYetContext {
                time: now,
                not_before,
            } => (
                format!(
                    "it is not valid before {}, and this machine's clock says {}",
                    time(not_before),
                    time(now)
                ),
                RENEW,
            ),
            CertificateError::Expired => ("it has expired".to_owned(), RENEW),
            CertificateError::NotValidYet => ("it is not valid yet".to_owned(), RENEW),
            CertificateError::UnknownIssuer => ("its issuer is not trusted".to_owned(), BUNDLE),
            CertificateError::Other(other) if is_of_authority(other) => (
                "it is a CA certificate, which a server must not use as its own".to_owned(),
                ISSUE,
            ),
            CertificateError::NotValidForNameContext {
                expected,
                presented,
            } => {
                // rustls shows names as `DnsName("example.com")` and `IpAddress(127.0.0.1)`.
                let names = presented.iter().map(|name| {
                    let inner = name
                        .split_once('(')
                        .map_or(name.as_str(), |(_, inner)| inner);
                    inner.trim_end_matches(')').trim_matches('"')
                });
                let names: Vec<&str> = names.take(3).collect();
                let names = match &names[..] {
                    [] => "no host".to_owned(),
                    names => names.join(", "),
                };
                (
                    format!("it is for {names}, not for {}", expected.to_str()),
                    HOST,
                )
            }
            CertificateError::NotValidForName => ("it is for another host".to_owned(), HOST),
            CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
                "it is signed by a method that is too weak or unknown, such as SHA-1".to_owned(),
                "have it issued again with a signature by SHA-256; \
                 the operator of the server, or of a proxy in front of it, can do that",
            ),
            CertificateError::Revoked => ("it was revoked".to_owned(), RENEW),
            // ring reports a key that is too short, such as RSA with 1024 bits, in the same way.
            CertificateError::BadSignature => (
                "its signature is wrong, or a key of its chain is too short".to_owned(),
                BUNDLE,
            ),
            CertificateError::BadEncoding => ("it cannot be decoded".to_owned(), BUNDLE),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                ("it is not meant for a server".to_owned(), BUNDLE)
            }
            _ => ("it cannot be verified".to_owned(), BUNDLE),
        };
        Self { why, help }
    }
}

/// Whether the server presented the certificate of an authority as its own.
fn is_of_authority(error: &OtherError) -> bool {
    let kind = error.0.downcast_ref();
    matches!(kind, Some(webpki::Error::CaUsedAsEndEntity))
}

/// The reason for which a TLS connection was not made, in words. Those of rustls are for programmers.
pub(super) fn describe_tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => {
            "it does not speak TLS there".to_owned()
        }
        rustls::Error::PeerIncompatible(_) => {
            "it offers neither TLS 1.2 nor TLS 1.3 with a method that is secure".to_owned()
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "it refused the TLS connection without a certificate of the client".to_owned()
        }
        rustls::Error::AlertReceived(_) => "it refused the TLS connection".to_owned(),
        _ => "the TLS connection failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;

    use super::*;

    #[test]
    fn a_certificate_is_described_in_words() {
        let expected = ServerName::try_from("sts.example.com").unwrap();
        let wrong_host = CertificateError::NotValidForNameContext {
            expected,
            presented: vec!["DnsName(\"proxy.example.com\")".to_owned()],
        };
        let problem = CertificateProblem::from(&wrong_host);
        assert_eq!(
            problem.why,
            "it is for proxy.example.com, not for sts.example.com"
        );
        assert!(problem.help.contains("endpoint") && !problem.help.contains("AWS_CA_BUNDLE"));

        let sha1 = CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: vec![42],
            supported_algorithms: Vec::new(),
        };
        let problem = CertificateProblem::from(&sha1);
        assert!(problem.why.contains("SHA-1") && problem.help.contains("SHA-256"));
        for error in [
            CertificateError::UnhandledCriticalExtension,
            CertificateError::ApplicationVerificationFailure,
            CertificateError::InvalidPurpose,
            CertificateError::Other(OtherError(std::sync::Arc::new(std::fmt::Error))),
        ] {
            let why = CertificateProblem::from(&error).why;
            assert!(why.starts_with("it ") && !why.contains("Error"), "{why}");
        }
    }
}
