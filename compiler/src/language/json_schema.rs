//! The JSON Schema of policies, generated from the block tables. It describes the shape of a policy file; names are resolved
//! by the compiler. Strings are templates, so wherever an expression is allowed, a string with `${` or `%{` is accepted.

use crate::language::block::{Attribute, BLOCKS, BlockKind, BlockType, Required, Type};
use serde_json::{Map, Value, json};

/// The schema of one policy file, with the attributes of a `lint` block. A policy may consist of several files, so no
/// block is required.
#[must_use]
pub fn policy_schema(lint: &[Attribute]) -> Value {
    let attributes = |block: &BlockType| if block.kind == BlockKind::Lint { lint } else { block.attributes };
    let property = |block: &BlockType| (block.kind.name().to_owned(), block_schema(block, attributes(block)));
    let properties: Map<_, _> = BLOCKS.iter().map(property).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A policy for Temporal Nexus, in JSON",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "if": {
            "properties": { "account": { "not": { "properties": { "backend": { "not": { "const": "cloud" } } }, "required": ["backend"] } } },
            "required": ["account"],
        },
        "then": { "properties": needed_on_cloud() },
        "$defs": {
            "template": { "type": "string", "pattern": "[$%]\\{" },
        },
    })
}

/// The attributes that are required unless `backend` is `self_hosted`.
fn needed_on_cloud() -> Map<String, Value> {
    let needed = BLOCKS.iter().filter_map(|block| {
        let names = names(block.attributes, Required::OnCloud);
        let required = json!({ "required": names });
        let schema =
            if block.kind.is_labelled() { json!({ "additionalProperties": required }) } else { required };
        (!names.is_empty()).then(|| (block.kind.name().to_owned(), schema))
    });
    needed.collect()
}

fn block_schema(block: &BlockType, attributes: &[Attribute]) -> Value {
    let mut body = object(attributes);
    if block.kind == BlockKind::Locals {
        // Its attributes have user-defined names.
        body.insert("additionalProperties".to_owned(), json!(true));
    }
    if !block.kind.is_labelled() {
        body.insert("description".to_owned(), json!(block.doc));
        return Value::Object(body);
    }
    if block.kind == BlockKind::Removed {
        let named = json!({ "type": "object", "additionalProperties": body });
        let kinds = json!({ "endpoint": named, "privatelink": named });
        return json!({
            "description": block.doc, "type": "object", "properties": kinds, "additionalProperties": false,
        });
    }
    json!({ "description": block.doc, "type": "object", "additionalProperties": body })
}

fn object(attributes: &[Attribute]) -> Map<String, Value> {
    let properties: Map<_, _> =
        attributes.iter().map(|attribute| (attribute.name.to_owned(), attribute_schema(attribute))).collect();
    let schema = json!({
        "type": "object",
        "properties": properties,
        "required": names(attributes, Required::Always),
        "additionalProperties": false,
    });
    schema.as_object().cloned().unwrap_or_default()
}

fn names(attributes: &[Attribute], required: Required) -> Vec<&'static str> {
    let required = attributes.iter().filter(|attribute| attribute.required == required);
    required.map(|attribute| attribute.name).collect()
}

fn attribute_schema(attribute: &Attribute) -> Value {
    let mut any = alternatives(attribute.of);
    if attribute.required != Required::Always {
        any.push(json!({ "type": "null" }));
    }
    let mut schema = match <[Value; 1]>::try_from(any) {
        Ok([only]) => only,
        Err(any) => json!({ "anyOf": any }),
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), json!(attribute.doc));
    }
    schema
}

/// The alternatives for a value.
fn alternatives(of: Type) -> Vec<Value> {
    let template = json!({ "$ref": "#/$defs/template" });
    let map = |of: &Type| json!({ "type": "object", "additionalProperties": value(*of) });
    match of {
        Type::Text
        | Type::TypeExpression
        | Type::Message
        | Type::Namespace(_)
        | Type::Endpoint
        | Type::Principal
        | Type::User => vec![json!({ "type": "string" })],
        Type::Any => vec![json!({})],
        Type::Instances => vec![json!({ "type": "object" }), template],
        Type::Count => vec![json!({ "type": "integer", "minimum": 0 }), template],
        Type::Bool | Type::Condition => vec![json!({ "type": "boolean" }), template],
        Type::Word(words) => vec![json!({ "enum": words }), template],
        Type::Date => vec![json!({ "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$" }), template],
        Type::Object(attributes) => vec![Value::Object(object(attributes)), template],
        Type::List(of) => vec![json!({ "type": "array", "items": value(*of) }), template],
        Type::OneOrMore(of) => {
            let mut any = alternatives(*of);
            any.push(json!({ "type": "array", "items": value(*of) }));
            any
        }
        Type::Map(of) | Type::NamespaceMap(of) => vec![map(of), template],
    }
}

fn value(of: Type) -> Value {
    let any = alternatives(of);
    match <[Value; 1]>::try_from(any) {
        Ok([only]) => only,
        Err(any) => json!({ "anyOf": any }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_and_attribute_is_in_the_schema() {
        let schema = policy_schema(&[]);
        for block in BLOCKS {
            let inner = if block.kind.is_labelled() { "/additionalProperties" } else { "" };
            for attribute in block.attributes {
                let pointer = format!("/properties/{}{inner}/properties/{}", block.kind, attribute.name);
                let doc = schema.pointer(&format!("{pointer}/description"));
                assert_eq!(doc, Some(&json!(attribute.doc)), "{pointer}");
            }
        }
    }

    #[test]
    fn cloud_requirements_depend_on_the_backend() {
        let needed = needed_on_cloud();
        assert_eq!(needed.get("account"), Some(&json!({ "required": ["id"] })));
        let of_namespaces = json!({ "additionalProperties": { "required": ["regions"] } });
        assert_eq!(needed.get("namespace"), Some(&of_namespaces));
    }
}
