//! `list "temporalnexus_public_connectivity_rule"`: the account's public rule, if it has one.

use ::schema::backend::Backend;
use tfplugin::{Answer, Configured, Context, ListRequest, ListResource, Listed, Schema, Value, async_trait};

use crate::diagnostics::cloud_only;
use crate::diagnostics::failure;
use crate::resources::connectivity::public_rule;
use crate::resources::public_connectivity_rule::{NAME, state};
use crate::session::Session;
use crate::wait;

/// The list.
pub(crate) struct PublicRuleList {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl PublicRuleList {
    /// The list, for the session that configuring the provider opens.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl ListResource for PublicRuleList {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        Schema::new(0, "Lists the account's public connectivity rule, if it has one.", [])
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
        let listed = public_rule::among(&rules).map(|rule| Listed {
            display_name: "public".to_owned(),
            identity: Value::object([("id", rule.id().into())]),
            state: if request.include_state { state(rule, &Value::Null) } else { None },
        });
        Ok(listed.into_iter().collect())
    }
}
