//! Files of ours held against their published schemas when they are read.

use jsonschema::ValidationError;
use serde_json::Value;

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
