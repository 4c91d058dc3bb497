//! The JSON Schema of graphs.

use crate::json::schema::{day, file, flag, list, object, text, texts, word};
use serde_json::{Value, json};

/// The schema of a graph of this version.
#[must_use]
pub fn graph_schema() -> Value {
    let properties = [
        ("account", text("The account; left out on a self-hosted cluster without one.")),
        ("as_of", day("The day that decided which grants have expired, in UTC.")),
        ("namespaces", list(&namespace(), "By id.")),
        ("endpoints", list(&endpoint(), "By name.")),
        ("calls", list(&call(), "Who may call which Endpoint, by caller.")),
        ("private_connections", list(&connection(), "By region and id.")),
    ];
    file("A graph of nexusc", super::VERSION, properties, &["account"])
}

fn namespace() -> Value {
    let properties = [
        ("id", text("Its id.")),
        ("name", text("Its name, the id without the account.")),
        ("declared", flag("Whether the policy declares it.")),
        ("regions", texts("Its regions, the active one first; none where they are not known.")),
        ("tags", json!({ "type": "object", "additionalProperties": { "type": "string" } })),
    ];
    object(properties, &[])
}

fn endpoint() -> Value {
    let properties = [
        ("name", text("Its name.")),
        ("declared", flag("Whether the policy declares it.")),
        ("description", text("What it is for.")),
        ("target", target()),
        ("managed_by", texts("Who else manages it, as it declares.")),
        ("allowlist", owner("Who says who may call it.")),
        (
            "more_callers",
            flag("Whether others may be on its allowlist, whom neither the policy nor the facts name."),
        ),
    ];
    object(properties, &["description", "target"])
}

fn target() -> Value {
    let worker = [("namespace", text("The target Namespace's id.")), ("task_queue", text("The task queue."))];
    let external = [("url", text("The URL; on self-hosted Temporal only."))];
    json!({
        "oneOf": [object(worker, &[]), object(external, &[])],
        "description": "Where its calls go; left out where that is not known.",
    })
}

fn owner(doc: &str) -> Value {
    word(&["policy", "others"], doc)
}

fn call() -> Value {
    let properties = [
        ("caller", text("The calling Namespace's id.")),
        ("endpoint", text("The Endpoint's name.")),
        ("granted_by", owner("Who grants it.")),
    ];
    object(properties, &[])
}

fn connection() -> Value {
    let properties = [
        ("region", text("Its region.")),
        ("connection_id", text("Its id.")),
        ("gcp_project_id", text("Its project; on GCP only.")),
        ("namespaces", texts("The ids of the Namespaces that it is attached to.")),
        ("keep_public", flag("Whether its Namespaces stay open to the internet.")),
    ];
    object(properties, &["gcp_project_id"])
}
