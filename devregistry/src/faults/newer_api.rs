//! Responses of a newer API: unknown fields and enum values in every message.

use prost::Message;
use prost_reflect::{DynamicMessage, Kind, MapKey, MessageDescriptor, ReflectMessage, Value};
use serde_json::{Value as Json, json};
use std::collections::HashMap;

/// The number of the field and of the enum value that a newer API has.
const NUMBER: i32 = 9_999;
const FIELD: &str = "fieldOfANewerApi";

/// What to add to a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NewerApi {
    pub(crate) fields: bool,
    pub(crate) enums: bool,
}

impl NewerApi {
    /// Whether there is anything to add.
    pub(crate) fn any(self) -> bool {
        self.fields || self.enums
    }

    /// Adds them to an encoded message.
    pub(crate) fn add_to_bytes(self, descriptor: MessageDescriptor, bytes: &[u8]) -> Option<Vec<u8>> {
        let message = DynamicMessage::decode(descriptor, bytes).ok()?;
        Some(self.extended(message)?.encode_to_vec())
    }

    /// Adds them to the JSON of a message. A newer API has names for its values.
    pub(crate) fn add_to_json(self, descriptor: &MessageDescriptor, json: &mut Json) {
        let Json::Object(object) = json else { return };
        if is_well_known(descriptor) {
            return;
        }
        for field in descriptor.fields() {
            let Some(value) = object.get_mut(field.json_name()) else { continue };
            let kind = match field.kind() {
                Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
                kind => kind,
            };
            for value in each(value, field.is_map()) {
                match &kind {
                    Kind::Message(inner) => self.add_to_json(inner, value),
                    Kind::Enum(values) if self.enums => {
                        *value = json!(format!("{}_OF_A_NEWER_API", values.name().to_ascii_uppercase()));
                    }
                    _ => {}
                }
            }
        }
        if self.fields {
            object.insert(FIELD.to_owned(), json!({ "nested": ["value"] }));
        }
    }

    fn extended(self, mut message: DynamicMessage) -> Option<DynamicMessage> {
        if is_well_known(&message.descriptor()) {
            return Some(message);
        }
        let fields: Vec<_> = message.fields().map(|(field, value)| (field, value.clone())).collect();
        for (field, value) in fields {
            message.set_field(&field, self.extended_value(value)?);
        }
        if !self.fields {
            return Some(message);
        }
        let mut bytes = message.encode_to_vec();
        prost::encoding::string::encode(NUMBER.unsigned_abs(), &"value".to_owned(), &mut bytes);
        DynamicMessage::decode(message.descriptor(), bytes.as_slice()).ok()
    }

    fn extended_value(self, value: Value) -> Option<Value> {
        Some(match value {
            Value::EnumNumber(_) if self.enums => Value::EnumNumber(NUMBER),
            Value::Message(inner) => Value::Message(self.extended(inner)?),
            Value::List(list) => {
                Value::List(list.into_iter().map(|value| self.extended_value(value)).collect::<Option<_>>()?)
            }
            Value::Map(map) => {
                let extend = |(key, value): (MapKey, Value)| Some((key, self.extended_value(value)?));
                Value::Map(map.into_iter().map(extend).collect::<Option<HashMap<_, _>>>()?)
            }
            value => value,
        })
    }
}

/// Well-known types such as timestamps are not objects in JSON, and are never extended.
fn is_well_known(descriptor: &MessageDescriptor) -> bool {
    descriptor.full_name().starts_with("google.protobuf.")
}

fn each(value: &mut Json, is_map: bool) -> Vec<&mut Json> {
    match (value, is_map) {
        (Json::Array(list), _) => list.iter_mut().collect(),
        (Json::Object(map), true) => map.values_mut().collect(),
        (value, _) => vec![value],
    }
}
