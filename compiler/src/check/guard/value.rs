//! What conditions see of Namespaces, principals and Endpoints. Each is made once, however many calls name it.

use super::Ground;
use super::object::Callers;
use crate::evaluate::{List, ListKind, Member, Object, Value, ValueKind};
use crate::policy::{DeclaredEndpoint, Use};
use crate::quick::QuickMap;
use registry::{Description, RegisteredEndpoint, RegisteredTarget};
use schema::access::Access;
use schema::account::Target;
use schema::name::{EndpointName, NamespaceId, PrincipalId};
use schema::source::{FileId, Span};
use std::cell::RefCell;
use std::sync::Arc;

/// Where objects stand: not in the policy, which guards point at themselves.
pub(super) const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

pub(super) struct Values<'p> {
    ground: Ground<'p>,
    namespaces: RefCell<QuickMap<NamespaceId, Value>>,
    /// What attributes are called, in the memory that all objects share.
    keys: RefCell<Vec<(&'static str, Arc<str>)>>,
}

impl<'p> Values<'p> {
    pub(super) fn of(ground: &Ground<'p>) -> Self {
        Self { ground: *ground, namespaces: RefCell::default(), keys: RefCell::default() }
    }

    /// An object with these attributes.
    pub(super) fn object<const N: usize>(&self, members: [(&'static str, Value); N]) -> Value {
        let members = members.into_iter().map(|(key, value)| member(self.key(key), value)).collect();
        value(ValueKind::Object(Object::new(members)))
    }

    fn key(&self, key: &'static str) -> Arc<str> {
        let mut keys = self.keys.borrow_mut();
        if let Some((_, known)) = keys.iter().find(|(known, _)| std::ptr::eq(*known, key)) {
            return Arc::clone(known);
        }
        let made: Arc<str> = key.into();
        keys.push((key, Arc::clone(&made)));
        made
    }

    /// A Namespace. Where facts are known, they alone say what it is like: no one passes a guard by declaring a tag.
    pub(super) fn namespace(&self, id: &NamespaceId) -> Value {
        if let Some(known) = self.namespaces.borrow().get(id) {
            return known.clone();
        }
        let (name, full) = (value(ValueKind::String(id.name().shared())), text(&id.to_string()));
        let declared = || self.ground.policy.namespaces.get(id).map(|declared| &declared.namespace);
        let known = match self.ground.facts {
            Some(facts) => facts.namespaces.get(id),
            None => declared(),
        };
        let made = match known {
            None => self.object([("name", name), ("id", full)]),
            Some(known) => {
                let tags = known.tags.iter().map(|(key, tag)| member(key.as_str().into(), text(tag)));
                let tags = value(ValueKind::Object(Object::map(tags.collect())));
                let regions = list(known.regions.iter().map(|region| text(region)));
                self.object([("name", name), ("id", full), ("tags", tags), ("regions", regions)])
            }
        };
        self.namespaces.borrow_mut().insert(id.clone(), made.clone());
        made
    }

    /// The Namespace of an id that the registry wrote.
    pub(super) fn namespace_of(&self, id: &str) -> Value {
        id.parse().map_or_else(|_| self.object([("id", text(id))]), |id| self.namespace(&id))
    }

    pub(super) fn principal(&self, id: &PrincipalId) -> Value {
        let (kind, name) = (text(id.kind.name()), text(id.name()));
        let access = match self.ground.facts {
            Some(facts) => facts.principals.get(id).and_then(|known| known.grant.access.as_ref()),
            None => self.ground.policy.principals.get(id).map(|declared| &declared.principal.access),
        };
        let Some(access) = access else { return self.object([("kind", kind), ("name", name)]) };
        let held = |(namespace, permission): (&NamespaceId, &schema::access::NamespacePermission)| {
            member(namespace.name().as_str().into(), text(permission.name()))
        };
        let held = match access {
            Access::Account { namespaces, .. } => namespaces.iter().map(held).collect(),
            Access::NamespaceScoped { namespace, permission } => vec![held((namespace, permission))],
        };
        let held = value(ValueKind::Object(Object::map(held)));
        let role = text(access.role().name());
        self.object([("kind", kind), ("name", name), ("account_access", role), ("namespace_access", held)])
    }

    pub(super) fn principals(&self, used: &[Use<PrincipalId>]) -> Value {
        list(used.iter().map(|used| self.principal(&used.id)))
    }

    pub(super) fn namespaces<'i>(&self, ids: impl Iterator<Item = &'i NamespaceId>) -> Value {
        list(ids.map(|id| self.namespace(id)))
    }

    /// Where the calls of a declared Endpoint go.
    pub(super) fn declared_target(&self, endpoint: &DeclaredEndpoint) -> Value {
        match endpoint.target.as_ref().map(|declared| &declared.target) {
            Some(Target::Worker { namespace, .. }) => self.namespace(namespace),
            Some(Target::External { url }) => self.object([("url", text(url))]),
            None => null(),
        }
    }

    /// A declared Endpoint with its callers; null where others own its allowlist.
    pub(super) fn endpoint(&self, endpoint: &DeclaredEndpoint, callers: Option<&Callers>) -> Value {
        let target = self.declared_target(endpoint);
        self.object([
            ("name", text(endpoint.name.as_str())),
            ("description", maybe(endpoint.description.as_deref())),
            ("target", target),
            ("callers", callers.map_or_else(null, |callers| self.namespaces(callers.iter().copied()))),
            ("managed_by", self.principals(&endpoint.managed_by)),
        ])
    }

    /// An Endpoint that the policy does not declare: as the account has it.
    pub(super) fn foreign_endpoint(&self, name: &EndpointName) -> Value {
        let held = self.ground.facts.and_then(|facts| facts.endpoints.get(name.as_str()));
        let Some(held) = held else { return self.object([("name", text(name.as_str()))]) };
        let description = match held.description() {
            Description::Text(text) => Some(text),
            Description::Absent | Description::Foreign => None,
        };
        self.object([
            ("name", text(name.as_str())),
            ("description", maybe(description.as_deref())),
            ("target", self.target(held)),
            ("callers", list(held.callers().iter().map(|id| self.namespace_of(id)))),
            ("managed_by", list(std::iter::empty())),
        ])
    }

    fn target(&self, held: &RegisteredEndpoint) -> Value {
        match held.target() {
            RegisteredTarget::Worker { namespace, .. } => self.namespace_of(&namespace),
            RegisteredTarget::External { .. } | RegisteredTarget::Unknown(_) => null(),
        }
    }
}

pub(super) fn value(kind: ValueKind) -> Value {
    Value::new(NOWHERE, kind)
}

pub(super) fn null() -> Value {
    value(ValueKind::Null)
}

pub(super) fn text(text: &str) -> Value {
    value(ValueKind::text(text))
}

pub(super) fn maybe(text: Option<&str>) -> Value {
    text.map_or_else(null, self::text)
}

fn list(values: impl Iterator<Item = Value>) -> Value {
    value(ValueKind::List(List::new(ListKind::List, values.collect())))
}

fn member(key: Arc<str>, value: Value) -> Member {
    Member { key, key_span: NOWHERE, reference: None, value }
}
