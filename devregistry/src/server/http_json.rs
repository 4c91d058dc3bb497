//! The HTTP/JSON side: a request becomes an encoded message, goes the way of every call, and its answer or refusal
//! becomes JSON. Any content type is read as JSON, as the gateways of Google's HTTP rules do.

use crate::refusal::{self, RETRY_AFTER, bad_request};
use crate::server::body::{self, REQUEST_MOST, Unread};
use crate::server::control;
use crate::server::gzip::{self, NotExpanded};
use crate::server::json;
use crate::server::link::Link;
use crate::server::route::{self, Found, Route};
use crate::service::{self, Service};
use crate::settings::Code;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Body;
use serde_json::json;
use std::error::Error;
use std::pin::pin;
use tonic::Status;

/// Answers one HTTP request.
pub(crate) async fn answer<B>(service: &Service, link: &Link, request: Request<B>) -> Response<Bytes>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let takes_gzip = gzip::accepted(request.headers());
    let (head, body) = request.into_parts();
    let mut body = pin!(body);
    let answered = respond(service, link, Request::from_parts(head, body.as_mut())).await;
    body::discard(body, REQUEST_MOST).await;
    let response = answered.unwrap_or_else(|refusal| refusal.response());
    if takes_gzip { gzip::compressed(response) } else { response }
}

/// The answer to a request on which the server itself failed.
pub(crate) fn internal_error() -> Response<Bytes> {
    Refusal::from(Status::internal("internal error")).response()
}

async fn respond<B>(service: &Service, link: &Link, request: Request<B>) -> Result<Response<Bytes>, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (verb, path) = (request.method().as_str().to_owned(), request.uri().path().to_owned());
    if service.has_control() && path.starts_with(control::PREFIX) {
        return controlled(service, request).await;
    }
    match route::find(&verb, &path) {
        Found::Route(route, fields) => {
            let body = call(service, link, route, &fields, request).await?;
            Ok(json_response(StatusCode::OK, body))
        }
        Found::OtherVerbs(verbs) => {
            let status = Status::unimplemented(format!("method {} not allowed", verb.escape_debug()));
            let mut response = Refusal { http: StatusCode::METHOD_NOT_ALLOWED, status }.response();
            response.headers_mut().extend(allow(&verbs));
            Ok(response)
        }
        Found::Nothing => Err(Status::not_found("not found").into()),
    }
}

async fn controlled<B>(service: &Service, request: Request<B>) -> Result<Response<Bytes>, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (head, body) = request.into_parts();
    control::authorize(service, &head.headers)?;
    let body = read(service, &head.headers, body).await?;
    let answer = control::answer(service, &head.method, head.uri.path(), &body)?;
    Ok(json_response(StatusCode::OK, answer.to_string().into_bytes()))
}

async fn call<B>(
    service: &Service,
    link: &Link,
    route: &Route,
    fields: &[(&str, String)],
    request: Request<B>,
) -> Result<Vec<u8>, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let rpc = service::served(route.rpc)?;
    let (head, body) = request.into_parts();
    let caller = service.authenticate_call(rpc, &head.headers)?;
    let message = message(service, route, fields, &head, body).await;
    let message = message.inspect_err(|refusal| service.record_unread(rpc, &caller, &refusal.status))?;
    let answer = service.call(rpc, &caller, &message, link).await?;
    Ok(json::response(route.rpc, &answer.message, answer.novelties)?)
}

async fn message<B>(
    service: &Service,
    route: &Route,
    fields: &[(&str, String)],
    head: &Parts,
    body: B,
) -> Result<Vec<u8>, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let body = read(service, &head.headers, body).await?;
    Ok(json::request(route, fields, head.uri.query().unwrap_or_default(), &body)?)
}

async fn read<B>(service: &Service, headers: &HeaderMap, body: B) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let body = service.bodies.read(body, REQUEST_MOST).await.map_err(|unread| Refusal {
        http: match unread {
            Unread::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Unread::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Unread::Busy => StatusCode::TOO_MANY_REQUESTS,
            Unread::Broken => StatusCode::BAD_REQUEST,
        },
        status: refusal::unread(unread),
    })?;
    match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(body),
        Some(b"gzip") => match gzip::expand(&body, REQUEST_MOST) {
            Ok(expanded) => Ok(expanded),
            Err(NotExpanded::TooLarge) => Err(too_large()),
            Err(NotExpanded::Damaged) => Err(bad_request("the body is not valid gzip").into()),
        },
        Some(_) => Err(Refusal {
            http: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            status: Status::invalid_argument("the content encoding is neither gzip nor identity"),
        }),
    }
}

fn too_large() -> Refusal {
    Refusal { http: StatusCode::PAYLOAD_TOO_LARGE, status: refusal::unread(Unread::TooLarge) }
}

/// A refusal and the HTTP status that says it.
struct Refusal {
    http: StatusCode,
    status: Status,
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self { http: http_status(status.code()), status }
    }
}

impl Refusal {
    fn response(&self) -> Response<Bytes> {
        let code = i32::from(self.status.code());
        let body = json!({ "code": code, "message": self.status.message(), "details": [] });
        let mut response = json_response(self.http, body.to_string().into_bytes());
        let retry_after = self.status.metadata().get(RETRY_AFTER).map(|seconds| seconds.as_bytes());
        if let Some(seconds) = retry_after.and_then(|seconds| HeaderValue::from_bytes(seconds).ok()) {
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response
    }
}

fn json_response(status: StatusCode, body: Vec<u8>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn allow(verbs: &[&str]) -> Option<(http::HeaderName, HeaderValue)> {
    HeaderValue::from_str(&verbs.join(", ")).ok().map(|verbs| (ALLOW, verbs))
}

/// The mapping that `google.rpc.Code` documents.
fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
