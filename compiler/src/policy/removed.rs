//! What a policy deletes.

use crate::diagnostic::source::Span;
use crate::evaluate::Reference;
use crate::language::block::BlockKind;
use schema::name::EndpointName;
use std::sync::Arc;

/// A `removed` block.
#[derive(Clone, Debug)]
pub struct DeclaredRemoved {
    /// Its header.
    pub span: Span,
    /// The block: `removed.endpoint["payments"]`.
    pub instance: Reference,
    /// What it deletes.
    pub object: RemovedObject,
}

/// The object of a `removed` block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemovedObject {
    /// The Endpoint of this name.
    Endpoint(EndpointName),
    /// The private connections of this id.
    Privatelink(Arc<str>),
}

/// `unmanaged` of the `account` block: what happens to objects that a policy neither declares nor ignores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Unmanaged {
    /// They stay.
    #[default]
    Keep,
    /// They are deleted, as the attribute at this location says.
    Delete(Span),
}

impl DeclaredRemoved {
    /// The name of its Endpoint.
    #[must_use]
    pub fn endpoint(&self) -> Option<&EndpointName> {
        match &self.object {
            RemovedObject::Endpoint(name) => Some(name),
            RemovedObject::Privatelink(_) => None,
        }
    }

    /// The id of its private connection.
    #[must_use]
    pub fn connection_id(&self) -> Option<&str> {
        match &self.object {
            RemovedObject::Endpoint(_) => None,
            RemovedObject::Privatelink(id) => Some(id),
        }
    }
}

impl Unmanaged {
    /// The attribute and its block, if objects are deleted.
    #[must_use]
    pub fn deletion(&self) -> Option<(Span, Reference)> {
        let account = || Reference { kind: BlockKind::Account, label: Arc::from(""), key: None };
        match self {
            Self::Keep => None,
            Self::Delete(span) => Some((*span, account())),
        }
    }
}
