//! The kinds of answers that no registry should give, in one table for all who talk to registries.

use super::{Answer, Asked, KEY, endpoint, object, text};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::{Result, Write};
use std::net::TcpStream;
use std::time::Duration;

/// One kind of answer.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// What it is.
    pub name: &'static str,
    /// The method that it answers.
    pub method: &'static str,
    /// How the path begins that it answers.
    pub path: &'static str,
    /// How it answers.
    pub answer: Answer,
    /// What a client says to it; `None` where it does no harm, and the client goes on.
    pub said: Option<&'static str>,
}

const LIST: &str = "/cloud/nexus/endpoints?";
const WRITE: &str = "/cloud/nexus/endpoints";
const OPERATION: &str = "/cloud/operations/";

const fn list(name: &'static str, answer: Answer, said: Option<&'static str>) -> Kind {
    Kind { name, method: "GET", path: LIST, answer, said }
}

const fn write(name: &'static str, answer: Answer, said: Option<&'static str>) -> Kind {
    Kind { name, method: "POST", path: WRITE, answer, said }
}

const fn operation(name: &'static str, answer: Answer, said: Option<&'static str>) -> Kind {
    Kind { name, method: "GET", path: OPERATION, answer, said }
}

const NO_JSON: Option<&str> = Some("without a JSON object");
const LATE: Option<&str> = Some("timed out");
const BROKEN: Option<&str> = Some("interrupted");
const THROTTLED: Option<&str> = Some("throttled");

