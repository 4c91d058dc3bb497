//! A registry that answers as none should: a raw HTTP server of a small account, in which one kind of call is answered by
//! what a test says.

pub mod kinds;

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The API key of whoever asks.
pub const KEY: &str = "tmprl_secret_key_of_ci";

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Such as `GET`.
    pub method: String,
    /// With its query.
    pub path: String,
    /// The body's JSON, else null.
    pub body: Value,
    /// How many requests of the hostile kind came before.
    pub before: usize,
}

impl Asked {
    /// The operation id of a write.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.body.get("asyncOperationId").and_then(Value::as_str).unwrap_or_default()
    }
}

/// Writes an answer; the connection is closed afterwards.
pub type Answer = fn(&Asked, &mut TcpStream) -> std::io::Result<()>;

/// A running registry. It ends with the test.
#[derive(Debug)]
pub struct Hostile {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
}

impl Hostile {
    /// Starts one that answers as `answer` says to what `method` and `path` begin, and soundly to everything else.
    ///
    /// # Panics
    /// When no port is free.
    #[must_use]
    pub fn start(method: &'static str, path: &'static str, answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (ended, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let stop = Arc::clone(&ended);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let count = Arc::clone(&count);
                // Whoever asks may go away at any time.
                std::thread::spawn(move || serve(stream, (method, path), answer, &count));
            }
        });
        Self { address, ended }
    }

    /// Where it is, `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

fn serve(
    mut stream: TcpStream,
    (method, path): (&str, &str),
    answer: Answer,
    count: &AtomicUsize,
) -> Option<()> {
    let mut asked = read(&mut stream)?;
    let _ = match asked.method == method && asked.path.starts_with(path) {
        true => {
            asked.before = count.fetch_add(1, Ordering::Relaxed);
            answer(&asked, &mut stream)
        }
        false => object(&mut stream, 200, "", &sound(&asked)),
    };
    Some(())
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).ok()? == 0 || header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path, body: serde_json::from_slice(&body).unwrap_or_default(), before: 0 })
}

/// What a registry answers whose account has two Namespaces and no Endpoint; writes are carried out soon.
fn sound(asked: &Asked) -> Value {
    let path = asked.path.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("/cloud/").unwrap_or(path);
    let owner = json!({ "access": { "accountAccess": { "role": "ROLE_OWNER" } }, "name": "ci" });
    let namespace = |name: &str| {
        json!({ "namespace": format!("{name}.tiny1"), "state": "RESOURCE_STATE_ACTIVE", "spec": {
            "name": name, "regions": ["aws-us-east-1"], "apiKeyAuth": { "enabled": true } } })
    };
    let done = |id: &str| json!({ "id": id, "state": "STATE_FULFILLED" });
    match (asked.method.as_str(), path) {
        (_, "account") => json!({ "account": { "id": "tiny1" } }),
        (_, "current-identity") => json!({ "serviceAccount": { "id": "sa1", "spec": owner } }),
        (_, "service-accounts") => json!({ "serviceAccount": [{ "id": "sa1", "spec": owner }] }),
        (_, "namespaces") => json!({ "namespaces": [namespace("ledger"), namespace("shop")] }),
        ("GET", "namespaces/ledger.tiny1") => json!({ "namespace": namespace("ledger") }),
        ("GET", "namespaces/shop.tiny1") => json!({ "namespace": namespace("shop") }),
        ("POST", _) => {
            let going_on =
                json!({ "id": asked.operation(), "state": "STATE_PENDING", "checkDuration": "0.01s" });
            json!({ "endpointId": "e1", "asyncOperation": going_on })
        }
        ("GET", "nexus/endpoints/e1") => json!({ "endpoint": endpoint("e1", "billing") }),
        (_, path) if path.starts_with("operations/") => {
            json!({ "asyncOperation": done(path.trim_start_matches("operations/")) })
        }
        _ => json!({}),
    }
}

/// An Endpoint of the account.
#[must_use]
pub fn endpoint(id: &str, name: &str) -> Value {
    json!({ "id": id, "resourceVersion": "v1", "state": "RESOURCE_STATE_ACTIVE", "spec": {
        "name": name,
        "targetSpec": { "workerTargetSpec": { "namespaceId": "ledger.tiny1", "taskQueue": "billing" } },
        "policySpecs": [{ "allowedCloudNamespacePolicySpec": { "namespaceId": "shop.tiny1" } }],
    } })
}

/// Writes JSON with these header lines, each with its line break.
pub(crate) fn object(
    stream: &mut TcpStream,
    status: u16,
    headers: &str,
    body: &Value,
) -> std::io::Result<()> {
    text(stream, status, headers, body.to_string().as_bytes())
}

/// Writes a body of any kind.
pub(crate) fn text(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} -\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}
