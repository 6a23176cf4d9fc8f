use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use memchr::{memchr, memmem};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::error::{Failure, Result};

/// Which certificates are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// The system's.
    System,
    /// Those in `SSL_CERT_DIR`, and in `SSL_CERT_FILE` if that is set, too.
    Folder,
    /// Those of `SSL_CERT_FILE`, in place of the system's own file.
    SystemFile(CaBundle),
    /// Those of `AWS_CA_BUNDLE` or `ca_bundle` alone.
    Only(CaBundle),
}

/// A file of certificates and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CaBundle {
    pub(super) path: PathBuf,
    pub(super) named_by: String,
}

impl Trust {
    /// As people are told.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::System => "the system's".to_owned(),
            Self::Folder => "those in SSL_CERT_DIR".to_owned(),
            Self::SystemFile(bundle) | Self::Only(bundle) => {
                format!("{} ({})", bundle.path.display(), bundle.named_by)
            }
        }
    }

    /// That the file that the user named can be used.
    ///
    /// # Errors
    ///
    /// As [`Trust::verifier`].
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::System | Self::Folder => Ok(()),
            Self::SystemFile(bundle) => bundle.read().map(|_| ()),
            Self::Only(bundle) => bundle.check(&bundle.read()?),
        }
    }

    /// Who checks the certificate of a server.
    ///
    /// # Errors
    ///
    /// If the file that the user named is missing, or holds something else than certificates.
    pub(super) fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>> {
        let trusted = match self {
            Self::System => Trusted::System,
            Self::Folder => Trusted::Folder,
            Self::SystemFile(bundle) => Trusted::Text(bundle.read()?),
            Self::Only(bundle) => {
                let pem = bundle.read()?;
                bundle.check(&pem)?;
                Trusted::Text(pem)
            }
        };
        Ok(Arc::new(Verifier {
            trusted,
            provider: provider.clone(),
        }))
    }
}

impl CaBundle {
    /// The text of the file, in which there is at least one certificate.
    fn read(&self) -> Result<Vec<u8>> {
        let pem = std::fs::read(&self.path).map_err(|error| self.failure(&error.to_string()))?;
        if !blocks(&pem).any(|block| block.subject().is_some()) {
            return Err(self.failure("it has no PEM certificate that can be read"));
        }
        Ok(pem)
    }

    /// That there is nothing in it that was meant to be a certificate and is none.
    fn check(&self, pem: &[u8]) -> Result<()> {
        match blocks(pem).position(|block| block.subject().is_none()) {
            None => Ok(()),
            Some(at) => Err(self.failure(&format!(
                "its PEM certificate number {} cannot be read",
                at + 1
            ))),
        }
    }

    fn failure(&self, cause: &str) -> Failure {
        Failure::usage(format!(
            "could not use the certificates in {} ({}): {cause}",
            self.path.display(),
            self.named_by
        ))
        .help("name a file with PEM certificates, or unset it to trust the system's")
    }
}

/// Checks a server's certificate as rustls does, against everything that is trusted.
///
/// To decode all of a system's roots takes longer than the rest of a request. A chain can only end
/// in a root that one of its certificates names as its issuer, so those are decoded first, and all
/// of them only if that does not do.
#[derive(Debug)]
struct Verifier {
    trusted: Trusted,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified_by = |roots: Vec<CertificateDer<'static>>| {
            let mut store = RootCertStore::empty();
            store.add_parsable_certificates(roots);
            let unknown = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
            WebPkiServerVerifier::builder_with_provider(store.into(), self.provider.clone())
                .build()
                .map_err(|_| unknown)?
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
        };
        let chain = std::iter::once(end_entity).chain(intermediates);
        let issuers: Vec<Vec<u8>> = chain
            .filter_map(|certificate| Some(Names::of(certificate)?.issuer.to_vec()))
            .collect();
        verified_by(self.trusted.of(&issuers)).or_else(|_| verified_by(self.trusted.all()))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// The certificates that are trusted.
#[derive(Debug)]
enum Trusted {
    /// The system's.
    System,
    /// Those of the folder that the environment names.
    Folder,
    /// Those in this text, in PEM.
    Text(Vec<u8>),
}

impl Trusted {
    /// Those for one of these names, as far as they are quickly found.
    fn of(&self, subjects: &[Vec<u8>]) -> Vec<CertificateDer<'static>> {
        let pem = match self {
            Self::System => system_file().and_then(|path| std::fs::read(path).ok()),
            Self::Folder => None,
            Self::Text(pem) => return among(pem, subjects),
        };
        pem.map_or_else(Vec::new, |pem| among(&pem, subjects))
    }

    /// All of them.
    fn all(&self) -> Vec<CertificateDer<'static>> {
        match self {
            Self::System | Self::Folder => rustls_native_certs::load_native_certs().certs,
            Self::Text(pem) => blocks(pem).filter_map(Block::certificate).collect(),
        }
    }
}

/// Those in a text that are for one of these names.
fn among(pem: &[u8], subjects: &[Vec<u8>]) -> Vec<CertificateDer<'static>> {
    blocks(pem)
        .filter(|block| block.subject().is_some_and(|it| subjects.contains(&it)))
        .filter_map(Block::certificate)
        .collect()
}

