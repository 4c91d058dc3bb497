//! The pieces of the JSON Schemas of what programs read.

use serde_json::{Map, Value, json};

/// A text.
pub fn text(doc: &str) -> Value {
    json!({ "type": "string", "description": doc })
}

/// Yes or no.
pub fn flag(doc: &str) -> Value {
    json!({ "type": "boolean", "description": doc })
}

/// A day, `YYYY-MM-DD`.
pub fn day(doc: &str) -> Value {
    json!({ "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$", "description": doc })
}

/// One of these words.
pub fn word(words: &[&str], doc: &str) -> Value {
    json!({ "enum": words, "description": doc })
}

/// A list of such items.
pub fn list(items: &Value, doc: &str) -> Value {
    json!({ "type": "array", "items": items, "description": doc })
}

/// A list of texts.
pub fn texts(doc: &str) -> Value {
    list(&json!({ "type": "string" }), doc)
}

/// An object of these properties, all required but some.
pub fn object<'a>(properties: impl IntoIterator<Item = (&'a str, Value)>, optional: &[&str]) -> Value {
    let properties: Vec<_> = properties.into_iter().collect();
    let required = properties.iter().map(|(name, _)| *name).filter(|name| !optional.contains(name));
    let required: Vec<_> = required.collect();
    let required = json!(required);
    let properties: Map<String, Value> =
        properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// A whole file of this version and these properties besides, all required but some.
pub fn file<'a>(
    title: &str,
    version: u32,
    properties: impl IntoIterator<Item = (&'a str, Value)>,
    optional: &[&str],
) -> Value {
    let version = json!({ "const": version, "description": "The version of the format." });
    let mut schema = object([("version", version)].into_iter().chain(properties), optional);
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        schema.insert("title".to_owned(), json!(title));
    }
    schema
}
