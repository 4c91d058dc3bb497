//! Types, and their JSON form in schemas and dynamic values.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// A truth value.
    Bool,
    /// A number of any size.
    Number,
    /// A string.
    String,
    /// A value with its own type.
    Dynamic,
    /// Elements in order.
    List(Box<Type>),
    /// Elements without order or duplicates.
    Set(Box<Type>),
    /// Elements by key.
    Map(Box<Type>),
    /// Elements in order, each of its own type.
    Tuple(Vec<Type>),
    /// Attributes by name.
    Object(BTreeMap<String, Type>),
}

impl Type {
    /// A list of `element`.
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map of `element`.
    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object of these attributes.
    pub fn object<K: Into<String>>(attributes: impl IntoIterator<Item = (K, Type)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// Whether it contains a dynamic type.
    pub(crate) fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::Bool | Self::Number | Self::String => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
            Self::Object(attributes) => attributes.values().any(Self::has_dynamic),
        }
    }

    /// The JSON form, such as `["list","string"]`.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Bool => "bool".into(),
            Self::Number => "number".into(),
            Self::String => "string".into(),
            Self::Dynamic => "dynamic".into(),
            Self::List(element) => Json::from(vec!["list".into(), element.to_json()]),
            Self::Set(element) => Json::from(vec!["set".into(), element.to_json()]),
            Self::Map(element) => Json::from(vec!["map".into(), element.to_json()]),
            Self::Tuple(elements) => {
                let elements: Vec<Json> = elements.iter().map(Self::to_json).collect();
                Json::from(vec!["tuple".into(), Json::from(elements)])
            }
            Self::Object(attributes) => {
                let attributes = attributes.iter().map(|(name, ty)| (name.clone(), ty.to_json())).collect();
                Json::from(vec!["object".into(), Json::Object(attributes)])
            }
        }
    }

    /// Reads the JSON form; `None` when it is not one. JSON nests at most 128 deep, and so do types.
    pub(crate) fn from_json(json: &Json) -> Option<Self> {
        match json {
            Json::String(name) => Self::primitive(name),
            Json::Array(parts) => match parts.as_slice() {
                [Json::String(kind), inner, ..] => Self::composite(kind, inner),
                _ => None,
            },
            _ => None,
        }
    }

    fn primitive(name: &str) -> Option<Self> {
        Some(match name {
            "bool" => Self::Bool,
            "number" => Self::Number,
            "string" => Self::String,
            "dynamic" => Self::Dynamic,
            _ => return None,
        })
    }

    fn composite(kind: &str, inner: &Json) -> Option<Self> {
        Some(match (kind, inner) {
            ("list", element) => Self::list(Self::from_json(element)?),
            ("set", element) => Self::set(Self::from_json(element)?),
            ("map", element) => Self::map(Self::from_json(element)?),
            ("tuple", Json::Array(elements)) => {
                Self::Tuple(elements.iter().map(Self::from_json).collect::<Option<_>>()?)
            }
            ("object", Json::Object(attributes)) => {
                let attribute = |(name, ty): (&String, &Json)| Some((name.clone(), Self::from_json(ty)?));
                Self::Object(attributes.iter().map(attribute).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_round_trips() {
        let text = r#"["object",{"a":["list",["map","number"]],"b":["tuple",["bool","dynamic"]],"c":["set","string"]}]"#;
        let ty = Type::from_json(&serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(ty.to_json().to_string(), text);
    }

    #[test]
    fn refuses_what_is_no_type() {
        for text in [r#""text""#, r#"["list"]"#, r#"["tuple","string"]"#, "null", "[]", r#"["object",[]]"#] {
            assert_eq!(Type::from_json(&serde_json::from_str(text).unwrap()), None, "{text}");
        }
    }
}
