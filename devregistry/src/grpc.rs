//! The gRPC side. Calls are told apart by their path alone and messages pass as bytes, so that no code is generated for
//! RPCs that are not served.

use crate::json;
use crate::link::Link;
use crate::service::{self, REQUEST_MOST, Service};
use bytes::{Buf, BufMut, Bytes};
use http::{HeaderValue, Request, Response};
use hyper::body::Body as HttpBody;
use prost::Message;
use std::error::Error;
use std::sync::Arc;
use temporalio_protos::temporal::api::workflowservice::v1::GetSystemInfoResponse;
use tonic::body::Body;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::Grpc;
use tonic::{Code, Status};

const CLOUD_SERVICE: &str = "/temporal.api.cloud.cloudservice.v1.CloudService/";
/// SDK clients call it when they connect, whatever service they are for. It tells no secrets and needs no key.
const SYSTEM_INFO: &str = "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo";
const STATUS: &str = "grpc-status";

/// Answers one gRPC request.
pub(crate) async fn answer<B>(service: Arc<Service>, link: Arc<Link>, request: Request<B>) -> Response<Body>
where
    B: HttpBody + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let path = request.uri().path().to_owned();
    let unary = tower::service_fn(move |request: tonic::Request<Bytes>| {
        let (service, link, path) = (Arc::clone(&service), Arc::clone(&link), path.clone());
        async move { call(&service, &link, &path, &request).await.map(tonic::Response::new) }
    });
    let mut grpc = Grpc::new(RawCodec)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(REQUEST_MOST);
    exhausted(grpc.unary(unary, request).await)
}

/// The answer to a request on which the server itself failed.
pub(crate) fn internal_error() -> Response<Body> {
    Status::internal("internal error").into_http()
}

async fn call(
    service: &Service,
    link: &Link,
    path: &str,
    request: &tonic::Request<Bytes>,
) -> Result<Vec<u8>, Status> {
    if path == SYSTEM_INFO {
        let version = concat!("devregistry ", env!("CARGO_PKG_VERSION")).to_owned();
        let info = GetSystemInfoResponse { server_version: version, ..GetSystemInfoResponse::default() };
        return Ok(info.encode_to_vec());
    }
    let Some(name) = path.strip_prefix(CLOUD_SERVICE) else {
        return Err(Status::unimplemented(format!("unknown method `{}`", path.escape_debug())));
    };
    let authorization = request.metadata().get("authorization").and_then(|value| value.to_str().ok());
    let rpc = service::served(name)?;
    let answer = service.call(rpc, authorization, request.get_ref(), link).await?;
    if !answer.novelties.any() {
        return Ok(answer.message);
    }
    let newer = answer.novelties.add_to_bytes(json::message(rpc.name, "Response")?, &answer.message);
    newer.ok_or_else(|| Status::internal("the answer cannot be read"))
}

/// Tonic says `OutOfRange` of a message that is too large; other servers, and so the clients, say `ResourceExhausted`.
/// Nothing else here answers `OutOfRange`.
fn exhausted(mut response: Response<Body>) -> Response<Body> {
    let code = response.headers().get(STATUS);
    if code.is_some_and(|code| Code::from_bytes(code.as_bytes()) == Code::OutOfRange) {
        let code = i32::from(Code::ResourceExhausted);
        response.headers_mut().insert(STATUS, HeaderValue::from(code));
    }
    response
}

#[derive(Clone, Copy, Debug)]
struct RawCodec;

impl Codec for RawCodec {
    type Encode = Vec<u8>;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for RawCodec {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&message);
        Ok(())
    }
}

impl Decoder for RawCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(length)))
    }
}
