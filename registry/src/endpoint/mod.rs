//! A Nexus Endpoint as the registry gave it: the JSON that was read, with typed views of what we know.

mod calls;
pub(crate) mod change;
pub(crate) mod description;
pub(crate) mod expectation;
pub(crate) mod guarded_write;

use crate::endpoint::description::Description;
use crate::json;
use crate::operation::Operation;
use schema::account::Target;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// The registry's names of states, by their numbers.
const STATES: [&str; 11] = [
    "",
    "RESOURCE_STATE_ACTIVATING",
    "RESOURCE_STATE_ACTIVATION_FAILED",
    "RESOURCE_STATE_ACTIVE",
    "RESOURCE_STATE_UPDATING",
    "RESOURCE_STATE_UPDATE_FAILED",
    "RESOURCE_STATE_DELETING",
    "RESOURCE_STATE_DELETE_FAILED",
    "RESOURCE_STATE_DELETED",
    "RESOURCE_STATE_SUSPENDED",
    "RESOURCE_STATE_EXPIRED",
];

/// The state of a resource. One that is not listed here keeps the registry's word.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the registry's own words, explained by its API")]
pub enum ResourceState {
    Unspecified,
    Activating,
    ActivationFailed,
    Active,
    Updating,
    UpdateFailed,
    Deleting,
    DeleteFailed,
    Deleted,
    Suspended,
    Expired,
    /// A state of a newer API.
    Unknown(String),
}

impl ResourceState {
    pub(crate) fn read(value: Option<&Value>) -> Self {
        let name = json::enumerated(value, &STATES);
        match name.strip_prefix("RESOURCE_STATE_").unwrap_or(&name) {
            "" | "UNSPECIFIED" => Self::Unspecified,
            "ACTIVATING" => Self::Activating,
            "ACTIVATION_FAILED" => Self::ActivationFailed,
            "ACTIVE" => Self::Active,
            "UPDATING" => Self::Updating,
            "UPDATE_FAILED" => Self::UpdateFailed,
            "DELETING" => Self::Deleting,
            "DELETE_FAILED" => Self::DeleteFailed,
            "DELETED" => Self::Deleted,
            "SUSPENDED" => Self::Suspended,
            "EXPIRED" => Self::Expired,
            _ => Self::Unknown(crate::connection::excerpt::excerpt(&name)),
        }
    }

    /// The registry's word, without what all of them start with: `ACTIVE`.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Unspecified => "UNSPECIFIED",
            Self::Activating => "ACTIVATING",
            Self::ActivationFailed => "ACTIVATION_FAILED",
            Self::Active => "ACTIVE",
            Self::Updating => "UPDATING",
            Self::UpdateFailed => "UPDATE_FAILED",
            Self::Deleting => "DELETING",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::Deleted => "DELETED",
            Self::Suspended => "SUSPENDED",
            Self::Expired => "EXPIRED",
            Self::Unknown(word) => word.strip_prefix("RESOURCE_STATE_").unwrap_or(word),
        }
    }

    /// Whether the registry is still carrying out a write.
    #[must_use]
    pub fn is_in_progress(&self) -> bool {
        matches!(self, Self::Activating | Self::Updating | Self::Deleting)
    }
}

/// Where a registered Endpoint's calls go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisteredTarget {
    /// A task queue of a Namespace.
    Worker {
        /// The Namespace's id.
        namespace: String,
        /// The task queue that its Workers poll.
        task_queue: String,
    },
    /// A URL outside Temporal; on self-hosted Temporal only.
    External {
        /// The URL.
        url: String,
    },
    /// A kind of target that this version doesn't know; null where the registry gave none.
    Unknown(Value),
}

impl RegisteredTarget {
    /// Whether calls already go there.
    #[must_use]
    pub fn is(&self, target: &Target) -> bool {
        match (self, target) {
            (Self::Worker { namespace, task_queue }, Target::Worker { namespace: to, task_queue: queue }) => {
                *namespace == to.to_string() && task_queue == queue.as_str()
            }
            (Self::External { url }, Target::External { url: to }) => url == to,
            _ => false,
        }
    }
}

