//! The trait of data sources.

use async_trait::async_trait;

use crate::diagnostic::Answer;
use crate::provider::context::Context;
use crate::schema::Schema;
use crate::value::Value;

/// A data source.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// The full type name, such as `acme_server`.
    fn type_name(&self) -> &str;

    /// The schema of its configuration and result.
    fn schema(&self) -> Schema;

    /// Checks a configuration without side effects or network access. It may contain unknown values.
    async fn validate(&self, _cx: &Context, _config: Value) -> Answer<()> {
        Ok(())
    }

    /// The result for a wholly known configuration: an object with the configured and the computed values.
    async fn read(&self, cx: &Context, config: Value) -> Answer<Value>;
}
