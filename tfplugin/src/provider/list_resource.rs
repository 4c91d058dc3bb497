//! The trait of list resources, for `terraform query` (Terraform 1.14 and later): existing objects, managed or not.

use async_trait::async_trait;

use crate::diagnostic::Answer;
use crate::provider::context::Context;
use crate::schema::Schema;
use crate::value::Value;

/// A request to list objects.
pub struct ListRequest {
    /// The list block's configuration.
    pub config: Value,
    /// Whether to include states in addition to identities.
    pub include_state: bool,
    /// The most objects to return.
    pub limit: usize,
}

/// One object that exists.
pub struct Listed {
    /// A name for the user.
    pub display_name: String,
    /// By the resource's identity schema.
    pub identity: Value,
    /// By the resource's schema; required only with [`ListRequest::include_state`].
    pub state: Option<Value>,
}

/// A list resource. The resource of the same type name must have an identity schema.
#[async_trait]
pub trait ListResource: Send + Sync {
    /// The full type name of the resource.
    fn type_name(&self) -> &str;

    /// The schema of the list block's configuration.
    fn schema(&self) -> Schema;

    /// Checks a configuration without side effects or network access. It may contain unknown values.
    async fn validate(&self, _cx: &Context, _config: Value) -> Answer<()> {
        Ok(())
    }

    /// The objects, at most `limit` of them.
    async fn list(&self, cx: &Context, request: ListRequest) -> Answer<Vec<Listed>>;
}
