//! `terraform validate` knows only what is written: names are judged by the rules of the server where the provider's block
//! chooses one, and where the block is elsewhere nothing is refused that may be right.

use crate::scene::{configuration, pay};
use tests::terraform::Terraform;
use tests::workspace::{ON_CLOUD, PROVIDER, Workspace, on_server};

/// Each place that takes a Namespace.
const READS: &str = "data \"temporalnexus_namespace\" \"it\" {\n  id = \"payments\"\n}\n\
                     data \"temporalnexus_endpoints\" \"it\" {\n  target_namespace_id = \"payments\"\n}\n\
                     data \"temporalnexus_access\" \"it\" {\n  caller_namespace_id = \"orders\"\n}\n";

#[track_caller]
fn on_every_terraform(test: impl Fn(&Workspace)) {
    Terraform::all().iter().for_each(|terraform| test(&Workspace::new(terraform)));
}

#[test]
fn a_module_whose_provider_is_configured_elsewhere_is_not_refused() {
    let module = format!("{PROVIDER}\n{}\n{READS}", pay("payments", "q", "  allowed_caller_namespaces = []"));
    on_every_terraform(|workspace| {
        workspace.write("main.tf", &module);
        workspace.validate().succeeds();

        std::fs::create_dir(workspace.path().join("pay")).unwrap();
        workspace.write("pay/main.tf", &module);
        let chosen = on_server("temporal.example", "");
        workspace.write(
            "main.tf",
            &format!("{PROVIDER}\n{chosen}\nmodule \"pay\" {{\n  source = \"./pay\"\n}}\n"),
        );
        workspace.run(&["get"]).succeeds();
        workspace.validate().succeeds();
        // The same module under a provider of Temporal Cloud is wrong, wherever it takes a Namespace.
        workspace.write(
            "main.tf",
            &format!("{PROVIDER}\n{ON_CLOUD}\nmodule \"pay\" {{\n  source = \"./pay\"\n}}\n"),
        );
        let refused = workspace.validate().exits(1).says("`payments` is not a Namespace id");
        assert_eq!(refused.errors().len(), 4, "{refused}");
    });
}

#[test]
fn what_no_registry_takes_is_refused_without_a_block_too() {
    on_every_terraform(|workspace| {
        workspace.write("main.tf", &format!("{PROVIDER}\n{}", pay("", "q", "")));
        workspace.validate().exits(1).says("an empty string is not a Namespace id");
        let none = "resource \"temporalnexus_endpoint\" \"it\" {\n  name = \"pay\"\n}\n";
        workspace.write("main.tf", &format!("{PROVIDER}\n{none}"));
        workspace.validate().exits(1).says("a target is required").says("external_target");
    });
}

#[test]
fn with_the_block_a_servers_own_rules_hold() {
    on_every_terraform(|workspace| {
        let validate = |namespace: &str| {
            workspace.write("main.tf", &configuration("temporal.example", "", &pay(namespace, "q", "")));
            workspace.validate()
        };
        validate("Payments_EU").succeeds();
        validate("payments.a2dd6").succeeds();
        validate(&"x".repeat(2000)).exits(1).says("is not a Namespace id");
    });
}

#[test]
fn a_list_of_what_a_server_lacks_is_refused() {
    let lists = [
        ("endpoint_allowed_caller", "self-hosted Temporal has no allowlists"),
        ("privatelink_mapping", "self-hosted Temporal has no private connectivity"),
    ];
    for terraform in Terraform::all().iter().filter(|terraform| terraform.at_least(1, 14)) {
        let workspace = Workspace::new(terraform);
        workspace.write("main.tf", &configuration("temporal.example", "", ""));
        for (kind, said) in lists {
            let list = format!("list \"temporalnexus_{kind}\" \"all\" {{\n  provider = temporalnexus\n}}\n");
            workspace.write("all.tfquery.hcl", &list);
            workspace.run(&["validate", "-no-color", "-query"]).exits(1).says(said);
        }
    }
}
