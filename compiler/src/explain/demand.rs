//! What the policy itself demands.

use super::{Explanation, shown};
use schema::diagnostic::Code;

pub(super) const EXPLANATIONS: &[Explanation] = &[shown(
    Code::TestFailed,
    "A `test` says who may call and manage which Endpoint, and who may not. It guards what matters most against a change \
     somewhere else. An Endpoint whose allowlist belongs to others is `unproven`.",
    r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}

test "payments" {
  allow = [{ caller = namespace.payments-prod, endpoint = endpoint.payments }] #! test-failed
}
"#,
    r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}

test "payments" {
  allow = [{ caller = namespace.orders-prod, endpoint = endpoint.payments }]
  deny  = [{ caller = namespace.payments-prod, endpoint = endpoint.payments }]
}
"#,
)];
