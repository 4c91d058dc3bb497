//! Identity schemas: what tells one object from all others, for import blocks and `terraform query`.

use crate::value::Type;

/// What identifies an object of a resource.
#[derive(Clone, Debug)]
pub struct IdentitySchema {
    /// Counts up when stored identities need an upgrade.
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
    /// Whether an import must give it; else it may.
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
}

impl IdentityAttribute {
    /// An import must give it.
    pub fn required(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self { name: name.into(), ty, required_for_import: true, description: description.into() }
    }

    /// An import may give it.
    pub fn optional(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        Self { name: name.into(), ty, required_for_import: false, description: description.into() }
    }
}
