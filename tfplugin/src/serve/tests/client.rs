//! A client as Terraform is one: an ECDSA P-521 certificate that signs itself and calls itself an authority.

use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use p521::ecdsa::signature::Signer as _;
use p521::ecdsa::{Signature, SigningKey};
use prost::Message;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::{CertifiedKey, Signer};
use rustls::{ClientConfig, RootCertStore, SignatureAlgorithm, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tonic::Status;
use tonic::body::Body;
use tonic_prost::ProstCodec;

/// A key and its certificate.
#[derive(Clone, Debug)]
pub(super) struct ClientKey {
    key: SigningKey,
    certificate: CertificateDer<'static>,
}

impl ClientKey {
    /// The same for the same seed.
    pub(super) fn new(seed: u8) -> Self {
        let mut secret = [seed; 66];
        secret[0] = 0;
        let key = SigningKey::from_slice(&secret).unwrap();
        Self { certificate: certificate(&key).into(), key }
    }

    /// Shows this one's certificate without having its key.
    pub(super) fn with_stolen_certificate(&self) -> Self {
        Self { certificate: self.certificate.clone(), ..Self::new(99) }
    }

    pub(super) fn pem(&self) -> String {
        let body = STANDARD.encode(&self.certificate);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }
}

/// A self-signed X.509 certificate, put together by hand: rcgen with ring has no P-521.
fn certificate(key: &SigningKey) -> Vec<u8> {
    const ECDSA_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4];
    const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    const P521: &[u8] = &[0x2b, 0x81, 4, 0, 35];
    const COMMON_NAME: &[u8] = &[0x55, 4, 3];
    const BASIC_CONSTRAINTS: &[u8] = &[0x55, 29, 19];
    let algorithm = der(0x30, &[&der(6, &[ECDSA_SHA512])]);
    let attribute = der(0x30, &[&der(6, &[COMMON_NAME]), &der(12, &[b"localhost"])]);
    let name = der(0x30, &[&der(0x31, &[&attribute])]);
    let validity = der(0x30, &[&der(23, &[b"250101000000Z"]), &der(23, &[b"490101000000Z"])]);
    let point = key.verifying_key().to_sec1_point(false);
    let public = der(3, &[&[0], point.as_bytes()]);
    let spki = der(0x30, &[&der(0x30, &[&der(6, &[EC_KEY]), &der(6, &[P521])]), &public]);
    let authority = der(0x30, &[&der(1, &[&[0xff]])]);
    let constraint = der(0x30, &[&der(6, &[BASIC_CONSTRAINTS]), &der(4, &[&authority])]);
    let extensions = der(0xa3, &[&der(0x30, &[&constraint])]);
    let version = der(0xa0, &[&der(2, &[&[2]])]);
    let serial = der(2, &[&[1]]);
    let body = der(0x30, &[&version, &serial, &algorithm, &name, &validity, &name, &spki, &extensions]);
    let signature: Signature = key.sign(&body);
    der(0x30, &[&body, &algorithm, &der(3, &[&[0], signature.to_der().as_bytes()])])
}

/// One DER element: a tag, the length of its parts, the parts.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = match u8::try_from(content.len()) {
        Ok(short) if short < 128 => vec![short],
        Ok(byte) => vec![0x81, byte],
        Err(_) => [&[0x82][..], &u16::try_from(content.len()).unwrap().to_be_bytes()].concat(),
    };
    [&[tag][..], &length, &content].concat()
}

impl ResolvesClientCert for ClientKey {
    fn resolve(&self, _roots: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        // Go sends no certificate, and says nothing, when its scheme is not on offer.
        let offered = schemes.contains(&SignatureScheme::ECDSA_NISTP521_SHA512);
        let chain = vec![self.certificate.clone()];
        offered.then(|| Arc::new(CertifiedKey::new(chain, Arc::new(self.clone()))))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl rustls::sign::SigningKey for ClientKey {
    fn choose_scheme(&self, _offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        Some(Box::new(self.clone()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for ClientKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature: Signature = self.key.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

/// A gRPC connection.
pub(super) struct Client(SendRequest<Body>);

impl Client {
    /// Trusts the certificate of the handshake line for `localhost` and no other.
    pub(super) async fn connect(
        socket: &Path,
        trusted: &str,
        key: Option<&ClientKey>,
    ) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        roots.add(STANDARD_NO_PAD.decode(trusted).unwrap().into()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots);
        let mut config = match key {
            Some(key) => config.with_client_cert_resolver(Arc::new(key.clone())),
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let stream = UnixStream::connect(socket).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
        let stream = stream.map_err(|error| error.to_string())?;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        Self::over(stream).await
    }

    pub(super) async fn connect_plainly(socket: &Path) -> Self {
        Self::over(UnixStream::connect(socket).await.unwrap()).await.unwrap()
    }

    async fn over<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S) -> Result<Self, String> {
        let opened = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (sender, connection) = opened.map_err(|error| error.to_string())?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    pub(super) async fn call<Q, A>(&self, path: &str, request: Q) -> Result<A, Status>
    where
        Q: Message + Default + 'static,
        A: Message + Default + 'static,
    {
        let sender = self.0.clone();
        let service = tower::service_fn(move |request| {
            let mut sender = sender.clone();
            async move { sender.send_request(request).await }
        });
        let mut grpc = tonic::client::Grpc::with_origin(service, http::Uri::from_static("http://localhost"));
        let path = path.parse().unwrap();
        let codec = ProstCodec::<Q, A>::default();
        grpc.unary(tonic::Request::new(request), path, codec).await.map(tonic::Response::into_inner)
    }
}
