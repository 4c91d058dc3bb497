//! What the policy itself demands.

use super::{Explanation, shown};
use crate::diagnostic::Code;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::GuardFailed,
        "A `guard` is a rule of the policy's own. Its condition is evaluated for each object of one kind; where it does not \
         hold, its message is reported with its severity. A condition that cannot be evaluated, such as one that reads a \
         tag that is missing, does not hold. Guards on gained and lost calls and managers see what `nexusc plan` changes.",
        r#"namespace "shop-test" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "test" }
}

namespace "bank-prod" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "prod" }
}

endpoint "bank" {
  worker_target             = { namespace = namespace.bank-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.shop-test] #! guard-failed
}

guard "stages" {
  each      = "call"
  condition = call.caller.tags.stage == call.target.tags.stage
  message   = "${call.caller.name} and ${call.target.name} are of different stages"
}
"#,
        r#"namespace "shop-prod" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "prod" }
}

namespace "bank-prod" {
  regions = ["aws-us-east-1"]
  tags    = { stage = "prod" }
}

endpoint "bank" {
  worker_target             = { namespace = namespace.bank-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.shop-prod]
}

guard "stages" {
  each      = "call"
  condition = call.caller.tags.stage == call.target.tags.stage
  message   = "${call.caller.name} and ${call.target.name} are of different stages"
}
"#,
    ),
    shown(
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
    ),
];
