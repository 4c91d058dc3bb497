//! Whatever a request says, its answer has a status of its own, never the one of a defect. The long run is in `fuzz/`.

use crate::world::account;
use bytes::Bytes;
use devregistry::{DevRegistry, Settings};
use http::{Request, Response};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const GRPC: &str = "/temporal.api.cloud.cloudservice.v1.CloudService/";
/// Names that requests have, so that what is under them is looked at.
const NAMES: [&str; 16] = [
    "spec",
    "name",
    "targetSpec",
    "workerTargetSpec",
    "namespaceId",
    "taskQueue",
    "policySpecs",
    "allowedCloudNamespacePolicySpec",
    "description",
    "data",
    "resourceVersion",
    "asyncOperationId",
    "replicas",
    "access",
    "tags",
    "retention_days",
];

/// What the registry may have to cope with besides; the first is nothing.
const FAULTS: [&str; 5] = ["", "operation-fails", "operation-rejected", "unknown-fields", "unknown-enums"];

fn routes() -> Vec<[&'static str; 3]> {
    let rows = include_str!("../../routes.tsv").lines().filter(|row| !row.starts_with('#'));
    rows.map(|row| row.split('\t').take(3).collect::<Vec<_>>().try_into().unwrap()).collect()
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("orders.a2dd6")),
        Just(json!("aws-us-east-1")),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(&NAMES), inner), 0..6).prop_map(|fields| {
                Value::Object(
                    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>(),
                )
            }),
        ]
    })
}

fn registry(fault: &str) -> DevRegistry {
    let faults = fault.parse().into_iter().collect();
    DevRegistry::new(account(), Settings { faults, ..Settings::default() }).unwrap()
}

fn answer(fault: &str, request: http::request::Builder, body: Vec<u8>) -> Response<Bytes> {
    thread_local! {
        static REGISTRIES: Vec<DevRegistry> = FAULTS.iter().map(|fault| registry(fault)).collect();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let chosen = FAULTS.iter().position(|other| *other == fault).unwrap();
    REGISTRIES.with(|registries| {
        let registry = &registries[chosen];
        let key = registry.api_keys().remove(&crate::world::OWNER.parse().unwrap()).unwrap();
        let request: Request<Bytes> =
            request.header("authorization", format!("Bearer {}", key.expose())).body(body.into()).unwrap();
        runtime.block_on(registry.answer(request)).unwrap()
    })
}

#[track_caller]
fn is_deliberate(response: &Response<Bytes>) {
    assert_ne!(response.status(), 500, "{:?}", response.body());
    let message = response.headers().get("grpc-message").map(|message| message.to_str().unwrap());
    assert!(!message.is_some_and(|message| message.starts_with("internal")), "{message:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_of_any_shape_is_answered(
        route in prop::sample::select(routes()),
        fault in prop::sample::select(&FAULTS),
        body in json_value(),
        id in "[a-z0-9.%-]{1,12}",
        query in "[a-zA-Z0-9=&._%-]{0,40}",
    ) {
        let [_, verb, path] = route;
        let path: String = path.split('/').map(|part| if part.starts_with('{') { id.clone() } else { part.to_owned() }).collect::<Vec<_>>().join("/");
        let request = Request::builder().method(verb).uri(format!("http://x{path}?{query}"));
        let response = answer(fault, request, body.to_string().into_bytes());
        is_deliberate(&response);
        prop_assert!(serde_json::from_slice::<Value>(response.body()).is_ok());
    }

    #[test]
    fn bytes_of_any_kind_are_answered(
        route in prop::sample::select(routes()),
        fault in prop::sample::select(&FAULTS),
        body in prop::collection::vec(any::<u8>(), 0..200),
        framed in any::<bool>(),
        gzip in any::<bool>(),
    ) {
        let request = Request::builder().method("POST").uri(format!("http://x{GRPC}{}", route[0]));
        let request = request.header("content-type", "application/grpc").header("te", "trailers");
        let request = if gzip { request.header("grpc-encoding", "gzip") } else { request };
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let bytes = if framed { [&[u8::from(gzip)], &length[..], &body].concat() } else { body };
        let response = answer(fault, request, bytes);
        prop_assert_eq!(response.status(), 200);
        is_deliberate(&response);
    }
}
