//! What is allowed and looks wrong.

use super::{Explanation, shown};
use crate::diagnostic::Code;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::ExpiredGrant,
        "`expires` is the last day on which an `allowlist` grants anything, in UTC. A note says so from 14 days before.",
        r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

allowlist "audit" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2025-12-31" #! expired-grant
}
"#,
        r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

allowlist "audit" {
  endpoint = endpoint.payments
  callers  = [namespace.orders-prod]
  expires  = "2027-12-31"
}
"#,
    ),
    shown(
        Code::NoCallers,
        "On Temporal Cloud an empty allowlist means that nobody may call, not even the target's own Namespace. Leave the \
         attribute out where others own the allowlist.",
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [] #! no-callers
}
"#,
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
    ),
    shown(
        Code::DuplicateCaller,
        "The second mention changes nothing; perhaps another Namespace was meant.",
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod, "orders-prod"] #! duplicate-caller
}
"#,
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod, "payments-prod"]
}
"#,
    ),
    shown(
        Code::RedundantAccess,
        "Owners and Global Admins hold Namespace Admin everywhere, and it cannot be taken from them. A permission on one \
         Namespace suggests that a lower role was meant.",
        r#"user "ana@acme.example" {
  account_access   = "admin"
  namespace_access = { payments-prod = "read" } #! redundant-access
}
"#,
        r#"user "ana@acme.example" {
  account_access   = "developer"
  namespace_access = { payments-prod = "read" }
}
"#,
    ),
    shown(
        Code::UnusedNamespace,
        "Nothing calls it and it calls nothing, by way of Nexus. Nothing needs to be done.",
        r#"namespace "idle-prod" { #! unused-namespace
  regions = ["aws-us-east-1"]
}
"#,
        r#"namespace "idle-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.idle-prod]
}
"#,
    ),
    shown(
        Code::CodecMismatch,
        "The caller encrypts what it asks, the target what it answers, each with its own Data Converter. With a shared key \
         both hold the same one; with KMS each side must be able to decrypt with the other's key.",
        r#"namespace "bank-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "kms", key = "bank", decrypts = ["shop"] }
}

namespace "shop-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "kms", key = "shop" }
}

endpoint "bank" {
  worker_target             = { namespace = namespace.bank-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.shop-prod] #! codec-mismatch
}
"#,
        r#"namespace "bank-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "kms", key = "bank", decrypts = ["shop"] }
}

namespace "shop-prod" {
  regions = ["aws-us-east-1"]
  codec   = { mode = "kms", key = "shop", decrypts = ["bank"] }
}

endpoint "bank" {
  worker_target             = { namespace = namespace.bank-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.shop-prod]
}
"#,
    ),
    shown(
        Code::UnusedSuppression,
        "A suppression stands in a comment on the line above a block and silences one code in it. One that has nothing to \
         silence would silence the next mistake. Errors of the text, of references and of permissions cannot be silenced.",
        r#"#! unused-suppression
# nexusc:ignore no-callers reason="opened with the next release"
endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        r#"# nexusc:ignore no-callers reason="opened with the next release"
endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = []
}
"#,
    ),
    shown(
        Code::SuppressionExpired,
        "The day in `until` is the last on which it silences anything, in UTC. From then on what it silenced is reported \
         as well.",
        r#"#! suppression-expired
# nexusc:ignore no-callers until=2025-12-31 reason="opened with the next release"
endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        r#"# nexusc:ignore no-callers until=2027-12-31 reason="opened with the next release"
endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = []
}
"#,
    ),
];
