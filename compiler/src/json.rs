//! The compiler's own JSON formats: their schemas, derived from the types that are written, and files that are held
//! against a schema when they are read.

use jsonschema::ValidationError;
use printable::printable_json;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::{Value, json};

/// The schema of what is written as `T`, published under a title.
#[must_use]
pub fn schema_of_output<T: JsonSchema>(title: &str) -> Value {
    titled::<T>(SchemaSettings::draft2020_12().for_serialize(), title)
}

/// The schema of what is read as `T`, published under a title.
#[must_use]
pub fn schema_of_input<T: JsonSchema>(title: &str) -> Value {
    titled::<T>(SchemaSettings::draft2020_12(), title)
}

fn titled<T: JsonSchema>(settings: SchemaSettings, title: &str) -> Value {
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), json!(title));
    schema.to_value()
}

/// The text of a report or file, indented, with a line break at its end. Hidden characters are escaped.
///
/// # Errors
/// When a part has no form in JSON.
pub fn pretty(value: &impl Serialize) -> serde_json::Result<String> {
    Ok(printable_json(&serde_json::to_string_pretty(value)?) + "\n")
}

/// A day, `YYYY-MM-DD`.
pub(crate) fn day(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$" })
}

/// A day, or null.
pub(crate) fn optional_day(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$" })
}

/// The one version of a format that is written and read.
pub(crate) fn version<const VERSION: u32>(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": VERSION })
}

/// What is wrong with a file, one line for each of the first few faults; empty for a sound one.
#[must_use]
pub fn faults(schema: &Value, file: &Value) -> Vec<String> {
    const SHOWN: usize = 5;
    let Ok(validator) = jsonschema::validator_for(schema) else { return Vec::new() };
    let fault = |error: ValidationError| match error.instance_path().as_str() {
        "" => shortened(&error),
        path => format!("at `{path}`: {}", shortened(&error)),
    };
    validator.iter_errors(file).take(SHOWN).map(fault).collect()
}

/// What does not fit may be large, and is quoted whole.
fn shortened(error: &ValidationError) -> String {
    const LONGEST: usize = 200;
    let text = error.to_string();
    let cut = text.char_indices().rev().nth(LONGEST).map(|(at, _)| at);
    match cut.and_then(|at| text.get(at..)) {
        Some(end) => format!("…{end}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_fault_says_where_it_is_and_stays_short() {
        let schema = json!({ "properties": { "name": { "type": "string" } } });
        assert_eq!(faults(&schema, &json!({ "name": "a" })), Vec::<String>::new());
        let large = json!({ "name": vec!["x"; 1000] });
        let found = faults(&schema, &large);
        let [fault] = found.as_slice() else { unreachable!("{found:?}") };
        assert!(fault.starts_with("at `/name`: ") && fault.ends_with("is not of type \"string\""), "{fault}");
        assert!(fault.chars().count() < 250, "{fault}");
    }
}
