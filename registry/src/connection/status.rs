//! From an HTTP response to its meaning. Only a gRPC status in the body comes from the registry for certain: a bare 403 or
//! 404 may be a proxy's, and must not be taken for "permission denied" or "not found".

use crate::connection::excerpt::excerpt;
use crate::connection::redaction::Redaction;
use crate::error::Problem;
use serde_json::Value;
use std::time::Duration;

/// The problem of a response whose status is not 2xx.
pub(crate) fn problem(
    status: u16,
    body: &str,
    retry_after: Option<Duration>,
    redaction: &Redaction,
) -> Problem {
    let parsed: Option<Value> = serde_json::from_str(body).ok();
    let code = parsed.as_ref().and_then(|body| body.get("code")).and_then(Value::as_i64);
    let message = parsed.as_ref().and_then(|body| body.get("message")).and_then(Value::as_str);
    match code {
        Some(_) if status == 413 => Problem::InvalidArgument(format!(
            "the request is larger than the registry accepts: {}",
            message_excerpt(&redaction.hide(message.unwrap_or_default()))
        )),
        Some(code) if code != 0 => {
            of_code(code, message_excerpt(&redaction.hide(message.unwrap_or_default())), retry_after)
        }
        _ => of_status(status, &redaction.hide(body), retry_after),
    }
}

/// Whether this is how servers with TLS respond to a request without.
pub(crate) fn requires_tls(status: u16, body: &str) -> bool {
    status == 400
        && ["to an HTTPS server", "to HTTPS port", "to a TLS port"].iter().any(|words| body.contains(words))
}

/// The problem of a gRPC status.
pub(crate) fn of_grpc(code: i64, message: &str) -> Problem {
    of_code(code, message_excerpt(message), None)
}

fn message_excerpt(message: &str) -> String {
    if message.trim().is_empty() { "no reason given".to_owned() } else { excerpt(message) }
}

fn of_code(code: i64, message: String, retry_after: Option<Duration>) -> Problem {
    match code {
        8 if is_about_size(&message) => {
            Problem::InvalidArgument(format!("the request is larger than the registry accepts: {message}"))
        }
        3 | 11 => Problem::InvalidArgument(message),
        4 => Problem::TimedOut(message),
        5 => Problem::NotFound(message),
        6 => Problem::AlreadyExists(message),
        7 => Problem::PermissionDenied(message),
        8 => Problem::Throttled { message, retry_after },
        9 => Problem::FailedPrecondition(message),
        10 => Problem::Aborted(message),
        12 => Problem::Unimplemented(message),
        14 => Problem::Unavailable(message),
        16 => Problem::Unauthenticated(message),
        _ => Problem::Other { code, message },
    }
}

/// Whether a `ResourceExhausted` is about the size of the request, which no pause makes smaller: that of gRPC servers and of
/// the embedded registry.
fn is_about_size(message: &str) -> bool {
    ["larger than max", "message length too large", "a request has at most"]
        .iter()
        .any(|words| message.contains(words))
}

fn of_status(status: u16, body: &str, retry_after: Option<Duration>) -> Problem {
    let reason = format!("status {status} without a gRPC status");
    match status {
        413 => Problem::InvalidArgument("the request is larger than the registry accepts".to_owned()),
        429 => Problem::Throttled { message: reason, retry_after },
        502 | 503 => Problem::Unavailable(reason),
        504 => Problem::TimedOut(reason),
        _ => Problem::MalformedResponse { reason, excerpt: excerpt(body) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, expected: &str) {
        assert_eq!(problem(status, body, None, &Redaction::default()).to_string(), expected);
    }

    #[test]
    fn the_registrys_own_status_decides() {
        let denied = r#"{"code":7,"message":"request unauthorized","details":[]}"#;
        check(403, denied, "permission denied: request unauthorized");
        check(409, r#"{"code":6,"message":"taken"}"#, "already exists: taken");
        check(409, r#"{"code":10,"message":"version"}"#, "aborted: version");
        check(400, r#"{"code":9,"message":"a\n\u001bb"}"#, "failed precondition: a \u{fffd}b");
        check(500, r#"{"code":13,"message":""}"#, "the registry responded with code 13: no reason given");
    }

    #[test]
    fn a_request_that_is_too_large_is_not_throttled() {
        let large = r#"{"code":8,"message":"a request has at most 4194304 bytes","details":[]}"#;
        let expected = "invalid argument: the request is larger than the registry accepts: a request has at most 4194304 bytes";
        check(413, large, expected);
        check(429, large, expected);
        check(413, "", "invalid argument: the request is larger than the registry accepts");
        check(429, r#"{"code":8,"message":"slow down"}"#, "throttled: slow down");
    }

    #[test]
    fn a_proxys_page_proves_nothing() {
        let reason = "malformed response: status 404 without a gRPC status; it begins with `<html> gone`";
        check(404, "<html>\n gone", reason);
        check(503, "<html>", "unavailable: status 503 without a gRPC status");
        check(429, "", "throttled: status 429 without a gRPC status");
    }
}
