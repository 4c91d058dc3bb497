//! Lenient reading of canonical protobuf JSON: unset fields are left out, an enum is its name or number.

use serde_json::{Map, Value};
use std::time::Duration;

/// The text at a JSON pointer; empty when there is none, as protobuf has it.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The length of the longest id; published ones have 32 bytes.
const MAX_ID: usize = 256;

/// The id at a JSON pointer: letters, digits and a few punctuation characters, safe in a path and in a message.
///
/// # Errors
/// Why it is not an id.
pub(crate) fn id<'a>(value: &'a Value, pointer: &str) -> Result<&'a str, String> {
    let id = text(value, pointer);
    checked_id(id).map(|()| id)
}

/// Checks that a text is an id.
///
/// # Errors
/// Why it is not.
pub(crate) fn checked_id(id: &str) -> Result<(), String> {
    let signs = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:~@+=|,".contains(&byte);
    match id {
        "" => Err("it is empty".to_owned()),
        _ if id.len() > MAX_ID => Err(format!("it is longer than {MAX_ID} bytes")),
        "." | ".." => Err(format!("`{id}` is not an id")),
        _ if id.bytes().all(signs) => Ok(()),
        _ => Err(format!("`{}` is not an id", crate::connection::excerpt::excerpt(id))),
    }
}

/// Checks that a name has only visible characters: it is written into states, plans and messages.
///
/// # Errors
/// That it has others.
pub(crate) fn checked_name(name: &str) -> Result<(), String> {
    match crate::connection::excerpt::is_plain(name) {
        true => Ok(()),
        false => Err(format!("`{}` is not a valid name", crate::connection::excerpt::excerpt(name))),
    }
}

/// The items of the list at a JSON pointer.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The entries of the object at a JSON pointer.
pub(crate) fn entries<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flatten()
}

/// A copy of the object in `map` under `key`; empty when there is none.
pub(crate) fn object(map: &Map<String, Value>, key: &str) -> Map<String, Value> {
    map.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The name of an enum value, also when the JSON has its number, as it does for values that the writer does not know. Empty
/// when unset or unspecified.
pub(crate) fn enumerated(value: Option<&Value>, names: &[&str]) -> String {
    match value {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Number(number)) => {
            let index = number.as_u64().and_then(|number| usize::try_from(number).ok());
            index.and_then(|at| names.get(at)).map_or_else(|| number.to_string(), |name| (*name).to_owned())
        }
        _ => String::new(),
    }
}

/// Whether a field is unset: null, or the zero value of its type, which some writers do not leave out. An empty object may be
/// a message that is set.
pub(crate) fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text.ends_with("_UNSPECIFIED"),
        Value::Array(items) => items.is_empty(),
        Value::Bool(true) | Value::Object(_) => false,
    }
}

/// A duration such as `1.5s`; `None` when it is unset or negative.
pub(crate) fn duration(value: &Value, pointer: &str) -> Option<Duration> {
    let seconds = text(value, pointer).strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_id_is_one_word_and_one_segment_of_a_path() {
        let read = |text: &str| id(&json!({ "id": text }), "/id").is_ok();
        assert!(["e1", "0123456789abcdef0123456789abcdef", "a-b_c.d:e"].into_iter().all(read));
        for text in [
            "",
            ".",
            "..",
            "a/b",
            "../users",
            "a\nb",
            "a b",
            "\u{1b}[2J",
            "a?b",
            "a%2fb",
            "\u{fc}",
            "\u{202e}",
        ] {
            assert!(!read(text), "{text:?}");
        }
        assert!(read(&"a".repeat(MAX_ID)) && !read(&"a".repeat(MAX_ID + 1)));
    }

    #[test]
    fn durations_are_seconds() {
        let read = |text: &str| duration(&json!({ "d": text }), "/d");
        assert_eq!(read("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(read("0s"), Some(Duration::ZERO));
        assert!([read("-1s"), read("1"), read(""), read("1e400s"), read("NaNs")].iter().all(Option::is_none));
    }

    #[test]
    fn enums_are_names_or_numbers() {
        let names = ["", "STATE_A", "STATE_B"];
        let read = |value: Value| enumerated(Some(&value), &names);
        assert_eq!([read(json!("STATE_B")), read(json!(2)), read(json!(99))], ["STATE_B", "STATE_B", "99"]);
        assert_eq!([read(json!(0)), read(json!(null)), read(json!(-1))], ["", "", "-1"]);
    }
}
