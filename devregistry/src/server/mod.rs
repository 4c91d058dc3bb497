//! The socket: HTTP/1.1 and HTTP/2 on one listener, gRPC told from HTTP/JSON by its content type.

pub(crate) mod body;
mod control;
mod grpc;
mod gzip;
mod http_json;
pub(crate) mod json;
pub(crate) mod link;
pub(crate) mod route;
pub(crate) mod tls;

use crate::server::body::Timely;
use crate::server::link::Link;
use crate::server::tls::Tls;
use crate::service::Service;
use bytes::Bytes;
use futures_util::FutureExt;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, pending};
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tonic::body::Body;

/// How many calls one HTTP/2 connection may have in flight.
const STREAMS_MOST: u32 = 256;
/// How many bytes of headers one HTTP/2 request may have.
const HEADERS_MOST: u32 = 64 * 1024;
/// How many bytes of an HTTP/1.1 connection wait to be parsed, its header included.
const BUFFER_MOST: usize = 64 * 1024;
/// How many bytes of bodies that are not read one HTTP/2 stream may hold, and all of a connection's together.
const STREAM_WINDOW: u32 = 128 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// How long calls in flight may take after the shutdown was asked for.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait when no connection can be accepted, for want of file descriptors, say.
const BACK_OFF: Duration = Duration::from_millis(50);

/// Serves until `shutdown` is ready, then lets the calls in flight finish.
pub(crate) async fn serve(
    service: Arc<Service>,
    listener: TcpListener,
    tls: Option<Tls>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    listener.local_addr()?;
    let server = Arc::new(Server { patience: service.patience(), service });
    let (graceful, acceptor) = (GracefulShutdown::new(), tls.map(|tls| tls.acceptor()));
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                tokio::spawn(connected(Arc::clone(&server), graceful.watcher(), acceptor.clone(), stream));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(BACK_OFF).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("calls were still in flight when the registry stopped");
    }
    Ok(())
}

/// What every connection shares.
#[derive(Debug)]
struct Server {
    service: Arc<Service>,
    /// How long a client may keep us waiting.
    patience: Duration,
}

/// Serves one connection.
async fn connected(server: Arc<Server>, watcher: Watcher, acceptor: Option<TlsAcceptor>, stream: TcpStream) {
    let Some(acceptor) = acceptor else { return converse(&server, watcher, stream).await };
    match tokio::time::timeout(server.patience, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => converse(&server, watcher, stream).await,
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

/// Answers requests until the client goes, a fault cuts the connection, or no request comes at all.
async fn converse(
    server: &Server,
    watcher: Watcher,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) {
    let (link, requested) = (Arc::new(Link::default()), Arc::new(AtomicBool::new(false)));
    let respond = service_fn({
        let (service, link, requested) =
            (Arc::clone(&server.service), Arc::clone(&link), Arc::clone(&requested));
        let patience = server.patience;
        move |request: Request<Incoming>| {
            requested.store(true, Ordering::Relaxed);
            let request = request.map(|body| Timely::new(body, patience));
            respond(Arc::clone(&service), Arc::clone(&link), request).map(Ok::<_, Infallible>)
        }
    });
    let builder = builder(server.patience);
    let connection = builder.serve_connection(TokioIo::new(stream), respond).into_owned();
    let silence = async {
        tokio::time::sleep(server.patience).await;
        if requested.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
    };
    tokio::select! {
        ended = watcher.watch(connection) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended badly");
            }
        }
        () = link.hung_up() => {}
        () = silence => tracing::debug!("a connection made no request"),
    }
}

fn builder(patience: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(BUFFER_MOST);
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new()).max_concurrent_streams(STREAMS_MOST).max_header_list_size(HEADERS_MOST);
    http2.initial_stream_window_size(STREAM_WINDOW).initial_connection_window_size(CONNECTION_WINDOW);
    http2.keep_alive_interval(patience).keep_alive_timeout(patience);
    builder
}

/// Answers one request.
pub(crate) async fn respond<B>(service: Arc<Service>, link: Arc<Link>, request: Request<B>) -> Response<Body>
where
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    match protocol(request.headers()) {
        Protocol::Grpc => {
            let answer = AssertUnwindSafe(grpc::answer(service, link, request)).catch_unwind();
            answer.await.unwrap_or_else(|_| grpc::internal_error())
        }
        Protocol::OtherGrpc => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            response
        }
        Protocol::Json => {
            let answer = AssertUnwindSafe(http_json::answer(&service, &link, request)).catch_unwind();
            answer.await.unwrap_or_else(|_| http_json::internal_error()).map(full)
        }
    }
}

enum Protocol {
    Grpc,
    /// gRPC-Web, or messages that are not protobuf.
    OtherGrpc,
    Json,
}

fn protocol(headers: &HeaderMap) -> Protocol {
    let kind = headers.get(CONTENT_TYPE).map_or(&[] as &[u8], |kind| kind.as_bytes());
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
    match kind.trim_ascii() {
        b"application/grpc" | b"application/grpc+proto" => Protocol::Grpc,
        kind if kind.starts_with(b"application/grpc") => Protocol::OtherGrpc,
        _ => Protocol::Json,
    }
}

fn full(body: Bytes) -> Body {
    Body::new(Full::new(body))
}
