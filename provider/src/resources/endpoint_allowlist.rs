//! `temporalnexus_endpoint_allowlist`: the whole allowlist of an Endpoint that another team manages.

mod identity;
pub(crate) mod import;
mod plan;
mod state;
mod write;

use schema::block::Backend;
use tfplugin::{
    Answer, Attribute, Configured, Context, CreateRequest, DeleteRequest, Diagnostics, IdentitySchema,
    ImportKey, Plan, PlanRequest, ReadRequest, Resource, Schema, Stored, Type, UpdateRequest, Value,
    async_trait,
};

use crate::claims::{AllowlistOwner, ManagedObject};
use crate::diagnostics::cloud_only;
use crate::resources::allowlist::{self, ENDPOINT_ID};
use crate::resources::endpoint::model::CALLERS;
use crate::resources::endpoint::{read, validate};
use crate::session::Session;
use crate::timeouts;

pub(crate) const TYPE: &str = "temporalnexus_endpoint_allowlist";
/// The callers that the creation revokes.
const REVOKED: &str = "revoked_caller_namespaces";

/// The resource.
pub(crate) struct AllowlistResource {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl AllowlistResource {
    /// The resource, for the session that configuring the provider opens.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl Resource for AllowlistResource {
    fn type_name(&self) -> &str {
        TYPE
    }

    fn schema(&self) -> Schema {
        schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(identity::schema())
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        cloud_only::require_configured(&self.backend, cloud_only::no_allowlists)?;
        let mut problems = Diagnostics::new();
        problems.extend(allowlist::invalid_endpoint_id(&config));
        problems.extend(validate::callers(config.get(CALLERS), None));
        problems.extend(timeouts::problems(&config));
        problems.into_answer()
    }

    async fn read(&self, cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        let session = self.session.require()?;
        let Some(account) = session.account_for_read(cx) else { return Ok(Some(request.state.into())) };
        let id = allowlist::endpoint_id(&request.state);
        let Some(found) = read::found(cx, account, id, &request.state).await? else {
            allowlist::check_account(account, id, state::any_caller(&request.state)).await?;
            return Ok(None);
        };
        read::unknown_policies(&found).into_iter().for_each(|warning| cx.report(warning));
        Ok(Some(request.state.with(CALLERS, Value::set(found.callers())).into()))
    }

    async fn plan(&self, cx: &Context, request: PlanRequest, plan: Plan) -> Answer<Plan> {
        match self.session.require()?.account() {
            Some(account) => plan::plan(cx, account, request.prior.as_ref(), plan).await,
            None => Ok(plan),
        }
    }

    async fn plan_delete(&self, cx: &Context, request: DeleteRequest) -> Answer<Option<Vec<u8>>> {
        if let Some(account) = self.session.require()?.account() {
            plan::plan_delete(cx, account, &request).await?;
        }
        Ok(None)
    }

    async fn create(&self, cx: &Context, request: CreateRequest) -> Answer<Stored> {
        write::create(cx, self.session.require()?.require()?, request).await
    }

    async fn update(&self, cx: &Context, request: UpdateRequest) -> Answer<Stored> {
        write::update(cx, self.session.require()?.require()?, request).await
    }

    async fn delete(&self, cx: &Context, request: DeleteRequest) -> Answer<()> {
        write::delete(cx, self.session.require()?.require()?, &request).await
    }

    async fn import(&self, cx: &Context, key: ImportKey) -> Answer<Stored> {
        import::import(cx, self.session.require()?.require()?, key).await.map(Stored::from)
    }
}

/// What an instance manages: a whole allowlist.
pub(crate) fn managed_objects(value: &Value) -> Vec<ManagedObject> {
    let Some(endpoint) = value.get(ENDPOINT_ID).as_str().map(str::to_owned) else { return Vec::new() };
    let callers = value.get(CALLERS).is_wholly_known().then(|| state::callers(value));
    vec![ManagedObject::Allowlist { endpoint, by: AllowlistOwner::Allowlist, callers }]
}

fn schema() -> Schema {
    Schema::new(
        0,
        "The whole allowlist of a Nexus Endpoint: who is not in it may not call. It is for a team other than the one that owns \
         the Endpoint: the `temporalnexus_endpoint` itself, where it is managed, leaves `allowed_caller_namespaces` out. A \
         configuration that keeps one list in two ways is refused.\n\n\
         Creating it takes the list over from whoever kept it until now: the plan lists whom that revokes. Where the list is \
         changed by somebody else between a plan and its apply, the apply is refused. Destroying it empties the list, so that \
         nobody may call; a `removed` block with `destroy = false` leaves the list as it is.",
        [
            Attribute::required(
                ENDPOINT_ID,
                Type::String,
                "Id of the Endpoint, not its name. A change takes over the list of the new Endpoint, and then empties that of the old.",
            ),
            Attribute::required(
                CALLERS,
                Type::set(Type::String),
                "Ids of the Namespaces whose Workflows may call, at most 1000. Nobody else may, not even the target itself: \
                 `[]` allows nobody.",
            ),
            Attribute::computed(
                REVOKED,
                Type::set(Type::String),
                "Ids of the Namespaces that could call before the creation took the list over, and could not afterwards. Terraform \
                 says `inconsistent final plan` where that is not what the plan showed any more: the list was changed in \
                 between, nothing was written, and a new plan shows what it is now. Empty after an import.",
            )
            .keeps(),
        ],
    )
    .block(timeouts::block())
}
