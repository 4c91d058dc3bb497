//! The JSON Schema of snapshots.

use crate::json::schema::day;
use schema::access::{AccountRole, NamespacePermission};
use schema::account::AuthMethod;
use serde_json::{Value, json};

/// The schema of a snapshot of this version.
#[must_use]
pub fn snapshot_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A snapshot of nexusc",
        "type": "object",
        "properties": {
            "version": { "const": super::snapshot::VERSION, "description": "The version of the format." },
            "account": { "type": "string", "description": "The account's id, or the self-hosted cluster's." },
            "backend": { "enum": ["cloud", "self_hosted"], "description": "Where the account lives; Temporal Cloud where it is left out." },
            "as_of": day("The day on which it was taken, in UTC."),
            "access_api_version": {
                "type": "string",
                "pattern": "^v[0-9]+\\.[0-9]+\\.[0-9]+$",
                "description": "The version of the Cloud Ops API at which the access of principals was read. Below v0.18, or where it is left out, Project access was not: nothing is denied to anyone then.",
            },
            "namespaces": namespaces(),
            "users": { "$ref": "#/$defs/principals" },
            "service_accounts": { "$ref": "#/$defs/principals" },
            "groups": { "$ref": "#/$defs/principals" },
            "endpoints": { "$ref": "#/$defs/registered", "description": "Every Endpoint, as the registry shows it." },
            "connectivity_rules": rules(),
        },
        "required": ["version", "account", "as_of", "namespaces", "users", "service_accounts", "groups", "endpoints"],
        "additionalProperties": false,
        "$defs": {
            "incomplete": {
                "type": "string",
                "description": "Why there may be others than these; left out when these are all.",
            },
            "names": { "type": "array", "items": { "type": "string" }, "uniqueItems": true },
            "permission": { "enum": NamespacePermission::ALL.map(NamespacePermission::name) },
            "principals": section(&principal()),
            "registered": { "type": "array", "items": { "type": "object" } },
        },
    })
}

/// What a key saw of one kind, and why there may be more.
fn section(item: &Value) -> Value {
    json!({
        "type": "object",
        "properties": { "incomplete": { "$ref": "#/$defs/incomplete" }, "items": { "type": "array", "items": item } },
        "required": ["items"],
        "additionalProperties": false,
    })
}

fn rules() -> Value {
    let mut rules = section(&json!({ "type": "object" }));
    if let Some(rules) = rules.as_object_mut() {
        let told =
            "Every connectivity rule, as the registry shows it. Where this is left out, none was looked for.";
        rules.insert("description".to_owned(), json!(told));
    }
    rules
}

fn namespaces() -> Value {
    let text = json!({ "type": "string" });
    let namespace = json!({
        "type": "object",
        "properties": {
            "id": text,
            "regions": { "type": "array", "items": text, "description": "The active one first." },
            "auth": { "type": "array", "items": { "enum": [AuthMethod::Mtls.name(), AuthMethod::ApiKey.name()] }, "uniqueItems": true },
            "tags": { "type": "object", "additionalProperties": text },
            "connectivity_rules": { "$ref": "#/$defs/names", "description": "The ids of the rules that are attached to it." },
        },
        "required": ["id", "regions"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": {
            "complete": { "type": "boolean", "description": "Whether these are all Namespaces of the account." },
            "items": { "type": "array", "items": namespace },
        },
        "required": ["complete", "items"],
        "additionalProperties": false,
    })
}

fn principal() -> Value {
    let text = json!({ "type": "string" });
    let permission = json!({ "$ref": "#/$defs/permission" });
    let scoped = json!({
        "type": "object",
        "properties": { "namespace": text, "permission": permission },
        "required": ["namespace", "permission"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "description": "Its name; of a user, the e-mail address." },
            "registry_id": text,
            "account_access": { "enum": AccountRole::ALL.map(AccountRole::name) },
            "namespace_access": { "type": "object", "additionalProperties": permission },
            "namespace_scoped_access": scoped,
            "may_hold_more": { "type": "string", "description": "Why it may hold more, such as Project access or a custom role; nothing is denied to it then." },
            "members": { "$ref": "#/$defs/names", "description": "The users of a group." },
        },
        "required": ["name", "registry_id"],
        "additionalProperties": false,
    })
}
