//! The `self_hosted` block of the provider, which selects a self-hosted Temporal server instead of Temporal Cloud. Environment
//! variables and the configuration file of the `temporal` CLI supply defaults, but never select the server.

use registry::{Headers, Pem, ServerDetails, ServerSettings, SettingsError};
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
        "How the connection is encrypted. It is where the block stands, unless `disabled`; else where an API key, a header \
         `authorization` or anything else about TLS is given. Each attribute has its variable, such as `TEMPORAL_TLS_SERVER_NAME`.",
        [
            optional("disabled", Type::Bool, "Whether to talk to the server without TLS."),
            optional(
                "server_ca_cert_path",
                Type::String,
                "File with the CA certificates that may vouch for the server, in PEM. Default: those that this machine trusts.",
            ),
            optional("server_ca_cert_data", Type::String, "The same as a text."),
            optional(
                "client_cert_path",
                Type::String,
                "File with the client certificate and its chain, in PEM.",
            ),
            optional("client_cert_data", Type::String, "The same as a text."),
            optional("client_key_path", Type::String, "File with the key of the client certificate, in PEM."),
            optional("client_key_data", Type::String, "The same as a text.").sensitive(),
            optional(
                "server_name",
                Type::String,
                "The name in the server's certificate, where that is not the host of `address`.",
            ),
            optional(
                "disable_host_verification",
                Type::Bool,
                "Whether to take any certificate of the server. Whoever is between can then read and change everything.",
            ),
        ],
    );
    let block = Block::new(
        "A Temporal server of one's own, instead of Temporal Cloud. It has no allowlists, no principals and no private \
         connectivity: any Namespace may call any Endpoint unless the server's operators add a check of their own. Headers for its calls are \
         taken from variables `TEMPORAL_GRPC_META_*` and from a profile of the `temporal` CLI.",
        [
            optional(
                "address",
                Type::String,
                "Where the server is: `host:port`, port 7233 unless given. No variable stands in for it.",
            ),
            optional(
                "api_key",
                Type::String,
                "The API key for the server, where it wants one. Default: the variable `TEMPORAL_API_KEY`.",
            )
            .sensitive(),
            optional(
                "allowlist",
                Type::String,
                "What to do with `allowed_caller_namespaces`: `error` (the default) refuses it, since nothing would enforce it; \
                 `ignore` accepts it and does nothing, for configurations that are shared with Temporal Cloud.",
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
        let detail = "Write where the server is, such as `temporal.example.com:7233`. No variable stands in for it: `TEMPORAL_ADDRESS` \
                      is for Workers, which may use another server.";
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
    let given = details(block).map(|given| ServerDetails { headers, ..given });
    let settings = given.and_then(|given| ServerSettings::new(address, given, variable));
    settings.map_err(|error| invalid_connection(address, &error))
}

fn invalid_connection(address: &str, error: &SettingsError) -> Diagnostic {
    let detail = format!("{}.", capitalized(&error.to_string()));
    let path = Path::from(SELF_HOSTED);
    match error {
        SettingsError::Address(_) => {
            let summary = format!("`{address}` is not the address of a server");
            Diagnostic::error(summary, detail).at(path.attribute("address"))
        }
        _ => Diagnostic::error("the connection to the server is not settled", detail).at(path),
    }
}

fn details(block: &Value) -> Result<ServerDetails, SettingsError> {
    let tls = block.get(TLS);
    let text = |name: &str| tls.get(name).as_str().map(str::to_owned);
    let pem = |path: &str, data: &str| Pem::one_of((path, text(path)), (data, text(data)));
    Ok(ServerDetails {
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
            let detail = "Write `error` to refuse allowlists, which a server cannot enforce, or `ignore` to leave them out.";
            let path = Path::from(SELF_HOSTED).attribute("allowlist");
            Err(Diagnostic::error(format!("`{other}` is not what can be done with allowlists"), detail)
                .at(path))
        }
    }
}

fn cloud_attribute(attribute: &'static str) -> Diagnostic {
    let detail = "The block `self_hosted` chooses a server of one's own, and this attribute is about Temporal Cloud. Remove one of the \
                  two; for both, give the provider two configurations, one with an `alias`.";
    Diagnostic::error(format!("`{attribute}` does not go with `{SELF_HOSTED}`"), detail).at(attribute)
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
        check(https, &[], &["`https://a` is not the address of a server"]);
        let allowlist = [("address", "a".into()), ("allowlist", "drop".into())];
        check(&allowlist, &[], &["`drop` is not what can be done with allowlists"]);
        let tls = Value::object([("client_cert_path", Value::from("a.pem"))]);
        check(
            &[("address", "a".into()), ("tls", tls)],
            &[],
            &["the connection to the server is not settled"],
        );
        let beside = [("api_key", Value::from("k"))];
        check(&[("address", "a".into())], &beside, &["`api_key` does not go with `self_hosted`"]);
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
