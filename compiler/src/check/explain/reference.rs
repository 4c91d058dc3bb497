//! Names that lead nowhere.

use super::{Explanation, shown};
use crate::diagnostic::Code;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::DanglingTarget,
        "A policy need not declare what is managed elsewhere: what it does not declare is looked up in the account's \
         facts, where there are any. An Endpoint without its target could not be created.",
        r#"endpoint "payments" {
  worker_target = {
    namespace  = namespace.payment-prod #! dangling-target
    task_queue = "nexus"
  }
}
"#,
        r#"endpoint "payments" {
  worker_target = {
    namespace  = namespace.payments-prod
    task_queue = "nexus"
  }
}
"#,
    ),
    shown(
        Code::DanglingCaller,
        "The registry refuses an allowlist with a Namespace that does not exist.",
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = ["order-prod"] #! dangling-caller
}
"#,
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = ["orders-prod"]
}
"#,
    ),
    shown(
        Code::DanglingEndpoint,
        "An `allowlist` may name an Endpoint that the policy does not declare, if the account has it.",
        r#"allowlist "orders" {
  endpoint = endpoint.refunds #! dangling-endpoint
  callers  = [namespace.orders-prod]
}
"#,
        r#"endpoint "refunds" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

allowlist "orders" {
  endpoint = endpoint.refunds
  callers  = [namespace.orders-prod]
}
"#,
    ),
    shown(
        Code::DanglingPrincipal,
        "A principal is a reference, or a string with its kind: `user.ana@acme.example`, `service_account.ci`, \
         `group.admins`.",
        r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
  managed_by    = service_account.payments-ci #! dangling-principal
}
"#,
        r#"service_account "payments-ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
  managed_by    = service_account.payments-ci
}
"#,
    ),
    shown(
        Code::DanglingNamespace,
        "Wherever a Namespace is named that is neither a target nor a caller.",
        r#"user "ana@acme.example" {
  account_access   = "developer"
  namespace_access = { billing-prod = "admin" } #! dangling-namespace
}
"#,
        r#"user "ana@acme.example" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}
"#,
    ),
    shown(
        Code::ForeignAccount,
        "An Endpoint, its target and its callers are all in one account. The part of a Namespace id after the dot is \
         the account.",
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = ["orders-prod.b3ee7"] #! foreign-account
}
"#,
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = ["orders-prod.a2dd6"]
}
"#,
    ),
];
