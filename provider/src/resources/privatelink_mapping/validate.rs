//! Validation of a configuration without requests. Unknown values are checked when they are known.

use ::schema::name::NamespaceId;
use ::schema::privatelink::{
    CONTROL_PLANE_SERVICE, ConnectionError, PrivateConnection, PrivateService, SERVICES, check_connection_id,
    check_project_id, private_service,
};
use ::schema::region::{Region, region, region_named};
use std::net::IpAddr;
use tfplugin::{Answer, Diagnostic, Diagnostics, Value};

use super::model::{ADDRESS, CONNECTION, NAMESPACES, PROJECT, REGION, SERVICE};
use crate::diagnostics::failure::capitalized;
use crate::resources::endpoint;
use crate::timeouts;

/// Checks a configuration.
pub(super) fn validate(config: &Value) -> Answer<()> {
    let mut problems = Diagnostics::new();
    match config.get(REGION).as_str().map(region_of) {
        Some(Ok(region)) => problems.extend(in_region(region, config)),
        Some(Err(error)) => problems.push(error),
        None => {}
    }
    problems.extend(config.get(NAMESPACES).elements().iter().filter_map(namespace));
    problems.extend(timeouts::problems(config));
    problems.into_answer()
}

/// The connection of a wholly known plan.
pub(super) fn connection(planned: &Value) -> Answer<PrivateConnection> {
    let text = |name| planned.get(name).as_str().unwrap_or_default();
    let region = region_of(text(REGION))?;
    let made = PrivateConnection::new(region, text(CONNECTION), planned.get(PROJECT).as_str());
    Ok(made.map_err(|error| connection_error(&error, text(CONNECTION)))?)
}

/// The region of an id, if it has a private service.
fn region_of(text: &str) -> Result<&'static Region, Diagnostic> {
    if let Some(found) = region(text).filter(|found| private_service(found.id).is_some()) {
        return Ok(found);
    }
    let known: Vec<_> = SERVICES.iter().map(|PrivateService { region, .. }| format!("`{region}`")).collect();
    let detail = match region_named(text).filter(|found| found.id != text) {
        Some(meant) => {
            format!("Use `{}`: Temporal's names of regions start with the cloud provider.", meant.id)
        }
        None => format!("Regions with a private service: {}.", known.join(", ")),
    };
    Err(Diagnostic::error(format!("region `{}` has no private service", text.escape_debug()), detail)
        .at(REGION))
}

fn in_region(region: &'static Region, config: &Value) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(id) = config.get(CONNECTION).as_str() {
        found.extend(check_connection_id(region, id).err().map(|error| connection_error(&error, id)));
    }
    if !config.get(PROJECT).is_unknown() {
        let project = check_project_id(region, config.get(PROJECT).as_str());
        found.extend(project.err().map(|error| connection_error(&error, "")));
    }
    found.extend(config.get(SERVICE).as_str().and_then(|given| service(region, given)));
    found.extend(config.get(ADDRESS).as_str().and_then(|given| address(region, given)));
    found
}

/// The error for an invalid connection, at the wrong attribute.
fn connection_error(error: &ConnectionError, connection_id: &str) -> Diagnostic {
    let detail = format!("{}.", capitalized(&error.to_string()));
    let (summary, path) = match error {
        ConnectionError::Id { .. } => {
            (format!("`{}` is not a valid connection id", connection_id.escape_debug()), CONNECTION)
        }
        ConnectionError::NoProject(_) => ("the connection has no project".to_owned(), PROJECT),
        ConnectionError::Project(_) => ("the connection has a project".to_owned(), PROJECT),
        ConnectionError::ProjectId => ("invalid project id".to_owned(), PROJECT),
    };
    Diagnostic::error(summary, detail).at(path)
}

fn service(region: &Region, given: &str) -> Option<Diagnostic> {
    let expected = private_service(region.id)?.service_name();
    let summary = match given {
        given if given == expected => return None,
        CONTROL_PLANE_SERVICE => {
            "this is the service of Temporal's control plane, not of Namespaces".to_owned()
        }
        _ => format!("this is not Temporal's service in `{}`", region.id),
    };
    let detail = format!(
        "The service is `{expected}`. A connection to another service reaches no Namespace. If omitted, `{SERVICE}` is computed."
    );
    Some(Diagnostic::error(summary, detail).at(SERVICE))
}

