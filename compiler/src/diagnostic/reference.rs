//! Codes about references to something that does not exist.

use super::{Code, Control, Decided, Examples, Family, Severity};

/// In the order of the docs.
pub static REFERENCE_CODES: [&Code; 6] = [
    &DANGLING_TARGET,
    &DANGLING_CALLER,
    &DANGLING_ENDPOINT,
    &DANGLING_PRINCIPAL,
    &DANGLING_NAMESPACE,
    &FOREIGN_ACCOUNT,
];

pub static DANGLING_TARGET: Code = Code {
    name: "dangling-target",
    severity: Severity::Error,
    family: Family::Reference,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The target Namespace of an Endpoint exists neither in the policy nor in the account.",
    explanation: "An Endpoint cannot be created without its target. Correct the name, or declare the Namespace. A \
                  Namespace that is managed elsewhere need not be declared if the account's facts are known.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target = {
    namespace  = namespace.payment-prod #! dangling-target
    task_queue = "nexus"
  }
}
"#,
        right: r#"endpoint "payments" {
  worker_target = {
    namespace  = namespace.payments-prod
    task_queue = "nexus"
  }
}
"#,
        json: None,
        facts: None,
    },
};

pub static DANGLING_CALLER: Code = Code {
    name: "dangling-caller",
    severity: Severity::Error,
    family: Family::Reference,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "A caller Namespace exists neither in the policy nor in the account.",
    explanation: "The registry rejects an allowlist with a Namespace that does not exist. Correct the name, or declare \
                  the Namespace.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = ["order-prod"] #! dangling-caller
}
"#,
        right: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = ["orders-prod"]
}
"#,
        json: None,
        facts: None,
    },
};

pub static DANGLING_ENDPOINT: Code = Code {
    name: "dangling-endpoint",
    severity: Severity::Error,
    family: Family::Reference,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "A referenced Endpoint exists neither in the policy nor in the account.",
    explanation: "An `allowlist` adds callers to an existing Endpoint. Correct the name, or declare the Endpoint. An \
                  Endpoint that is managed elsewhere need not be declared if the account's facts are known.",
    examples: Examples {
        wrong: r#"allowlist "orders" {
  endpoint = endpoint.refunds #! dangling-endpoint
  callers  = [namespace.orders-prod]
}
"#,
        right: r#"endpoint "refunds" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

allowlist "orders" {
  endpoint = endpoint.refunds
  callers  = [namespace.orders-prod]
}
"#,
        json: None,
        facts: None,
    },
};

pub static DANGLING_PRINCIPAL: Code = Code {
    name: "dangling-principal",
    severity: Severity::Error,
    family: Family::Reference,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "A referenced principal exists neither in the policy nor in the account.",
    explanation: "The permissions of an unknown principal cannot be checked. Correct the name, or declare the \
                  principal. A principal is written as a reference, or as a string with its kind: \
                  `user.ana@acme.example`, `service_account.ci`, `group.admins`.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
  managed_by    = service_account.payments-ci #! dangling-principal
}
"#,
        right: r#"service_account "payments-ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}

endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
  managed_by    = service_account.payments-ci
}
"#,
        json: None,
        facts: None,
    },
};

pub static DANGLING_NAMESPACE: Code = Code {
    name: "dangling-namespace",
    severity: Severity::Error,
    family: Family::Reference,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "A referenced Namespace exists neither in the policy nor in the account.",
    explanation: "This code covers Namespaces that are neither a target nor a caller, such as those in \
                  `namespace_access`. Correct the name, or declare the Namespace.",
    examples: Examples {
        wrong: r#"user "ana@acme.example" {
  account_access   = "developer"
  namespace_access = { billing-prod = "admin" } #! dangling-namespace
}
"#,
        right: r#"user "ana@acme.example" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}
"#,
        json: None,
        facts: None,
    },
};

pub static FOREIGN_ACCOUNT: Code = Code {
    name: "foreign-account",
    severity: Severity::Error,
    family: Family::Reference,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "A Namespace id belongs to another account.",
    explanation: "An Endpoint, its target and its callers must be in the same account. The account is the part of a \
                  Namespace id after the dot. Correct the id.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = ["orders-prod.b3ee7"] #! foreign-account
}
"#,
        right: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = ["orders-prod.a2dd6"]
}
"#,
        json: None,
        facts: None,
    },
};
