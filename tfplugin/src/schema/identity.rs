//! Identity schemas, for import blocks and `terraform query`.

use crate::value::{Type, Value};

/// The schema of the identity of a resource's objects.
#[derive(Clone, Debug)]
pub struct IdentitySchema {
    /// Incremented when stored identities need an upgrade.
    pub version: i64,
    /// In the order of the docs.
    pub attributes: Vec<IdentityAttribute>,
}

/// One attribute of an identity.
#[derive(Clone, Debug)]
pub struct IdentityAttribute {
    /// Lower case with underscores.
    pub name: String,
    /// A bool, number, string, or list of these.
    pub ty: Type,
    /// Whether an import requires it.
    pub required_for_import: bool,
    /// Markdown.
    pub description: String,
}

impl IdentitySchema {
    /// An identity of these attributes; `version` starts at 0.
    pub fn new(version: i64, attributes: impl IntoIterator<Item = IdentityAttribute>) -> Self {
        Self { version, attributes: attributes.into_iter().collect() }
    }

    /// The type of identities.
    pub fn ty(&self) -> Type {
        Type::object(self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty.clone())))
    }

    /// The identity from a state's attributes of the same names; `None` if one that an import requires is null, or if any is
    /// unknown.
    pub(crate) fn identity_of(&self, state: &Value) -> Option<Value> {
        let attribute = |it: &IdentityAttribute| (it.name.clone(), state.get(&it.name).clone());
        let lacks = |it: &IdentityAttribute| it.required_for_import && state.get(&it.name).is_null();
        let identity = Value::object(self.attributes.iter().map(attribute));
        (identity.is_wholly_known() && !self.attributes.iter().any(lacks)).then_some(identity)
    }
}

impl IdentityAttribute {
    /// An attribute that an import requires.
    pub fn required(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self { name: name.into(), ty, required_for_import: true, description: description.into() }
    }

    /// An optional attribute.
    pub fn optional(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self { name: name.into(), ty, required_for_import: false, description: description.into() }
    }
}
