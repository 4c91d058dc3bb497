//! Conversion of an Endpoint between Terraform and the registry.

use std::collections::BTreeSet;
use std::str::FromStr;

use registry::{Description, NewEndpoint, RegisteredEndpoint, RegisteredTarget};
use schema::account::Target;
use schema::backend::Backend;
use schema::name::{EndpointName, NameError, NamespaceId, TaskQueue};
use tfplugin::{Answer, Diagnostic, Path, Value};

use crate::account::Account;
use crate::configuration::self_hosted::Allowlists;

pub(super) const NAME: &str = "name";
pub(super) const DESCRIPTION: &str = "description";
pub(super) const TARGET: &str = "worker_target";
pub(super) const EXTERNAL: &str = "external_target";
pub(crate) const CALLERS: &str = "allowed_caller_namespaces";

/// The path of the target's Namespace. With an index instead of an attribute step, Terraform shows the line in
/// `worker_target` instead of the first line of the resource.
pub(super) fn target_namespace() -> Path {
    Path::from(TARGET).key("namespace_id")
}

/// The path of the target's task queue.
pub(super) fn task_queue() -> Path {
    Path::from(TARGET).key("task_queue")
}

/// The path of the target's URL.
pub(super) fn url() -> Path {
    Path::from(EXTERNAL).key("url")
}

/// The state of an Endpoint that was read. `known` is the prior state: an allowlist that it does not manage stays null, a
/// description that cannot be read counts as unchanged, and so does an allowlist that the registry does not have.
pub(super) fn state(read: &RegisteredEndpoint, known: &Value, allowlists: Allowlists) -> Value {
    let (worker, external) = targets(read);
    let description = match read.description() {
        Description::Absent => Value::Null,
        Description::Text(text) => text.into(),
        Description::Opaque => known.get(DESCRIPTION).clone(),
    };
    let callers = match known.get(CALLERS) {
        Value::Null => Value::Null,
        known if allowlists != Allowlists::Enforced => known.clone(),
        _ => Value::set(read.callers()),
    };
    Value::object([
        ("id", read.id().into()),
        (NAME, read.name().into()),
        (DESCRIPTION, description),
        (TARGET, worker),
        (EXTERNAL, external),
        (CALLERS, callers),
        ("timeouts", known.get("timeouts").clone()),
    ])
}

/// The target as a task queue and as a URL: one of the two is null, or both for another kind of target.
pub(crate) fn targets(read: &RegisteredEndpoint) -> (Value, Value) {
    match read.target() {
        RegisteredTarget::Worker { namespace, task_queue } => {
            let fields = [("namespace_id", namespace.into()), ("task_queue", task_queue.into())];
            (Value::object(fields), Value::Null)
        }
        RegisteredTarget::External { url } => (Value::Null, Value::object([("url", url.into())])),
        RegisteredTarget::Unknown(_) => (Value::Null, Value::Null),
    }
}