/// Answers to the list of Endpoints.
pub const LISTS: &[Kind] = &[
    // Sizes.
    list("a huge body", |_, to| text(to, 200, "", &vec![b' '; 40 << 20]), Some("larger than 32 MiB")),
    list("a body without end", |_, to| endless(to), Some("larger than 32 MiB")),
    list(
        "a gzip bomb",
        |_, to| text(to, 200, "content-encoding: gzip\r\n", &bomb()),
        Some("larger than 32 MiB"),
    ),
    list("many values in a short text", |_, to| text(to, 200, "", &many_values()), Some("more than 160 MiB")),
    list("a huge refusal", |_, to| text(to, 500, "", &vec![b'x'; 40 << 20]), Some("status 500")),
    list("headers without end", |_, to| endless_headers(to), BROKEN),
    list("a slow body", |_, to| slow(to), LATE),
    list("no answer", |_, _| hang(), LATE),
    // Shapes.
    list("a list instead of an object", |_, to| object(to, 200, "", &json!([])), NO_JSON),
    list(
        "a number for the list",
        |_, to| object(to, 200, "", &json!({ "endpoints": 7 })),
        Some("missing list"),
    ),
    list(
        "an error with the status of a success",
        |_, to| object(to, 200, "", &json!({ "code": 12, "message": "no route" })),
        Some("missing list"),
    ),
    list(
        "numbers for texts",
        |_, to| page(to, &[json!({ "id": 7, "spec": { "name": 8 } })], ""),
        Some("has no id"),
    ),
    list("deep nesting", |_, to| text(to, 200, "", "[".repeat(1 << 20).as_bytes()), NO_JSON),
    list("invalid UTF-8", |_, to| text(to, 200, "", b"{\"endpoints\":[\"\xff\xfe\"]}"), Some("not UTF-8")),
    list("half a JSON text", |_, to| text(to, 200, "", br#"{"endpoints":[{"id":"e1""#), NO_JSON),
    list(
        "a page of HTML",
        |_, to| text(to, 200, "content-type: text/html\r\n", b"<html>sign in</html>"),
        NO_JSON,
    ),
    list("no body", |_, to| text(to, 200, "", b""), NO_JSON),
    list("an empty list as null", |_, to| object(to, 200, "", &json!({ "endpoints": null })), None),
    list("a field twice", |_, to| text(to, 200, "", br#"{"endpoints":[7],"endpoints":[]}"#), None),
    list("another content type", |_, to| text(to, 200, "content-type: image/png\r\n", b"{}"), None),
    // Statuses.
    list("an interim status first", |_, to| interim(to), None),
    list("no content", |_, to| text(to, 204, "", b""), NO_JSON),
    list("a redirect to itself", redirect, Some("status 302")),
    list("a bare 401", |_, to| text(to, 401, "", b"who?"), Some("status 401")),
    list("a proxy's 403", |_, to| text(to, 403, "", b"<html>blocked</html>"), Some("status 403")),
    list("a proxy's 404", |_, to| text(to, 404, "", b"<html>gone</html>"), Some("status 404")),
    list("a status 408", |_, to| text(to, 408, "", b""), Some("status 408")),
    list("a status 409", |_, to| refuse(to, 409, 10, "conflict", ""), Some("aborted: conflict")),
    list("a teapot", |_, to| text(to, 418, "", b""), Some("status 418")),
    list("unavailable for ever", |_, to| text(to, 503, "", b""), Some("unavailable")),
    list("throttled without a word", |_, to| refuse(to, 429, 8, "slow", ""), THROTTLED),
    list("Retry-After of ages", |_, to| throttle(to, "99999999999"), THROTTLED),
    list("Retry-After beyond all numbers", |_, to| throttle(to, "99999999999999999999999999"), THROTTLED),
    list("a negative Retry-After", |_, to| throttle(to, "-5"), THROTTLED),
    list("a date as Retry-After", |_, to| throttle(to, "Fri, 31 Dec 9999 23:59:59 GMT"), THROTTLED),
    list("rubbish as Retry-After", |_, to| throttle(to, "soon"), THROTTLED),
    list("Retry-After of no number", |_, to| throttle(to, "NaN"), THROTTLED),
    // Pages.
    list(
        "empty pages for ever",
        |asked, to| page(to, &[], &format!("t{}", asked.before + 1)),
        Some("more than 1000 empty pages"),
    ),
    list("new Endpoints for ever", new_endpoints, Some("more than 16000 items")),
    list("the same page token", |_, to| page(to, &[], "t"), Some("repeats an earlier page token")),
    list("the same ids", same_ids, Some("repeats the id `e1`")),
    list(
        "a page token of 1 MB",
        |_, to| page(to, &[], &"t".repeat(1 << 20)),
        Some("page token after page 1"),
    ),
    list("an Endpoint without an id", |_, to| page(to, &[endpoint("", "a")], ""), Some("has no id")),
    // Names.
    list(
        "an id of two lines",
        |_, to| page(to, &[endpoint("e1\n::error::x", "a")], ""),
        Some("is not an id"),
    ),
    list("a list that grows while it is read", grows, None),
    list(
        "a name of two lines",
        |_, to| page(to, &[endpoint("e1", "a\n::error::x")], ""),
        Some("is not a valid name"),
    ),
    list("a caller that is a path", |_, to| page(to, &[called_by("../users")], ""), Some("is not an id")),
    list(
        "a target with an escape",
        |_, to| page(to, &[targeting("ledger\u{1b}[2J")], ""),
        Some("is not a valid name"),
    ),
    list("an id that is a path", |_, to| page(to, &[endpoint("../users", "a")], ""), Some("is not an id")),
    list("the key as a name", |_, to| page(to, &[endpoint("e1", KEY)], ""), Some("contains the API key")),
    list(
        "the key in a refusal",
        |_, to| refuse(to, 400, 9, &format!("Bearer {KEY}: no"), ""),
        Some("Bearer ***: no"),
    ),
    // Connections.
    list("closed within the body", |_, to| cut(to), BROKEN),
    list("closed at once", |_, _| Ok(()), BROKEN),
    list("TLS after all", |_, to| to.write_all(&[21, 3, 3, 0, 2, 2, 40]), Some("it requires TLS")),
];

/// Answers to a creation and about its operation.
pub const WRITES: &[Kind] = &[
    write(
        "a write without an operation",
        |_, to| object(to, 200, "", &json!({ "endpointId": "e1" })),
        Some("missing operation"),
    ),
    write("a new id that is a path", created, Some("is not an id")),
    operation(
        "an operation that never ends",
        |asked, to| state(asked, to, "STATE_PENDING"),
        Some("still in progress"),
    ),
    operation("an unknown state", |asked, to| state(asked, to, "STATE_\u{1b}[2J"), Some("still in progress")),
    operation(
        "a failure that tells the key",
        |asked, to| state(asked, to, "STATE_FAILED"),
        Some("Bearer *** is not welcome"),
    ),
    operation("the operation of another", |_, to| others(to), Some("it describes operation `other`")),
    operation("no such operation", |_, to| refuse(to, 404, 5, "no operation", ""), Some("no operation")),
];

/// Ids and names in answers other than those about Endpoints.
pub const OTHERS: &[Kind] = &[
    other("a rule's id that is a path", RULES, |_, to| rule(to, "../users", "vpce-1"), "is not an id"),
    other(
        "a connection of two lines",
        RULES,
        |_, to| rule(to, "r1", "vpce\n::error::x"),
        "is not a valid name",
    ),
    other(
        "an attached rule that is a path",
        NAMESPACES,
        |_, to| namespace(to, &json!({ "connectivityRuleIds": ["../users"] })),
        "is not an id",
    ),
    other(
        "a region with an escape",
        NAMESPACES,
        |_, to| namespace(to, &json!({ "regions": ["aws\u{1b}[2J"] })),
        "is not an id",
    ),
    other(
        "a region's id of two lines",
        REGIONS,
        |_, to| object(to, 200, "", &json!({ "regions": [{ "id": "aws\n::error::x" }] })),
        "is not an id",
    ),
    other(
        "an identity with an escape",
        IDENTITY,
        |_, to| {
            object(
                to,
                200,
                "",
                &json!({ "serviceAccount": { "id": "sa1", "spec": { "name": "ci\u{1b}[2J" } } }),
            )
        },
        "missing user or service account",
    ),
    Kind {
        name: "a new rule's id that is a path",
        method: "POST",
        path: RULES,
        answer: created_rule,
        said: Some("is not an id"),
    },
];

/// What [`OTHERS`] are answers to.
pub const RULES: &str = "/cloud/connectivity-rules";
/// The list of Namespaces.
pub const NAMESPACES: &str = "/cloud/namespaces?";
/// The list of regions.
pub const REGIONS: &str = "/cloud/regions";
/// Whose key it is.
pub const IDENTITY: &str = "/cloud/current-identity";

const fn other(name: &'static str, path: &'static str, answer: Answer, said: &'static str) -> Kind {
    Kind { name, method: "GET", path, answer, said: Some(said) }
}

fn rule(to: &mut TcpStream, id: &str, connection: &str) -> Result<()> {
    let spec = json!({ "privateRule": { "connectionId": connection, "region": "aws-us-east-1" } });
    object(to, 200, "", &json!({ "connectivityRules": [{ "id": id, "spec": spec }] }))
}

fn created_rule(asked: &Asked, to: &mut TcpStream) -> Result<()> {
    let operation = json!({ "id": asked.operation(), "state": "STATE_FULFILLED" });
    object(to, 200, "", &json!({ "connectivityRuleId": "../x", "asyncOperation": operation }))
}

fn namespace(to: &mut TcpStream, spec: &Value) -> Result<()> {
    let namespace = json!({ "namespace": "ledger.tiny1", "state": "RESOURCE_STATE_ACTIVE", "spec": spec });
    object(to, 200, "", &json!({ "namespaces": [namespace] }))
}

/// The second page shows the item of the first one again, as what is added in front moves it; a second reading is sound.
fn grows(asked: &Asked, to: &mut TcpStream) -> Result<()> {
    match asked.before {
        0 => page(to, &[endpoint("e1", "a")], "t"),
        1 => page(to, &[endpoint("e1", "a"), endpoint("e2", "b")], ""),
        _ => page(to, &[endpoint("e0", "c"), endpoint("e1", "a"), endpoint("e2", "b")], ""),
    }
}

fn called_by(caller: &str) -> Value {
    with("/spec/policySpecs/0/allowedCloudNamespacePolicySpec/namespaceId", caller)
}

fn targeting(namespace: &str) -> Value {
    with("/spec/targetSpec/workerTargetSpec/namespaceId", namespace)
}

/// An Endpoint with another text at a JSON pointer.
fn with(pointer: &str, text: &str) -> Value {
    let mut endpoint = endpoint("e1", "a");
    *endpoint.pointer_mut(pointer).expect("an Endpoint has it") = json!(text);
    endpoint
}

fn endless(to: &mut TcpStream) -> Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"endpoints\":[")?;
    let some = [b' '; 1 << 16];
    loop {
        to.write_all(&some)?;
    }
}

/// 64 MiB of blanks.
fn bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let blanks = [b' '; 1 << 16];
    (0..1 << 10).for_each(|_| encoder.write_all(&blanks).expect("memory takes what is written"));
    encoder.finish().expect("memory takes what is written")
}

fn many_values() -> Vec<u8> {
    format!("{{\"endpoints\":[{}{{}}]}}", "{\"a\":0},".repeat(1 << 20)).into_bytes()
}

fn endless_headers(to: &mut TcpStream) -> Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\n")?;
    loop {
        to.write_all(b"x-more: of the same\r\n")?;
    }
}

