//! Values from the JSON of states.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::decode::DecodeError;
use super::{Dynamic, Set, Type, Value, nfc};
use crate::path::Path;

impl Value {
    /// The value of type `ty` that a state's JSON holds.
    ///
    /// Attributes that the type lacks are dropped, and those that the JSON lacks are null. As in Terraform, numbers and
    /// bools may be written as strings.
    ///
    /// # Errors
    /// Where the JSON has another type.
    pub fn from_json(ty: &Type, json: &Json) -> Result<Self, DecodeError> {
        from_json(ty, json, &Path::root())
    }
}

fn from_json(ty: &Type, json: &Json, path: &Path) -> Result<Value, DecodeError> {
    Ok(match (ty, json) {
        (_, Json::Null) => Value::Null,
        (Type::Bool, Json::Bool(value)) => Value::Bool(*value),
        (Type::Bool, Json::String(text)) if text == "true" || text == "false" => Value::Bool(text == "true"),
        (Type::Number, Json::Number(number)) => parse_number(&number.to_string(), path)?,
        (Type::Number, Json::String(text)) => parse_number(text, path)?,
        (Type::String, Json::String(text)) => text.into(),
        (Type::String, Json::Number(number)) => number.to_string().into(),
        (Type::String, Json::Bool(value)) => value.to_string().into(),
        (Type::Dynamic, Json::Object(parts)) => dynamic(parts, path)?,
        (Type::List(element), Json::Array(elements)) => Value::List(each(element, elements, path)?),
        (Type::Set(element), Json::Array(elements)) => Value::Set(Set::new(each(element, elements, path)?)),
        (Type::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => {
            let at = |(index, (ty, json))| from_json(ty, json, &path.clone().index(index));
            Value::Tuple(types.iter().zip(elements).enumerate().map(at).collect::<Result<_, _>>()?)
        }
        (Type::Map(element), Json::Object(entries)) => map(element, entries, path)?,
        (Type::Object(types), Json::Object(entries)) => object(types, entries, path)?,
        (ty, _) => return Err(expected(ty.noun(), path)),
    })
}

fn parse_number(text: &str, path: &Path) -> Result<Value, DecodeError> {
    text.parse().map(Value::Number).map_err(|_| expected("a number", path))
}

fn each(element: &Type, elements: &[Json], path: &Path) -> Result<Vec<Value>, DecodeError> {
    let at = |(index, json)| from_json(element, json, &path.clone().index(index));
    elements.iter().enumerate().map(at).collect()
}

fn map(element: &Type, entries: &serde_json::Map<String, Json>, path: &Path) -> Result<Value, DecodeError> {
    let at = |(key, json): (&String, &Json)| {
        Ok((nfc(key), from_json(element, json, &path.clone().key(key.as_str()))?))
    };
    entries.iter().map(at).collect::<Result<_, _>>().map(Value::Map)
}

fn object(
    types: &BTreeMap<String, Type>,
    entries: &serde_json::Map<String, Json>,
    path: &Path,
) -> Result<Value, DecodeError> {
    let at = |(name, ty): (&String, &Type)| {
        let json = entries.get(name).unwrap_or(&Json::Null);
        Ok((name.clone(), from_json(ty, json, &path.clone().attribute(name.as_str()))?))
    };
    types.iter().map(at).collect::<Result<_, _>>().map(Value::Object)
}

fn dynamic(parts: &serde_json::Map<String, Json>, path: &Path) -> Result<Value, DecodeError> {
    let ty = parts.get("type").and_then(Type::from_json).filter(|ty| *ty != Type::Dynamic);
    let (Some(ty), Some(json)) = (ty, parts.get("value")) else {
        return Err(expected("a `type` and a `value`", path));
    };
    let value = from_json(&ty, json, path)?;
    Ok(Value::Dynamic(Box::new(Dynamic { ty, value })))
}

fn expected(what: &str, path: &Path) -> DecodeError {
    DecodeError { path: path.clone(), reason: format!("expected {what}") }
}
