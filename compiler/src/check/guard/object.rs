//! The objects that guards are about.

use super::Ground;
use super::value::{Values, maybe, null, text, value};
use crate::evaluate::{Place, Reference, Value, ValueKind};
use crate::policy::{DeclaredAllowlist, DeclaredCallers, DeclaredPrivatelink, Guarded, Use};
use schema::name::{EndpointName, NamespaceId};
use schema::source::Span;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// The Namespaces that may call an Endpoint, in order and each once.
pub(super) type Callers<'p> = Vec<&'p NamespaceId>;

/// One object, where a finding about it points, and the block instance that is at fault.
pub(super) struct Object<'p> {
    pub(super) value: Value,
    pub(super) place: Place,
    pub(super) instance: Option<&'p Reference>,
}

/// A list of callers that grants something, as conditions see it.
pub(super) struct Grant<'p> {
    pub(super) value: Value,
    pub(super) instance: &'p Reference,
    pub(super) callers: &'p DeclaredCallers,
}

pub(super) struct Objects<'p> {
    pub(super) ground: Ground<'p>,
    pub(super) values: Values<'p>,
    /// The allowlists that grant something, by Endpoint; that of an Endpoint whose allowlists have all expired is empty.
    allowlists: BTreeMap<&'p EndpointName, Vec<&'p DeclaredAllowlist>>,
}

impl<'p> Objects<'p> {
    pub(super) fn of(ground: &Ground<'p>) -> Self {
        let mut allowlists: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for allowlist in ground.policy.allowlists.values().flatten() {
            let of = allowlists.entry(&allowlist.endpoint.id).or_default();
            of.extend(allowlist.grants_on(ground.today).then_some(allowlist));
        }
        Self { ground: *ground, values: Values::of(ground), allowlists }
    }

    /// Every object of a kind that the policy declares.
    pub(super) fn declared(&self, guarded: Guarded) -> Vec<Object<'p>> {
        let policy = self.ground.policy;
        match guarded {
            Guarded::Endpoint => {
                let declared = policy.endpoints.values();
                declared
                    .map(|it| Object {
                        value: self.endpoint(&it.name),
                        place: it.span.into(),
                        instance: Some(&it.instance),
                    })
                    .collect()
            }
            Guarded::Namespace => {
                let declared = policy.namespaces.iter();
                declared.map(|(id, it)| block(self.values.namespace(id), it.span)).collect()
            }
            Guarded::Principal => {
                let declared = policy.principals.iter();
                declared.map(|(id, it)| block(self.values.principal(id), it.span)).collect()
            }
            Guarded::Privatelink => policy.privatelinks.iter().map(|it| self.privatelink(it)).collect(),
            _ => Vec::new(),
        }
    }

    /// An Endpoint, declared or not.
    pub(super) fn endpoint(&self, name: &EndpointName) -> Value {
        match self.ground.policy.endpoints.get(name) {
            None => self.values.foreign_endpoint(name),
            Some(endpoint) => self.values.endpoint(endpoint, self.callers(name).as_ref()),
        }
    }

    /// The callers that a declared Endpoint is to have; `None` where its allowlist belongs to others.
    fn callers(&self, name: &EndpointName) -> Option<Callers<'p>> {
        let endpoint = self.ground.policy.endpoints.get(name)?;
        let granted = self.allowlists.get(name);
        if endpoint.callers.is_none() && granted.is_none() {
            return None;
        }
        let granted = granted.into_iter().flatten().map(|allowlist| &allowlist.callers);
        let uses = endpoint.callers.iter().chain(granted).flat_map(|callers| &callers.namespaces);
        let mut callers: Callers = uses.map(|used| &used.id).collect();
        callers.sort_unstable();
        callers.dedup();
        Some(callers)
    }

    /// What lists callers of an Endpoint.
    pub(super) fn grants(&self, name: &EndpointName) -> Vec<Grant<'p>> {
        let endpoint = self.ground.policy.endpoints.get(name);
        let own = endpoint.and_then(|it| Some((it, it.callers.as_ref()?))).map(|(it, callers)| Grant {
            value: self.grant(it.span, None, null()),
            instance: &it.instance,
            callers,
        });
        let apart = self.allowlists.get(name).into_iter().flatten().map(|it| Grant {
            value: self.grant(
                it.span,
                it.reason.as_deref(),
                it.expires.map_or_else(null, |(day, _)| text(&day.to_string())),
            ),
            instance: &it.instance,
            callers: &it.callers,
        });
        own.into_iter().chain(apart).collect()
    }

    fn grant(&self, span: Span, reason: Option<&str>, expires: Value) -> Value {
        let file = self.ground.sources.get(span.file).map(schema::source::SourceFile::path);
        self.values.object([("file", maybe(file)), ("reason", maybe(reason)), ("expires", expires)])
    }

    /// Every list that grants calls, by Endpoint.
    pub(super) fn lists(&self) -> impl Iterator<Item = CallList<'_, 'p>> {
        let policy = self.ground.policy;
        let names: BTreeSet<_> = policy.endpoints.keys().chain(self.allowlists.keys().copied()).collect();
        names.into_iter().flat_map(move |name| {
            self.grants(name).into_iter().map(move |grant| CallList::of(self, name, grant))
        })
    }

    pub(super) fn call(&self, caller: Value, endpoint: &Value, grant: Value) -> Value {
        self.call_to(target_of(endpoint), caller, endpoint, grant)
    }

    /// A call that goes elsewhere than the Endpoint's calls go now.
    pub(super) fn call_to(&self, target: Value, caller: Value, endpoint: &Value, grant: Value) -> Value {
        self.values.object([
            ("caller", caller),
            ("endpoint", endpoint.clone()),
            ("target", target),
            ("grant", grant),
        ])
    }

    /// Where an Endpoint's calls go.
    fn target(&self, name: &EndpointName) -> Value {
        match self.ground.policy.endpoints.get(name) {
            None => target_of(&self.endpoint(name)),
            Some(endpoint) => self.values.declared_target(endpoint),
        }
    }

    fn privatelink(&self, it: &'p DeclaredPrivatelink) -> Object<'p> {
        let connection = it.connection.as_ref().map(|used| &used.id);
        let made = self.values.object([
            ("region", maybe(it.region.as_ref().map(|used| used.id.id))),
            ("connection_id", maybe(connection.map(|id| &*id.connection_id))),
            ("gcp_project_id", maybe(connection.and_then(|id| id.gcp_project_id.as_deref()))),
            ("namespaces", self.values.namespaces(it.namespaces.iter().map(|used| &used.id))),
            ("keep_public", value(ValueKind::Bool(it.keep_public))),
            ("allow_public_lockout", value(ValueKind::Bool(it.allow_public_lockout))),
            ("managed_by", self.values.principals(&it.managed_by)),
        ]);
        Object { value: made, place: it.span.into(), instance: Some(&it.instance) }
    }
}

