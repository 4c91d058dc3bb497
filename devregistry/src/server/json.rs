//! Converts between canonical protobuf JSON and encoded messages. As in gateways for Google's HTTP rules, unknown fields in
//! bodies and queries are ignored, so that newer clients work.

use crate::faults::newer_api::NewerApi;
use crate::server::route::Route;
use crate::status::bad_request;
use percent_encoding::percent_decode_str;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor,
};
use serde_json::{Map, Value};
use std::fmt::Display;
use std::sync::LazyLock;
use tonic::Status;

const PACKAGE: &str = "temporal.api.cloud.cloudservice.v1";

/// Decoded at the first HTTP call, as gRPC does not need it.
static POOL: LazyLock<Option<DescriptorPool>> = LazyLock::new(|| {
    let set: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/cloudservice.bin"));
    DescriptorPool::decode(set).ok()
});

/// The encoded request of an HTTP call: its body or query, overridden by the fields in the path.
pub(crate) fn request(
    route: &Route,
    fields: &[(&str, String)],
    query: &str,
    body: &[u8],
) -> Result<Vec<u8>, Status> {
    let descriptor = message(route.rpc, "Request")?;
    let mut object = if route.has_body() { parse(body)? } else { from_query(&descriptor, query)? };
    for (path, text) in fields {
        let path: Vec<&str> = path.split('.').collect();
        override_field(&mut object, &path, text);
    }
    let options = DeserializeOptions::new().deny_unknown_fields(false);
    let message = DynamicMessage::deserialize_with_options(descriptor, Value::Object(object), &options);
    let message = message.map_err(|error| bad_request(format!("invalid request: {error}")))?;
    Ok(message.encode_to_vec())
}

/// The JSON of an encoded response.
pub(crate) fn response(rpc: &str, answer: &[u8], newer_api: NewerApi) -> Result<Vec<u8>, Status> {
    let internal = |error: &dyn Display| Status::internal(error.to_string());
    let descriptor = message(rpc, "Response")?;
    let message = DynamicMessage::decode(descriptor.clone(), answer).map_err(|error| internal(&error))?;
    if !newer_api.any() {
        return serde_json::to_vec(&message).map_err(|error| internal(&error));
    }
    let mut json = serde_json::to_value(&message).map_err(|error| internal(&error))?;
    newer_api.add_to_json(&descriptor, &mut json);
    serde_json::to_vec(&json).map_err(|error| internal(&error))
}

/// The descriptor of an RPC's `Request` or `Response`.
pub(crate) fn message(rpc: &str, suffix: &str) -> Result<MessageDescriptor, Status> {
    let name = format!("{PACKAGE}.{rpc}{suffix}");
    let found = POOL.as_ref().and_then(|pool| pool.get_message_by_name(&name));
    found.ok_or_else(|| Status::internal(format!("no message is named `{name}`")))
}

/// No body at all is an empty message.
fn parse(body: &[u8]) -> Result<Map<String, Value>, Status> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(bad_request("the body is no JSON object")),
        Err(error) => Err(bad_request(format!("the body is not valid JSON: {error}"))),
    }
}

/// Sets a field from the path, by its proto name, and removes it from the body under both of its names.
fn override_field(object: &mut Map<String, Value>, path: &[&str], text: &str) {
    let [name, rest @ ..] = path else { return };
    if rest.is_empty() {
        object.remove(&camel_case(name));
        object.insert((*name).to_owned(), text.into());
        return;
    }
    let inner = object.entry(*name).or_insert_with(|| Map::new().into());
    if let Value::Object(inner) = inner {
        override_field(inner, rest, text);
    }
}

fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        name + &head.to_ascii_uppercase() + tail
    })
}

/// The JSON object of a query.
fn from_query(descriptor: &MessageDescriptor, query: &str) -> Result<Map<String, Value>, Status> {
    let mut object = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        let path: Vec<&str> = name.split('.').collect();
        set(&mut object, descriptor, &path, &value)
            .map_err(|problem| bad_request(format!("query parameter `{}` {problem}", name.escape_debug())))?;
    }
    Ok(object)
}

