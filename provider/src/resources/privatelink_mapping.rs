//! `temporalnexus_privatelink_mapping`: a private connection, its connectivity rule, and the Namespaces that the rule is
//! attached to.

mod apply;
mod attached;
mod delta;
pub(crate) mod import;
pub(crate) mod model;
mod plan;
mod read;
mod schema;
mod validate;

pub(crate) use model::NAMESPACES;

use ::schema::backend::Backend;
use tfplugin::{
    Answer, Configured, Context, CreateRequest, DeleteRequest, IdentityAttribute, IdentitySchema, ImportKey,
    MoveRequest, Plan, PlanRequest, ReadRequest, Resource, Schema, Stored, Type, UpdateRequest, Value,
    async_trait,
};

use crate::claims::ManagedObject;
use crate::diagnostics::cloud_only;
use crate::session::Session;

pub(crate) const NAME: &str = "temporalnexus_privatelink_mapping";

/// What an instance manages: the rule, and its attachments if the configuration sets them.
pub(crate) fn managed_objects(value: &Value) -> Vec<ManagedObject> {
    let id = Some(model::rule_id(value).to_owned()).filter(|id| !id.is_empty());
    let (region, connection) = (value.get(model::REGION).as_str(), value.get(model::CONNECTION).as_str());
    let connection = region.zip(connection).map(|(region, connection)| format!("{connection} in {region}"));
    let attachments = id.clone().filter(|_| !value.get(NAMESPACES).is_null()).map(|rule| {
        let known = value.get(NAMESPACES).is_wholly_known();
        let ids = || value.get(NAMESPACES).strings().map(str::to_owned).collect();
        ManagedObject::Attachments { rule, namespaces: known.then(ids) }
    });
    let rule = connection.map(|connection| ManagedObject::Rule { id, connection });
    rule.into_iter().chain(attachments).collect()
}

/// The resource.
pub(crate) struct MappingResource {
    session: Configured<Session>,
    backend: Configured<Backend>,
}

impl MappingResource {
    /// The resource, for the session that configuring the provider opens.
    pub(crate) fn new(session: Configured<Session>, backend: Configured<Backend>) -> Self {
        Self { session, backend }
    }
}

#[async_trait]
impl Resource for MappingResource {
    fn type_name(&self) -> &str {
        NAME
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        let id = IdentityAttribute::required(
            model::RULE,
            Type::String,
            "Id of the connectivity rule, assigned by the registry.",
        );
        Some(IdentitySchema::new(0, [id]))
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        cloud_only::require_configured(&self.backend, cloud_only::no_connectivity)?;
        validate::validate(&config)
    }

    async fn read(&self, cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        let session = self.session.require()?;
        match session.account_for_read(cx) {
            Some(account) => read::read(cx, account, &request.state).await,
            None => Ok(Some(request.state.into())),
        }
    }

    async fn plan(&self, cx: &Context, request: PlanRequest, plan: Plan) -> Answer<Plan> {
        let session = self.session.require()?;
        if let Some(account) = session.account() {
            cloud_only::require(account.backend(), cloud_only::no_connectivity)?;
        }
        let state = plan::completed(&request, plan.state);
        plan::plan(cx, session.account(), &request, &state).await?;
        Ok(Plan { state, ..plan })
    }

    async fn plan_delete(&self, cx: &Context, request: DeleteRequest) -> Answer<Option<Vec<u8>>> {
        if let Some(account) = self.session.require()?.account() {
            plan::plan_delete(cx, account, &request).await?;
        }
        Ok(None)
    }

    async fn create(&self, cx: &Context, request: CreateRequest) -> Answer<Stored> {
        apply::create(cx, self.session.require()?.require()?, request).await
    }

    async fn update(&self, cx: &Context, request: UpdateRequest) -> Answer<Stored> {
        apply::update(cx, self.session.require()?.require()?, request).await
    }

    async fn delete(&self, cx: &Context, request: DeleteRequest) -> Answer<()> {
        apply::delete(cx, self.session.require()?.require()?, &request).await
    }

    async fn import(&self, cx: &Context, key: ImportKey) -> Answer<Stored> {
        import::import(cx, self.session.require()?.require()?, &key).await.map(Stored::from)
    }

    /// The service is computed from the region.
    fn configuration(&self, settable: Value) -> Value {
        settable.with(model::SERVICE, Value::Null)
    }

    async fn move_from(&self, _cx: &Context, request: MoveRequest) -> Answer<Stored> {
        import::moved(request).map(Stored::from)
    }
}
