//! `unmanaged = "delete"` where it is not known what the account holds.

use super::CheckContext;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, PARTIAL, Severity};
use crate::policy::Unmanaged;

pub static UNMANAGED_DELETION: Code = Code {
    name: "unmanaged-deletion",
    severity: Severity::Error,
    family: Family::Facts,
    control: Control::Fixed,
    decided: Decided::WithFacts,
    meaning: "The policy deletes what it does not declare, and the account can be read in part only.",
    explanation: "With `unmanaged = \"delete\"` in `account`, everything that the policy neither declares nor ignores is \
                  deleted. With an API key that cannot read all Namespaces and connectivity rules, it cannot be \
                  determined what depends on these objects. Use an API key that can, or `removed` blocks.",
    examples: Examples {
        wrong: r#"account {
  id        = "a2dd6"
  apply_as  = "user.owner@acme.example"
  unmanaged = "delete" #! unmanaged-deletion
}
"#,
        right: r#"account {
  id       = "a2dd6"
  apply_as = "user.owner@acme.example"
}
"#,
        json: None,
        facts: Some(PARTIAL),
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let policy = context.policy;
    // A `--mine` plan deletes nothing.
    let Some(facts) = context.facts.filter(|_| policy.scope.is_none()) else { return };
    let Unmanaged::Delete(span) = policy.account.unmanaged else { return };
    let reason = match &facts.connectivity.incomplete {
        _ if !facts.all_namespaces => "not all Namespaces can be read",
        Some(reason) => reason,
        None => return,
    };
    let message = format!("cannot determine what `unmanaged = \"delete\"` deletes: {reason}");
    let help = "use an API key of a Global Admin or Owner, or delete single objects with `removed` blocks";
    findings.push(Finding::new(&UNMANAGED_DELETION, span, message).help(help));
}
