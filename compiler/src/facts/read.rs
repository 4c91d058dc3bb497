//! The facts of an account, read from its registry.

use super::{Connectivity, Facts, Home, by_name, is_in_order};
use registry::{Identity, Principals, Problem, Registry, RegistryError};
use schema::access::Rights;
use schema::backend::Backend;
use std::collections::BTreeMap;

/// The API key's owner and rights.
pub struct Credential {
    /// The owner.
    pub identity: Identity,
    /// The owner's rights.
    pub rights: Rights,
}

/// Reads the API key's owner and rights; `None` for self-hosted Temporal, which has no principals. The rights say
/// whether they may be incomplete.
pub async fn credential(registry: &Registry) -> Result<Option<Credential>, RegistryError> {
    if registry.backend() == Backend::SelfHosted {
        return Ok(None);
    }
    let identity = registry.identity().await?;
    let rights = registry.rights(&identity).await?;
    Ok(Some(Credential { identity, rights }))
}

/// The account or cluster of the registry.
pub async fn home(registry: &Registry) -> Result<Home, RegistryError> {
    match registry.backend() {
        Backend::Cloud => registry.account_id().await.map(Home::Account),
        Backend::SelfHosted => registry.cluster_id().await.map(Home::Cluster),
    }
}

/// The facts of the account, as far as the credential can read them.
pub async fn facts(registry: &Registry, credential: Option<&Credential>) -> Result<Facts, RegistryError> {
    match credential {
        Some(credential) => facts_of_account(registry, credential).await,
        None => facts_of_server(registry).await,
    }
}

/// A self-hosted server has only Namespaces and Endpoints, and lists all of them.
async fn facts_of_server(registry: &Registry) -> Result<Facts, RegistryError> {
    let (home, namespaces, endpoints) =
        tokio::try_join!(home(registry), registry.namespaces(), registry.endpoints())?;
    let (endpoints, deleting) = by_name(endpoints);
    Ok(Facts {
        home,
        namespaces: namespaces.into_iter().map(|it| (it.id.clone(), it)).collect(),
        namespace_states: BTreeMap::new(),
        all_namespaces: true,
        principals: Principals::default(),
        endpoints,
        deleting,
        connectivity: Connectivity::default(),
        snapshot: None,
    })
}

/// The list of Namespaces may lack those that the key cannot read.
async fn facts_of_account(registry: &Registry, credential: &Credential) -> Result<Facts, RegistryError> {
    let (home, namespaces, principals, endpoints, mut connectivity) = tokio::try_join!(
        home(registry),
        registry.namespaces_with_rules(),
        registry.principals(),
        registry.endpoints(),
        connectivity(registry),
    )?;
    for registered in &namespaces {
        connectivity.attach(registered.namespace.id.clone(), registered.rules.clone());
    }
    let states = namespaces.iter().filter(|registered| !is_in_order(&registered.state));
    let namespace_states = states.map(|it| (it.namespace.id.clone(), it.state.clone())).collect();
    let namespaces = namespaces.into_iter().map(|registered| registered.namespace);
    let (endpoints, deleting) = by_name(endpoints);
    Ok(Facts {
        home,
        namespaces: namespaces.map(|it| (it.id.clone(), it)).collect(),
        namespace_states,
        all_namespaces: credential.rights.administer_account(),
        principals,
        endpoints,
        deleting,
        connectivity,
        snapshot: None,
    })
}

/// The connectivity rules. Roles below Developer cannot read them, and some registries have none.
async fn connectivity(registry: &Registry) -> Result<Connectivity, RegistryError> {
    let mut connectivity = Connectivity::default();
    match registry.connectivity_rules().await {
        Ok(rules) => rules.into_iter().for_each(|rule| connectivity.insert(rule)),
        Err(error) => match error.problem() {
            Problem::PermissionDenied(_) | Problem::Unimplemented(_) | Problem::NotFound(_) => {
                connectivity.incomplete = Some("the registry does not list connectivity rules".to_owned());
            }
            _ => return Err(error),
        },
    }
    Ok(connectivity)
}
