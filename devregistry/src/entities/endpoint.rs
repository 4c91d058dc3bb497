//! Nexus Endpoints: the checks of a specification, and the message of an Endpoint.

use crate::api::Payload;
use crate::api::nexus::{
    self, EndpointPolicySpec, EndpointSpec, EndpointTargetSpec, WorkerTargetSpec, endpoint_policy_spec,
    endpoint_target_spec,
};
use crate::entities::resource::Resource;
use crate::status::bad_request;
use crate::storage::table::Record;
use prost::Message;
use schema::name::{DESCRIPTION_MAX, EndpointName, NamespaceId, TaskQueue};
use std::collections::BTreeSet;
use tonic::Status;

/// An Endpoint that is valid without regard to the rest of the account.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) name: EndpointName,
    pub(crate) target: NamespaceId,
    pub(crate) task_queue: TaskQueue,
    pub(crate) callers: BTreeSet<NamespaceId>,
    /// As it was sent: unset and an empty payload differ, and an unknown encoding is kept.
    pub(crate) description: Option<Payload>,
    /// The callers, in the order of the request.
    order: Vec<NamespaceId>,
}

impl Endpoint {
    /// Reads a specification.
    pub(crate) fn parse(spec: Option<EndpointSpec>) -> Result<Self, Status> {
        let spec = spec.ok_or_else(|| bad_request("`spec` is required"))?;
        let name = named("spec.name", &spec.name)?;
        let worker = worker_target(spec.target_spec.as_ref())?;
        let target = named("namespace_id of the target", &worker.namespace_id)?;
        let task_queue = named("task_queue of the target", &worker.task_queue)?;
        let order = spec.policy_specs.iter().map(caller).collect::<Result<Vec<_>, _>>()?;
        let callers = distinct(&order)?;
        let description = description(spec)?;
        Ok(Self { name, target, task_queue, callers, description, order })
    }

    /// Whether both are equivalent. The order of the callers does not matter.
    pub(crate) fn is_equivalent(&self, other: &Self) -> bool {
        self.name == other.name
            && self.target == other.target
            && self.task_queue == other.task_queue
            && self.callers == other.callers
            && self.description == other.description
    }

    fn spec(&self) -> EndpointSpec {
        let worker = WorkerTargetSpec {
            namespace_id: self.target.to_string(),
            task_queue: self.task_queue.to_string(),
        };
        let variant = Some(endpoint_target_spec::Variant::WorkerTargetSpec(worker));
        EndpointSpec {
            name: self.name.to_string(),
            target_spec: Some(EndpointTargetSpec { variant }),
            policy_specs: self.order.iter().map(policy).collect(),
            description: self.description.clone(),
            ..EndpointSpec::default()
        }
    }
}

/// The message of an Endpoint. The deprecated description is not set, as newer API versions do not have it.
pub(crate) fn message(id: &str, endpoint: &Resource<Endpoint>) -> nexus::Endpoint {
    nexus::Endpoint {
        id: id.to_owned(),
        resource_version: endpoint.version.clone(),
        spec: Some(endpoint.content.spec()),
        state: endpoint.state.into(),
        async_operation_id: endpoint.operation.clone(),
        created_time: Some(endpoint.created),
        last_modified_time: endpoint.modified,
    }
}

/// The specification of an Endpoint of a policy.
pub(crate) fn spec_of(endpoint: &schema::account::Endpoint) -> EndpointSpec {
    let variant = match &endpoint.target {
        schema::account::Target::Worker { namespace, task_queue } => {
            Some(endpoint_target_spec::Variant::WorkerTargetSpec(WorkerTargetSpec {
                namespace_id: namespace.to_string(),
                task_queue: task_queue.to_string(),
            }))
        }
        schema::account::Target::External { .. } => None,
    };
    EndpointSpec {
        name: endpoint.name.to_string(),
        target_spec: Some(EndpointTargetSpec { variant }),
        policy_specs: endpoint.callers.iter().map(policy).collect(),
        description: endpoint.description.as_deref().map(text_payload),
        ..EndpointSpec::default()
    }
}

fn named<T: std::str::FromStr<Err = schema::name::NameError>>(field: &str, text: &str) -> Result<T, Status> {
    text.parse().map_err(|error| bad_request(format!("invalid {field} `{}`: {error}", text.escape_debug())))
}

fn worker_target(target: Option<&EndpointTargetSpec>) -> Result<&WorkerTargetSpec, Status> {
    match target.and_then(|target| target.variant.as_ref()) {
        Some(endpoint_target_spec::Variant::WorkerTargetSpec(worker)) => Ok(worker),
        None => Err(bad_request("`spec.target_spec.worker_target_spec` is required")),
    }
}

fn caller(policy: &EndpointPolicySpec) -> Result<NamespaceId, Status> {
    match &policy.variant {
        Some(endpoint_policy_spec::Variant::AllowedCloudNamespacePolicySpec(allowed)) => {
            named("namespace_id of an allowed caller", &allowed.namespace_id)
        }
        None => Err(bad_request("a policy spec names no allowed caller")),
    }
}

fn policy(caller: &NamespaceId) -> EndpointPolicySpec {
    let allowed = nexus::AllowedCloudNamespacePolicySpec { namespace_id: caller.to_string() };
    let variant = Some(endpoint_policy_spec::Variant::AllowedCloudNamespacePolicySpec(allowed));
    EndpointPolicySpec { variant }
}

fn distinct(callers: &[NamespaceId]) -> Result<BTreeSet<NamespaceId>, Status> {
    let mut seen = BTreeSet::new();
    for caller in callers {
        if !seen.insert(caller.clone()) {
            return Err(bad_request(format!("the caller `{caller}` is allowed twice")));
        }
    }
    Ok(seen)
}

#[expect(deprecated, reason = "clients of old API versions send the description there")]
fn description(spec: EndpointSpec) -> Result<Option<Payload>, Status> {
    let old = Some(spec.description_deprecated).filter(|text| !text.is_empty());
    let description = spec.description.or_else(|| old.as_deref().map(text_payload));
    let length = description.as_ref().map_or(0, |payload| payload.data.len());
    if length > DESCRIPTION_MAX {
        let message = format!("the description has {length} bytes, at most {DESCRIPTION_MAX} are allowed");
        return Err(bad_request(message));
    }
    Ok(description)
}

fn text_payload(text: &str) -> Payload {
    Payload {
        metadata: [("encoding".to_owned(), b"json/plain".to_vec())].into(),
        data: serde_json::Value::from(text).to_string().into_bytes(),
        ..Payload::default()
    }
}

impl Record for Endpoint {
    fn to_bytes(&self) -> Vec<u8> {
        self.spec().encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::parse(EndpointSpec::decode(bytes).ok()).ok()
    }
}
