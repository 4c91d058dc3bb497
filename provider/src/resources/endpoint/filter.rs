//! Filters for Endpoints, of list resources and data sources.

use registry::{RegisteredEndpoint, RegisteredTarget};
use schema::backend::Backend;
use tfplugin::{Answer, Attribute, Diagnostics, Type, Value};

use super::model;

const TARGET: &str = "target_namespace_id";
const TASK_QUEUE: &str = "task_queue";
const CALLER: &str = "caller_namespace_id";

/// A filter for Endpoints.
pub(crate) struct Filter<'a>(&'a Value);

/// The description of the target filter where self-hosted servers are supported.
pub(crate) const ANYWHERE: &str =
    "Filter by target: id of the Namespace that handles the calls; on a self-hosted server its name.";
/// The description of the target filter where only Temporal Cloud is supported.
pub(crate) const ON_CLOUD: &str = "Filter by target: id of the Namespace that handles the calls.";

/// The attributes of the filter, with the description of the target filter.
pub(crate) fn attributes(target: &str) -> [Attribute; 3] {
    let attribute = |name, text: &str| Attribute::optional(name, Type::String, text);
    [
        attribute(TARGET, target),
        attribute(TASK_QUEUE, "Filter by target: task queue that handles the calls."),
        attribute(CALLER, "Filter by caller: id of a Namespace whose Workflows may call."),
    ]
}

/// Fails for values that are not Namespace ids and can match nothing.
pub(crate) fn validate(config: &Value, backend: Option<Backend>) -> Answer<()> {
    let problem = |name: &str| model::namespace(config.get(name), &name.into(), backend)?.err();
    let problems: Diagnostics = [TARGET, CALLER].into_iter().filter_map(problem).collect();
    problems.into_answer()
}

impl<'a> Filter<'a> {
    /// The filter of a configuration with the [`attributes`].
    pub(crate) fn of(config: &'a Value) -> Self {
        Self(config)
    }

    /// Whether an Endpoint matches.
    pub(crate) fn matches(&self, endpoint: &RegisteredEndpoint) -> bool {
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

    /// The callers of the matching Endpoints: all, or the one of the filter.
    pub(crate) fn calls(
        &self,
        all: &'a [RegisteredEndpoint],
    ) -> impl Iterator<Item = (&'a RegisteredEndpoint, String)> {
        let one_caller = self.0.get(CALLER).as_str();
        let matching = all.iter().filter(move |endpoint| self.matches(endpoint));
        let calls = matching
            .flat_map(|endpoint| endpoint.callers().into_iter().map(move |caller| (endpoint, caller)));
        calls.filter(move |(_, caller)| one_caller.is_none_or(|one| one == caller))
    }
}
