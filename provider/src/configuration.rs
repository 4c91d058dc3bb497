//! The provider block: its schema, its environment variables, and the resulting configuration.

pub(crate) mod plan_checks;
pub(crate) mod self_hosted;

use registry::{Address, AddressError, DEFAULT_ADDRESS};
use schema::backend::Backend;
use schema::name::AccountId;
use schema::secret::Secret;
use tfplugin::{Answer, Attribute, Diagnostic, Diagnostics, Environment, Schema, Type, Value};

use crate::diagnostics::failure::capitalized;
use plan_checks::PlanChecks;
use self_hosted::SELF_HOSTED;

/// An attribute of the provider block and its environment variable, with the names that `temporalio/temporalcloud` uses.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Setting {
    attribute: &'static str,
    variable: &'static str,
}

const API_KEY: Setting = Setting { attribute: "api_key", variable: "TEMPORAL_CLOUD_API_KEY" };
const ENDPOINT: Setting = Setting { attribute: "endpoint", variable: "TEMPORAL_CLOUD_ENDPOINT" };
const ALLOW_INSECURE: Setting =
    Setting { attribute: "allow_insecure", variable: "TEMPORAL_CLOUD_ALLOW_INSECURE" };
const ALLOWED_ACCOUNT_ID: Setting =
    Setting { attribute: "allowed_account_id", variable: "TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID" };

const ALL: [Setting; 4] = [API_KEY, ENDPOINT, ALLOW_INSECURE, ALLOWED_ACCOUNT_ID];

/// The schema of the provider block.
pub(crate) fn schema() -> Schema {
    let doc = |setting: Setting, text: &str| {
        format!("{text} Default: the environment variable `{}`", setting.variable)
    };
    Schema::new(
        0,
        "Manages Temporal Nexus Endpoints, their allowlists and private connectivity. Names, targets, callers and permissions \
         are checked while planning, before anything is applied.\n\n\
         Requires Terraform or OpenTofu 1.8 or later. List resources need `terraform query`, which OpenTofu does not have.\n\n\
         Terraform starts a provider process for each provider block, and again for the apply. These processes share which \
         resource manages what, so that a destroy removes nothing that another resource manages. They use files in the directory \
         `temporalnexus-UID` in `TMPDIR`, which only the user can read. The files contain ids and names, no keys, and are \
         deleted after a day. If a saved plan is applied on another machine, an allowlist entry or attachment that moves from \
         one resource to another may be missing for a moment.",
        [
            Attribute::optional(
                API_KEY.attribute,
                Type::String,
                doc(API_KEY, "API key of the user or service account that Terraform acts as.") + ".",
            )
            .sensitive(),
            Attribute::optional(
                ENDPOINT.attribute,
                Type::String,
                doc(
                    ENDPOINT,
                    "Address of the registry: `host:port` or a URL. `http://` to another machine requires `allow_insecure`, \
                     since the API key is then sent unencrypted.",
                )
                    + ", otherwise `saas-api.tmprl.cloud:443`.",
            ),
            Attribute::optional(
                ALLOW_INSECURE.attribute,
                Type::Bool,
                doc(ALLOW_INSECURE, "Connect to the registry without TLS (insecure: the API key is sent unencrypted).") + ", \
                                     otherwise `false`.",
            ),
            Attribute::optional(
                ALLOWED_ACCOUNT_ID.attribute,
                Type::String,
                doc(
                    ALLOWED_ACCOUNT_ID,
                    "Id of the only account that the provider may use: with an API key of another account, nothing is read or \
                     written.",
                ) + ", otherwise any account.",
            ),
        ]
        .into_iter()
        .chain(plan_checks::attributes()),
    )
    .block(self_hosted::block())
}

/// The kind of registry that a provider block selects; `None` if that is not known yet.
pub(crate) fn backend(config: &Value) -> Option<Backend> {
    match config.get(SELF_HOSTED) {
        Value::Unknown => None,
        Value::Null => Some(Backend::Cloud),
        _ => Some(Backend::SelfHosted),
    }
}