/// The file with all of the system's roots, where it has one.
#[cfg(all(unix, not(target_os = "macos")))]
fn system_file() -> Option<PathBuf> {
    openssl_probe::probe().cert_file
}

/// These keep them elsewhere.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn system_file() -> Option<PathBuf> {
    None
}

/// One certificate in PEM, from its first line to its last.
#[derive(Clone, Copy)]
struct Block<'a>(&'a [u8]);

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

/// The certificates in a text. One that does not end is the rest of it.
fn blocks(pem: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut rest = pem;
    std::iter::from_fn(move || {
        let block = &rest[memmem::find(rest, BEGIN)?..];
        let end = memmem::find(block, END).map_or(block.len(), |at| at + END.len());
        let (block, behind) = block.split_at(end);
        rest = behind;
        Some(Block(block))
    })
}

impl Block<'_> {
    fn certificate(self) -> Option<CertificateDer<'static>> {
        CertificateDer::from_pem_slice(self.0).ok()
    }

    /// The name of whom it is for; `None` if it cannot be read.
    fn subject(self) -> Option<Vec<u8>> {
        // As a rule, it stands within so many characters of a root.
        const START: usize = 512;
        let subject = |characters| {
            let der = BASE64.decode(self.base64(characters)?).ok()?;
            Some(Names::of(&der)?.subject.to_vec())
        };
        subject(START).or_else(|| subject(usize::MAX))
    }

    /// So many characters of its text at most, without the ends of lines.
    fn base64(self, characters: usize) -> Option<Vec<u8>> {
        let mut rest = self.0.strip_prefix(BEGIN)?.strip_suffix(END)?;
        let mut text = Vec::with_capacity(characters.min(rest.len()));
        while let (Some(end), true) = (memchr(b'\n', rest), text.len() < characters) {
            text.extend(rest[..end].trim_ascii());
            rest = &rest[end + 1..];
        }
        text.truncate(characters);
        Some(text)
    }
}

/// The names in a certificate (RFC 5280, 4.1), as they are encoded.
struct Names<'a> {
    issuer: &'a [u8],
    subject: &'a [u8],
}

impl<'a> Names<'a> {
    /// Of a certificate, or of the start of one.
    fn of(der: &'a [u8]) -> Option<Self> {
        const EXPLICIT_VERSION: u8 = 0xa0;
        let certificate = &der[header(der)?.0..];
        let mut fields = &certificate[header(certificate)?.0..];
        if fields.first() == Some(&EXPLICIT_VERSION) {
            (_, fields) = element(fields)?;
        }
        let (_serial_number, fields) = element(fields)?;
        let (_signature, fields) = element(fields)?;
        let (issuer, fields) = element(fields)?;
        let (_validity, fields) = element(fields)?;
        let (subject, _) = element(fields)?;
        Some(Self { issuer, subject })
    }
}

/// The first element of a DER text, and what is behind it.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (header, content) = header(der)?;
    der.split_at_checked(header.checked_add(content)?)
}

/// How long the tag and length of an element are, and how long its content.
fn header(der: &[u8]) -> Option<(usize, usize)> {
    match *der.get(1)? {
        short @ ..0x80 => Some((2, short.into())),
        long => {
            let bytes = der.get(2..2 + usize::from(long & 0x7f))?;
            // Nothing here is longer than 16 MB.
            let length = (bytes.len() <= 3).then(|| {
                let shifted = bytes.iter();
                shifted.fold(0, |length, byte| length << 8 | usize::from(*byte))
            });
            Some((2 + bytes.len(), length?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_without_a_certificate_is_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = |content: &[u8]| {
            let path = folder.path().join("ca.pem");
            std::fs::write(&path, content).unwrap();
            CaBundle {
                path,
                named_by: "AWS_CA_BUNDLE".to_owned(),
            }
            .read()
            .unwrap_err()
            .to_string()
        };
        for content in [
            &b""[..],
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            b"-----BEGIN CERTIFICATE-----\n%%%\n",
        ] {
            let said = bundle(content);
            assert!(said.contains("no PEM certificate"), "{said}");
        }
    }

    /// The system's certificates are the test data; Debian has them in this file.
    #[test]
    fn every_certificate_is_found_by_its_name() {
        let pem = std::fs::read("/etc/ssl/certs/ca-certificates.crt").unwrap();
        let mut count = 0;
        for block in blocks(&pem) {
            let certificate = block.certificate().unwrap();
            let mut store = RootCertStore::empty();
            store.add(certificate.clone()).unwrap();
            let subject = block.subject().unwrap();
            // rustls keeps the names without the tag and length around them.
            assert!(subject.ends_with(&store.roots[0].subject));
            assert_eq!(subject, Names::of(&certificate).unwrap().subject);
            assert!(among(&pem, &[subject]).contains(&certificate));
            count += 1;
        }
        let text = String::from_utf8(pem).unwrap();
        assert_eq!(count, text.matches("BEGIN CERTIFICATE").count());
        assert!(count > 100);
    }

    #[test]
    fn what_is_no_certificate_has_no_name() {
        for der in [
            &b""[..],
            b"\x30",
            b"\x30\x82",
            b"\x30\x84\xff\xff\xff\xff",
            b"\x30\x03\x30\x01\xa0",
            b"\x30\x80\x30\x80\x02\x7f",
        ] {
            assert!(Names::of(der).is_none(), "{der:?}");
        }
    }
}
