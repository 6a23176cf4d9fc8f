//! The root certificates that a server's certificate is checked against.
//!
//! Certificates are verified by rustls against the certificates of files, and on macOS and Windows by the
//! verifier of the system, unless the user names files.
//!
//! The variables `SSL_CERT_FILE` and `SSL_CERT_DIR` come from [`TrustSource`], and so from the settings of
//! before the session: rustls-native-certs and openssl-probe would read them from this process, where they
//! may be those that the account of a loaded session exports.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, RootCertStore};
#[cfg(not(any(target_os = "macos", windows)))]
use rustls_native_certs::load_certs_from_paths;
#[cfg(any(target_os = "macos", windows))]
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::error::{Failure, Result};
use crate::files::input;

/// The setting that names the trusted certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TrustSource {
    /// None: the system's certificates.
    System,
    /// `SSL_CERT_FILE` alone: the certificates in it, in place of the system's.
    File(CaBundle),
    /// `SSL_CERT_DIR`: the certificates in the files of these directories, and in the one that
    /// `SSL_CERT_FILE` names, in place of the system's.
    Directories {
        directories: Vec<PathBuf>,
        file: Option<PathBuf>,
    },
    /// `AWS_CA_BUNDLE` or `ca_bundle`: the certificates in it alone.
    Bundle(CaBundle),
}

/// A file of certificates in PEM, and the setting that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CaBundle {
    pub(super) path: PathBuf,
    pub(super) origin: String,
}

/// The trusted certificates as a message names them: by file or directory and the setting.
impl fmt::Display for TrustSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => {
                f.write_str("the system's")?;
                match system_location() {
                    Some(location) => write!(f, " ({})", location.display()),
                    None => Ok(()),
                }
            }
            Self::File(bundle) | Self::Bundle(bundle) => {
                write!(f, "{} ({})", bundle.path.display(), bundle.origin)
            }
            Self::Directories { directories, file } => {
                if let Some(file) = file {
                    write!(f, "{} (SSL_CERT_FILE) and ", file.display())?;
                }
                let names = directories.iter().map(|path| path.display().to_string());
                let names: Vec<String> = names.collect();
                write!(f, "those in {} (SSL_CERT_DIR)", names.join(", "))
            }
        }
    }
}

impl TrustSource {
    /// Checks that the files which the user named can be used.
    ///
    /// # Errors
    ///
    /// As [`client_config`].
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::System => Ok(()),
            Self::File(_) | Self::Directories { .. } | Self::Bundle(_) => {
                self.root_certificates().map(drop)
            }
        }
    }

    fn root_certificates(&self) -> Result<RootCertificates> {
        Ok(match self {
            Self::System => RootCertificates::of_system(),
            Self::File(bundle) => RootCertificates::Store(bundle.read()?.store),
            Self::Directories { directories, file } => {
                let mut store = match file {
                    None => RootCertStore::empty(),
                    Some(path) => {
                        let origin = "SSL_CERT_FILE".to_owned();
                        let path = path.clone();
                        CaBundle { path, origin }.read()?.store
                    }
                };
                add_from_directories(&mut store, directories);
                if store.is_empty() {
                    return Err(failure(&self.to_string(), "none of them can be read"));
                }
                RootCertificates::Store(store)
            }
            Self::Bundle(bundle) => RootCertificates::Store(bundle.read_all()?),
        })
    }
}

/// Returns the TLS settings of a client that trusts these certificates, or none.
///
/// # Errors
///
/// The file that the user named cannot be read, or holds no certificate; nor do the directories. In `AWS_CA_BUNDLE` and
/// `ca_bundle`, each certificate must be readable.
pub(super) fn client_config(trust: Option<&TrustSource>) -> Result<ClientConfig> {
    let root_certificates = trust.map_or_else(
        || Ok(RootCertificates::Store(RootCertStore::empty())),
        TrustSource::root_certificates,
    )?;
    let no_tls = |error: rustls::Error| Failure::broken(format!("could not set up TLS: {error}"));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(no_tls)?;
    let config = match root_certificates {
        RootCertificates::Store(store) => config.with_root_certificates(store),
        #[cfg(any(target_os = "macos", windows))]
        RootCertificates::Platform => config.with_platform_verifier().map_err(no_tls)?,
    };
    Ok(config.with_no_client_auth())
}

/// The root certificates of a TLS client.
#[derive(Debug)]
enum RootCertificates {
    /// Certificates read from files. rustls verifies against them.
    Store(RootCertStore),
    /// The certificates that the system manages. The system verifies against them.
    #[cfg(any(target_os = "macos", windows))]
    Platform,
}

impl RootCertificates {
    #[cfg(any(target_os = "macos", windows))]
    fn of_system() -> Self {
        Self::Platform
    }