impl fmt::Display for RegisteredTarget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Worker { namespace, task_queue } => write!(out, "{namespace}, task queue {task_queue}"),
            Self::External { url } => out.write_str(url),
            Self::Unknown(Value::Null) => out.write_str("none"),
            Self::Unknown(_) => out.write_str("a target of an unknown kind"),
        }
    }
}

/// An Endpoint in the registry. What this version doesn't know stays in its JSON, and so survives updates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredEndpoint {
    json: Value,
}

impl RegisteredEndpoint {
    /// Takes over the registry's JSON of an Endpoint.
    ///
    /// # Errors
    /// What is missing, when it has no id or no specification.
    pub fn from_json(json: Value) -> Result<Self, String> {
        json::id(&json, "/id").map_err(|reason| format!("an endpoint has no id: {reason}"))?;
        if !json.get("spec").is_some_and(Value::is_object) {
            return Err("an endpoint has no spec".to_owned());
        }
        let read = Self { json };
        read.check_names().map_err(|(what, reason)| format!("the {what} of an endpoint: {reason}"))?;
        Ok(read)
    }

    /// The name and the callers, which may come to stand in a state, a plan or a message.
    fn check_names(&self) -> Result<(), (&'static str, String)> {
        json::checked_name(self.name()).map_err(|reason| ("name", reason))?;
        let mut callers = json::list(&self.json, "/spec/policySpecs").iter().filter_map(caller);
        callers.try_for_each(json::checked_id).map_err(|reason| ("caller", reason))
    }

    /// Itself, where its target is a Namespace by an id of Temporal Cloud. On a server its name may hold anything.
    pub(crate) fn on_cloud(self) -> Result<Self, String> {
        match self.target() {
            RegisteredTarget::Worker { namespace, .. } => json::checked_name(&namespace)
                .map_err(|reason| format!("the target of an endpoint: {reason}"))?,
            RegisteredTarget::External { .. } | RegisteredTarget::Unknown(_) => {}
        }
        Ok(self)
    }

    /// All that was read.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The id that the registry gave it.
    #[must_use]
    pub fn id(&self) -> &str {
        json::text(&self.json, "/id")
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        json::text(&self.json, "/spec/name")
    }

    /// The version that the next write must name.
    #[must_use]
    pub fn resource_version(&self) -> &str {
        json::text(&self.json, "/resourceVersion")
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> ResourceState {
        ResourceState::read(self.json.get("state"))
    }

    /// The operation that is changing it, or that created it.
    #[must_use]
    pub fn operation_id(&self) -> Option<&str> {
        Some(json::text(&self.json, "/asyncOperationId")).filter(|id| !id.is_empty())
    }

    /// The project it belongs to, where the registry has projects.
    #[must_use]
    pub fn project_id(&self) -> Option<&str> {
        Some(json::text(&self.json, "/projectId")).filter(|id| !id.is_empty())
    }

    /// When it was created, as RFC 3339 text.
    #[must_use]
    pub fn created_time(&self) -> Option<&str> {
        Some(json::text(&self.json, "/createdTime")).filter(|time| !time.is_empty())
    }

    /// When it was last changed, as RFC 3339 text; unset until the first change.
    #[must_use]
    pub fn last_modified_time(&self) -> Option<&str> {
        Some(json::text(&self.json, "/lastModifiedTime")).filter(|time| !time.is_empty())
    }

    /// Where its calls go.
    #[must_use]
    pub fn target(&self) -> RegisteredTarget {
        let target = self.json.pointer("/spec/targetSpec").unwrap_or(&Value::Null);
        let of_kind = |kind| target.get(kind).filter(|fields| fields.is_object());
        match (of_kind("workerTargetSpec"), of_kind("externalTargetSpec")) {
            (Some(worker), _) => RegisteredTarget::Worker {
                namespace: json::text(worker, "/namespaceId").to_owned(),
                task_queue: json::text(worker, "/taskQueue").to_owned(),
            },
            (None, Some(external)) => {
                RegisteredTarget::External { url: json::text(external, "/url").to_owned() }
            }
            (None, None) => RegisteredTarget::Unknown(target.clone()),
        }
    }

    /// What it is for.
    #[must_use]
    pub fn description(&self) -> Description {
        Description::read(self.spec())
    }

    /// The ids of the Namespaces whose Workflows may call it. Policies of other kinds are not among them.
    #[must_use]
    pub fn callers(&self) -> BTreeSet<String> {
        let specs = json::list(&self.json, "/spec/policySpecs");
        specs.iter().filter_map(caller).map(str::to_owned).collect()
    }

    /// Whether a policy of a kind that this version doesn't know applies: then more may call it than [`Self::callers`].
    #[must_use]
    pub fn has_unknown_policies(&self) -> bool {
        json::list(&self.json, "/spec/policySpecs").iter().any(|spec| caller(spec).is_none())
    }

    /// Whether it is there: the registry may show one for a while after its deletion.
    pub(crate) fn exists(&self) -> bool {
        self.state() != ResourceState::Deleted
    }

    pub(crate) fn spec(&self) -> &Value {
        self.json.get("spec").unwrap_or(&Value::Null)
    }

    pub(crate) fn with_spec(&self, spec: Value) -> Self {
        let mut json = self.json.clone();
        if let Some(slot) = json.get_mut("spec") {
            *slot = spec;
        }
        Self { json }
    }
}

/// A creation that the registry has accepted: the Endpoint has its id, and may not be ready yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedEndpoint {
    /// The new Endpoint's id.
    pub endpoint_id: String,
    /// What is still to be awaited.
    pub operation: Operation,
}

