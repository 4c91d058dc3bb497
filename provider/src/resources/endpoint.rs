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

use schema::block::Backend;
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
const ABOUT: &str = "A Nexus Endpoint: the name under which Workflows of other Namespaces call operations, the Namespace and task queue \
     that handle the calls, and the Namespaces that may call.\n\n\
     Planning checks what a plan changes: that the target and new callers exist in the account, that the identity \
     behind the API key may manage the target, and that the name is free. What cannot be known is reported as \
     `unproven`, never refused.\n\n\
     An apply refuses to overwrite an attribute that was changed by somebody else after the plan was made.\n\n\
     A self-hosted server guards less than Temporal Cloud: it carries out a rename onto a name that another Endpoint has, and \
     a deletion of an Endpoint that changed since it was read. The provider asks for the name, and reads what it deletes, right \
     before each of the two. Only somebody else's write in the moment between that question and the server's own write is not \
     noticed: two Endpoints may then have one name, or a change be deleted unseen. Where such writes may meet, let one \
     workspace alone rename and destroy.";

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
             name. Managing the Endpoint needs \
             Namespace Admin on it; a change needs that on the old and the new one.",
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
            Attribute::computed("id", Type::String, "Id that the registry gave the Endpoint; it stays when the name changes.")
                .keeps(),
            Attribute::required(
                "name",
                Type::String,
                "Name that callers use, unique in the account: 2 to 200 letters, digits and hyphens, a letter first, no hyphen \
                 last. It can be changed, but every caller that uses the old name then fails.",
            ),
            Attribute::optional(
                "description",
                Type::String,
                "What the Endpoint is for, at most 20,000 bytes. Left out, there is none: one that was added outside is \
                 planned to be removed. A description in an encoding that the provider cannot read is left alone.",
            ),
            Attribute::optional(
                "worker_target",
                target,
                "Where the calls go: a task queue of a Namespace. Needed on Temporal Cloud; on a self-hosted server either this or \
                 `external_target`.",
            ),
            Attribute::optional(
                "external_target",
                Nested::single([Attribute::required("url", Type::String, "URL of the Nexus service: http or https, at most 4096 bytes.")]),
                "Where the calls go: a service outside Temporal. On a self-hosted server only.",
            ),
            Attribute::optional(
                "allowed_caller_namespaces",
                Type::set(Type::String),
                "Ids of the Namespaces whose Workflows may call, at most 1000. Nobody else may, not even the target itself: \
                 `[]` allows nobody. Left out, the allowlist belongs to others and is neither read nor changed; a new \
                 Endpoint then starts with an empty one. A self-hosted server has no allowlists: leave it out there, or set \
                 `allowlist = \"ignore\"` in the block `self_hosted`.",
            )
            .imports(),
        ],
    )
    .block(timeouts::block())
}
