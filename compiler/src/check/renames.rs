//! `renamed_from`: no two Endpoints have had the same name, and no names go in a circle.

use super::CheckContext;
use crate::access::renames::Renames;
use crate::diagnostic::{DANGLING_ENDPOINT, DUPLICATE_NAME, Finding, Findings, REFERENCE_CYCLE};
use crate::facts::Facts;
use crate::policy::{DeclaredEndpoint, Policy};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let policy = context.policy;
    taken_twice(policy, findings);
    circles(policy, findings);
    if let Some(facts) = context.facts {
        grants(policy, facts, findings);
    }
}

fn taken_twice(policy: &Policy, findings: &mut Findings) {
    let mut first = BTreeMap::new();
    for endpoint in policy.endpoints.values() {
        let Some(from) = &endpoint.renamed_from else { continue };
        if let Some(first) = first.get(&from.id) {
            let message = format!("two Endpoints are renamed from `{}`", from.id);
            let help = "remove one `renamed_from`";
            let finding = Finding::new(&DUPLICATE_NAME, from.span, message).help(help);
            findings.push(finding.related(*first, "the other one").instance(&endpoint.instance));
        } else {
            first.insert(&from.id, from.span);
        }
    }
}

/// Reports each circle once, at its first Endpoint by name.
fn circles(policy: &Policy, findings: &mut Findings) {
    let mut walked = BTreeSet::new();
    for start in policy.endpoints.values().filter(|endpoint| endpoint.renamed_from.is_some()) {
        let mut path = Vec::new();
        let mut next = Some(start);
        while let Some(endpoint) = next.filter(|endpoint| walked.insert(&endpoint.name)) {
            path.push(endpoint);
            next = before(endpoint, policy);
        }
        let closes = |end: &DeclaredEndpoint| path.iter().position(|endpoint| endpoint.name == end.name);
        let Some(circle) = next.and_then(closes).and_then(|at| path.get(at..)) else { continue };
        report_cycle(circle, findings);
    }
}

fn before<'p>(endpoint: &DeclaredEndpoint, policy: &'p Policy) -> Option<&'p DeclaredEndpoint> {
    policy.endpoints.get(&endpoint.renamed_from.as_ref()?.id)
}

fn report_cycle(circle: &[&DeclaredEndpoint], findings: &mut Findings) {
    let Some((first, rest)) = circle.split_first() else { return };
    let Some(from) = &first.renamed_from else { return };
    let finding = if rest.is_empty() {
        let message = format!("the Endpoint `{}` is renamed from itself", first.name);
        Finding::new(&REFERENCE_CYCLE, from.span, message).help("remove `renamed_from`")
    } else {
        let names = rest.iter().chain([first]).map(|endpoint| format!("`{}`", endpoint.name));
        let names: Vec<_> = names.collect();
        let message = format!("cyclic renames: `{}` was {}", first.name, names.join(", which was "));
        let help = "rename one of them to a name that is free first, and apply";
        Finding::new(&REFERENCE_CYCLE, from.span, message).help(help)
    };
    findings.push(finding.instance(&first.instance));
}

/// Grants on a name that a rename gives up.
fn grants(policy: &Policy, facts: &Facts, findings: &mut Findings) {
    let renames = Renames::of(policy, facts);
    for (name, grants) in policy.allowlists.iter().filter(|(name, _)| !policy.endpoints.contains_key(*name)) {
        let Some(taker) = renames.taker(name.as_str()) else { continue };
        for grant in grants {
            let message = format!("the Endpoint `{name}` is renamed to `{}` here", taker.name);
            let finding = Finding::new(&DANGLING_ENDPOINT, grant.endpoint.span, message);
            let from = taker.renamed_from.as_ref().map(|from| from.span);
            findings.push(
                finding
                    .help(format!("write `{}`", taker.name))
                    .related(from, "renamed here")
                    .instance(&grant.instance),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn two_endpoints_cannot_be_one_and_renames_end_at_a_free_name() {
        check(
            r#"endpoint "payments" {
  renamed_from  = "pay"
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
endpoint "refunds" {
  renamed_from  = "pay" #! duplicate-name
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
endpoint "left" {
  renamed_from  = "right" #! reference-cycle
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
endpoint "right" {
  renamed_from  = "left"
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
endpoint "self" {
  renamed_from  = "self" #! reference-cycle
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
"#,
        );
    }

    #[test]
    fn a_name_that_is_given_up_may_be_taken() {
        check(
            r#"endpoint "new" {
  renamed_from  = "current"
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
endpoint "current" {
  renamed_from  = "old"
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
endpoint "old" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
"#,
        );
    }
}
