//! gRPC over the HTTP client that is also used for Temporal Cloud, so that TLS, proxies and failures are handled alike.

use crate::connection::failure;
use crate::connection::redaction::Redaction;
use crate::connection::route::Route;
use crate::connection::status;
use crate::error::Problem;
use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use reqwest::Client;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use thiserror::Error as ThisError;
use tonic::Status;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::Service;

/// The largest message, in bytes: a page of Endpoints with long descriptions is smaller.
const MAX_MESSAGE: usize = 32 << 20;

/// A connection pool to one server.
#[derive(Clone)]
pub(crate) struct Channel {
    client: Client,
    origin: Uri,
    route: Route,
    /// The secrets that error messages must not show: the API key and all headers.
    hidden: Arc<Redaction>,
    /// The secrets that responses must not contain: the credentials.
    refused: Arc<Redaction>,
}

impl Channel {
    /// `origin` is scheme, host and port of requests.
    pub(crate) fn new(
        (client, origin): (Client, Uri),
        route: Route,
        hidden: Redaction,
        refused: Redaction,
    ) -> Self {
        Self { client, origin, route, hidden: Arc::new(hidden), refused: Arc::new(refused) }
    }

    /// Sends a message once, and returns the response message.
    pub(crate) async fn unary(&self, path: PathAndQuery, message: Bytes) -> Result<Bytes, Problem> {
        let mut grpc = Grpc::with_origin(self.clone(), self.origin.clone());
        grpc = grpc.max_decoding_message_size(MAX_MESSAGE).max_encoding_message_size(MAX_MESSAGE);
        grpc.ready().await.map_err(|TransportError(problem)| problem)?;
        let answered = grpc.unary(tonic::Request::new(message), path, RawCodec).await;
        let message = answered.map_err(|status| self.problem(&status))?.into_inner();
        if self.refused.finds(&message) { Err(Problem::Leaked(String::new())) } else { Ok(message) }
    }

    /// The problem of a status: a failure of the transport that it wraps, or an error of the server.
    fn problem(&self, status: &Status) -> Problem {
        let mut cause = status.source();
        while let Some(error) = cause {
            if let Some(TransportError(problem)) = error.downcast_ref() {
                return problem.clone();
            }
            cause = error.source();
        }
        let message = self.hidden.hide(status.message());
        status::of_grpc(i64::from(i32::from(status.code())), &message)
    }
}

/// A failure of the transport, as tonic's error type.
#[derive(Debug, ThisError)]
#[error("{0}")]
pub(crate) struct TransportError(Problem);

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, TransportError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Self { client, route, hidden, .. } = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let unusable = |error: &dyn Error| TransportError(Problem::Unusable(error.to_string()));
            let body = body.collect().await.map_err(|error| unusable(&error))?.to_bytes();
            let request = reqwest::Request::try_from(Request::from_parts(head, body));
            let request = request.map_err(|error| unusable(&error))?;
            let failed =
                move |error: reqwest::Error| TransportError(failure::problem(&route, &hidden, &error));
            let response = client.execute(request).await.map_err(&failed)?;
            Ok(Response::from(response).map(|body: reqwest::Body| Body::new(body.map_err(failed))))
        })
    }
}

/// Passes messages as bytes: they are decoded elsewhere, together with their unknown fields.
#[derive(Clone, Copy)]
struct RawCodec;

impl Codec for RawCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(message);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}
