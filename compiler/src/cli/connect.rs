//! The registry that a command line and the environment name.

use super::{Failure, RegistryOptions, World, runtime};
use crate::facts::{Facts, credential, facts};
use registry::{
    Address, ConnectionOptions, DEFAULT_ADDRESS, Headers, Registry, RetryPolicy, ServerSettings,
    SettingsError,
};
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
        let help = "set TEMPORAL_CLOUD_API_KEY to an API key of the account";
        Failure::new(format!("no API key for the registry at {named}")).help(help)
    })?;
    let registry = Registry::new(address, key, USER_AGENT)?.with_retry_policy(retry_policy(options));
    Ok(registry.with_shared_limits(world.temporary.as_deref()))
}

fn retry_policy(options: &RegistryOptions) -> RetryPolicy {
    let policy = RetryPolicy::default();
    options.timeout.map_or(policy.clone(), |limit| policy.within(limit))
}

/// A self-hosted server, with the connection settings of the `temporal` CLI's variables and configuration file.
fn server(named: &str, options: &RegistryOptions, world: &World) -> Result<Registry, Failure> {
    let tls = options.allow_insecure.then_some(false);
    let variables = world.environment.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let refused = |error: SettingsError| Failure::new(error.to_string());
    let headers = Headers::of_variables(variables).map_err(refused)?;
    let given = ConnectionOptions { tls, headers, ..ConnectionOptions::default() };
    let settings = ServerSettings::new(named, given, &|name| world.variable(name).map(str::to_owned))
        .map_err(refused)?;
    Ok(Registry::self_hosted(settings, USER_AGENT)?.with_retry_policy(retry_policy(options)))
}

fn allow_insecure(options: &RegistryOptions, world: &World) -> Result<Option<bool>, Failure> {
    if options.allow_insecure {
        return Ok(Some(true));
    }
    match world.variable("TEMPORAL_CLOUD_ALLOW_INSECURE") {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(other) => Err(Failure::new(format!(
            "TEMPORAL_CLOUD_ALLOW_INSECURE must be `true` or `false`, not `{other}`"
        ))),
    }
}

/// Reads everything of the account that can be seen.
pub fn account_facts(options: &RegistryOptions, world: &World) -> Result<Facts, Failure> {
    let registry = connect(options, world)?;
    runtime()?.block_on(async {
        check_account(&registry, world).await?;
        Ok(facts(&registry, credential(&registry).await?.as_ref()).await?)
    })
}

/// Refuses an account other than TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID, where that is set. Self-hosted Temporal has none.
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
