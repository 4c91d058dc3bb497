//! An Endpoint's description: a Temporal Payload that holds a JSON string. Unset and `""` are different. A payload in another
//! encoding is kept as it is.

use crate::json;
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use serde_json::{Map, Value};
use std::fmt;

/// The encoding of a payload that holds JSON.
const JSON_PLAIN: &str = "json/plain";

/// An Endpoint's description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Description {
    /// It is unset.
    Absent,
    /// A text, which may be empty.
    Text(String),
    /// A payload that is not a JSON string in plain text.
    Opaque,
}

impl Description {
    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Opaque => None,
        }
    }

    pub(crate) fn read(spec: &Value) -> Self {
        match spec.get("description") {
            None | Some(Value::Null) => Self::deprecated(spec),
            Some(payload) => Self::of_payload(payload).map_or(Self::Opaque, Self::Text),
        }
    }

    /// Registries of API versions up to v0.4 have a plain string, in which unset and `""` are the same.
    fn deprecated(spec: &Value) -> Self {
        match json::text(spec, "/descriptionDeprecated") {
            "" => Self::Absent,
            text => Self::Text(text.to_owned()),
        }
    }

    fn of_payload(payload: &Value) -> Option<String> {
        if bytes(json::text(payload, "/metadata/encoding"))? != JSON_PLAIN.as_bytes() {
            return None;
        }
        serde_json::from_slice(&bytes(json::text(payload, "/data"))?).ok()
    }
}

impl fmt::Display for Description {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => out.write_str("none"),
            Self::Text(text) => write!(out, "{text:?}"),
            Self::Opaque => out.write_str("a payload in an unknown encoding"),
        }
    }
}

/// A payload that holds `text`. Other fields of `payload` are kept if it already holds JSON text.
pub(crate) fn payload(text: &str, payload: Option<&Value>) -> Value {
    let readable = payload.filter(|payload| Description::of_payload(payload).is_some());
    let mut fields = readable.and_then(Value::as_object).cloned().unwrap_or_else(|| {
        let encoding = general_purpose::STANDARD.encode(JSON_PLAIN);
        let metadata = Map::from_iter([("encoding".to_owned(), Value::String(encoding))]);
        Map::from_iter([("metadata".to_owned(), Value::Object(metadata))])
    });
    let data = general_purpose::STANDARD.encode(Value::from(text).to_string());
    fields.insert("data".to_owned(), Value::String(data));
    Value::Object(fields)
}

/// Canonical JSON writes bytes in standard base64 and accepts the URL-safe one too, with or without padding.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let url_safe = text.contains(['-', '_']);
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(if url_safe { &URL_SAFE } else { &STANDARD }, config).decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(spec: &Value, expected: Description) {
        assert_eq!(Description::read(spec), expected, "{spec}");
    }

    fn of(encoding: &str, data: &str) -> Value {
        json!({ "description": { "metadata": { "encoding": encoding }, "data": data } })
    }

    #[test]
    fn reads_every_form() {
        check(&json!({}), Description::Absent);
        check(&json!({ "description": null }), Description::Absent);
        check(&of("anNvbi9wbGFpbg==", "IiI="), Description::Text(String::new()));
        check(&of("anNvbi9wbGFpbg", "ImEi"), Description::Text("a".to_owned()));
        check(&of("anNvbi9wbGFpbg==", "IsO_Ig"), Description::Text("ÿ".to_owned()));
        check(&of("anNvbi9wbGFpbg==", "IsO/Ig=="), Description::Text("ÿ".to_owned()));
    }

    #[test]
    fn what_is_not_a_json_string_is_foreign() {
        check(&of("YmluYXJ5L2VuY3J5cHRlZA==", "IiI="), Description::Opaque);
        check(&of("anNvbi9wbGFpbg==", "NDI="), Description::Opaque);
        check(&of("anNvbi9wbGFpbg==", "%%%"), Description::Opaque);
        check(&of("anNvbi9wbGFpbg==", ""), Description::Opaque);
        check(&json!({ "description": {} }), Description::Opaque);
        check(&json!({ "description": 7, "descriptionDeprecated": "old" }), Description::Opaque);
    }

    #[test]
    fn the_deprecated_text_is_a_fallback() {
        check(&json!({ "descriptionDeprecated": "old" }), Description::Text("old".to_owned()));
        check(&json!({ "descriptionDeprecated": "" }), Description::Absent);
    }

    #[test]
    fn a_new_text_keeps_what_else_the_payload_holds() {
        let read = json!({
            "metadata": { "encoding": "anNvbi9wbGFpbg==", "extra": "eA==" }, "data": "IiI=", "externalPayloads": [1]
        });
        let written = payload("a \"b\"\n", Some(&read));
        check(&json!({ "description": written }), Description::Text("a \"b\"\n".to_owned()));
        assert_eq!(written["metadata"], read["metadata"]);
        assert_eq!(written["externalPayloads"], read["externalPayloads"]);
    }
}
