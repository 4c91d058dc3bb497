//! Namespaces that the policy opens to the internet.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity, WITH_RULE};
use crate::plan::{Intent, connectivity};

pub static PRIVATELINK_REOPEN: Code = Code {
    name: "privatelink-reopen",
    severity: Severity::Warning,
    family: Family::Privatelink,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "A Namespace loses its last connectivity rule, which opens it to the internet.",
    explanation: "A Namespace without connectivity rules accepts connections from the internet. The account's facts \
                  show that the policy detaches its last rule. Attach another rule first if the Namespace must stay \
                  closed. Where a `removed` block or `unmanaged = \"delete\"` deletes the connection, this is an error: to \
                  confirm it, silence it above that block.",
    examples: Examples {
        wrong: r#"privatelink "hub" { #! privatelink-reopen
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = []
}
"#,
        right: r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
}
"#,
        json: None,
        facts: Some(WITH_RULE),
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let Some(facts) = context.facts else { return };
    for (block, namespace) in connectivity(context.policy, facts).reopened() {
        let message =
            format!("`{}` loses its last connectivity rule and opens to the internet", namespace.name());
        let (severity, help) = match block.intent {
            Intent::Declares => {
                (PRIVATELINK_REOPEN.severity, "to keep it closed, attach another connection first")
            }
            Intent::Deletes => (
                Severity::Error,
                "to keep it closed, attach another connection first; to open it, write `# nexusc:ignore privatelink-reopen reason=\"…\"` above the block",
            ),
        };
        let finding = Finding::new(&PRIVATELINK_REOPEN, block.span, message).help(help);
        let aspect = if block.intent == Intent::Deletes { "deleted" } else { "detached" };
        let finding = finding.about(Part::Namespace, namespace.name().as_str()).about(Part::Aspect, aspect);
        findings.push(Finding { severity, ..finding }.instance(&block.instance));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::settled_against;
    use crate::diagnostic::{Severity, WITH_RULE};
    use crate::facts::snapshot::Snapshot;

    /// The findings of a policy against an account with a private connection to `payments-prod`.
    fn found(policy: &str) -> Vec<(&'static str, Severity)> {
        let policy = format!(
            "{policy}\naccount {{\n  id = \"a2dd6\"\n  apply_as = \"user.owner@acme.example\"\n  ignore = {{ endpoints = [\"*\"] }}\n}}\n"
        );
        let facts = Snapshot::parse(WITH_RULE).unwrap().facts().unwrap();
        let (findings, _) = settled_against("policy.nexus.hcl", &policy, Some(&facts));
        findings.iter().map(|finding| (finding.code.name, finding.severity)).collect()
    }

    #[test]
    fn a_removed_connection_that_opens_a_namespace_must_be_confirmed() {
        let removed = r#"removed "privatelink" "vpce-0123456789abcdef0" {}"#;
        assert_eq!(found(removed), [("privatelink-reopen", Severity::Error)]);
        let confirmed =
            format!("# nexusc:ignore privatelink-reopen reason=\"the hub is retired\"\n{removed}");
        assert_eq!(found(&confirmed), []);
    }

    #[test]
    fn another_connection_keeps_the_namespace_closed() {
        let moved = r#"removed "privatelink" "vpce-0123456789abcdef0" {}
privatelink "new" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef1"
  namespaces    = ["payments-prod"]
}"#;
        assert_eq!(found(moved), []);
    }
}
