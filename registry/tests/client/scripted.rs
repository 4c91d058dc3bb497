//! A server that answers as a test tells it to, and remembers what it was asked.

use registry::{Address, Registry, RetryPolicy};
use schema::secret::Secret;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const KEY: &str = "tmprl_secret_key_of_ci";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Such as `GET /cloud/account`.
    pub(crate) line: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Value,
}

/// What to do about a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Json(u16, Value),
    /// Status, additional header lines, body.
    Raw(u16, &'static str, String),
    /// Close the connection.
    Drop,
    /// Say nothing.
    Hang,
}

pub(crate) fn ok(body: Value) -> Answer {
    Answer::Json(200, body)
}

/// A refusal as a registry words it.
pub(crate) fn refusal(status: u16, code: u16, message: &str) -> Answer {
    Answer::Json(status, json!({ "code": code, "message": message, "details": [] }))
}

/// The answer to a write that is carried out, and to a look at its operation.
pub(crate) fn accepted(id: &str) -> Answer {
    ok(json!({ "asyncOperation": { "id": id, "state": "STATE_FULFILLED" } }))
}

pub(crate) fn outdated() -> Answer {
    refusal(400, 9, "resource version mismatch")
}

pub(crate) fn no_operation() -> Answer {
    refusal(404, 5, "operation not found")
}

pub(crate) struct Scripted {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Scripted {
    /// Answers every request as `answer` says, one connection each.
    pub(crate) async fn serving(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (seen, answer) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answer));
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let Some(request) = read(&mut stream).await else { return };
                    let answer = answer(&request);
                    log.lock().unwrap().push(request);
                    reply(stream.into_inner(), answer).await;
                });
            }
        });
        Self { address, seen }
    }

    /// Answers in this order, then refuses.
    pub(crate) async fn in_order(answers: Vec<Answer>) -> Self {
        let answers = Mutex::new(answers.into_iter());
        let exhausted = |seen: &Seen| refusal(500, 13, &format!("the script has no answer to {}", seen.line));
        Self::serving(move |seen| answers.lock().unwrap().next().unwrap_or_else(|| exhausted(seen))).await
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap()
    }

    /// The request lines, in order.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(|seen| seen.line.clone()).collect()
    }

    /// A client of it that does not wait long.
    pub(crate) fn client(&self) -> Registry {
        client(&self.address)
    }
}

/// A client that does not wait long.
pub(crate) fn client(address: &str) -> Registry {
    client_of(Address::parse(address, None).unwrap())
}

/// The same with `allow_insecure`.
pub(crate) fn client_without_tls(address: &str) -> Registry {
    client_of(Address::parse(address, Some(true)).unwrap())
}

fn client_of(address: Address) -> Registry {
    let policy = RetryPolicy {
        request_timeout: Duration::from_millis(500),
        initial_backoff: Duration::from_millis(1),
        max_backoff: Duration::from_millis(2),
        ..RetryPolicy::default()
    };
    Registry::new(address, Secret::new(KEY), "nexusc/test").unwrap().with_retry_policy(policy)
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let length =
        lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    let line = lines.first()?.strip_suffix(" HTTP/1.1")?.to_owned();
    let headers = lines.split_off(1);
    Some(Seen { line, headers, body: serde_json::from_slice(&body).unwrap_or_default() })
}

/// A client may have gone away meanwhile; that is its affair.
async fn reply(mut stream: TcpStream, answer: Answer) {
    let (status, headers, body) = match answer {
        Answer::Json(status, body) => (status, "content-type: application/json\r\n", body.to_string()),
        Answer::Raw(status, headers, body) => (status, headers, body),
        Answer::Drop => return,
        Answer::Hang => return std::future::pending().await,
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} -\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n");
    drop(stream.write_all(head.as_bytes()).await);
    drop(stream.write_all(body.as_bytes()).await);
    drop(stream.shutdown().await);
}
