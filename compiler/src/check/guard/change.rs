//! What a change of access gives and takes, as guards see it: calls, and who can manage an Endpoint.

use super::object::{Object, Objects};
use super::projection::Projection;
use super::value::{NOWHERE, null, text, value};
use super::view::View;
use crate::access::HeldTarget;
use crate::access::difference::{Caller, Difference, NameDifference};
use crate::access::held::HeldEndpoint;
use crate::diagnostic::source::Span;
use crate::diagnostic::subject::Part;
use crate::evaluate::{Origin, Reference, Value, ValueKind};
use crate::language::number::Number;
use crate::policy::{DeclaredEndpoint, Guarded};
use schema::name::{EndpointName, PrincipalId};
use schema::permission::{Call, Verdict, decide};
use std::collections::{BTreeMap, BTreeSet};

impl<'p> Objects<'p> {
    /// Every object of a kind that a change gives or takes. What the policy does not know any more is found in the base.
    pub(super) fn differing(
        &self,
        base: Option<&Self>,
        guarded: Guarded,
        difference: &Difference,
    ) -> Vec<Object<'p>> {
        if guarded == Guarded::Change {
            return vec![self.whole_change(difference)];
        }
        let found = difference.names.iter().flat_map(|(name, differs)| {
            let Ok(name) = name.parse::<EndpointName>() else { return Vec::new() };
            match guarded {
                Guarded::GainedCall => self.gained_calls(&name, differs),
                Guarded::LostCall => self.lost_calls(base, &name, differs),
                Guarded::GainedManager => self.managed(base, &differs.gained_managers, &name, differs),
                Guarded::LostManager => self.managed(base, &differs.lost_managers, &name, differs),
                _ => Vec::new(),
            }
        });
        found.collect()
    }

    /// The numbers of the whole change, at the `account` block.
    fn whole_change(&self, difference: &Difference) -> Object<'p> {
        let ((calls_gained, calls_lost), (managers_gained, managers_lost)) =
            (difference.calls(), difference.managers());
        let count = |is: fn(&NameDifference) -> bool| difference.names.values().filter(|it| is(it)).count();
        let numbers = [
            ("calls_gained", calls_gained),
            ("calls_lost", calls_lost),
            ("managers_gained", managers_gained),
            ("managers_lost", managers_lost),
            ("endpoints_created", count(NameDifference::is_created)),
            ("endpoints_deleted", count(NameDifference::is_deleted)),
            ("rules_changed", difference.rules_changed),
        ];
        let made = self
            .values
            .object(numbers.map(|(name, count)| (name, value(ValueKind::Number(Number::from(count))))));
        let guard = || self.context.policy.guards.first().map(|guard| guard.span);
        let place = self.context.policy.account.span.or_else(guard).unwrap_or(NOWHERE);
        Object {
            view: View::Value(made),
            place: place.into(),
            instance: None,
            doubt: None,
            about: Vec::new(),
        }
    }

    /// The calls gained by a name, each at its caller's list entry, else at the Endpoint.
    fn gained_calls(&self, name: &EndpointName, differs: &NameDifference) -> Vec<Object<'p>> {
        if differs.gained.is_empty() {
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
        let (otherwise, declared) = self.place(name, differs);
        let object = |caller: &Caller| {
            let found = caller.id().and_then(|id| listed.get(id));
            let grant = found.map_or_else(null, |(_, terms, _)| terms.clone());
            Object {
                view: View::Value(self.reached(caller, &endpoint, differs.after.as_ref(), grant)),
                place: found.map_or(otherwise, |(.., used)| Origin { span: used.span, from: used.from }),
                instance: found.map(|(grant, ..)| grant.instance).or(declared),
                doubt: None,
                about: self.call_parts(name, caller, differs.after.as_ref()),
            }
        };
        differs.gained.iter().map(object).collect()
    }

    /// The calls lost by a name, each at the Endpoint that had it.
    fn lost_calls(
        &self,
        base: Option<&Self>,
        name: &EndpointName,
        differs: &NameDifference,
    ) -> Vec<Object<'p>> {
        if differs.lost.is_empty() {
            return Vec::new();
        }
        let endpoint = self.known_endpoint(base, name);
        let (place, instance) = self.place(name, differs);
        let object = |caller| {
            let view = View::Value(self.reached(caller, &endpoint, differs.before.as_ref(), null()));
            let about = self.call_parts(name, caller, differs.before.as_ref());
            Object { view, place, instance, doubt: None, about }
        };
        differs.lost.iter().map(object).collect()
    }

    /// What a finding about a call is about.
    fn call_parts(
        &self,
        name: &EndpointName,
        caller: &Caller,
        side: Option<&HeldEndpoint>,
    ) -> Vec<(Part, String)> {
        let target = side.and_then(|side| side.target.as_ref()).map(|target| match target {
            HeldTarget::Worker(worker) => (Part::Target, self.short_name(&worker.namespace)),
            HeldTarget::External(external) => (Part::Target, external.url.clone()),
        });
        let caller = caller.id().map(|id| (Part::Caller, self.short_name(id)));
        [(Part::Endpoint, name.to_string())].into_iter().chain(caller).chain(target).collect()
    }

    /// A call that reaches the target which an Endpoint has on one side of the change. An unknown caller is null.
    fn reached(&self, caller: &Caller, endpoint: &Value, side: Option<&HeldEndpoint>, grant: Value) -> Value {
        let caller = caller.id().map_or_else(null, |id| self.values.namespace_of(id));
        let (target, task_queue) = match side.and_then(|side| side.target.as_ref()) {
            Some(HeldTarget::Worker(worker)) => {
                (self.values.namespace_of(&worker.namespace), text(&worker.task_queue))
            }
            Some(HeldTarget::External(external)) => {
                (self.values.object([("url", text(&external.url))]), null())
            }
            None => (null(), null()),
        };
        self.values.object([
            ("caller", caller),
            ("endpoint", endpoint.clone()),
            ("target", target),
            ("task_queue", task_queue),
            ("grant", grant),
        ])
    }

    /// An Endpoint with each of these principals, at the Endpoint.
    fn managed(
        &self,
        base: Option<&Self>,
        principals: &BTreeSet<PrincipalId>,
        name: &EndpointName,
        differs: &NameDifference,
    ) -> Vec<Object<'p>> {
        if principals.is_empty() {
            return Vec::new();
        }
        let endpoint = self.known_endpoint(base, name);
        let (place, instance) = self.place(name, differs);
        let value = |id| {
            self.values.object([("principal", self.values.principal(id)), ("endpoint", endpoint.clone())])
        };
        let object = |id| {
            let doubt = self.doubt_of(id, name);
            let about = vec![(Part::Endpoint, name.to_string()), (Part::Principal, id.to_string())];
            Object { view: View::Value(value(id)), place, instance, doubt, about }
        };
        principals.iter().map(object).collect()
    }

    /// A whole Endpoint, from the base where the policy does not know it.
    fn known_endpoint(&self, base: Option<&Self>, name: &EndpointName) -> Value {
        let is_declared = |objects: &Self| objects.context.policy.endpoints.contains_key(name);
        let side = base.filter(|base| !is_declared(self) && is_declared(base)).unwrap_or(self);
        side.whole_endpoint(name)
    }

    /// Where a change at a name is reported: at the Endpoint that has the name, at the one that had it, at the block that
    /// removes it, else where access to it is granted.
    fn place(&self, name: &EndpointName, differs: &NameDifference) -> (Origin, Option<&'p Reference>) {
        let policy = self.context.policy;
        let renamed = || policy.endpoints.get(&differs.renamed_to.as_ref()?.parse().ok()?);
        let declared: Option<&'p DeclaredEndpoint> = policy.endpoints.get(name).or_else(renamed);
        match declared {
            Some(declared) => {
                let target = declared.target.as_ref().filter(|_| differs.retargeted.is_some());
                let span = target.map_or(declared.span, |target| target.span);
                (span.into(), Some(&declared.instance))
            }
            None => match policy.removed_endpoint(name.as_str()) {
                Some(removed) => (removed.span.into(), Some(&removed.instance)),
                None => (self.granted_at(name).into(), None),
            },
        }
    }

    /// Where access to an Endpoint is granted that the policy does not declare; else its `account` block.
    fn granted_at(&self, name: &EndpointName) -> Span {
        let granted = self.context.policy.allowlists_of(name).next().map(|grant| grant.endpoint.span);
        let guard = || self.context.policy.guards.first().map(|guard| guard.span);
        granted.or(self.context.policy.account.span).or_else(guard).unwrap_or(NOWHERE)
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
}
