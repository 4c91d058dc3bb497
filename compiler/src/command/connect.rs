//! The registry that a command line and the environment name, and the facts of its account.

use super::{Failure, RegistryOptions, World};
use crate::facts::{Connectivity, Facts};
use registry::{Address, DEFAULT_ADDRESS, Identity, Problem, Registry, RegistryError};
use schema::access::Rights;
use schema::secret::Secret;

/// Connects to the registry: `--registry`, else TEMPORAL_CLOUD_ENDPOINT, else Temporal Cloud.
pub fn connect(options: &RegistryOptions, world: &World) -> Result<Registry, Failure> {
    let named = options.registry.as_deref().or_else(|| world.variable("TEMPORAL_CLOUD_ENDPOINT"));
    let named = named.unwrap_or(DEFAULT_ADDRESS);
    if named.starts_with("temporal://") {
        let message = format!("`{named}`: this version applies policies to Temporal Cloud's registry only");
        return Err(Failure::new(message));
    }
    let allow_insecure = allow_insecure(options, world)?;
    let address = Address::parse(named, allow_insecure).map_err(|error| Failure::new(error.to_string()))?;
    let key = world.variable("TEMPORAL_CLOUD_API_KEY").map(Secret::new).ok_or_else(|| {
        let help = "set TEMPORAL_CLOUD_API_KEY to an API key of the identity that applies the policy";
        Failure::new(format!("no API key for the registry at {named}")).help(help)
    })?;
    Ok(Registry::new(address, key, concat!("nexusc/", env!("CARGO_PKG_VERSION")))?)
}

fn allow_insecure(options: &RegistryOptions, world: &World) -> Result<Option<bool>, Failure> {
    if options.allow_insecure {
        return Ok(Some(true));
    }
    match world.variable("TEMPORAL_CLOUD_ALLOW_INSECURE") {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(other) => {
            Err(Failure::new(format!("TEMPORAL_CLOUD_ALLOW_INSECURE is `true` or `false`, not `{other}`")))
        }
    }
}

/// Whoever the API key belongs to, and what they hold.
pub struct Credential {
    /// Who it is.
    pub identity: Identity,
    /// What they hold.
    pub rights: Rights,
}

/// Asks whose key it is. What may be held besides what can be seen is said in the rights.
pub async fn credential(registry: &Registry) -> Result<Credential, Failure> {
    let identity = registry.identity().await?;
    let rights = registry.rights(&identity).await?;
    Ok(Credential { identity, rights })
}

/// Refuses an account other than TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID, where that is set.
pub async fn check_account(registry: &Registry, world: &World<'_>) -> Result<(), Failure> {
    let Some(allowed) = world.variable("TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID") else { return Ok(()) };
    let account = registry.account_id().await?;
    if account.as_str() == allowed {
        return Ok(());
    }
    let help = "use an API key of that account, or change TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID";
    Err(Failure::new(format!("the API key is for the account `{account}`, only `{allowed}` is allowed"))
        .help(help))
}

/// Everything of the account that the key can see. The listing of Namespaces may leave out what the key may not read.
pub async fn facts(registry: &Registry, credential: &Credential) -> Result<Facts, Failure> {
    let (account, namespaces, principals, endpoints, mut connectivity) = tokio::try_join!(
        registry.account_id(),
        registry.namespaces_with_rules(),
        registry.principals(),
        registry.endpoints(),
        connectivity(registry),
    )?;
    for registered in &namespaces {
        connectivity.attach(registered.namespace.id.clone(), registered.rules.clone());
    }
    let namespaces = namespaces.into_iter().map(|registered| registered.namespace);
    Ok(Facts {
        account,
        namespaces: namespaces.map(|it| (it.id.clone(), it)).collect(),
        all_namespaces: credential.rights.administer_account(),
        principals,
        endpoints: endpoints.into_iter().map(|it| (it.name().to_owned(), it)).collect(),
        connectivity,
    })
}

/// The connectivity rules. Below the role Developer they are not shown, and some registries have none.
async fn connectivity(registry: &Registry) -> Result<Connectivity, RegistryError> {
    let mut connectivity = Connectivity::default();
    match registry.connectivity_rules().await {
        Ok(rules) => rules.into_iter().for_each(|rule| connectivity.insert(rule)),
        Err(error) => match error.problem() {
            Problem::PermissionDenied(_) | Problem::Unimplemented(_) | Problem::NotFound(_) => {
                connectivity.incomplete =
                    Some("the registry does not show its connectivity rules".to_owned());
            }
            _ => return Err(error),
        },
    }
    Ok(connectivity)
}