fn address(region: &Region, given: &str) -> Option<Diagnostic> {
    let (is_one, form) = match region.cloud() {
        "gcp" => (given.parse::<IpAddr>().is_ok(), "the IP address of the Private Service Connect endpoint"),
        _ => (is_host(given), "the DNS name of the VPC endpoint, without scheme and port"),
    };
    let detail = format!("In `{}`, expected {form}.", region.id);
    (!is_one).then(|| {
        Diagnostic::error(format!("`{}` is not a valid endpoint address", given.escape_debug()), detail)
            .at(ADDRESS)
    })
}

fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'))
    };
    text.split('.').all(label)
}

/// All elements are reported at the set: the protocol has no paths into sets.
fn namespace(element: &Value) -> Option<Diagnostic> {
    if element.is_null() {
        return Some(Diagnostic::error("null is not a Namespace id", "Remove it.").at(NAMESPACES));
    }
    endpoint::model::parsed::<NamespaceId>(element, &NAMESPACES.into(), "a Namespace id")?.err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(changes: &[(&str, Value)], expected: &[(&str, &str)]) {
        let sound =
            Value::object([(REGION, "aws-us-east-1".into()), (CONNECTION, "vpce-0123456789abcdef0".into())]);
        let config = changes.iter().fold(sound, |config, (name, value)| config.with(name, value.clone()));
        let problems = validate(&config).err().unwrap_or_default();
        let found: Vec<_> = problems
            .iter()
            .map(|it| (it.path.as_ref().map(ToString::to_string).unwrap_or_default(), it.summary.as_str()))
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(path, summary)| ((*path).to_owned(), *summary)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_sound_configuration_is_silent() {
        check(&[], &[]);
        let service = "com.amazonaws.vpce.us-east-1.vpce-svc-0822256b6575ea37f";
        let address =
            "vpce-0123456789abcdef0-abcdefgh.vpce-svc-0822256b6575ea37f.us-east-1.vpce.amazonaws.com";
        check(
            &[
                (SERVICE, service.into()),
                (ADDRESS, address.into()),
                (NAMESPACES, Value::set(["ledger.tiny1"])),
            ],
            &[],
        );
        let gcp = [
            (REGION, "gcp-us-east4".into()),
            (CONNECTION, "31415".into()),
            (PROJECT, "acme-prod".into()),
            (ADDRESS, "10.0.0.7".into()),
        ];
        check(&gcp, &[]);
    }

    #[test]
    fn regions_are_those_with_a_service() {
        let said = "region `us-east-1` has no private service";
        check(&[(REGION, "us-east-1".into())], &[("region", said)]);
        let said = "region `azure-centralus` has no private service";
        check(&[(REGION, "azure-centralus".into())], &[("region", said)]);
    }

    #[test]
    fn each_problem_is_at_its_attribute() {
        check(
            &[
                (CONNECTION, "vpc-1".into()),
                (PROJECT, "acme-prod".into()),
                (SERVICE, CONTROL_PLANE_SERVICE.into()),
                (ADDRESS, "https://x:7233".into()),
                (NAMESPACES, Value::set([Value::Null, "ledger".into()])),
            ],
            &[
                ("connection_id", "`vpc-1` is not a valid connection id"),
                ("gcp_project_id", "the connection has a project"),
                ("service_name", "this is the service of Temporal's control plane, not of Namespaces"),
                ("endpoint_address", "`https://x:7233` is not a valid endpoint address"),
                ("namespace_ids", "null is not a Namespace id"),
                ("namespace_ids", "`ledger` is not a Namespace id"),
            ],
        );
        let gcp = [(REGION, "gcp-us-east4".into()), (CONNECTION, "1".into()), (ADDRESS, "a.example".into())];
        let expected = [
            ("gcp_project_id", "the connection has no project"),
            ("endpoint_address", "`a.example` is not a valid endpoint address"),
        ];
        check(&gcp, &expected);
    }

    #[test]
    fn unknown_values_are_left_for_later() {
        let names = [CONNECTION, PROJECT, SERVICE, ADDRESS, NAMESPACES];
        check(&names.map(|name| (name, Value::Unknown)), &[]);
        check(&[(REGION, Value::Unknown)], &[]);
        let gcp = [(REGION, "gcp-us-east4".into()), (CONNECTION, Value::Unknown), (PROJECT, Value::Unknown)];
        check(&gcp, &[]);
    }
}
