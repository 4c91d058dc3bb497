//! `temporalnexus_endpoint_allowlist`: the whole allowlist of an Endpoint that another team manages.

mod identity;
pub(crate) mod import;
mod plan;
mod state;
mod write;

use schema::backend::Backend;
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
        "Manages the whole allowlist of a Nexus Endpoint: Namespaces that are not on it may not call. Use it when another team \
         owns the Endpoint. The `temporalnexus_endpoint`, if it is managed, must omit `allowed_caller_namespaces`. A \
         configuration in which two resources manage the same allowlist is rejected.\n\n\
         Creating this resource takes over the existing allowlist; the plan lists the callers that are revoked. If another \
         client changes the allowlist between plan and apply, the apply fails. Destroying this resource empties the allowlist, \
         so that no Namespace may call; a `removed` block with `destroy = false` leaves it unchanged.",
        [
            Attribute::required(
                ENDPOINT_ID,
                Type::String,
                "Id of the Endpoint, not its name. A change takes over the allowlist of the new Endpoint, then empties that of \
                 the old one.",
            ),
            Attribute::required(
                CALLERS,
                Type::set(Type::String),
                "Ids of the Namespaces whose Workflows may call, at most 1000. No other Namespace may call, including the target \
                 itself: `[]` allows none.",
            ),
            Attribute::computed(
                REVOKED,
                Type::set(Type::String),
                "Ids of the Namespaces that were revoked when this resource took over the allowlist. If the allowlist changes \
                 between plan and apply, Terraform reports an `inconsistent final plan`: nothing was written, and a new plan \
                 shows the current callers. Empty after an import.",
            )
            .keeps(),
        ],
    )
    .block(timeouts::block())
}
