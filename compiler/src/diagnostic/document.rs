//! Codes about the text of a policy and its blocks.

use super::{Code, Control, Decided, Examples, Family, Severity};

/// In the order of the docs.
pub static DOCUMENT_CODES: [&Code; 8] = [
    &SYNTAX,
    &NESTING_TOO_DEEP,
    &TOO_LARGE,
    &HIDDEN_CHARACTER,
    &UNKNOWN_BLOCK,
    &UNKNOWN_ATTRIBUTE,
    &MISSING_ATTRIBUTE,
    &MISSING_VARIABLE,
];

pub static SYNTAX: Code = Code {
    name: "syntax",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The text is not valid HCL or JSON.",
    explanation: "A syntax error invalidates the block that contains it; in JSON, the whole file. The block still \
                  declares its name, so that one error causes no others. Correct the text at the reported position.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  #! syntax
  description   = "takes payments
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        right: r#"endpoint "payments" {
  description   = "takes payments"
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        json: Some((
            r#"{
  "account": { "id": "a2dd6" } //! syntax
  "namespace": {}
}
"#,
            r#"{
  "account": { "id": "a2dd6" },
  "namespace": {}
}
"#,
        )),
        facts: None,
    },
};

pub static NESTING_TOO_DEEP: Code = Code {
    name: "nesting-too-deep",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "Brackets, blocks or templates are nested more than 100 levels deep.",
    explanation: "The compiler limits nesting so that no input can exhaust its stack. Hand-written policies stay far \
                  below the limit. Split generated values into `locals`.",
    examples: Examples {
        wrong: r#"locals {
  #! nesting-too-deep
  deep = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
}
"#,
        right: r#"locals {
  deep = [[[[]]]]
}
"#,
        json: Some((
            r#"{
  "account": { "id": "a2dd6" },
  //! nesting-too-deep
  "locals": { "deep": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] }
}
"#,
            r#"{
  "account": { "id": "a2dd6" },
  "locals": { "deep": [[[[]]]] }
}
"#,
        )),
        facts: None,
    },
};

pub static TOO_LARGE: Code = Code {
    name: "too-large",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The input, the result of its expressions, or the number of its wrong names exceeds a limit of the compiler.",
    explanation: "A file may have up to 64 MiB, and a policy up to 256 MiB. The results of expressions are limited as \
                  well, so that a small policy cannot exhaust time or memory. Split the policy, or reduce what its \
                  expressions produce.",
    examples: Examples {
        wrong: r#"locals {
  hosts = range(1000)
  ports = setproduct(local.hosts, local.hosts, local.hosts) #! too-large
}
"#,
        right: r#"locals {
  hosts = range(10)
  ports = setproduct(local.hosts, local.hosts)
}
"#,
        json: None,
        facts: None,
    },
};

pub static HIDDEN_CHARACTER: Code = Code {
    name: "hidden-character",
    severity: Severity::Warning,
    family: Family::Document,
    control: Control::Raisable,
    decided: Decided::Always,
    meaning: "A line or a value holds a character that cannot be seen, or that changes the direction of text.",
    explanation: "A reviewer sees another text than the one that counts. Control characters, characters that change the \
                  direction of text and invisible ones are reported in code, strings and comments; shown here is one as \
                  `\\u{202e}`. Remove it, or, in a string such as the pattern of `regex`, write it as an escape. Names, \
                  labels, keys of `for_each` and other values of blocks hold none, however they are written or made. It \
                  cannot be silenced.",
    examples: Examples {
        wrong: "locals {\n  team = \"pay\u{202e}stnem\" #! hidden-character\n}\n",
        right: "locals {\n  team = \"payments\"\n}\n",
        json: Some((
            "{\n  \"account\": { \"id\": \"a2dd6\" },\n  \"locals\": { \"team\": \"pay\u{202e}stnem\" } //! hidden-character\n}\n",
            "{\n  \"account\": { \"id\": \"a2dd6\" },\n  \"locals\": { \"team\": \"payments\" }\n}\n",
        )),
        facts: None,
    },
};

pub static UNKNOWN_BLOCK: Code = Code {
    name: "unknown-block",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The policy language has no block of this kind here.",
    explanation: "If unknown blocks were ignored, a typo would silently drop a part of the policy. Correct the name. \
                  What looks like a nested block is written as an attribute: `worker_target = { … }`.",
    examples: Examples {
        wrong: r#"endpiont "payments" { #! unknown-block
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        right: r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        json: None,
        facts: None,
    },
};

pub static UNKNOWN_ATTRIBUTE: Code = Code {
    name: "unknown-attribute",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "The block or object has no attribute of this name.",
    explanation: "If unknown attributes were ignored, a typo would silently change the meaning of the policy. The \
                  objects that guards read and the object types of variables have fixed attributes too. Correct the \
                  name, or remove the attribute.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target   = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_callers = [namespace.orders-prod] #! unknown-attribute
}
"#,
        right: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        json: None,
        facts: None,
    },
};

pub static MISSING_ATTRIBUTE: Code = Code {
    name: "missing-attribute",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "A required attribute or block is missing.",
    explanation: "The declaration is incomplete without it. An attribute that is set to `null` counts as missing. Add \
                  the attribute; the help names its type.",
    examples: Examples {
        wrong: r#"endpoint "payments" { #! missing-attribute
  description = "takes payments"
}
"#,
        right: r#"endpoint "payments" {
  description   = "takes payments"
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        json: None,
        facts: None,
    },
};

pub static MISSING_VARIABLE: Code = Code {
    name: "missing-variable",
    severity: Severity::Error,
    family: Family::Document,
    control: Control::Fixed,
    decided: Decided::Always,
    meaning: "A variable has neither a value nor a default.",
    explanation: "Set the variable with `--var name=value`, with `--var-file FILE`, or with the environment variable \
                  `NEXUSC_VAR_name`, in this order of precedence; or declare a `default`.",
    examples: Examples {
        wrong: r#"variable "queue" { #! missing-variable
  type = string
}

endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = var.queue }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        right: r#"variable "queue" {
  type    = string
  default = "nexus"
}

endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = var.queue }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        json: None,
        facts: None,
    },
};
