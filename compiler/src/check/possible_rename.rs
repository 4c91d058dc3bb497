//! New Endpoints that are like one of the account that the policy does not declare: probably renamed ones.

use super::CheckContext;
use crate::access::HeldTarget;
use crate::access::deletion::unmanaged_endpoints;
use crate::access::held::texts;
use crate::access::renames::Renames;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity, WITH_CALLER};
use registry::RegisteredEndpoint;
use schema::backend::Backend;

pub static POSSIBLE_RENAME: Code = Code {
    name: "possible-rename",
    severity: Severity::Note,
    family: Family::Facts,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "A new Endpoint has the target and the callers of one that the policy does not declare.",
    explanation: "If the Endpoint was renamed in the policy, set `renamed_from`: otherwise it is created under its new \
                  name, and the old one stays in the account with its callers, or is deleted before these use the new \
                  name.",
    examples: Examples {
        wrong: r#"endpoint "pay" { #! possible-rename
  worker_target             = { namespace = namespace.orders-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}

lint {
  unmanaged = "off"
}
"#,
        right: r#"endpoint "pay" {
  worker_target             = { namespace = namespace.orders-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
  renamed_from              = "payments"
}

lint {
  unmanaged = "off"
}
"#,
        json: None,
        facts: Some(WITH_CALLER),
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let policy = context.policy;
    let Some(facts) = context.facts else { return };
    let unmanaged = unmanaged_endpoints(policy, facts);
    if unmanaged.is_empty() {
        return;
    }
    let has_allowlists = facts.home.backend() == Backend::Cloud;
    let renames = Renames::of(policy, facts);
    let new = policy.endpoints.values().filter(|it| renames.current_name(it).is_none());
    for endpoint in new.filter(|it| it.renamed_from.is_none() && policy.may_change(&it.managed_by)) {
        let Some(target) = endpoint.target.as_ref().map(|declared| HeldTarget::of(&declared.target)) else {
            continue;
        };
        let callers = policy.callers(endpoint, context.today).map(|callers| texts(&callers));
        let is_alike = |held: &&&RegisteredEndpoint| {
            let has_callers = || callers.as_ref() == Some(&held.callers()) && !held.has_unknown_policies();
            HeldTarget::held(held.target()).as_ref() == Some(&target) && (!has_allowlists || has_callers())
        };
        let Some(old) = unmanaged.iter().find(is_alike).map(|held| held.name()) else { continue };
        let message = format!(
            "the new Endpoint `{}` has the target and the callers of `{old}`, which the policy does not declare",
            endpoint.name
        );
        let help = format!("did you mean `renamed_from = {old:?}`?");
        let finding = Finding::new(&POSSIBLE_RENAME, endpoint.span, message).help(help);
        let finding = finding.about(Part::Endpoint, endpoint.name.as_str()).about(Part::Other, old);
        findings.push(finding.instance(&endpoint.instance));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::settled_against;
    use crate::diagnostic::WITH_CALLER;
    use crate::facts::snapshot::Snapshot;

    fn suggestions(endpoint: &str, more: &str) -> Vec<String> {
        let policy = format!("account {{ id = \"a2dd6\" }}\nendpoint \"pay\" {{\n{endpoint}\n}}\n{more}\n");
        let facts = Snapshot::parse(WITH_CALLER).unwrap().facts().unwrap();
        let (findings, _) = settled_against("policy.nexus.hcl", &policy, Some(&facts));
        let found = findings.into_iter().filter(|finding| finding.code.name == "possible-rename");
        found.filter_map(|finding| finding.help).collect()
    }

    #[test]
    fn suggests_a_rename_only_where_target_queue_and_callers_are_equal() {
        let target = r#"worker_target = { namespace = "orders-prod", task_queue = "nexus" }"#;
        let callers = r#"allowed_caller_namespaces = ["orders-prod", "payments-prod"]"#;
        let alike = format!("{target}\n{callers}");
        assert_eq!(suggestions(&alike, ""), ["did you mean `renamed_from = \"payments\"`?"]);
        for other in [
            alike.replace("\"nexus\"", "\"other\""),
            alike.replace("= \"orders-prod\"", "= \"payments-prod\""),
            alike.replace("[\"orders-prod\", ", "["),
            target.to_owned(),
        ] {
            assert_eq!(suggestions(&other, ""), Vec::<String>::new(), "{other}");
        }
        let removed = r#"removed "endpoint" "payments" {}"#;
        assert_eq!(suggestions(&alike, removed), Vec::<String>::new());
    }
}
