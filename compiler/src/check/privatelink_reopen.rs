//! Namespaces that the policy opens to the internet.

use super::CheckContext;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity, WITH_RULE};
use crate::plan::connectivity;

pub static PRIVATELINK_REOPEN: Code = Code {
    name: "privatelink-reopen",
    severity: Severity::Warning,
    family: Family::Privatelink,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "A Namespace loses its last connectivity rule, which opens it to the internet.",
    explanation: "A Namespace without connectivity rules accepts connections from the internet. The account's facts \
                  show that the policy detaches its last rule. Attach another rule first if the Namespace must stay \
                  closed.",
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
    for (privatelink, namespace) in connectivity(context.policy, facts).reopened() {
        let message =
            format!("`{}` loses its last connectivity rule and opens to the internet", namespace.name());
        let help = "to keep it closed, attach another connection first";
        let finding = Finding::new(&PRIVATELINK_REOPEN, privatelink.span, message).help(help);
        findings.push(finding.instance(&privatelink.instance));
    }
}
