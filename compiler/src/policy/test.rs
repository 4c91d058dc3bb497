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
    /// The block as reports name it: `test.payments`.
    pub instance: Reference,
    /// What it expects, in the order of its table.
    pub expectations: Vec<Expectation>,
}

/// One element of a test.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// The Endpoint, at the element.
    pub endpoint: Spanned<EndpointName>,
    /// What is expected.
    pub expected: Expected,
    /// Whether it is expected to be possible, or impossible.
    pub possible: bool,
}

/// What is expected of an Endpoint.
#[derive(Clone, Debug)]
pub enum Expected {
    /// That this Namespace calls it.
    Call(NamespaceId),
    /// That this principal manages it.
    Manage(PrincipalId),
}
