//! What a managed resource is: its schema, and how it is read, planned, created, updated, deleted and imported.

use async_trait::async_trait;

use crate::diagnostic::{Answer, Diagnostic};
use crate::plan::Plan;
use crate::provider::context::Context;
use crate::schema::{IdentitySchema, Schema};
use crate::value::Value;

/// What Terraform keeps of an object. `Value` converts into it.
pub struct Stored {
    /// The state, an object by the schema; attributes left out are null.
    pub state: Value,
    /// The identity, an object by the identity schema. `None` takes it from the state's attributes of the same names, and
    /// where it has not all of them keeps the one that Terraform has.
    pub identity: Option<Value>,
    /// Bytes that only the provider reads; `None` keeps those that Terraform has.
    pub private: Option<Vec<u8>>,
}

impl From<Value> for Stored {
    fn from(state: Value) -> Self {
        Self { state, identity: None, private: None }
    }
}

/// Asks what an object is like now.
pub struct ReadRequest {
    /// The state as it was last known; after an import, what the import gave.
    pub state: Value,
    /// The identity as it was last known.
    pub identity: Option<Value>,
    /// The provider's own bytes.
    pub private: Vec<u8>,
}

/// What a plan is made from; the planned state itself is in [`Plan`].
pub struct PlanRequest {
    /// The configuration; unknown values occur.
    pub config: Value,
    /// The state before; `None` when the object is to be created.
    pub prior: Option<Value>,
    /// The identity before.
    pub identity: Option<Value>,
    /// The provider's own bytes as last stored. Terraform plans a replacement twice: the second time without a prior
    /// state, and with the bytes that the first plan left.
    pub private: Vec<u8>,
}

/// Asks to create an object.
pub struct CreateRequest {
    /// The configuration, wholly known.
    pub config: Value,
    /// The planned state; what the plan left unknown is unknown here.
    pub planned: Value,
    /// The planned identity.
    pub identity: Option<Value>,
    /// The provider's own bytes as the plan left them.
    pub private: Vec<u8>,
}

/// Asks to change an object in place.
pub struct UpdateRequest {
    /// The configuration, wholly known.
    pub config: Value,
    /// The state that the plan was made on.
    pub prior: Value,
    /// The planned state; what the plan left unknown is unknown here.
    pub planned: Value,
    /// The planned identity.
    pub identity: Option<Value>,
    /// The provider's own bytes as the plan left them.
    pub private: Vec<u8>,
}

/// Asks to delete an object, or tells that this is planned.
pub struct DeleteRequest {
    /// The state that the plan was made on.
    pub prior: Value,
    /// The object's identity.
    pub identity: Option<Value>,
    /// The provider's own bytes.
    pub private: Vec<u8>,
}

/// How the user named the object to import.
pub enum ImportKey {
    /// The text of `terraform import` or of an import block's `id`.
    Id(String),
    /// An import block's `identity`, an object by the identity schema.
    Identity(Value),
}

/// A `moved` block from another type of resource, or another provider's.
pub struct MoveRequest {
    /// Such as `registry.terraform.io/hashicorp/null`.
    pub provider: String,
    /// Such as `null_resource`.
    pub type_name: String,
    /// The version of the schema that wrote the state.
    pub version: i64,
    /// The source's state, an object.
    pub state: serde_json::Value,
    /// The source's own bytes.
    pub private: Vec<u8>,
}

/// A managed resource. Values given to it are complete by its schema, and what it gives back is completed.
#[async_trait]
pub trait Resource: Send + Sync {
    /// The whole name, such as `acme_server`.
    fn type_name(&self) -> &str;

    /// The schema of its configuration and state.
    fn schema(&self) -> Schema;

    /// What identifies an object; Terraform 1.12 and later keep it beside the state.
    fn identity_schema(&self) -> Option<IdentitySchema> {
        None
    }

    /// Checks a configuration without touching the world; unknown values occur.
    async fn validate(&self, _cx: &Context, _config: Value) -> Answer<()> {
        Ok(())
    }

    /// Converts a state that an earlier version of the schema wrote. States of the present version never come here.
    async fn upgrade(&self, _cx: &Context, version: i64, _state: serde_json::Value) -> Answer<Value> {
        Err(unsupported(self.type_name(), &format!("state of schema version {version}")))
    }

    /// The object as it is now; `None` when it is gone.
    async fn read(&self, cx: &Context, request: ReadRequest) -> Answer<Option<Stored>>;

    /// Puts the prior value in the place of each proposed value that means the same, so that it is no change.
    fn normalize(&self, _prior: &Value, proposed: Value) -> Value {
        proposed
    }

    /// Whether the provider's own bytes say that nothing was written to the object since it was imported.
    fn is_imported(&self, _private: &[u8]) -> bool {
        false
    }

    /// Checks and completes the plan of a create or an update. `plan` follows from the schema: what is computed is
    /// unknown where it may change. Terraform plans again at apply and must then get a compatible answer.
    async fn plan(&self, _cx: &Context, _request: PlanRequest, plan: Plan) -> Answer<Plan> {
        Ok(plan)
    }

    /// Warns about, or refuses, a planned deletion, and gives the bytes for its apply; `None` keeps those that Terraform
    /// has. The deletion in a replacement is part of its plan, and not asked here.
    async fn plan_delete(&self, _cx: &Context, _request: DeleteRequest) -> Answer<Option<Vec<u8>>> {
        Ok(None)
    }

    /// Creates the object. `Err` says that nothing was created; an object that exists but is not as it should be is
    /// returned, with an error reported to `cx`.
    async fn create(&self, cx: &Context, request: CreateRequest) -> Answer<Stored>;

    /// Changes the object. `Err` keeps the prior state; what was reached in part is returned, with an error
    /// reported to `cx`.
    async fn update(&self, cx: &Context, request: UpdateRequest) -> Answer<Stored>;

    /// Deletes the object; one that is already gone is a success. `Err` keeps the prior state.
    async fn delete(&self, cx: &Context, request: DeleteRequest) -> Answer<()>;

    /// Enough of an existing object's state for `read` to complete it.
    async fn import(&self, _cx: &Context, _key: ImportKey) -> Answer<Stored> {
        Err(unsupported(self.type_name(), "import"))
    }

    /// A configuration of an object that exists, for `terraform query -generate-config-out` and `terraform plan
    /// -generate-config-out`. `settable` is its state without what only the provider sets; what a configuration had better
    /// leave out too is null in the answer.
    fn configuration(&self, settable: Value) -> Value {
        settable
    }

    /// The state that another type's object has as one of this type.
    async fn move_from(&self, _cx: &Context, request: MoveRequest) -> Answer<Stored> {
        Err(request
            .refused(self.type_name(), "Only the objects of some other types can be moved to it, if any.")
            .into())
    }
}

impl MoveRequest {
    /// Why the source cannot become a `target`, and the way there is without a move.
    pub fn refused(&self, target: &str, why: &str) -> Diagnostic {
        let source = &self.type_name;
        let detail = format!(
            "{why} Replace the `moved` block by two others: `removed {{ from = {source}.NAME lifecycle {{ destroy = false }} }}` takes the \
             object out of the state and leaves it as it is, and `import {{ to = {target}.NAME … }}` takes over what is there."
        );
        Diagnostic::error(format!("a `{source}` cannot become a `{target}`"), detail)
    }
}

fn unsupported(type_name: &str, what: &str) -> crate::Diagnostics {
    let summary = format!("`{type_name}` does not support {what}");
    Diagnostic::error(summary, "This version of the provider has no support for it.").into()
}
