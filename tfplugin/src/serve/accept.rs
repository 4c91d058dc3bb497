//! Accepts connections, each on its own task, until Terraform shuts the provider down.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::rpc::Server;

/// How long to wait for the response to the shutdown request. Terraform kills a process that takes longer.
const FAREWELL: Duration = Duration::from_millis(100);
/// The pause after a connection cannot be accepted.
const REFUSED: Duration = Duration::from_millis(20);
/// A flow-control window in which plans and states fit without updates.
const WINDOW: u32 = 4 << 20;

pub(super) async fn connections(
    listener: &UnixListener,
    acceptor: Option<TlsAcceptor>,
    server: &Arc<Server>,
) {
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            () = server.shutdown().cancelled() => break,
            Some(_ended) = open.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _peer)) => {
                    open.spawn(connection(stream, acceptor.clone(), Arc::clone(server)));
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(REFUSED).await;
                }
            },
        }
    }
    let ended = async { while open.join_next().await.is_some() {} };
    // Connections that are still open are closed when the process exits.
    let _ = tokio::time::timeout(FAREWELL, ended).await;
}

async fn connection(stream: UnixStream, acceptor: Option<TlsAcceptor>, server: Arc<Server>) {
    let Some(acceptor) = acceptor else { return http(stream, server).await };
    match acceptor.accept(stream).await {
        Ok(stream) => http(stream, server).await,
        Err(error) => tracing::warn!(%error, "TLS handshake failed"),
    }
}

async fn http<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, server: Arc<Server>) {
    let shutdown = server.shutdown().clone();
    let service = service_fn(move |request| {
        let server = Arc::clone(&server);
        async move { Ok::<_, Infallible>(server.answer(request).await) }
    });
    let connection = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Terraform closes connections without a shutdown.
        tracing::trace!(%error, "connection closed");
    }
}
