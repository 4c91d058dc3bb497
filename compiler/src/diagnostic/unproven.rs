//! The code of what could not be determined. Reading, checks and plans report it.

use super::example::PARTIAL;
use super::{Code, Control, Decided, Examples, Family, Severity};

pub static UNPROVEN: Code = Code {
    name: "unproven",
    severity: Severity::Warning,
    family: Family::Facts,
    control: Control::Raisable,
    decided: Decided::WithFacts,
    meaning: "It could not be determined whether something exists or is allowed.",
    explanation: "The identity that reads the account does not see everything, or a principal has access that is not \
                  understood, such as Project access, a custom role or a role of a newer API version. No permission of \
                  such a principal is reported as missing. Read the account with a key that sees more. The severity \
                  can be raised to an error in `lint`, but the finding cannot be silenced. In this example, the \
                  snapshot does not contain all Namespaces, so that a Namespace that is missing from it may still \
                  exist.",
    examples: Examples {
        wrong: r#"endpoint "books" {
  worker_target             = { namespace = "orders-prod", task_queue = "nexus" }
  allowed_caller_namespaces = ["books-prod"] #! unproven
}
"#,
        right: r#"endpoint "books" {
  worker_target             = { namespace = "orders-prod", task_queue = "nexus" }
  allowed_caller_namespaces = ["payments-prod"]
}
"#,
        json: None,
        facts: Some(PARTIAL),
    },
};
