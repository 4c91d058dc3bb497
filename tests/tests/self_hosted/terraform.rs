//! The Endpoint in Terraform on a real server: its life, drift made by the CLI, conflicts, refusals and races.

use crate::scene::{ADDRESS, NAMESPACES, Scene, configuration, on_every_terraform, pay};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tests::server::Server;
use tests::terraform::Terraform;
use tests::workspace::Workspace;

const TAKES_MONEY: &str = "  description = \"Takes money.\"";

#[test]
fn an_endpoint_lives_and_dies() {
    on_every_terraform(|scene| {
        scene.configure(&pay("payments", "pay-queue", TAKES_MONEY));
        scene.workspace.validate().succeeds();
        scene.applied(&pay("payments", "pay-queue", TAKES_MONEY));
        let there = scene.server.endpoint("pay");
        assert_eq!((there["id"].as_str(), &there["version"]), (Some(&*scene.id()), &json!("1")));
        assert_eq!(there["spec"]["description"], "Takes money.");
        assert_eq!(
            there["spec"]["target"]["worker"],
            json!({ "namespace": "payments", "taskQueue": "pay-queue" })
        );

        let id = scene.id();
        let renamed = pay("vault", "v", "").replace("\"pay\"", "\"spend\"");
        scene.configure(&renamed);
        let planned = scene.workspace.plan().exits(2);
        assert_eq!(
            planned.warnings(),
            ["renaming Endpoint `pay` to `spend` breaks its callers", "the target of Endpoint `pay` changes"]
        );
        scene.applied(&renamed);
        let there = scene.server.endpoint("spend");
        assert_eq!((&there["id"], there["spec"].get("description")), (&json!(id), None));

        let outside = "resource \"temporalnexus_endpoint\" \"it\" {\n  name = \"spend\"\n  external_target = { url = \
                       \"https://spend.example/nexus\" }\n}\n";
        scene.applied(outside);
        assert_eq!(
            scene.server.endpoint("spend")["spec"]["target"]["external"]["url"],
            "https://spend.example/nexus"
        );

        scene.workspace.run(&["state", "rm", ADDRESS]).succeeds();
        for key in ["spend", &id] {
            scene.workspace.import(ADDRESS, key).succeeds();
            scene.is_settled();
            if key == "spend" {
                scene.workspace.run(&["state", "rm", ADDRESS]).succeeds();
            }
        }
        scene.workspace.destroy().succeeds().says("1 destroyed");
        assert!(scene.server.names().is_empty());
    });
}

#[test]
fn drift_is_shown_and_put_back() {
    on_every_terraform(|scene| {
        scene.applied(&pay("payments", "pay-queue", TAKES_MONEY));
        let before = scene.server.endpoint("pay")["spec"].clone();
        for (change, shown) in [
            (["--target-task-queue", "theirs"].as_slice(), "theirs"),
            (&["--target-namespace", "vault", "--target-task-queue", "pay-queue"], "vault"),
            (&["--target-url", "https://theirs.example"], "external_target"),
            (&["--description", "Theirs."], "Theirs."),
            (&["--unset-description"], "Takes money."),
        ] {
            scene.server.endpoint_cli(&[&["update", "--name", "pay"], change].concat());
            scene.workspace.plan().exits(2).says("0 to add, 1 to change, 0 to destroy").says(shown);
            scene.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");
            assert_eq!(scene.server.endpoint("pay")["spec"], before, "{change:?}");
        }
        scene.is_settled();
        scene.server.endpoint_cli(&["delete", "--name", "pay"]);
        scene.workspace.plan().exits(2).says("1 to add");
        scene.workspace.apply().succeeds();
        assert_eq!(scene.server.endpoint("pay")["spec"], before);
    });
}

/// Plans `to`, lets the CLI act, applies the plan.
#[track_caller]
fn meet(scene: &Scene, to: &str, cli: &[&str]) -> tests::run::Run {
    scene.configure(to);
    scene.workspace.plan_to("plan").succeeds();
    scene.server.endpoint_cli(cli);
    scene.workspace.apply_plan("plan")
}

#[test]
fn what_changed_since_the_plan_is_not_overwritten() {
    on_every_terraform(|scene| {
        scene.applied(&pay("payments", "pay-queue", TAKES_MONEY));
        let update = ["update", "--name", "pay", "--target-task-queue", "theirs"];
        let run = meet(scene, &pay("payments", "pay-queue", "  description = \"Ours.\""), &update);
        run.exits(1).says("`worker_target` of Endpoint `pay` was changed after the plan was created");
        let there = scene.server.endpoint("pay");
        assert_eq!(there["spec"]["target"]["worker"]["taskQueue"], "theirs");
        assert_eq!(there["spec"]["description"], "Takes money.");

        // The server does not compare versions on a deletion; what is deleted is read just before.
        scene.workspace.run(&["refresh", "-no-color"]).succeeds();
        scene.workspace.run(&["plan", "-no-color", "-destroy", "-out=plan"]).succeeds();
        scene.server.endpoint_cli(&["update", "--name", "pay", "--target-task-queue", "again"]);
        scene.workspace.apply_plan("plan").exits(1).says("was changed after the plan was created");
        assert_eq!(scene.server.names(), ["pay"]);
    });
}

