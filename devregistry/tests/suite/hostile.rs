use crate::world::{ORDERS, OWNER, World, spec};
use devregistry::Settings;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ENDPOINTS: &str = "/cloud/nexus/endpoints";

/// Posts bytes to create an Endpoint.
async fn post(world: &World, body: impl Into<reqwest::Body>, kind: &str) -> (u16, serde_json::Value) {
    let request = world.http.post(world.url(ENDPOINTS)).bearer_auth(world.key(OWNER));
    world.send(request.header(CONTENT_TYPE, kind).body(body)).await
}

#[tokio::test]
async fn bodies_that_are_no_json_object_are_bad_requests() {
    let world = World::start().await;
    let deep = "[".repeat(100_000);
    let wrong = ["{", "nul", "[]", "7", "\"x\"", "{\"spec\":7}", "{\"spec\":{\"name\":1}}", "\u{0}", &deep];
    for body in wrong {
        let (status, answer) = post(&world, body.to_owned(), "application/json").await;
        assert_eq!((status, &answer["code"]), (400, &json!(3)), "{body:.40}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.ends_with("(type: bad-request, retryable: false)"), "{message}");
    }
    let (status, _) = post(&world, vec![0xff, 0xfe], "application/json").await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn any_content_type_is_read_as_json() {
    let world = World::start().await;
    let body = json!({ "spec": spec("typed", "orders", &[]) }).to_string();
    assert_eq!(post(&world, body, "text/plain").await.0, 200);
    assert_eq!(post(&world, "<spec/>", "text/xml").await.0, 400);
}

#[tokio::test]
async fn an_empty_body_is_an_empty_message() {
    let world = World::start().await;
    let (status, answer) = post(&world, "", "application/json").await;
    assert_eq!(status, 400);
    assert!(answer["message"].as_str().unwrap().contains("`spec` is required"));
}

#[tokio::test]
async fn huge_bodies_are_refused() {
    let world = World::start().await;
    let (status, answer) = post(&world, vec![b' '; 5 * 1024 * 1024], "application/json").await;
    assert_eq!((status, &answer["code"]), (413, &json!(8)));
}

#[tokio::test]
async fn unknown_and_broken_encodings_are_refused() {
    let world = World::start().await;
    for (encoding, status) in [("gzip", 400), ("br", 415)] {
        let request = world.http.post(world.url(ENDPOINTS)).bearer_auth(world.key(OWNER));
        assert_eq!(world.send(request.header("content-encoding", encoding).body("x")).await.0, status);
    }
}

#[tokio::test]
async fn wrong_query_values_are_bad_requests() {
    let world = World::start().await;
    let wrong = [
        "pageSize=many",
        "pageSize=-1",
        "pageSize=1001",
        "pageSize=99999999999999999999",
        "pageSize=1&page_size=2",
        "pageToken=!!!",
        "pageToken=R2V0VXNlcnMKeA",
        "name=%ff",
    ];
    for query in wrong {
        let (status, answer) = world.get(OWNER, &format!("{ENDPOINTS}?{query}")).await;
        assert_eq!((status, &answer["code"]), (400, &json!(3)), "{query}");
    }
    let (status, _) = world.get(OWNER, "/cloud/user-groups?googleGroup=x").await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn strangers_are_told_nothing_else() {
    let world = World::start().await;
    let request = world.http.post(world.url(ENDPOINTS)).body("{");
    let (status, answer) = world.send(request).await;
    assert_eq!((status, &answer["message"]), (401, &json!("request not authenticated")));
}

#[tokio::test]
async fn nonsense_on_the_socket_ends_that_connection_only() {
    let world = World::start().await;
    let openings: [&[u8]; 4] = [
        b"\x16\x03\x01\x02\x00\x01",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff",
        b"\0\0\0",
        b"",
    ];
    for bytes in openings {
        let mut socket = TcpStream::connect(&world.address).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        socket.shutdown().await.unwrap();
        let _ = socket.read_to_end(&mut Vec::new()).await;
    }
    world.orders_endpoint().await;
}

#[tokio::test]
async fn what_is_no_bearer_key_is_nobody() {
    let world = World::start().await;
    let key = world.key(OWNER);
    let tokens = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        key.clone(),
        format!("Basic {key}"),
        format!("Bearer {key}x"),
        format!("Bearer {}", &key[..key.len() - 1]),
        format!("Bearer {}", "x".repeat(8_000)),
        "Bearer \u{e9}\u{e9}".to_owned(),
    ];
    for token in tokens {
        let request = world.http.get(world.url("/cloud/account")).header("authorization", token.as_bytes());
        let (status, answer) = world.send(request).await;
        assert_eq!((status, &answer["code"]), (401, &json!(16)), "{token:.40}");
    }
}

/// Sends bytes of which the rest never comes, and reads the first line of the answer.
async fn first_line(world: &World, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(&world.address).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    let mut answer = [0; 12];
    socket.read_exact(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn who_calls_is_asked_before_the_body_has_come() {
    // With the body waited for, the answer would be 408, and the test would take an hour.
    let settings = Settings {
        control: true,
        client_timeout: std::time::Duration::from_secs(3_600),
        ..Settings::default()
    };
    let world = World::with(settings, |_| {}).await;
    let head = |path: &str, headers: &str| {
        format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n{headers}\r\n{{")
    };
    let developer = format!("authorization: Bearer {}\r\n", world.key(ORDERS));
    for (path, headers, expected) in [
        (ENDPOINTS, "", "HTTP/1.1 401"),
        (ENDPOINTS, "content-encoding: gzip\r\n", "HTTP/1.1 401"),
        ("/control/faults", "", "HTTP/1.1 401"),
        ("/control/faults", &developer, "HTTP/1.1 403"),
        ("/cloud/nothing", "", "HTTP/1.1 404"),
    ] {
        assert_eq!(first_line(&world, head(path, headers).as_bytes()).await, expected, "{path} {headers}");
    }
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_large_is_not_read() {
    let client_timeout = std::time::Duration::from_secs(3_600);
    let world = World::with(Settings { client_timeout, ..Settings::default() }, |_| {}).await;
    let key = world.key(OWNER);
    let head = format!(
        "POST {ENDPOINTS} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\ncontent-length: 4194305\r\n\r\n{{"
    );
    assert_eq!(first_line(&world, head.as_bytes()).await, "HTTP/1.1 413");
}

#[tokio::test]
async fn the_largest_request_is_read() {
    let world = World::start().await;
    let (status, answer) = post(&world, vec![b' '; 4 * 1024 * 1024], "application/json").await;
    assert_eq!(status, 400, "{answer}");
    assert_eq!(post(&world, vec![b' '; 4 * 1024 * 1024 + 1], "application/json").await.0, 413);
}
