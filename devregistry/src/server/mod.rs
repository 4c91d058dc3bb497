//! The server: HTTP/1.1 and HTTP/2 on one listener, gRPC and HTTP/JSON distinguished by their content type.

pub(crate) mod body;
pub(crate) mod connection;
mod control;
mod grpc;
mod gzip;
mod http_json;
pub(crate) mod json;
pub(crate) mod route;
pub(crate) mod tls;

use crate::server::body::TimedBody;
use crate::server::connection::ConnectionHandle;
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

/// The most calls in flight on one HTTP/2 connection.
const MAX_STREAMS: u32 = 256;
/// The most bytes of headers in one HTTP/2 request.
const MAX_HEADERS: u32 = 64 * 1024;
/// The read buffer of an HTTP/1.1 connection in bytes, which must hold a request's headers.
const MAX_BUFFER: usize = 64 * 1024;
/// The flow-control windows of one HTTP/2 stream and of a connection, in bytes.
const STREAM_WINDOW: u32 = 128 * 1024;
const CONNECTION_WINDOW: u32 = 256 * 1024;
/// How long calls in flight may take after a shutdown was requested.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait when no connection can be accepted, because of missing file descriptors for instance.
const BACK_OFF: Duration = Duration::from_millis(50);

/// Serves until `shutdown` completes, then waits for calls in flight.
pub(crate) async fn serve(
    service: Arc<Service>,
    listener: TcpListener,
    tls: Option<Tls>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    listener.local_addr()?;
    let server = Arc::new(Server { client_timeout: service.client_timeout(), service });
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
                tokio::spawn(accept(Arc::clone(&server), graceful.watcher(), acceptor.clone(), stream));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(BACK_OFF).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("the registry stopped with calls in flight");
    }
    Ok(())
}

/// What every connection shares.
#[derive(Debug)]
struct Server {
    service: Arc<Service>,
    /// See [`crate::Settings::client_timeout`].
    client_timeout: Duration,
}

/// Serves one connection.
async fn accept(server: Arc<Server>, watcher: Watcher, acceptor: Option<TlsAcceptor>, stream: TcpStream) {
    let Some(acceptor) = acceptor else { return serve_connection(&server, watcher, stream).await };
    match tokio::time::timeout(server.client_timeout, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => serve_connection(&server, watcher, stream).await,
        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => tracing::debug!("TLS handshake timed out"),
    }
}

/// Serves a connection until the client or a fault closes it, or until no first request comes in time.
async fn serve_connection(
    server: &Server,
    watcher: Watcher,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) {
    let (handle, requested) = (Arc::new(ConnectionHandle::default()), Arc::new(AtomicBool::new(false)));
    let respond = service_fn({
        let (service, handle, requested) =
            (Arc::clone(&server.service), Arc::clone(&handle), Arc::clone(&requested));
        let client_timeout = server.client_timeout;
        move |request: Request<Incoming>| {
            requested.store(true, Ordering::Relaxed);
            let request = request.map(|body| TimedBody::new(body, client_timeout));
            respond(Arc::clone(&service), Arc::clone(&handle), request).map(Ok::<_, Infallible>)
        }
    });
    let builder = builder(server.client_timeout);
    let connection = builder.serve_connection(TokioIo::new(stream), respond).into_owned();
    let first_request_timeout = async {
        tokio::time::sleep(server.client_timeout).await;
        if requested.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
    };
    tokio::select! {
        ended = watcher.watch(connection) => {
            if let Err(error) = ended {
                tracing::debug!(%error, "connection failed");
            }
        }
        () = handle.closed() => {}
        () = first_request_timeout => tracing::debug!("closed a connection without a request"),
    }
}

fn builder(client_timeout: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(client_timeout).max_buf_size(MAX_BUFFER);
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new()).max_concurrent_streams(MAX_STREAMS).max_header_list_size(MAX_HEADERS);
    http2.initial_stream_window_size(STREAM_WINDOW).initial_connection_window_size(CONNECTION_WINDOW);
    http2.keep_alive_interval(client_timeout).keep_alive_timeout(client_timeout);
    builder
}

/// Responds to one request.
pub(crate) async fn respond<B>(
    service: Arc<Service>,
    connection: Arc<ConnectionHandle>,
    request: Request<B>,
) -> Response<Body>
where
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    match protocol(request.headers()) {
        Protocol::Grpc => {
            let answer = AssertUnwindSafe(grpc::answer(service, connection, request)).catch_unwind();
            answer.await.unwrap_or_else(|_| grpc::internal_error())
        }
        Protocol::OtherGrpc => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            response
        }
        Protocol::Json => {
            let answer = AssertUnwindSafe(http_json::answer(&service, &connection, request)).catch_unwind();
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
