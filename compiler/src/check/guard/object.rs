//! The objects that guards are about.

use super::projection::Projection;
use super::value::{NamespaceView, Values, maybe, member, null, object_of, value};
use super::view::{Terms, View};
use crate::check::CheckContext;
use crate::diagnostic::source::Span;
use crate::evaluate::{Member, Origin, Reference, Value, ValueKind};
use crate::policy::{DeclaredCallers, DeclaredEndpoint, DeclaredPrincipal, DeclaredPrivatelink, Guarded};
use schema::name::{EndpointName, PrincipalId};

/// One object, the span of findings about it, and the block instance at fault.
pub(super) struct Object<'p> {
    pub(super) view: View<'p>,
    pub(super) place: Origin,
    pub(super) instance: Option<&'p Reference>,
    /// Why the object is not fully known, so that a failure is unproven.
    pub(super) doubt: Option<String>,
}

impl<'p> Object<'p> {
    fn of(view: View<'p>, span: Span, instance: &'p Reference) -> Self {
        Self { view, place: span.into(), instance: Some(instance), doubt: None }
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
                declared.map(|it| Object::of(View::Endpoint(it), it.span, &it.instance)).collect()
            }
            Guarded::Namespace => {
                let view = |id| View::Namespace(self.values.namespace(id));
                let declared = policy.namespaces.iter();
                declared.map(|(id, it)| Object::of(view(id), it.span, &it.instance)).collect()
            }
            Guarded::Principal => {
                let object = |(id, it): (&'p PrincipalId, &'p DeclaredPrincipal)| {
                    let view = View::Value(self.values.principal(id));
                    let doubt = self.hidden_access(id);
                    Object { doubt, ..Object::of(view, it.span, &it.instance) }
                };
                policy.principals.iter().map(object).collect()
            }
            Guarded::Privatelink => policy.privatelinks.iter().map(|it| self.privatelink(it)).collect(),
            _ => Vec::new(),
        }
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

    fn file(&self, span: Span) -> Option<&'p str> {
        self.context.sources.get(span.file).map(crate::diagnostic::source::SourceFile::path)
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
                CallList { objects: self, endpoint: endpoint.map_or_else(foreign, View::Endpoint), grant }
            })
        })
    }

    pub(super) fn call(&self, caller: Value, endpoint: &Value, grant: Value) -> Value {
        self.call_to(target_of(endpoint), caller, endpoint, grant)
    }

    /// A call to another target than the Endpoint's current one.
    pub(super) fn call_to(&self, target: Value, caller: Value, endpoint: &Value, grant: Value) -> Value {
        self.values.object([
            ("caller", caller),
            ("endpoint", endpoint.clone()),
            ("target", target),
            ("grant", grant),
        ])
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
        Object::of(View::Value(made), it.span, &it.instance)
    }
}

/// An Endpoint's target.
pub(super) fn target_of(endpoint: &Value) -> Value {
    endpoint.member("target").map_or_else(null, |member| member.value.clone())
}

/// A list that grants calls.
pub(super) struct CallList<'o, 'p> {
    pub(super) grant: Grant<'p>,
    objects: &'o Objects<'p>,
    endpoint: View<'p>,
}

/// The attributes that all calls of a list share, built once.
pub(super) type Shared = Vec<Member>;

impl<'p> CallList<'_, 'p> {
    /// An attribute of every call of the list; `None` if calls have no such attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<View<'p>> {
        match name {
            "endpoint" => Some(self.endpoint.clone()),
            "target" => {
                let target = self.objects.values.member(&self.endpoint, "target");
                Some(target.unwrap_or(View::Value(null())))
            }
            "grant" => Some(View::Grant(self.grant.terms)),
            _ => None,
        }
    }

    /// The members that are read of every call of the list.
    pub(super) fn shared(&self, wanted: &Projection) -> Shared {
        let values = &self.objects.values;
        let shared = ["endpoint", "target", "grant"].into_iter().filter_map(|name| {
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
