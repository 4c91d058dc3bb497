//! The whole list: taken over with a word, changed in place, drifted, guarded, emptied.

use crate::scene::{LIST, Scene, list, on_every_terraform};
use serde_json::json;
use tests::account::spec;

fn of(callers: &[&str]) -> String {
    list("it", "\"PAY\"", callers)
}

#[test]
fn a_creation_lists_whom_it_revokes() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["cellar.tiny1", "shop.tiny1"]);
        scene.configure(&of(&["cart.tiny1", "shop.tiny1"]));
        let plan = scene.workspace.plan().exits(2).says("1 to add, 0 to change, 0 to destroy");
        assert_eq!(
            plan.warnings(),
            ["taking over the allowlist of Endpoint `pay` revokes callers"],
            "{plan}"
        );
        plan.says("revoked_caller_namespaces = [ + \"cellar.tiny1\", ]");
        assert_eq!(scene.callers(), ["cellar.tiny1", "shop.tiny1"]);

        scene.workspace.apply().succeeds().says("1 added, 0 changed, 0 destroyed");
        assert_eq!(scene.callers(), ["cart.tiny1", "shop.tiny1"]);
        let state = scene.workspace.attributes(LIST);
        assert_eq!(state["endpoint_id"], json!(scene.pay));
        assert_eq!(state["allowed_caller_namespaces"], json!(["cart.tiny1", "shop.tiny1"]));
        assert_eq!(state["revoked_caller_namespaces"], json!(["cellar.tiny1"]));
        scene.is_settled();
    });
}

#[test]
fn a_creation_that_revokes_nobody_is_quiet() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["shop.tiny1"]);
        let run = scene.apply(&of(&["shop.tiny1", "cart.tiny1"]));
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        assert_eq!(scene.workspace.attributes(LIST)["revoked_caller_namespaces"], json!([]));
        scene.is_settled();
    });
}

#[test]
fn changes_in_place_and_empties_when_destroyed() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        scene.apply(&of(&["shop.tiny1"]));
        let mut before: &[&str] = &["shop.tiny1"];
        for callers in [&["cart.tiny1", "shop.tiny1"] as &[&str], &["cart.tiny1"], &[], &["ledger.tiny1"]] {
            let run = scene.apply(&of(callers)).says("0 added, 1 changed, 0 destroyed");
            let revokes = before.iter().any(|caller| !callers.contains(caller));
            let expected: &[String] =
                if revokes { &[scene.with_id("callers of Endpoint `PAY` are revoked")] } else { &[] };
            assert_eq!(run.warnings(), expected, "{run}");
            before = callers;
            assert_eq!(scene.callers(), callers);
            scene.is_settled();
        }
        let before = scene.owner.endpoint("pay");
        let run = scene.workspace.destroy().succeeds().says("1 destroyed").says("`ledger.tiny1`");
        assert_eq!(run.warnings().len(), 1, "{run}");
        assert_eq!(scene.callers(), Vec::<String>::new());
        assert_eq!(scene.owner.endpoint("pay")["spec"]["targetSpec"], before["spec"]["targetSpec"]);
    });
}

#[test]
fn the_list_of_another_endpoint_is_taken_over_before_the_old_one_is_emptied() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        scene.apply(&of(&["shop.tiny1"]));
        scene.owner.create(&spec("other", "vault.tiny1", "q", &["cart.tiny1"]));
        let other = tests::account::id(&scene.owner.endpoint("other")).to_owned();
        scene.configure(&list("it", &format!("{other:?}"), &["shop.tiny1"]));
        scene.workspace.plan().exits(2).says("`cart.tiny1`");
        scene.workspace.apply().succeeds().says("0 added, 1 changed, 0 destroyed");
        assert_eq!((scene.callers(), scene.callers_of("other")), (Vec::new(), vec!["shop.tiny1".to_owned()]));
        scene.is_settled();
    });
}

#[test]
fn a_list_changed_outside_is_restored() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        scene.apply(&of(&["shop.tiny1"]));
        for callers in [&["shop.tiny1", "cellar.tiny1"] as &[&str], &[]] {
            scene.set_callers(callers);
            scene.workspace.plan().exits(2).says("0 to add, 1 to change, 0 to destroy");
            scene.workspace.apply().succeeds();
            assert_eq!(scene.callers(), ["shop.tiny1"]);
        }
        scene.is_settled();
    });
}

#[test]
fn a_list_changed_after_the_plan_is_not_overwritten() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["shop.tiny1"]);
        scene.configure(&of(&["cart.tiny1"]));
        scene.workspace.plan_to("creation").succeeds();
        scene.set_callers(&["shop.tiny1", "cellar.tiny1"]);
        scene
            .workspace
            .apply_plan("creation")
            .exits(1)
            .says("`cellar.tiny1`")
            .says(".revoked_caller_namespaces");
        assert_eq!(scene.callers(), ["cellar.tiny1", "shop.tiny1"]);

        scene.workspace.apply().succeeds();
        scene.configure(&of(&["vault.tiny1"]));
        scene.workspace.plan_to("update").succeeds();
        scene.set_callers(&["cart.tiny1", "cellar.tiny1"]);
        let run = scene.workspace.apply_plan("update").exits(1);
        run.says("`allowed_caller_namespaces`").says("cart.tiny1, cellar.tiny1 now");
        assert_eq!(scene.callers(), ["cart.tiny1", "cellar.tiny1"]);

        scene.workspace.run(&["plan", "-destroy", "-out=destruction"]).succeeds();
        scene.set_callers(&["ledger.tiny1"]);
        scene.workspace.apply_plan("destruction").exits(1).says("ledger.tiny1 now");
        assert_eq!(scene.callers(), ["ledger.tiny1"]);
    });
}

#[test]
fn the_owners_other_changes_are_no_obstacle() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        scene.configure(&of(&["cart.tiny1"]));
        scene.workspace.plan_to("plan").succeeds();
        scene.owner.change("pay", |spec| spec["name"] = json!("paid"));
        scene.workspace.apply_plan("plan").succeeds();
        assert_eq!(scene.callers_of("paid"), ["cart.tiny1"]);
        scene.is_settled();
    });
}

#[test]
fn a_gone_endpoint_takes_its_list_along() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        scene.apply(&of(&["cart.tiny1"]));
        scene.owner.delete("pay");
        let plan =
            scene.workspace.plan().exits(2).says(&scene.with_id("Endpoint with id `PAY` does not exist"));
        assert_eq!(plan.errors(), Vec::<&str>::new(), "{plan}");
        scene.configure("");
        scene.workspace.apply().succeeds();
        assert_eq!(scene.workspace.resource(LIST), None);
    });
}

/// Terraform before 1.12 hands a deletion the state from before the refresh.
#[test]
fn a_list_that_others_changed_before_the_plan_is_given_up() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        let list = "resource \"temporalnexus_endpoint_allowlist\" \"it\" {\n  endpoint_id = \"PAY\"\n  \
                    allowed_caller_namespaces = [\"cart.tiny1\", \"shop.tiny1\"]\n}\n";
        scene.apply(list);
        scene.set_callers(&["cart.tiny1"]);
        scene.configure("");
        scene.workspace.apply().succeeds().says("1 destroyed");
        assert_eq!(scene.callers(), Vec::<String>::new());
    });
}
