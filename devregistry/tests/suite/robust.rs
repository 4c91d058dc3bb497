//! Clients that are slow, or abuse the protocol: each loses its own connection, and nobody else notices.

use crate::world::{OWNER, World};
use devregistry::Settings;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::io::Write;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);

async fn impatient() -> World {
    World::with(Settings { client_timeout: Duration::from_millis(200), ..Settings::default() }, |_| {}).await
}

/// Sends bytes and waits until the server has ended the connection; what it answered.
async fn ended(world: &World, bytes: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(&world.address).await.unwrap();
    let _ = socket.write_all(bytes).await;
    let mut answer = Vec::new();
    let end = timeout(SOON, socket.read_to_end(&mut answer)).await;
    assert!(end.is_ok(), "the server does not let go");
    answer
}

#[tokio::test]
async fn connections_without_a_request_end() {
    let world = impatient().await;
    for opening in [
        b"" as &[u8],
        b"PRI * HT",
        b"GET /cloud/account HTTP/1.1\r\nhost: x\r\nslow: ",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        ended(&world, opening).await;
    }
    world.orders_endpoint().await;
}

#[tokio::test]
async fn half_a_body_is_not_waited_for() {
    let world = impatient().await;
    let head = format!(
        "POST /cloud/nexus/endpoints HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 100\r\n\r\n{{",
        world.key(OWNER)
    );
    let answer = ended(&world, head.as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_tls_handshake_is_not_waited_for() {
    let now = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    let (tls, ca) = devregistry::Tls::own([127, 0, 0, 1].into(), now).unwrap();
    let settings = Settings { client_timeout: Duration::from_millis(200), ..Settings::default() };
    let registry = devregistry::DevRegistry::new(crate::world::account(), settings).unwrap();
    let world = World::serving(registry, Some((tls, &ca))).await;
    ended(&world, b"").await;
    ended(&world, b"\x16\x03\x01\x02\x00\x01").await;
    world.orders_endpoint().await;
}

#[tokio::test]
async fn idle_connections_that_were_used_end_without_harm() {
    let world = impatient().await;
    world.orders_endpoint().await;
    // Idle for longer than the registry's patience: the client has to notice that its connection is gone.
    tokio::time::sleep(Duration::from_millis(500)).await;
    world.orders_endpoint().await;
}

#[tokio::test]
async fn headers_have_a_limit() {
    let world = impatient().await;
    let request = format!("GET / HTTP/1.1\r\nhost: x\r\nlong: {}\r\n\r\n", "x".repeat(1 << 20));
    let answer = ended(&world, request.as_bytes()).await;
    assert!(
        answer.is_empty() || answer.starts_with(b"HTTP/1.1 431 "),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    world.orders_endpoint().await;
}

/// An HTTP/2 frame.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
/// GET http / with an authority, from HPACK's static table.
const GET: &[u8] = &[0x82, 0x86, 0x84, 0x41, 0x01, b'x'];

#[tokio::test]
async fn streams_that_are_opened_and_reset_for_ever_end_the_connection() {
    let world = impatient().await;
    let mut bytes = [PREFACE, &SETTINGS].concat();
    for stream in (1..20_001).step_by(2) {
        bytes.extend(frame(1, 0x5, stream, GET));
        bytes.extend(frame(3, 0, stream, &8u32.to_be_bytes()));
    }
    ended(&world, &bytes).await;
    world.orders_endpoint().await;
}

#[tokio::test]
async fn frames_that_break_the_protocol_end_the_connection() {
    let world = impatient().await;
    let abuses = [
        frame(1, 0x4, 0, GET),
        frame(1, 0x4, 2, GET),
        frame(0, 0, 1, b"data before headers"),
        frame(9, 0, 1, b"continuation of nothing"),
        frame(6, 0, 0, b"short ping"),
        frame(4, 0, 0, b"bad settings"),
        frame(8, 0, 0, &[0; 4]),
        frame(1, 0x5, 1, &[0xff; 64]),
        vec![0xff; 64],
        frame(1, 0x1, 1, GET).repeat(2),
        [frame(1, 0x1, 1, GET), frame(9, 0, 1, &[0x40; 16_000]).repeat(40)].concat(),
    ];
    for abuse in abuses {
        ended(&world, &[PREFACE, &SETTINGS, &abuse].concat()).await;
    }
    world.orders_endpoint().await;
}

fn zeros(count: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let block = vec![b' '; 1 << 20];
    (0..count).for_each(|_| encoder.write_all(&block).unwrap());
    encoder.finish().unwrap()
}

#[tokio::test]
async fn what_expands_beyond_the_limit_is_refused() {
    let world = World::start().await;
    let bomb = zeros(200);
    let request = world.http.post(world.url("/cloud/nexus/endpoints")).bearer_auth(world.key(OWNER));
    let request = request.header("content-encoding", "gzip").body(bomb.clone());
    assert_eq!(
        world.send(request).await,
        (413, json!({ "code": 8, "message": "a request has at most 4194304 bytes", "details": [] }))
    );
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let url = world.url("/temporal.api.cloud.cloudservice.v1.CloudService/GetAccount");
    let mut body = vec![1];
    body.extend(u32::try_from(bomb.len()).unwrap().to_be_bytes());
    body.extend(bomb);
    let request = client.post(url).bearer_auth(world.key(OWNER)).header("content-type", "application/grpc");
    let response = request.header("grpc-encoding", "gzip").body(body).send().await.unwrap();
    assert_eq!(response.headers()["grpc-status"], "8");
}

#[tokio::test]
async fn http_requests_and_answers_may_be_compressed() {
    let world = World::start().await;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let body = json!({ "spec": crate::world::spec("packed", "orders", &[]) }).to_string();
    encoder.write_all(body.as_bytes()).unwrap();
    let request = world.http.post(world.url("/cloud/nexus/endpoints")).bearer_auth(world.key(OWNER));
    let request = request.header("content-encoding", "gzip").body(encoder.finish().unwrap());
    assert_eq!(world.send(request).await.0, 200);
    let plain = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    let get = || plain.get(world.url("/cloud/regions")).bearer_auth(world.key(OWNER));
    let whole = get().send().await.unwrap();
    assert_eq!(whole.headers().get("content-encoding"), None);
    let whole = whole.bytes().await.unwrap();
    let packed = get().header("accept-encoding", "br, gzip;q=0.5").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.bytes().await.unwrap().len() * 2 < whole.len());
    let refused = get().header("accept-encoding", "gzip;q=0").send().await.unwrap();
    assert_eq!(refused.headers().get("content-encoding"), None);
}
