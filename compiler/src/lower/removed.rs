//! `removed` blocks.

use super::Context;
use super::instance::Instance;
use super::names::valid;
use super::typed::unsupported;
use crate::diagnostic::{Finding, Findings, INVALID_NAME, INVALID_VALUE, MISSING_ATTRIBUTE};
use crate::language::block::BlockKind;
use crate::language::suggest;
use crate::policy::{DeclaredRemoved, RemovedObject};
use schema::backend::Backend;
use std::sync::Arc;

/// The kinds of objects that can be removed.
const KINDS: [BlockKind; 2] = [BlockKind::Endpoint, BlockKind::Privatelink];

/// Lowers one block; `None` if a label is missing or invalid.
pub fn lower(block: &Instance, context: &Context, findings: &mut Findings) -> Option<DeclaredRemoved> {
    let (Some(kind), Some(name)) = (&block.label, block.second_label()) else {
        let message = "`removed` needs two labels: the kind of the object, and its name";
        let help =
            "write `removed \"endpoint\" \"NAME\" {}` or `removed \"privatelink\" \"CONNECTION_ID\" {}`";
        findings.push(Finding::new(&MISSING_ATTRIBUTE, block.span, message).help(help));
        return None;
    };
    let object = match KINDS.into_iter().find(|known| known.name() == &*kind.text) {
        Some(BlockKind::Endpoint) => {
            RemovedObject::Endpoint(valid("Endpoint name", &name.text, name.span, findings)?)
        }
        Some(_) if context.backend != Backend::Cloud => {
            let what = "removed \"privatelink\"";
            // In JSON, the kind is a key that several blocks share, so the place does not tell the block.
            findings.push(unsupported(what, kind.span, Backend::Cloud).instance(&block.name()));
            return None;
        }
        Some(_) if name.text.trim().is_empty() => {
            let message = "a private connection needs an id";
            findings.push(Finding::new(&INVALID_NAME, name.span, message));
            return None;
        }
        Some(_) => RemovedObject::Privatelink(Arc::clone(&name.text)),
        None => {
            let message = format!("`removed` deletes no `{}`", kind.text.escape_debug());
            let close = suggest::closest(&kind.text, KINDS.map(BlockKind::name).into_iter());
            let help = match close {
                Some(close) => format!("did you mean `{close}`?"),
                None => "write `endpoint` or `privatelink`: nexusc manages no other objects".to_owned(),
            };
            let finding = Finding::new(&INVALID_VALUE, kind.span, message).help(help);
            findings.push(finding.instance(&block.name()));
            return None;
        }
    };
    Some(DeclaredRemoved { span: block.span, instance: block.name(), object })
}

#[cfg(test)]
mod tests {
    use crate::check::expect::{check, check_alone, check_json};

    #[test]
    fn a_removed_block_has_two_labels_and_no_attributes() {
        check(
            r#"removed "endpoint" "payments" {}
removed "privatelink" "vpce-0123456789abcdef0" {}
removed "endpoint" "vpce-0123456789abcdef0" {}
removed {} #! missing-attribute
removed "endpoint" {} #! missing-attribute
removed "endpoint" "a1" "b" {} #! invalid-name
removed "namespace" "orders-prod" {} #! invalid-value
removed "endpoint" "pay ments" {} #! invalid-name
removed "privatelink" "" {} #! invalid-name
removed "endpoint" "refunds" {
  for_each = toset(["a"]) #! unknown-attribute
}
removed "endpoint" "payments" {} #! duplicate-name
"#,
        );
    }

    #[test]
    fn the_same_in_json() {
        check_json(
            r#"{
  "account": { "id": "a2dd6", "apply_as": "user.owner@acme.example" },
  "user": { "owner@acme.example": { "account_access": "owner" } },
  "removed": {
    "endpoint": {
      "payments": {},
      "pay ments": {}, //! invalid-name
      "refunds": { "name": "x" }, //! unknown-attribute
      "invoices": 1, //! wrong-type
      "payments": {} //! duplicate-name
    },
    "privatelink": { "payments": {} },
    "namespace": { "orders-prod": {} }, //! invalid-value
    "endpoints": true //! wrong-type
  }
}
"#,
        );
    }

    #[test]
    fn a_server_has_endpoints_to_remove_and_no_private_connections() {
        check_alone(
            r#"account {
  backend = "self_hosted"
}
removed "endpoint" "payments" {}
removed "privatelink" "vpce-0123456789abcdef0" {} #! unsupported
"#,
        );
    }
}
