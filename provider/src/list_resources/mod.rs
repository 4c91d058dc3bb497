//! What `terraform query` lists: a list resource is a file read from top to bottom, named as the resource that it lists.

mod endpoint;
mod endpoint_allowed_caller;
mod endpoint_allowlist;
mod privatelink_attachment;
mod privatelink_mapping;
mod public_connectivity_rule;

pub(crate) use endpoint::EndpointList;
pub(crate) use endpoint_allowed_caller::AllowedCallerList;
pub(crate) use endpoint_allowlist::AllowlistList;
pub(crate) use privatelink_attachment::AttachmentList;
pub(crate) use privatelink_mapping::MappingList;
pub(crate) use public_connectivity_rule::PublicRuleList;
