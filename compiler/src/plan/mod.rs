//! A plan is data: the changes to the registry, sorted, with the state that they were planned on. It can be saved to a file,
//! reviewed, and applied later.

mod change;
mod connectivity;
mod diff;
mod interruption;
mod order;
mod share;
mod uncorrected;

pub use change::{Attributes, CallersChange, Change, FromTo};
pub use connectivity::{
    Attachment, ConnectionBlock, ConnectivityChange, Intent, PlannedConnectivity, Rule, RuleDeletion,
    connectivity, declared_connectivity, others_connections,
};
pub use diff::{Planned, after, changes, changes_among, diff};
pub use interruption::{InterruptedTarget, Interruption, interrupted_targets, interruptions};
pub use order::{chains, waves};
pub use share::Share;
pub use uncorrected::{Flaw, ManagedObject, Uncorrected, flaws, uncorrected};

use crate::access::deletion::DeletionCause;
use crate::access::difference::AccessChange;
use crate::digest::sha256;
use crate::json;
use schema::name::NamespaceId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// The version of the plan format that this compiler writes and reads.
pub const VERSION: u32 = 3;

/// The changes to one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a plan")]
pub struct Plan {
    /// The version of the format: 3.
    #[schemars(schema_with = "json::version::<VERSION>")]
    pub version: u32,
    /// The digest of the plan without this field, `sha256:…`: a plan that was damaged or edited by hand has another one. Whoever
    /// edits can compute it, so that it proves nothing; `nexusc apply --plan FILE POLICY` does.
    pub digest: String,
    /// What it was made from.
    pub source: PlanSource,
    /// The id of the account or of the self-hosted cluster.
    pub account: String,
    /// The principal whose permissions were checked, and who alone may apply it; `None` for a self-hosted cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The day as of which expiry dates were evaluated, in UTC.
    #[schemars(schema_with = "json::day")]
    pub as_of: String,
    /// When the plan was created, RFC 3339 in UTC: it distinguishes two plans with the same changes.
    pub made_at: String,
    /// The changes of Endpoints: renames in the order in which names become free, then the rest by Endpoint, then deletions.
    pub changes: Vec<Change>,
    /// The changes of connectivity rules and attachments.
    #[serde(default, skip_serializing_if = "ConnectivityChange::is_empty")]
    pub connectivity: ConnectivityChange,
    /// How access differs after the changes.
    pub access: AccessChange,
    /// Who cannot call a name while it moves from one Endpoint to another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interruptions: Vec<Interruption>,
    /// Who cannot reach a target while Endpoints exchange their targets or callers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interrupted_targets: Vec<InterruptedTarget>,
    /// The names of the account's Endpoints that the policy neither declares, removes nor ignores: they stay as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmanaged: Vec<String>,
    /// The changes left out by `--mine`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<LeftOut>,
    /// What keeps managed objects from being as the policy says, and is corrected by none of the changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncorrected: Vec<Uncorrected>,
    /// The snapshot that it was made from instead of the registry. Such a plan cannot be applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotSource>,
}

/// What a plan was made from, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanSource {
    /// The address of the registry; `None` for a plan on a snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// The digest of the policy's files and of their paths in the policy, `sha256:…`.
    pub policy: String,
    /// The commit that was checked out where the policy is, with `-dirty` where files differ from it; `None` outside of a checkout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The last day of the first grant to expire of those that the changes make, in UTC; `None` where none expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "json::optional_day")]
    pub valid_until: Option<String>,
    /// Number of warnings.
    pub warnings: usize,
    /// Number of notes.
    pub notes: usize,
    /// Why the plan needs an approval: the messages of guards of severity `approval` that failed, and rules that were removed or
    /// weakened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<String>,
    /// Number of callers that lose an Endpoint, where these are so many that an apply needs `--allow revoke=N`; else 0.
    pub revokes: usize,
    /// Number of Endpoints and private connections that are deleted, where these are so many, or not named by the policy, that
    /// an apply needs `--allow delete=N`; else 0.
    pub deletes: usize,
    /// The digest of the change that approvals name.
    pub change: String,
}

/// The snapshot that a plan was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotSource {
    /// The day of the snapshot, in UTC.
    #[schemars(schema_with = "json::day")]
    pub as_of: String,
    /// Whether it is of a self-hosted cluster.
    pub self_hosted: bool,
}

/// The changes that a `--mine` plan leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Number of Endpoints managed by others.
    pub endpoints: usize,
    /// Number of private connections managed by others.
    pub privatelinks: usize,
    /// Endpoints of the identity whose name is taken until an Endpoint managed by others is renamed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<String>,
}

