//! An Endpoint as Terraform has it and as the registry has it, and the ways between the two.

use std::collections::BTreeSet;
use std::str::FromStr;

use registry::{Description, NewEndpoint, RegisteredEndpoint, RegisteredTarget, WorkerTarget};
use schema::name::{EndpointName, NameError, NamespaceId, TaskQueue};
use tfplugin::{Answer, Diagnostic, Path, Value};

pub(super) const NAME: &str = "name";
pub(super) const DESCRIPTION: &str = "description";
pub(super) const TARGET: &str = "worker_target";
pub(crate) const CALLERS: &str = "allowed_caller_namespaces";

/// The path of the target's Namespace. Written with an index: Terraform then shows the line inside `worker_target`, where
/// for an attribute it shows the line that opens the resource.
pub(super) fn target_namespace() -> Path {
    Path::from(TARGET).key("namespace_id")
}

/// The path of the target's task queue.
pub(super) fn task_queue() -> Path {
    Path::from(TARGET).key("task_queue")
}

/// The state of what was read. `known` is the state before: who leaves the allowlist to others keeps doing so, and
/// a description that cannot be read counts as unchanged.
pub(super) fn state(read: &RegisteredEndpoint, known: &Value) -> Value {
    let target = match read.target() {
        RegisteredTarget::Worker { namespace, task_queue } => {
            Value::object([("namespace_id", namespace.into()), ("task_queue", task_queue.into())])
        }
        RegisteredTarget::Unknown(_) => Value::Null,
    };
    let description = match read.description() {
        Description::Absent => Value::Null,
        Description::Text(text) => text.into(),
        Description::Foreign => known.get(DESCRIPTION).clone(),
    };
    let callers = match known.get(CALLERS) {
        Value::Null => Value::Null,
        _ => Value::set(read.callers()),
    };
    Value::object([
        ("id", read.id().into()),
        (NAME, read.name().into()),
        (DESCRIPTION, description),
        (TARGET, target),
        (CALLERS, callers),
        ("timeouts", known.get("timeouts").clone()),
    ])
}

/// The state of an Endpoint that nothing was known of, its allowlist included.
pub(super) fn imported(read: &RegisteredEndpoint) -> Value {
    state(read, &Value::object([(CALLERS, Value::set::<Value>([]))]))
}

/// How messages name the Endpoint of a state.
pub(super) fn title(state: &Value) -> String {
    format!("Endpoint `{}`", state.get(NAME).as_str().unwrap_or_default())
}

/// The id in a state.
pub(super) fn id(state: &Value) -> &str {
    state.get("id").as_str().unwrap_or_default()
}

/// The Endpoint that a plan creates.
pub(super) fn new(planned: &Value) -> Answer<NewEndpoint> {
    Ok(NewEndpoint {
        name: name(planned)?,
        target: target(planned)?,
        description: planned.get(DESCRIPTION).as_str().map(str::to_owned),
        callers: callers(planned)?.unwrap_or_default(),
    })
}

/// The name in a wholly known plan.
pub(super) fn name(planned: &Value) -> Answer<EndpointName> {
    Ok(required(planned, &NAME.into(), "an Endpoint's name")?)
}

/// The target in a wholly known plan.
pub(super) fn target(planned: &Value) -> Answer<WorkerTarget> {
    Ok(WorkerTarget {
        namespace: required(planned, &target_namespace(), "a Namespace id")?,
        task_queue: required::<TaskQueue>(planned, &task_queue(), "a task queue")?,
    })
}

/// The allowlist in a wholly known plan; `None` where it is left to others.
pub(crate) fn callers(planned: &Value) -> Answer<Option<BTreeSet<NamespaceId>>> {
    let set = planned.get(CALLERS);
    if set.is_null() {
        return Ok(None);
    }
    let caller = |element| {
        parsed(element, &CALLERS.into(), "a Namespace id").unwrap_or_else(|| Err(missing(&CALLERS.into())))
    };
    Ok(Some(set.elements().iter().map(caller).collect::<Result<_, _>>()?))
}

/// A text as a name of its kind, which `what` calls by its name; `None` where it is null or unknown.
pub(crate) fn parsed<T: FromStr<Err = NameError>>(
    value: &Value,
    path: &Path,
    what: &str,
) -> Option<Result<T, Diagnostic>> {
    let text = value.as_str()?;
    let wrong = |reason| {
        let shown = if text.is_empty() { "an empty text".to_owned() } else { format!("`{text}`") };
        let summary = format!("{shown} is not {what}");
        Diagnostic::error(summary, format!("{}.", crate::failure::capitalized(&format!("{reason}"))))
            .at(path.clone())
    };
    Some(text.parse().map_err(wrong))
}

/// The known Namespace id at a place, if it is one.
pub(crate) fn namespace_id(value: &Value) -> Option<NamespaceId> {
    value.as_str()?.parse().ok()
}

fn required<T: FromStr<Err = NameError>>(planned: &Value, path: &Path, what: &str) -> Result<T, Diagnostic> {
    parsed(planned.at(path), path, what).unwrap_or_else(|| Err(missing(path)))
}

fn missing(path: &Path) -> Diagnostic {
    Diagnostic::error(format!("`{path}` has no value"), "It must be known and not null when it is applied.")
        .at(path.clone())
}
