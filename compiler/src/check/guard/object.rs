//! The objects that guards are about.

use super::projection::Projection;
use super::value::{NamespaceView, Values, maybe, member, null, object_of, value};
use super::view::{Terms, View};
use crate::access::renames::Renames;
use crate::check::CheckContext;
use crate::diagnostic::source::Span;
use crate::diagnostic::subject::Part;
use crate::evaluate::{Member, Origin, Reference, Value, ValueKind};
use crate::policy::{
    DeclaredCallers, DeclaredEndpoint, DeclaredNamespace, DeclaredPrincipal, DeclaredPrivatelink, Guarded,
};
use registry::{RegisteredEndpoint, RegisteredTarget};
use schema::account::Target;
use schema::name::{EndpointName, NamespaceId, PrincipalId};

/// One object, the span of findings about it, and the block instance at fault.
pub(super) struct Object<'p> {
    pub(super) view: View<'p>,
    pub(super) place: Origin,
    pub(super) instance: Option<&'p Reference>,
    /// Why the object is not fully known, so that a failure is unproven.
    pub(super) doubt: Option<String>,
    /// The names of what a finding about it is about.
    pub(super) about: Vec<(Part, String)>,
}

impl<'p> Object<'p> {
    fn of(
        view: View<'p>,
        (span, instance): (Span, &'p Reference),
        about: impl IntoIterator<Item = (Part, String)>,
    ) -> Self {
        let about = about.into_iter().collect();
        Self { view, place: span.into(), instance: Some(instance), doubt: None, about }
    }
}

/// A list of callers that grants something.
pub(super) struct Grant<'p> {
    pub(super) terms: Terms<'p>,
    pub(super) instance: &'p Reference,
    pub(super) callers: &'p DeclaredCallers,
}

pub(super) struct Objects<'p> {
    pub(super) context: CheckContext<'p>,
    pub(super) values: Values<'p>,
}

impl<'p> Objects<'p> {
    pub(super) fn of(context: &CheckContext<'p>) -> Self {
        Self { context: *context, values: Values::of(context) }
    }

