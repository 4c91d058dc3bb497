//! `removed` blocks of objects that the policy keeps: declared, granted, renamed, or ignored ones.

use super::CheckContext;
use crate::diagnostic::source::Span;
use crate::diagnostic::{DUPLICATE_NAME, Finding, Findings};
use crate::policy::{DeclaredRemoved, Policy};
use schema::name::EndpointName;

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let policy = context.policy;
    for removed in &policy.removed {
        if let Some(name) = removed.endpoint() {
            endpoint(removed, name, policy, findings);
        } else if let Some(id) = removed.connection_id() {
            privatelink(removed, id, policy, findings);
        }
    }
}

fn endpoint(removed: &DeclaredRemoved, name: &EndpointName, policy: &Policy, findings: &mut Findings) {
    let mut report = |what: &str, help: &str, span: Option<Span>| {
        findings.push(contradiction(removed, &format!("the Endpoint `{name}`"), what, help, span));
    };
    if let Some(declared) = policy.endpoints.get(name) {
        let help = "remove this block to keep the Endpoint, or the other to delete it";
        report("declares it too", help, Some(declared.span));
    } else if let Some(granted) = policy.allowlists_of(name).next() {
        let help = "remove this block to keep the Endpoint, or the `allowlist` to delete it";
        report("grants access to it", help, Some(granted.endpoint.span));
    }
    let mut renamed = policy.endpoints.values().filter_map(|it| it.renamed_from.as_ref());
    if let Some(from) = renamed.find(|from| from.id == *name) {
        let help = "remove this block: after a rename no Endpoint has the old name";
        report("renames it", help, Some(from.span));
    }
    if policy.ignores_endpoint(name.as_str()) {
        let help = "remove this block, or exempt the Endpoint from `ignore`";
        report("leaves it to others by `ignore`", help, policy.account.span);
    }
}

fn privatelink(removed: &DeclaredRemoved, id: &str, policy: &Policy, findings: &mut Findings) {
    let mut report = |what: &str, help: &str, span: Option<Span>| {
        findings.push(contradiction(removed, &format!("the private connection `{id}`"), what, help, span));
    };
    let mut declared = policy.privatelinks.iter().filter_map(|it| it.connection.as_ref());
    if let Some(declared) = declared.find(|used| used.id.connection_id == id) {
        let help = "remove this block to keep the connection, or the `privatelink` to delete it";
        report("declares it too", help, Some(declared.span));
    }
    if policy.ignores_privatelink(id) {
        let help = "remove this block, or exempt the connection from `ignore`";
        report("leaves it to others by `ignore`", help, policy.account.span);
    }
}

fn contradiction(
    removed: &DeclaredRemoved,
    object: &str,
    what: &str,
    help: &str,
    other: Option<Span>,
) -> Finding {
    let message = format!("{object} is to be deleted, and the policy {what}");
    let finding = Finding::new(&DUPLICATE_NAME, removed.span, message).help(help);
    finding.related(other, "here").instance(&removed.instance)
}

#[cfg(test)]
mod tests {
    use crate::check::expect::{check, check_account};

    #[test]
    fn what_is_removed_is_neither_declared_nor_granted_nor_renamed() {
        check(
            r#"removed "endpoint" "payments" {} #! duplicate-name
removed "endpoint" "old" {} #! duplicate-name
removed "endpoint" "other" {}
endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = ["orders-prod"]
}
endpoint "new" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
  renamed_from  = "old"
}
removed "privatelink" "vpce-0123456789abcdef0" {} #! duplicate-name
removed "privatelink" "vpce-0123456789abcdef1" {}
privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = []
}
"#,
        );
    }

    #[test]
    fn what_is_removed_is_not_left_to_others() {
        check_account(
            r#"account {
  id     = "a2dd6"
  ignore = { endpoints = ["legacy-*"], privatelinks = ["vpce-*"] }
}
removed "endpoint" "legacy-pay" {} #! duplicate-name
removed "endpoint" "pay" {}
removed "privatelink" "vpce-0123456789abcdef0" {} #! duplicate-name
removed "privatelink" "31415926535" {}
"#,
        );
    }
}
