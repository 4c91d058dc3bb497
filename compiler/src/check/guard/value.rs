//! Values of Namespaces, principals and Endpoints. Each is made once, however many calls name it.

use super::projection::Projection;
use super::view::{NAMESPACE, View};
use crate::check::CheckContext;
use crate::diagnostic::source::{FileId, Span};
use crate::evaluate::{List, ListKind, Member, Object, Value, ValueKind};
use crate::fast::hash::{FastMap, Numbers};
use crate::policy::{DeclaredAllowlist, DeclaredEndpoint, Spanned};
use registry::{Description, RegisteredEndpoint, RegisteredTarget};
use schema::access::Access;
use schema::account::{Namespace, Target};
use schema::name::{EndpointName, NamespaceId, PrincipalId, PrincipalKind};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The origin of objects: none, because guards report at their own spans.
pub(super) const NOWHERE: Span = Span { file: FileId(0), start: 0, end: 0 };

/// A Namespace and its known attributes. With facts only those count: declaring a tag does not satisfy a guard. Where the facts
/// are incomplete and lack the Namespace, its declaration counts.
#[derive(Clone, Copy)]
pub(super) struct NamespaceView<'p> {
    pub(super) id: &'p NamespaceId,
    pub(super) held: Option<&'p Namespace>,
    /// Whether the account may have it: its attributes are unknown then, not absent.
    pub(super) is_hidden: bool,
    /// The declared Namespaces come first, in their order, then all others in the order in which they are met.
    pub(super) number: usize,
}

/// What the account's facts may lack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hidden {
    /// The tags and regions of a Namespace.
    Namespace(NamespaceId),
    /// The access of a principal.
    Principal(PrincipalId),
}

pub(super) struct Values<'p> {
    context: CheckContext<'p>,
    /// The allowlists that grant something, by Endpoint; that of an Endpoint whose allowlists have all expired is empty.
    pub(super) allowlists: BTreeMap<&'p EndpointName, Vec<&'p DeclaredAllowlist>>,
    numbers: RefCell<Numbers<'p>>,
    /// The Namespaces that are declared or were met, by number.
    known: RefCell<Vec<NamespaceView<'p>>>,
    /// Those of which a value was made, by number.
    whole: RefCell<FastMap<usize, Value>>,
    /// The Namespaces and principals of which a guard read what the account does not show.
    pub(super) hidden: RefCell<BTreeSet<Hidden>>,
    /// The guards that could not be judged for that, with their headers.
    pub(super) unjudged: RefCell<BTreeSet<(Span, String)>>,
    /// Attribute names, shared by all objects.
    keys: RefCell<Vec<(&'static str, Arc<str>)>>,
}

impl<'p> Values<'p> {
    pub(super) fn of(context: &CheckContext<'p>) -> Self {
        let mut allowlists: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for allowlist in context.policy.allowlists.values().flatten() {
            let of = allowlists.entry(&allowlist.endpoint.id).or_default();
            of.extend(allowlist.grants_on(context.today).then_some(allowlist));
        }
        let values = Self {
            context: *context,
            allowlists,
            numbers: RefCell::new(context.policy.namespaces.keys().collect()),
            known: RefCell::default(),
            whole: RefCell::default(),
            hidden: RefCell::default(),
            unjudged: RefCell::default(),
            keys: RefCell::default(),
        };
        let declared = context.policy.namespaces.keys().zip(0..);
        let declared = declared.map(|(id, number)| values.view(id, number)).collect();
        Self { known: RefCell::new(declared), ..values }
    }

