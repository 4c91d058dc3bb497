//! `list "temporalnexus_privatelink_attachment"`: which connectivity rules are attached to which Namespaces, for
//! `terraform query`.

use registry::RegisteredNamespace;
use schema::backend::Backend;
use tfplugin::{
    Answer, Attribute, Configured, Context, Diagnostics, ListRequest, ListResource, Listed, Schema, Type,
    Value, async_trait,
};

use crate::diagnostics::cloud_only;
use crate::diagnostics::failure;
use crate::resources::connectivity::desired::is_public_rule;
use crate::resources::privatelink_attachment::{NAMESPACE, RULE, TYPE, namespace, read};
use crate::session::Session;
use crate::wait;

/// The list.
pub(crate) struct AttachmentList {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl AttachmentList {
    /// The list, for the session that configuring the provider opens.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl ListResource for AttachmentList {
    fn type_name(&self) -> &str {
        TYPE
    }

    fn schema(&self) -> Schema {
        Schema::new(
            0,
            "Lists the attachments of connectivity rules to the account's Namespaces. Manage an attachment with one resource: a \
             `temporalnexus_privatelink_attachment`, or `namespace_ids` of the mapping. If a private rule is attached to the \
             same Namespace, the public rule is omitted and the private attachment has `keep_public`, unless you filter by the \
             id of the public rule.",
            [
                Attribute::optional(RULE, Type::String, "Filter by connectivity rule id."),
                Attribute::optional(NAMESPACE, Type::String, "Filter by Namespace id."),
            ],
        )
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        cloud_only::require_configured(&self.backend, cloud_only::no_connectivity)?;
        namespace(&config).and_then(Result::err).into_iter().collect::<Diagnostics>().into_answer()
    }

    async fn list(&self, cx: &Context, request: ListRequest) -> Answer<Vec<Listed>> {
        let session = self.session.require()?;
        let account = session.require()?;
        cloud_only::require(account.backend(), cloud_only::no_connectivity)?;
        let failed = |error| failure::diagnostic(account.registry().address(), &error);
        let namespaces = wait::unless_stopped(cx, account.namespaces()).await?.map_err(failed)?;
        let asked = |name: &str| request.config.get(name).as_str();
        let in_namespace = namespaces
            .values()
            .filter(|it| asked(NAMESPACE).is_none_or(|id| id == it.namespace.id.to_string()));
        let attached = in_namespace.flat_map(|it| it.rules.iter().map(move |rule| (rule, it)));
        let asked_for = attached.filter(|(rule, namespace)| match asked(RULE) {
            Some(asked) => asked == *rule,
            None => !is_kept_public(rule, namespace),
        });
        let listed = asked_for.take(request.limit).map(|(rule, namespace)| {
            let id = namespace.namespace.id.to_string();
            let keys = Value::object([(RULE, rule.into()), (NAMESPACE, id.as_str().into())]);
            Listed {
                display_name: format!("{rule} on {id}"),
                state: request.include_state.then(|| read::imported(keys.clone(), rule, namespace)),
                identity: keys,
            }
        });
        Ok(listed.collect())
    }
}

/// Whether it is the public rule and a private rule is attached as well, whose attachment has `keep_public`.
fn is_kept_public(rule: &str, namespace: &RegisteredNamespace) -> bool {
    is_public_rule(namespace, rule) && namespace.rules.iter().any(|other| !is_public_rule(namespace, other))
}
