//! A self-hosted server that answers as a test tells it to, and remembers what it was asked.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use registry::{ConnectionOptions, Headers, Registry, RetryPolicy, ServerSettings};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use temporalio_protos::temporal::api::nexus::v1::endpoint_target::{Variant, Worker};
use temporalio_protos::temporal::api::nexus::v1::{Endpoint, EndpointSpec, EndpointTarget};
use temporalio_protos::temporal::api::operatorservice::v1::{
    GetNexusEndpointResponse, ListNexusEndpointsResponse,
};
use tokio::net::TcpListener;

/// What is said about a call.
pub(crate) enum Reply {
    Message(Vec<u8>),
    /// Code and message of a refusal.
    Refusal(u16, String),
}

/// A call as it arrived.
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) message: Bytes,
}

pub(crate) struct ScriptedServer {
    address: String,
    seen: Arc<Mutex<Vec<Call>>>,
}

/// The Endpoint `e1` on a Namespace, as it is listed.
pub(crate) fn endpoint(id: &str, version: i64, name: &str, namespace: &str) -> Endpoint {
    let worker = Worker { namespace: namespace.to_owned(), task_queue: "q".to_owned() };
    let target = Some(EndpointTarget { variant: Some(Variant::Worker(worker)) });
    let spec = Some(EndpointSpec { name: name.to_owned(), description: None, target });
    Endpoint { id: id.to_owned(), version, spec, ..Endpoint::default() }
}

/// The answer to a reading.
pub(crate) fn read(endpoint: Endpoint) -> Reply {
    message(&GetNexusEndpointResponse { endpoint: Some(endpoint) })
}

/// The answer to a listing, all on one page.
pub(crate) fn listed(endpoints: Vec<Endpoint>) -> Reply {
    message(&ListNexusEndpointsResponse { endpoints, ..ListNexusEndpointsResponse::default() })
}

pub(crate) fn message(message: &impl Message) -> Reply {
    Reply::Message(message.encode_to_vec())
}

pub(crate) fn refusal(code: u16, message: &str) -> Reply {
    Reply::Refusal(code, message.to_owned())
}

/// The call may have been carried out, or not.
pub(crate) fn unavailable() -> Reply {
    refusal(14, "shutting down")
}

pub(crate) fn not_found() -> Reply {
    refusal(5, "endpoint not found")
}

impl ScriptedServer {
    /// Answers in this order, then refuses.
    pub(crate) async fn in_order(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (seen, replies) = (Arc::default(), Arc::new(Mutex::new(replies.into_iter())));
        let log: Arc<Mutex<Vec<Call>>> = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, replies) = (Arc::clone(&log), Arc::clone(&replies));
                let service = service_fn(move |request| {
                    let (log, replies) = (Arc::clone(&log), Arc::clone(&replies));
                    async move {
                        let call = received(request).await;
                        let unforeseen =
                            || refusal(13, &format!("the script has no answer to {}", call.method));
                        let reply = replies.lock().unwrap().next().unwrap_or_else(unforeseen);
                        log.lock().unwrap().push(call);
                        Ok::<_, Infallible>(answer(reply))
                    }
                });
                let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, seen }
    }

    /// A client of it that does not wait long.
    pub(crate) fn client(&self) -> Registry {
        self.client_with(Headers::default())
    }

    /// The same, with headers for each call.
    pub(crate) fn client_with(&self, headers: Headers) -> Registry {
        let policy = RetryPolicy {
            initial_backoff: Duration::from_millis(1),
            max_backoff: Duration::from_millis(2),
            ..RetryPolicy::default()
        };
        let details = ConnectionOptions { headers, ..ConnectionOptions::default() };
        let settings = ServerSettings::new(&self.address, details, &|_| None).unwrap();
        Registry::self_hosted(settings, "nexusc/test").unwrap().with_retry_policy(policy)
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Vec<Call>> {
        self.seen.lock().unwrap()
    }

    /// What was called, in order.
    pub(crate) fn methods(&self) -> Vec<String> {
        self.seen().iter().map(|call| call.method.clone()).collect()
    }
}

async fn received(request: Request<Incoming>) -> Call {
    let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let mut message = request.into_body().collect().await.unwrap().to_bytes();
    // One byte for compression and four for the length come first.
    Call { method, message: message.split_off(5) }
}

fn answer(reply: Reply) -> Response<http_body_util::combinators::BoxBody<Bytes, Infallible>> {
    let (code, text, body) = match reply {
        Reply::Message(message) => {
            let length = u32::try_from(message.len()).unwrap().to_be_bytes();
            (0, String::new(), [&[0], &length[..], &message].concat())
        }
        Reply::Refusal(code, text) => (code, text, Vec::new()),
    };
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", code.into());
    trailers.insert("grpc-message", text.parse().unwrap());
    let body = Full::new(Bytes::from(body)).with_trailers(async move { Some(Ok(trailers)) });
    Response::builder().header("content-type", "application/grpc").body(body.boxed()).unwrap()
}
