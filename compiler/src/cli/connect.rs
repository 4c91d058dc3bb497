//! The registry that a command line and the environment name.

use super::api_key::{FoundKey, api_key};
use super::{Failure, RegistryOptions, World, runtime};
use crate::facts::{Facts, credential, facts};
use crate::report::printable_line;
use registry::{
    Address, ConnectionOptions, DEFAULT_ADDRESS, Headers, Registry, RetryPolicy, ServerSettings,
    SettingsError,
};
use schema::backend::Backend;

const USER_AGENT: &str = concat!("nexusc/", env!("CARGO_PKG_VERSION"));

/// The variables that allow a connection without TLS: that of Temporal's clients, and that of `tcld`.
const ALLOW_INSECURE: [&str; 2] = ["TEMPORAL_CLOUD_ALLOW_INSECURE", "TEMPORAL_CLOUD_INSECURE_CONNECTION"];

/// Connects to the registry: `--registry`, else TEMPORAL_CLOUD_ENDPOINT, else TEMPORAL_CLOUD_API_SERVER of `tcld`, else
/// Temporal Cloud.
pub fn connect(options: &RegistryOptions, world: &mut World) -> Result<Registry, Failure> {
    let named = options.registry.as_deref().or_else(|| world.variable("TEMPORAL_CLOUD_ENDPOINT"));
    let of_tcld = world.variable("TEMPORAL_CLOUD_API_SERVER").filter(|_| named.is_none());
    let text = named.or(of_tcld).unwrap_or(DEFAULT_ADDRESS);
    if text.starts_with("temporal://") {
        return server(text, options, world);
    }
    // What `tcld` may do without TLS concerns its own server only.
    let variables = ALLOW_INSECURE.get(..1 + usize::from(of_tcld.is_some())).unwrap_or_default();
    let allow_insecure = allow_insecure(options, variables, world)?;
    let address = Address::parse(text, allow_insecure).map_err(|error| Failure::new(error.to_string()))?;
    let FoundKey { key, source } = api_key(options, &address, world)?;
    world.keys.push(key.clone());
    if let Some(source) = source {
        world.note(&(printable_line(&format!("using the API key of {source}")) + "\n"));
    }
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
    let settings =
        ServerSettings::new(named, given, &|name| options.variable(name, world)).map_err(refused)?;
    Ok(Registry::self_hosted(settings, USER_AGENT)?.with_retry_policy(retry_policy(options)))
}

/// Whether TLS may be left out: as the option says, else as the first of the variables that is set.
fn allow_insecure(
    options: &RegistryOptions,
    variables: &[&str],
    world: &World,
) -> Result<Option<bool>, Failure> {
    if options.allow_insecure {
        return Ok(Some(true));
    }
    let set = variables.iter().find_map(|name| Some((name, world.variable(name)?)));
    let Some((name, text)) = set else { return Ok(None) };
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(Some(true)),
        "false" | "0" => Ok(Some(false)),
        _ => Err(Failure::new(format!("{name} must be `true` or `false`, not `{text}`"))),
    }
}

impl RegistryOptions {
    /// A variable of the environment, for which an option of the command line may stand in.
    pub(super) fn variable(&self, name: &str, world: &World) -> Option<String> {
        let option = match name {
            "TEMPORAL_PROFILE" => self.profile.clone(),
            "TEMPORAL_CONFIG_FILE" => self.config_file.as_ref().map(|path| path.display().to_string()),
            _ => None,
        };
        option.or_else(|| world.variable(name).map(str::to_owned))
    }
}

/// Reads everything of the account that can be seen.
pub fn account_facts(options: &RegistryOptions, world: &mut World) -> Result<Facts, Failure> {
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
