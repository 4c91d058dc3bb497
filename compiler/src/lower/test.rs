//! `test` blocks.

use super::fields::Fields;
use super::instance::Instance;
use crate::policy::{DeclaredTest, Expectation, Expected, Spanned};

/// Lowers one block, without invalid elements.
pub fn lower(block: &Instance, fields: &Fields) -> DeclaredTest {
    let mut expectations = Vec::new();
    for (list, possible) in [("allow", true), ("deny", false), ("can_manage", true), ("cannot_manage", false)]
    {
        for (element, place) in fields.objects(list) {
            if let (Some(expected), Some(endpoint)) = (expected(element), element.endpoint("endpoint")) {
                expectations.push(Expectation {
                    endpoint: Spanned::new(place, endpoint.id),
                    expected,
                    possible,
                });
            }
        }
    }
    DeclaredTest { span: block.span, instance: block.name(), expectations }
}

fn expected(element: &Fields) -> Option<Expected> {
    match element.namespace("caller") {
        Some(caller) => Some(Expected::Call(caller.id)),
        None => Some(Expected::Manage(element.principal("principal")?.id)),
    }
}
