//! The provider's certificate, created for each process: Terraform gets it in the handshake line, and trusts no other.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::Duration;

use crate::clock;

/// How far the clocks of a sandbox and its host may differ.
const LEEWAY: Duration = Duration::seconds(30);
const LIFETIME: Duration = Duration::days(365 * 30);

pub(super) struct Identity {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Identity {
    /// For the host `localhost`, which Terraform uses for every plugin.
    pub(super) fn generate() -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        let now = clock::now();
        params.not_before = now - LEEWAY;
        params.not_after = now + LIFETIME;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key)?.der().clone();
        Ok(Self { certificate, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() })
    }

    /// The certificate in the format of the handshake line.
    pub(super) fn line(&self) -> String {
        STANDARD_NO_PAD.encode(&self.certificate)
    }
}
