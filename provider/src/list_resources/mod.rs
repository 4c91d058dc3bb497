//! The list resources, for `terraform query`. Each is a file, named as the resource that it lists.

mod endpoint;
mod endpoint_allowed_caller;
mod endpoint_allowlist;
mod privatelink_attachment;
mod privatelink_mapping;
mod public_connectivity_rule;

use std::sync::Arc;

use schema::backend::Backend;
use tfplugin::{Configured, ListResource};

use crate::session::Session;

/// Every list resource.
pub(crate) fn all(
    session: &Configured<Session>,
    backend: &Configured<Backend>,
) -> Vec<Arc<dyn ListResource>> {
    let (session, backend) = (|| session.clone(), || backend.clone());
    vec![
        Arc::new(endpoint::EndpointList::new(session(), backend())),
        Arc::new(endpoint_allowlist::AllowlistList::new(session(), backend())),
        Arc::new(endpoint_allowed_caller::AllowedCallerList::new(session(), backend())),
        Arc::new(privatelink_attachment::AttachmentList::new(session(), backend())),
        Arc::new(privatelink_mapping::MappingList::new(session(), backend())),
        Arc::new(public_connectivity_rule::PublicRuleList::new(session(), backend())),
    ]
}
