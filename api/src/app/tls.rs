//! TLS of the server itself, for whoever has no proxy in front that speaks it. The certificate can be renewed without a stop.

use parking_lot::RwLock;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{fmt, path::PathBuf, sync::Arc};

/// The certificate or its key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {0}: {1}")]
pub struct TlsError(String, String);

/// A certificate chain and its key in files, as they were when they were last read.
pub struct Certificate {
    certificates: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.certificates.display())
    }
}

impl Certificate {
    /// Reads the files: the chain, the server's own certificate first, and its private key, both in PEM.
    pub fn read(certificates: PathBuf, key: PathBuf) -> Result<Arc<Self>, TlsError> {
        let current = RwLock::new(Arc::new(read(&certificates, &key)?));
        Ok(Arc::new(Self { certificates, key, current }))
    }

    /// Reads the files again. If they cannot be used, the certificate of before stays.
    pub fn reload(&self) -> Result<(), TlsError> {
        let fresh = Arc::new(read(&self.certificates, &self.key)?);
        *self.current.write() = fresh;
        Ok(())
    }

    /// What a server needs to serve with it.
    pub fn config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        let shown = self.certificates.display().to_string();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError(shown, error.to_string()))?;
        Ok(config.with_no_client_auth().with_cert_resolver(Arc::clone(self) as _))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read()))
    }
}

fn read(certificates: &PathBuf, key: &PathBuf) -> Result<CertifiedKey, TlsError> {
    let of = |path: &PathBuf| {
        let path = path.display().to_string();
        move |error: &dyn fmt::Display| TlsError(path, error.to_string())
    };
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| of(certificates)(&error))?;
    if chain.is_empty() {
        return Err(of(certificates)(&"there is no certificate in it"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| of(key)(&error))?;
    let private = ring::sign::any_supported_type(&private).map_err(|error| of(key)(&error))?;
    let certified = CertifiedKey::new(chain, private);
    certified.keys_match().map_err(|_| {
        of(key)(&format_args!(
            "it is not the key of the certificate in {}; give the two that belong together",
            certificates.display()
        ))
    })?;
    Ok(certified)
}
