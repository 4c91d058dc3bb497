//! The data sources. Each is a file, read from top to bottom: schema, validate, read.

mod access;
mod connectivity_rules;
mod current_identity;
mod endpoint;
mod endpoints;
mod namespace;
mod namespaces;
mod privatelink_service;
mod regions;

use std::sync::Arc;

use schema::backend::Backend;
use tfplugin::{Configured, DataSource};

use crate::session::Session;

/// Every data source, by name.
pub(crate) fn all(session: &Configured<Session>, backend: &Configured<Backend>) -> Vec<Arc<dyn DataSource>> {
    let (session, backend) = (|| session.clone(), || backend.clone());
    vec![
        Arc::new(access::Access(session(), backend())),
        Arc::new(connectivity_rules::ConnectivityRules(session(), backend())),
        Arc::new(current_identity::CurrentIdentity(session(), backend())),
        Arc::new(endpoint::Endpoint(session())),
        Arc::new(endpoints::Endpoints(session(), backend())),
        Arc::new(namespace::NamespaceById(session(), backend())),
        Arc::new(namespaces::Namespaces(session())),
        Arc::new(privatelink_service::PrivateLinkService),
        Arc::new(regions::Regions(session(), backend())),
    ]
}
