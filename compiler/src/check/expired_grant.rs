//! Grants that have expired or soon will.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity};
use crate::policy::DeclaredAllowlist;
use time::{Date, Duration};

pub static EXPIRED_GRANT: Code = Code {
    name: "expired-grant",
    severity: Severity::Warning,
    family: Family::Lint,
    control: Control::Silenceable,
    decided: Decided::Always,
    meaning: "A grant has expired and has no effect; from 14 days before, a note is reported.",
    explanation: "`expires` is the last day on which an `allowlist` grants access, in UTC. Remove the `allowlist`, or \
                  set a later date.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

allowlist "audit" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2025-12-31" #! expired-grant
}
"#,
        right: r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

allowlist "audit" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2027-12-31"
}
"#,
        json: None,
        facts: None,
    },
};

/// How long before its last day a grant is reported.
const NOTICE: Duration = Duration::days(14);

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    for allowlist in context.policy.allowlists.values().flatten() {
        expiry(allowlist, context.today, findings);
    }
}

fn expiry(allowlist: &DeclaredAllowlist, today: Date, findings: &mut Findings) {
    let Some((last, span)) = allowlist.expires else { return };
    let endpoint = &allowlist.endpoint.id;
    let finding = if last < today {
        let message = format!("this grant on the Endpoint `{endpoint}` expired on {last}");
        Finding::new(&EXPIRED_GRANT, span, message).help("remove it, or set a later date")
    } else if last - today <= NOTICE {
        let message = format!("this grant on the Endpoint `{endpoint}` expires on {last}");
        let finding =
            Finding::new(&EXPIRED_GRANT, span, message).help("set a later date if it is still needed");
        Finding { severity: Severity::Note, ..finding }
    } else {
        return;
    };
    let aspect = if last < today { "expired" } else { "expires" };
    let finding = finding.about(Part::Endpoint, endpoint.as_str()).about(Part::Aspect, aspect);
    let callers = allowlist.callers.namespaces.iter();
    let finding = finding.about_all(callers.map(|used| (Part::Caller, used.id.name().to_string())));
    findings.push(finding.instance(&allowlist.instance));
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

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
  callers  = [namespace.payments-prod]
  expires  = "2026-06-30"
}
"#,
        );
    }
}
