//! Whether the Namespaces of a private connection are in its region.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Findings, Severity};
use crate::facts::Facts;
use crate::policy::{DeclaredPrivatelink, Policy, Spanned};
use schema::region::Region;

pub static PRIVATELINK_REGION: Code = Code {
    name: "privatelink-region",
    severity: Severity::Error,
    family: Family::Privatelink,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "The Namespace is not in the region of the private connection.",
    explanation: "A private connection reaches only Namespaces that are active or have a replica in its region. \
                  Connect from a region of the Namespace, or add a replica in the region of the connection.",
    examples: Examples {
        wrong: r#"namespace "books-prod" {
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
        right: r#"namespace "books-prod" {
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
        json: None,
        facts: None,
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    for privatelink in &context.policy.privatelinks {
        if let Some(region) = &privatelink.region {
            namespaces(privatelink, region, context.policy, context.facts, findings);
        }
    }
}

/// Each Namespace must be in the connection's region, with a replica at least.
fn namespaces(
    privatelink: &DeclaredPrivatelink,
    region: &Spanned<&Region>,
    policy: &Policy,
    facts: Option<&Facts>,
    findings: &mut Findings,
) {
    let at = region.id.id;
    for used in &privatelink.namespaces {
        let declared = policy.namespaces.get(&used.id);
        let held = facts.and_then(|facts| facts.namespaces.get(&used.id));
        let Some(namespace) = held.or(declared.map(|declared| &declared.namespace)) else { continue };
        if namespace.regions.is_empty() || namespace.regions.iter().any(|known| known == at) {
            continue;
        }
        let name = used.id.name();
        let message = format!(
            "the Namespace `{name}` is not in `{at}`: it is in {}",
            crate::language::block::quoted(&namespace.regions.iter().map(String::as_str).collect::<Vec<_>>())
                .replace(" or ", " and ")
        );
        findings.push(
            used.finding(&PRIVATELINK_REGION, message)
                .related(declared.map(|declared| declared.span), format!("`{name}` is declared here"))
                .help("connect to it from its own region, or add a replica in this one")
                .about_all(privatelink.subject_parts())
                .about(Part::Namespace, name.as_str())
                .instance(&privatelink.instance),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn a_connection_is_in_a_region_of_the_namespace() {
        check(
            r#"namespace "eu-prod" {
  regions = ["aws-eu-central-1", "aws-eu-west-1"]
}
endpoint "eu" {
  worker_target = { namespace = "eu-prod", task_queue = "q" }
}
privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces = [
    namespace.orders-prod,
    "eu-prod", #! privatelink-region
  ]
  keep_public = true
}
privatelink "replica" {
  region               = "aws-eu-west-1"
  connection_id        = "vpce-0123456789abcdef1"
  namespaces           = ["eu-prod"]
  allow_public_lockout = true
}
"#,
        );
    }
}
