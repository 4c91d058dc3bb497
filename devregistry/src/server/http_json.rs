//! HTTP/JSON: converts a request to an encoded message, and the response or error to JSON. Any content type is read as JSON,
//! as gateways for Google's HTTP rules do.

use crate::server::body::{self, BodyError, MAX_REQUEST};
use crate::server::connection::ConnectionHandle;
use crate::server::control;
use crate::server::gzip::{self, GzipError};
use crate::server::json;
use crate::server::route::{self, Found, Route};
use crate::service::{self, Service};
use crate::settings::Code;
use crate::status::{self, RETRY_AFTER, bad_request};
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::body::Body;
use serde_json::json;
use std::error::Error;
use std::pin::pin;
use tonic::Status;

/// Responds to one HTTP request.
pub(crate) async fn answer<B>(
    service: &Service,
    connection: &ConnectionHandle,
    request: Request<B>,
) -> Response<Bytes>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let takes_gzip = gzip::accepted(request.headers());
    let (head, body) = request.into_parts();
    let mut body = pin!(body);
    let answered = respond(service, connection, Request::from_parts(head, body.as_mut())).await;
    body::discard(body, MAX_REQUEST).await;
    let response = answered.unwrap_or_else(|error| error.response());
    if takes_gzip { gzip::compressed(response) } else { response }
}

/// The response to a request that made the server panic.
pub(crate) fn internal_error() -> Response<Bytes> {
    HttpError::from(Status::internal("internal error")).response()
}

async fn respond<B>(
    service: &Service,
    connection: &ConnectionHandle,
    request: Request<B>,
) -> Result<Response<Bytes>, HttpError>
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
            let body = call(service, connection, route, &fields, request).await?;
            Ok(json_response(StatusCode::OK, body))
        }
        Found::OtherVerbs(verbs) => {
            let status = Status::unimplemented(format!("method {} not allowed", verb.escape_debug()));
            let mut response = HttpError { http: StatusCode::METHOD_NOT_ALLOWED, status }.response();
            response.headers_mut().extend(allow(&verbs));
            Ok(response)
        }
        Found::Nothing => Err(Status::not_found("not found").into()),
    }
}

async fn controlled<B>(service: &Service, request: Request<B>) -> Result<Response<Bytes>, HttpError>
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
    connection: &ConnectionHandle,
    route: &Route,
    fields: &[(&str, String)],
    request: Request<B>,
) -> Result<Vec<u8>, HttpError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let rpc = service::find_rpc(route.rpc)?;
    let (head, body) = request.into_parts();
    let caller = service.authenticate_call(rpc, &head.headers)?;
    let message = message(service, route, fields, &head, body).await;
    let message = message.inspect_err(|error| service.record_unread(rpc, &caller, &error.status))?;
    let answer = service.call(rpc, &caller, &message, connection).await?;
    Ok(json::response(route.rpc, &answer.message, answer.newer_api)?)
}

async fn message<B>(
    service: &Service,
    route: &Route,
    fields: &[(&str, String)],
    head: &Parts,
    body: B,
) -> Result<Vec<u8>, HttpError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let body = read(service, &head.headers, body).await?;
    Ok(json::request(route, fields, head.uri.query().unwrap_or_default(), &body)?)
}

async fn read<B>(service: &Service, headers: &HeaderMap, body: B) -> Result<Bytes, HttpError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let body = service.bodies.read(body, MAX_REQUEST).await.map_err(|unread| HttpError {
        http: match unread {
            BodyError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Timeout => StatusCode::REQUEST_TIMEOUT,
            BodyError::Busy => StatusCode::TOO_MANY_REQUESTS,
            BodyError::Broken => StatusCode::BAD_REQUEST,
        },
        status: status::body_error(unread),
    })?;
    match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(body),
        Some(b"gzip") => match gzip::expand(&body, MAX_REQUEST) {
            Ok(expanded) => Ok(expanded),
            Err(GzipError::TooLarge) => Err(too_large()),
            Err(GzipError::Damaged) => Err(bad_request("the body is not valid gzip").into()),
        },
        Some(_) => Err(HttpError {
            http: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            status: Status::invalid_argument("the content encoding is neither gzip nor identity"),
        }),
    }
}

fn too_large() -> HttpError {
    HttpError { http: StatusCode::PAYLOAD_TOO_LARGE, status: status::body_error(BodyError::TooLarge) }
}

/// An error with its HTTP status.
struct HttpError {
    http: StatusCode,
    status: Status,
}

impl From<Status> for HttpError {
    fn from(status: Status) -> Self {
        Self { http: http_status(status.code()), status }
    }
}

impl HttpError {
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
