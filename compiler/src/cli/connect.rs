//! The registry that a command line and the environment name, and the facts of its account.

use super::{Failure, RegistryOptions, World};
use crate::facts::{Connectivity, Facts, Home};
use registry::{
    Address, ConnectionOptions, DEFAULT_ADDRESS, Headers, Identity, Principals, Problem, Registry,
    RegistryError, RetryPolicy, ServerSettings, SettingsError,
};
use schema::access::Rights;
use schema::backend::Backend;
use schema::secret::Secret;

const USER_AGENT: &str = concat!("nexusc/", env!("CARGO_PKG_VERSION"));

/// Connects to the registry: `--registry`, else TEMPORAL_CLOUD_ENDPOINT, else Temporal Cloud.
pub fn connect(options: &RegistryOptions, world: &World) -> Result<Registry, Failure> {
    let named = options.registry.as_deref().or_else(|| world.variable("TEMPORAL_CLOUD_ENDPOINT"));
    let named = named.unwrap_or(DEFAULT_ADDRESS);
    if named.starts_with("temporal://") {
        return server(named, options, world);
    }
    let allow_insecure = allow_insecure(options, world)?;
    let address = Address::parse(named, allow_insecure).map_err(|error| Failure::new(error.to_string()))?;
    let key = world.variable("TEMPORAL_CLOUD_API_KEY").map(Secret::new).ok_or_else(|| {
        let help = "set TEMPORAL_CLOUD_API_KEY to an API key of the identity that applies the policy";
        Failure::new(format!("no API key for the registry at {named}")).help(help)
    })?;
    let registry = Registry::new(address, key, USER_AGENT)?.with_retry_policy(patience(options));
    Ok(registry.with_shared_limits(world.temporary.as_deref()))
}

fn patience(options: &RegistryOptions) -> RetryPolicy {
    let patience = RetryPolicy::default();
    options.timeout.map_or(patience.clone(), |limit| patience.within(limit))
}

/// A self-hosted server; the variables and the configuration file of the `temporal` CLI say how it is spoken to.
fn server(named: &str, options: &RegistryOptions, world: &World) -> Result<Registry, Failure> {
    let tls = options.allow_insecure.then_some(false);
    let variables = world.environment.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let refused = |error: SettingsError| Failure::new(error.to_string());
    let headers = Headers::of_variables(variables).map_err(refused)?;
    let given = ConnectionOptions { tls, headers, ..ConnectionOptions::default() };
    let settings = ServerSettings::new(named, given, &|name| world.variable(name).map(str::to_owned))
        .map_err(refused)?;
    Ok(Registry::self_hosted(settings, USER_AGENT)?.with_retry_policy(patience(options)))
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

/// Asks whose key it is; `None` on a server, which knows no principals. What may be held besides what can be seen is
/// said in the rights.
pub async fn credential(registry: &Registry) -> Result<Option<Credential>, Failure> {
    if registry.backend() == Backend::SelfHosted {
        return Ok(None);
    }
    let identity = registry.identity().await?;
    let rights = registry.rights(&identity).await?;
    Ok(Some(Credential { identity, rights }))
}

/// Refuses an account other than TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID, where that is set. A server is none.
pub async fn check_account(registry: &Registry, world: &World<'_>) -> Result<(), Failure> {
    if registry.backend() == Backend::SelfHosted {
        return Ok(());
    }
    let Some(allowed) = world.variable("TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID") else { return Ok(()) };
    let account = registry.account_id().await?;
    if account.as_str() == allowed {
        return Ok(());
    }
    let help = "use an API key of that account, or change TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID";
    Err(Failure::new(format!("the API key is for the account `{account}`, only `{allowed}` is allowed"))
        .help(help))
}

/// Which account, or which cluster, it is.
pub async fn home(registry: &Registry) -> Result<Home, RegistryError> {
    match registry.backend() {
        Backend::Cloud => registry.account_id().await.map(Home::Account),
        Backend::SelfHosted => registry.cluster_id().await.map(Home::Cluster),
    }
}

/// Everything of the account that can be seen.
pub async fn facts(registry: &Registry, credential: Option<&Credential>) -> Result<Facts, Failure> {
    match credential {
        Some(credential) => facts_of_account(registry, credential).await,
        None => facts_of_server(registry).await,
    }
}

/// A server has Namespaces and Endpoints, and shows all of them.
async fn facts_of_server(registry: &Registry) -> Result<Facts, Failure> {
    let (home, namespaces, endpoints) =
        tokio::try_join!(home(registry), registry.namespaces(), registry.endpoints())?;
    Ok(Facts {
        home,
        namespaces: namespaces.into_iter().map(|it| (it.id.clone(), it)).collect(),
        all_namespaces: true,
        principals: Principals::default(),
        endpoints: endpoints.into_iter().map(|it| (it.name().to_owned(), it)).collect(),
        connectivity: Connectivity::default(),
    })
}

/// The listing of Namespaces may leave out what the key may not read.
async fn facts_of_account(registry: &Registry, credential: &Credential) -> Result<Facts, Failure> {
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
    let namespaces = namespaces.into_iter().map(|registered| registered.namespace);
    Ok(Facts {
        home,
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