/// Where an Endpoint's calls go.
pub(super) fn target_of(endpoint: &Value) -> Value {
    endpoint.member("target").map_or_else(null, |member| member.value.clone())
}

/// A list that grants calls, with what all of its calls share. That is made when it is first looked at.
pub(super) struct CallList<'o, 'p> {
    pub(super) grant: Grant<'p>,
    objects: &'o Objects<'p>,
    name: &'p EndpointName,
    endpoint: OnceCell<Value>,
    target: OnceCell<Value>,
}

impl<'o, 'p> CallList<'o, 'p> {
    fn of(objects: &'o Objects<'p>, name: &'p EndpointName, grant: Grant<'p>) -> Self {
        Self { grant, objects, name, endpoint: OnceCell::new(), target: OnceCell::new() }
    }

    fn endpoint(&self) -> &Value {
        self.endpoint.get_or_init(|| self.objects.endpoint(self.name))
    }

    /// An attribute of every call of the list; `None` for what calls have not.
    pub(super) fn attribute(&self, name: &str) -> Option<&Value> {
        match name {
            "endpoint" => Some(self.endpoint()),
            "target" => Some(self.target.get_or_init(|| self.objects.target(self.name))),
            "grant" => Some(&self.grant.value),
            _ => None,
        }
    }

    /// The call of one who is on it.
    pub(super) fn call(&self, caller: &Use<NamespaceId>) -> Object<'p> {
        let by = self.objects.values.namespace(&caller.id);
        Object {
            value: self.objects.call(by, self.endpoint(), self.grant.value.clone()),
            place: Place { span: caller.span, from: caller.from },
            instance: Some(self.grant.instance),
        }
    }
}

fn block<'p>(value: Value, span: Span) -> Object<'p> {
    Object { value, place: span.into(), instance: None }
}