    /// An object with these attributes.
    pub(super) fn object<const N: usize>(&self, members: [(&'static str, Value); N]) -> Value {
        object_of(members.into_iter().map(|(key, value)| member(self.key(key), value)))
    }

    pub(super) fn key(&self, key: &'static str) -> Arc<str> {
        let mut keys = self.keys.borrow_mut();
        if let Some((_, known)) = keys.iter().find(|(known, _)| std::ptr::eq(*known, key)) {
            return Arc::clone(known);
        }
        let made: Arc<str> = key.into();
        keys.push((key, Arc::clone(&made)));
        made
    }

    /// A Namespace that the policy or the account names.
    pub(super) fn namespace(&self, id: &'p NamespaceId) -> NamespaceView<'p> {
        let number = self.numbers.borrow_mut().of(id);
        let mut known = self.known.borrow_mut();
        if let Some(known) = known.get(number) {
            return *known;
        }
        let met = self.view(id, number);
        known.push(met);
        met
    }

    fn view(&self, id: &'p NamespaceId, number: usize) -> NamespaceView<'p> {
        let held = self.held(id);
        NamespaceView { id, held, is_hidden: held.is_none() && self.may_be_hidden(), number }
    }

    fn held(&self, id: &NamespaceId) -> Option<&'p Namespace> {
        let declared = || self.context.policy.namespaces.get(id).map(|declared| &declared.namespace);
        match self.context.facts {
            Some(facts) if facts.all_namespaces => facts.namespaces.get(id),
            Some(facts) => facts.namespaces.get(id).or_else(declared),
            None => declared(),
        }
    }

    /// Whether the account may have Namespaces that its facts do not show.
    fn may_be_hidden(&self) -> bool {
        self.context.facts.is_some_and(|facts| !facts.all_namespaces)
    }

    /// Whether the account may have principals of this kind that its facts do not show.
    fn may_hide(&self, kind: PrincipalKind) -> bool {
        self.context.facts.is_some_and(|facts| facts.principals.section(kind).incomplete.is_some())
    }

    /// An attribute that the account does not show: a condition that depends on it has no value, whatever `try` is around it.
    pub(super) fn unseen(&self, hidden: Hidden) -> Value {
        self.hidden.borrow_mut().insert(hidden);
        value(ValueKind::Failed)
    }

    /// A whole Namespace.
    pub(super) fn whole_namespace(&self, known: &NamespaceView<'p>) -> Value {
        if let Some(made) = self.whole.borrow().get(&known.number) {
            return made.clone();
        }
        let made = self.value_of(&View::Namespace(*known), NAMESPACE, &Projection::All);
        self.whole.borrow_mut().insert(known.number, made.clone());
        made
    }

    /// A whole Namespace that may have no other reference.
    pub(super) fn any_namespace(&self, id: &NamespaceId) -> Value {
        match self.held(id) {
            Some(held) => self.whole_namespace(&self.namespace(&held.id)),
            None if self.may_be_hidden() => {
                let unseen = || self.unseen(Hidden::Namespace(id.clone()));
                let (name, id) = (text(id.name().as_str()), text(&id.to_string()));
                self.object([("name", name), ("id", id), ("tags", unseen()), ("regions", unseen())])
            }
            None => self.object([("name", text(id.name().as_str())), ("id", text(&id.to_string()))]),
        }
    }

    /// The Namespace of an id that the registry wrote.
    pub(super) fn namespace_of(&self, id: &str) -> Value {
        id.parse().map_or_else(|_| self.object([("id", text(id))]), |id| self.any_namespace(&id))
    }

    pub(super) fn principal(&self, id: &PrincipalId) -> Value {
        let (kind, name) = (text(id.kind.name()), text(id.name()));
        let declared = || self.context.policy.principals.get(id).map(|declared| &declared.principal.access);
        let access = match self.context.facts {
            Some(facts) => match facts.principals.get(id) {
                Some(known) => known.grant.access.as_ref(),
                None => declared().filter(|_| self.may_hide(id.kind)),
            },
            None => declared(),
        };
        let Some(access) = access else {
            let is_hidden = self.may_hide(id.kind)
                && self.context.facts.is_some_and(|facts| facts.principals.get(id).is_none());
            if !is_hidden {
                return self.object([("kind", kind), ("name", name)]);
            }
            let unseen = || self.unseen(Hidden::Principal(id.clone()));
            let (role, held) = (unseen(), unseen());
            return self.object([
                ("kind", kind),
                ("name", name),
                ("account_access", role),
                ("namespace_access", held),
            ]);
        };
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

    pub(super) fn principals(&self, used: &[Spanned<PrincipalId>]) -> Value {
        list(used.iter().map(|used| self.principal(&used.id)))
    }

    pub(super) fn namespaces(&self, used: &'p [Spanned<NamespaceId>]) -> Value {
        list(used.iter().map(|used| self.whole_namespace(&self.namespace(&used.id))))
    }

    /// The target of a declared Endpoint.
    pub(super) fn declared_target(&self, endpoint: &'p DeclaredEndpoint) -> View<'p> {
        match endpoint.target.as_ref().map(|declared| &declared.target) {
            Some(Target::Worker { namespace, .. }) => View::Namespace(self.namespace(namespace)),
            Some(Target::External { url }) => View::Value(self.object([("url", text(url))])),
            None => View::Value(null()),
        }
    }

    /// Whether the policy says who may call a declared Endpoint; others own its allowlist where it does not.
    pub(super) fn owns_callers(&self, endpoint: &DeclaredEndpoint) -> bool {
        endpoint.callers.is_some() || self.allowlists.contains_key(&endpoint.name)
    }

    /// The Namespaces that may call a declared Endpoint, in order and each once.
    pub(super) fn callers(&self, endpoint: &'p DeclaredEndpoint) -> Vec<&'p NamespaceId> {
        let mut callers: Vec<_> = self.listed(endpoint).collect();
        callers.sort_unstable();
        callers.dedup();
        callers
    }

    pub(super) fn count_callers(&self, endpoint: &'p DeclaredEndpoint) -> usize {
        let mut callers: Vec<_> = self.listed(endpoint).map(|id| self.namespace(id).number).collect();
        callers.sort_unstable();
        callers.dedup();
        callers.len()
    }

    fn listed(&self, endpoint: &'p DeclaredEndpoint) -> impl Iterator<Item = &'p NamespaceId> {
        let granted = self.allowlists.get(&endpoint.name).into_iter().flatten();
        let granted = granted.map(|allowlist| &allowlist.callers);
        let uses = endpoint.callers.iter().chain(granted).flat_map(|callers| &callers.namespaces);
        uses.map(|used| &used.id)
    }

    /// An Endpoint that the policy does not declare: as the account has it.
    pub(super) fn foreign_endpoint(&self, name: &EndpointName) -> Value {
        let held = self.context.facts.and_then(|facts| facts.endpoints.get(name.as_str()));
        let Some(held) = held else { return self.object([("name", text(name.as_str()))]) };
        let description = match held.description() {
            Description::Text(text) => Some(text),
            Description::Absent | Description::Opaque => None,
        };
        self.object([
            ("name", text(name.as_str())),
            ("description", maybe(description.as_deref())),
            ("target", self.target(held)),
            ("callers", list(held.callers().iter().map(|id| self.namespace_of(id)))),
            ("managed_by", list(std::iter::empty())),
        ])
    }

    /// The task queue of an Endpoint that the policy does not declare, as the account has it.
    pub(super) fn foreign_queue(&self, name: &EndpointName) -> View<'p> {
        let held = self.context.facts.and_then(|facts| facts.endpoints.get(name.as_str()));
        match held.map(RegisteredEndpoint::target) {
            Some(RegisteredTarget::Worker { task_queue, .. }) => View::Value(text(&task_queue)),
            _ => View::Value(null()),
        }
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
    value(ValueKind::NULL)
}

pub(super) fn text(text: &str) -> Value {
    value(ValueKind::text(text))
}

pub(super) fn maybe(text: Option<&str>) -> Value {
    text.map_or_else(null, self::text)
}

pub(super) fn list(values: impl Iterator<Item = Value>) -> Value {
    value(ValueKind::List(List::new(ListKind::List, values.collect())))
}

pub(super) fn object_of(members: impl Iterator<Item = Member>) -> Value {
    value(ValueKind::Object(Object::new(members.collect())))
}

pub(super) fn member(key: Arc<str>, value: Value) -> Member {
    Member { key, key_span: NOWHERE, reference: None, value }
}
