//! What a plan changes, as guards see it: calls, and who can manage an Endpoint.

use super::object::{Object, Objects, target_of};
use super::projection::Projection;
use super::value::null;
use super::view::View;
use crate::diagnostic::source::Span;
use crate::evaluate::Origin;
use crate::plan::Planned;
use crate::policy::Guarded;
use registry::RegisteredEndpoint;
use schema::access::Rights;
use schema::name::{EndpointName, NamespaceId, PrincipalId, PrincipalKind};
use schema::permission::{Call, Verdict, decide};
use std::collections::{BTreeMap, BTreeSet};

impl<'p> Objects<'p> {
    /// Every object of a kind that a plan creates or removes.
    pub(super) fn changed(&self, guarded: Guarded, planned: &[Planned]) -> Vec<Object<'p>> {
        let rights = match guarded {
            Guarded::GainedManager | Guarded::LostManager => self.rights(),
            _ => Vec::new(),
        };
        let mut changed = Vec::new();
        for planned in planned {
            let change = &planned.change;
            let name = change.rename().map_or(change.endpoint(), |(_, to)| to);
            let Ok(name) = name.parse::<EndpointName>() else { continue };
            match guarded {
                Guarded::GainedCall => self.gained(planned, &name, &mut changed),
                Guarded::LostCall => self.lost(planned, &name, &mut changed),
                Guarded::GainedManager => self.managers(planned, &name, &rights, true, &mut changed),
                Guarded::LostManager => self.managers(planned, &name, &rights, false, &mut changed),
                _ => {}
            }
        }
        changed
    }

    fn gained(&self, planned: &Planned, name: &EndpointName, changed: &mut Vec<Object<'p>>) {
        let (gained, _) = self.changed_callers(planned);
        changed.extend(self.gained_calls(&gained, name, planned.span.into()));
    }

    fn lost(&self, planned: &Planned, name: &EndpointName, changed: &mut Vec<Object<'p>>) {
        let (_, lost) = self.changed_callers(planned);
        let target = planned.retarget().map(|(from, _)| from);
        changed.extend(self.lost_calls(&lost, name, target, planned.span));
    }

    /// The calls that these callers gain, each at its caller's list entry, else at `otherwise`.
    pub(super) fn gained_calls(
        &self,
        gained: &BTreeSet<String>,
        name: &EndpointName,
        otherwise: Origin,
    ) -> Vec<Object<'p>> {
        if gained.is_empty() {
            return Vec::new();
        }
        let (endpoint, grants) = (self.whole_endpoint(name), self.grants(name));
        let mut listed = BTreeMap::new();
        for grant in &grants {
            let terms = self.values.value(&View::Grant(grant.terms), &Projection::All);
            for used in &grant.callers.namespaces {
                listed.entry(used.id.to_string()).or_insert((grant, terms.clone(), used));
            }
        }
        let object = |caller: &String| {
            let found = listed.get(caller);
            let grant = found.map_or_else(null, |(_, terms, _)| terms.clone());
            Object {
                view: View::Value(self.call(self.values.namespace_of(caller), &endpoint, grant)),
                place: found.map_or(otherwise, |(.., used)| Origin { span: used.span, from: used.from }),
                instance: found.map(|(grant, ..)| grant.instance),
                doubt: None,
            }
        };
        gained.iter().map(object).collect()
    }

    /// The calls that these callers lose, to `target` where that is not where the Endpoint's calls go now, each at the
    /// Endpoint, else at `otherwise`.
    pub(super) fn lost_calls(
        &self,
        lost: &BTreeSet<String>,
        name: &EndpointName,
        target: Option<&NamespaceId>,
        otherwise: Span,
    ) -> Vec<Object<'p>> {
        if lost.is_empty() {
            return Vec::new();
        }
        let endpoint = self.whole_endpoint(name);
        let target = target.map_or_else(|| target_of(&endpoint), |target| self.values.any_namespace(target));
        let declared = self.context.policy.endpoints.get(name);
        let place: Origin = declared.map_or(otherwise, |declared| declared.span).into();
        let instance = declared.map(|declared| &declared.instance);
        let value = |caller: &String| {
            self.call_to(target.clone(), self.values.namespace_of(caller), &endpoint, null())
        };
        let object = |caller| Object { view: View::Value(value(caller)), place, instance, doubt: None };
        lost.iter().map(object).collect()
    }

    /// The callers who reach a Namespace that they did not reach, and those who no longer reach one that they did: with
    /// another target that is everyone on the allowlist.
    fn changed_callers(&self, planned: &Planned) -> (BTreeSet<String>, BTreeSet<String>) {
        let (gained, lost) = (planned.change.gained(), planned.change.lost());
        if planned.retarget().is_none() {
            return (gained, lost);
        }
        let facts = self.context.facts.map(|facts| &facts.endpoints);
        let held = facts.and_then(|endpoints| endpoints.get(planned.change.endpoint()));
        let before = held.map(RegisteredEndpoint::callers).unwrap_or_default();
        (&(&before - &lost) | &gained, before)
    }

    /// Who can manage an Endpoint on one side of a change of its target and not on the other. Who may hold more than is
    /// seen may manage it.
    fn managers(
        &self,
        planned: &Planned,
        name: &EndpointName,
        rights: &[(&'p PrincipalId, Rights)],
        gained: bool,
        changed: &mut Vec<Object<'p>>,
    ) {
        let Some(demand) = planned.demand() else { return };
        let (before, after) = match demand.call {
            Call::CreateEndpoint { target } => (None, Some(target)),
            Call::UpdateEndpoint { from, to } if from != to => (Some(from), Some(to)),
            _ => return,
        };
        let (with, without) = if gained { (after, before) } else { (before, after) };
        let found = rights.iter().filter(|(_, rights)| manages(rights, with) && !manages(rights, without));
        changed.extend(self.managed(found.map(|(id, _)| *id), name, planned.span));
    }

    /// An Endpoint with each of these principals, at the Endpoint, else at `otherwise`.
    pub(super) fn managed<'i>(
        &self,
        principals: impl Iterator<Item = &'i PrincipalId>,
        name: &EndpointName,
        otherwise: Span,
    ) -> Vec<Object<'p>> {
        let endpoint = self.whole_endpoint(name);
        let declared = self.context.policy.endpoints.get(name);
        let place: Origin = declared.map_or(otherwise, |declared| declared.span).into();
        let instance = declared.map(|declared| &declared.instance);
        let value = |id| {
            self.values.object([("principal", self.values.principal(id)), ("endpoint", endpoint.clone())])
        };
        let object = |id| {
            let doubt = self.doubt_of(id, name);
            Object { view: View::Value(value(id)), place, instance, doubt }
        };
        principals.map(object).collect()
    }

    /// Why it is unknown whether a principal can manage an Endpoint; `None` if it is known.
    fn doubt_of(&self, id: &PrincipalId, name: &EndpointName) -> Option<String> {
        let rights = self.context.facts?.principals.rights(id)?;
        let declared = self.context.policy.endpoints.get(name)?.target.as_ref()?;
        let to = declared.target.namespace()?;
        match decide(&rights, Call::UpdateEndpoint { from: to, to }) {
            Verdict::Unknown(reason, _) => Some(reason),
            Verdict::Allowed | Verdict::Denied(_) => None,
        }
    }

    /// The rights of the account's users and service accounts, including those of their groups.
    fn rights(&self) -> Vec<(&'p PrincipalId, Rights)> {
        let Some(facts) = self.context.facts else { return Vec::new() };
        let kinds = [PrincipalKind::User, PrincipalKind::ServiceAccount];
        let seen = kinds.into_iter().flat_map(|kind| facts.principals.section(kind).visible.keys());
        seen.filter_map(|id| Some((id, facts.principals.rights(id)?))).collect()
    }
}

fn manages(rights: &Rights, target: Option<&NamespaceId>) -> bool {
    let may = |target| {
        !matches!(decide(rights, Call::UpdateEndpoint { from: target, to: target }), Verdict::Denied(_))
    };
    target.is_some_and(may)
}
