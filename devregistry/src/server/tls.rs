//! TLS for the listener: a configured certificate, or one of a CA that exists only while the registry serves.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::SystemTime;
use thiserror::Error;
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

/// The longest validity that all clients accept.
const VALID: Duration = Duration::days(397);

/// A certificate and its key, ready to serve.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ServerConfig>,
}

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// No certificate could be created.
    #[error("cannot create a certificate: {0}")]
    Create(#[from] rcgen::Error),
    /// The certificate file is not PEM.
    #[error("the certificate is not valid PEM: {0}")]
    Certificate(rustls::pki_types::pem::Error),
    /// The certificate file has no certificate.
    #[error("the certificate file contains no certificate")]
    NoCertificate,
    /// The key file is not PEM.
    #[error("the key is not valid PEM: {0}")]
    Key(rustls::pki_types::pem::Error),
    /// They are not supported, or do not match.
    #[error("cannot use the certificate and key: {0}")]
    Use(#[from] rustls::Error),
}

impl Tls {
    /// Creates a certificate for `localhost`, the loopback addresses and `address`, and returns its CA's certificate as PEM.
    /// The CA signs nothing else: its key is discarded.
    ///
    /// # Errors
    /// When no random numbers are available.
    pub fn own(address: IpAddr, now: SystemTime) -> Result<(Self, String), TlsError> {
        let since = OffsetDateTime::from(now) - Duration::days(1);
        let issuer = CertifiedIssuer::self_signed(authority(since), KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let leaf = leaf(address, since)?.signed_by(&key, &issuer)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let tls = Self::serving(vec![leaf.der().clone()], key)?;
        Ok((tls, pem(issuer.der())))
    }

    /// A certificate with its chain, and its key, both as PEM.
    ///
    /// # Errors
    /// When they are not PEM, not supported, or do not match.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
        let chain = chain.map_err(TlsError::Certificate)?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate);
        }
        Self::serving(chain, PrivateKeyDer::from_pem_slice(key).map_err(TlsError::Key)?)
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    fn serving(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, TlsError> {
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions()?.with_no_client_auth();
        let mut config = builder.with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config) })
    }
}

fn pem(certificate: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(certificate);
    let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line));
    let lines = lines.collect::<Vec<_>>().join("\n");
    format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
}

fn authority(since: OffsetDateTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("embedded registry CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (since, since + VALID);
    params
}

fn leaf(address: IpAddr, since: OffsetDateTime) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
    let mut addresses = vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1u16])];
    if !address.is_unspecified() && !addresses.contains(&address) {
        addresses.push(address);
    }
    params.subject_alt_names.extend(addresses.into_iter().map(SanType::IpAddress));
    params.distinguished_name = named("embedded registry");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = (since, since + VALID);
    Ok(params)
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}