/// The configuration of a provider.
pub(crate) enum Configuration {
    /// Temporal Cloud.
    Cloud(Settings),
    /// A self-hosted server.
    SelfHosted(Box<self_hosted::Settings>),
    /// These attributes are known only after other resources are applied.
    Unknown(Vec<&'static str>),
}

/// The settings for Temporal Cloud.
pub(crate) struct Settings {
    pub(crate) address: Address,
    pub(crate) api_key: Secret,
    pub(crate) allowed_account: Option<AccountId>,
    pub(crate) checks: PlanChecks,
}

/// Validates a provider block, which may contain unknown values, without the environment.
pub(crate) fn validate(config: &Value) -> Answer<()> {
    let given = |setting: Setting| Given::in_block(config, setting);
    let mut problems = Diagnostics::new();
    problems.extend(self_hosted::validate(config));
    if let Some(address) = given(ENDPOINT) {
        let allow_insecure = config.get(ALLOW_INSECURE.attribute).as_bool();
        match Address::parse(address.text, allow_insecure) {
            // The environment variable may allow it, which is known when the provider is configured.
            Ok(_) | Err(AddressError::Unencrypted(_)) => {}
            Err(error) => problems.push(not_an_address(&address, &error)),
        }
    }
    problems.extend(given(ALLOWED_ACCOUNT_ID).and_then(|account| account_id(&account).err()));
    problems.extend(PlanChecks::read(config).err().into_iter().flatten());
    problems.into_answer()
}

/// Reads a provider block. Warnings go to `report`.
pub(crate) fn read(
    config: &Value,
    environment: &Environment,
    report: impl FnMut(Diagnostic),
) -> Answer<Configuration> {
    let names = ALL.iter().map(|setting| setting.attribute).chain(plan_checks::ATTRIBUTES);
    let later: Vec<_> = names.filter(|name| !config.get(name).is_wholly_known()).collect();
    if !later.is_empty() {
        return Ok(Configuration::Unknown(later));
    }
    if backend(config) != Some(Backend::Cloud) {
        if !config.get(SELF_HOSTED).is_wholly_known() {
            return Ok(Configuration::Unknown(vec![SELF_HOSTED]));
        }
        return Ok(Configuration::SelfHosted(Box::new(self_hosted::read(config, environment)?)));
    }
    let given = |setting| Given::of(config, environment, setting);
    let allow_insecure = allow_insecure(config, environment, report);
    let address = address(given(ENDPOINT).as_ref(), allow_insecure);
    let api_key = given(API_KEY).filter(|key| !key.text.is_empty()).ok_or_else(no_key);
    let allowed = given(ALLOWED_ACCOUNT_ID).map(|account| account_id(&account)).transpose();
    match (address, api_key, allowed, PlanChecks::read(config)) {
        (Ok(address), Ok(key), Ok(allowed_account), Ok(checks)) => {
            let api_key = Secret::new(key.text);
            Ok(Configuration::Cloud(Settings { address, api_key, allowed_account, checks }))
        }
        (address, key, allowed, checks) => {
            let single = [address.err(), key.err(), allowed.err()].into_iter().flatten();
            Err(single.chain(checks.err().into_iter().flatten()).collect())
        }
    }
}

/// A value and where it comes from.
struct Given<'a> {
    text: &'a str,
    setting: Setting,
    in_block: bool,
}

impl<'a> Given<'a> {
    fn in_block(config: &'a Value, setting: Setting) -> Option<Self> {
        config.get(setting.attribute).as_str().map(|text| Self { text, setting, in_block: true })
    }

    fn of(config: &'a Value, environment: &'a Environment, setting: Setting) -> Option<Self> {
        let in_variable =
            || environment.get(setting.variable).map(|text| Self { text, setting, in_block: false });
        Self::in_block(config, setting).or_else(in_variable)
    }

