//! The JSON Schema of policies against policies: what the compiler accepts fits it, and what has a wrong shape does not.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use jsonschema::Validator;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn validator() -> Validator {
    jsonschema::validator_for(&compiler::check::policy_schema()).unwrap()
}

fn parse(text: &str) -> Value {
    jsonc_parser::parse_to_serde_value(text, &jsonc_parser::ParseOptions::default()).unwrap()
}

fn policies(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            policies(&path, found);
        } else if path.to_string_lossy().ends_with(".nexus.json") {
            found.push(path);
        }
    }
}

#[test]
fn every_policy_of_the_repository_fits() {
    let mut found = Vec::new();
    policies(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"), &mut found);
    assert!(!found.is_empty());
    for path in found {
        let policy = parse(&fs::read_to_string(&path).unwrap());
        let faults: Vec<_> = validator().iter_errors(&policy).map(|error| error.to_string()).collect();
        assert_eq!(faults, Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn expressions_and_null_fit_wherever_they_may_stand() {
    let policy = r#"{
      "account": { "id": "a2dd6", "limits": null, "language": "${1}" },
      "namespace": { "orders": { "regions": "${namespace.other.regions}", "tags": null } },
      "endpoint": { "orders": { "worker_target": "${x}", "managed_by": ["user.a@b.example"] } },
      "allowlist": { "more": { "endpoint": "orders", "callers": ["${namespace.orders}"], "expires": "${each.value}", "for_each": "${local.days}" } },
      "locals": { "days": { "a": "2027-01-01" } },
      "variable": { "region": { "type": "list(string)", "default": ["a"] } },
    }"#;
    assert!(validator().is_valid(&parse(policy)));
}

#[test]
fn a_server_needs_no_account_id_and_no_regions() {
    let server = r#"{ "account": { "backend": "self_hosted" }, "namespace": { "orders": {} } }"#;
    assert!(validator().is_valid(&parse(server)));
    for cloud in ["{}", r#"{ "backend": "cloud" }"#] {
        assert!(!validator().is_valid(&parse(&format!(r#"{{ "account": {cloud} }}"#))), "{cloud}");
    }
    let no_regions = r#"{ "account": { "id": "a2dd6" }, "namespace": { "orders": {} } }"#;
    assert!(!validator().is_valid(&parse(no_regions)));
}

#[test]
fn what_has_a_wrong_shape_does_not_fit() {
    for wrong in [
        r#"{ "namespaces": {} }"#,
        r#"{ "namespace": [] }"#,
        r#"{ "namespace": { "orders": [] } }"#,
        r#"{ "namespace": { "orders": { "regions": "aws-us-east-1" } } }"#,
        r#"{ "endpoint": { "orders": { "worker_target": { "namespace": "orders" } } } }"#,
        r#"{ "endpoint": { "orders": { "target": {} } } }"#,
        r#"{ "allowlist": { "more": { "endpoint": "orders", "callers": null } } }"#,
        r#"{ "allowlist": { "more": { "endpoint": "orders", "callers": [], "expires": "soon" } } }"#,
        r#"{ "user": { "a@b.example": { "account_access": "king" } } }"#,
        r#"{ "lint": { "dangling-caller": "off" } }"#,
        r#"{ "lint": { "unproven": "off" } }"#,
        r#"{ "privatelink": { "hub": { "region": "aws-us-east-1", "connection_id": 7, "namespaces": [] } } }"#,
    ] {
        assert!(!validator().is_valid(&parse(wrong)), "{wrong}");
    }
}
