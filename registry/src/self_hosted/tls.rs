//! TLS for a self-hosted server: the CAs of the platform or configured ones, and a client certificate.

use super::connection_options::{ConnectionOptions, Pem};
use crate::connection::tls::provider;
use crate::connection::trust::roots_unreadable;
use crate::error::Problem;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;
use std::sync::Arc;

/// The TLS configuration for these options. With `tls` off nothing is read, and nothing is trusted.
pub(crate) fn config(options: &ConnectionOptions, tls: bool) -> Result<ClientConfig, Problem> {
    let provider = Arc::new(provider());
    let unusable = |error: &dyn std::error::Error| Problem::Unusable(format!("cannot set up TLS: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?;
    let builder = match (tls, &options.server_ca) {
        (false, _) => builder.with_root_certificates(RootCertStore::empty()),
        (true, _) if options.skip_verification == Some(true) => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(NoVerification(provider)))
        }
        (true, Some(pem)) => builder.with_root_certificates(roots(pem)?),
        (true, None) => {
            builder.with_platform_verifier().map_err(|error| Problem::Unusable(roots_unreadable(&error)))?
        }
    };
    let mut config = match (tls, &options.client_certificate, &options.client_key) {
        (true, Some(certificate), Some(key)) => {
            let (chain, read) = (certificates(certificate)?, private_key(key)?);
            builder.with_client_auth_cert(chain, read).map_err(|error| {
                let (certificate, key) = (certificate.source(), key.source());
                Problem::Unusable(format!(
                    "the client certificate in {certificate} and the key in {key} do not match: {error}"
                ))
            })?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

fn roots(pem: &Pem) -> Result<RootCertStore, Problem> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem)? {
        let refused = |error| {
            Problem::Unusable(format!(
                "{} contains a certificate that is not a valid CA certificate: {error}",
                pem.source()
            ))
        };
        roots.add(certificate).map_err(refused)?;
    }
    Ok(roots)
}

fn certificates(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let text = pem.read()?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(Problem::Unusable(format!("{} contains no PEM certificate", pem.source()))),
    }
}

fn private_key(pem: &Pem) -> Result<PrivateKeyDer<'static>, Problem> {
    let read = PrivateKeyDer::from_pem_slice(&pem.read()?);
    read.map_err(|_| Problem::Unusable(format!("{} contains no PEM private key", pem.source())))
}

impl Pem {
    fn read(&self) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Text { text, .. } => Ok(text.expose().as_bytes().to_vec()),
            Self::File(path) => std::fs::read(path)
                .map_err(|error| Problem::Unusable(format!("cannot read {}: {error}", self.source()))),
        }
    }

    fn source(&self) -> String {
        match self {
            Self::File(path) => format!("`{}`", path.display()),
            Self::Text { source, .. } => source.clone(),
        }
    }
}

/// Accepts any certificate. Handshake signatures are still verified.
#[derive(Debug)]
struct NoVerification(Arc<CryptoProvider>);

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
