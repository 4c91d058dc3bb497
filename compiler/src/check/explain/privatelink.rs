//! Private connectivity.

use super::account::WITH_RULE;
use super::{Explanation, held, shown};
use crate::diagnostic::Code;

pub(super) const EXPLANATIONS: &[Explanation] = &[
    shown(
        Code::PrivatelinkRegion,
        "A private connection reaches the Namespaces of its own region: those that are active there, and those that \
         have a replica there.",
        r#"namespace "books-prod" {
  regions = ["aws-eu-central-1"]
}

endpoint "books" {
  worker_target = { namespace = namespace.books-prod, task_queue = "nexus" }
}

privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.books-prod] #! privatelink-region
  keep_public   = true
}
"#,
        r#"namespace "books-prod" {
  regions = ["aws-eu-central-1"]
}

endpoint "books" {
  worker_target = { namespace = namespace.books-prod, task_queue = "nexus" }
}

privatelink "hub" {
  region        = "aws-eu-central-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.books-prod]
  keep_public   = true
}
"#,
    ),
    shown(
        Code::PrivatelinkService,
        "Temporal has one service in each region. Leave `service_name` out and it is filled in.",
        r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
  service_name  = "com.amazonaws.vpce.us-east-1.vpce-svc-01b8dccfc6660d9d4" #! privatelink-service
}
"#,
        r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
  service_name  = "com.amazonaws.vpce.us-east-1.vpce-svc-0822256b6575ea37f"
}
"#,
    ),
    shown(
        Code::PrivatelinkConnectionId,
        "On AWS it is the id of the VPC endpoint, on GCP the number of the Private Service Connect connection, which \
         needs `gcp_project_id` as well.",
        r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpc-0123456789abcdef0" #! privatelink-connection-id
  namespaces    = [namespace.payments-prod]
  keep_public   = true
}
"#,
        r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
  keep_public   = true
}
"#,
    ),
    shown(
        Code::PrivatelinkLockout,
        "While no connectivity rule is attached to a Namespace, it is reached from the internet and through every private \
         connection of its region. The first rule that is attached closes every other way at once. `keep_public` \
         attaches the account's public rule too; `allow_public_lockout` says that closing it is meant.",
        r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod] #! privatelink-lockout
}
"#,
        r#"privatelink "hub" {
  region               = "aws-us-east-1"
  connection_id        = "vpce-0123456789abcdef0"
  namespaces           = [namespace.payments-prod]
  allow_public_lockout = true
}
"#,
    ),
    held(
        Code::PrivatelinkReopen,
        "A Namespace without connectivity rules is open to the internet. That its last rule goes is known from the \
         account's facts. Attach another rule first if it is to stay closed.",
        WITH_RULE,
        r#"privatelink "hub" { #! privatelink-reopen
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = []
}
"#,
        r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = [namespace.payments-prod]
}
"#,
    ),
];
