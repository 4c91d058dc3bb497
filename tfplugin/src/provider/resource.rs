//! The trait of managed resources: their schema, and how they are read, planned, created, updated, deleted and imported.

use async_trait::async_trait;

use crate::diagnostic::{Answer, Diagnostic};
use crate::plan::Plan;
use crate::provider::context::Context;
use crate::schema::{IdentitySchema, Schema};
use crate::value::Value;

/// What Terraform stores for an object. Converts from `Value`.
pub struct Stored {
    /// The state, an object by the schema; attributes left out are null.
    pub state: Value,
    /// The identity, an object by the identity schema. With `None` it is taken from the state's attributes of the same names;
    /// if the state lacks any of them, Terraform keeps the identity that it has.
    pub identity: Option<Value>,
    /// The provider's private data; `None` keeps those that Terraform has.
    pub private: Option<Vec<u8>>,
}

impl From<Value> for Stored {
    fn from(state: Value) -> Self {
        Self { state, identity: None, private: None }
    }
}

/// A request to read an object.
pub struct ReadRequest {
    /// The last known state; after an import, the imported state.
    pub state: Value,
    /// The last known identity.
    pub identity: Option<Value>,
    /// The provider's private data.
    pub private: Vec<u8>,
}

/// The input of a plan; the planned state itself is in [`Plan`].
pub struct PlanRequest {
    /// The configuration, which may contain unknown values.
    pub config: Value,
    /// The prior state; `None` when the object will be created.
    pub prior: Option<Value>,
    /// The prior identity.
    pub identity: Option<Value>,
    /// The provider's private data. Terraform plans a replacement twice: the second time without a prior state, and with the
    /// private data of the first plan.
    pub private: Vec<u8>,
}

/// A request to create an object.
pub struct CreateRequest {
    /// The configuration, wholly known.
    pub config: Value,
    /// The planned state, with the values that the plan left unknown.
    pub planned: Value,
    /// The planned identity.
    pub identity: Option<Value>,
    /// The provider's private data from the plan.
    pub private: Vec<u8>,
}

/// A request to change an object in place.
pub struct UpdateRequest {
    /// The configuration, wholly known.
    pub config: Value,
    /// The state that the plan was made on.
    pub prior: Value,
    /// The planned state, with the values that the plan left unknown.
    pub planned: Value,
    /// The planned identity.
    pub identity: Option<Value>,
    /// The provider's private data from the plan.
    pub private: Vec<u8>,
}

/// A request to delete an object, or to plan that.
pub struct DeleteRequest {
    /// The state that the plan was made on.
    pub prior: Value,
    /// The object's identity.
    pub identity: Option<Value>,
    /// The provider's private data.
    pub private: Vec<u8>,
}

/// How the user identifies the object to import.
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
    /// The source's private data.
    pub private: Vec<u8>,
}

/// A managed resource. Values passed to it have all attributes of its schema; missing ones in returned values become null.
#[async_trait]
pub trait Resource: Send + Sync {
    /// The full type name, such as `acme_server`.
    fn type_name(&self) -> &str;

    /// The schema of its configuration and state.
    fn schema(&self) -> Schema;

    /// The schema of the identity, which Terraform 1.12 and later store with the state.
    fn identity_schema(&self) -> Option<IdentitySchema> {
        None
    }

    /// Checks a configuration without side effects or network access. It may contain unknown values.
    async fn validate(&self, _cx: &Context, _config: Value) -> Answer<()> {
        Ok(())
    }

    /// Converts a state that an earlier version of the schema wrote. Never called for states of the current version.
    async fn upgrade(&self, _cx: &Context, version: i64, _state: serde_json::Value) -> Answer<Value> {
        Err(unsupported(self.type_name(), &format!("state of schema version {version}")))
    }

    /// Reads the object; `None` when it no longer exists.
    async fn read(&self, cx: &Context, request: ReadRequest) -> Answer<Option<Stored>>;

    /// Replaces each proposed value that is equivalent to the prior one by the prior one, so that it is no change.
    fn normalize(&self, _prior: &Value, proposed: Value) -> Value {
        proposed
    }

    /// Whether, by the provider's private data, the object was not written since it was imported.
    fn is_imported(&self, _private: &[u8]) -> bool {
        false
    }

    /// Checks and completes the plan of a create or an update. `plan` follows from the schema: computed values that may change
    /// are unknown. Terraform plans again at apply, and that plan must be compatible with the first.
    async fn plan(&self, _cx: &Context, _request: PlanRequest, plan: Plan) -> Answer<Plan> {
        Ok(plan)
    }

    /// Warns about or refuses a planned deletion, and returns the private data for its apply; `None` keeps those that Terraform
    /// has. Not called for the deletion in a replacement, which is part of its plan.
    async fn plan_delete(&self, _cx: &Context, _request: DeleteRequest) -> Answer<Option<Vec<u8>>> {
        Ok(None)
    }

    /// Creates the object. `Err` means that nothing was created. If the object was created and a later step failed, returns its
    /// state and reports an error to `cx`.
    async fn create(&self, cx: &Context, request: CreateRequest) -> Answer<Stored>;

    /// Changes the object. `Err` keeps the prior state. If the change was applied in part, returns the new state and reports an
    /// error to `cx`.
    async fn update(&self, cx: &Context, request: UpdateRequest) -> Answer<Stored>;

    /// Deletes the object; succeeds if it no longer exists. `Err` keeps the prior state.
    async fn delete(&self, cx: &Context, request: DeleteRequest) -> Answer<()>;

    /// Returns enough of an existing object's state for `read` to complete it.
    async fn import(&self, _cx: &Context, _key: ImportKey) -> Answer<Stored> {
        Err(unsupported(self.type_name(), "import"))
    }

    /// The configuration of an existing object, for `terraform query -generate-config-out` and `terraform plan
    /// -generate-config-out`. `settable` is its state without attributes that only the provider sets. Attributes to omit are
    /// null in the result.
    fn configuration(&self, settable: Value) -> Value {
        settable
    }

    /// Converts the state of an object of another type.
    async fn move_from(&self, _cx: &Context, request: MoveRequest) -> Answer<Stored> {
        Err(request.refused(self.type_name(), "Objects of this type cannot be moved to it.").into())
    }
}

impl MoveRequest {
    /// The error for a source that cannot be moved to `target`, with the steps to import it instead.
    pub fn refused(&self, target: &str, why: &str) -> Diagnostic {
        let source = &self.type_name;
        let detail = format!(
            "{why} Replace the `moved` block with two blocks: `removed {{ from = {source}.NAME lifecycle {{ destroy = false }} }}` removes the \
             object from the state without destroying it, and `import {{ to = {target}.NAME … }}` imports the existing object."
        );
        Diagnostic::error(format!("cannot move `{source}` to `{target}`"), detail)
    }
}

fn unsupported(type_name: &str, what: &str) -> crate::Diagnostics {
    let summary = format!("`{type_name}` does not support {what}");
    Diagnostic::error(summary, "This version of the provider does not implement it.").into()
}
