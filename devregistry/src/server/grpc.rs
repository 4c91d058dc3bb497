//! The gRPC side. Calls are told apart by their path alone and messages pass as bytes, so that no code is generated for
//! RPCs that are not served.

use crate::caller::Caller;
use crate::calls::rpc::Served;
use crate::refusal;
use crate::server::body::{self, REQUEST_MOST};
use crate::server::json;
use crate::server::link::Link;
use crate::service::{self, Service};
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
/// SDK clients call it when they connect, whatever service they are for. It tells no secrets and needs no key.
const SYSTEM_INFO: &str = "/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo";
/// How many bytes of its body are waited for.
const SYSTEM_INFO_MOST: usize = 1024;
/// A message without fields: a flag that says that it is not compressed, and its length.
const NO_MESSAGE: &[u8] = &[0; 5];
/// How many bytes of a refusal are sent. Clients take 16 KiB of headers, and some characters are sent as three.
const MESSAGE_MOST: usize = 4 * 1024;
const STATUS: &str = "grpc-status";

/// What a path leads to.
enum Method {
    SystemInfo,
    Cloud(&'static Served),
}

/// Answers one gRPC request. A path that leads nowhere and a caller without a key are refused by what the headers say;
/// nothing of their bodies is read.
pub(crate) async fn answer<B>(service: Arc<Service>, link: Arc<Link>, request: Request<B>) -> Response<Body>
where
    B: HttpBody + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let (head, body) = request.into_parts();
    let answered = match method(head.uri.path()) {
        Ok(Method::SystemInfo) => Ok(system_info(head, body).await),
        Ok(Method::Cloud(rpc)) => call(service, link, rpc, head, body).await,
        Err(refused) => Err(refused),
    };
    answered.unwrap_or_else(|refused| brief(refused).into_http())
}

/// The answer to a request on which the server itself failed.
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
    service::served(name).map(Method::Cloud)
}

/// What the request says is not looked at: there is nothing to say, and a stranger may say it.
async fn system_info<B: HttpBody>(head: Parts, body: B) -> Response<Body> {
    body::discard(pin!(body), SYSTEM_INFO_MOST).await;
    let version = concat!("devregistry ", env!("CARGO_PKG_VERSION")).to_owned();
    let info = GetSystemInfoResponse { server_version: version, ..GetSystemInfoResponse::default() };
    let info = info.encode_to_vec();
    unary(head, Bytes::from_static(NO_MESSAGE), |_| ready(Ok(info.clone()))).await
}

/// The body is read whole before it is decoded: the decoder reserves what a message says that its length is.
async fn call<B>(
    service: Arc<Service>,
    link: Arc<Link>,
    rpc: &'static Served,
    head: Parts,
    body: B,
) -> Result<Response<Body>, Status>
where
    B: HttpBody,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let caller = service.authenticate_call(rpc, &head.headers)?;
    let body = service.bodies.read(body, REQUEST_MOST + NO_MESSAGE.len()).await.map_err(refusal::unread);
    let body = body.inspect_err(|refused| service.record_unread(rpc, &caller, refused))?;
    let decoded = AtomicBool::new(false);
    let response = unary(head, body, |message| {
        decoded.store(true, Ordering::Relaxed);
        run(&service, &link, rpc, &caller, message).map_err(brief)
    });
    let response = exhausted(response.await);
    if let Some(refused) = Status::from_header_map(response.headers()).filter(|_| !decoded.into_inner()) {
        service.record_unread(rpc, &caller, &refused);
    }
    Ok(response)
}

async fn run(
    service: &Service,
    link: &Link,
    rpc: &Served,
    caller: &Caller,
    message: Bytes,
) -> Result<Vec<u8>, Status> {
    let answer = service.call(rpc, caller, &message, link).await?;
    if !answer.novelties.any() {
        return Ok(answer.message);
    }
    let newer = answer.novelties.add_to_bytes(json::message(rpc.name, "Response")?, &answer.message);
    newer.ok_or_else(|| Status::internal("the answer cannot be read"))
}

/// Decodes the one message of a body, and encodes the answer to it.
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
        .max_decoding_message_size(REQUEST_MOST);
    grpc.unary(unary, Request::from_parts(head, Full::new(body))).await
}

/// A refusal that fits into headers. What it repeats of a request can be as long as that.
fn brief(status: Status) -> Status {
    let message = status.message();
    if message.len() <= MESSAGE_MOST {
        return status;
    }
    let end = (0..=MESSAGE_MOST).rev().find(|end| message.is_char_boundary(*end)).unwrap_or_default();
    let message = format!("{}…", message.get(..end).unwrap_or_default());
    Status::with_metadata(status.code(), message, status.metadata().clone())
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
