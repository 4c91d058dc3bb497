//! `temporalnexus_endpoint_allowed_caller`: one caller on the allowlist of an Endpoint.

mod identity;
mod import;
mod plan;
mod write;

use schema::backend::Backend;
use schema::name::NamespaceId;
use tfplugin::{
    Answer, Attribute, Configured, Context, CreateRequest, DeleteRequest, Diagnostics, IdentitySchema,
    ImportKey, Plan, PlanRequest, ReadRequest, Resource, Schema, Stored, Type, UpdateRequest, Value,
    async_trait,
};

use crate::account::Account;
use crate::claims::ManagedObject;
use crate::diagnostics::cloud_only;
use crate::resources::allowlist::{self, ENDPOINT_ID};
use crate::resources::endpoint::{model, read};
use crate::session::Session;
use crate::timeouts;

pub(crate) const TYPE: &str = "temporalnexus_endpoint_allowed_caller";
const NAMESPACE_ID: &str = "namespace_id";

/// The resource.
pub(crate) struct AllowedCallerResource {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl AllowedCallerResource {
    /// The resource, for the session that configuring the provider opens.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl Resource for AllowedCallerResource {
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
        let caller = config.get(NAMESPACE_ID);
        let caller = model::parsed::<NamespaceId>(caller, &NAMESPACE_ID.into(), "a Namespace id");
        problems.extend(caller.and_then(Result::err));
        problems.extend(timeouts::problems(&config));
        problems.into_answer()
    }

    async fn read(&self, cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        let session = self.session.require()?;
        match session.account_for_read(cx) {
            Some(account) => read_caller(cx, account, request.state).await,
            None => Ok(Some(request.state.into())),
        }
    }

    async fn plan(&self, cx: &Context, request: PlanRequest, plan: Plan) -> Answer<Plan> {
        if let Some(account) = self.session.require()?.account() {
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
        write::add(cx, self.session.require()?.require()?, request.planned).await
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

/// What an instance manages: one caller.
pub(crate) fn managed_objects(value: &Value) -> Vec<ManagedObject> {
    let text = |name| value.get(name).as_str().map(str::to_owned);
    let caller = text(ENDPOINT_ID).zip(text(NAMESPACE_ID));
    caller.map(|(endpoint, namespace)| ManagedObject::Caller { endpoint, namespace }).into_iter().collect()
}

fn schema() -> Schema {
    Schema::new(
        0,
        "Manages one Namespace on the allowlist of a Nexus Endpoint, without changing other entries. Use it when several teams \
         allow their callers on an Endpoint that another team owns, each in its own workspace. Concurrent applies are safe.\n\n\
         A Namespace that is already on the allowlist is adopted. The `temporalnexus_endpoint`, if it is managed, must omit \
         `allowed_caller_namespaces`. A configuration in which two resources manage the same allowlist is rejected.",
        [
            Attribute::required(
                ENDPOINT_ID,
                Type::String,
                "Id of the Endpoint, not its name. A change adds the caller to the new Endpoint, then removes it from the old \
                 one.",
            ),
            Attribute::required(
                NAMESPACE_ID,
                Type::String,
                "Id of the Namespace whose Workflows may call, such as `orders-prod.a2dd6`. A change adds the new caller, then \
                 removes the old one.",
            ),
        ],
    )
    .block(timeouts::block())
}

/// The identity of a caller.
pub(crate) fn keys(endpoint: &str, caller: &str) -> Value {
    Value::object([(ENDPOINT_ID, endpoint.into()), (NAMESPACE_ID, caller.into())])
}

/// The state of an imported caller.
pub(crate) fn state(endpoint: &str, caller: &str) -> Value {
    keys(endpoint, caller).with("timeouts", Value::Null)
}

/// The current state; `None` if the caller or the Endpoint no longer exists.
async fn read_caller(cx: &Context, account: &Account, known: Value) -> Answer<Option<Stored>> {
    let id = allowlist::endpoint_id(&known);
    let Some(found) = read::found(cx, account, id, &known).await? else {
        allowlist::check_account(account, id, caller(&known)).await?;
        return Ok(None);
    };
    let namespace = known.get(NAMESPACE_ID).as_str().unwrap_or_default();
    Ok(found.callers().contains(namespace).then(|| known.clone().into()))
}

/// The caller of a configuration, plan or state, if it is known and valid.
fn caller(value: &Value) -> Option<NamespaceId> {
    model::namespace_id(value.get(NAMESPACE_ID))
}
