//! What the identity that applies a policy may not do.

use super::account::{WITH_ENDPOINT, WITH_RULE};
use super::{Explanation, held, shown};
use crate::diagnostic::Code;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::PermissionRole,
        "Creating, changing or deleting an Endpoint takes the account role Developer, Global Admin or Owner, and so does seeing \
         the connectivity rules that are to be attached. Finance Admin and Read-Only are not higher than Developer.",
        r#"service_account "ci" {
  account_access   = "read"
  namespace_access = { payments-prod = "admin" }
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
  managed_by    = service_account.ci #! permission-role
}
"#,
        r#"service_account "ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
  managed_by    = service_account.ci
}
"#,
    ),
    shown(
        Code::PermissionTarget,
        "Managing an Endpoint takes Namespace Admin on its target. No permission on a caller is needed.",
        r#"service_account "ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "write" }
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" } #! permission-target
  managed_by    = service_account.ci
}
"#,
        r#"service_account "ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
  managed_by    = service_account.ci
}
"#,
    ),
    held(
        Code::PermissionRetarget,
        "Moving an Endpoint to another target takes Namespace Admin on the new target and on the one that it has. The \
         latter is known from the account's facts.",
        WITH_ENDPOINT,
        r#"account {
  id       = "a2dd6"
  apply_as = "service_account.ci"
}

endpoint "payments" {
  worker_target = { namespace = "payments-prod", task_queue = "nexus" } #! permission-retarget
}
"#,
        r#"account {
  id       = "a2dd6"
  apply_as = "user.owner@acme.example"
}

endpoint "payments" {
  worker_target = { namespace = "payments-prod", task_queue = "nexus" }
}
"#,
    ),
    shown(
        Code::PermissionConnectivity,
        "Private connectivity rules belong to the account: creating or deleting one takes Global Admin or Owner.",
        r#"service_account "net" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
  managed_by    = service_account.net #! permission-connectivity
}
"#,
        r#"service_account "net" {
  account_access = "admin"
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
  managed_by    = service_account.net
}
"#,
    ),
    held(
        Code::PermissionAttach,
        "Attaching a connectivity rule to a Namespace or detaching it changes the Namespace, which takes Namespace Admin on \
         it. Owners and Global Admins have that everywhere; where the rule itself stays as it is, Namespace Admin suffices.",
        WITH_RULE,
        r#"account {
  id       = "a2dd6"
  apply_as = "service_account.ci"
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces = [
    "payments-prod",
    "orders-prod", #! permission-attach
  ]
  allow_public_lockout = true
}
"#,
        r#"account {
  id       = "a2dd6"
  apply_as = "service_account.ci"
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = ["payments-prod"]
}
"#,
    ),
];
