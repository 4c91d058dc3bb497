//! Dated grants of callers that may call longer by another list of the same Endpoint.

use super::CheckContext;
use super::duplicate_caller::DUPLICATE_CALLER;
use crate::diagnostic::source::Span;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Finding, Findings, Severity};
use crate::policy::{DeclaredAllowlist, DeclaredCallers, Policy};
use schema::name::{EndpointName, NamespaceId};
use std::collections::BTreeMap;
use time::Date;

/// What grants a caller access for longer, and where.
type Longer<'p> = BTreeMap<&'p NamespaceId, (String, Span)>;

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let policy = context.policy;
    for (name, grants) in &policy.allowlists {
        let dated: Vec<_> = grants.iter().filter_map(|it| Some((it, it.expires?.0))).collect();
        if dated.is_empty() {
            continue;
        }
        let endless = endless(name, grants, policy);
        let last = last(&dated);
        // An expired grant is reported as such.
        for (grant, day) in dated.iter().filter(|(grant, _)| grant.grants_on(context.today)) {
            report(grant, *day, &endless, &last, findings);
        }
    }
}

/// The callers that are granted access without an end.
fn endless<'p>(name: &EndpointName, grants: &'p [DeclaredAllowlist], policy: &'p Policy) -> Longer<'p> {
    let own = policy.endpoints.get(name).and_then(|endpoint| endpoint.callers.as_ref());
    let own = own.map(|callers| ("allowed_caller_namespaces".to_owned(), callers));
    let undated = grants.iter().filter(|grant| grant.expires.is_none());
    let lists = own.into_iter().chain(undated.map(|grant| (grant.instance.to_string(), &grant.callers)));
    let mut endless = Longer::new();
    for (by, DeclaredCallers { namespaces, .. }) in lists {
        for used in namespaces {
            endless.entry(&used.id).or_insert_with(|| (by.clone(), used.span));
        }
    }
    endless
}

/// The last day of each caller, and the grant that gives it.
fn last<'p>(dated: &[(&'p DeclaredAllowlist, Date)]) -> BTreeMap<&'p NamespaceId, (Date, String, Span)> {
    let mut last: BTreeMap<_, (Date, String, Span)> = BTreeMap::new();
    for (grant, day) in dated {
        for used in &grant.callers.namespaces {
            let is_later = last.get(&used.id).is_none_or(|(known, ..)| known < day);
            if is_later {
                last.insert(&used.id, (*day, grant.instance.to_string(), used.span));
            }
        }
    }
    last
}

fn report(
    grant: &DeclaredAllowlist,
    day: Date,
    endless: &Longer,
    last: &BTreeMap<&NamespaceId, (Date, String, Span)>,
    findings: &mut Findings,
) {
    for used in &grant.callers.namespaces {
        let (caller, instance) = (used.id.name(), &grant.instance);
        let (severity, message, other, help) = match (endless.get(&used.id), last.get(&used.id)) {
            (Some((by, other)), _) => (
                DUPLICATE_CALLER.severity,
                format!(
                    "`{caller}` is granted without an end by `{by}`, so the date of `{instance}` has no effect"
                ),
                *other,
                "remove it from one of the two lists",
            ),
            (None, Some((until, by, other))) if *until > day => (
                Severity::Note,
                format!(
                    "`{caller}` is granted until {until} by `{by}`, so the end of `{instance}`, {day}, has no effect"
                ),
                *other,
                "remove it from the list that ends earlier",
            ),
            _ => continue,
        };
        let finding = used.finding(&DUPLICATE_CALLER, message).related(other, "the longer grant").help(help);
        let finding = finding
            .about(Part::Endpoint, grant.endpoint.id.as_str())
            .about(Part::Caller, caller.as_str())
            .about(Part::Aspect, "date");
        findings.push(Finding { severity, ..finding }.instance(instance));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::{check, found_in};
    use crate::diagnostic::Severity;

    #[test]
    fn a_date_does_not_end_what_another_list_grants() {
        check(
            r#"endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
allowlist "audit" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod, "payments-prod"] #! duplicate-caller
  expires  = "2027-06-30"
}
allowlist "past" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2026-01-31" #! expired-grant
}
endpoint "refunds" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
allowlist "team" {
  endpoint = endpoint.refunds
  callers  = ["orders-prod"]
}
allowlist "trial" {
  endpoint = endpoint.refunds
  callers  = ["orders-prod"] #! duplicate-caller
  expires  = "2027-06-30"
}
"#,
        );
    }

    #[test]
    fn of_two_dates_the_later_counts() {
        let policy = r#"account { id = "a2dd6" }
namespace "orders-prod" { regions = ["aws-us-east-1"] }
endpoint "payments" {
  worker_target = { namespace = namespace.orders-prod, task_queue = "q" }
}
allowlist "one" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2027-01-31"
}
allowlist "two" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2027-06-30"
}
"#;
        let shown = |policy: &str| -> Vec<_> {
            let found = found_in(policy).into_iter();
            found.map(|finding| (finding.severity, finding.message)).collect()
        };
        let message = "`orders-prod` is granted until 2027-06-30 by `allowlist.two`, so the end of `allowlist.one`, 2027-01-31, has no effect";
        assert_eq!(shown(policy), [(Severity::Note, message.to_owned())]);
        assert_eq!(shown(&policy.replace("2027-06-30", "2027-01-31")), []);
    }
}
