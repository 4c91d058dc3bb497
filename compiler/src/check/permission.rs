//! Whether the identity that applies a policy, and whoever manages an Endpoint, may do what that takes.

use crate::facts::Facts;
use crate::policy::{DeclaredEndpoint, Policy, Use};
use schema::access::Rights;
use schema::account::Target;
use schema::diagnostic::{Code, Finding, Findings};
use schema::name::{NamespaceId, PrincipalId};
use schema::permission::{Call, Missing, Verdict, decide};
use schema::source::Span;
use std::collections::BTreeSet;
use time::Date;

/// Someone whose permissions are checked.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who it is.
    pub id: PrincipalId,
    /// What it holds.
    pub rights: Rights,
    /// Where the policy names it.
    pub named: Option<Span>,
    /// Where the policy declares it.
    pub declared: Option<Span>,
}

impl Identity {
    /// What a principal holds: by the account's facts where there are any, else as it is declared; `None` for a stranger.
    #[must_use]
    pub fn of(
        id: &PrincipalId,
        named: Option<Span>,
        policy: &Policy,
        facts: Option<&Facts>,
        today: Date,
    ) -> Option<Self> {
        let rights = match facts {
            Some(facts) => facts.principals.rights(id).or_else(|| unseen(id, facts))?,
            None => policy.declared_account(today)?.rights(id)?,
        };
        let declared = policy.principals.get(id).map(|declared| declared.span);
        Some(Self { id: id.clone(), rights, named, declared })
    }
}

/// What is known of a principal that cannot be seen: nothing, so every denial is unproven.
fn unseen(id: &PrincipalId, facts: &Facts) -> Option<Rights> {
    let reason = facts.principals.section(id.kind).incomplete.clone()?;
    Some(Rights { may_hold_more: Some(reason), ..Rights::default() })
}

/// One call on the registry and the place of the policy that asks for it.
#[derive(Clone, Debug)]
pub struct Demand<'p> {
    /// The call.
    pub call: Call<'p>,
    /// The Endpoint's name.
    pub endpoint: &'p str,
    /// Where the target is named, or else the block's header.
    pub span: Option<Span>,
    /// The block instance.
    pub instance: Option<&'p str>,
}

/// What managing every declared Endpoint takes, where the account's state is not known.
pub fn demands(policy: &Policy) -> impl Iterator<Item = Demand<'_>> {
    policy.endpoints.values().filter_map(demand)
}

/// What managing a declared Endpoint takes.
#[must_use]
pub fn demand(endpoint: &DeclaredEndpoint) -> Option<Demand<'_>> {
    let declared = endpoint.target.as_ref()?;
    let Target::Worker { namespace, .. } = &declared.target else { return None };
    let call = Call::CreateEndpoint { target: namespace };
    let (span, instance) = (Some(declared.span), Some(endpoint.instance.as_str()));
    Some(Demand { call, endpoint: endpoint.name.as_str(), span, instance })
}

/// Checks every demand for one identity. A role that is missing is one fault, whatever the number of Endpoints.
pub fn check<'p>(identity: &Identity, demands: impl Iterator<Item = Demand<'p>>, findings: &mut Findings) {
    let mut role_reported = false;
    for demand in demands {
        let verdict = decide(&identity.rights, demand.call);
        let (missing, unknown) = match verdict {
            Verdict::Allowed => continue,
            Verdict::Denied(missing) => (missing, None),
            Verdict::Unknown(reason, missing) => (missing, Some(reason)),
        };
        for missing in missing {
            let is_role = !matches!(missing, Missing::Namespace(..) | Missing::OldTarget(_));
            if is_role && std::mem::replace(&mut role_reported, true) {
                continue;
            }
            findings.push(report(identity, &demand, missing, unknown.as_deref()));
        }
    }
}