fn slow(to: &mut TcpStream) -> Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
    loop {
        to.write_all(b" ")?;
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn hang() -> Result<()> {
    std::thread::sleep(Duration::from_secs(120));
    Ok(())
}

fn interim(to: &mut TcpStream) -> Result<()> {
    to.write_all(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n")?;
    object(to, 200, "", &json!({}))
}

fn redirect(asked: &Asked, to: &mut TcpStream) -> Result<()> {
    let headers = format!("location: {}\r\n", asked.path);
    text(to, 302, &headers, b"")
}

fn refuse(to: &mut TcpStream, status: u16, code: u16, message: &str, headers: &str) -> Result<()> {
    object(to, status, headers, &json!({ "code": code, "message": message, "details": [message] }))
}

fn throttle(to: &mut TcpStream, after: &str) -> Result<()> {
    refuse(to, 429, 8, "slow down", &format!("retry-after: {after}\r\n"))
}

fn page(to: &mut TcpStream, endpoints: &[Value], token: &str) -> Result<()> {
    object(to, 200, "", &json!({ "endpoints": endpoints, "nextPageToken": token }))
}

fn new_endpoints(asked: &Asked, to: &mut TcpStream) -> Result<()> {
    let first = asked.before * 500;
    let endpoints: Vec<_> =
        (first..first + 500).map(|at| endpoint(&format!("e{at}"), &format!("pay-{at}"))).collect();
    page(to, &endpoints, &format!("t{first}"))
}

fn same_ids(asked: &Asked, to: &mut TcpStream) -> Result<()> {
    page(to, &[endpoint("e1", "a")], &format!("t{}", asked.before))
}

fn cut(to: &mut TcpStream) -> Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\n{\"endpoints\":[")
}

fn created(asked: &Asked, to: &mut TcpStream) -> Result<()> {
    let operation = json!({ "id": asked.operation(), "state": "STATE_FULFILLED" });
    object(to, 200, "", &json!({ "endpointId": "../x", "asyncOperation": operation }))
}

/// The operation that is asked for, in this state, for a reason that holds the key.
fn state(asked: &Asked, to: &mut TcpStream, state: &str) -> Result<()> {
    let id = asked.path.trim_start_matches(OPERATION);
    let failure_reason = format!("Bearer {KEY} is not welcome");
    let operation =
        json!({ "id": id, "state": state, "checkDuration": "0.01s", "failureReason": failure_reason });
    object(to, 200, "", &json!({ "asyncOperation": operation }))
}

fn others(to: &mut TcpStream) -> Result<()> {
    object(to, 200, "", &json!({ "asyncOperation": { "id": "other", "state": "STATE_FULFILLED" } }))
}
