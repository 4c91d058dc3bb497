//! A Nexus Endpoint as the registry returned it: the JSON that was read, with typed views of the fields that are known.

mod calls;
pub(crate) mod change;
pub(crate) mod conflict;
pub(crate) mod description;
pub(crate) mod guarded_write;

use crate::endpoint::description::Description;
use crate::json;
use crate::operation::Operation;
use schema::account::Target;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// The names of states in the API, by number.
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

/// The state of a resource. A state that is not listed here keeps the registry's name.
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

    /// The state of a word as [`Self::word`] returns it.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self::read(Some(&Value::String(format!("RESOURCE_STATE_{word}"))))
    }

    /// The registry's name without the prefix `RESOURCE_STATE_`, such as `ACTIVE`.
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

    /// Whether an operation on the resource is in progress.
    #[must_use]
    pub fn is_in_progress(&self) -> bool {
        matches!(self, Self::Activating | Self::Updating | Self::Deleting)
    }
}

/// The target of a registered Endpoint.
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
    /// A kind of target that this version does not know; null when the registry returned none.
    Unknown(Value),
}

impl RegisteredTarget {
    /// Whether this is the target.
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

/// An Endpoint in the registry. Fields that this version does not know stay in its JSON, and so survive updates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredEndpoint {
    json: Value,
}

impl RegisteredEndpoint {
    /// Reads the registry's JSON of an Endpoint.
    ///
    /// # Errors
    /// When it has no id or no specification, or when its name or a caller is invalid.
    pub fn from_json(json: Value) -> Result<Self, String> {
        json::id(&json, "/id").map_err(|reason| format!("an endpoint has no id: {reason}"))?;
        if !json.get("spec").is_some_and(Value::is_object) {
            return Err("an endpoint has no spec".to_owned());
        }
        let read = Self { json };
        read.check_names().map_err(|(what, reason)| format!("the {what} of an endpoint: {reason}"))?;
        Ok(read)
    }

    /// Checks the name and the callers, which are written into states, plans and messages.
    fn check_names(&self) -> Result<(), (&'static str, String)> {
        json::checked_name(self.name()).map_err(|reason| ("name", reason))?;
        let mut callers = json::list(&self.json, "/spec/policySpecs").iter().filter_map(caller);
        callers.try_for_each(json::checked_id).map_err(|reason| ("caller", reason))
    }

    /// Checks that the target is a Namespace id of Temporal Cloud. A self-hosted server allows other names.
    pub(crate) fn with_cloud_target(self) -> Result<Self, String> {
        match self.target() {
            RegisteredTarget::Worker { namespace, .. } => json::checked_name(&namespace)
                .map_err(|reason| format!("the target of an endpoint: {reason}"))?,
            RegisteredTarget::External { .. } | RegisteredTarget::Unknown(_) => {}
        }
        Ok(self)
    }

    /// The JSON that was read.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Its id in the registry.
    #[must_use]
    pub fn id(&self) -> &str {
        json::text(&self.json, "/id")
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        json::text(&self.json, "/spec/name")
    }

    /// The version that the next write must carry.
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

    /// The project that it belongs to, if the registry has projects.
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

    /// Its target.
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

    /// Its description.
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

    /// Whether it has a policy of a kind that this version does not know: then others than [`Self::callers`] may be allowed.
    #[must_use]
    pub fn has_unknown_policies(&self) -> bool {
        json::list(&self.json, "/spec/policySpecs").iter().any(|spec| caller(spec).is_none())
    }

    /// Whether it exists: the registry may return an Endpoint for a while after its deletion.
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

/// An Endpoint whose creation was accepted: it has an id and may not be ready yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedEndpoint {
    /// The new Endpoint's id.
    pub endpoint_id: String,
    /// The operation that creates it.
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
            let read = RegisteredEndpoint::from_json(refused.clone())
                .and_then(RegisteredEndpoint::with_cloud_target);
            assert!(read.is_err(), "{refused}");
        }
    }
}
