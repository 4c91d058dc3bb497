//! The JSON Schema of graphs.

use serde_json::{Map, Value, json};

/// The schema of a graph of this version.
#[must_use]
pub fn graph_schema() -> Value {
    let owner = |doc: &str| json!({ "enum": ["policy", "others"], "description": doc });
    let text = |doc: &str| json!({ "type": "string", "description": doc });
    let flag = |doc: &str| json!({ "type": "boolean", "description": doc });
    let list = |doc: &str| json!({ "type": "array", "items": { "type": "string" }, "description": doc });
    let namespace = object(
        [
            ("id", text("Its id.")),
            ("name", text("Its name, the id without the account.")),
            ("declared", flag("Whether the policy declares it.")),
            ("regions", list("Its regions, the active one first; none where they are not known.")),
            ("tags", json!({ "type": "object", "additionalProperties": { "type": "string" } })),
        ],
        &[],
    );
    let worker = object(
        [("namespace", text("The target Namespace's id.")), ("task_queue", text("The task queue."))],
        &[],
    );
    let external = object([("url", text("The URL; on self-hosted Temporal only."))], &[]);
    let endpoint = object(
        [
            ("name", text("Its name.")),
            ("declared", flag("Whether the policy declares it.")),
            ("description", text("What it is for.")),
            (
                "target",
                json!({ "oneOf": [worker, external], "description": "Where its calls go; left out where that is not known." }),
            ),
            ("managed_by", list("Who else manages it, as it declares.")),
            ("allowlist", owner("Who says who may call it.")),
            (
                "more_callers",
                flag("Whether others may be on its allowlist, whom neither the policy nor the facts name."),
            ),
        ],
        &["description", "target"],
    );
    let call = object(
        [
            ("caller", text("The calling Namespace's id.")),
            ("endpoint", text("The Endpoint's name.")),
            ("granted_by", owner("Who grants it.")),
        ],
        &[],
    );
    let connection = object(
        [
            ("region", text("Its region.")),
            ("connection_id", text("Its id.")),
            ("gcp_project_id", text("Its project; on GCP only.")),
            ("namespaces", list("The ids of the Namespaces that it is attached to.")),
            ("keep_public", flag("Whether its Namespaces stay open to the internet.")),
        ],
        &["gcp_project_id"],
    );
    let all = |items: Value, doc: &str| json!({ "type": "array", "items": items, "description": doc });
    let mut schema = object(
        [
            ("version", json!({ "const": super::VERSION, "description": "The version of the format." })),
            ("account", text("The account; left out on a self-hosted cluster without one.")),
            (
                "as_of",
                json!({
                    "type": "string",
                    "pattern": "^\\d{4}-\\d{2}-\\d{2}$",
                    "description": "The day that decided which grants have expired, in UTC.",
                }),
            ),
            ("namespaces", all(namespace, "By id.")),
            ("endpoints", all(endpoint, "By name.")),
            ("calls", all(call, "Who may call which Endpoint, by caller.")),
            ("private_connections", all(connection, "By region and id.")),
        ],
        &["account"],
    );
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        schema.insert("title".to_owned(), json!("A graph of nexusc"));
    }
    schema
}

/// An object of these properties, all required but some.
fn object<const COUNT: usize>(properties: [(&str, Value); COUNT], optional: &[&str]) -> Value {
    let required: Vec<_> =
        properties.iter().map(|(name, _)| *name).filter(|name| !optional.contains(name)).collect();
    let required = json!(required);
    let properties: Map<String, Value> =
        properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
