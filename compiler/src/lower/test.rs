//! `test` blocks.

use super::Context;
use super::fields::Fields;
use super::instance::Instance;
use crate::policy::{DeclaredTest, Expectation, Expected, Use};
use schema::diagnostic::{Code, Findings};

/// Lowers one block. An element that could not be understood is left out.
pub fn lower(block: &Instance, fields: &Fields, context: &Context, findings: &mut Findings) -> DeclaredTest {
    let mut expectations = Vec::new();
    for (list, possible) in [("allow", true), ("deny", false), ("can_manage", true), ("cannot_manage", false)]
    {
        for (place, element) in fields.objects(list) {
            let expected = expected(element, context, findings);
            let endpoint =
                element.value("endpoint").and_then(|value| context.names.endpoint(value, findings));
            if let (Some(expected), Some(endpoint)) = (expected, endpoint) {
                expectations.push(Expectation {
                    endpoint: Use::new(*place, endpoint.id),
                    expected,
                    possible,
                });
            }
        }
    }
    DeclaredTest { span: block.span, instance: block.name(), expectations }
}

fn expected(element: &Fields, context: &Context, findings: &mut Findings) -> Option<Expected> {
    if element.place("caller").is_some() {
        let caller = element.namespace("caller", &context.names, Code::DanglingCaller, findings)?;
        return Some(Expected::Call(caller.id));
    }
    let principal = context.names.principal(element.value("principal")?, findings)?;
    Some(Expected::Manage(principal.id))
}
