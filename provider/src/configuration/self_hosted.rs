//! The `self_hosted` block of the provider, which selects a self-hosted Temporal server instead of Temporal Cloud. Environment
//! variables and the configuration file of the `temporal` CLI supply defaults, but never select the server.

use registry::{ConnectionOptions, Headers, Pem, ServerSettings, SettingsError};
use schema::secret::Secret;
use tfplugin::schema::Block;
use tfplugin::{Answer, Attribute, Diagnostic, Environment, NestedBlock, Path, Type, Value};

use super::plan_checks::PlanChecks;
use crate::diagnostics::failure::capitalized;

/// The block's name.
pub(crate) const SELF_HOSTED: &str = "self_hosted";
const TLS: &str = "tls";

/// How `allowed_caller_namespaces` is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowlists {
    /// The registry enforces allowlists.
    Enforced,
    /// The registry has none, and setting one is an error.
    Rejected,
    /// The registry has none, and the configuration may set one without effect.
    Ignored,
}

/// The server, and how its configuration is handled.
pub(crate) struct Settings {
    pub(crate) server: ServerSettings,
    pub(crate) allowlists: Allowlists,
    pub(crate) checks: PlanChecks,
}

/// The block for the provider's schema.
pub(crate) fn block() -> NestedBlock {
    let optional = |name: &str, ty, text: &str| Attribute::optional(name, ty, text);
    let tls = Block::new(
        "TLS settings of the connection. TLS is enabled if this block is present, unless `disabled` is set; without the block, \
         it is enabled if an API key, an `authorization` header or any TLS setting is given. Each attribute defaults to an \
         environment variable, such as `TEMPORAL_TLS_SERVER_NAME`.",
        [
            optional("disabled", Type::Bool, "Connect without TLS."),
            optional(
                "server_ca_cert_path",
                Type::String,
                "Path of a file with the PEM-encoded CA certificates that verify the server. Default: the certificates that the \
                 operating system trusts.",
            ),
            optional(
                "server_ca_cert_data",
                Type::String,
                "PEM-encoded CA certificates that verify the server, inline.",
            ),
            optional(
                "client_cert_path",
                Type::String,
                "Path of a file with the PEM-encoded client certificate and its chain.",
            ),
            optional(
                "client_cert_data",
                Type::String,
                "PEM-encoded client certificate and its chain, inline.",
            ),
            optional(
                "client_key_path",
                Type::String,
                "Path of a file with the PEM-encoded private key of the client \
                 certificate.",
            ),
            optional(
                "client_key_data",
                Type::String,
                "PEM-encoded private key of the client certificate, inline.",
            )
            .sensitive(),
            optional(
                "server_name",
                Type::String,
                "Server name to verify in the server's certificate. Default: the host of `address`.",
            ),
            optional(
                "disable_host_verification",
                Type::Bool,
                "Skip verification of the server certificate (insecure: allows man-in-the-middle attacks).",
            ),
        ],
    );
    let block = Block::new(
        "Use a self-hosted Temporal server instead of Temporal Cloud. A self-hosted server has no allowlists, no principals and \
         no private connectivity: any Namespace may call any Endpoint, unless the operators of the server add a check. Request \
         headers are taken from the environment variables `TEMPORAL_GRPC_META_*` and from the profile of the `temporal` CLI.",
        [
            optional(
                "address",
                Type::String,
                "Address of the server: `host:port`. The port defaults to 7233. There is no environment variable for the \
                 address.",
            ),
            optional(
                "api_key",
                Type::String,
                "API key for the server, if it requires one. Default: the environment variable `TEMPORAL_API_KEY`.",
            )
            .sensitive(),
            optional(
                "allowlist",
                Type::String,
                "How to handle `allowed_caller_namespaces`: `error` (the default) rejects it, since a self-hosted server does \
                 not enforce it; `ignore` accepts it without effect, for configurations that are shared with Temporal Cloud.",
            ),
        ],
    );
    NestedBlock::single(SELF_HOSTED, block.block(NestedBlock::single(TLS, tls)))
}

/// Validates the block, which may contain unknown values, without environment and files.
pub(crate) fn validate(config: &Value) -> Vec<Diagnostic> {
    let block = config.get(SELF_HOSTED);
    if block.is_null() || block.is_unknown() {
        return Vec::new();
    }
    let cloud = ["api_key", "endpoint", "allow_insecure", "allowed_account_id", "apply_as"];
    let mut problems: Vec<_> =
        cloud.into_iter().filter(|name| !config.get(name).is_null()).map(cloud_attribute).collect();
    if block.get("address").is_null() {
        let detail = "Set `address`, such as `temporal.example.com:7233`. The environment variable `TEMPORAL_ADDRESS` is not \
                      used: it configures Workers, which may use another server.";
        let path = Path::from(SELF_HOSTED);
        problems.push(Diagnostic::error("the address of the server is missing", detail).at(path));
    }
    problems.extend(allowlists(block).err());
    if block.is_wholly_known() && problems.is_empty() {
        problems.extend(server(block, &|_| None, Headers::default()).err());
    }
    problems
}

/// Reads a wholly known block, with defaults from the environment.
pub(crate) fn read(config: &Value, environment: &Environment) -> Answer<Settings> {
    let block = config.get(SELF_HOSTED);
    let variable = |name: &str| environment.get(name).map(str::to_owned);
    let address = block.get("address").as_str().unwrap_or_default();
    let headers =
        Headers::of_variables(environment.texts()).map_err(|error| invalid_connection(address, &error))?;
    let (server, allowlists) = (server(block, &variable, headers)?, allowlists(block)?);
    Ok(Settings { server, allowlists, checks: PlanChecks::read(config)? })
}

