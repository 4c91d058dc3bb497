//! `moved` from `temporalcloud_connectivity_rule` of `temporalio/temporalcloud`, which manages both kinds of rules.

use serde_json::Value as Json;
use tfplugin::{Answer, Diagnostic, MoveRequest, Value};

const PROVIDER: &str = "temporalcloud";
const TYPE: &str = "temporalcloud_connectivity_rule";

/// The state of a `temporalcloud_connectivity_rule`.
pub(crate) struct TemporalcloudRule {
    state: Json,
}

impl TemporalcloudRule {
    /// Reads the source of a move to `target`. The provider may have been installed from any host.
    pub(crate) fn read(request: MoveRequest, target: &str) -> Answer<Self> {
        let provider = request.provider.rsplit('/').next().unwrap_or_default();
        if (provider, request.type_name.as_str()) != (PROVIDER, TYPE) {
            let why = format!(
                "The source belongs to provider `{}`. Only `{TYPE}` of `temporalio/{PROVIDER}` can be moved to a connectivity \
                 rule.",
                request.provider
            );
            return Err(request.refused(target, &why).into());
        }
        let version = request.version;
        let rule = Self { state: request.state };
        if version != 0 || rule.text("id").is_null() {
            let detail = format!(
                "Its schema version is {version}; this provider reads version 0 with an `id`. Use an `import` block and a \
                 `removed` block instead."
            );
            return Err(
                Diagnostic::error(format!("the state of this `{TYPE}` cannot be read"), detail).into()
            );
        }
        Ok(rule)
    }

    /// Whether it is of a type, `private` or `public`.
    pub(crate) fn is(&self, connectivity_type: &str) -> bool {
        self.text("connectivity_type").as_str() == Some(connectivity_type)
    }

    /// A string of its state, or null.
    pub(crate) fn text(&self, name: &str) -> Value {
        self.state.get(name).and_then(Json::as_str).filter(|text| !text.is_empty()).into()
    }

    /// A Boolean of its state, or `false`.
    pub(crate) fn flag(&self, name: &str) -> Value {
        self.state.get(name).and_then(Json::as_bool).unwrap_or(false).into()
    }

    /// Its timeouts, as a `timeouts` block of this provider.
    pub(crate) fn timeouts(&self) -> Value {
        let given = |name: &str| self.state.get("timeouts")?.get(name)?.as_str();
        match [given("create"), given("delete")] {
            [None, None] => Value::Null,
            [create, delete] => Value::object([("create", create.into()), ("delete", delete.into())]),
        }
    }
}