    /// Every object of a kind that the policy declares.
    pub(super) fn declared(&self, guarded: Guarded) -> Vec<Object<'p>> {
        let policy = self.context.policy;
        match guarded {
            Guarded::Endpoint => {
                let declared = policy.endpoints.values();
                let object = |it| Object::of(View::Endpoint(it), (it.span, &it.instance), endpoint_parts(it));
                declared.map(object).collect()
            }
            Guarded::Namespace => {
                let view = |id| View::Namespace(self.values.namespace(id));
                let declared = policy.namespaces.iter();
                let about = |id: &NamespaceId| [(Part::Namespace, id.name().to_string())];
                let object = |(id, it): (&'p NamespaceId, &'p DeclaredNamespace)| {
                    Object::of(view(id), (it.span, &it.instance), about(id))
                };
                declared.map(object).collect()
            }
            Guarded::Principal => {
                let object = |(id, it): (&'p PrincipalId, &'p DeclaredPrincipal)| {
                    let view = View::Value(self.values.principal(id));
                    let doubt = self.hidden_access(id);
                    let about = [(Part::Principal, id.to_string())];
                    Object { doubt, ..Object::of(view, (it.span, &it.instance), about) }
                };
                policy.principals.iter().map(object).collect()
            }
            Guarded::Privatelink => policy.privatelinks.iter().map(|it| self.privatelink(it)).collect(),
            Guarded::Call => self.calls_of_others(),
            _ => Vec::new(),
        }
    }

    /// The calls of those whom others let call a declared Endpoint, as the account has them. All other calls are judged list
    /// by list.
    fn calls_of_others(&self) -> Vec<Object<'p>> {
        let Some(facts) = self.context.facts else { return Vec::new() };
        let policy = self.context.policy;
        let renames = Renames::of(policy, facts);
        let left = policy.endpoints.values().filter(|endpoint| !self.values.owns_callers(endpoint));
        let calls = left.flat_map(|endpoint| {
            let held = renames.current_name(endpoint).and_then(|name| facts.endpoints.get(name.as_str()));
            let callers = held.map(RegisteredEndpoint::callers).unwrap_or_default();
            callers.into_iter().map(move |caller| (endpoint, caller))
        });
        let object = |(endpoint, caller): (&'p DeclaredEndpoint, String)| {
            let view = View::Endpoint(endpoint);
            let of_endpoint = |name| self.values.member(&view, name).unwrap_or(View::Value(null()));
            let call = self.values.object([
                ("caller", self.values.namespace_of(&caller)),
                ("endpoint", self.values.value(&view, &Projection::All)),
                ("target", self.values.value(&of_endpoint("target"), &Projection::All)),
                ("task_queue", self.values.value(&declared_queue(endpoint), &Projection::All)),
                ("grant", null()),
            ]);
            let about =
                endpoint_parts(endpoint).into_iter().chain([(Part::Caller, self.short_name(&caller))]);
            Object::of(View::Value(call), (endpoint.span, &endpoint.instance), about)
        };
        calls.map(object).collect()
    }

    /// Why nothing of the access of a principal is seen, where there may be some.
    fn hidden_access(&self, id: &PrincipalId) -> Option<String> {
        let grant = &self.context.facts?.principals.get(id)?.grant;
        grant.may_hold_more.clone().filter(|_| grant.access.is_none())
    }

    /// An Endpoint, declared or not.
    pub(super) fn endpoint(&self, name: &EndpointName) -> View<'p> {
        match self.context.policy.endpoints.get(name) {
            None => View::Value(self.values.foreign_endpoint(name)),
            Some(endpoint) => View::Endpoint(endpoint),
        }
    }

    /// A whole Endpoint.
    pub(super) fn whole_endpoint(&self, name: &EndpointName) -> Value {
        self.values.value(&self.endpoint(name), &Projection::All)
    }

    /// The lists with callers of an Endpoint.
    pub(super) fn grants(&self, name: &EndpointName) -> Vec<Grant<'p>> {
        self.grants_of(self.context.policy.endpoints.get(name), name).collect()
    }

    fn grants_of(
        &self,
        endpoint: Option<&'p DeclaredEndpoint>,
        name: &EndpointName,
    ) -> impl Iterator<Item = Grant<'p>> {
        let own = endpoint.and_then(|it| Some((it, it.callers.as_ref()?))).map(|(it, callers)| Grant {
            terms: Terms { file: self.file(it.span), reason: None, expires: None },
            instance: &it.instance,
            callers,
        });
        let apart = self.values.allowlists.get(name).into_iter().flatten().map(|it| Grant {
            terms: Terms {
                file: self.file(it.span),
                reason: it.reason.as_deref(),
                expires: it.expires.map(|(day, _)| day),
            },
            instance: &it.instance,
            callers: &it.callers,
        });
        own.into_iter().chain(apart)
    }

    /// The name of a Namespace without its account.
    pub(super) fn short_name(&self, id: &str) -> String {
        let parsed = self.context.policy.account.backend.namespace_id(id);
        parsed.map_or_else(|_| id.to_owned(), |id| id.name().to_string())
    }

    /// An Endpoint that the policy does not declare, and its target in the account.
    fn foreign_parts(&self, name: &EndpointName) -> Vec<(Part, String)> {
        let held = self.context.facts.and_then(|facts| facts.endpoints.get(name.as_str()));
        let target = held.and_then(|held| match held.target() {
            RegisteredTarget::Worker { namespace, .. } => Some(self.short_name(&namespace)),
            RegisteredTarget::External { url } => Some(url),
            RegisteredTarget::Unknown(_) => None,
        });
        let target = target.map(|target| (Part::Target, target));
        [(Part::Endpoint, name.to_string())].into_iter().chain(target).collect()
    }

    fn file(&self, span: Span) -> Option<&'p str> {
        self.context.sources.get(span.file).map(crate::diagnostic::source::SourceFile::path_in_policy)
    }

    /// Every list that grants calls, by Endpoint.
    pub(super) fn lists(&self) -> impl Iterator<Item = CallList<'_, 'p>> {
        let policy = self.context.policy;
        let declared = policy.endpoints.iter().map(|(name, endpoint)| (name, Some(endpoint)));
        let others = self.values.allowlists.keys().filter(|name| !policy.endpoints.contains_key(**name));
        let mut all: Vec<_> = declared.chain(others.map(|name| (*name, None))).collect();
        all.sort_by_key(|(name, _)| *name);
        all.into_iter().flat_map(move |(name, endpoint)| {
            self.grants_of(endpoint, name).map(move |grant| {
                let foreign = || View::Value(self.values.foreign_endpoint(name));
                let task_queue = endpoint.map_or_else(|| self.values.foreign_queue(name), declared_queue);
                let declared = endpoint;
                let endpoint = endpoint.map_or_else(foreign, View::Endpoint);
                CallList { objects: self, name, declared, endpoint, task_queue, grant }
            })
        })
    }

    fn privatelink(&self, it: &'p DeclaredPrivatelink) -> Object<'p> {
        let connection = it.connection.as_ref().map(|used| &used.id);
        let made = self.values.object([
            ("region", maybe(it.region.as_ref().map(|used| used.id.id))),
            ("connection_id", maybe(connection.map(|id| &*id.connection_id))),
            ("gcp_project_id", maybe(connection.and_then(|id| id.gcp_project_id.as_deref()))),
            ("namespaces", self.values.namespaces(&it.namespaces)),
            ("keep_public", value(ValueKind::Bool(it.keep_public))),
            ("allow_public_lockout", value(ValueKind::Bool(it.allow_public_lockout))),
            ("managed_by", self.values.principals(&it.managed_by)),
        ]);
        Object::of(View::Value(made), (it.span, &it.instance), it.subject_parts())
    }
}

