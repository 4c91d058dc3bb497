//! The file of a baseline: JSON with one entry a line, so that branches merge.

use crate::diagnostic::subject::{Part, Parts, Subject};
use crate::json;
use printable::printable_json;
use serde_json::{Map, Value, json as value};
use std::ops::Range;

/// The version of the format.
const VERSION: u32 = 1;

/// Why a text is not a baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is not JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another version.
    #[error("it has version {0}, this nexusc reads version {VERSION}")]
    Version(String),
    /// It is other JSON.
    #[error("not a baseline: {0}")]
    Shape(String),
}

/// The schema of a baseline of this version.
#[must_use]
pub fn baseline_schema() -> Value {
    let name = value!({ "type": "string" });
    let names = value!({ "type": "array", "items": name, "minItems": 2, "uniqueItems": true });
    let mut properties = Map::new();
    let rule = "The code, with the label of the guard for `guard-failed/NAME`.";
    properties.insert("rule".to_owned(), value!({ "type": "string", "description": rule }));
    for part in Part::ALL {
        let of = value!({ "anyOf": [name, names], "description": part.meaning() });
        properties.insert(part.name().to_owned(), of);
    }
    let count = "How many findings there are about this; 1 if left out.";
    properties.insert(
        "count".to_owned(),
        value!({ "type": "integer", "minimum": 1, "maximum": u32::MAX, "description": count }),
    );
    value!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A baseline of nexusc",
        "description": "Findings that `nexusc check --baseline` lets pass.",
        "type": "object",
        "properties": {
            "version": { "const": VERSION, "description": "The version of the format." },
            "findings": {
                "type": "array",
                "description": "The findings by what they are about, sorted.",
                "items": {
                    "type": "object",
                    "properties": properties,
                    "required": ["rule"],
                    "additionalProperties": false
                }
            }
        },
        "required": ["version", "findings"],
        "additionalProperties": false
    })
}

/// The entries of a text with their counts and where they stand.
pub(super) fn parse(text: &str) -> Result<Vec<(Subject, usize, Range<usize>)>, BaselineError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let json: Value = serde_json::from_str(text)?;
    if let Some(version) = json.get("version").filter(|version| **version != VERSION) {
        return Err(BaselineError::Version(version.to_string()));
    }
    let faults = json::faults(&baseline_schema(), &json);
    if !faults.is_empty() {
        return Err(BaselineError::Shape(faults.join("; ")));
    }
    let entries = json.get("findings").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Ok(entries.iter().zip(places(text)).map(|(json, place)| entry(json, place)).collect())
}

fn entry(json: &Value, place: Range<usize>) -> (Subject, usize, Range<usize>) {
    let mut parts = Parts::new();
    for part in Part::ALL {
        match json.get(part.name()) {
            Some(Value::String(name)) => drop(parts.insert((part, name.clone()))),
            Some(Value::Array(names)) => {
                parts.extend(names.iter().filter_map(Value::as_str).map(|name| (part, name.to_owned())));
            }
            _ => {}
        }
    }
    let rule = json.get("rule").and_then(Value::as_str).unwrap_or_default().to_owned();
    let count = json.get("count").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
    (Subject { rule, parts }, count.unwrap_or(1), place)
}

/// Where the entries stand in a sound text: the objects in the list in the object.
fn places(text: &str) -> Vec<Range<usize>> {
    let (mut places, mut depth, mut start) = (Vec::new(), 0_usize, 0);
    let (mut is_in_string, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        if is_in_string {
            is_in_string = byte != b'"' || is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            continue;
        }
        match byte {
            b'"' => is_in_string = true,
            b'{' | b'[' => {
                if depth == 2 {
                    start = at;
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 2 {
                    places.push(start..at + 1);
                }
            }
            _ => {}
        }
    }
    places
}

/// The text of the entries, which are sorted. Hidden characters are escaped.
pub(super) fn written<'s>(entries: impl Iterator<Item = (&'s Subject, usize)>) -> String {
    let lines: Vec<_> = entries.map(|(subject, count)| line(subject, count)).collect();
    let findings = match lines.is_empty() {
        true => "[]".to_owned(),
        false => format!("[\n{}\n  ]", lines.join(",\n")),
    };
    printable_json(&format!("{{\n  \"version\": {VERSION},\n  \"findings\": {findings}\n}}\n"))
}

fn line(subject: &Subject, count: usize) -> String {
    let mut members = vec![format!("\"rule\": {}", Value::from(&*subject.rule))];
    for part in Part::ALL {
        let names = subject.parts.iter().filter(|(of, _)| *of == part).map(|(_, name)| Value::from(&**name));
        let names: Vec<_> = names.map(|name| name.to_string()).collect();
        match names.as_slice() {
            [] => {}
            [name] => members.push(format!("\"{}\": {name}", part.name())),
            names => members.push(format!("\"{}\": [{}]", part.name(), names.join(", "))),
        }
    }
    if count > 1 {
        members.push(format!("\"count\": {count}"));
    }
    format!("    {{ {} }}", members.join(", "))
}