fn decode(text: &str) -> Result<String, Status> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8();
    decoded.map(Into::into).map_err(|_| bad_request("the query is not valid UTF-8"))
}

fn set(
    object: &mut Map<String, Value>,
    descriptor: &MessageDescriptor,
    path: &[&str],
    text: &str,
) -> Result<(), &'static str> {
    let [name, rest @ ..] = path else { return Ok(()) };
    let by_name = || descriptor.get_field_by_name(name);
    let Some(field) = descriptor.get_field_by_json_name(name).or_else(by_name) else { return Ok(()) };
    if rest.is_empty() {
        return set_value(object, &field, text);
    }
    let Kind::Message(inner) = field.kind() else { return Ok(()) };
    if field.is_list() || field.is_map() {
        return Err("leads into a repeated field");
    }
    let value = object.entry(field.json_name()).or_insert_with(|| Map::new().into());
    let Value::Object(value) = value else { return Err("is given twice") };
    set(value, &inner, rest, text)
}

fn set_value(
    object: &mut Map<String, Value>,
    field: &FieldDescriptor,
    text: &str,
) -> Result<(), &'static str> {
    if field.is_map() {
        return Err("is a map, which a query cannot hold");
    }
    let value = scalar(&field.kind(), text)?;
    if field.is_list() {
        let list = object.entry(field.json_name()).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(value);
        }
        return Ok(());
    }
    let earlier = object.insert(field.json_name().to_owned(), value);
    if earlier.is_some() { Err("is given twice") } else { Ok(()) }
}

/// Numbers stay text, which canonical JSON allows; the well-known types are text as well.
fn scalar(kind: &Kind, text: &str) -> Result<Value, &'static str> {
    match kind {
        Kind::Bool => text.parse::<bool>().map(Value::Bool).map_err(|_| "is neither true nor false"),
        Kind::Enum(names) => match text.parse::<i32>() {
            Ok(number) => Ok(number.into()),
            Err(_) if names.get_value_by_name(text).is_some() => Ok(text.into()),
            Err(_) => Err("has a value that is not known"),
        },
        Kind::Message(inner) if !inner.full_name().starts_with("google.protobuf.") => {
            Err("is a message: name one of its fields")
        }
        _ => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls;

    #[test]
    fn the_pruned_descriptors_have_every_message_that_is_served() {
        for rpc in calls::SERVED {
            assert!(message(rpc.name, "Request").is_ok() && message(rpc.name, "Response").is_ok());
        }
    }

    #[test]
    fn every_path_variable_is_a_field_of_its_request() {
        let mut known = 0;
        for row in include_str!("../../routes.tsv").lines().filter(|line| !line.starts_with('#')) {
            let (rpc, path) = (row.split('\t').next().unwrap(), row.rsplit('\t').next().unwrap());
            // The table is of a newer API than the descriptors.
            let Ok(descriptor) = message(rpc, "Request") else { continue };
            known += 1;
            let variables = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
            for variable in variables {
                let first = variable.split('.').next().unwrap();
                assert!(descriptor.get_field_by_name(first).is_some(), "{row}");
            }
        }
        assert!(known > 50, "{known}");
    }

    #[test]
    fn numbers_are_read_in_every_way_that_json_writes_them() {
        let descriptor = message("GetUsers", "Request").unwrap();
        for text in ["7", "\"7\"", "7.0"] {
            let value: Value = serde_json::from_str(&format!("{{\"pageSize\":{text}}}")).unwrap();
            let read = DynamicMessage::deserialize_with_options(
                descriptor.clone(),
                value,
                &DeserializeOptions::new(),
            );
            let read = read.unwrap();
            assert_eq!(read.get_field_by_name("page_size").unwrap().as_i32(), Some(7), "{text}");
        }
    }
}