/// The Namespace that one policy allows; `None` for a policy of another kind.
pub(crate) fn caller(policy: &Value) -> Option<&str> {
    policy.pointer("/allowedCloudNamespacePolicySpec/namespaceId")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_endpoint_of_a_newer_api_is_read() {
        let json = json!({
            "id": "e1", "resourceVersion": "v9", "state": "RESOURCE_STATE_FROZEN", "projectId": "p",
            "spec": {
                "name": "payments",
                "targetSpec": { "lambdaTargetSpec": { "arn": "x" } },
                "policySpecs": [
                    { "allowedCloudNamespacePolicySpec": { "namespaceId": "b1.a2dd6" } },
                    { "allowedProjectPolicySpec": { "projectId": "p" } },
                ],
            },
        });
        let endpoint = RegisteredEndpoint::from_json(json).unwrap();
        assert_eq!((endpoint.id(), endpoint.name(), endpoint.resource_version()), ("e1", "payments", "v9"));
        assert_eq!(endpoint.state(), ResourceState::Unknown("RESOURCE_STATE_FROZEN".to_owned()));
        assert!(matches!(endpoint.target(), RegisteredTarget::Unknown(Value::Object(_))));
        assert_eq!(endpoint.callers(), BTreeSet::from(["b1.a2dd6".to_owned()]));
        assert!(endpoint.has_unknown_policies());
        assert_eq!((endpoint.project_id(), endpoint.operation_id()), (Some("p"), None));
    }

    #[test]
    fn every_state_is_known_by_name_and_number() {
        for (number, name) in STATES.iter().enumerate() {
            let by_name = ResourceState::read(Some(&json!(name)));
            assert_eq!(by_name, ResourceState::read(Some(&json!(number))), "{name}");
            assert!(!matches!(by_name, ResourceState::Unknown(_)), "{name}");
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        assert!(RegisteredEndpoint::from_json(json!({ "spec": {} })).is_err());
        assert!(RegisteredEndpoint::from_json(json!({ "id": "e1" })).is_err());
        let spec = |name: &str, target: &str, caller: &str| {
            json!({ "id": "e1", "spec": {
                "name": name,
                "targetSpec": { "workerTargetSpec": { "namespaceId": target, "taskQueue": "q" } },
                "policySpecs": [{ "allowedCloudNamespacePolicySpec": { "namespaceId": caller } }],
            } })
        };
        assert!(RegisteredEndpoint::from_json(spec("pay", "ledger.tiny1", "shop.tiny1")).is_ok());
        for refused in [
            spec("pay\n::error::x", "ledger.tiny1", "shop.tiny1"),
            spec("pay", "ledger\u{1b}[2J", "shop.tiny1"),
            spec("pay", "ledger.tiny1", "../users"),
            spec("pay", "ledger.tiny1", "shop.tiny1\nx"),
        ] {
            let read = RegisteredEndpoint::from_json(refused.clone()).and_then(RegisteredEndpoint::on_cloud);
            assert!(read.is_err(), "{refused}");
        }
    }
}
