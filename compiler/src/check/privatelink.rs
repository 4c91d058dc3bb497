//! Private connections: their region and service, and whether they close a Namespace to the internet.

use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, Finding, Findings};
use crate::evaluate::Reference;
use crate::facts::Facts;
use crate::plan::connectivity;
use crate::policy::{DeclaredPrivatelink, Policy, Spanned};
use schema::name::NamespaceId;
use schema::privatelink::{CONTROL_PLANE_SERVICE, PrivateService, private_service};
use schema::region::Region;
use std::collections::BTreeMap;

pub(super) fn check(policy: &Policy, facts: Option<&Facts>, findings: &mut Findings) {
    for privatelink in &policy.privatelinks {
        if let Some(region) = &privatelink.region {
            namespaces(privatelink, region, policy, facts, findings);
            service(privatelink, region, findings);
        }
    }
    lockout(policy, facts, findings);
    if let Some(facts) = facts {
        findings.extend(connectivity(policy, facts).reopened());
        unseen(policy, facts, findings);
    }
}

/// What the account holds decides whether a connection is a Namespace's first, and where it is to be detached.
fn unseen(policy: &Policy, facts: &Facts, findings: &mut Findings) {
    let mut unproven = |privatelink: &DeclaredPrivatelink, message: String, help: &str| {
        let finding = Finding::new(Code::Unproven, privatelink.span, message).help(help);
        findings.push(finding.instance(&privatelink.instance));
    };
    if let (Some(reason), Some(first)) =
        (&facts.connectivity.incomplete, policy.changeable_privatelinks().next())
    {
        let message = format!("it is not known which connectivity rules the account has: {reason}");
        return unproven(
            first,
            message,
            "read the account with a key of the role Developer or higher to be sure",
        );
    }
    let is_held = |privatelink: &&DeclaredPrivatelink| {
        privatelink.connection.as_ref().is_some_and(|used| facts.connectivity.private(&used.id).is_some())
    };
    if let Some(first) = policy.changeable_privatelinks().find(is_held).filter(|_| !facts.all_namespaces) {
        let message = "it is not known whether it is attached to Namespaces that cannot be seen, from which it would have to be detached";
        unproven(
            first,
            message.to_owned(),
            "read the account with a key of a Global Admin or Owner to be sure",
        );
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
            used.finding(Code::PrivatelinkRegion, message)
                .related(declared.map(|declared| declared.span), format!("`{name}` is declared here"))
                .help("connect to it from its own region, or add a replica in this one")
                .instance(&privatelink.instance),
        );
    }
}

fn service(privatelink: &DeclaredPrivatelink, region: &Spanned<&Region>, findings: &mut Findings) {
    let at = region.id.id;
    let mut refuse = |span: Span, message: String, help: String| {
        let finding = Finding::new(Code::PrivatelinkService, span, message).help(help);
        findings.push(finding.instance(&privatelink.instance));
    };
    let given = privatelink.service_name.as_ref();
    let Some(expected) = private_service(at).map(PrivateService::service_name) else {
        let message = format!("Temporal documents no private connectivity in `{at}`");
        refuse(region.span, message, "choose a region that has it".to_owned());
        return;
    };
    let Some(given) = given.filter(|given| given.id != expected) else { return };
    let message = if given.id == CONTROL_PLANE_SERVICE {
        "this is the service of Temporal's control plane, not that of Namespaces".to_owned()
    } else {
        format!("this is not Temporal's service in `{at}`")
    };
    refuse(given.span, message, format!("write `{expected}`, or leave `service_name` out"));
}

/// What the policy attaches to one Namespace.
struct Attached<'p> {
    first: &'p Spanned<NamespaceId>,
    instance: &'p Reference,
    minded: bool,
}

/// A Namespace's first connectivity rule closes every other way to it. Where facts are known, one that has a rule attached
/// is closed already, and one that cannot be seen is not judged: that it cannot be is said elsewhere. That a Namespace may
/// be closed counts whoever says it; that it is kept open, where that is carried out too.
fn lockout(policy: &Policy, facts: Option<&Facts>, findings: &mut Findings) {
    let may_lock = |namespace: &NamespaceId| {
        facts.is_none_or(|facts| {
            facts.namespaces.contains_key(namespace) && facts.connectivity.attached_to(namespace).is_empty()
        })
    };
    let mut attached: BTreeMap<&NamespaceId, Attached> = BTreeMap::new();
    for privatelink in policy.changeable_privatelinks() {
        for used in &privatelink.namespaces {
            let fresh = Attached { first: used, instance: &privatelink.instance, minded: false };
            attached.entry(&used.id).or_insert(fresh).minded |= privatelink.minds_lockout();
        }
    }
    let allowed = policy.privatelinks.iter().filter(|privatelink| privatelink.allow_public_lockout);
    for used in allowed.flat_map(|privatelink| &privatelink.namespaces) {
        attached.entry(&used.id).and_modify(|attached| attached.minded = true);
    }
    for Attached { first, instance, .. } in
        attached.values().filter(|it| !it.minded && may_lock(&it.first.id))
    {
        let name = first.id.name();
        let message = format!("the first private connection of `{name}` closes it to the internet at once");
        let help =
            "write `keep_public = true` to keep it open, or `allow_public_lockout = true` if this is meant";
        let finding = first.finding(Code::PrivatelinkLockout, message).help(help);
        findings.push(finding.instance(*instance));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::check;

    #[test]
    fn a_connection_is_in_the_namespaces_region_and_to_its_service() {
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
  service_name = "com.amazonaws.vpce.us-east-1.vpce-svc-0f44b3d7302816b94" #! privatelink-service
  keep_public  = true
}
privatelink "replica" {
  region        = "aws-eu-west-1"
  connection_id = "vpce-0123456789abcdef1"
  namespaces    = ["eu-prod"]
  service_name  = "com.amazonaws.vpce.eu-west-1.vpce-svc-04388e89f3479b739"
}
privatelink "azure" {
  region        = "azure-centralus" #! privatelink-service
  connection_id = "vpce-0123456789abcdef2"
  namespaces    = []
}
"#,
        );
    }

    #[test]
    fn the_first_connection_of_a_namespace_locks_it_unless_that_is_said() {
        check(
            r#"privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces = [
    namespace.orders-prod, #! privatelink-lockout
    "payments-prod",
  ]
}
privatelink "second" {
  region               = "aws-us-east-1"
  connection_id        = "vpce-0123456789abcdef1"
  namespaces           = [namespace.payments-prod]
  allow_public_lockout = true
}
"#,
        );
    }
}
