//! What only Temporal Cloud has, and the errors for using it on a self-hosted server.

use schema::backend::Backend;
use tfplugin::{Answer, Configured, Diagnostic};

/// Fails as soon as the provider block is known to select a self-hosted server.
pub(crate) fn require_configured(
    backend: &Configured<Backend>,
    unsupported: fn() -> Diagnostic,
) -> Answer<()> {
    backend.value().map_or(Ok(()), |backend| require(backend, unsupported))
}

/// Fails on a self-hosted server.
pub(crate) fn require(backend: Backend, unsupported: fn() -> Diagnostic) -> Answer<()> {
    match backend {
        Backend::Cloud => Ok(()),
        Backend::SelfHosted => Err(unsupported().into()),
    }
}

/// The error for an allowlist.
pub(crate) fn no_allowlists() -> Diagnostic {
    let detail = "A self-hosted server lets every Namespace call every Endpoint and would not enforce this allowlist. Remove it. \
                  If the configuration of an Endpoint is shared with Temporal Cloud, set `allowlist = \"ignore\"` in the \
                  `self_hosted` block of the provider to ignore `allowed_caller_namespaces`. Operators can enforce access with a \
                  check in the server, for which `nexusc export authorizer` writes the access matrix; an Authorizer alone does \
                  not see the calling Namespace.";
    Diagnostic::error("self-hosted Temporal has no allowlists", detail)
}

/// The error for private connectivity.
pub(crate) fn no_connectivity() -> Diagnostic {
    let detail = "Connectivity rules restrict network access to Namespaces of Temporal Cloud. Access to a self-hosted server is \
                  controlled by its network, its TLS settings and its Authorizer. Remove this block, or use a provider \
                  configuration for Temporal Cloud.";
    Diagnostic::error("self-hosted Temporal has no private connectivity", detail)
}

/// The error for users, service accounts and their rights.
pub(crate) fn no_principals() -> Diagnostic {
    let detail = "A self-hosted server has no users, service accounts or roles: its Authorizer decides on each call and cannot \
                  be queried. Remove this block, or use a provider configuration for Temporal Cloud.";
    Diagnostic::error("self-hosted Temporal has no principals", detail)
}

/// The error for regions.
pub(crate) fn no_regions() -> Diagnostic {
    let detail = "Only Temporal Cloud has regions. Remove this block, or use a provider configuration for Temporal Cloud.";
    Diagnostic::error("self-hosted Temporal has no regions", detail)
}
