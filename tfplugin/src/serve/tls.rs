//! TLS with Terraform, which must present the client certificate from the environment.
//!
//! Otherwise every local user who can open the socket could use the configured provider.

use std::sync::{Arc, LazyLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
};
use tokio_rustls::TlsAcceptor;

use super::ServeError;
use super::certificate::Identity;
use super::p521::EcdsaP521;

type Algorithms = Vec<&'static dyn SignatureVerificationAlgorithm>;
type Mapping = Vec<(SignatureScheme, &'static [&'static dyn SignatureVerificationAlgorithm])>;

static RING: LazyLock<WebPkiSupportedAlgorithms> =
    LazyLock::new(|| ring::default_provider().signature_verification_algorithms);
static ALL: LazyLock<Algorithms> = LazyLock::new(|| with(RING.all, &EcdsaP521));
static MAPPING: LazyLock<Mapping> =
    LazyLock::new(|| with(RING.mapping, (SignatureScheme::ECDSA_NISTP521_SHA512, &[&EcdsaP521])));

/// Accepts only the client certificate `client`. Also returns the provider's certificate for the handshake line.
pub(super) fn acceptor(client: CertificateDer<'static>) -> Result<(TlsAcceptor, String), ServeError> {
    let identity = Identity::generate().map_err(|error| ServeError::Tls(error.to_string()))?;
    let line = identity.line();
    let config = config(client, identity).map_err(|error| ServeError::Tls(error.to_string()))?;
    Ok((TlsAcceptor::from(Arc::new(config)), line))
}

fn config(client: CertificateDer<'static>, identity: Identity) -> Result<ServerConfig, Error> {
    let algorithms = WebPkiSupportedAlgorithms { all: ALL.as_slice(), mapping: MAPPING.as_slice() };
    let mut provider = ring::default_provider();
    provider.signature_verification_algorithms = algorithms;
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(Pinned { client, algorithms }))
        .with_single_cert(vec![identity.certificate], identity.key)?;
    // Newer versions of Terraform require that HTTP/2 is negotiated.
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// The certificate is self-signed and marked as a CA, so it cannot be verified as a chain: it is compared byte by byte.
#[derive(Debug)]
struct Pinned {
    client: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        shown: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if *shown == self.client {
            return Ok(ClientCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn with<T: Copy>(some: &[T], one: T) -> Vec<T> {
    some.iter().copied().chain([one]).collect()
}
