//! TLS: a trusted certificate is accepted, another refused, and a registry without TLS recognised.

use crate::scripted::{client, client_without_tls};
use base64::Engine;
use registry::{ConnectionOptions, Handshake, Problem, Registry, ServerSettings};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::process::Command;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Set for the run of this program that plays the client: the registry's address.
const ADDRESS: &str = "REGISTRY_TEST_TLS_ADDRESS";

/// A registry with a certificate of its own; gives its address and the certificate in PEM.
async fn registry() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            drop(stream.read(&mut [0; 4096]).await);
            let body = r#"{"account":{"id":"a2dd6"}}"#;
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            drop(stream.write_all(format!("{head}{body}").as_bytes()).await);
            drop(stream.shutdown().await);
        }
    });
    let text = base64::engine::general_purpose::STANDARD.encode(made.cert.der());
    (address, format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"))
}

#[tokio::test]
async fn a_certificate_that_this_machine_does_not_trust_is_refused() {
    let (address, _) = registry().await;
    let error = client(&address).account_id().await.unwrap_err();
    assert!(matches!(error.problem(), Problem::Unreachable { tls: Handshake::Refused, .. }), "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
    let help = error.help().unwrap();
    assert!(help.contains("trusts") && !help.contains("insecure"), "{help}");
}

/// Whoever is between could bring about each of these: none of them is a reason to do without TLS.
#[tokio::test]
async fn where_tls_fails_nobody_is_told_to_do_without() {
    let alert = |code: u8| vec![21, 3, 3, 0, 2, 2, code];
    let failures =
        [(alert(40), Handshake::Refused), (alert(70), Handshake::Refused), (vec![], Handshake::Closed)];
    for (answer, expected) in failures {
        let address = raw(answer.clone()).await;
        let error = client(&address).account_id().await.unwrap_err();
        let Problem::Unreachable { tls, .. } = error.problem() else { panic!("{error}") };
        assert_eq!(*tls, expected, "{answer:?} {error}");
        assert!(!error.help().unwrap().contains("insecure"), "{error}");
    }
}

/// Reads what is sent first, answers the same to everyone, and closes.
async fn raw(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            drop(stream.read(&mut [0; 4096]).await);
            drop(stream.write_all(&answer).await);
            drop(stream.shutdown().await);
        }
    });
    address
}

#[tokio::test]
async fn a_registry_with_tls_that_is_spoken_to_without_says_so() {
    let (address, _) = registry().await;
    let wants = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    for address in [address, raw(wants.into()).await, raw(vec![21, 3, 3, 0, 2, 2, 40]).await] {
        let error = client_without_tls(&address).account_id().await.unwrap_err();
        assert!(error.to_string().ends_with("it requires TLS, and TLS is off"), "{error}");
        assert!(error.help().unwrap().contains("remove allow_insecure"), "{error}");
    }
}

#[tokio::test]
async fn a_registry_without_tls_is_recognised() {
    let address = raw("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".into()).await;
    let error = client(&address).account_id().await.unwrap_err();
    assert!(matches!(error.problem(), Problem::Unreachable { tls: Handshake::Plaintext, .. }), "{error}");
    assert!(error.help().unwrap().contains("allow_insecure"));
}

#[tokio::test]
async fn a_server_with_tls_that_is_spoken_to_without_says_so() {
    let address = raw(vec![21, 3, 3, 0, 2, 2, 40]).await;
    let settings = ServerSettings::new(&address, ConnectionOptions::default(), &|_| None).unwrap();
    let error = Registry::self_hosted(settings, "nexusc/test").unwrap().endpoints().await.unwrap_err();
    assert!(error.to_string().ends_with("it requires TLS, and TLS is off"), "{error}");
    assert!(error.help().unwrap().contains("TEMPORAL_TLS=true"), "{error}");
}

/// What a process trusts is read from its environment, so the client is a second run of this program.
#[tokio::test]
async fn a_certificate_that_this_machine_trusts_is_accepted() {
    let (address, certificate) = registry().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), certificate).unwrap();
    let program = std::env::current_exe().unwrap();
    let run = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(program);
        command.args(["--exact", "tls::reads_the_account_over_tls", "--nocapture"]);
        command.env(ADDRESS, address).env("SSL_CERT_FILE", file.path()).env_remove("SSL_CERT_DIR");
        command.output().unwrap()
    });
    let output = run.await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("account a2dd6"), "{said}");
}

#[tokio::test]
#[expect(clippy::print_stdout, clippy::disallowed_methods, reason = "how the first run and this one talk")]
async fn reads_the_account_over_tls() {
    let Ok(address) = std::env::var(ADDRESS) else { return };
    println!("account {}", client(&address).account_id().await.unwrap());
}
