//! TLS before a server that has none: a proxy that wants client certificates of a CA of its own, and the certificates and
//! keys for those who come to it, rightly and wrongly.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::io::{AsyncReadExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

/// What the certificate of a [`TlsFront`] is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// For `localhost` and `temporal.example`, and valid.
    Sound,
    /// It is valid no more.
    Expired,
}

/// A running proxy. It ends with the test.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    folder: TempDir,
    /// Ended by dropping it.
    _runtime: Runtime,
}

impl TlsFront {
    /// Starts a proxy to the plaintext server at `behind`.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    #[track_caller]
    pub fn start(behind: &str, shown: Shown) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let authority = Authority::new("The company's CA");
        let stranger = Authority::new("Somebody else's CA");
        let valid = datetime!(2120-01-01 0:00 UTC);
        let until = if shown == Shown::Expired { datetime!(2021-01-01 0:00 UTC) } else { valid };
        let server = authority.issue("server", &["localhost", "temporal.example"], until);
        let client = authority.issue("client", &["client.example"], valid);
        let foreign = stranger.issue("foreign", &["client.example"], valid);
        for (name, text) in [
            ("ca.pem", pem("CERTIFICATE", authority.0.der())),
            ("other-ca.pem", pem("CERTIFICATE", stranger.0.der())),
            ("client.pem", pem("CERTIFICATE", &client.certificate)),
            ("client.key", pem("PRIVATE KEY", &client.key.serialize_der())),
            ("foreign.pem", pem("CERTIFICATE", &foreign.certificate)),
            ("foreign.key", pem("PRIVATE KEY", &foreign.key.serialize_der())),
        ] {
            std::fs::write(folder.path().join(name), text).expect("a file in a temporary folder");
        }
        let config = server_config(&authority, server.certificate, server.key);
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        runtime.spawn(serve(listener, TlsAcceptor::from(Arc::new(config)), behind.to_owned()));
        Self { address, folder, _runtime: runtime }
    }

    /// Its port, on `localhost` and `127.0.0.1`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// One of its files: `ca.pem`, `client.pem`, `client.key`, and those of somebody else: `other-ca.pem`, `foreign.pem`,
    /// `foreign.key`.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        let folder: &Path = self.folder.path();
        folder.join(name)
    }
}

/// A CA.
struct Authority(CertifiedIssuer<'static, KeyPair>);

struct Issued {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    fn issue(&self, name: &str, names: &[&str], until: OffsetDateTime) -> Issued {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names for a certificate");
        params.distinguished_name.push(DnType::CommonName, name);
        (params.not_before, params.not_after) = (datetime!(2020-01-01 0:00 UTC), until);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Issued { certificate: certificate.der().clone(), key }
    }
}

fn server_config(authority: &Authority, certificate: CertificateDer<'static>, key: KeyPair) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.0.der().clone()).expect("the CA's certificate");
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let clients = clients.build().expect("clients of one CA");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.expect("TLS").with_client_cert_verifier(clients);
    let mut config = builder.with_single_cert(vec![certificate], key).expect("a certificate and its key");
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, behind: String) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(relay(stream, acceptor.clone(), behind.clone()));
    }
}

/// Who is turned away is told so by an alert: the connection stays open until it was read.
async fn relay(stream: TcpStream, acceptor: TlsAcceptor, behind: String) {
    match acceptor.accept(stream).into_fallible().await {
        Ok(mut outside) => {
            if let Ok(mut inside) = TcpStream::connect(behind).await {
                let _ = copy_bidirectional(&mut outside, &mut inside).await;
            }
        }
        Err((_, mut stream)) => {
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    }
}