/// The schema of a plan file of this version.
#[must_use]
pub fn plan_schema() -> Value {
    json::schema_of_input::<Plan>("A plan of nexusc")
}

/// The first few schema violations of a plan file, one line each; empty for a valid one.
#[must_use]
pub fn faults(plan: &Value) -> Vec<String> {
    json::faults(&plan_schema(), plan)
}

impl Plan {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.connectivity.is_empty()
    }

    /// The number of changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len() + self.connectivity.len()
    }

    /// This plan with the digest of its content.
    #[must_use]
    pub fn sealed(self) -> Self {
        Self { digest: self.content_digest(), ..self }
    }

    /// Whether the digest is that of the content.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.digest == self.content_digest()
    }

    fn content_digest(&self) -> String {
        let mut content = serde_json::to_value(self).unwrap_or_default();
        if let Some(fields) = content.as_object_mut() {
            fields.remove("digest");
        }
        format!("sha256:{}", sha256(content.to_string()))
    }

    /// The number of deletions of Endpoints and connectivity rules.
    #[must_use]
    pub fn deletions(&self) -> usize {
        self.causes_of_deletions().count()
    }

    /// The number of deletions of objects that the policy does not name: it sets `unmanaged = "delete"`.
    #[must_use]
    pub fn unmanaged_deletions(&self) -> usize {
        self.causes_of_deletions().filter(|cause| *cause == DeletionCause::Unmanaged).count()
    }

    fn causes_of_deletions(&self) -> impl Iterator<Item = DeletionCause> {
        let endpoints = self.changes.iter().filter_map(|change| match change {
            Change::Delete { cause, .. } => Some(*cause),
            _ => None,
        });
        endpoints.chain(self.connectivity.delete.iter().map(|deletion| deletion.cause))
    }

    /// An Endpoint with several changes, which no plan made by `nexusc` has.
    #[must_use]
    pub fn changed_twice(&self) -> Option<&str> {
        let mut seen = BTreeSet::new();
        let identity = |change: &'_ Change| match change {
            Change::Create { endpoint, .. } => (endpoint.to_string(), String::new()),
            Change::Update { id, .. } | Change::Delete { id, .. } => (String::new(), id.clone()),
        };
        self.changes.iter().find(|change| !seen.insert(identity(change))).map(Change::endpoint)
    }

    /// A Namespace id that is not a Temporal Cloud one, in a plan for a Temporal Cloud account: the file was edited.
    #[must_use]
    pub fn foreign_namespace(&self) -> Option<&NamespaceId> {
        let is_on_cloud = self.identity.is_some();
        let named = self.changes.iter().flat_map(Change::namespaces);
        let attached = self.connectivity.attachments.iter().map(|attachment| &attachment.namespace);
        named.chain(attached).find(|id| is_on_cloud && id.account().is_none())
    }

    /// The id of the asynchronous operation of a change. Derived from the plan, so that the registry recognises a plan that
    /// is applied again.
    #[must_use]
    pub fn operation_id(&self, change: &impl Serialize) -> String {
        let parts = [serde_json::to_vec(self), serde_json::to_vec(change)];
        let digest = sha256(parts.map(Result::unwrap_or_default).concat());
        format!("nexusc-{}", digest.get(..32).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schema::account::Target;

    fn create(name: &str) -> Change {
        let (namespace, task_queue) = ("orders-prod.a2dd6".parse().unwrap(), "nexus".parse().unwrap());
        let target = Target::Worker { namespace, task_queue };
        Change::Create {
            endpoint: name.parse().unwrap(),
            target,
            description: None,
            callers: BTreeSet::new(),
        }
    }

    fn plan(made_at: &str, changes: Vec<Change>) -> Plan {
        let (account, identity) = ("a2dd6".into(), Some("service_account.ci".into()));
        Plan {
            version: VERSION,
            digest: String::new(),
            source: PlanSource::default(),
            account,
            identity,
            as_of: "2026-01-01".into(),
            made_at: made_at.into(),
            changes,
            connectivity: ConnectivityChange::default(),
            access: AccessChange::default(),
            interruptions: Vec::new(),
            interrupted_targets: Vec::new(),
            unmanaged: Vec::new(),
            left_out: None,
            uncorrected: Vec::new(),
            snapshot: None,
        }
    }

    #[test]
    fn the_digest_of_a_plan_is_that_of_its_content() {
        let sealed = plan("now", vec![create("a1")]).sealed();
        assert!(sealed.is_intact());
        let text = serde_json::to_string_pretty(&sealed).unwrap();
        assert!(serde_json::from_str::<Plan>(&text).unwrap().is_intact(), "{text}");
        for (there, edited) in
            [("a1", "b1"), ("a2dd6", "a2dd7"), ("service_account.ci", "user.ada"), ("now", "then")]
        {
            let edited = serde_json::from_str::<Plan>(&text.replace(there, edited)).unwrap();
            assert!(!edited.is_intact(), "{there}");
            assert!(edited.sealed().is_intact(), "{there}");
        }
    }

    #[test]
    fn operation_ids_belong_to_a_plan_and_a_change() {
        let changes = vec![create("a1"), create("b1")];
        let (one, later) =
            (plan("2026-01-01T00:00:00Z", changes.clone()), plan("2026-01-01T00:00:01Z", changes));
        let [first, second] = one.changes.as_slice() else { unreachable!() };
        assert_eq!(one.operation_id(first), one.clone().operation_id(first));
        assert_ne!(one.operation_id(first), one.operation_id(second));
        assert_ne!(one.operation_id(first), later.operation_id(first));
    }

    #[test]
    fn a_plan_changes_each_endpoint_once() {
        assert_eq!(plan("now", vec![create("a1"), create("b1")]).changed_twice(), None);
        assert_eq!(plan("now", vec![create("a1"), create("a1")]).changed_twice(), Some("a1"));
    }

    #[test]
    fn a_plan_survives_being_written_and_read() {
        let name = FromTo { from: "old".to_owned(), to: "new".parse().unwrap() };
        let add = BTreeSet::from(["risk-prod.a2dd6".parse().unwrap()]);
        let callers = CallersChange::Entries { add, remove: BTreeSet::new() };
        let description = FromTo { from: Some("x".to_owned()), to: None };
        let attributes = Attributes {
            name: Some(name),
            target: None,
            description: Some(description),
            callers: Some(callers),
        };
        let update = Change::Update {
            endpoint: "old".into(),
            id: "1".into(),
            resource_version: "2".into(),
            attributes,
        };
        let delete = Change::Delete {
            endpoint: "gone".into(),
            id: "2".into(),
            resource_version: "3".into(),
            target: None,
            callers: BTreeSet::from(["risk-prod.a2dd6".into()]),
            cause: DeletionCause::Removed,
        };
        let written = plan("2026-01-01T00:00:00Z", vec![create("a1"), update, delete]);
        let text = serde_json::to_string(&written).unwrap();
        assert_eq!(faults(&serde_json::from_str(&text).unwrap()), Vec::<String>::new());
        assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), written, "{text}");
    }

    #[test]
    fn connectivity_survives_being_written_and_read() {
        let private = Rule::Private {
            region: "gcp-us-east4".into(),
            connection_id: "31415".into(),
            gcp_project_id: Some("acme-prod".into()),
        };
        let gone = Rule::Private {
            region: "aws-us-east-1".into(),
            connection_id: "vpce-0123456789abcdef0".into(),
            gcp_project_id: None,
        };
        let attachment = Attachment {
            namespace: "orders-prod.a2dd6".parse().unwrap(),
            attach: BTreeSet::from([Rule::Public {}]),
            detach: BTreeSet::from([private.clone()]),
            planned_on: BTreeSet::from(["rule-1".into()]),
        };
        let create = BTreeSet::from([private, Rule::Public {}]);
        let delete = vec![RuleDeletion { rule: gone, id: "rule-2".into(), cause: DeletionCause::Unmanaged }];
        let connectivity = ConnectivityChange { create, attachments: vec![attachment], delete };
        let written = Plan { connectivity, ..plan("2026-01-01T00:00:00Z", vec![]) };
        let json = serde_json::to_value(&written).unwrap();
        assert_eq!(faults(&json), Vec::<String>::new(), "{json:#}");
        assert_eq!(serde_json::from_value::<Plan>(json).unwrap(), written);
        assert_eq!((written.is_empty(), written.len()), (false, 4));
        assert_eq!((written.deletions(), written.unmanaged_deletions()), (1, 1));
    }

    #[test]
    fn an_edited_plan_does_not_match_the_schema() {
        let sound = serde_json::to_value(plan("2026-01-01T00:00:00Z", vec![create("a1")])).unwrap();
        let changed = |pointer: &str, value: Value| {
            let mut plan = sound.clone();
            *plan.pointer_mut(pointer).unwrap() = value;
            faults(&plan)
        };
        assert!(faults(&sound).is_empty());
        assert_eq!(changed("/version", 4.into()).len(), 1);
        assert_eq!(changed("/changes/0/callers", "everyone".into()).len(), 1);
        assert!(
            !changed("/changes/0", serde_json::json!({ "action": "create", "endpoint": "a1", "run": "x" }))
                .is_empty()
        );
        assert!(changed("/as_of", "soon".into())[0].starts_with("at `/as_of`"));
    }
}
