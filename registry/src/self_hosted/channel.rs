//! gRPC over the HTTP client that Temporal Cloud's registry is spoken to with: one connection pool, one TLS, one way of
//! telling failures.

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

/// The largest answer that is read, in bytes: a page of Endpoints with long descriptions stays below.
const LARGEST_ANSWER: usize = 32 << 20;

/// A connection pool to one server.
#[derive(Clone)]
pub(crate) struct Channel {
    client: Client,
    origin: Uri,
    route: Route,
    /// What no message may show: who we are by key, and every header.
    hidden: Arc<Redaction>,
    /// What no answer may hold: who we are.
    refused: Arc<Redaction>,
}

impl Channel {
    /// `origin` is scheme, host and port; the client knows where they lead.
    pub(crate) fn new(
        (client, origin): (Client, Uri),
        route: Route,
        hidden: Redaction,
        refused: Redaction,
    ) -> Self {
        Self { client, origin, route, hidden: Arc::new(hidden), refused: Arc::new(refused) }
    }

    /// Sends a message once, and gives the answer's.
    pub(crate) async fn unary(&self, path: PathAndQuery, message: Bytes) -> Result<Bytes, Problem> {
        let mut grpc = Grpc::with_origin(self.clone(), self.origin.clone());
        grpc = grpc.max_decoding_message_size(LARGEST_ANSWER).max_encoding_message_size(LARGEST_ANSWER);
        grpc.ready().await.map_err(|Failed(problem)| problem)?;
        let answered = grpc.unary(tonic::Request::new(message), path, Raw).await;
        let message = answered.map_err(|status| self.problem(&status))?.into_inner();
        if self.refused.finds(&message) { Err(Problem::Leaked(String::new())) } else { Ok(message) }
    }

    /// What a status means: a failure of the transport that it wraps, else the server's word.
    fn problem(&self, status: &Status) -> Problem {
        let mut cause = status.source();
        while let Some(error) = cause {
            if let Some(Failed(problem)) = error.downcast_ref() {
                return problem.clone();
            }
            cause = error.source();
        }
        let message = self.hidden.hide(status.message());
        status::of_grpc(i64::from(i32::from(status.code())), &message)
    }
}

/// A failure of the transport, on its way through tonic.
#[derive(Debug, ThisError)]
#[error("{0}")]
pub(crate) struct Failed(Problem);

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Failed>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Self { client, route, hidden, .. } = self.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let unusable = |error: &dyn Error| Failed(Problem::Unusable(error.to_string()));
            let body = body.collect().await.map_err(|error| unusable(&error))?.to_bytes();
            let request = reqwest::Request::try_from(Request::from_parts(head, body));
            let request = request.map_err(|error| unusable(&error))?;
            let failed = move |error: reqwest::Error| Failed(failure::problem(&route, &hidden, &error));
            let answer = client.execute(request).await.map_err(&failed)?;
            Ok(Response::from(answer).map(|body: reqwest::Body| Body::new(body.map_err(failed))))
        })
    }
}

/// Messages as bytes: what is in them is taken apart elsewhere, with what this version doesn't know.
#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
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

impl Encoder for Raw {
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

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}
