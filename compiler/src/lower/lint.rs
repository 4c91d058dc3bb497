//! The `lint` block: the severities of findings, by code.

use super::fields::Fields;
use crate::diagnostic::{Finding, Severity, UNKNOWN_ATTRIBUTE};
use crate::language::block::{Attribute, Required, Type};
use crate::policy::{LintRule, Spanned};
use crate::syntax::document::Block;
use std::sync::Arc;

/// The attribute with the severities of single guards, by their labels.
pub const GUARDS: Attribute = Attribute {
    name: "guards",
    of: Type::Map(&Type::Word(&["error", "approval", "warning", "note", "off"])),
    required: Required::Never,
    only: None,
    doc: "The severities of single guards, by label.",
};

/// What it sets; `None` for `off`. `guard` is the code of what guards report.
pub fn lower(fields: &Fields, guard: &'static str) -> Vec<(Spanned<LintRule>, Option<Severity>)> {
    let codes = fields.names().into_iter().filter_map(|code| {
        let (word, at) = fields.text(code)?;
        Some((Spanned::new(at, LintRule { code, guard: None }), severity(word)))
    });
    let guards = fields.text_map(GUARDS.name).map(|(label, word)| {
        let rule = LintRule { code: guard, guard: Some(Arc::clone(&label.id)) };
        (label.with(rule), severity(word))
    });
    codes.chain(guards).collect()
}

fn severity(word: &str) -> Option<Severity> {
    match word {
        "error" => Some(Severity::Error),
        "approval" => Some(Severity::Approval),
        "warning" => Some(Severity::Warning),
        "note" => Some(Severity::Note),
        _ => None,
    }
}

/// The codes of a `lint` block.
#[derive(Clone, Copy)]
pub struct LintCodes {
    /// Those whose severity a policy may set, as attributes.
    pub attributes: &'static [Attribute],
    /// Those that a policy can neither change nor silence.
    pub fixed: &'static [&'static str],
    /// The one of what guards report.
    pub guard: &'static str,
}

/// Says of codes that cannot be changed that they cannot, rather than that there are none of their names, and how to name one
/// guard: in JSON a name such as `guard-failed/stages` can be written as an attribute.
pub(super) fn explain_fixed(block: &Block, codes: LintCodes, findings: &mut [Finding]) {
    for attribute in &block.attributes {
        let is_unknown =
            |it: &&mut Finding| it.code == &UNKNOWN_ATTRIBUTE && it.span == Some(attribute.name_span);
        let Some(finding) = findings.iter_mut().find(is_unknown) else { continue };
        let guard = attribute.name.strip_prefix(codes.guard).and_then(|rest| rest.strip_prefix('/'));
        if codes.fixed.contains(&&*attribute.name) {
            finding.message = format!("`{}` can be neither changed nor silenced", attribute.name);
            finding.help = Some("remove it, and fix what is reported".to_owned());
        } else if let Some(guard) = guard {
            finding.help = Some(format!("name one guard in `guards = {{ {guard} = \"warning\" }}`"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::{check, found_in, settled};

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

    /// A policy with two guards that fail once each, and a `lint` block.
    fn guarded(lint: &str) -> String {
        format!(
            r#"account {{ id = "a2dd6" }}
lint {{
  unused-namespace = "off"
{lint}
}}
namespace "orders-prod" {{ regions = ["aws-us-east-1"] }}
guard "stages" {{
  each      = "namespace"
  condition = false
  message   = "stages"
}}
guard "teams" {{
  each      = "namespace"
  condition = false
  message   = "teams"
  severity  = "warning"
}}
"#
        )
    }

    #[test]
    fn one_guard_has_another_severity() {
        let found = |lint: &str| -> Vec<(String, &'static str)> {
            let found = found_in(&guarded(lint)).into_iter();
            found.map(|it| (it.message, it.severity.name())).collect()
        };
        let told = |stages, teams| [("stages".to_owned(), stages), ("teams".to_owned(), teams)];
        assert_eq!(found(""), told("error", "warning"));
        assert_eq!(
            found(r#"  guards = { stages = "approval", teams = "error" }"#),
            told("approval", "error")
        );
        assert_eq!(found(r#"  guards = { stages = "off" }"#), [("teams".to_owned(), "warning")]);
        let both = "  guard-failed = \"off\"\n  guards = { stages = \"note\" }";
        assert_eq!(found(both), [("stages".to_owned(), "note")], "the one that names the guard counts");
    }

    #[test]
    fn a_guard_that_does_not_exist_has_no_severity() {
        let found = found_in(&guarded(r#"  guards = { stagse = "off", stages = "off" }"#));
        let unknown = found.iter().find(|it| it.code.name == "invalid-value").unwrap();
        assert_eq!(unknown.message, "there is no guard `stagse`");
        assert_eq!(unknown.help.as_deref(), Some("did you mean `stages`?"));
    }

    #[test]
    fn a_guard_is_named_as_an_attribute_in_no_language() {
        let json = r#"{ "account": { "id": "a2dd6" }, "lint": { "guard-failed/stages": "off" } }"#;
        let (found, _) = settled("policy.nexus.json", json);
        let [only] = &*found else { panic!("{found:?}") };
        assert_eq!(only.code.name, "unknown-attribute");
        assert!(only.help.as_deref().unwrap().contains("guards"), "{only:?}");
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
