//! Create, update, rename, retarget, destroy.

use crate::scene::{ADDRESS, Endpoint, PAY, PROVIDER, Scene, on_every_terraform};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tests::account::{callers, description, id, policies, spec};

#[test]
fn creates_what_is_written_and_then_finds_nothing_to_do() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&PAY);
        scene.workspace.plan().exits(2).says("1 to add, 0 to change, 0 to destroy");
        let run = scene.workspace.apply().succeeds().says("1 added, 0 changed, 0 destroyed");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");

        let there = scene.owner.endpoint("pay");
        let mut expected = spec("pay", "ledger.tiny1", "pay-queue", &["shop.tiny1"]);
        expected["description"] = description("Takes money.");
        assert_eq!(there["spec"], expected);

        let state = scene.workspace.attributes(ADDRESS);
        assert_eq!(state["id"], json!(id(&there)));
        assert_eq!(state["name"], "pay");
        assert_eq!(state["description"], "Takes money.");
        assert_eq!(
            state["worker_target"],
            json!({ "namespace_id": "ledger.tiny1", "task_queue": "pay-queue" })
        );
        assert_eq!(state["allowed_caller_namespaces"], json!(["shop.tiny1"]));
        scene.is_settled();
    });
}

#[test]
fn creates_an_endpoint_without_what_is_optional() {
    on_every_terraform(|terraform| {
        for callers in [None, Some(&[] as &[&str])] {
            let scene = Scene::with(terraform, &Endpoint { description: None, callers, ..PAY });
            let there = scene.owner.endpoint("pay");
            assert_eq!(there["spec"].get("description"), None);
            assert_eq!(tests::account::callers(&there), Vec::<String>::new());
            let state = scene.workspace.attributes(ADDRESS);
            assert_eq!(state["description"], Value::Null);
            assert_eq!(state["allowed_caller_namespaces"], callers.map_or(Value::Null, |_| json!([])));
            scene.is_settled();
        }
    });
}

#[test]
fn updates_each_attribute_in_place() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        let id = scene.id();
        let steps = [
            Endpoint { description: Some("Takes money and keeps it."), ..PAY },
            Endpoint { description: Some(""), ..PAY },
            Endpoint { description: None, ..PAY },
            PAY,
            Endpoint { callers: Some(&["cart.tiny1", "shop.tiny1"]), ..PAY },
            Endpoint { callers: Some(&["ledger.tiny1"]), ..PAY },
            Endpoint { callers: Some(&[]), ..PAY },
        ];
        for step in steps {
            scene.configure(&step);
            let run = scene.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");
            assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");

            let there = scene.owner.endpoint("pay");
            let mut expected = spec("pay", step.namespace, step.task_queue, step.callers.unwrap());
            if let Some(text) = step.description {
                expected["description"] = description(text);
            }
            let mut found = there["spec"].clone();
            let policies = found.as_object_mut().unwrap().remove("policySpecs");
            expected.as_object_mut().unwrap().remove("policySpecs");
            assert_eq!(found, expected, "{policies:?}");
            assert_eq!(callers(&there), step.callers.unwrap());
            assert_eq!(scene.id(), id);
            scene.is_settled();
        }
    });
}

#[test]
fn an_allowlist_that_leaves_the_configuration_is_left_to_others() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        scene.configure(&Endpoint { callers: None, description: Some("Others decide."), ..PAY });
        scene.workspace.apply().succeeds();
        assert_eq!(callers(&scene.owner.endpoint("pay")), ["shop.tiny1"]);
        assert_eq!(scene.workspace.attributes(ADDRESS)["allowed_caller_namespaces"], Value::Null);
        scene.is_settled();
    });
}

#[test]
fn a_rename_happens_in_place_and_warns_of_the_callers() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        let id = scene.id();
        scene.configure(&Endpoint { name: "checkout", ..PAY });
        let plan = scene.workspace.plan().exits(2).says("0 to add, 1 to change, 0 to destroy").says("pay");
        assert_eq!(plan.warnings().len(), 1, "{plan}");
        scene.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");

        assert_eq!(tests::account::id(&scene.owner.endpoint("checkout")), id);
        assert_eq!(scene.owner.find("pay"), None);
        assert_eq!(scene.id(), id);
        scene.is_settled();
    });
}

/// Two Endpoints with these names; the first one is changed a second after the second one.
fn pair(first: &str, second: &str) -> String {
    let endpoint = |address: &str, name: &str, rest: &str| {
        format!(
            "resource \"temporalnexus_endpoint\" {address:?} {{\n  name = {name:?}\n  worker_target = {{ namespace_id = \
             \"ledger.tiny1\", task_queue = \"q\" }}\n{rest}}}\n"
        )
    };
    let wait = format!(
        "resource \"terraform_data\" \"wait\" {{\n  triggers_replace = [{first:?}]\n  provisioner \"local-exec\" {{\n    command = \
         \"sleep 1\"\n  }}\n}}\n"
    );
    let late = endpoint("first", first, "  depends_on = [terraform_data.wait]\n");
    [PROVIDER, &wait, &late, &endpoint("second", second, "")].concat()
}

