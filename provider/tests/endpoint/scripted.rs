//! A registry that answers by a script: for outcomes that the embedded one does not produce.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Serves `script`, a function from method and path to an answer, and gives its address.
pub async fn serve(script: fn(&str, &str) -> Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, script));
        }
    });
    address
}

async fn connection(stream: TcpStream, script: fn(&str, &str) -> Value) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let mut header = String::new();
        while stream.read_line(&mut header).await? > 2 {
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            header.clear();
        }
        stream.read_exact(&mut vec![0; length]).await?;
        let mut words = line.split_whitespace();
        let answer = script(words.next().unwrap(), words.next().unwrap()).to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        stream.write_all(format!("{head}{answer}").as_bytes()).await?;
    }
}

/// A registry that accepts a creation and then rejects it.
pub fn rejecting(method: &str, path: &str) -> Value {
    match (method, path) {
        ("POST", "/cloud/nexus/endpoints") => {
            let operation = json!({ "id": "op1", "state": "STATE_REJECTED", "failureReason": "no capacity" });
            json!({ "endpointId": "e1", "asyncOperation": operation })
        }
        _ => json!({}),
    }
}

/// A registry with one Endpoint, `e1`, whose description is encrypted and whose activation failed.
pub fn ailing(_method: &str, path: &str) -> Value {
    let worker = json!({ "namespaceId": "ledger.tiny1", "taskQueue": "pay-queue" });
    let encrypted = json!({ "metadata": { "encoding": "YmluYXJ5L2VuY3J5cHRlZA==" }, "data": "AP8=" });
    let spec =
        json!({ "name": "pay", "targetSpec": { "workerTargetSpec": worker }, "description": encrypted });
    let state = "RESOURCE_STATE_ACTIVATION_FAILED";
    match path {
        "/cloud/nexus/endpoints/e1" => {
            json!({ "endpoint": { "id": "e1", "resourceVersion": "v1", "state": state, "spec": spec } })
        }
        _ => json!({}),
    }
}

/// A registry whose list lacks what was just created, and whose first word on the identity is older than its grant.
pub fn catching_up(_method: &str, path: &str) -> Value {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let role = || if ASKED.fetch_add(1, Ordering::Relaxed) == 0 { "ROLE_READ" } else { "ROLE_ADMIN" };
    match path.strip_prefix("/cloud/").unwrap() {
        "account" => json!({ "account": { "id": "tiny1" } }),
        "current-identity" => {
            let access = json!({ "accountAccess": { "role": role() } });
            json!({ "serviceAccount": { "id": "sa1", "spec": { "name": "ci", "access": access } } })
        }
        path => match path.strip_prefix("namespaces/") {
            Some(namespace) => json!({ "namespace": { "namespace": namespace } }),
            None => json!({}),
        },
    }
}
