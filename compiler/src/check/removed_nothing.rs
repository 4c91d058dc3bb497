//! `removed` blocks that have nothing to delete.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{BARE, Code, Control, Decided, Examples, Family, Finding, Findings, Severity};
use crate::facts::Facts;
use crate::policy::{DeclaredRemoved, RemovedObject};

pub static REMOVED_NOTHING: Code = Code {
    name: "removed-nothing",
    severity: Severity::Note,
    family: Family::Facts,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "A `removed` block names an object that the account does not have.",
    explanation: "The object has been deleted, or the name is misspelt. Remove the block: if it stays, it deletes the \
                  next object of this name.",
    examples: Examples {
        wrong: r#"removed "endpoint" "payments" {} #! removed-nothing
"#,
        right: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        json: None,
        facts: Some(BARE),
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let policy = context.policy;
    // A `--mine` plan removes nothing.
    let Some(facts) = context.facts.filter(|_| policy.scope.is_none()) else { return };
    for removed in policy.removed.iter().filter(|removed| !may_exist(removed, facts)) {
        let (what, part, name) = match &removed.object {
            RemovedObject::Endpoint(name) => (format!("Endpoint `{name}`"), Part::Endpoint, name.to_string()),
            RemovedObject::Privatelink(id) => {
                (format!("private connection `{id}`"), Part::Connection, id.to_string())
            }
        };
        let message = format!("the account has no {what} to delete");
        let finding = Finding::new(&REMOVED_NOTHING, removed.span, message);
        let help = "remove this block, or it deletes the next object of this name; correct the name if it is misspelt";
        findings.push(finding.help(help).about(part, name).instance(&removed.instance));
    }
}

fn may_exist(removed: &DeclaredRemoved, facts: &Facts) -> bool {
    match &removed.object {
        RemovedObject::Endpoint(name) => {
            let name = name.as_str();
            facts.endpoints.contains_key(name) || facts.deleting.contains_key(name)
        }
        RemovedObject::Privatelink(id) => {
            let mut held = facts.connectivity.private_rules();
            let is_held = held.any(|(_, connection)| connection.connection_id == **id);
            is_held || facts.connectivity.incomplete.is_some()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::settled_against;
    use crate::diagnostic::{BARE, WITH_ENDPOINT, WITH_RULE};
    use crate::facts::snapshot::Snapshot;

    fn found(policy: &str, account: &str) -> Vec<String> {
        let facts = Snapshot::parse(account).unwrap().facts().unwrap();
        let policy =
            format!("account {{\n  id = \"a2dd6\"\n  apply_as = \"user.owner@acme.example\"\n}}\n{policy}\n");
        let (findings, _) = settled_against("policy.nexus.hcl", &policy, Some(&facts));
        findings.iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect()
    }

    #[test]
    fn a_block_with_something_to_delete_is_not_reported() {
        let endpoint = r#"removed "endpoint" "payments" {}"#;
        assert_eq!(found(endpoint, WITH_ENDPOINT), Vec::<String>::new());
        let message = "removed-nothing: the account has no Endpoint `payments` to delete";
        assert_eq!(found(endpoint, BARE), [message]);
        let rule = r#"removed "privatelink" "vpce-0123456789abcdef0" {}"#;
        assert_eq!(
            found(rule, BARE),
            ["removed-nothing: the account has no private connection `vpce-0123456789abcdef0` to delete"]
        );
        let message =
            "privatelink-reopen: `payments-prod` loses its last connectivity rule and opens to the internet";
        assert_eq!(found(rule, WITH_RULE), [message]);
    }
}
