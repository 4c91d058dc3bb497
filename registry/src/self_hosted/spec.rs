//! Converts an Endpoint between the server's messages and the JSON that the rest of the client uses. Fields of a newer server
//! are kept in this JSON as `unknownFields`, and sent back with an update.

use super::wire;
use crate::endpoint::RegisteredEndpoint;
use crate::error::Problem;
use crate::json;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prost::{DecodeError, Message};
use serde_json::{Map, Value, json};
use temporalio_protos::temporal::api::common::v1::Payload;
use temporalio_protos::temporal::api::nexus::v1::endpoint_target::{External, Variant, Worker};
use temporalio_protos::temporal::api::nexus::v1::{Endpoint, EndpointSpec, EndpointTarget};

/// The JSON field with the bytes of unknown fields.
const UNKNOWN: &str = "unknownFields";
/// Field numbers: in an Endpoint, in its specification, and in its target.
const SPEC: u32 = 3;
const DESCRIPTION: u32 = 2;
const TARGET: u32 = 3;
const WORKER: u32 = 1;
const EXTERNAL: u32 = 2;

/// Reads an Endpoint.
pub(crate) fn read(bytes: &[u8]) -> Result<RegisteredEndpoint, Problem> {
    let malformed = |error: DecodeError| Problem::malformed_response(error.to_string());
    let json = endpoint(bytes).map_err(malformed)?;
    RegisteredEndpoint::from_json(json).map_err(Problem::malformed_response)
}

/// The message of a specification.
///
/// # Errors
/// When it has an allowlist, which a self-hosted server does not support.
pub(crate) fn write(spec: &Value) -> Result<Vec<u8>, Problem> {
    if !json::list(spec, "/policySpecs").is_empty() {
        return Err(Problem::Unusable("self-hosted Temporal has no allowlists".to_owned()));
    }
    let name = json::text(spec, "/name").to_owned();
    let mut bytes = EndpointSpec { name, ..EndpointSpec::default() }.encode_to_vec();
    if let Some(description) = spec.get("description").filter(|payload| payload.is_object()) {
        wire::put(DESCRIPTION, &payload(description), &mut bytes);
    }
    if let Some(target) = spec.get("targetSpec").filter(|target| target.is_object()) {
        wire::put(TARGET, &target_message(target), &mut bytes);
    }
    bytes.extend(unknown_fields(spec));
    Ok(bytes)
}

fn endpoint(bytes: &[u8]) -> Result<Value, DecodeError> {
    let read = Endpoint::decode(bytes)?;
    let spec = read_spec(&wire::inner(bytes, SPEC)?)?;
    let mut json = json!({
        "id": read.id,
        "resourceVersion": read.version.to_string(),
        "state": "RESOURCE_STATE_ACTIVE",
        "spec": spec,
    });
    let times = [("createdTime", read.created_time), ("lastModifiedTime", read.last_modified_time)];
    for (name, time) in times {
        if let (Some(time), Some(fields)) = (time, json.as_object_mut()) {
            fields.insert(name.to_owned(), serde_json::to_value(time).unwrap_or_default());
        }
    }
    Ok(json)
}

fn read_spec(bytes: &[u8]) -> Result<Value, DecodeError> {
    let read = EndpointSpec::decode(bytes)?;
    let mut json = Map::from_iter([("name".to_owned(), Value::String(read.name))]);
    if let Some(payload) = read.description {
        let unknown = wire::unknown(&wire::inner(bytes, DESCRIPTION)?, &[1, 2])?;
        json.insert("description".to_owned(), with(read_payload(payload), &unknown));
    }
    if wire::has(bytes, TARGET)? {
        json.insert("targetSpec".to_owned(), read_target(&wire::inner(bytes, TARGET)?)?);
    }
    Ok(with(json, &wire::unknown(bytes, &[1, DESCRIPTION, TARGET])?))
}

fn read_payload(payload: Payload) -> Map<String, Value> {
    let text = |bytes: &[u8]| Value::String(STANDARD.encode(bytes));
    let metadata: Map<_, _> =
        payload.metadata.iter().map(|(key, value)| (key.clone(), text(value))).collect();
    Map::from_iter([
        ("metadata".to_owned(), Value::Object(metadata)),
        ("data".to_owned(), text(&payload.data)),
    ])
}

fn read_target(bytes: &[u8]) -> Result<Value, DecodeError> {
    let kind = |name: &str, fields: &[(&str, String)], number: u32, known: &[u32]| {
        let fields = fields.iter().map(|(name, text)| ((*name).to_owned(), Value::String(text.clone())));
        let unknown = wire::unknown(&wire::inner(bytes, number)?, known)?;
        Ok::<_, DecodeError>(Map::from_iter([(name.to_owned(), with(fields.collect(), &unknown))]))
    };
    let json = match EndpointTarget::decode(bytes)?.variant {
        Some(Variant::Worker(Worker { namespace, task_queue })) => {
            let fields = [("namespaceId", namespace), ("taskQueue", task_queue)];
            kind("workerTargetSpec", &fields, WORKER, &[1, 2])?
        }
        Some(Variant::External(External { url })) => {
            kind("externalTargetSpec", &[("url", url)], EXTERNAL, &[1])?
        }
        None => Map::new(),
    };
    Ok(with(json, &wire::unknown(bytes, &[WORKER, EXTERNAL])?))
}

fn payload(json: &Value) -> Vec<u8> {
    let bytes = |text: &str| STANDARD.decode(text).unwrap_or_default();
    let metadata = json::entries(json, "/metadata");
    let metadata = metadata.map(|(key, value)| (key.clone(), bytes(value.as_str().unwrap_or_default())));
    let payload = Payload {
        metadata: metadata.collect(),
        data: bytes(json::text(json, "/data")),
        ..Payload::default()
    };
    let mut message = payload.encode_to_vec();
    message.extend(unknown_fields(json));
    message
}

