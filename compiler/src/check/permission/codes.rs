//! What an identity can lack.

use crate::diagnostic::{Code, Control, Decided, Examples, Family, Severity, WITH_ENDPOINT, WITH_RULE};

/// In the order of the docs.
pub static PERMISSION_CODES: [&Code; 5] = [
    &PERMISSION_ROLE,
    &PERMISSION_TARGET,
    &PERMISSION_RETARGET,
    &PERMISSION_CONNECTIVITY,
    &PERMISSION_ATTACH,
];

pub static PERMISSION_ROLE: Code = Code {
    name: "permission-role",
    severity: Severity::Error,
    family: Family::Permission,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The principal lacks the account role Developer or higher, which managing an Endpoint or a private connection requires.",
    explanation: "Creating, changing or deleting an Endpoint requires the account role Developer, Global Admin or \
                  Owner, and so does reading the connectivity rules to attach. Finance Admin and Read-Only do not \
                  qualify. Grant the role, or apply the policy as another principal.",
    examples: Examples {
        wrong: r#"service_account "ci" {
  account_access   = "read"
  namespace_access = { payments-prod = "admin" }
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
  managed_by    = service_account.ci #! permission-role
}
"#,
        right: r#"service_account "ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
  managed_by    = service_account.ci
}
"#,
        json: None,
        facts: None,
    },
};

pub static PERMISSION_TARGET: Code = Code {
    name: "permission-target",
    severity: Severity::Error,
    family: Family::Permission,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The principal lacks Namespace Admin on the target Namespace of an Endpoint.",
    explanation: "Managing an Endpoint requires Namespace Admin on its target, but no permission on its callers. Grant \
                  the permission, or apply the policy as another principal.",
    examples: Examples {
        wrong: r#"service_account "ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "write" }
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" } #! permission-target
  managed_by    = service_account.ci
}
"#,
        right: r#"service_account "ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
  managed_by    = service_account.ci
}
"#,
        json: None,
        facts: None,
    },
};

pub static PERMISSION_RETARGET: Code = Code {
    name: "permission-retarget",
    severity: Severity::Error,
    family: Family::Permission,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The principal lacks Namespace Admin on the current target Namespace of an Endpoint.",
    explanation: "Changing the target of an Endpoint requires Namespace Admin on the new and on the current target. \
                  The current target is read from the account's facts. Grant the permission, or apply the policy as \
                  another principal.",
    examples: Examples {
        wrong: r#"account {
  id       = "a2dd6"
  apply_as = "service_account.ci"
}

endpoint "payments" {
  worker_target = { namespace = "payments-prod", task_queue = "nexus" } #! permission-retarget
}
"#,
        right: r#"account {
  id       = "a2dd6"
  apply_as = "user.owner@acme.example"
}

endpoint "payments" {
  worker_target = { namespace = "payments-prod", task_queue = "nexus" }
}
"#,
        json: None,
        facts: Some(WITH_ENDPOINT),
    },
};

pub static PERMISSION_CONNECTIVITY: Code = Code {
    name: "permission-connectivity",
    severity: Severity::Error,
    family: Family::Permission,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The principal lacks the account role Global Admin or Owner, which creating or deleting a private connectivity rule requires.",
    explanation: "Private connectivity rules belong to the account, not to a Namespace. Grant the role, or apply the \
                  policy as another principal.",
    examples: Examples {
        wrong: r#"service_account "net" {
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
        right: r#"service_account "net" {
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
        json: None,
        facts: None,
    },
};

pub static PERMISSION_ATTACH: Code = Code {
    name: "permission-attach",
    severity: Severity::Error,
    family: Family::Permission,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The principal lacks Namespace Admin on a Namespace that a connectivity rule is attached to or detached from.",
    explanation: "Attaching or detaching a connectivity rule changes the Namespace, which requires Namespace Admin on \
                  it. Owners and Global Admins have that permission on every Namespace. If the rule itself does not \
                  change, Namespace Admin is sufficient.",
    examples: Examples {
        wrong: r#"account {
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
        right: r#"account {
  id       = "a2dd6"
  apply_as = "service_account.ci"
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = ["payments-prod"]
}
"#,
        json: None,
        facts: Some(WITH_RULE),
    },
};
