//! The client of a registry: the only crate that knows a registry API. It speaks Temporal Cloud's Cloud Ops API over
//! HTTPS/JSON (`cloud`) and the OperatorService of a self-hosted Temporal server over gRPC (`self_hosted`). It keeps fields
//! that it does not know, retries only what is safe to retry, and never shows the API key. It needs a Tokio runtime and no
//! global TLS provider.

mod address;
mod client;
mod cloud;
mod connection;
mod endpoint;
mod error;
mod json;
mod list_bounds;
mod namespace;
mod operation;
mod private_folder;
mod profile;
mod retry;
mod self_hosted;

pub use address::{Address, AddressError, DEFAULT_ADDRESS};
pub use client::Registry;
pub use cloud::attachments::{AttachmentChange, AttachmentRefused};
pub use cloud::connectivity_rule::{AcceptedRule, RegisteredRule, RuleKind};
pub use cloud::grant::Grant;
pub use cloud::identity::Identity;
pub use cloud::principals::{PrincipalList, Principals, RegisteredPrincipal};
pub use cloud::request::{ACCESS_API_VERSION, API_VERSION};
pub use connection::redaction::Redaction;
pub use endpoint::change::{CallersChange, DescriptionChange, EndpointChange, Expectation, NewEndpoint};
pub use endpoint::conflict::Conflict;
pub use endpoint::description::Description;
pub use endpoint::guarded_write::{EndpointRef, WriteId, WriteRefused};
pub use endpoint::{AcceptedEndpoint, RegisteredEndpoint, RegisteredTarget, ResourceState};
pub use error::{Handshake, Problem, RegistryError};
pub use namespace::{Lookup, RegisteredNamespace, RegisteredRegion};
pub use operation::{Operation, OperationError, OperationState, new_operation_id};
pub use private_folder::private_folder;
pub use profile::{CloudProfile, NoCloudKey, cloud_profile};
pub use retry::{RetryPolicy, with_deadline};
pub use self_hosted::{ConnectionOptions, Headers, Pem, ServerSettings, SettingsError};

#[cfg(test)]
mod send;
