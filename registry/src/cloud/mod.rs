//! Temporal Cloud's registry: the Cloud Ops API over HTTPS/JSON, and its rate limits.

pub(crate) mod attachments;
pub(crate) mod connectivity_rule;
mod connectivity_rules;
pub(crate) mod endpoints;
pub(crate) mod grant;
pub(crate) mod identity;
pub(crate) mod limiter;
mod listing;
mod memory_estimate;
pub(crate) mod namespaces;
pub(crate) mod principals;
pub(crate) mod request;
pub(crate) mod transport;
