//! The JSON Schema of what became of a policy's tests.

use crate::diagnostic::Severity;
use crate::json::schema::{day, file, flag, list, object, text, word};
use serde_json::{Value, json};

/// The schema of a report of this version.
#[must_use]
pub fn tested_schema() -> Value {
    let properties = [
        ("as_of", day("The day that decided which grants have expired, in UTC.")),
        ("tests", list(&test(), "In the order of the files; none where the policy has errors.")),
        (
            "findings",
            list(
                &finding(),
                "What fails and is unproven in these tests; where the policy has errors, those.",
            ),
        ),
    ];
    file("What became of a policy's tests", super::VERSION, properties, &[])
}

fn test() -> Value {
    let properties = [
        ("test", text("Its block instance.")),
        ("result", result("`failed` where one element does, else `unproven` where one is.")),
        ("vacuous", flag("Whether it says nothing: no element, or none that says anything.")),
        ("elements", list(&element(), "In the order of its table.")),
    ];
    object(properties.into_iter().chain(place()), &[])
}

fn result(doc: &str) -> Value {
    word(&[Some(true), Some(false), None].map(super::result), doc)
}

fn element() -> Value {
    let properties = [
        ("expects", word(&["allow", "deny", "can_manage", "cannot_manage"], "The list that it stands in.")),
        ("caller", text("The calling Namespace's id, where it is about a call.")),
        ("principal", text("The principal, where it is about who manages.")),
        ("endpoint", text("The Endpoint's name.")),
        ("result", result("What became of it.")),
        ("vacuous", flag("Whether it says little: nobody may call the Endpoint.")),
        ("silenced", flag("Whether it fails and the policy says not to report it.")),
        ("message", text("What is so, and why.")),
    ];
    object(properties.into_iter().chain(place()), &["caller", "principal"])
}

fn finding() -> Value {
    let severities = [Severity::Error, Severity::Warning, Severity::Approval, Severity::Note];
    let related = object([("message", text("What it has to do with it."))].into_iter().chain(place()), &[]);
    let properties = [
        ("code", text("Its code; `nexusc explain` says more.")),
        ("severity", word(&severities.map(Severity::name), "How much it weighs.")),
        ("message", text("What is wrong.")),
        ("instance", text("The block instance that it is about.")),
        ("help", text("What to do about it.")),
        ("related", list(&related, "Other places that it has to do with.")),
    ];
    let places = place().map(|(name, _)| name);
    object(properties.into_iter().chain(place()), &[&["instance", "help"], &places[..]].concat())
}

/// Where something stands: lines and columns begin at 1, and the end is the column after it.
fn place() -> [(&'static str, Value); 5] {
    let number = json!({ "type": "integer", "minimum": 1 });
    let at = |name| (name, number.clone());
    [("file", text("The file as it was named.")), at("line"), at("column"), at("end_line"), at("end_column")]
}
