//! `temporalnexus_privatelink_attachment`: the attachment of one connectivity rule to one Namespace.

mod apply;
mod plan;
pub(crate) mod read;

use schema::backend::Backend;
use schema::name::NamespaceId;
use tfplugin::{
    Answer, Attribute, Configured, Context, CreateRequest, DeleteRequest, Diagnostic, Diagnostics,
    IdentityAttribute, IdentitySchema, ImportKey, Plan, PlanRequest, ReadRequest, Resource, Schema, Stored,
    Type, UpdateRequest, Value, async_trait,
};

use crate::claims::ManagedObject;
use crate::diagnostics::cloud_only;
use crate::diagnostics::failure::capitalized;
use crate::resources::connectivity::consent;
use crate::session::Session;
use crate::timeouts;

pub(crate) const TYPE: &str = "temporalnexus_privatelink_attachment";
pub(crate) const RULE: &str = "connectivity_rule_id";
pub(crate) const NAMESPACE: &str = "namespace_id";

/// The resource.
pub(crate) struct AttachmentResource {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl AttachmentResource {
    /// The resource, for the session that configuring the provider opens.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl Resource for AttachmentResource {
    fn type_name(&self) -> &str {
        TYPE
    }

    fn schema(&self) -> Schema {
        schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        let text = |name, description| IdentityAttribute::required(name, Type::String, description);
        Some(IdentitySchema::new(
            0,
            [text(RULE, "Id of the connectivity rule."), text(NAMESPACE, "Id of the Namespace.")],
        ))
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        cloud_only::require_configured(&self.backend, cloud_only::no_connectivity)?;
        let mut problems = Diagnostics::new();
        problems.extend(namespace(&config).and_then(Result::err));
        if config.get(RULE).as_str() == Some("") {
            let detail = "Use the id of a connectivity rule, such as `connectivity_rule_id` of a mapping.";
            problems
                .push(Diagnostic::error("an empty string is not a connectivity rule id", detail).at(RULE));
        }
        problems.extend(timeouts::problems(&config));
        problems.into_answer()
    }

    async fn read(&self, cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        let session = self.session.require()?;
        match session.account_for_read(cx) {
            Some(account) => read::read(cx, account, request.state).await,
            None => Ok(Some(request.state.into())),
        }
    }

    async fn plan(&self, cx: &Context, request: PlanRequest, plan: Plan) -> Answer<Plan> {
        if let Some(account) = self.session.require()?.account() {
            cloud_only::require(account.backend(), cloud_only::no_connectivity)?;
            plan::plan(cx, account, request.prior.as_ref(), &plan.state).await?;
        }
        Ok(plan)
    }

    async fn plan_delete(&self, cx: &Context, request: DeleteRequest) -> Answer<Option<Vec<u8>>> {
        if let Some(account) = self.session.require()?.account() {
            plan::plan_delete(cx, account, &request).await?;
        }
        Ok(None)
    }

    async fn create(&self, cx: &Context, request: CreateRequest) -> Answer<Stored> {
        apply::create(cx, self.session.require()?.require()?, request.planned).await
    }

    async fn update(&self, cx: &Context, request: UpdateRequest) -> Answer<Stored> {
        apply::update(cx, self.session.require()?.require()?, request).await
    }

    async fn delete(&self, cx: &Context, request: DeleteRequest) -> Answer<()> {
        apply::delete(cx, self.session.require()?.require()?, &request).await
    }

    async fn import(&self, cx: &Context, key: ImportKey) -> Answer<Stored> {
        read::import(cx, self.session.require()?.require()?, &key).await.map(Stored::from)
    }
}

/// What an instance manages: one attachment.
pub(crate) fn managed_objects(value: &Value) -> Vec<ManagedObject> {
    let text = |name| value.get(name).as_str().map(str::to_owned);
    let attachment = text(RULE).zip(text(NAMESPACE));
    attachment.map(|(rule, namespace)| ManagedObject::Attachment { rule, namespace }).into_iter().collect()
}

fn schema() -> Schema {
    let attributes = [
        Attribute::required(
            RULE,
            Type::String,
            "Id of the connectivity rule, such as `connectivity_rule_id` of a mapping or `id` of the public rule. A change \
             attaches the new rule, then detaches the old one.",
        ),
        Attribute::required(
            NAMESPACE,
            Type::String,
            "Id of the Namespace, such as `shipping-prod.a2dd6`. Attaching requires Namespace Admin on it.",
        ),
    ];
    Schema::new(
        0,
        "Attaches one connectivity rule to one Namespace, without changing the other rules of the Namespace or the other \
         attachments of the rule. Use it when the owner of the rule (a Global Admin) and the owner of the Namespace (a Namespace \
         Admin) differ. The mapping of the rule must omit `namespace_ids`.\n\n\
         If the Namespace is managed by `temporalcloud_namespace` of the `temporalio/temporalcloud` provider, set `lifecycle { \
         ignore_changes = [connectivity_rule_ids] }` on that resource. Otherwise it detaches all rules that its \
         `connectivity_rule_ids` does not list.\n\n\
         Attaching the first rule to a Namespace closes it to the internet, and detaching the last rule opens it again. Both are \
         rejected unless the configuration allows them.",
        attributes.into_iter().chain(consent::attributes()),
    )
    .block(timeouts::block())
}

/// Parses the Namespace of a value; `None` if it is not known.
pub(crate) fn namespace(value: &Value) -> Option<Result<NamespaceId, Diagnostic>> {
    let text = value.get(NAMESPACE).as_str()?;
    let wrong = |reason: schema::name::NameError| {
        let detail = format!("{}.", capitalized(&reason.to_string()));
        Diagnostic::error(format!("`{}` is not a Namespace id", text.escape_debug()), detail).at(NAMESPACE)
    };
    Some(text.parse().map_err(wrong))
}

/// The rule and the Namespace of a state or a wholly known plan.
fn pair(value: &Value) -> Answer<(String, NamespaceId)> {
    let missing =
        || Diagnostic::error(format!("`{NAMESPACE}` has no value"), "The value must be known at apply.");
    let rule = value.get(RULE).as_str().unwrap_or_default().to_owned();
    Ok((rule, namespace(value).unwrap_or_else(|| Err(missing()))?))
}
