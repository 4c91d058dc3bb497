//! A pass-through before a Temporal server that has no TLS: what comes is forwarded as it is, and each call is counted by its
//! method, repetitions included. Who asks how often is told by this, not by the asker.

use http::{HeaderMap, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A running pass-through. It ends with the test.
#[derive(Debug)]
pub struct PassThrough {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    /// Ended by dropping it.
    _runtime: Runtime,
}

/// How often each method was called, by its name.
pub type Counts = BTreeMap<String, usize>;

#[derive(Debug, Default)]
struct Seen {
    counts: Counts,
    last: HeaderMap,
}

/// Where calls go on to.
#[derive(Clone)]
struct Onward {
    client: Client<HttpConnector, Incoming>,
    behind: String,
    seen: Arc<Mutex<Seen>>,
}

impl PassThrough {
    /// Starts one before the server at `behind`.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    #[track_caller]
    pub fn start(behind: &str) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let seen = Arc::default();
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        runtime.spawn(serve(listener, Onward { client, behind: behind.to_owned(), seen: Arc::clone(&seen) }));
        Self { address, seen, _runtime: runtime }
    }

    /// Its address, `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// The calls since this was last asked.
    #[must_use]
    pub fn counted(&self) -> Counts {
        std::mem::take(&mut self.seen().counts)
    }

    /// A header of the last call, where it had it.
    #[must_use]
    pub fn last_header(&self, name: &str) -> Option<String> {
        self.seen().last.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(listener: TcpListener, onward: Onward) {
    while let Ok((stream, _)) = listener.accept().await {
        // Else small frames wait for each other, on the way there and back.
        let _ = stream.set_nodelay(true);
        let onward = onward.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| onward.clone().forward(request));
            let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            let _ = connection.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

impl Onward {
    async fn forward(
        self,
        mut request: Request<Incoming>,
    ) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let method = path.rsplit('/').next().unwrap_or(path).to_owned();
        let onward = Uri::try_from(format!("http://{}{path}", self.behind));
        *request.uri_mut() = onward.expect("a path behind an address is a URL");
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            *seen.counts.entry(method).or_default() += 1;
            seen.last = request.headers().clone();
        }
        self.client.request(request).await
    }
}
