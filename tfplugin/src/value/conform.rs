//! Converts a value that a provider built to the exact shape of its type.

use std::collections::BTreeMap;

use super::{Dynamic, Set, Type, Value, nfc};
use crate::path::Path;

/// Why a value is not of its type. Never shows the value, which may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a value{} must be {expected}, but it is {found}", path.suffix())]
pub struct Mismatch {
    /// The path of the value.
    pub path: Path,
    /// What the type expects.
    pub expected: String,
    /// The kind of value.
    pub found: String,
}

impl Type {
    /// The value as one of this type: attributes left out become null, lists become sets and objects maps where the
    /// type says so, and strings become NFC.
    ///
    /// # Errors
    /// Where the value has another type, or an attribute that the type lacks.
    pub fn conform(&self, value: Value) -> Result<Value, Mismatch> {
        conform(self, value, &Path::root())
    }

    /// As much of an object as is of this type: attributes that are not become null, and their errors are returned.
    pub(crate) fn salvage(&self, value: Value) -> (Value, Vec<Mismatch>) {
        let (Type::Object(types), Value::Object(mut given)) = (self, value.clone()) else {
            return self
                .conform(value)
                .map_or_else(|error| (Value::Null, vec![error]), |value| (value, Vec::new()));
        };
        let mut mismatches = Vec::new();
        let mut attribute = |(name, ty): (&String, &Type)| {
            let value = given.remove(name).unwrap_or_default();
            let value = conform(ty, value, &Path::from(name.as_str())).unwrap_or_else(|error| {
                mismatches.push(error);
                Value::Null
            });
            (name.clone(), value)
        };
        let attributes = types.iter().map(&mut attribute).collect();
        mismatches.extend(given.iter().map(|(name, value)| superfluous(Path::from(name.as_str()), value)));
        (Value::Object(attributes), mismatches)
    }
}

impl Value {
    /// Replaces unknown values by null, and returns their paths.
    pub(crate) fn forget_unknowns(&mut self) -> Vec<Path> {
        let mut found = Vec::new();
        forget(self, &Path::root(), &mut found);
        found
    }

    /// The value with all strings and keys in NFC.
    pub(super) fn normalized(self) -> Self {
        let keyed = |entries: BTreeMap<String, Value>| {
            entries.into_iter().map(|(key, value)| (nfc(&key), value.normalized())).collect()
        };
        match self {
            Self::String(text) => text.into(),
            Self::List(elements) => Self::List(elements.into_iter().map(Self::normalized).collect()),
            Self::Tuple(elements) => Self::Tuple(elements.into_iter().map(Self::normalized).collect()),
            Self::Map(entries) => Self::Map(keyed(entries)),
            Self::Object(entries) => Self::Object(keyed(entries)),
            other => other,
        }
    }
}

fn forget(value: &mut Value, path: &Path, found: &mut Vec<Path>) {
    match value {
        Value::Unknown => {
            found.push(path.clone());
            *value = Value::Null;
        }
        Value::List(elements) | Value::Tuple(elements) => {
            for (index, element) in elements.iter_mut().enumerate() {
                forget(element, &path.clone().index(index), found);
            }
        }
        Value::Set(set) if set.elements().iter().any(|element| !element.is_wholly_known()) => {
            found.push(path.clone());
            let known = set.elements().iter().filter(|element| element.is_wholly_known()).cloned();
            *set = Set::new(known.collect::<Vec<_>>());
        }
        Value::Map(entries) => {
            entries.iter_mut().for_each(|(key, value)| forget(value, &path.clone().key(key.as_str()), found));
        }
        Value::Object(entries) => {
            let at = |name: &str| path.clone().attribute(name);
            entries.iter_mut().for_each(|(name, value)| forget(value, &at(name), found));
        }
        Value::Dynamic(dynamic) => forget(&mut dynamic.value, path, found),
        _ => {}
    }
}

fn conform(ty: &Type, value: Value, path: &Path) -> Result<Value, Mismatch> {
    Ok(match (ty, value) {
        (_, value @ (Value::Null | Value::Unknown)) => value,
        (Type::Bool, value @ Value::Bool(_)) | (Type::Number, value @ Value::Number(_)) => value,
        (Type::String, Value::String(text)) => text.into(),
        (Type::Dynamic, Value::Dynamic(dynamic)) => self::dynamic(*dynamic, path)?,
        (Type::List(element), Value::List(elements)) => Value::List(each(element, elements, path)?),
        (Type::Set(element), Value::List(elements)) => Value::Set(Set::new(each(element, elements, path)?)),
        (Type::Set(element), Value::Set(set)) => {
            Value::Set(Set::new(each(element, set.into_elements(), path)?))
        }
        (Type::Map(element), Value::Map(entries) | Value::Object(entries)) => map(element, entries, path)?,
        (Type::Tuple(types), Value::Tuple(elements) | Value::List(elements))
            if types.len() == elements.len() =>
        {
            tuple(types, elements, path)?
        }
        (Type::Object(types), Value::Object(entries) | Value::Map(entries)) => object(types, entries, path)?,
        (ty, value) => return Err(mismatch(path.clone(), ty.noun(), value.kind())),
    })
}

fn dynamic(dynamic: Dynamic, path: &Path) -> Result<Value, Mismatch> {
    let value = conform(&dynamic.ty, dynamic.value, path)?;
    Ok(Value::Dynamic(Box::new(Dynamic { ty: dynamic.ty, value })))
}

fn each(element: &Type, elements: Vec<Value>, path: &Path) -> Result<Vec<Value>, Mismatch> {
    let at = |(index, value)| conform(element, value, &path.clone().index(index));
    elements.into_iter().enumerate().map(at).collect()
}

fn tuple(types: &[Type], elements: Vec<Value>, path: &Path) -> Result<Value, Mismatch> {
    let at = |(index, (ty, value))| conform(ty, value, &path.clone().index(index));
    types.iter().zip(elements).enumerate().map(at).collect::<Result<_, _>>().map(Value::Tuple)
}

fn map(element: &Type, entries: BTreeMap<String, Value>, path: &Path) -> Result<Value, Mismatch> {
    let at = |(key, value): (String, Value)| {
        let key = nfc(&key);
        let value = conform(element, value, &path.clone().key(key.as_str()))?;
        Ok((key, value))
    };
    entries.into_iter().map(at).collect::<Result<_, _>>().map(Value::Map)
}

fn object(
    types: &BTreeMap<String, Type>,
    mut entries: BTreeMap<String, Value>,
    path: &Path,
) -> Result<Value, Mismatch> {
    let mut attributes = BTreeMap::new();
    for (name, ty) in types {
        let value = entries.remove(name).unwrap_or_default();
        attributes.insert(name.clone(), conform(ty, value, &path.clone().attribute(name.as_str()))?);
    }
    match entries.pop_first() {
        None => Ok(Value::Object(attributes)),
        Some((name, value)) => Err(superfluous(path.clone().attribute(name), &value)),
    }
}

fn superfluous(path: Path, value: &Value) -> Mismatch {
    mismatch(path, "absent, as it is not in the schema", value.kind())
}

fn mismatch(path: Path, expected: &str, found: &str) -> Mismatch {
    Mismatch { path, expected: expected.to_owned(), found: found.to_owned() }
}

impl Type {
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Bool => "a bool",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Dynamic => "a dynamic value",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Tuple(_) => "a tuple of the right length",
            Self::Object(_) => "an object",
        }
    }
}
