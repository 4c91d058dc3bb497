//! JSON over plain HTTP/1.0, one connection a request: all that a test needs to talk to the embedded registry.

use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;

/// A response: its status and its body, `Null` where there is none.
pub type Response = (u16, Value);

/// Sends one request with an API key; `path` starts with a slash and carries the query.
///
/// # Panics
/// When there is no answer, or none in JSON.
#[must_use]
#[track_caller]
pub fn request(address: &str, key: &str, method: &str, path: &str, body: Option<&Value>) -> Response {
    let response = exchange(address, &head(address, key, method, path, body));
    let response = response.unwrap_or_else(|error| panic!("{method} {path} at {address}: {error}"));
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((&response, ""));
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("{method} {path} got no HTTP response: {head}"));
    let body = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_str(body) };
    (
        status,
        body.unwrap_or_else(|error| {
            panic!("{method} {path} got a body that is no JSON: {error}\n{response}")
        }),
    )
}

fn head(address: &str, key: &str, method: &str, path: &str, body: Option<&Value>) -> String {
    let body = body.map(Value::to_string).unwrap_or_default();
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// In HTTP/1.0 the body ends with the connection, so there is no length and no chunk to read.
fn exchange(address: &str, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    Ok(response)
}