#[test]
fn a_rename_takes_no_name_that_is_taken() {
    on_every_terraform(|scene| {
        scene.applied(&pay("payments", "pay-queue", ""));
        let create = ["create", "--name", "spend", "--target-namespace", "vault", "--target-task-queue", "q"];
        let renamed = pay("payments", "pay-queue", "").replace("\"pay\"", "\"spend\"");
        let run = meet(scene, &renamed, &create);
        run.exits(1).says("an Endpoint named `spend` already exists");
        assert_eq!(scene.server.names(), ["pay", "spend"]);
        scene.workspace.plan().exits(1).says("an Endpoint named `spend` already exists");
    });
}

/// A fault of the server that only a restart mends, as tried with 1.32.0.
#[test]
fn a_name_that_the_server_holds_after_a_rename_is_told_soon() {
    let terraform = Terraform::all().first().unwrap();
    let scene = Scene { server: Server::start(&NAMESPACES), workspace: Workspace::new(terraform) };
    scene.applied(&pay("payments", "pay-queue", ""));
    scene.applied(&pay("payments", "pay-queue", "").replace("\"pay\"", "\"spend\""));
    let again = pay("payments", "pay-queue", "").replace("\"it\"", "\"again\"");
    let both = format!("{}{again}", pay("payments", "pay-queue", "").replace("\"pay\"", "\"spend\""));
    scene.configure(&both);
    let started = Instant::now();
    let run = scene.workspace.apply().exits(1);
    run.says("The server refuses the name `pay` as in use").says("restart the server");
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn a_plan_refuses_what_a_server_has_not() {
    on_every_terraform(|scene| {
        scene.configure(&pay("paymnets", "q", ""));
        scene.workspace.plan().exits(1).says("the target `paymnets` does not exist");

        let allowed = pay("payments", "q", "  allowed_caller_namespaces = [\"orders\"]");
        scene.configure(&allowed);
        scene.workspace.plan().exits(1).says("self-hosted Temporal has no allowlists").says("Authorizer");
        let ignored = configuration(&scene.server.address(), "    allowlist = \"ignore\"", &allowed);
        scene.workspace.write("main.tf", &ignored);
        scene.workspace.apply().succeeds();
        scene.is_settled();
        assert_eq!(scene.workspace.attributes(ADDRESS)["allowed_caller_namespaces"], json!(["orders"]));

        for resource in [
            "resource \"temporalnexus_endpoint_allowlist\" \"it\" {\n  endpoint_id = \"e\"\n  allowed_caller_namespaces = [\"orders.a2dd6\"]\n}\n",
            "resource \"temporalnexus_endpoint_allowed_caller\" \"it\" {\n  endpoint_id = \"e\"\n  namespace_id = \"orders.a2dd6\"\n}\n",
        ] {
            scene.configure(resource);
            for refused in [scene.workspace.validate(), scene.workspace.plan()] {
                refused.exits(1).says("self-hosted Temporal has no allowlists");
            }
        }
    });
}

#[test]
fn a_target_that_was_deleted_is_told_and_replaced() {
    let setting = "frontend.allowDeleteNamespaceIfNexusEndpointTarget=true";
    let server = Server::with(&NAMESPACES, &[setting]);
    let terraform = Terraform::all().first().unwrap();
    let scene = Scene { server, workspace: Workspace::new(terraform) };
    scene.applied(&pay("payments", "q", ""));
    let _ = scene.server.cli(&["operator", "namespace", "delete", "-n", "payments", "--yes"]).succeeds();
    let gone = || scene.server.endpoint("pay")["spec"]["target"]["worker"]["namespace"] != json!("payments");
    while !gone() {}
    let planned = scene.workspace.plan().exits(1);
    planned.says("of Endpoint `pay` does not exist").says("the target `payments` does not exist");
    scene.applied(&pay("vault", "q", ""));
    let worker: Value = scene.server.endpoint("pay")["spec"]["target"]["worker"].clone();
    assert_eq!(worker, json!({ "namespace": "vault", "taskQueue": "q" }));
}

#[test]
fn a_missing_server_is_told() {
    let terraform = Terraform::all().first().unwrap();
    let workspace = Workspace::new(terraform);
    workspace.write("main.tf", &configuration("127.0.0.1:1", "", &pay("payments", "q", "")));
    workspace.plan().exits(1).says("Cannot reach `127.0.0.1:1`").says("whether the server uses TLS");
    let plain = "    api_key = \"k\"\n    tls {\n      disabled = true\n    }";
    workspace.write("main.tf", &configuration("127.0.0.1:1", plain, &pay("payments", "q", "")));
    workspace.plan().exits(1).says("TLS is disabled, but an API key is configured");
}
