//! TLS with ring as its only provider, set for this client alone: no process-wide default is needed or touched.

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use std::sync::Arc;

/// The cryptography that every connection uses.
pub(crate) fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// A client configuration that trusts what this machine trusts (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured on Linux).
/// Reading the roots of the machine takes milliseconds; without `tls` none are read, and nothing is trusted.
pub(crate) fn config(tls: bool) -> Result<ClientConfig, rustls::Error> {
    let builder =
        ClientConfig::builder_with_provider(Arc::new(provider())).with_safe_default_protocol_versions()?;
    let builder = match tls {
        true => builder.with_platform_verifier()?,
        false => builder.with_root_certificates(RootCertStore::empty()),
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
