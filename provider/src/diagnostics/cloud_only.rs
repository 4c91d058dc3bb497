//! What only Temporal Cloud has, and the errors for using it on a self-hosted server.

use schema::block::Backend;
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
    let detail = "A self-hosted server lets every Namespace call every Endpoint, so nothing would enforce this allowlist. Its operators \
                  can add a check to the server, for which `nexusc export authorizer` writes the access matrix; an Authorizer alone \
                  does not see who calls. Remove it; `allowed_caller_namespaces` of an Endpoint, where its configuration is shared with \
                  Temporal Cloud, is left out with `allowlist = \"ignore\"` in the provider's block `self_hosted`.";
    Diagnostic::error("self-hosted Temporal has no allowlists", detail)
}

/// The error for private connectivity.
pub(crate) fn no_connectivity() -> Diagnostic {
    let detail = "Connectivity rules close Namespaces of Temporal Cloud to networks. Who reaches a server of one's own is decided by its \
                  network and by its TLS settings, and who may do what there by its Authorizer. Remove this block, or give it a \
                  provider configuration of Temporal Cloud.";
    Diagnostic::error("self-hosted Temporal has no private connectivity", detail)
}

/// The error for users, service accounts and their rights.
pub(crate) fn no_principals() -> Diagnostic {
    let detail = "It knows no users, no service accounts and no roles: what comes with a call is judged by the server's Authorizer, which \
                  nobody can ask. Remove this block, or give it a provider configuration of Temporal Cloud.";
    Diagnostic::error("self-hosted Temporal has no principals", detail)
}

/// The error for regions.
pub(crate) fn no_regions() -> Diagnostic {
    let detail = "Regions are where Temporal Cloud runs; a server of one's own is where its operators put it. Remove this block, or give \
                  it a provider configuration of Temporal Cloud.";
    Diagnostic::error("self-hosted Temporal has no regions", detail)
}
