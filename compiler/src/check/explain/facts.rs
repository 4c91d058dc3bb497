//! A policy against what the account holds. A policy alone shows none of these.

use super::account::{BARE, PARTIAL, WITH_ENDPOINT};
use super::{Explanation, held};
use crate::diagnostic::Code;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    held(
        Code::AccountMismatch,
        "The API key, or the file of facts, is of another account than the one that `account` names. Nothing else is \
         compared.",
        BARE,
        r#"account {
  id = "b3ee7" #! account-mismatch
}
"#,
        r#"account {
  id = "a2dd6"
}
"#,
    ),
    held(
        Code::MissingInAccount,
        "`nexusc` manages Endpoints, allowlists and private connections. Namespaces and principals that a policy \
         declares have to exist already.",
        BARE,
        r#"namespace "books-prod" { #! missing-in-account
  regions = ["aws-us-east-1"]
}

endpoint "books" {
  worker_target = { namespace = namespace.books-prod, task_queue = "nexus" }
}
"#,
        r#"endpoint "books" {
  worker_target = { namespace = namespace.orders-prod, task_queue = "books" }
}
"#,
    ),
    held(
        Code::AccessDiffers,
        "Rights are decided by the account, not by what a policy declares: otherwise declaring a role would be enough to \
         pass its checks. Correct the policy, or change the access where it is managed.",
        BARE,
        r#"service_account "ci" { #! access-differs
  account_access = "admin"
}
"#,
        r#"service_account "ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}
"#,
    ),
    held(
        Code::NamespaceDiffers,
        "Regions, authentication and tags are decided by the account: otherwise editing a tag would be enough to pass a \
         guard. Correct the policy, or change the Namespace where it is managed.",
        BARE,
        r#"account {
  id = "a2dd6"
}

namespace "orders-prod" { #! namespace-differs
  regions = ["aws-us-east-1"]
  tags    = { criticality = "low" }
}

endpoint "orders" {
  worker_target = { namespace = namespace.orders-prod, task_queue = "nexus" }
}
"#,
        r#"account {
  id = "a2dd6"
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "orders" {
  worker_target = { namespace = namespace.orders-prod, task_queue = "nexus" }
}
"#,
    ),
    held(
        Code::Unproven,
        "The identity that reads the account does not see everything, or someone holds access that is not understood, such as \
         Project access, a custom role or a role of a newer API: no permission is denied to anyone for whom that may be. What could not be \
         decided is said, never passed over: it can be made an error in `lint`, and not silenced. Here the file of facts \
         does not hold all Namespaces, so that one which is missing from it may exist all the same.",
        PARTIAL,
        r#"endpoint "books" {
  worker_target             = { namespace = "orders-prod", task_queue = "nexus" }
  allowed_caller_namespaces = ["books-prod"] #! unproven
}
"#,
        r#"endpoint "books" {
  worker_target             = { namespace = "orders-prod", task_queue = "nexus" }
  allowed_caller_namespaces = ["payments-prod"]
}
"#,
    ),
    held(
        Code::Unmanaged,
        "Something exists that the policy does not declare. It is not touched. Declare it, or list it in `ignore` of \
         `account` if others own it.",
        WITH_ENDPOINT,
        r#"account { #! unmanaged
  id = "a2dd6"
}
"#,
        r#"account {
  id     = "a2dd6"
  ignore = { endpoints = ["pay*"] }
}
"#,
    ),
];
