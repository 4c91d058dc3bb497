//! TLS towards a server: the platform's CAs or given ones, and a client certificate where one is shown.

use super::details::{ConnectionOptions, Pem};
use crate::connection::tls::provider;
use crate::connection::trust::untrusting;
use crate::error::Problem;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;
use std::sync::Arc;

/// The configuration for these details. Without `encrypted` nothing is trusted, and nothing is read.
pub(crate) fn config(details: &ConnectionOptions, encrypted: bool) -> Result<ClientConfig, Problem> {
    let provider = Arc::new(provider());
    let unusable =
        |error: &dyn std::error::Error| Problem::Unusable(format!("TLS cannot be set up: {error}"));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?;
    let builder = match (encrypted, &details.server_ca) {
        (false, _) => builder.with_root_certificates(RootCertStore::empty()),
        (true, _) if details.skip_verification == Some(true) => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Unseen(provider)))
        }
        (true, Some(pem)) => builder.with_root_certificates(roots(pem)?),
        (true, None) => {
            builder.with_platform_verifier().map_err(|error| Problem::Unusable(untrusting(&error)))?
        }
    };
    let mut config = match (encrypted, &details.client_certificate, &details.client_key) {
        (true, Some(certificate), Some(key)) => {
            let (chain, read) = (certificates(certificate)?, private_key(key)?);
            builder.with_client_auth_cert(chain, read).map_err(|error| {
                let (certificate, key) = (certificate.place(), key.place());
                Problem::Unusable(format!(
                    "the client certificate of {certificate} and the key of {key} do not go together: {error}"
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
        let refused =
            |error| Problem::Unusable(format!("{} holds a certificate that no CA has: {error}", pem.place()));
        roots.add(certificate).map_err(refused)?;
    }
    Ok(roots)
}

fn certificates(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, Problem> {
    let text = pem.read()?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(Problem::Unusable(format!("{} holds no certificate in PEM", pem.place()))),
    }
}

fn private_key(pem: &Pem) -> Result<PrivateKeyDer<'static>, Problem> {
    let read = PrivateKeyDer::from_pem_slice(&pem.read()?);
    read.map_err(|_| Problem::Unusable(format!("{} holds no private key in PEM", pem.place())))
}

impl Pem {
    fn read(&self) -> Result<Vec<u8>, Problem> {
        match self {
            Self::Text { text, .. } => Ok(text.expose().as_bytes().to_vec()),
            Self::File(path) => std::fs::read(path)
                .map_err(|error| Problem::Unusable(format!("cannot read {}: {error}", self.place()))),
        }
    }

    fn place(&self) -> String {
        match self {
            Self::File(path) => format!("`{}`", path.display()),
            Self::Text { given, .. } => given.clone(),
        }
    }
}

/// Takes any certificate. The handshake is still signed, by whoever answers.
#[derive(Debug)]
struct Unseen(Arc<CryptoProvider>);

impl ServerCertVerifier for Unseen {
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
