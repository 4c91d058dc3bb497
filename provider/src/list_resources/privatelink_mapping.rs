//! `list "temporalnexus_privatelink_mapping"`: the private connections of the account, for `terraform query`.

use ::schema::backend::Backend;
use registry::RuleKind;
use tfplugin::{Answer, Configured, Context, ListRequest, ListResource, Listed, Schema, Value, async_trait};

use crate::diagnostics::cloud_only;
use crate::diagnostics::failure;
use crate::resources::privatelink_mapping::model::RULE;
use crate::resources::privatelink_mapping::{NAME, import};
use crate::session::Session;
use crate::wait;

/// The list.
pub(crate) struct MappingList {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl MappingList {
    /// The list, for the session that configuring the provider opens.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl ListResource for MappingList {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        Schema::new(0, "Lists the private connections that the account's connectivity rules admit.", [])
    }

    async fn validate(&self, _cx: &Context, _config: Value) -> Answer<()> {
        cloud_only::require_configured(&self.backend, cloud_only::no_connectivity)
    }

    async fn list(&self, cx: &Context, request: ListRequest) -> Answer<Vec<Listed>> {
        let session = self.session.require()?;
        let account = session.require()?;
        cloud_only::require(account.backend(), cloud_only::no_connectivity)?;
        let failed = |error| failure::diagnostic(account.registry().address(), &error);
        let rules = wait::unless_stopped(cx, account.connectivity_rules()).await?.map_err(failed)?;
        let mut listed = Vec::new();
        for rule in rules.iter() {
            let RuleKind::Private(connection) = rule.kind() else { continue };
            if listed.len() == request.limit {
                break;
            }
            let state = match request.include_state {
                true => Some(import::state(cx, account, rule).await?),
                false => None,
            };
            listed.push(Listed {
                display_name: format!("{} in {}", connection.connection_id, connection.region),
                identity: Value::object([(RULE, rule.id().into())]),
                state,
            });
        }
        Ok(listed)
    }
}
