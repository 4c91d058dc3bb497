//! Which Endpoints are asked for, by list blocks and data sources alike.

use registry::{RegisteredEndpoint, RegisteredTarget};
use schema::block::Backend;
use tfplugin::{Answer, Attribute, Diagnostics, Type, Value};

use super::model;

const TARGET: &str = "target_namespace_id";
const TASK_QUEUE: &str = "task_queue";
const CALLER: &str = "caller_namespace_id";

/// What an Endpoint must have to be among those asked for.
pub(crate) struct Filter<'a>(&'a Value);

/// The attributes that choose Endpoints.
pub(crate) fn attributes() -> [Attribute; 3] {
    let attribute = |name, text| Attribute::optional(name, Type::String, text);
    [
        attribute(
            TARGET,
            "Only Endpoints whose calls go to this Namespace, by its id; on a self-hosted server by its name.",
        ),
        attribute(TASK_QUEUE, "Only Endpoints whose calls go to this task queue."),
        attribute(CALLER, "Only Endpoints that Workflows of this Namespace may call, by its id."),
    ]
}

/// Refuses what can match nothing, as it is no Namespace id.
pub(crate) fn validate(config: &Value, backend: Option<Backend>) -> Answer<()> {
    let problem = |name: &str| model::namespace(config.get(name), &name.into(), backend)?.err();
    let problems: Diagnostics = [TARGET, CALLER].into_iter().filter_map(problem).collect();
    problems.into_answer()
}

/// The one caller that is asked for, by its id.
pub(crate) fn caller(config: &Value) -> Option<&str> {
    config.get(CALLER).as_str()
}

impl<'a> Filter<'a> {
    /// The filter of a configuration with the [`attributes`].
    pub(crate) fn of(config: &'a Value) -> Self {
        Self(config)
    }

    /// Whether an Endpoint is asked for.
    pub(crate) fn admits(&self, endpoint: &RegisteredEndpoint) -> bool {
        let (namespace, task_queue) = match endpoint.target() {
            RegisteredTarget::Worker { namespace, task_queue } => (namespace, task_queue),
            RegisteredTarget::External { .. } | RegisteredTarget::Unknown(_) => {
                (String::new(), String::new())
            }
        };
        let asked = |name: &str| self.0.get(name).as_str();
        asked(TARGET).is_none_or(|asked| asked == namespace)
            && asked(TASK_QUEUE).is_none_or(|asked| asked == task_queue)
            && asked(CALLER).is_none_or(|asked| endpoint.callers().contains(asked))
    }
}
