//! The target of an Endpoint as the registry has it.

use registry::RegisteredTarget;
use schema::account::Target;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The target of an Endpoint in the registry, where other rules may apply than in a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum HeldTarget {
    /// A task queue of a Namespace.
    Worker(WorkerTarget),
    /// A URL outside Temporal.
    External(ExternalTarget),
}

/// A URL as the target of an Endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalTarget {
    /// The URL.
    pub url: String,
}

/// A task queue as the target of an Endpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerTarget {
    /// The Namespace id.
    pub namespace: String,
    /// The task queue.
    pub task_queue: String,
}

impl HeldTarget {
    /// The target of a policy.
    #[must_use]
    pub fn of(target: &Target) -> Self {
        match target {
            Target::Worker { namespace, task_queue } => Self::Worker(WorkerTarget {
                namespace: namespace.to_string(),
                task_queue: task_queue.to_string(),
            }),
            Target::External { url } => Self::External(ExternalTarget { url: url.clone() }),
        }
    }

    /// The target of a registered Endpoint; `None` for an unknown kind.
    #[must_use]
    pub fn held(target: RegisteredTarget) -> Option<Self> {
        match target {
            RegisteredTarget::Worker { namespace, task_queue } => {
                Some(Self::Worker(WorkerTarget { namespace, task_queue }))
            }
            RegisteredTarget::External { url } => Some(Self::External(ExternalTarget { url })),
            RegisteredTarget::Unknown(_) => None,
        }
    }

    /// The Namespace of a task queue.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Worker(worker) => Some(&worker.namespace),
            Self::External(_) => None,
        }
    }
}

impl From<&HeldTarget> for RegisteredTarget {
    fn from(target: &HeldTarget) -> Self {
        match target {
            HeldTarget::Worker(WorkerTarget { namespace, task_queue }) => {
                Self::Worker { namespace: namespace.clone(), task_queue: task_queue.clone() }
            }
            HeldTarget::External(ExternalTarget { url }) => Self::External { url: url.clone() },
        }
    }
}
