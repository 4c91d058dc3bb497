//! `moved` from `temporalcloud_nexus_endpoint` of `temporalio/temporalcloud`: converts the state without a request.

use serde_json::Value as Json;
use tfplugin::{Answer, Diagnostic, MoveRequest, Stored, Value};

use super::model::{CALLERS, DESCRIPTION, EXTERNAL, NAME, TARGET};

const SOURCE: &str = "temporalcloud_nexus_endpoint";

/// The converted state. `temporalio/temporalcloud` may have been installed from any host.
pub(super) fn moved(request: &MoveRequest) -> Answer<Stored> {
    let provider = request.provider.rsplit('/').next().unwrap_or_default();
    if (provider, request.type_name.as_str()) != ("temporalcloud", SOURCE) {
        return Err(another_source(request).into());
    }
    let at = |pointer: &str| request.state.pointer(pointer).unwrap_or(&Json::Null);
    let text = |pointer: &str| Value::from(at(pointer).as_str());
    if request.version != 0 || at("/id").as_str().is_none_or(str::is_empty) {
        return Err(unreadable(request).into());
    }
    let callers = at("/allowed_caller_namespaces").as_array();
    let target = || {
        let parts = ["namespace_id", "task_queue"];
        Value::object(parts.map(|part| (part, text(&format!("/worker_target/{part}")))))
    };
    let timeouts = || {
        let known =
            ["create", "delete"].map(|operation| (operation, text(&format!("/timeouts/{operation}"))));
        Value::object(known)
    };
    let given = |pointer: &str, value: &dyn Fn() -> Value| {
        if at(pointer).is_object() { value() } else { Value::Null }
    };
    Ok(Value::object([
        ("id", text("/id")),
        (NAME, text("/name")),
        (DESCRIPTION, text("/description")),
        (TARGET, given("/worker_target", &target)),
        (EXTERNAL, Value::Null),
        (CALLERS, callers.map(|callers| Value::set(callers.iter().filter_map(Json::as_str))).into()),
        ("timeouts", given("/timeouts", &timeouts)),
    ])
    .into())
}

fn another_source(request: &MoveRequest) -> Diagnostic {
    let why = format!(
        "The source belongs to provider `{}`. Only `{SOURCE}` of `temporalio/temporalcloud` can be moved to an Endpoint.",
        request.provider
    );
    request.refused(super::TYPE, &why)
}

fn unreadable(request: &MoveRequest) -> Diagnostic {
    let detail = format!(
        "Its schema version is {}; this provider reads version 0 with an `id`. Use an `import` block and a `removed` block \
         instead.",
        request.version
    );
    Diagnostic::error(format!("the state of this `{SOURCE}` cannot be read"), detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(provider: &str, state: Json) -> MoveRequest {
        let (type_name, provider) = (SOURCE.to_owned(), provider.to_owned());
        MoveRequest { provider, type_name, version: 0, state, private: Vec::new() }
    }

    fn endpoint() -> Json {
        json!({
            "id": "0123", "project_id": "p1", "name": "pay", "description": null,
            "worker_target": { "namespace_id": "ledger.tiny1", "task_queue": "q" },
            "allowed_caller_namespaces": ["shop.tiny1", "cart.tiny1"],
            "timeouts": { "create": "3m", "delete": null },
        })
    }

    #[test]
    fn everything_that_both_know_comes_along() {
        let target = Value::object([("namespace_id", "ledger.tiny1".into()), ("task_queue", "q".into())]);
        let expected = Value::object([
            ("id", "0123".into()),
            ("name", "pay".into()),
            ("description", Value::Null),
            ("worker_target", target),
            ("external_target", Value::Null),
            ("allowed_caller_namespaces", Value::set(["cart.tiny1", "shop.tiny1"])),
            ("timeouts", Value::object([("create", "3m".into()), ("delete", Value::Null)])),
        ]);
        for host in ["registry.terraform.io", "registry.opentofu.org", "tf.acme.example:8443"] {
            let request = request(&format!("{host}/temporalio/temporalcloud"), endpoint());
            assert_eq!(moved(&request).unwrap().state, expected, "{host}");
        }
    }

    #[test]
    fn nothing_else_is_taken_for_an_endpoint() {
        let official = "registry.terraform.io/temporalio/temporalcloud";
        let mut requests = [
            request("registry.terraform.io/hashicorp/null", endpoint()),
            request(official, json!({})),
            request(official, endpoint()),
            request(official, endpoint()),
        ];
        requests[2].type_name = "temporalcloud_namespace".to_owned();
        requests[3].version = 1;
        assert!(requests.iter().all(|request| moved(request).is_err()));
    }
}