    /// An error about it, at the attribute or naming the variable.
    fn error(&self, what: &str, reason: impl std::fmt::Display) -> Diagnostic {
        let Setting { attribute, variable } = self.setting;
        let reason = capitalized(&reason.to_string());
        match self.in_block {
            true => Diagnostic::error(format!("`{attribute}` {what}"), format!("{reason}.")).at(attribute),
            false => {
                let detail = format!("{reason}. The value comes from the environment variable `{variable}`.");
                Diagnostic::error(format!("`{variable}` {what}"), detail)
            }
        }
    }
}

fn address(given: Option<&Given<'_>>, allow_insecure: Option<bool>) -> Result<Address, Diagnostic> {
    let default = Given { text: DEFAULT_ADDRESS, setting: ENDPOINT, in_block: false };
    let given = given.unwrap_or(&default);
    Address::parse(given.text, allow_insecure).map_err(|error| not_an_address(given, &error))
}

fn not_an_address(given: &Given<'_>, error: &AddressError) -> Diagnostic {
    match error {
        AddressError::Unencrypted(_) => given.error("is not encrypted", error),
        _ => given.error("is not a valid registry address", error),
    }
}

fn account_id(given: &Given<'_>) -> Result<AccountId, Diagnostic> {
    given.text.parse().map_err(|error| given.error("is not an account id", error))
}

/// Only `true` enables it in the environment variable, as in `temporalio/temporalcloud`; other values are reported.
fn allow_insecure(
    config: &Value,
    environment: &Environment,
    mut report: impl FnMut(Diagnostic),
) -> Option<bool> {
    let Setting { attribute, variable } = ALLOW_INSECURE;
    if let Some(given) = config.get(attribute).as_bool() {
        return Some(given);
    }
    let text = environment.get(variable)?;
    if !matches!(text, "true" | "false") {
        let summary = format!("`{variable}` is neither `true` nor `false`");
        report(Diagnostic::warning(
            summary,
            "The value is treated as `false`: the connection to the registry uses TLS.",
        ));
    }
    Some(text == "true")
}

