//! The HTTP/JSON side: a request becomes an encoded message, goes the way of every call, and its answer or refusal
//! becomes JSON. Any content type is read as JSON, as the gateways of Google's HTTP rules do.

use crate::route::{self, Found, Route};
use crate::service::{self, REQUEST_MOST, Service};
use crate::{json, settings::Code};
use bytes::Bytes;
use http::header::{ALLOW, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body;
use serde_json::json;
use std::error::Error;
use tonic::Status;

/// Answers one HTTP request.
pub(crate) async fn answer<B>(service: &Service, request: Request<B>) -> Response<Bytes>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (verb, path) = (request.method().as_str().to_owned(), request.uri().path().to_owned());
    match route::find(&verb, &path) {
        Found::Route(route, fields) => match call(service, route, &fields, request).await {
            Ok(body) => json_response(StatusCode::OK, body),
            Err(refusal) => refusal.response(),
        },
        Found::OtherVerbs(verbs) => {
            let status = Status::unimplemented(format!("method {} not allowed", verb.escape_debug()));
            let mut response = Refusal { http: StatusCode::METHOD_NOT_ALLOWED, status }.response();
            response.headers_mut().extend(allow(&verbs));
            response
        }
        Found::Nothing => Refusal::from(Status::not_found("not found")).response(),
    }
}

/// The answer to a request on which the server itself failed.
pub(crate) fn internal_error() -> Response<Bytes> {
    Refusal::from(Status::internal("internal error")).response()
}

/// Who calls is asked before the request is read, so that strangers get no other answer.
async fn call<B>(
    service: &Service,
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
    let authorization = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    service.authenticate(authorization)?;
    plain(head.headers.get(CONTENT_ENCODING))?;
    let body = read(body).await?;
    let request = json::request(route, fields, head.uri.query().unwrap_or_default(), &body)?;
    let answer = service.call(rpc, authorization, &request)?;
    Ok(json::response(route.rpc, &answer)?)
}

fn plain(encoding: Option<&HeaderValue>) -> Result<(), Refusal> {
    match encoding {
        Some(encoding) if encoding != "identity" => Err(Refusal {
            http: StatusCode::UNSUPPORTED_MEDIA_TYPE,
            status: Status::invalid_argument("compressed HTTP requests are not supported"),
        }),
        _ => Ok(()),
    }
}

async fn read<B>(body: B) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    match Limited::new(body, REQUEST_MOST).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal {
            http: StatusCode::PAYLOAD_TOO_LARGE,
            status: Status::resource_exhausted(format!("a request has at most {REQUEST_MOST} bytes")),
        }),
        Err(_) => Err(Status::invalid_argument("the body could not be read").into()),
    }
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
        json_response(self.http, body.to_string().into_bytes())
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
