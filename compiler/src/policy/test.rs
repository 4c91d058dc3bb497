//! Tests as a policy declares them.

use super::Spanned;
use crate::diagnostic::source::Span;
use crate::evaluate::Reference;
use schema::name::{EndpointName, NamespaceId, PrincipalId};

/// A `test` block.
#[derive(Clone, Debug)]
pub struct DeclaredTest {
    /// Its header.
    pub span: Span,
    /// The block: `test.payments`.
    pub instance: Reference,
    /// Its elements, in the order of the block.
    pub expectations: Vec<Expectation>,
}

/// One element of a test.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The Endpoint, at the element.
    pub endpoint: Spanned<EndpointName>,
    /// What is expected.
    pub expected: Expected,
    /// Whether it is expected to be possible.
    pub possible: bool,
}

/// An expectation about an Endpoint.
#[derive(Clone, Debug)]
pub enum Expected {
    /// That this Namespace calls it.
    Call(NamespaceId),
    /// That this principal manages it.
    Manage(PrincipalId),
}
