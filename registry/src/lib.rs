//! The client of a registry: the only crate that knows a registry API. It speaks Temporal Cloud's Cloud Ops API over
//! HTTPS/JSON and a self-hosted server's OperatorService over gRPC, reads leniently (what it doesn't know it keeps),
//! repeats only what is safe to repeat, and never shows the API key. It needs a Tokio runtime and no global TLS provider.

mod address;
mod attachments;
mod bounds;
mod change;
mod client;
mod connectivity_rules;
mod description;
mod endpoint;
mod endpoints;
mod error;
mod expectation;
mod failure;
mod grant;
mod guard;
mod identity;
mod json;
mod limiter;
mod listing;
mod namespaces;
mod operation;
mod patience;
mod principals;
mod private_folder;
mod proxy;
mod redaction;
mod request;
mod route;
mod server;
mod status;
mod tls;
mod transport;
mod trust;
mod weight;

pub use address::{Address, AddressError, DEFAULT_ADDRESS};
pub use attachments::{AttachmentChange, AttachmentRefused};
pub use change::{CallersChange, DescriptionChange, EndpointChange, NewEndpoint};
pub use client::{ACCESS_API_VERSION, API_VERSION, Registry};
pub use connectivity_rules::{AcceptedRule, RegisteredRule, RuleKind};
pub use description::Description;
pub use endpoint::{RegisteredEndpoint, RegisteredTarget, ResourceState};
pub use endpoints::Accepted;
pub use error::{Handshake, Problem, RegistryError};
pub use expectation::{Conflict, Expectation};
pub use grant::Grant;
pub use guard::{Subject, WriteRefused};
pub use identity::Identity;
pub use namespaces::{Lookup, RegisteredNamespace, RegisteredRegion};
pub use operation::{Operation, OperationState, Unfinished, new_operation_id};
pub use patience::{Patience, with_deadline};
pub use principals::{Principals, RegisteredPrincipal, Section};
pub use private_folder::private_folder;
pub use redaction::Redaction;
pub use server::{Headers, Pem, ServerDetails, ServerSettings, SettingsError};

#[cfg(test)]
mod send;
