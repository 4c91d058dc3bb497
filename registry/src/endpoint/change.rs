//! Changes of an Endpoint, and what a plan of them was made on. A change patches the JSON that was read, so that settings
//! that this version does not know are kept.

use crate::endpoint::conflict::{Conflict, conflict, listed};
use crate::endpoint::description::{self, Description};
use crate::endpoint::{RegisteredEndpoint, RegisteredTarget, caller};
use crate::json;
use schema::account::Target;
use schema::name::{EndpointName, NamespaceId};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// An Endpoint to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Its name.
    pub name: EndpointName,
    /// Its target.
    pub target: Target,
    /// Its description; `None` leaves it unset, which differs from an empty text.
    pub description: Option<String>,
    /// The Namespaces whose Workflows may call it.
    pub callers: BTreeSet<NamespaceId>,
}

/// A change of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DescriptionChange {
    /// Set it to this text.
    Set(String),
    /// Unset it.
    Remove,
}

/// A change of an allowlist. Policies of other kinds are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallersChange {
    /// Allow these and no other callers.
    Replace(BTreeSet<NamespaceId>),
    /// Add and remove these callers and leave all others.
    Edit {
        /// The callers to add.
        add: BTreeSet<NamespaceId>,
        /// The callers to remove.
        remove: BTreeSet<NamespaceId>,
    },
}

/// A change of an Endpoint; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointChange {
    /// A new name, which every caller must be changed to use.
    pub name: Option<EndpointName>,
    /// A new target.
    pub target: Option<Target>,
    /// A change of the description.
    pub description: Option<DescriptionChange>,
    /// A change of the allowlist.
    pub callers: Option<CallersChange>,
}

/// The managed attributes as they were when the plan was made; `None` for an attribute that is not managed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// The name.
    pub name: Option<String>,
    /// The target.
    pub target: Option<RegisteredTarget>,
    /// The description.
    pub description: Option<Description>,
    /// The ids of the caller Namespaces.
    pub callers: Option<BTreeSet<String>>,
    /// Callers that the same plan adds or removes by other writes, which may or may not have been made already.
    pub planned_elsewhere: BTreeSet<String>,
}

impl NewEndpoint {
    /// An Endpoint without a description and callers.
    #[must_use]
    pub fn new(name: EndpointName, target: Target) -> Self {
        Self { name, target, description: None, callers: BTreeSet::new() }
    }

    pub(crate) fn spec(&self) -> Value {
        let change = EndpointChange {
            name: Some(self.name.clone()),
            target: Some(self.target.clone()),
            description: self.description.clone().map(DescriptionChange::Set),
            callers: Some(CallersChange::Replace(self.callers.clone())),
        };
        change.patched(&json!({}))
    }
}

impl EndpointChange {
    /// A change of the allowlist alone.
    #[must_use]
    pub fn of_callers(callers: Option<CallersChange>) -> Self {
        Self { callers, ..Self::default() }
    }

    /// Whether no field is changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The Endpoint after the change; equal to `read` when nothing differs.
    #[must_use]
    pub fn applied_to(&self, read: &RegisteredEndpoint) -> RegisteredEndpoint {
        read.with_spec(self.patched(read.spec()))
    }

    fn patched(&self, spec: &Value) -> Value {
        let mut patched = spec.as_object().cloned().unwrap_or_default();
        if let Some(name) = &self.name {
            patched.insert("name".to_owned(), json!(name.as_str()));
        }
        if let Some(target) = &self.target {
            let target = patched_target(target, &json::object(&patched, "targetSpec"));
            patched.insert("targetSpec".to_owned(), target);
        }
        if let Some(change) = &self.description {
            change.patch(&mut patched);
        }
        if let Some(change) = &self.callers {
            change.patch(&mut patched);
        }
        Value::Object(patched)
    }
}

impl Expectation {
    /// Expects every attribute to be as in `read`.
    #[must_use]
    pub fn of(read: &RegisteredEndpoint) -> Self {
        Self {
            name: Some(read.name().to_owned()),
            target: Some(read.target()),
            description: Some(read.description()),
            callers: Some(read.callers()),
            planned_elsewhere: BTreeSet::new(),
        }
    }