fn target_message(json: &Value) -> Vec<u8> {
    let mut message = Vec::new();
    let of_kind = |kind| json.get(kind).filter(|fields| fields.is_object());
    if let Some(worker) = of_kind("workerTargetSpec") {
        let (namespace, task_queue) =
            (json::text(worker, "/namespaceId").to_owned(), json::text(worker, "/taskQueue").to_owned());
        let known = Worker { namespace, task_queue }.encode_to_vec();
        wire::put(WORKER, &[known, unknown_fields(worker)].concat(), &mut message);
    } else if let Some(external) = of_kind("externalTargetSpec") {
        let known = External { url: json::text(external, "/url").to_owned() }.encode_to_vec();
        wire::put(EXTERNAL, &[known, unknown_fields(external)].concat(), &mut message);
    }
    message.extend(unknown_fields(json));
    message
}

fn with(mut fields: Map<String, Value>, unknown: &[u8]) -> Value {
    if !unknown.is_empty() {
        fields.insert(UNKNOWN.to_owned(), Value::String(STANDARD.encode(unknown)));
    }
    Value::Object(fields)
}

fn unknown_fields(json: &Value) -> Vec<u8> {
    STANDARD.decode(json::text(json, &format!("/{UNKNOWN}"))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::RegisteredTarget;
    use crate::endpoint::change::{DescriptionChange, EndpointChange};
    use crate::endpoint::description::Description;
    use schema::account::Target;

    /// A field that no version knows yet.
    fn newer(number: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        wire::put(number, b"new", &mut bytes);
        bytes
    }

    fn text(payload: &str) -> Vec<u8> {
        let metadata = [("encoding".to_owned(), b"json/plain".to_vec())].into();
        Payload { metadata, data: payload.as_bytes().to_vec(), ..Payload::default() }.encode_to_vec()
    }

    /// An Endpoint of a server that is ahead of us, with something new at every level.
    fn ahead() -> Vec<u8> {
        let worker = Worker { namespace: "payments".into(), task_queue: "q".into() }.encode_to_vec();
        let mut target = Vec::new();
        wire::put(WORKER, &[worker, newer(90)].concat(), &mut target);
        target.extend(newer(91));
        let mut spec = EndpointSpec { name: "pay".into(), ..EndpointSpec::default() }.encode_to_vec();
        wire::put(DESCRIPTION, &[text("\"old\""), newer(92)].concat(), &mut spec);
        wire::put(TARGET, &target, &mut spec);
        spec.extend(newer(93));
        let mut endpoint = Endpoint { version: 7, id: "e1".into(), ..Endpoint::default() }.encode_to_vec();
        wire::put(SPEC, &spec, &mut endpoint);
        endpoint
    }

    #[test]
    fn an_endpoint_is_read() {
        let read = read(&ahead()).unwrap();
        assert_eq!((read.id(), read.name(), read.resource_version()), ("e1", "pay", "7"));
        assert_eq!(read.description(), Description::Text("old".to_owned()));
        assert_eq!(read.target().to_string(), "payments, task queue q");
        assert!(read.callers().is_empty() && !read.has_unknown_policies());
    }

    #[test]
    fn what_was_read_is_written_alike() {
        let read = read(&ahead()).unwrap();
        let endpoint = Endpoint { version: 7, id: "e1".into(), ..Endpoint::default() };
        let mut written = endpoint.encode_to_vec();
        wire::put(SPEC, &write(read.spec()).unwrap(), &mut written);
        assert_eq!(written, ahead());
    }

    #[test]
    fn an_update_keeps_what_is_newer_than_this_version() {
        let namespace = schema::backend::Backend::SelfHosted.namespace_id("vault").unwrap();
        let change = EndpointChange {
            name: Some("paid".parse().unwrap()),
            target: Some(Target::Worker { namespace, task_queue: "p".parse().unwrap() }),
            description: Some(DescriptionChange::Set("new".to_owned())),
            callers: None,
        };
        let spec = write(change.applied_to(&read(&ahead()).unwrap()).spec()).unwrap();
        let known = EndpointSpec::decode(spec.as_slice()).unwrap();
        assert_eq!((known.name.as_str(), known.description.unwrap().data), ("paid", b"\"new\"".to_vec()));
        let target = wire::inner(&spec, TARGET).unwrap();
        assert_eq!(wire::unknown(&wire::inner(&target, WORKER).unwrap(), &[1, 2]).unwrap(), newer(90));
        assert_eq!(wire::unknown(&target, &[WORKER]).unwrap(), newer(91));
        assert_eq!(wire::unknown(&wire::inner(&spec, DESCRIPTION).unwrap(), &[1, 2]).unwrap(), newer(92));
        assert_eq!(wire::unknown(&spec, &[1, 2, 3]).unwrap(), newer(93));
    }

    #[test]
    fn another_kind_of_target_goes_whole() {
        let change = EndpointChange {
            target: Some(Target::External { url: "https://a.example".to_owned() }),
            ..EndpointChange::default()
        };
        let changed = change.applied_to(&read(&ahead()).unwrap());
        assert_eq!(changed.target(), RegisteredTarget::External { url: "https://a.example".to_owned() });
        let spec = write(changed.spec()).unwrap();
        let target = EndpointTarget::decode(wire::inner(&spec, TARGET).unwrap().as_slice()).unwrap();
        assert_eq!(target.variant, Some(Variant::External(External { url: "https://a.example".into() })));
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        assert!(read(b"\xff").is_err());
        assert!(read(b"").is_err());
        let callers = json!({ "name": "pay", "policySpecs": [{}] });
        assert!(write(&callers).is_err());
    }
}