/// A list that grants calls.
pub(super) struct CallList<'o, 'p> {
    pub(super) grant: Grant<'p>,
    objects: &'o Objects<'p>,
    name: &'p EndpointName,
    declared: Option<&'p DeclaredEndpoint>,
    endpoint: View<'p>,
    task_queue: View<'p>,
}

/// The task queue that a declared Endpoint's calls go to; null for a URL.
fn declared_queue(endpoint: &DeclaredEndpoint) -> View<'_> {
    match endpoint.target.as_ref().map(|declared| &declared.target) {
        Some(Target::Worker { task_queue, .. }) => View::Text(task_queue.as_str()),
        Some(Target::External { .. }) | None => View::Value(null()),
    }
}

/// The attributes that all calls of a list share, built once.
pub(super) type Shared = Vec<Member>;

/// The Endpoint and its target in what a finding is about.
pub(super) fn endpoint_parts(endpoint: &DeclaredEndpoint) -> Vec<(Part, String)> {
    let target = endpoint.target.as_ref().map(|declared| match &declared.target {
        Target::Worker { namespace, .. } => namespace.name().to_string(),
        Target::External { url } => url.to_string(),
    });
    let target = target.map(|target| (Part::Target, target));
    [(Part::Endpoint, endpoint.name.to_string())].into_iter().chain(target).collect()
}

impl<'p> CallList<'_, 'p> {
    /// What a finding about a call of the list is about.
    pub(super) fn about(&self, caller: &NamespaceId) -> Vec<(Part, String)> {
        let mut about = match self.declared {
            Some(endpoint) => endpoint_parts(endpoint),
            None => self.objects.foreign_parts(self.name),
        };
        about.push((Part::Caller, caller.name().to_string()));
        about
    }

    /// An attribute of every call of the list; `None` if calls have no such attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<View<'p>> {
        match name {
            "endpoint" => Some(self.endpoint.clone()),
            "target" => {
                let target = self.objects.values.member(&self.endpoint, "target");
                Some(target.unwrap_or(View::Value(null())))
            }
            "task_queue" => Some(self.task_queue.clone()),
            "grant" => Some(View::Grant(self.grant.terms)),
            _ => None,
        }
    }

    /// The members that are read of every call of the list.
    pub(super) fn shared(&self, wanted: &Projection) -> Shared {
        let values = &self.objects.values;
        let shared = ["endpoint", "target", "task_queue", "grant"].into_iter().filter_map(|name| {
            let wanted = wanted.member(name)?;
            Some(member(values.key(name), values.value(&self.attribute(name)?, wanted)))
        });
        shared.collect()
    }

    /// The members that are read of the call of one caller.
    pub(super) fn call(&self, caller: NamespaceView<'p>, shared: &Shared, wanted: &Projection) -> Value {
        let values = &self.objects.values;
        let by = wanted.member("caller").map(|wanted| values.value(&View::Namespace(caller), wanted));
        let by = by.map(|by| member(values.key("caller"), by));
        object_of(by.into_iter().chain(shared.iter().cloned()))
    }
}