    /// The first managed attribute that is neither what the plan was made on nor what `change` makes it. An attribute that
    /// already has the planned value is no conflict.
    #[must_use]
    pub fn conflict(&self, now: &RegisteredEndpoint, change: &EndpointChange) -> Option<Conflict> {
        let after = change.applied_to(now);
        let quoted = |name: &String| format!("`{name}`");
        let name = |of: &RegisteredEndpoint| of.name().to_owned();
        let changes = change.name.is_some();
        let name = conflict("name", self.name.as_ref(), &name(now), &name(&after), changes, quoted);
        let (target, changes) = (self.target.as_ref(), change.target.is_some());
        let show = RegisteredTarget::to_string;
        let target = conflict("worker_target", target, &now.target(), &after.target(), changes, show);
        let (text, changes) = (self.description.as_ref(), change.description.is_some());
        let show = Description::to_string;
        let text = conflict("description", text, &now.description(), &after.description(), changes, show);
        let (callers, changes) = (self.callers.as_ref(), change.callers.is_some());
        let attribute = "allowed_caller_namespaces";
        let compared_callers = |all: &BTreeSet<String>| all - &self.planned_elsewhere;
        let (callers, now) = (callers.map(compared_callers), compared_callers(&now.callers()));
        let after = compared_callers(&after.callers());
        let callers = conflict(attribute, callers.as_ref(), &now, &after, changes, listed);
        name.or(target).or(text).or(callers)
    }
}

/// A target of another kind is replaced; a target of the same kind is patched, so that its other fields are kept.
fn patched_target(target: &Target, read: &Map<String, Value>) -> Value {
    let (kind, fields) = match target {
        Target::Worker { namespace, task_queue } => {
            let fields = [("namespaceId", namespace.to_string()), ("taskQueue", task_queue.to_string())];
            ("workerTargetSpec", fields.to_vec())
        }
        Target::External { url } => ("externalTargetSpec", vec![("url", url.clone())]),
    };
    let same_kind = read.get(kind).is_some_and(Value::is_object);
    let mut patched = if same_kind { read.clone() } else { Map::new() };
    let mut inner = json::object(read, kind);
    inner.extend(fields.into_iter().map(|(name, text)| (name.to_owned(), Value::String(text))));
    patched.insert(kind.to_owned(), Value::Object(inner));
    Value::Object(patched)
}

impl DescriptionChange {
    fn patch(&self, spec: &mut Map<String, Value>) {
        let read = Description::read(&Value::Object(spec.clone()));
        match self {
            Self::Set(text) if read.text() == Some(text) => return,
            Self::Set(text) => {
                let payload = description::payload(text, spec.get("description"));
                spec.insert("description".to_owned(), payload);
            }
            Self::Remove if read == Description::Absent => return,
            Self::Remove => {
                spec.remove("description");
            }
        }
        spec.remove("descriptionDeprecated");
    }
}

impl CallersChange {
    /// Adds these callers.
    #[must_use]
    pub fn add(callers: BTreeSet<NamespaceId>) -> Self {
        Self::Edit { add: callers, remove: BTreeSet::new() }
    }

    /// Removes these callers.
    #[must_use]
    pub fn remove(callers: BTreeSet<NamespaceId>) -> Self {
        Self::Edit { add: BTreeSet::new(), remove: callers }
    }

    /// Remaining policies keep their JSON and their order; new callers follow, sorted.
    fn patch(&self, spec: &mut Map<String, Value>) {
        let read = spec.get("policySpecs").and_then(Value::as_array).cloned().unwrap_or_default();
        let present: BTreeSet<String> = read.iter().filter_map(caller).map(str::to_owned).collect();
        let callers = self.applied_to(&present);
        if present == callers {
            return;
        }
        let remains = |policy: &Value| caller(policy).is_none_or(|namespace| callers.contains(namespace));
        let new = callers.difference(&present);
        let new =
            new.map(|namespace| json!({ "allowedCloudNamespacePolicySpec": { "namespaceId": namespace } }));
        let kept = read.into_iter().filter(remains);
        let policies = kept.chain(new).collect();
        spec.insert("policySpecs".to_owned(), Value::Array(policies));
    }

    fn applied_to(&self, present: &BTreeSet<String>) -> BTreeSet<String> {
        let ids =
            |namespaces: &BTreeSet<NamespaceId>| namespaces.iter().map(NamespaceId::to_string).collect();
        match self {
            Self::Replace(all) => ids(all),
            Self::Edit { add, remove } => &(present | &ids(add)) - &ids(remove),
        }
    }
}

#[cfg(test)]
mod tests;
