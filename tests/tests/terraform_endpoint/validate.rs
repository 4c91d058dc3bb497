//! What `terraform validate` finds without asking anyone, each at its attribute.

use crate::scene::{PROVIDER, Scene, on_every_terraform};
use tests::workspace::ON_CLOUD;

const SOUND: &str = r#"
resource "temporalnexus_endpoint" "it" {
  name          = "pay"
  description   = "Takes money."
  worker_target = {
    namespace_id = "ledger.tiny1"
    task_queue   = "pay-queue"
  }
  allowed_caller_namespaces = ["cart.tiny1"]
  timeouts {
    create = "1m"
  }
}
"#;

#[test]
fn each_problem_is_at_its_attribute() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let long = format!("description   = \"{}\"", "x".repeat(100_000));
        let external = "external_target = { url = \"https://example.com\" }\n  allowed_caller_namespaces";
        let cases = [
            ("\"pay\"", "\"pay_now\"", "`pay_now` is not an Endpoint's name", "name          = \"pay_now\""),
            ("description   = \"Takes money.\"", &*long, "the description is too long", "description   ="),
            ("\"ledger.tiny1\"", "\"ledger\"", "`ledger` is not a Namespace id", "namespace_id = \"ledger\""),
            ("\"pay-queue\"", "\"\"", "is not a task queue", "task_queue   = \"\""),
            (
                "\"cart.tiny1\"",
                "\"cart\"",
                "`cart` is not a Namespace id",
                "allowed_caller_namespaces = [\"cart\"]",
            ),
            (
                "\"cart.tiny1\"",
                "\"cart.other\"",
                "target and callers are in different accounts",
                "allowed_caller_namespaces =",
            ),
            ("allowed_caller_namespaces", external, "only one target is allowed", "external_target ="),
            ("\"1m\"", "\"soon\"", "`soon` is not a valid timeout", "create = \"soon\""),
        ];
        for (sound, wrong, said, line) in cases {
            scene
                .workspace
                .write("main.tf", &format!("{PROVIDER}\n{ON_CLOUD}\n{}", SOUND.replace(sound, wrong)));
            let run = scene.workspace.validate().exits(1).says(said).says(line);
            assert_eq!(run.errors().len(), 1, "{run}");
        }
        scene.workspace.write("main.tf", &format!("{PROVIDER}\n{ON_CLOUD}\n{SOUND}"));
        scene.workspace.validate().succeeds();
    });
}

/// Terraform lets an explicit null pass where a nested attribute is required.
#[test]
fn a_null_inside_a_target_is_refused() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let variable = "variable \"nothing\" {\n  default = null\n}\n";
        for (sound, wrong, attribute) in
            [("\"ledger.tiny1\"", "var.nothing", "namespace_id"), ("\"pay-queue\"", "null", "task_queue")]
        {
            let endpoint = SOUND.replace(sound, wrong);
            scene.workspace.write("main.tf", &format!("{PROVIDER}\n{ON_CLOUD}\n{variable}\n{endpoint}"));
            scene.workspace.plan().exits(1).says(attribute).says("null");
            // What a variable is stays open where nobody has set it.
            if wrong == "null" {
                scene.workspace.validate().exits(1).says(attribute);
            }
        }
        let (before, after) = SOUND.split_once("worker_target").unwrap();
        let after = after.split_once("\n  }\n").unwrap().1;
        let external = format!("{before}external_target = {{ url = null }}\n{after}");
        scene.workspace.write("main.tf", &format!("{PROVIDER}\n{ON_CLOUD}\n{external}"));
        scene.workspace.validate().exits(1).says("url");
    });
}

#[test]
fn what_a_server_of_ones_own_may_have_is_left_to_plans_without_a_block() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let plain = SOUND.replace("ledger.tiny1", "ledger").replace("cart.tiny1", "cart");
        scene.workspace.write("main.tf", &format!("{PROVIDER}\n{plain}"));
        scene.workspace.validate().succeeds();
        let plan = scene.workspace.plan().exits(1).says("`ledger` is not a Namespace id");
        assert_eq!(plan.says("`cart` is not a Namespace id").errors().len(), 2);
        let foreign = SOUND.replace("cart.tiny1", "cart.other");
        scene.workspace.write("main.tf", &format!("{PROVIDER}\n{foreign}"));
        scene.workspace.validate().succeeds();
        scene.workspace.plan().exits(1).says("target and callers are in different accounts");
    });
}
