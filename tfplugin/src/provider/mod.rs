//! The traits that a provider implements: its configuration, resources, data sources, list resources and functions.

pub(crate) mod configured;
pub(crate) mod context;
pub(crate) mod data_source;
pub(crate) mod function;
pub(crate) mod list_resource;
pub(crate) mod resource;

use std::sync::Arc;

use async_trait::async_trait;

use crate::diagnostic::Answer;
use crate::provider::context::Context;
use crate::provider::data_source::DataSource;
use crate::provider::function::Function;
use crate::provider::list_resource::ListResource;
use crate::provider::resource::Resource;
use crate::schema::Schema;
use crate::value::Value;

/// Terraform's request to configure the provider.
pub struct ConfigureRequest {
    /// The provider block; at plan time it may contain unknown values.
    pub config: Value,
    /// Terraform's own version, such as `1.11.4`.
    pub terraform_version: String,
}

/// A provider. Its resources and other parts are requested once per process, before it is configured.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The schema of the provider block.
    fn schema(&self) -> Schema;

    /// Checks the provider block without side effects or network access. It may contain unknown values.
    async fn validate(&self, _cx: &Context, _config: Value) -> Answer<()> {
        Ok(())
    }

    /// Prepares for operations, usually by filling a [`Configured`](crate::Configured) cell. May be called again in the same process.
    async fn configure(&self, cx: &Context, request: ConfigureRequest) -> Answer<()>;

    /// The resources; their type names start with the provider's name.
    fn resources(&self) -> Vec<Arc<dyn Resource>>;

    /// The data sources.
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        Vec::new()
    }

    /// The functions, which may be called before the provider is configured.
    fn functions(&self) -> Vec<Arc<dyn Function>> {
        Vec::new()
    }

    /// The list resources for `terraform query`. For each there must be a resource of the same type name with an identity.
    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        Vec::new()
    }
}

/// The errors in a provider's schemas that Terraform would reject or misinterpret; empty when they are valid. For a provider's
/// tests.
pub fn problems(provider: &dyn Provider) -> Vec<String> {
    let mut problems = Vec::new();
    let mut add = |owner: &str, found: Vec<String>| {
        problems.extend(found.into_iter().map(|problem| format!("{owner}: {problem}")));
    };
    add("provider", provider.schema().problems());
    let resources = provider.resources();
    for resource in &resources {
        add(resource.type_name(), resource.schema().problems());
        add(resource.type_name(), resource.identity_schema().map(|it| it.problems()).unwrap_or_default());
    }
    for source in provider.data_sources() {
        add(source.type_name(), source.schema().problems());
    }
    for list in provider.list_resources() {
        add(list.type_name(), list.schema().problems());
        let identified =
            |it: &Arc<dyn Resource>| it.type_name() == list.type_name() && it.identity_schema().is_some();
        if !resources.iter().any(identified) {
            add(list.type_name(), vec!["the resource that it lists has no identity".to_owned()]);
        }
    }
    problems
}
