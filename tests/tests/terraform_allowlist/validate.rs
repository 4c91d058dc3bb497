//! What `terraform validate` finds without asking anyone, each at its attribute.

use crate::scene::{Scene, caller, list, on_every_terraform};

#[test]
fn each_problem_is_at_its_attribute() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        let timeouts = "allowed_caller_namespaces = []\n  timeouts {\n    create = \"soon\"\n  }";
        let empty = "allowed_caller_namespaces = []";
        let cases = [
            (
                caller("it", "\"\"", "cart.tiny1"),
                "an empty string is not an Endpoint id",
                "endpoint_id = \"\"",
            ),
            (caller("it", "\"a/b\"", "cart.tiny1"), "`a/b` is not an Endpoint id", "endpoint_id = \"a/b\""),
            (caller("it", "\"e1\"", "cart"), "`cart` is not a Namespace id", "namespace_id = \"cart\""),
            (list("it", "\"e 1\"", &[]), "`e 1` is not an Endpoint id", "endpoint_id = \"e 1\""),
            (
                list("it", "\"e1\"", &["cart"]),
                "`cart` is not a Namespace id",
                "allowed_caller_namespaces = [\"cart\"]",
            ),
            (
                list("it", "\"e1\"", &[]).replace(empty, timeouts),
                "`soon` is not a valid timeout",
                "create = \"soon\"",
            ),
        ];
        for (blocks, said, line) in cases {
            scene.configure(&blocks);
            let run = scene.workspace.validate().exits(1).says(said).says(line);
            assert_eq!(run.errors().len(), 1, "{run}");
        }
        scene.configure(&format!(
            "{}{}",
            caller("it", "\"e1\"", "cart.tiny1"),
            list("it", "\"e2\"", &["cart.tiny1"])
        ));
        scene.workspace.validate().succeeds();
    });
}
