use crate::world::{OWNER, World, account};
use devregistry::{DevRegistry, Settings, Tls, TlsError};
use rcgen::{CertificateParams, KeyPair};
use std::net::IpAddr;
use std::time::SystemTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn own() -> (Tls, String) {
    let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_790_000_000);
    Tls::own(IpAddr::from([127, 0, 0, 1]), now).unwrap()
}

async fn world(tls: Tls, ca: &str) -> World {
    World::serving(DevRegistry::new(account(), Settings::default()).unwrap(), Some((tls, ca))).await
}

fn trusting(ca: &str) -> reqwest::ClientBuilder {
    let ca = reqwest::Certificate::from_pem(ca.as_bytes()).unwrap();
    reqwest::Client::builder().no_proxy().tls_certs_only([ca])
}

#[tokio::test]
async fn alpn_chooses_between_http_2_and_1() {
    let (tls, ca) = own();
    let world = world(tls, &ca).await;
    let clients =
        [(trusting(&ca), reqwest::Version::HTTP_2), (trusting(&ca).http1_only(), reqwest::Version::HTTP_11)];
    for (client, version) in clients {
        let request = client.build().unwrap().get(world.url("/cloud/account")).bearer_auth(world.key(OWNER));
        let response = request.send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.version()), (200, version));
    }
}

#[tokio::test]
async fn the_certificate_is_for_localhost_too() {
    let (tls, ca) = own();
    let world = world(tls, &ca).await;
    let url = world.url("/cloud/account").replace("127.0.0.1", "localhost");
    assert_eq!(world.http.get(url).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn grpc_goes_over_tls() {
    let (tls, ca) = own();
    let world = world(tls, &ca).await;
    let url = world.url("/temporal.api.cloud.cloudservice.v1.CloudService/GetAccount");
    let request = world.http.post(url).bearer_auth(world.key(OWNER)).header("te", "trailers");
    let request = request.header("content-type", "application/grpc").body(vec![0; 5]);
    let response = request.send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.version()), (200, reqwest::Version::HTTP_2));
    assert!(response.headers().get("grpc-status").is_none(), "{:?}", response.headers());
    assert!(response.bytes().await.unwrap().len() > 5);
}

#[tokio::test]
async fn who_does_not_trust_the_ca_stays_away_and_hurts_nobody() {
    let (tls, ca) = own();
    let world = world(tls, &ca).await;
    let (_, other) = own();
    let stranger = trusting(&other).build().unwrap().get(world.url("/cloud/account")).send().await;
    assert!(stranger.unwrap_err().is_connect());
    let mut plain = TcpStream::connect(&world.address).await.unwrap();
    plain.write_all(b"GET /cloud/account HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/"));
    world.orders_endpoint().await;
}

#[tokio::test]
async fn serves_a_certificate_that_was_given() {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.subject_alt_names.push(rcgen::SanType::IpAddress([127, 0, 0, 1].into()));
    let certificate = pem("CERTIFICATE", params.self_signed(&key).unwrap().der());
    let tls = Tls::from_pem(certificate.as_bytes(), pem("PRIVATE KEY", &key.serialize_der()).as_bytes());
    let world = world(tls.unwrap(), &certificate).await;
    world.orders_endpoint().await;
}

#[test]
fn refuses_certificates_that_cannot_be_served() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = pem("CERTIFICATE", params.self_signed(&key).unwrap().der());
    let other = pem("PRIVATE KEY", &KeyPair::generate().unwrap().serialize_der());
    let refused =
        |certificate: &str, key: &str| Tls::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap_err();
    assert!(matches!(refused("", &other), TlsError::NoCertificate));
    assert!(matches!(refused(&certificate, "nonsense"), TlsError::Key(_)));
    assert!(matches!(refused(&certificate, &other), TlsError::Use(_)));
    assert!(matches!(refused("-----BEGIN CERTIFICATE-----\n!\n", &other), TlsError::Certificate(_)));
}

fn pem(kind: &str, der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::prelude::BASE64_STANDARD.encode(der);
    format!("-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n")
}
