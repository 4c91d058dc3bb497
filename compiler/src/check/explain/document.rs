//! What can be wrong with the text of a policy.

use super::{Examples, Explanation, shown};
use crate::diagnostic::Code;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    Explanation {
        code: Code::Syntax,
        text: "A syntax error costs the block that it stands in (in JSON, the file): the block still declares its name, \
               so that nothing else is reported because of it.",
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
    },
    Explanation {
        code: Code::NestingTooDeep,
        text: "No policy that people write comes near the limit. Split what is generated into `locals`.",
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
    },
    shown(
        Code::TooLarge,
        "A file may have 64 MiB, a policy 256 MiB, and what its expressions produce is limited too, so that no policy \
         can stop the compiler.",
        r#"locals {
  hosts = range(1000)
  ports = setproduct(local.hosts, local.hosts, local.hosts) #! too-large
}
"#,
        r#"locals {
  hosts = range(10)
  ports = setproduct(local.hosts, local.hosts)
}
"#,
    ),
    shown(
        Code::UnknownBlock,
        "A block that the language does not have declares nothing. A typo in a policy is a security bug, so it is an \
         error. What looks like a nested block is written as an attribute: `worker_target = { … }`.",
        r#"endpiont "payments" { #! unknown-block
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
    ),
    shown(
        Code::UnknownAttribute,
        "An attribute that the block does not have would be passed over, and the policy would not mean what it says.",
        r#"endpoint "payments" {
  worker_target   = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_callers = [namespace.orders-prod] #! unknown-attribute
}
"#,
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
    ),
    shown(
        Code::MissingAttribute,
        "`null` counts as left out. The help says what the attribute takes.",
        r#"endpoint "payments" { #! missing-attribute
  description = "takes payments"
}
"#,
        r#"endpoint "payments" {
  description   = "takes payments"
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
    ),
    shown(
        Code::MissingVariable,
        "A variable is given its value with `--var name=value`, in a file with `--var-file FILE`, or in the environment \
         as `NEXUSC_VAR_name`; the first of these that names it counts. Without one it has its `default`.",
        r#"variable "queue" { #! missing-variable
  type = string
}

endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = var.queue }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
        r#"variable "queue" {
  type    = string
  default = "nexus"
}

endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = var.queue }
  allowed_caller_namespaces = [namespace.orders-prod]
}
"#,
    ),
    shown(
        Code::WrongType,
        "A Namespace, an Endpoint or a principal may be written as a reference or as a string; anything else has the one \
         type that the attribute takes.",
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = "orders-prod" #! wrong-type
}
"#,
        r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = ["orders-prod"]
}
"#,
    ),
    shown(
        Code::InvalidValue,
        "Regions are written with their cloud, dates as year-month-day, roles and permissions with the words of the \
         language.",
        r#"user "ana@acme.example" {
  account_access = "superuser" #! invalid-value
}
"#,
        r#"user "ana@acme.example" {
  account_access = "developer"
}
"#,
    ),
    shown(
        Code::InvalidName,
        "Temporal would refuse the name when it is applied. A name may differ from the block's label: write `name = …`.",
        r#"endpoint "payments_eu" { #! invalid-name
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
        r#"endpoint "payments_eu" {
  name          = "payments-eu"
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}
"#,
    ),
    shown(
        Code::DuplicateName,
        "Of two declarations of one thing it cannot be said which is meant: the first counts, the second is reported.",
        r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

endpoint "pay" { #! duplicate-name
  name          = "payments"
  worker_target = { namespace = namespace.orders-prod, task_queue = "nexus" }
}
"#,
        r#"endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "nexus" }
}

endpoint "pay" {
  name          = "payments-v2"
  worker_target = { namespace = namespace.orders-prod, task_queue = "nexus" }
}
"#,
    ),
    shown(
        Code::Evaluation,
        "From a reference its `.name` may be read, and from that of a Namespace `.id`, `.tags` and `.regions` too.",
        r#"endpoint "payments" {
  worker_target = {
    namespace  = namespace.payments-prod
    task_queue = namespace.payments-prod.queue #! evaluation
  }
}
"#,
        r#"endpoint "payments" {
  worker_target = {
    namespace  = namespace.payments-prod
    task_queue = "${namespace.payments-prod.name}-nexus"
  }
}
"#,
    ),
    shown(
        Code::ReferenceCycle,
        "Names are settled first, then everything else; what is read from another block may not lead back to itself.",
        r#"namespace "a-prod" {
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
        r#"namespace "a-prod" {
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
    ),
    shown(
        Code::Unsupported,
        "Temporal Cloud has no external targets; a server of one's own has no allowlists, principals or private \
         connectivity.",
        r#"endpoint "mail" {
  external_target = { url = "https://mail.acme.example/nexus" } #! unsupported
}
"#,
        r#"account {
  backend = "self_hosted"
}

endpoint "mail" {
  external_target = { url = "https://mail.acme.example/nexus" }
}
"#,
    ),
];
