//! What `terraform query` lists: objects that exist, managed or not (Terraform 1.14 and later).

use async_trait::async_trait;

use crate::diagnostic::Answer;
use crate::provider::context::Context;
use crate::schema::Schema;
use crate::value::Value;

/// Asks which objects exist.
pub struct ListRequest {
    /// The list block's configuration.
    pub config: Value,
    /// Whether states are wanted beside identities.
    pub include_state: bool,
    /// At most so many.
    pub limit: usize,
}

/// One object that exists.
pub struct Listed {
    /// For the user's eye.
    pub display_name: String,
    /// By the resource's identity schema.
    pub identity: Value,
    /// By the resource's schema; wanted only with [`ListRequest::include_state`].
    pub state: Option<Value>,
}

/// A list of a resource's objects; the resource of the same type name has an identity schema.
#[async_trait]
pub trait ListResource: Send + Sync {
    /// The resource's whole name.
    fn type_name(&self) -> &str;

    /// The schema of the list block's configuration.
    fn schema(&self) -> Schema;

    /// Checks a configuration without touching the world; unknown values occur.
    async fn validate(&self, _cx: &Context, _config: Value) -> Answer<()> {
        Ok(())
    }

    /// The objects, at most `limit` of them.
    async fn list(&self, cx: &Context, request: ListRequest) -> Answer<Vec<Listed>>;
}
