//! The Terraform provider `temporalnexus`: Nexus Endpoints as resources, checked while planning.
//!
//! Configuring the [`Provider`] opens a session with an account, which resources, data sources and list resources use.

mod account;
mod claims;
mod configuration;
mod data_sources;
mod diagnostics;
mod functions;
mod list_resources;
mod locks;
mod resources;
mod session;
mod timeouts;
mod wait;

use std::sync::Arc;

use schema::backend::Backend;
use tfplugin::{
    Answer, ConfigureRequest, Configured, Context, DataSource, Environment, Function, ListResource, Resource,
    Schema, Value, async_trait,
};

use session::Session;

pub use claims::Run;

/// The provider.
pub struct Provider {
    environment: Environment,
    run: Run,
    session: Configured<Session>,
    /// Known from the provider block alone. Not known if Terraform validates a module whose provider is configured elsewhere,
    /// or if the block is empty.
    backend: Configured<Backend>,
}

impl Provider {
    /// A provider that takes defaults for its configuration from `environment`.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self { environment, run: Run::default(), session: Configured::new(), backend: Configured::new() }
    }

    /// The provider as part of a run of Terraform, which shares its claims with the other processes of the run.
    #[must_use]
    pub fn in_run(self, run: Run) -> Self {
        Self { run, ..self }
    }

    fn choose(&self, backend: Option<Backend>) {
        if let Some(backend) = backend {
            self.backend.set(backend);
        }
    }
}

#[async_trait]
impl tfplugin::Provider for Provider {
    fn schema(&self) -> Schema {
        configuration::schema()
    }

    async fn validate(&self, _cx: &Context, config: Value) -> Answer<()> {
        self.choose(configuration::backend(&config));
        configuration::validate(&config)
    }

    async fn configure(&self, cx: &Context, request: ConfigureRequest) -> Answer<()> {
        self.choose(configuration::backend(&request.config));
        let run = Run { terraform: request.terraform_version, ..self.run.clone() };
        let configuration =
            configuration::read(&request.config, &self.environment, |warning| cx.report(warning))?;
        let session = wait::unless_stopped(cx, Session::open(configuration, &run)).await??;
        self.session.set(session);
        Ok(())
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        resources::all(&self.session, &self.backend)
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        functions::all()
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        data_sources::all(&self.session, &self.backend)
    }

    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        list_resources::all(&self.session, &self.backend)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_valid_for_terraform() {
        assert_eq!(tfplugin::problems(&Provider::new(Environment::default())), Vec::<String>::new());
    }
}
