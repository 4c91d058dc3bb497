//! Lists of callers: empty ones, callers listed twice, grants past their date.

use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, Finding, Findings, Severity};
use crate::evaluate::Reference;
use crate::fast::hash::Numbers;
use crate::policy::{DeclaredAllowlist, DeclaredCallers, DeclaredEndpoint, Policy, Spanned};
use schema::name::NamespaceId;
use time::{Date, Duration};

/// How long before its last day a grant is pointed out.
const NOTICE: Duration = Duration::days(14);

/// Gives the Namespaces that are on any list.
pub(super) fn check<'p>(policy: &'p Policy, today: Date, findings: &mut Findings) -> Listed<'p> {
    let mut met = Listed::of(policy);
    for endpoint in policy.endpoints.values() {
        if let Some(callers) = &endpoint.callers {
            duplicates(callers, &endpoint.instance, &mut met, findings);
        }
        nobody(endpoint, policy, today, findings);
    }
    for allowlist in policy.allowlists.values().flatten() {
        duplicates(&allowlist.callers, &allowlist.instance, &mut met, findings);
        expiry(allowlist, today, findings);
    }
    met
}

/// The Namespaces on lists by number, and of each the last list that it was met on, with where it was written first.
pub(super) struct Listed<'p> {
    numbers: Numbers<'p>,
    last: Vec<Option<(usize, Span)>>,
    list: usize,
}

impl<'p> Listed<'p> {
    fn of(policy: &'p Policy) -> Self {
        let last = vec![None; policy.namespaces.len()];
        Self { numbers: policy.namespaces.keys().collect(), last, list: 0 }
    }

    /// Whether a Namespace is on any list.
    pub(super) fn has(&self, id: &NamespaceId) -> bool {
        self.numbers.known(id).and_then(|number| self.last.get(number)).is_some_and(Option::is_some)
    }

    /// Where a caller was written on this list before, in other words or another place.
    fn before(&mut self, caller: &'p Spanned<NamespaceId>) -> Option<Span> {
        let (number, written) = (self.numbers.of(&caller.id), caller.written());
        if number == self.last.len() {
            self.last.push(None);
        }
        let last = self.last.get_mut(number)?;
        match last {
            Some((list, first)) if *list == self.list => Some(*first).filter(|first| *first != written),
            _ => {
                *last = Some((self.list, written));
                None
            }
        }
    }
}

/// An Endpoint all of whose lists were written empty.
fn nobody(endpoint: &DeclaredEndpoint, policy: &Policy, today: Date, findings: &mut Findings) {
    let grants = policy.allowlists_of(&endpoint.name).filter(|allowlist| allowlist.grants_on(today));
    let mut lists = endpoint.callers.iter().chain(grants.map(|allowlist| &allowlist.callers)).peekable();
    let Some(first) = lists.peek().map(|list| list.span) else { return };
    if lists.any(|list| !list.written_empty) || policy.unclear.hides_callers(&endpoint.name) {
        return;
    }
    let message = format!("nobody may call the Endpoint `{}`", endpoint.name);
    let help = "list a caller, or leave `allowed_caller_namespaces` out if others own the allowlist";
    findings.push(Finding::new(Code::NoCallers, first, message).help(help).instance(&endpoint.instance));
}

fn duplicates<'p>(
    callers: &'p DeclaredCallers,
    instance: &Reference,
    met: &mut Listed<'p>,
    findings: &mut Findings,
) {
    met.list += 1;
    for caller in &callers.namespaces {
        if let Some(first) = met.before(caller) {
            let message = format!("the caller `{}` is listed twice", caller.id.name());
            findings.push(
                caller
                    .finding(Code::DuplicateCaller, message)
                    .related(first, "first listed here")
                    .help("remove one of the two")
                    .instance(instance),
            );
        }
    }
}

fn expiry(allowlist: &DeclaredAllowlist, today: Date, findings: &mut Findings) {
    let Some((last, span)) = allowlist.expires else { return };
    let endpoint = &allowlist.endpoint.id;
    let finding = if last < today {
        let message = format!("this grant on the Endpoint `{endpoint}` expired on {last} and grants nothing");
        Finding::new(Code::ExpiredGrant, span, message).help("remove it, or give it a later date")
    } else if last - today <= NOTICE {
        let message = format!("this grant on the Endpoint `{endpoint}` expires on {last}");
        let finding = Finding::new(Code::ExpiredGrant, span, message)
            .help("give it a later date if it is still needed");
        Finding { severity: Severity::Note, ..finding }
    } else {
        return;
    };
    findings.push(finding.instance(&allowlist.instance));
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn warns_of_an_empty_allowlist_and_of_callers_listed_twice() {
        check(
            r#"endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = [] #! no-callers
}
endpoint "orders" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = [
    namespace.orders-prod,
    "orders-prod.a2dd6", #! duplicate-caller
  ]
}
"#,
        );
    }

    #[test]
    fn stays_silent_where_grants_fill_the_list_or_others_own_it() {
        check(
            r#"endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = []
}
endpoint "refunds" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
allowlist "orders" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2027-01-01"
}
"#,
        );
    }

    #[test]
    fn an_expired_grant_is_pointed_out_and_so_is_one_that_ends_soon() {
        check(
            r#"endpoint "payments" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
allowlist "past" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2026-06-14" #! expired-grant
}
allowlist "today" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2026-06-15" #! expired-grant
}
allowlist "later" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2026-06-30"
}
"#,
        );
    }

    #[test]
    fn warns_where_only_grants_say_that_nobody_may_call_and_not_where_an_error_hides_one() {
        check(
            r#"endpoint "payments" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
allowlist "none" {
  endpoint = endpoint.payments
  callers  = [] #! no-callers
}
endpoint "refunds" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = []
}
allowlist "orders" {
  endpoint = endpoint.refunds
  callers  = ["orders-prod"]
  expires  = "soon" #! invalid-value
}
"#,
        );
    }
}
