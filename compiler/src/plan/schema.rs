//! The JSON Schema of plan files, and plans held against it when they are read.

use crate::json::conformance;
use crate::json::schema::day;
use serde_json::{Map, Value, json};

/// The schema of a plan file of this version.
#[must_use]
pub fn plan_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A plan of nexusc",
        "type": "object",
        "properties": {
            "version": { "const": super::VERSION, "description": "The version of the format." },
            "account": { "type": "string", "description": "The account that the plan is for, or the self-hosted cluster, by its id." },
            "identity": { "type": "string", "description": "The principal whose permissions were checked; none on a self-hosted cluster." },
            "as_of": day("The day that decided which grants have expired, in UTC."),
            "made_at": { "type": "string", "description": "When it was made, RFC 3339 in UTC." },
            "changes": { "type": "array", "items": { "oneOf": [create(), update()] } },
            "connectivity": connectivity(),
            "left_out": left_out(),
        },
        "required": ["version", "account", "as_of", "made_at", "changes"],
        "additionalProperties": false,
        "$defs": {
            "namespaces": { "type": "array", "items": { "type": "string" }, "uniqueItems": true },
            "target": { "oneOf": [target(&["namespace", "task_queue"]), target(&["url"])] },
            "rules": { "type": "array", "items": { "oneOf": [private_rule(), tagged("public", &json!({ "type": "object", "additionalProperties": false }))] }, "uniqueItems": true },
        },
    })
}

fn target(fields: &[&str]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|field| ((*field).to_owned(), json!({ "type": "string" }))).collect();
    json!({ "type": "object", "properties": properties, "required": fields, "additionalProperties": false })
}

fn connectivity() -> Value {
    let rules = json!({ "$ref": "#/$defs/rules" });
    let ids = json!({ "type": "array", "items": { "type": "string" }, "uniqueItems": true });
    let attachment = json!({
        "type": "object",
        "description": "What is attached to a Namespace and detached from it, at once.",
        "properties": {
            "namespace": { "type": "string" },
            "attach": rules,
            "detach": rules,
            "planned_on": ids,
        },
        "required": ["namespace", "planned_on"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "description": "Connectivity rules to create, and what is attached to Namespaces.",
        "properties": { "create": rules, "attachments": { "type": "array", "items": attachment } },
        "required": ["create", "attachments"],
        "additionalProperties": false,
    })
}

fn left_out() -> Value {
    let count = |of: &str| json!({ "type": "integer", "minimum": 0, "description": of });
    json!({
        "type": "object",
        "description": "What would change besides, where the plan is limited to what lists `identity` in `managed_by`.",
        "properties": {
            "endpoints": count("How many Endpoints of others."),
            "privatelinks": count("How many private connections of others."),
            "waiting": {
                "type": "array",
                "items": { "type": "string" },
                "description": "Its own Endpoints whose name is taken until an Endpoint of others is renamed.",
            },
        },
        "required": ["endpoints", "privatelinks"],
        "additionalProperties": false,
    })
}

fn private_rule() -> Value {
    let text = json!({ "type": "string" });
    let rule = json!({
        "type": "object",
        "properties": { "region": text, "connection_id": text, "gcp_project_id": text },
        "required": ["region", "connection_id"],
        "additionalProperties": false,
    });
    tagged("private", &rule)
}

/// What is wrong with a plan file, one line for each of the first few faults; empty for a sound one.
#[must_use]
pub fn faults(plan: &Value) -> Vec<String> {
    conformance::faults(&plan_schema(), plan)
}

fn create() -> Value {
    json!({
        "type": "object",
        "description": "A new Endpoint.",
        "properties": {
            "action": { "const": "create" },
            "endpoint": { "type": "string" },
            "target": { "$ref": "#/$defs/target" },
            "description": { "type": "string" },
            "callers": { "$ref": "#/$defs/namespaces" },
        },
        "required": ["action", "endpoint", "target", "callers"],
        "additionalProperties": false,
    })
}

fn update() -> Value {
    let text = json!({ "type": "string" });
    let text_or_null = json!({ "type": ["string", "null"] });
    let target = json!({ "oneOf": [{ "$ref": "#/$defs/target" }, { "type": "null" }] });
    let namespaces = json!({ "$ref": "#/$defs/namespaces" });
    json!({
        "type": "object",
        "description": "An Endpoint that exists and gets other attributes, each with what it was.",
        "properties": {
            "action": { "const": "update" },
            "endpoint": { "type": "string", "description": "Its name, before a rename." },
            "id": { "type": "string" },
            "resource_version": { "type": "string" },
            "name": from_to(&text),
            "target": from_to(&target),
            "description": from_to(&text_or_null),
            "callers": {
                "oneOf": [
                    tagged("whole", &from_to(&namespaces)),
                    tagged("add", &namespaces),
                ],
            },
        },
        "required": ["action", "endpoint", "id", "resource_version"],
        "additionalProperties": false,
    })
}

fn from_to(of: &Value) -> Value {
    json!({
        "type": "object",
        "properties": { "from": of, "to": of },
        "required": ["from", "to"],
        "additionalProperties": false,
    })
}

fn tagged(name: &str, of: &Value) -> Value {
    json!({ "type": "object", "properties": { name: of }, "required": [name], "additionalProperties": false })
}