fn no_key() -> Diagnostic {
    let Setting { attribute, variable } = API_KEY;
    let detail = format!(
        "Set the environment variable `{variable}`, or `{attribute}` in the provider block, to an API key of the user or service \
         account that Terraform acts as. No request was sent."
    );
    Diagnostic::error("an API key is missing", detail).at(attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(attributes: &[(&'static str, Value)]) -> Value {
        schema().ty().conform(Value::object(attributes.iter().cloned())).unwrap()
    }

    fn environment(variables: &[(&'static str, &'static str)]) -> Environment {
        variables.iter().copied().collect()
    }

    #[track_caller]
    fn known(config: &Value, variables: &[(&'static str, &'static str)]) -> Settings {
        match read(config, &environment(variables), |warning| panic!("{warning:?}")) {
            Ok(Configuration::Cloud(settings)) => settings,
            Ok(Configuration::SelfHosted(_)) => panic!("no block says so"),
            Ok(Configuration::Unknown(later)) => panic!("{later:?}"),
            Err(errors) => panic!("{errors:?}"),
        }
    }

    #[track_caller]
    fn errors(config: &Value, variables: &[(&'static str, &'static str)]) -> Vec<Diagnostic> {
        let answer = read(config, &environment(variables), |_| {});
        answer.map(drop).unwrap_err().into_iter().collect()
    }

    #[test]
    fn the_block_goes_before_the_environment_and_that_before_the_default() {
        let variables = [
            ("TEMPORAL_CLOUD_API_KEY", "from-variable"),
            ("TEMPORAL_CLOUD_ENDPOINT", "localhost:1"),
            ("TEMPORAL_CLOUD_ALLOW_INSECURE", "true"),
            ("TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID", "a2dd6"),
        ];
        let settings = known(&block(&[]), &variables);
        assert_eq!(settings.api_key.expose(), "from-variable");
        assert_eq!((settings.address.to_string(), settings.address.tls()), ("localhost:1".to_owned(), false));
        assert_eq!(settings.allowed_account.unwrap().as_str(), "a2dd6");

        let given = [
            ("api_key", "from-block".into()),
            ("endpoint", "registry:2".into()),
            ("allow_insecure", false.into()),
        ];
        let settings = known(&block(&given), &variables);
        assert_eq!(settings.api_key.expose(), "from-block");
        assert_eq!((settings.address.to_string(), settings.address.tls()), ("registry:2".to_owned(), true));

        let settings = known(&block(&[("api_key", "k".into())]), &[]);
        assert_eq!(settings.address.to_string(), DEFAULT_ADDRESS);
        assert!(settings.address.tls() && settings.allowed_account.is_none());
    }

    #[test]
    fn a_key_is_sent_unencrypted_only_where_that_is_allowed() {
        let config = block(&[("endpoint", "http://vm.example:8080".into()), ("api_key", "k".into())]);
        let [error] = &errors(&config, &[])[..] else { panic!() };
        assert_eq!(error.summary, "`endpoint` is not encrypted");
        assert!(
            error.detail.contains("`vm.example`") && error.detail.contains("allow_insecure"),
            "{error:?}"
        );
        assert!(validate(&config).is_ok(), "the variable may allow it");
        assert!(!known(&config, &[("TEMPORAL_CLOUD_ALLOW_INSECURE", "true")]).address.tls());
        let variable = [("TEMPORAL_CLOUD_ENDPOINT", "http://10.0.0.1")];
        let [error] = &errors(&block(&[("api_key", "k".into())]), &variable)[..] else { panic!() };
        assert_eq!(error.summary, "`TEMPORAL_CLOUD_ENDPOINT` is not encrypted");
        let loopback = block(&[("endpoint", "http://127.1:8080".into()), ("api_key", "k".into())]);
        assert!(!known(&loopback, &[]).address.tls());
    }

    #[test]
    fn a_missing_key_names_the_variable_and_the_attribute() {
        for config in [block(&[]), block(&[("api_key", "".into())])] {
            let [error] = &errors(&config, &[])[..] else { panic!() };
            assert_eq!(error.path, Some("api_key".into()));
            assert!(error.detail.contains("`TEMPORAL_CLOUD_API_KEY`") && error.detail.contains("`api_key`"));
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_and_where_it_was_given() {
        let config = block(&[("endpoint", "ftp://x".into())]);
        let found = errors(&config, &[("TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID", "A")]);
        let paths: Vec<_> = found.iter().map(|error| error.path.clone()).collect();
        assert_eq!(paths, [Some("endpoint".into()), Some("api_key".into()), None]);
        assert!(found.last().unwrap().summary.contains("`TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID`"));
    }

    #[test]
    fn a_reason_begins_a_sentence() {
        let config = block(&[("endpoint", "https://x".into()), ("allow_insecure", true.into())]);
        let [error] = &errors(&config, &[("TEMPORAL_CLOUD_API_KEY", "k")])[..] else { panic!() };
        assert!(error.detail.starts_with("The address"), "{error:?}");
    }

    #[test]
    fn what_is_unknown_is_left_for_later() {
        let config = block(&[("api_key", Value::Unknown), ("endpoint", Value::Unknown)]);
        let Ok(Configuration::Unknown(later)) = read(&config, &environment(&[]), |_| {}) else { panic!() };
        assert_eq!(later, ["api_key", "endpoint"]);
        assert!(validate(&config).is_ok());
    }

    #[test]
    fn a_variable_that_is_neither_true_nor_false_is_not_taken_silently() {
        let mut warnings = Vec::new();
        let config = block(&[("api_key", "k".into())]);
        let answer =
            read(&config, &environment(&[("TEMPORAL_CLOUD_ALLOW_INSECURE", "1")]), |w| warnings.push(w));
        let Ok(Configuration::Cloud(settings)) = answer else { panic!() };
        assert!(settings.address.tls() && warnings.len() == 1);
    }

    #[test]
    fn the_block_is_checked_by_itself() {
        let config = block(&[
            ("endpoint", "http://x".into()),
            ("allow_insecure", false.into()),
            ("allowed_account_id", "?".into()),
        ]);
        assert_eq!(validate(&config).unwrap_err().iter().count(), 2);
    }
}
