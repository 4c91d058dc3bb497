//! gRPC. Calls are dispatched by path and messages are passed as bytes, so that no code is needed for RPCs that are not served.

use crate::caller::Caller;
use crate::calls::rpc::RpcEntry;
use crate::server::body::{self, MAX_REQUEST};
use crate::server::connection::ConnectionHandle;
use crate::server::json;
use crate::service::{self, Service};
use crate::status;
use bytes::{Buf, BufMut, Bytes};
use futures_util::TryFutureExt;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Body as HttpBody;
use prost::Message;
use std::error::Error;
use std::future::{Future, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use temporalio_protos::temporal::api::workflowservice::v1::GetSystemInfoResponse;
use tonic::body::Body;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::Grpc;
use tonic::{Code, Status};

const CLOUD_SERVICE: &str = "/temporal.api.cloud.cloudservice.v1.CloudService/";
/// Called by SDK clients when they connect, whatever service they use. It needs no API key.
const SYSTEM_INFO: &str = "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo";
/// How many bytes of its body are read.
const MAX_SYSTEM_INFO: usize = 1024;
/// An empty message: a flag for no compression, and its length.
const NO_MESSAGE: &[u8] = &[0; 5];
/// The longest error message in bytes. Clients accept 16 KiB of headers, and some characters are encoded as three.
const MAX_MESSAGE: usize = 4 * 1024;
const STATUS: &str = "grpc-status";

/// The method of a path.
enum Method {
    SystemInfo,
    Cloud(&'static RpcEntry),
}

/// Responds to one gRPC request. An unknown path and a missing API key are refused before the body is read.
pub(crate) async fn answer<B>(
    service: Arc<Service>,
    connection: Arc<ConnectionHandle>,
    request: Request<B>,
) -> Response<Body>
where
    B: HttpBody + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let (head, body) = request.into_parts();
    let answered = match method(head.uri.path()) {
        Ok(Method::SystemInfo) => Ok(system_info(head, body).await),
        Ok(Method::Cloud(rpc)) => call(service, connection, rpc, head, body).await,
        Err(refused) => Err(refused),
    };
    answered.unwrap_or_else(|refused| shortened(refused).into_http())
}

/// The response to a request that made the server panic.
pub(crate) fn internal_error() -> Response<Body> {
    Status::internal("internal error").into_http()
}

fn method(path: &str) -> Result<Method, Status> {
    if path == SYSTEM_INFO {
        return Ok(Method::SystemInfo);
    }
    let name = path.strip_prefix(CLOUD_SERVICE);
    let name =
        name.ok_or_else(|| Status::unimplemented(format!("unknown method `{}`", path.escape_debug())))?;
    service::find_rpc(name).map(Method::Cloud)
}

/// The request is ignored: it has no fields, and the caller is not authenticated.
async fn system_info<B: HttpBody>(head: Parts, body: B) -> Response<Body> {
    body::discard(pin!(body), MAX_SYSTEM_INFO).await;
    let version = concat!("devregistry ", env!("CARGO_PKG_VERSION")).to_owned();
    let info = GetSystemInfoResponse { server_version: version, ..GetSystemInfoResponse::default() };
    let info = info.encode_to_vec();
    unary(head, Bytes::from_static(NO_MESSAGE), |_| ready(Ok(info.clone()))).await
}

/// The body is read completely before it is decoded: the decoder allocates the announced length of a message.
async fn call<B>(
    service: Arc<Service>,
    connection: Arc<ConnectionHandle>,
    rpc: &'static RpcEntry,
    head: Parts,
    body: B,
) -> Result<Response<Body>, Status>
where
    B: HttpBody,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let caller = service.authenticate_call(rpc, &head.headers)?;
    let body = service.bodies.read(body, MAX_REQUEST + NO_MESSAGE.len()).await.map_err(status::body_error);
    let body = body.inspect_err(|refused| service.record_unread(rpc, &caller, refused))?;
    let decoded = AtomicBool::new(false);
    let response = unary(head, body, |message| {
        decoded.store(true, Ordering::Relaxed);
        run(&service, &connection, rpc, &caller, message).map_err(shortened)
    });
    let response = with_resource_exhausted(response.await);
    if let Some(refused) = Status::from_header_map(response.headers()).filter(|_| !decoded.into_inner()) {
        service.record_unread(rpc, &caller, &refused);
    }
    Ok(response)
}

async fn run(
    service: &Service,
    connection: &ConnectionHandle,
    rpc: &RpcEntry,
    caller: &Caller,
    message: Bytes,
) -> Result<Vec<u8>, Status> {
    let answer = service.call(rpc, caller, &message, connection).await?;
    if !answer.newer_api.any() {
        return Ok(answer.message);
    }
    let newer = answer.newer_api.add_to_bytes(json::message(rpc.name, "Response")?, &answer.message);
    newer.ok_or_else(|| Status::internal("cannot decode the response"))
}

/// Decodes the message of a body, and encodes the response.
async fn unary<F>(head: Parts, body: Bytes, mut answer: impl FnMut(Bytes) -> F) -> Response<Body>
where
    F: Future<Output = Result<Vec<u8>, Status>>,
{
    let unary = tower::service_fn(|request: tonic::Request<Bytes>| {
        answer(request.into_inner()).map_ok(tonic::Response::new)
    });
    let mut grpc = Grpc::new(RawCodec)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip)
        .max_decoding_message_size(MAX_REQUEST);
    grpc.unary(unary, Request::from_parts(head, Full::new(body))).await
}

/// The error with a message that fits into headers: it may repeat parts of the request.
fn shortened(status: Status) -> Status {
    let message = status.message();
    if message.len() <= MAX_MESSAGE {
        return status;
    }
    let end = (0..=MAX_MESSAGE).rev().find(|end| message.is_char_boundary(*end)).unwrap_or_default();
    let message = format!("{}…", message.get(..end).unwrap_or_default());
    Status::with_metadata(status.code(), message, status.metadata().clone())
}

/// Tonic responds with `OutOfRange` to a message that is too large; clients expect `ResourceExhausted`, as of other servers.
/// No other error here is `OutOfRange`.
fn with_resource_exhausted(mut response: Response<Body>) -> Response<Body> {
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