/// The state of an imported Endpoint, including its allowlist.
pub(crate) fn imported(read: &RegisteredEndpoint, allowlists: Allowlists) -> Value {
    let callers = match allowlists {
        Allowlists::Enforced => Value::set::<Value>([]),
        Allowlists::Rejected | Allowlists::Ignored => Value::Null,
    };
    state(read, &Value::object([(CALLERS, callers)]), allowlists)
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
pub(super) fn new(planned: &Value, account: &Account) -> Answer<NewEndpoint> {
    Ok(NewEndpoint {
        description: planned.get(DESCRIPTION).as_str().map(str::to_owned),
        callers: enforced_callers(planned, account)?.unwrap_or_default(),
        ..NewEndpoint::new(name(planned)?, target(planned, account)?)
    })
}

/// The name in a wholly known plan.
pub(super) fn name(planned: &Value) -> Answer<EndpointName> {
    Ok(required(planned, &NAME.into(), "an Endpoint's name")?)
}

/// The target in a wholly known plan.
pub(super) fn target(planned: &Value, account: &Account) -> Answer<Target> {
    if !planned.get(EXTERNAL).is_null() {
        return Ok(external(planned.at(&url())).unwrap_or_else(|| Err(missing(&url())))?);
    }
    let namespace = namespace(planned.at(&target_namespace()), &target_namespace(), Some(account.backend()));
    Ok(Target::Worker {
        namespace: namespace.unwrap_or_else(|| Err(missing(&target_namespace())))?,
        task_queue: required::<TaskQueue>(planned, &task_queue(), "a task queue")?,
    })
}

/// A URL as a target; `None` where it is null or unknown.
pub(super) fn external(value: &Value) -> Option<Result<Target, Diagnostic>> {
    let text = value.as_str()?;
    let wrong = || {
        let detail = "The URL must start with `https://` or `http://`, contain a host, and have at most 4096 bytes and no white \
                      space.";
        Diagnostic::error(format!("`{text}` is not a valid target URL"), detail).at(url())
    };
    Some(Target::external(text).ok_or_else(wrong))
}

/// The allowlist in a wholly known plan; `None` if it is not managed.
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

/// The allowlist in a wholly known plan, if the registry enforces allowlists.
pub(super) fn enforced_callers(planned: &Value, account: &Account) -> Answer<Option<BTreeSet<NamespaceId>>> {
    if account.allowlists() == Allowlists::Enforced { callers(planned) } else { Ok(None) }
}

/// Parses a Namespace id; `None` if the value is null or unknown. Without a backend, while the provider block is not known, an
/// id of either backend is accepted.
pub(crate) fn namespace(
    value: &Value,
    path: &Path,
    backend: Option<Backend>,
) -> Option<Result<NamespaceId, Diagnostic>> {
    parsed_by(value, path, "a Namespace id", |text| match backend {
        Some(backend) => backend.namespace_id(text),
        None => Backend::Cloud
            .namespace_id(text)
            .or_else(|refused| Backend::SelfHosted.namespace_id(text).map_err(|_| refused)),
    })
}

/// Parses a name; `what` describes its kind in errors. `None` if the value is null or unknown.
pub(crate) fn parsed<T: FromStr<Err = NameError>>(
    value: &Value,
    path: &Path,
    what: &str,
) -> Option<Result<T, Diagnostic>> {
    parsed_by(value, path, what, T::from_str)
}

fn parsed_by<T>(
    value: &Value,
    path: &Path,
    what: &str,
    parse: impl Fn(&str) -> Result<T, NameError>,
) -> Option<Result<T, Diagnostic>> {
    let text = value.as_str()?;
    let wrong = |reason| {
        let shown = if text.is_empty() { "an empty string".to_owned() } else { format!("`{text}`") };
        let summary = format!("{shown} is not {what}");
        Diagnostic::error(
            summary,
            format!("{}.", crate::diagnostics::failure::capitalized(&format!("{reason}"))),
        )
        .at(path.clone())
    };
    Some(parse(text).map_err(wrong))
}

/// A Namespace id of Temporal Cloud, if the value is known and valid.
pub(crate) fn namespace_id(value: &Value) -> Option<NamespaceId> {
    namespace_on(Backend::Cloud, value)
}

/// A Namespace id of a backend, if the value is known and valid.
pub(super) fn namespace_on(backend: Backend, value: &Value) -> Option<NamespaceId> {
    backend.namespace_id(value.as_str()?).ok()
}

fn required<T: FromStr<Err = NameError>>(planned: &Value, path: &Path, what: &str) -> Result<T, Diagnostic> {
    parsed(planned.at(path), path, what).unwrap_or_else(|| Err(missing(path)))
}

fn missing(path: &Path) -> Diagnostic {
    Diagnostic::error(format!("`{path}` has no value"), "The value must be known and not null at apply.")
        .at(path.clone())
}