#[test]
fn a_rename_waits_for_a_name_that_another_rename_frees() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.workspace.write("main.tf", &pair("one", "two"));
        scene.workspace.apply().succeeds();
        let second = id(&scene.owner.endpoint("two")).to_owned();
        scene.workspace.write("main.tf", &pair("three", "one"));
        scene.workspace.apply().succeeds();
        assert_eq!(id(&scene.owner.endpoint("one")), second);
        scene.is_settled();
    });
}

#[test]
fn two_endpoints_do_not_wait_for_each_others_names() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.workspace.write("main.tf", &pair("one", "two"));
        scene.workspace.apply().succeeds();
        scene.workspace.write("main.tf", &pair("two", "one"));
        let began = Instant::now();
        let apply = scene.workspace.apply().exits(1);
        apply
            .says("Endpoint `one` cannot be renamed to `two`")
            .says("swaps the names of the Endpoints `one` and `two`");
        assert!(began.elapsed() < Duration::from_secs(60));
        scene.workspace.write("main.tf", &pair("three", "one"));
        scene.workspace.apply().succeeds();
        scene.is_settled();
    });
}

#[test]
fn a_retarget_happens_in_place_and_warns_of_where_calls_go() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        let id = scene.id();
        let steps = [
            (Endpoint { namespace: "vault.tiny1", ..PAY }, "`vault.tiny1`"),
            (Endpoint { namespace: "vault.tiny1", task_queue: "other-queue", ..PAY }, "`other-queue`"),
        ];
        for (step, said) in steps {
            scene.configure(&step);
            let plan = scene.workspace.plan().exits(2).says("0 to add, 1 to change, 0 to destroy").says(said);
            assert_eq!(plan.warnings().len(), 1, "{plan}");
            scene.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");

            let there = scene.owner.endpoint("pay");
            let expected = spec("pay", step.namespace, step.task_queue, &[]);
            assert_eq!(there["spec"]["targetSpec"], expected["targetSpec"]);
            assert_eq!(tests::account::id(&there), id);
            assert_eq!(scene.id(), id);
            scene.is_settled();
        }
    });
}

#[test]
fn a_destroy_warns_of_the_callers_that_it_cuts_off() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &PAY);
        let run = scene.workspace.destroy().succeeds().says("1 destroyed").says("shop.tiny1");
        assert_eq!(run.warnings().len(), 1, "{run}");
        assert_eq!(scene.owner.find("pay"), None);
        assert_eq!(scene.workspace.resource(ADDRESS), None);
        assert!(scene.owner.find("storage").is_some(), "others' Endpoints stay");
    });
}

#[test]
fn a_destroy_warns_once_of_those_whom_others_allowed() {
    on_every_terraform(|terraform| {
        for removed in [false, true] {
            let scene = Scene::with(terraform, &Endpoint { callers: None, ..PAY });
            for allowed in [&["vault.tiny1"][..], &["shop.tiny1"]] {
                scene.owner.change("pay", |spec| spec["policySpecs"] = policies(allowed));
            }
            let plan = if removed {
                scene.workspace.write("main.tf", PROVIDER);
                scene.workspace.plan().exits(2)
            } else {
                scene.workspace.run(&["plan", "-no-color", "-destroy"]).succeeds()
            };
            let plan = plan.says("`shop.tiny1`").never_says("vault.tiny1");
            assert_eq!(plan.warnings().len(), 1, "{plan}");
            let run = if removed { scene.workspace.apply() } else { scene.workspace.destroy() };
            let run = run.succeeds().says("1 destroyed").says("`shop.tiny1`").never_says("vault.tiny1");
            assert_eq!(run.warnings().len(), 1, "{run}");
        }
    });
}

#[test]
fn a_deletion_warns_of_those_whom_others_allowed_after_its_plan() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &Endpoint { callers: None, ..PAY });
        scene.owner.change("pay", |spec| spec["policySpecs"] = policies(&["shop.tiny1"]));
        scene.workspace.run(&["plan", "-no-color", "-destroy", "-out=plan"]).succeeds().says("`shop.tiny1`");
        scene.owner.change("pay", |spec| spec["policySpecs"] = policies(&["shop.tiny1", "vault.tiny1"]));
        let run =
            scene.workspace.apply_plan("plan").succeeds().says("`vault.tiny1`").never_says("shop.tiny1");
        assert_eq!(run.warnings().len(), 1, "{run}");
    });
}

#[test]
fn a_destroy_without_callers_is_quiet() {
    on_every_terraform(|terraform| {
        let scene = Scene::with(terraform, &Endpoint { callers: Some(&[]), ..PAY });
        let run = scene.workspace.destroy().succeeds().says("1 destroyed");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        assert_eq!(scene.owner.find("pay"), None);
    });
}