/// Checks, for each Endpoint, everyone in its `managed_by`. Who applies the policy is checked for all of them anyway.
pub fn check_managers(policy: &Policy, facts: Option<&Facts>, today: Date, findings: &mut Findings) {
    let applier = policy.account.apply_as.as_ref().map(|used| &used.id);
    let mut done = BTreeSet::new();
    for endpoint in policy.endpoints.values() {
        for Use { span, id } in endpoint.managed_by.iter().filter(|used| Some(&used.id) != applier) {
            let identity = Identity::of(id, Some(*span), policy, facts, today);
            if let Some(identity) = identity.filter(|_| done.insert((id, &endpoint.name))) {
                check(&identity, demand(endpoint).into_iter(), findings);
            }
        }
    }
}

fn report(identity: &Identity, demand: &Demand, missing: Missing, unknown: Option<&str>) -> Finding {
    let Identity { id, named, declared, .. } = identity;
    let endpoint = demand.endpoint;
    let (code, lacks, span, help) = match missing {
        Missing::Namespace(namespace, _) => {
            let lacks =
                format!("Namespace Admin on `{}`, the target of the Endpoint `{endpoint}`", namespace.name());
            (Code::PermissionTarget, lacks, demand.span, grant_help(id, namespace))
        }
        Missing::OldTarget(namespace) => {
            let lacks = format!(
                "Namespace Admin on `{}`, which the Endpoint `{endpoint}` targets now",
                namespace.name()
            );
            (Code::PermissionRetarget, lacks, demand.span, grant_help(id, namespace))
        }
        _ => {
            let lacks = format!(
                "the account role Developer or higher, which managing the Endpoint `{endpoint}` needs"
            );
            let help = format!("give `{id}` the role `developer`");
            (Code::PermissionRole, lacks, named.or(demand.span), help)
        }
    };
    let finding = match unknown {
        None => Finding::new(code, span, format!("`{id}` lacks {lacks}")),
        Some(reason) => Finding::new(
            Code::Unproven,
            span,
            format!("it is not known whether `{id}` has {lacks}: {reason}"),
        ),
    };
    let finding = finding
        .help(help)
        .related(declared.filter(|at| Some(*at) != span), format!("`{id}` is declared here"));
    match demand.instance {
        Some(instance) => finding.instance(instance),
        None => finding,
    }
}

fn grant_help(id: &PrincipalId, namespace: &NamespaceId) -> String {
    format!(
        "give `{id}` the permission `admin` on `{}`, or let someone apply this who has it",
        namespace.name()
    )
}

#[cfg(test)]
mod tests {
    use crate::check::expect::{check, check_account};

    #[test]
    fn a_missing_role_is_one_fault_and_a_missing_namespace_admin_is_one_for_each_target() {
        check_account(
            r#"account {
  id       = "a2dd6"
  apply_as = service_account.ci #! permission-role
}
service_account "ci" {
  account_access   = "read"
  namespace_access = { orders-prod = "admin", payments-prod = "write" }
}
endpoint "orders" {
  worker_target = { namespace = namespace.orders-prod, task_queue = "q" }
}
endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" } #! permission-target
}
endpoint "refunds" {
  worker_target = { namespace = "payments-prod", task_queue = "q" } #! permission-target
}
"#,
        );
    }

    #[test]
    fn groups_give_their_members_what_they_hold() {
        check_account(
            r#"account {
  id       = "a2dd6"
  apply_as = user["ana@acme.example"]
}
user "ana@acme.example" { account_access = "read" }
group "devs" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
  members          = [user["ana@acme.example"]]
}
endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" }
}
"#,
        );
    }

    #[test]
    fn whoever_manages_an_endpoint_must_be_able_to() {
        check(
            r#"service_account "ci" {
  account_access = "developer"
}
endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" } #! permission-target
  managed_by    = ["service_account.ci", user["owner@acme.example"]]
}
"#,
        );
    }

    #[test]
    fn a_namespace_scoped_service_account_manages_nothing() {
        check(
            r#"service_account "scoped" {
  namespace_scoped_access = { namespace = namespace.payments-prod, permission = "admin" }
}
endpoint "payments" {
  worker_target = { namespace = namespace.payments-prod, task_queue = "q" }
  managed_by    = service_account.scoped #! permission-role
}
"#,
        );
    }
}