    /// Reads the file in which the distribution keeps all of its root certificates, or else the directories
    /// that have them one by one.
    #[cfg(not(any(target_os = "macos", windows)))]
    fn of_system() -> Self {
        let store = store_from_paths(system_file().as_deref(), &[]);
        if !store.is_empty() {
            return Self::Store(store);
        }
        let directories: Vec<PathBuf> = openssl_probe::candidate_cert_dirs()
            .map(Path::to_owned)
            .collect();
        Self::Store(store_from_paths(None, &directories))
    }
}

/// The file in which the distribution keeps all of its root certificates; `None` if it has no such file.
#[cfg(not(any(target_os = "macos", windows)))]
fn system_file() -> Option<PathBuf> {
    // `probe` prefers the file that this process's variable names. If the settings do not name it, an account does,
    // for its own programs. The directories have the certificates of that file, too.
    let is_exported = std::env::var_os(openssl_probe::ENV_CERT_FILE).is_some();
    let file = openssl_probe::probe().cert_file.filter(|_| !is_exported)?;
    let is_empty = file.metadata().is_ok_and(|data| data.len() == 0);
    (!is_empty).then_some(file)
}

/// The file or the first directory with the system's certificates, for messages.
#[cfg(not(any(target_os = "macos", windows)))]
fn system_location() -> Option<PathBuf> {
    let directory = || openssl_probe::candidate_cert_dirs().next();
    system_file().or_else(|| directory().map(Path::to_owned))
}

/// `None`: the system's own verifier has them.
#[cfg(any(target_os = "macos", windows))]
fn system_location() -> Option<PathBuf> {
    None
}

/// Adds the certificates in the files of these directories. Leaves out what cannot be read, as OpenSSL does, and
/// certificates of a form that rustls does not know.
fn add_from_directories(store: &mut RootCertStore, directories: &[PathBuf]) {
    let entries = directories.iter().filter_map(|path| path.read_dir().ok());
    // `openssl rehash` makes links to the files beside them.
    let files: BTreeSet<PathBuf> = entries
        .flatten()
        .filter_map(|entry| entry.ok()?.path().canonicalize().ok())
        .filter(|path| path.is_file())
        .collect();
    for pem in files.iter().filter_map(|path| input::read(path).ok()) {
        let certificates = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok);
        store.add_parsable_certificates(certificates);
    }
}

/// Reads the system's certificates: those of a file, and of each file in these directories. Leaves out what cannot be
/// read and certificates of a form that rustls does not know.
#[cfg(not(any(target_os = "macos", windows)))]
fn store_from_paths(file: Option<&Path>, directories: &[PathBuf]) -> RootCertStore {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(load_certs_from_paths(file, None).certs);
    for directory in directories {
        store.add_parsable_certificates(load_certs_from_paths(None, Some(directory)).certs);
    }
    store
}

/// The content of a [`CaBundle`].
struct BundleContent {
    /// Its certificates, at least one.
    store: RootCertStore,
    /// The position, from 1 on, of the first certificate that cannot be decoded.
    first_unreadable: Option<usize>,
}

impl CaBundle {
    /// Reads the certificates that can be decoded. One of a form that rustls does not know is left out.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or no certificate in it can be decoded.
    fn read(&self) -> Result<BundleContent> {
        let pem = input::read(&self.path).map_err(|error| self.failure(&error.to_string()))?;
        let mut store = RootCertStore::empty();
        let mut first_unreadable = None;
        for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(&pem)) {
            let added = certificate.map(|certificate| store.add(certificate));
            let is_unreadable = match added {
                Err(_) => true,
                Ok(Err(error)) => error == CertificateError::BadEncoding.into(),
                Ok(Ok(())) => false,
            };
            if is_unreadable {
                first_unreadable.get_or_insert(number);
            }
        }
        if store.is_empty() {
            return Err(self.failure("it has no PEM certificate that can be read"));
        }
        Ok(BundleContent {
            store,
            first_unreadable,
        })
    }

    /// Reads the certificates, all of which must be readable.
    ///
    /// # Errors
    ///
    /// As [`CaBundle::read`], or a certificate cannot be decoded.
    fn read_all(&self) -> Result<RootCertStore> {
        let content = self.read()?;
        match content.first_unreadable {
            None => Ok(content.store),
            Some(number) => Err(self.failure(&format!(
                "its PEM certificate number {number} cannot be read"
            ))),
        }
    }

    fn failure(&self, cause: &str) -> Failure {
        let (path, origin) = (self.path.display(), &self.origin);
        failure(&format!("{path} ({origin})"), cause)
    }
}

/// The failure to use the certificates in these places.
fn failure(places: &str, cause: &str) -> Failure {
    Failure::usage(format!(
        "could not use the certificates in {places}: {cause}"
    ))
    .help("name a file with PEM certificates, or unset it to trust the system's")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_without_a_certificate_is_a_failure() {
        let directory = tempfile::tempdir().unwrap();
        let bundle = |content: &[u8]| {
            let path = directory.path().join("ca.pem");
            std::fs::write(&path, content).unwrap();
            let bundle = CaBundle {
                path,
                origin: "AWS_CA_BUNDLE".to_owned(),
            };
            bundle.read().err().unwrap().to_string()
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
}
