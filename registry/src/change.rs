//! What to change in an Endpoint. A change is applied to the JSON that was read, so that settings which this version
//! doesn't know survive it.

use crate::description::{self, Description};
use crate::endpoint::{RegisteredEndpoint, RegisteredTarget, caller};
use crate::json;
use schema::account::{Endpoint, Target};
use schema::name::{EndpointName, NamespaceId, TaskQueue};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A task queue of a Namespace, as the target of an Endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerTarget {
    /// The Namespace.
    pub namespace: NamespaceId,
    /// The task queue that its Workers poll.
    pub task_queue: TaskQueue,
}

/// An Endpoint to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Its name.
    pub name: EndpointName,
    /// Where its calls go.
    pub target: WorkerTarget,
    /// What it is for; `None` leaves it unset, which differs from an empty text.
    pub description: Option<String>,
    /// The Namespaces whose Workflows may call it.
    pub callers: BTreeSet<NamespaceId>,
}

/// What to do with a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DescriptionChange {
    /// Make it this text.
    Set(String),
    /// Unset it.
    Remove,
}

/// What to do with an allowlist. Policies of other kinds stay in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallersChange {
    /// Make these the only callers.
    Whole(BTreeSet<NamespaceId>),
    /// Add these, whoever else is there.
    Add(BTreeSet<NamespaceId>),
    /// Remove these, whoever else is there.
    Remove(BTreeSet<NamespaceId>),
}

/// What to change in an Endpoint; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointChange {
    /// A new name: every caller has to follow.
    pub name: Option<EndpointName>,
    /// A new target.
    pub worker_target: Option<WorkerTarget>,
    /// A new description, or none.
    pub description: Option<DescriptionChange>,
    /// Other callers.
    pub callers: Option<CallersChange>,
}

impl NewEndpoint {
    /// The registration of an Endpoint of a policy; `None` for an external target, which Temporal Cloud doesn't have.
    #[must_use]
    pub fn of(endpoint: &Endpoint) -> Option<Self> {
        let Target::Worker { namespace, task_queue } = &endpoint.target else { return None };
        Some(Self {
            name: endpoint.name.clone(),
            target: WorkerTarget { namespace: namespace.clone(), task_queue: task_queue.clone() },
            description: endpoint.description.clone(),
            callers: endpoint.callers.clone(),
        })
    }

    pub(crate) fn spec(&self) -> Value {
        let change = EndpointChange {
            name: Some(self.name.clone()),
            worker_target: Some(self.target.clone()),
            description: self.description.clone().map(DescriptionChange::Set),
            callers: Some(CallersChange::Whole(self.callers.clone())),
        };
        change.patched(&json!({}))
    }
}

impl EndpointChange {
    /// Whether no field is to be changed, whatever the Endpoint is like.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The Endpoint as it will be: equal to `read` when nothing would be different.
    #[must_use]
    pub fn applied_to(&self, read: &RegisteredEndpoint) -> RegisteredEndpoint {
        read.with_spec(self.patched(read.spec()))
    }

    fn patched(&self, spec: &Value) -> Value {
        let mut patched = spec.as_object().cloned().unwrap_or_default();
        if let Some(name) = &self.name {
            patched.insert("name".to_owned(), json!(name.as_str()));
        }
        if let Some(target) = &self.worker_target {
            let target = target.patched(&json::object(&patched, "targetSpec"));
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

impl WorkerTarget {
    /// Whether a registered Endpoint has this target.
    #[must_use]
    pub fn is(&self, target: &RegisteredTarget) -> bool {
        let RegisteredTarget::Worker { namespace, task_queue } = target else { return false };
        *namespace == self.namespace.to_string() && task_queue == self.task_queue.as_str()
    }

    /// A target is one of several kinds: one of another kind goes, what else a worker target holds stays.
    fn patched(&self, target: &Map<String, Value>) -> Value {
        let worker = target.get("workerTargetSpec").filter(|worker| worker.is_object());
        let mut patched = if worker.is_some() { target.clone() } else { Map::new() };
        let mut worker = json::object(target, "workerTargetSpec");
        worker.insert("namespaceId".to_owned(), json!(self.namespace.to_string()));
        worker.insert("taskQueue".to_owned(), json!(self.task_queue.as_str()));
        patched.insert("workerTargetSpec".to_owned(), Value::Object(worker));
        Value::Object(patched)
    }
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
    /// Policies that stay keep their JSON and their order; new callers follow, sorted.
    fn patch(&self, spec: &mut Map<String, Value>) {
        let read = spec.get("policySpecs").and_then(Value::as_array).cloned().unwrap_or_default();
        let present: BTreeSet<String> = read.iter().filter_map(caller).map(str::to_owned).collect();
        let wanted = self.wanted(&present);
        if present == wanted {
            return;
        }
        let stays = |policy: &Value| caller(policy).is_none_or(|namespace| wanted.contains(namespace));
        let new = wanted.difference(&present);
        let new =
            new.map(|namespace| json!({ "allowedCloudNamespacePolicySpec": { "namespaceId": namespace } }));
        let kept = read.into_iter().filter(stays);
        let policies = kept.chain(new).collect();
        spec.insert("policySpecs".to_owned(), Value::Array(policies));
    }

    fn wanted(&self, present: &BTreeSet<String>) -> BTreeSet<String> {
        let ids =
            |namespaces: &BTreeSet<NamespaceId>| namespaces.iter().map(NamespaceId::to_string).collect();
        match self {
            Self::Whole(all) => ids(all),
            Self::Add(some) => present | &ids(some),
            Self::Remove(some) => present - &ids(some),
        }
    }
}

#[cfg(test)]
mod tests;
