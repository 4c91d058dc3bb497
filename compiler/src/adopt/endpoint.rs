//! Endpoints.

use super::block::{Block, Value};
use super::label::Labels;
use super::references::References;
use super::{Adopted, shown};
use crate::facts::Home;
use registry::{Description, RegisteredEndpoint, RegisteredTarget, ResourceState};
use schema::account::Target;
use schema::limit::Limits;
use schema::name::{DESCRIPTION_MAX, EndpointName, TaskQueue};

pub fn adopt(
    endpoints: Vec<&RegisteredEndpoint>,
    labels: Labels,
    limits: Limits,
    references: &References,
    adopted: &mut Adopted,
) {
    let labels = labels.of(endpoints.iter().map(|endpoint| endpoint.name()));
    for (endpoint, label) in endpoints.into_iter().zip(labels) {
        match block(endpoint, label, limits, references) {
            Ok(block) => adopted.push(block),
            Err(why) => adopted.leave_out("endpoint", endpoint.name(), &why),
        }
    }
}

/// Leaves out what is being deleted.
pub fn leave_out_deleting<'e>(
    endpoints: impl Iterator<Item = &'e RegisteredEndpoint>,
    adopted: &mut Adopted,
) {
    for endpoint in endpoints {
        adopted.leave_out("endpoint", endpoint.name(), "it is being deleted");
    }
}

fn block(
    endpoint: &RegisteredEndpoint,
    label: String,
    limits: Limits,
    references: &References,
) -> Result<Block, String> {
    let name = endpoint.name();
    name.parse::<EndpointName>().map_err(|error| format!("invalid Endpoint name: {error}"))?;
    let (target, goes_to) = target(endpoint, references)?;
    let name = (label != name).then(|| Value::text(name));
    let mut block = Block::new("endpoint", Some(label)).with_any("name", name);
    block = match endpoint.description() {
        Description::Absent => block,
        Description::Text(text) => block.with("description", description(text)?),
        Description::Opaque => block.remark("Its description has an unknown encoding."),
    };
    if let Some(state) = state(endpoint) {
        block = block.remark(state);
    }
    block = block.with(target, Value::Object(goes_to));
    if matches!(references.facts.home, Home::Cluster(_)) {
        return Ok(block);
    }
    Ok(match callers(endpoint, limits, references) {
        Ok(callers) => block.with("allowed_caller_namespaces", callers),
        Err(why) => block.remark(format!("Its allowlist is not managed by this policy: {why}.")),
    })
}

/// The remark on an Endpoint that does not work as its specification says.
fn state(endpoint: &RegisteredEndpoint) -> Option<String> {
    let state = endpoint.state();
    let is_in_order = matches!(state, ResourceState::Active | ResourceState::Unspecified);
    (!is_in_order).then(|| format!("Its state in the account is {}: no policy corrects that.", state.word()))
}

type Fields = Vec<(String, Value)>;

fn target(endpoint: &RegisteredEndpoint, references: &References) -> Result<(&'static str, Fields), String> {
    let is_on_cloud = matches!(references.facts.home, Home::Account(_));
    match endpoint.target() {
        RegisteredTarget::Worker { namespace, task_queue } => {
            let namespace =
                references.registered(&namespace).map_err(|why| format!("in its target, {why}"))?;
            task_queue.parse::<TaskQueue>().map_err(|error| format!("invalid task queue: {error}"))?;
            let fields = [("namespace", namespace), ("task_queue", Value::Text(task_queue))];
            Ok(("worker_target", fields.map(|(name, value)| (name.to_owned(), value)).into()))
        }
        RegisteredTarget::External { url } if !is_on_cloud && Target::external(&url).is_some() => {
            Ok(("external_target", vec![("url".to_owned(), Value::Text(url))]))
        }
        other => Err(format!("a policy cannot express its target, {}", shown(&other.to_string()))),
    }
}

/// The registry's limit is on the description as a JSON string.
fn description(text: String) -> Result<Value, String> {
    let is_long = 6 * text.len() + 2 > DESCRIPTION_MAX
        && serde_json::Value::from(&*text).to_string().len() > DESCRIPTION_MAX;
    if is_long { Err("its description is too long".to_owned()) } else { Ok(Value::Text(text)) }
}

/// The whole allowlist, or why it cannot be written.
fn callers(endpoint: &RegisteredEndpoint, limits: Limits, references: &References) -> Result<Value, String> {
    if endpoint.has_unknown_policies() {
        return Err("an entry has a kind that is unknown to this version of nexusc".to_owned());
    }
    let callers = endpoint.callers();
    if callers.len() > limits.callers_per_endpoint {
        let (held, most) = (callers.len(), limits.callers_per_endpoint);
        return Err(format!("it has {held} callers, and the policy's limit is {most}"));
    }
    callers.iter().map(|caller| references.registered(caller)).collect::<Result<_, _>>().map(Value::List)
}
