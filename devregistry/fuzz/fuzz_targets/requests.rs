//! Requests of all kinds, gRPC and HTTP/JSON, to a registry without a socket. Whatever they say, the registry answers
//! with a status of its own, never with the one that a defect gets.
//!
//! The first bytes of the input choose route, encoding and content type; the rest is query and body.
#![no_main]

use bytes::Bytes;
use devregistry::{DevRegistry, Settings};
use http::{Request, Response};
use libfuzzer_sys::fuzz_target;
use schema::account::Account;
use std::cell::RefCell;
use tokio::runtime::{Builder, Runtime};

/// After so many inputs the account starts afresh, so that a finding is not of a state that nobody can repeat.
const ROUND: u32 = 500;
const ROUTES: &str = include_str!("../../routes.tsv");
const GRPC: &str = "/temporal.api.cloud.cloudservice.v1.CloudService/";

struct Place {
    registry: DevRegistry,
    key: String,
    runtime: Runtime,
    inputs: u32,
}

impl Place {
    fn new() -> Option<Self> {
        let registry = DevRegistry::new(Account::empty("a2dd6".parse().ok()?), Settings::default()).ok()?;
        let key = registry.api_keys().values().next()?.expose().to_owned();
        Some(Self {
            registry,
            key,
            runtime: Builder::new_current_thread().enable_time().build().ok()?,
            inputs: 0,
        })
    }

    fn answer(&mut self, request: Request<Bytes>) -> Option<Response<Bytes>> {
        self.inputs += 1;
        self.runtime.block_on(self.registry.answer(request))
    }
}

thread_local! {
    static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
}

fuzz_target!(|input: &[u8]| {
    PLACE.with_borrow_mut(|place| {
        if place.as_ref().is_none_or(|place| place.inputs >= ROUND) {
            *place = Place::new();
        }
        let Some(place) = place else { return };
        let Some(request) = request(input, &place.key) else { return };
        if let Some(response) = place.answer(request) {
            check(&response);
        }
    });
});

fn check(response: &Response<Bytes>) {
    assert_ne!(response.status(), 500, "{:?}", response.body());
    let message = response.headers().get("grpc-message").map(|message| message.as_bytes());
    assert_ne!(message, Some(&b"internal%20error"[..]));
    assert_ne!(message, Some(&b"internal error"[..]));
}

fn request(input: &[u8], key: &str) -> Option<Request<Bytes>> {
    let [route, flags, split, rest @ ..] = input else { return None };
    let routes: Vec<&str> = ROUTES.lines().filter(|line| !line.starts_with('#')).collect();
    let mut cells = routes.get(usize::from(*route) % routes.len())?.split('\t');
    let (rpc, verb, path) = (cells.next()?, cells.next()?, cells.next()?);
    let (text, body) = rest.split_at(usize::from(*split).min(rest.len()));
    let request = Request::builder().header("authorization", format!("Bearer {key}"));
    let request = if flags & 1 == 0 { request } else { request.header("accept-encoding", "gzip") };
    if flags & 2 == 0 {
        let (variable, query) = text.split_at(text.len().min(8));
        let path = path.replace('{', "").replace('}', &printable(variable));
        let uri = format!("http://x{path}?{}", printable(query));
        let request = if flags & 4 == 0 { request } else { request.header("content-encoding", "gzip") };
        return request.method(verb).uri(uri).body(Bytes::copy_from_slice(body)).ok();
    }
    let request = request.method("POST").uri(format!("http://x{GRPC}{rpc}")).header("te", "trailers");
    let request = request.header("content-type", "application/grpc");
    let request = if flags & 4 == 0 { request } else { request.header("grpc-encoding", "gzip") };
    let body = if flags & 8 == 0 { framed(body, flags & 16 != 0) } else { body.to_vec() };
    request.body(Bytes::from(body)).ok()
}

/// A gRPC message with the length that it has.
fn framed(message: &[u8], compressed: bool) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or_default().to_be_bytes();
    [&[u8::from(compressed)], &length[..], message].concat()
}

/// What a URI may hold; the rest as percent escapes.
fn printable(bytes: &[u8]) -> String {
    let letter = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'=' | b'&' | b'.' | b'_' | b'-' | b'+' | b'%' => {
            char::from(*byte).to_string()
        }
        other => format!("%{other:02x}"),
    };
    bytes.iter().map(letter).collect()
}
