//! `temporalnexus_endpoint`: a Nexus Endpoint, with its allowlist if the configuration sets it.

mod change;
pub(crate) mod conflict;
mod create;
mod delete;
pub(crate) mod filter;
pub(crate) mod foreign_allowlist;
mod identity;
pub(crate) mod import;
pub(crate) mod model;
mod moved;
pub(crate) mod not_found;
pub(crate) mod outcome;
mod plan;
pub(crate) mod read;
mod takeover;
mod update;
pub(crate) mod validate;

use schema::backend::Backend;
use tfplugin::{
    Answer, Attribute, Configured, Context, CreateRequest, DeleteRequest, IdentitySchema, ImportKey,
    MoveRequest, Nested, Plan, PlanRequest, ReadRequest, Resource, Schema, Stored, Type, UpdateRequest,
    Value, async_trait,
};

use crate::claims::{AllowlistOwner, ManagedObject};
use crate::session::Session;
use crate::timeouts;
use change::Change;

pub(crate) const TYPE: &str = "temporalnexus_endpoint";

/// The description of the resource.
const ABOUT: &str = "A Nexus Endpoint: the name under which Workflows of other Namespaces call operations, the Namespace and \
                     task queue \
     that handle the calls, and the Namespaces that may call.\n\n\
     A plan checks what it changes: that the target and new callers exist in the account, that the identity of the API key may \
     manage the target, and that the name is available. What cannot be verified is reported in a warning as `unproven`.\n\n\
     An apply fails instead of overwriting an attribute that another client changed after the plan was created.\n\n\
     A self-hosted server has fewer safeguards than Temporal Cloud: it accepts a rename to a name that is in use, and the \
     deletion of an Endpoint that was changed after it was read. The provider checks for both immediately before the request. A \
     write by another client between this check and the request is not detected: two Endpoints can then have the same name, or a \
     changed Endpoint can be deleted. Where concurrent writes are possible, rename and destroy Endpoints from one workspace \
     only.";

/// The resource.
pub(crate) struct EndpointResource {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl EndpointResource {
    /// The resource, for the session that configuring the provider opens.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl Resource for EndpointResource {
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
        validate::validate(&config, self.backend.value())
    }

    async fn read(&self, cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        let session = self.session.require()?;
        match session.account_for_read(cx) {
            Some(account) => read::read(cx, account, request.state).await,
            None => Ok(Some(request.state.into())),
        }
    }

    async fn plan(&self, cx: &Context, request: PlanRequest, plan: Plan) -> Answer<Plan> {
        let session = self.session.require()?;
        let change = Change { prior: request.prior.as_ref(), planned: &plan.state };
        plan::plan(cx, session.account(), change, &request.private).await?;
        Ok(plan)
    }

    async fn plan_delete(&self, cx: &Context, request: DeleteRequest) -> Answer<Option<Vec<u8>>> {
        plan::plan_delete(cx, self.session.require()?.account(), &request).await.map(Some)
    }

    async fn create(&self, cx: &Context, request: CreateRequest) -> Answer<Stored> {
        create::create(cx, self.session.require()?.require()?, request).await
    }

    async fn update(&self, cx: &Context, request: UpdateRequest) -> Answer<Stored> {
        update::update(cx, self.session.require()?.require()?, request).await
    }

    async fn delete(&self, cx: &Context, request: DeleteRequest) -> Answer<()> {
        delete::delete(cx, self.session.require()?.require()?, &request).await
    }

    async fn import(&self, cx: &Context, key: ImportKey) -> Answer<Stored> {
        import::import(cx, self.session.require()?.require()?, key).await.map(Stored::from)
    }

    async fn move_from(&self, _cx: &Context, request: MoveRequest) -> Answer<Stored> {
        moved::moved(&request)
    }
}

/// What an instance manages: the Endpoint, and its allowlist if the configuration sets it.
pub(crate) fn managed_objects(value: &Value) -> Vec<ManagedObject> {
    let Some(name) = value.get(model::NAME).as_str() else { return Vec::new() };
    let id = Some(model::id(value).to_owned()).filter(|id| !id.is_empty());
    let list = value.get(model::CALLERS);
    let allowlist = id.clone().filter(|_| !list.is_null()).map(|endpoint| ManagedObject::Allowlist {
        endpoint,
        by: AllowlistOwner::Endpoint,
        callers: list.is_wholly_known().then(|| list.strings().map(str::to_owned).collect()),
    });
    [ManagedObject::Endpoint { id, name: name.to_owned() }].into_iter().chain(allowlist).collect()
}

fn schema() -> Schema {
    let target = Nested::single([
        Attribute::required(
            "namespace_id",
            Type::String,
            "Id of the Namespace whose Workers handle the calls, such as `shipping-prod.a2dd6`; on a self-hosted server its \
             name. Managing the Endpoint requires Namespace Admin on it; changing the target requires Namespace Admin on the old \
             and the new Namespace.",
        ),
        Attribute::required(
            "task_queue",
            Type::String,
            "Task queue that these Workers poll: 1 to 1000 bytes.",
        ),
    ]);
    Schema::new(
        0,
        ABOUT,
        [
            Attribute::computed("id", Type::String, "Id of the Endpoint, assigned by the registry. It does not change when the \
                 Endpoint is renamed.")
                .keeps(),
            Attribute::required(
                "name",
                Type::String,
                "Name that callers use, unique in the account: 2 to 200 letters, digits and hyphens, starting with a letter and \
                 not ending with a hyphen. It can be changed in place; callers that use the old name then fail.",
            ),
            Attribute::optional(
                "description",
                Type::String,
                "Description of the Endpoint, at most 20,000 bytes. If omitted, the Endpoint has no description: one that was \
                 added outside of Terraform is removed. A description in an encoding that the provider cannot read is left \
                 unchanged.",
            ),
            Attribute::optional(
                "worker_target",
                target,
                "Target of the calls: a task queue of a Namespace. Required on Temporal Cloud; on a self-hosted server, set \
                 either this or `external_target`.",
            ),
            Attribute::optional(
                "external_target",
                Nested::single([Attribute::required("url", Type::String, "URL of the Nexus service: http or https, at most 4096 \
                     bytes.")]),
                "Target of the calls: a service outside Temporal. Self-hosted servers only.",
            ),
            Attribute::optional(
                "allowed_caller_namespaces",
                Type::set(Type::String),
                "Ids of the Namespaces whose Workflows may call, at most 1000. No other Namespace may call, including the target \
                 itself: `[]` allows none. If omitted, this resource does not manage the allowlist, and neither reads nor \
                 changes it; a new Endpoint then starts with an empty allowlist. A self-hosted server has no allowlists: omit it \
                 there, or set `allowlist = \"ignore\"` in the `self_hosted` block.",
            )
            .imports(),
        ],
    )
    .block(timeouts::block())
}
