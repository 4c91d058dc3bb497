//! Codes about the values and names in a policy. They belong to the family of the document as well.

use super::{Code, Control, Decided, Examples, Family, Severity};

/// In the order of the docs.
pub static VALUE_CODES: [&Code; 7] = [
    &WRONG_TYPE,
    &INVALID_VALUE,
    &INVALID_NAME,
    &DUPLICATE_NAME,
    &EVALUATION,
    &REFERENCE_CYCLE,
    &UNSUPPORTED,
];

pub static WRONG_TYPE: Code = Code {
    name: "wrong-type",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The value does not have the type of the attribute.",
    explanation: "A Namespace, an Endpoint or a principal can be written as a reference or as a string. Every other \
                  attribute accepts values of a single type, which the message names.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = "orders-prod" #! wrong-type
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

pub static INVALID_VALUE: Code = Code {
    name: "invalid-value",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The value has the right type but is not allowed.",
    explanation: "Regions include the cloud provider, such as `aws-us-east-1`. Dates are written `YYYY-MM-DD`. Roles, \
                  permissions and other options are words that the policy language defines. Write a value that the \
                  help suggests.",
    examples: Examples {
        wrong: r#"user "ana@acme.example" {
  account_access = "superuser" #! invalid-value
}
"#,
        right: r#"user "ana@acme.example" {
  account_access = "developer"
}
"#,
        json: None,
        facts: None,
    },
};

pub static INVALID_NAME: Code = Code {
    name: "invalid-name",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The name violates Temporal's naming rules for its kind.",
    explanation: "Temporal would reject the name when the policy is applied. A name can differ from the label of its \
                  block: set `name`.",
    examples: Examples {
        wrong: r#"endpoint "payments_eu" { #! invalid-name
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        right: r#"endpoint "payments_eu" {
  name          = "payments-eu"
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        json: None,
        facts: None,
    },
};

pub static DUPLICATE_NAME: Code = Code {
    name: "duplicate-name",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The same name, attribute or key is declared twice.",
    explanation: "It is ambiguous which declaration is intended. The first one is used, and the others are reported. \
                  Rename or remove one of them.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

endpoint "pay" { #! duplicate-name
  name          = "payments"
  worker_target = { namespace = namespace.orders-prod, task_queue = "nexus" }
}
"#,
        right: r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

endpoint "pay" {
  name          = "payments-v2"
  worker_target = { namespace = namespace.orders-prod, task_queue = "nexus" }
}
"#,
        json: None,
        facts: None,
    },
};

pub static EVALUATION: Code = Code {
    name: "evaluation",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The expression cannot be evaluated.",
    explanation: "An operand does not exist, or an operator or function is not defined for its arguments. A reference \
                  provides `.name`; a reference to a Namespace provides `.id`, `.tags` and `.regions` as well.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target = {
    namespace  = namespace.payments-prod
    task_queue = namespace.payments-prod.queue #! evaluation
  }
}
"#,
        right: r#"endpoint "payments" {
  worker_target = {
    namespace  = namespace.payments-prod
    task_queue = "${namespace.payments-prod.name}-nexus"
  }
}
"#,
        json: None,
        facts: None,
    },
};

pub static REFERENCE_CYCLE: Code = Code {
    name: "reference-cycle",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "Values depend on each other in a cycle.",
    explanation: "A value that depends on itself cannot be computed. Names are evaluated first, all other attributes \
                  afterwards. Replace one of the references in the cycle with a literal value.",
    examples: Examples {
        wrong: r#"namespace "a-prod" {
  regions = namespace.b-prod.regions #! reference-cycle
}

namespace "b-prod" {
  regions = namespace.a-prod.regions
}

endpoint "a-to-b" {
  worker_target             = { namespace = namespace.b-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.a-prod]
}
"#,
        right: r#"namespace "a-prod" {
  regions = ["aws-us-east-1"]
}

namespace "b-prod" {
  regions = namespace.a-prod.regions
}

endpoint "a-to-b" {
  worker_target             = { namespace = namespace.b-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.a-prod]
}
"#,
        json: None,
        facts: None,
    },
};

pub static UNSUPPORTED: Code = Code {
    name: "unsupported",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The policy language or the selected backend does not support this.",
    explanation: "Temporal Cloud has no external targets. Self-hosted Temporal has no allowlists, principals or \
                  private connectivity. Remove the block or attribute, or correct `backend` in `account`.",
    examples: Examples {
        wrong: r#"endpoint "mail" {
  external_target = { url = "https://mail.acme.example/nexus" } #! unsupported
}
"#,
        right: r#"account {
  backend = "self_hosted"
}

endpoint "mail" {
  external_target = { url = "https://mail.acme.example/nexus" }
}
"#,
        json: None,
        facts: None,
    },
};
