//! The `lint` block: the severities of findings, by code.

use super::fields::Fields;
use crate::diagnostic::{Finding, Severity, UNKNOWN_ATTRIBUTE};
use crate::language::block::Attribute;
use crate::syntax::document::Block;

/// The name and severity of each code that it sets; `None` for `off`.
pub fn lower(fields: &Fields) -> impl Iterator<Item = (&'static str, Option<Severity>)> {
    fields.names().into_iter().filter_map(|name| {
        let severity = match &**fields.text(name)?.0 {
            "error" => Some(Severity::Error),
            "warning" => Some(Severity::Warning),
            "note" => Some(Severity::Note),
            _ => None,
        };
        Some((name, severity))
    })
}

/// The codes of a `lint` block.
#[derive(Clone, Copy)]
pub struct LintCodes {
    /// Those whose severity a policy may set, as attributes.
    pub attributes: &'static [Attribute],
    /// Those that a policy can neither change nor silence.
    pub fixed: &'static [&'static str],
}

/// Says of codes that cannot be changed that they cannot, rather than that there are none of their names.
pub(super) fn explain_fixed(block: &Block, codes: LintCodes, findings: &mut [Finding]) {
    for attribute in block.attributes.iter().filter(|attribute| codes.fixed.contains(&&*attribute.name)) {
        let is_unknown =
            |it: &&mut Finding| it.code == &UNKNOWN_ATTRIBUTE && it.span == Some(attribute.name_span);
        if let Some(finding) = findings.iter_mut().find(is_unknown) {
            finding.message = format!("`{}` can be neither changed nor silenced", attribute.name);
            finding.help = Some("remove it, and fix what is reported".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::{check, found_in};

    #[test]
    fn only_codes_that_may_be_changed_can_be_changed() {
        check(
            r#"lint {
  dangling-caller   = "warning" #! unknown-attribute
  permission-target = "off" #! unknown-attribute
  no-such-code      = "off" #! unknown-attribute
  no-callers        = "loud" #! invalid-value
  unproven          = "off" #! invalid-value
}
"#,
        );
    }

    #[test]
    fn a_code_is_turned_off_or_weighs_what_the_policy_says() {
        let policy = r#"account { id = "a2dd6" }
lint {
  no-callers       = "error"
  duplicate-caller = "off"
  expired-grant    = "error"
  unused-namespace = "off"
}
namespace "orders-prod" { regions = ["aws-us-east-1"] }
endpoint "orders" {
  worker_target             = { namespace = "orders-prod", task_queue = "q" }
  allowed_caller_namespaces = []
}
endpoint "refunds" {
  worker_target             = { namespace = "orders-prod", task_queue = "q" }
  allowed_caller_namespaces = ["orders-prod", "orders-prod"]
}
allowlist "past" {
  endpoint = "refunds"
  callers  = ["orders-prod"]
  expires  = "2026-06-01"
}
allowlist "soon" {
  endpoint = "refunds"
  callers  = ["orders-prod"]
  expires  = "2026-06-20"
}
"#;
        let found = found_in(policy).into_iter().map(|it| (it.code.name, it.severity.name()));
        let expected = [("no-callers", "error"), ("expired-grant", "error"), ("expired-grant", "note")];
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}
