//! Views of the policy and the account that conditions read. Only what is read becomes a value.

use super::projection::Projection;
use super::value::{Hidden, NamespaceView, Values, list, member, null, object_of, text, value};
use crate::evaluate::{Object, Value, ValueKind};
use crate::policy::DeclaredEndpoint;
use schema::account::Tags;
use std::sync::Arc;
use time::Date;

/// Something that can be read.
#[derive(Clone)]
pub(super) enum View<'p> {
    /// A value.
    Value(Value),
    Text(&'p str),
    Tags(&'p Tags),
    Namespace(NamespaceView<'p>),
    /// A declared Endpoint.
    Endpoint(&'p DeclaredEndpoint),
    /// The callers of a declared Endpoint.
    Callers(&'p DeclaredEndpoint),
    Grant(Terms<'p>),
}

/// How a list grants access.
#[derive(Clone, Copy)]
pub(super) struct Terms<'p> {
    /// Its span.
    pub(super) file: Option<&'p str>,
    pub(super) reason: Option<&'p str>,
    /// Its last day.
    pub(super) expires: Option<Date>,
}

impl View<'_> {
    /// Whether it has members.
    pub(super) fn is_object(&self) -> bool {
        match self {
            Self::Value(value) => matches!(value.kind, ValueKind::Object(_)),
            Self::Text(_) | Self::Callers(_) => false,
            Self::Tags(_) | Self::Namespace(_) | Self::Endpoint(_) | Self::Grant(_) => true,
        }
    }
}

impl<'p> Values<'p> {
    /// A member of an object; `None` if it has no such member.
    pub(super) fn member(&self, of: &View<'p>, name: &str) -> Option<View<'p>> {
        match of {
            View::Value(value) => value.member(name).map(|member| View::Value(member.value.clone())),
            View::Tags(tags) => tags.get(name).map(|tag| View::Text(tag)),
            View::Namespace(known) => self.namespace_member(known, name),
            View::Endpoint(endpoint) => self.endpoint_member(endpoint, name),
            View::Grant(terms) => grant_member(terms, name),
            View::Text(_) | View::Callers(_) => None,
        }
    }

    /// An unknown Namespace has only a name and an id.
    fn namespace_member(&self, known: &NamespaceView<'p>, name: &str) -> Option<View<'p>> {
        let NamespaceView { id, held, is_hidden, .. } = known;
        match name {
            "name" => Some(View::Text(id.name().as_str())),
            "id" => Some(View::Value(text(&id.to_string()))),
            "tags" | "regions" if *is_hidden => {
                Some(View::Value(self.unseen(Hidden::Namespace((*id).clone()))))
            }
            "tags" => held.map(|held| View::Tags(&held.tags)),
            "regions" => held.map(|held| View::Value(list(held.regions.iter().map(|region| text(region))))),
            _ => None,
        }
    }

    fn endpoint_member(&self, endpoint: &'p DeclaredEndpoint, name: &str) -> Option<View<'p>> {
        Some(match name {
            "name" => View::Text(endpoint.name.as_str()),
            "description" => maybe(endpoint.description.as_deref()),
            "target" => self.declared_target(endpoint),
            "callers" if self.owns_callers(endpoint) => View::Callers(endpoint),
            "callers" => View::Value(null()),
            "managed_by" => View::Value(self.principals(&endpoint.managed_by)),
            _ => return None,
        })
    }

    /// The number of elements or members, if known without building them.
    pub(super) fn length(&self, of: &View<'p>) -> Option<usize> {
        match of {
            View::Value(Value { kind: ValueKind::List(list), .. }) => Some(list.len()),
            View::Value(Value { kind: ValueKind::Object(object), .. }) => Some(object.len()),
            View::Tags(tags) => Some(tags.len()),
            View::Callers(endpoint) => Some(self.count_callers(endpoint)),
            _ => None,
        }
    }

    /// The value of the parts that are read; a value is used as it is.
    pub(super) fn value(&self, of: &View<'p>, wanted: &Projection) -> Value {
        match of {
            View::Value(value) => value.clone(),
            View::Text(of) => text(of),
            View::Tags(tags) => {
                let tags = tags.iter().filter(|(key, _)| wanted.member(key).is_some());
                let members =
                    tags.map(|(key, tag)| member(Arc::clone(key), value(ValueKind::String(Arc::clone(tag)))));
                value(ValueKind::Object(Object::map(members.collect())))
            }
            View::Namespace(known) => match wanted {
                Projection::All => self.whole_namespace(known),
                Projection::Members(_) => self.value_of(of, NAMESPACE, wanted),
            },
            View::Endpoint(_) => self.value_of(of, ENDPOINT, wanted),
            View::Grant(_) => self.value_of(of, GRANT, wanted),
            View::Callers(endpoint) => {
                list(self.callers(endpoint).into_iter().map(|id| self.whole_namespace(&self.namespace(id))))
            }
        }
    }

    /// The value of the members that are read.
    pub(super) fn value_of(&self, of: &View<'p>, members: &[&'static str], wanted: &Projection) -> Value {
        let made = members.iter().filter_map(|name| {
            let wanted = wanted.member(name)?;
            Some(member(self.key(name), self.value(&self.member(of, name)?, wanted)))
        });
        object_of(made)
    }
}

fn maybe(text: Option<&str>) -> View<'_> {
    text.map_or_else(|| View::Value(null()), View::Text)
}

/// The members of a Namespace.
pub(super) const NAMESPACE: &[&str] = &["name", "id", "tags", "regions"];

/// The members of an Endpoint.
const ENDPOINT: &[&str] = &["name", "description", "target", "callers", "managed_by"];

/// The members of a grant.
const GRANT: &[&str] = &["file", "reason", "expires"];

fn grant_member<'p>(terms: &Terms<'p>, name: &str) -> Option<View<'p>> {
    match name {
        "file" => Some(maybe(terms.file)),
        "reason" => Some(maybe(terms.reason)),
        "expires" => Some(View::Value(terms.expires.map_or_else(null, |last| text(&last.to_string())))),
        _ => None,
    }
}
