//! Documented or given limits.

use super::{Explanation, shown};
use crate::diagnostic::Code;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::LimitEndpoints,
        "An account may hold 100 Endpoints unless Temporal raises that. The account's other Endpoints count too where \
         its facts are known.",
        r#"account { #! limit-endpoints
  id     = "a2dd6"
  limits = { endpoints = 1 }
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

endpoint "refunds" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        r#"account {
  id     = "a2dd6"
  limits = { endpoints = 2 }
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

endpoint "refunds" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
    ),
    shown(
        Code::LimitCallers,
        "An Endpoint may have 1000 callers, its own and those of every `allowlist` that names it.",
        r#"account {
  id     = "a2dd6"
  limits = { callers_per_endpoint = 1 }
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" { #! limit-callers
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod, namespace.payments-prod]
}
"#,
        r#"account {
  id     = "a2dd6"
  limits = { callers_per_endpoint = 1 }
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
    ),
    shown(
        Code::LimitPrivatelinkNamespace,
        "A Namespace may have 5 private connections.",
        r#"account {
  id     = "a2dd6"
  limits = { privatelinks_per_namespace = 1 }
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
}

privatelink "spoke" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef1"
  namespaces    = [namespace.payments-prod] #! limit-privatelink-namespace
}
"#,
        r#"account {
  id     = "a2dd6"
  limits = { privatelinks_per_namespace = 1 }
}

namespace "payments-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
}
"#,
    ),
    shown(
        Code::LimitPrivatelinkAccount,
        "An account may have 50 private connections.",
        r#"account { #! limit-privatelink-account
  id     = "a2dd6"
  limits = { privatelinks_per_account = 1 }
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = []
}

privatelink "spoke" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef1"
  namespaces    = []
}
"#,
        r#"account {
  id     = "a2dd6"
  limits = { privatelinks_per_account = 1 }
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = []
}
"#,
    ),
];
