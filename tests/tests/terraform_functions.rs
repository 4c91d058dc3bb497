//! The provider's functions as a configuration calls them, with neither a key nor a registry.

use serde_json::{Value, json};
use tests::terraform::Terraform;
use tests::workspace::Workspace;

fn workspace(terraform: &Terraform, calls: &[(&str, &str)]) -> Workspace {
    let output = |(name, call): &(&str, &str)| {
        format!("output \"{name}\" {{\n  value = provider::temporalnexus::{call}\n}}\n")
    };
    let outputs: String = calls.iter().map(output).collect();
    let workspace = Workspace::new(terraform);
    let source = "temporalnexus = { source = \"temporalnexus/temporalnexus\" }";
    workspace.write(
        "main.tf",
        &format!("terraform {{\n  required_providers {{\n    {source}\n  }}\n}}\n{outputs}"),
    );
    workspace
}

#[test]
fn functions_answer_without_a_key() {
    let calls = [
        ("aws", "privatelink_service_name(\"us-east-1\")"),
        ("same", "privatelink_service_name(\"aws-us-east-1\")"),
        ("gcp", "privatelink_service_name(\"gcp-us-east4\")"),
        ("host", "namespace_host(\"ledger.tiny1\")"),
        ("parts", "parse_namespace_id(\"ledger.tiny1\")"),
    ];
    for terraform in Terraform::all() {
        let workspace = workspace(terraform, &calls);
        workspace.validate().succeeds();
        workspace.apply().succeeds();
        let run = workspace.run(&["output", "-json"]).succeeds();
        let outputs: Value = serde_json::from_str(&run.stdout).unwrap();
        let output = |name| outputs.pointer(&format!("/{name}/value")).cloned().unwrap();
        let service = json!("com.amazonaws.vpce.us-east-1.vpce-svc-0822256b6575ea37f");
        assert_eq!((output("aws"), output("same")), (service.clone(), service));
        let service = "projects/prod-y399cvr9c2b43es2w3q3e4gvw/regions/us-east4/serviceAttachments/pl-8awsy";
        assert_eq!(output("gcp"), service);
        assert_eq!(output("host"), "ledger.tiny1.tmprl.cloud");
        assert_eq!(output("parts"), json!({ "name": "ledger", "account_id": "tiny1" }));
    }
}

#[test]
fn a_wrong_argument_is_named_where_it_stands() {
    for terraform in Terraform::all() {
        for (call, said) in [
            ("privatelink_service_name(\"mars-1\")", "region `mars-1` has no private service"),
            ("namespace_host(\"ledger\")", "`ledger` is not a Namespace id"),
            ("parse_namespace_id(\"Ledger.tiny1\")", "`Ledger.tiny1` is not a Namespace id"),
        ] {
            let run = workspace(terraform, &[("it", call)]).validate().exits(1);
            let _ = run.says(said).says(call).says("Invalid value for");
        }
    }
}
