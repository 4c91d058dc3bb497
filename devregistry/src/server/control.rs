//! The control endpoint, which is not part of the API: adds and removes faults while the registry serves. It exists only if
//! [`crate::Settings::control`] is set, and requires the API key of an Owner or Global Admin.
//!
//! - `GET /control/faults` lists the faults in effect.
//! - `POST /control/faults` with `{"fault": "unavailable,times=2"}` adds one.
//! - `DELETE /control/faults` removes all faults, `DELETE /control/faults/ID` one.

use crate::faults::Armed;
use crate::faults::fault::Fault;
use crate::service::Service;
use crate::status;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tonic::Status;

/// The path prefix.
pub(crate) const PREFIX: &str = "/control/";
const FAULTS: &str = "/control/faults";

/// Refuses unauthorized callers, before the body is read.
pub(crate) fn authorize(service: &Service, headers: &HeaderMap) -> Result<(), Status> {
    let allowed = service.authenticate(headers)?.rights.administer_account();
    if allowed { Ok(()) } else { Err(status::permission_denied()) }
}

/// Handles an authorized request.
pub(crate) fn answer(service: &Service, method: &Method, path: &str, body: &[u8]) -> Result<Value, Status> {
    let id = path.strip_prefix(FAULTS).ok_or_else(not_found)?.strip_prefix('/');
    match (method, id) {
        (&Method::GET, None) => {
            Ok(json!({ "faults": service.faults.armed().iter().map(shown).collect::<Vec<_>>() }))
        }
        (&Method::POST, None) => Ok(json!({ "fault": shown(&service.faults.arm(fault(body)?)) })),
        (&Method::DELETE, id) => disarm(service, id),
        _ => Err(not_found()),
    }
}

fn disarm(service: &Service, id: Option<&str>) -> Result<Value, Status> {
    let id = id.map(|id| id.parse().map_err(|_| not_found())).transpose()?;
    if service.faults.disarm(id) { Ok(json!({})) } else { Err(not_found()) }
}

fn fault(body: &[u8]) -> Result<Fault, Status> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| status::bad_request(format!("the body is not valid JSON: {error}")))?;
    let text = body.get("fault").and_then(Value::as_str);
    let text = text.ok_or_else(|| status::bad_request("`fault` is required"))?;
    text.parse().map_err(status::bad_request)
}

fn shown(armed: &Armed) -> Value {
    json!({ "id": armed.id, "fault": armed.fault.to_string(), "left": armed.left })
}

fn not_found() -> Status {
    Status::not_found("not found")
}