fn server(
    block: &Value,
    variable: &dyn Fn(&str) -> Option<String>,
    headers: Headers,
) -> Result<ServerSettings, Diagnostic> {
    let address = block.get("address").as_str().unwrap_or_default();
    let given = details(block).map(|given| ConnectionOptions { headers, ..given });
    let settings = given.and_then(|given| ServerSettings::new(address, given, variable));
    settings.map_err(|error| invalid_connection(address, &error))
}

fn invalid_connection(address: &str, error: &SettingsError) -> Diagnostic {
    let detail = format!("{}.", capitalized(&error.to_string()));
    let path = Path::from(SELF_HOSTED);
    match error {
        SettingsError::Address(_) => {
            let summary = format!("`{address}` is not a valid server address");
            Diagnostic::error(summary, detail).at(path.attribute("address"))
        }
        _ => Diagnostic::error("invalid connection settings for the server", detail).at(path),
    }
}

fn details(block: &Value) -> Result<ConnectionOptions, SettingsError> {
    let tls = block.get(TLS);
    let text = |name: &str| tls.get(name).as_str().map(str::to_owned);
    let pem = |path: &str, data: &str| Pem::one_of((path, text(path)), (data, text(data)));
    Ok(ConnectionOptions {
        api_key: block.get("api_key").as_str().filter(|key| !key.is_empty()).map(Secret::new),
        tls: (!tls.is_null()).then(|| tls.get("disabled").as_bool() != Some(true)),
        server_ca: pem("server_ca_cert_path", "server_ca_cert_data")?,
        client_certificate: pem("client_cert_path", "client_cert_data")?,
        client_key: pem("client_key_path", "client_key_data")?,
        server_name: text("server_name"),
        skip_verification: tls.get("disable_host_verification").as_bool(),
        headers: Headers::default(),
    })
}

fn allowlists(block: &Value) -> Result<Allowlists, Diagnostic> {
    match block.get("allowlist").as_str() {
        None | Some("error") => Ok(Allowlists::Rejected),
        Some("ignore") => Ok(Allowlists::Ignored),
        Some(other) => {
            let detail = "Use `error` to reject allowlists, which a self-hosted server does not enforce, or `ignore` to ignore \
                          them.";
            let path = Path::from(SELF_HOSTED).attribute("allowlist");
            Err(Diagnostic::error(format!("`{other}` is not a valid value of `allowlist`"), detail).at(path))
        }
    }
}

fn cloud_attribute(attribute: &'static str) -> Diagnostic {
    let detail = "The `self_hosted` block selects a self-hosted server, and this attribute applies to Temporal Cloud only. \
                  Remove one of them. To use both, write two provider configurations, one of them with an `alias`.";
    Diagnostic::error(format!("`{attribute}` conflicts with `{SELF_HOSTED}`"), detail).at(attribute)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::schema;

    fn config(attributes: &[(&str, Value)], beside: &[(&str, Value)]) -> Value {
        let block = Value::object(attributes.iter().map(|(name, value)| (*name, value.clone())));
        let all = [(SELF_HOSTED, block)].into_iter().chain(beside.iter().cloned());
        schema().ty().conform(Value::object(all)).unwrap()
    }

    #[track_caller]
    fn check(attributes: &[(&str, Value)], beside: &[(&str, Value)], expected: &[&str]) {
        let problems = validate(&config(attributes, beside));
        let found: Vec<_> = problems.iter().map(|problem| problem.summary.as_str()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_block_says_where_and_how() {
        check(&[("address", "cluster.example:7233".into())], &[], &[]);
        check(&[("address", Value::Unknown), ("allowlist", "ignore".into())], &[], &[]);
        check(&[], &[], &["the address of the server is missing"]);
        let https = &[("address", "https://a".into())];
        check(https, &[], &["`https://a` is not a valid server address"]);
        let allowlist = [("address", "a".into()), ("allowlist", "drop".into())];
        check(&allowlist, &[], &["`drop` is not a valid value of `allowlist`"]);
        let tls = Value::object([("client_cert_path", Value::from("a.pem"))]);
        check(&[("address", "a".into()), ("tls", tls)], &[], &["invalid connection settings for the server"]);
        let beside = [("api_key", Value::from("k"))];
        check(&[("address", "a".into())], &beside, &["`api_key` conflicts with `self_hosted`"]);
    }

    #[test]
    fn variables_fill_in_and_the_block_decides() {
        let variables = [("TEMPORAL_ADDRESS", "elsewhere:1"), ("TEMPORAL_TLS", "false")];
        let settings = |attributes: &[(&str, Value)]| {
            read(&config(attributes, &[]), &variables.into_iter().collect())
                .unwrap_or_else(|_| panic!("refused"))
        };
        let plain = settings(&[("address", "here:1".into())]);
        assert_eq!(
            (plain.server.address().to_string().as_str(), plain.server.address().tls()),
            ("here:1", false)
        );
        assert_eq!(plain.allowlists, Allowlists::Rejected);
        let tls =
            [("address", "here:1".into()), (TLS, Value::object([("server_name", Value::from("x.example"))]))];
        assert!(settings(&tls).server.address().tls());
    }
}
