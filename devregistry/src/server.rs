//! The socket: HTTP/1.1 and HTTP/2 on one listener, gRPC told from HTTP/JSON by its content type.

use crate::service::Service;
use crate::{grpc, http_json};
use bytes::Bytes;
use futures_util::FutureExt;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tonic::body::Body;

/// How long calls in flight may take after the shutdown was asked for.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait when no connection can be accepted, for want of file descriptors, say.
const BACK_OFF: Duration = Duration::from_millis(50);

/// Serves until `shutdown` is ready, then lets the calls in flight finish.
pub(crate) async fn serve(
    service: Service,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    listener.local_addr()?;
    let (service, graceful) = (Arc::new(service), GracefulShutdown::new());
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                connect(&service, &graceful, stream);
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

/// Serves one connection in a task of its own.
fn connect(
    service: &Arc<Service>,
    graceful: &GracefulShutdown,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) {
    let service = Arc::clone(service);
    let respond = service_fn(move |request| respond(Arc::clone(&service), request));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    let connection = builder.serve_connection(TokioIo::new(stream), respond).into_owned();
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended badly");
        }
    });
}

async fn respond(service: Arc<Service>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    Ok(match protocol(request.headers()) {
        Protocol::Grpc => {
            let answer = AssertUnwindSafe(grpc::answer(service, request)).catch_unwind();
            answer.await.unwrap_or_else(|_| grpc::internal_error())
        }
        Protocol::OtherGrpc => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            response
        }
        Protocol::Json => {
            let answer = AssertUnwindSafe(http_json::answer(&service, request)).catch_unwind();
            answer.await.unwrap_or_else(|_| http_json::internal_error()).map(full)
        }
    })
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
