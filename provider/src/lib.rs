//! The Terraform provider `temporalnexus`: Nexus Endpoints as resources, checked while planning.
//!
//! Each resource is a file read from top to bottom: schema, validate, read, plan, create, update, delete, import. What
//! they share: [`Provider`] opens a session, a session leads to an account, and an account answers what plans ask.

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

use schema::block::Backend;
use tfplugin::{
    Answer, ConfigureRequest, Configured, Context, DataSource, Environment, Function, ListResource, Resource,
    Schema, Value, async_trait,
};

use claims::Object;
use list_resources::{
    AllowedCallerList, AllowlistList, AttachmentList, EndpointList, MappingList, PublicRuleList,
};
use resources::endpoint::{self, EndpointResource};
use resources::endpoint_allowed_caller::{self, AllowedCallerResource};
use resources::endpoint_allowlist::{self, AllowlistResource};
use resources::privatelink_attachment::{self, AttachmentResource};
use resources::privatelink_mapping::{self, MappingResource};
use resources::public_connectivity_rule::{self, PublicRuleResource};
use resources::tracked::Tracked;
use session::Session;

pub use claims::Run;

/// The provider.
pub struct Provider {
    environment: Environment,
    run: Run,
    session: Configured<Session>,
    /// Known from the provider block alone, before anything is asked. Not known where Terraform validates a module whose
    /// provider is configured elsewhere, and where the block is empty.
    backend: Configured<Backend>,
}

impl Provider {
    /// A provider that takes from `environment` what its configuration leaves out.
    #[must_use]
    pub fn new(environment: Environment) -> Self {
        Self { environment, run: Run::default(), session: Configured::new(), backend: Configured::new() }
    }

    /// The same as a part of a run of Terraform, whose other processes are told what is claimed here.
    #[must_use]
    pub fn in_run(self, run: Run) -> Self {
        Self { run, ..self }
    }

    fn tracked(
        &self,
        resource: impl Resource + 'static,
        objects: fn(&Value) -> Vec<Object>,
    ) -> Arc<dyn Resource> {
        Arc::new(Tracked::new(resource, self.session.clone(), objects))
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
        let (session, backend) = (|| self.session.clone(), || self.backend.clone());
        vec![
            self.tracked(EndpointResource::new(session(), backend()), endpoint::objects),
            self.tracked(AllowlistResource::new(session(), backend()), endpoint_allowlist::objects),
            self.tracked(AllowedCallerResource::new(session(), backend()), endpoint_allowed_caller::objects),
            self.tracked(AttachmentResource::new(session(), backend()), privatelink_attachment::objects),
            self.tracked(MappingResource::new(session(), backend()), privatelink_mapping::objects),
            self.tracked(PublicRuleResource::new(session(), backend()), public_connectivity_rule::objects),
        ]
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        functions::all()
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        data_sources::all(&self.session, &self.backend)
    }

    fn list_resources(&self) -> Vec<Arc<dyn ListResource>> {
        let (session, backend) = (|| self.session.clone(), || self.backend.clone());
        vec![
            Arc::new(EndpointList::new(session(), backend())),
            Arc::new(AllowlistList::new(session(), backend())),
            Arc::new(AllowedCallerList::new(session(), backend())),
            Arc::new(AttachmentList::new(session(), backend())),
            Arc::new(MappingList::new(session(), backend())),
            Arc::new(PublicRuleList::new(session(), backend())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terraform_has_nothing_against_the_schemas() {
        assert_eq!(tfplugin::problems(&Provider::new(Environment::default())), Vec::<String>::new());
    }
}
