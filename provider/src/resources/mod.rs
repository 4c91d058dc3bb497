//! The resources. Each is a file, with a folder for its operations, named as the resource is. What several share:
//! [`allowlist`], [`connectivity`], and [`tracked`], which wraps all of them.

pub(crate) mod allowlist;
pub(crate) mod connectivity;
mod damaged_state;
pub(crate) mod endpoint;
pub(crate) mod endpoint_allowed_caller;
pub(crate) mod endpoint_allowlist;
pub(crate) mod privatelink_attachment;
pub(crate) mod privatelink_mapping;
pub(crate) mod public_connectivity_rule;
mod tracked;

use std::sync::Arc;

use schema::backend::Backend;
use tfplugin::{Configured, Resource, Value};

use crate::claims::ManagedObject;
use crate::session::Session;
use tracked::Tracked;

/// Every resource.
pub(crate) fn all(session: &Configured<Session>, backend: &Configured<Backend>) -> Vec<Arc<dyn Resource>> {
    let (session, backend) = (|| session.clone(), || backend.clone());
    vec![
        tracked(session(), endpoint::EndpointResource::new(session(), backend()), endpoint::managed_objects),
        tracked(
            session(),
            endpoint_allowlist::AllowlistResource::new(session(), backend()),
            endpoint_allowlist::managed_objects,
        ),
        tracked(
            session(),
            endpoint_allowed_caller::AllowedCallerResource::new(session(), backend()),
            endpoint_allowed_caller::managed_objects,
        ),
        tracked(
            session(),
            privatelink_attachment::AttachmentResource::new(session(), backend()),
            privatelink_attachment::managed_objects,
        ),
        tracked(
            session(),
            privatelink_mapping::MappingResource::new(session(), backend()),
            privatelink_mapping::managed_objects,
        ),
        tracked(
            session(),
            public_connectivity_rule::PublicRuleResource::new(session(), backend()),
            public_connectivity_rule::managed_objects,
        ),
    ]
}

fn tracked(
    session: Configured<Session>,
    resource: impl Resource + 'static,
    managed_objects: fn(&Value) -> Vec<ManagedObject>,
) -> Arc<dyn Resource> {
    Arc::new(Tracked::new(resource, session, managed_objects))
}
