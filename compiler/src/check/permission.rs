//! Whether the identity that applies a policy, and the managers of Endpoints, have the permissions for it.

mod codes;

pub use codes::PERMISSION_CODES;

use crate::diagnostic::source::Span;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Finding, Findings, UNPROVEN};
use crate::facts::Facts;
use crate::policy::demand::{Demand, Subject, connectivity_demands, demand};
use crate::policy::{Policy, Spanned};
use codes::{
    PERMISSION_ATTACH, PERMISSION_CONNECTIVITY, PERMISSION_RETARGET, PERMISSION_ROLE, PERMISSION_TARGET,
};
use schema::access::Rights;
use schema::name::{NamespaceId, PrincipalId};
use schema::permission::{Call, Missing, Verdict, decide};
use std::collections::{BTreeMap, BTreeSet};

/// A principal whose permissions are checked.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The principal.
    pub id: PrincipalId,
    /// What it holds.
    pub rights: Rights,
    /// Where the policy names it.
    pub named: Option<Span>,
    /// Where the policy declares it.
    pub declared: Option<Span>,
}

impl Identity {
    /// What a principal holds: by the account's facts where there are any, else as it is declared; `None` for a
    /// stranger, and where an error hides some of it.
    #[must_use]
    pub fn of(id: &PrincipalId, named: Option<Span>, policy: &Policy, facts: Option<&Facts>) -> Option<Self> {
        let rights = match facts {
            Some(facts) => facts.principals.rights(id).or_else(|| unseen(id, facts))?,
            None => policy.rights(id)?,
        };
        let declared = policy.principals.get(id).map(|declared| declared.span);
        Some(Self { id: id.clone(), rights, named, declared })
    }
}

/// The rights of a principal that cannot be read: unknown, so every denial is unproven.
fn unseen(id: &PrincipalId, facts: &Facts) -> Option<Rights> {
    let reason = facts.principals.section(id.kind).incomplete.clone()?;
    Some(Rights { may_hold_more: Some(reason), ..Rights::default() })
}

/// Checks every demand for one identity. A missing role is reported once, whatever the number of objects.
pub fn check<'p>(identity: &Identity, demands: impl Iterator<Item = Demand<'p>>, findings: &mut Findings) {
    check_as(identity, demands, "apply as a principal that has it", findings);
}

/// What else a manager without a permission can do.
const NO_MANAGER: &str = "remove it from `managed_by`";

/// Like [`check`]; `otherwise` is what can be done instead of giving the permission.
fn check_as<'p>(
    identity: &Identity,
    demands: impl Iterator<Item = Demand<'p>>,
    otherwise: &str,
    findings: &mut Findings,
) {
    let mut roles_reported = Vec::new();
    for demand in demands {
        let verdict = decide(&identity.rights, demand.call);
        let (missing, unknown) = match verdict {
            Verdict::Allowed => continue,
            Verdict::Denied(missing) => (missing, None),
            Verdict::Unknown(reason, missing) => (missing, Some(reason)),
        };
        for missing in missing {
            if !matches!(missing, Missing::Namespace(..) | Missing::OldTarget(_)) {
                if roles_reported.contains(&missing) {
                    continue;
                }
                roles_reported.push(missing);
            }
            findings.push(report(identity, &demand, missing, unknown.as_deref(), otherwise));
        }
    }
}

/// Checks everyone in the `managed_by` of an object that may be changed for it, but `applier`, who is checked as such.
pub fn check_managers(
    policy: &Policy,
    facts: Option<&Facts>,
    applier: Option<&PrincipalId>,
    findings: &mut Findings,
) {
    let mut known = BTreeMap::new();
    let mut identities = |managers: &[Spanned<PrincipalId>]| {
        let mut done = BTreeSet::new();
        let others = managers.iter().filter(|used| Some(&used.id) != applier && done.insert(&used.id));
        let identity = |used: &Spanned<PrincipalId>| {
            let known = known.entry(used.id.clone());
            let known = known.or_insert_with(|| Identity::of(&used.id, None, policy, facts)).clone();
            known.map(|identity| Identity { named: Some(used.span), ..identity })
        };
        others.filter_map(identity).collect::<Vec<_>>()
    };
    for endpoint in policy.endpoints.values().filter(|it| policy.may_change(&it.managed_by)) {
        for identity in identities(&endpoint.managed_by) {
            check_as(&identity, demand(endpoint).into_iter(), NO_MANAGER, findings);
        }
    }
    for privatelink in policy.changeable_privatelinks() {
        for identity in identities(&privatelink.managed_by) {
            check_as(&identity, connectivity_demands(privatelink), NO_MANAGER, findings);
        }
    }
}

fn report(
    identity: &Identity,
    demand: &Demand,
    missing: Missing,
    unknown: Option<&str>,
    otherwise: &str,
) -> Finding {
    let Identity { id, named, declared, .. } = identity;
    let (what, of) = match demand.subject {
        Subject::Endpoint(name) => (format!("the Endpoint `{name}`"), (Part::Endpoint, name.to_string())),
        Subject::Privatelink(id) => {
            (format!("the private connection `{id}`"), (Part::Connection, id.to_string()))
        }
    };
    // A role that is missing is reported once, whatever the object.
    let on = match &missing {
        Missing::Namespace(namespace, _) | Missing::OldTarget(namespace) => {
            Some([of, (Part::Namespace, namespace.name().to_string())])
        }
        _ => None,
    };
    let (code, lacks, span, help) = match missing {
        Missing::Namespace(namespace, _) if matches!(demand.call, Call::ManageNamespace(_)) => {
            let lacks = format!("Namespace Admin on `{}`, which {what} is attached to", namespace.name());
            (&PERMISSION_ATTACH, lacks, demand.span, grant_help(id, namespace, otherwise))
        }
        Missing::GlobalAdmin => {
            let lacks = format!("the account role Global Admin or Owner, which managing {what} needs");
            let help = format!("give `{id}` the role `admin`, or {otherwise}");
            (&PERMISSION_CONNECTIVITY, lacks, named.or(demand.span), help)
        }
        Missing::Namespace(namespace, _) => {
            let lacks = format!("Namespace Admin on `{}`, the target of {what}", namespace.name());
            (&PERMISSION_TARGET, lacks, demand.span, grant_help(id, namespace, otherwise))
        }
        Missing::OldTarget(namespace) => {
            let lacks = format!("Namespace Admin on `{}`, which {what} targets now", namespace.name());
            (&PERMISSION_RETARGET, lacks, demand.span, grant_help(id, namespace, otherwise))
        }
        _ => {
            let lacks = format!("the account role Developer or higher, which managing {what} needs");
            let help = format!("give `{id}` the role `developer`");
            (&PERMISSION_ROLE, lacks, named.or(demand.span), help)
        }
    };
    let finding = match unknown {
        None => Finding::new(code, span, format!("`{id}` lacks {lacks}")),
        Some(reason) => {
            Finding::new(&UNPROVEN, span, format!("cannot determine whether `{id}` has {lacks}: {reason}"))
        }
    };
    let finding = finding
        .help(help)
        .about(Part::Principal, id.to_string())
        .about_all(on.into_iter().flatten())
        .related(declared.filter(|at| Some(*at) != span), format!("`{id}` is declared here"));
    match demand.instance {
        Some(instance) => finding.instance(instance),
        None => finding,
    }
}

fn grant_help(id: &PrincipalId, namespace: &NamespaceId, otherwise: &str) -> String {
    format!("give `{id}` the permission `admin` on `{}`, or {otherwise}", namespace.name())
}

#[cfg(test)]
mod tests;
