//! One caller: created, replaced, drifted, destroyed, and never a word about the others.

use crate::scene::{CALLER, Scene, caller, on_every_terraform};
use serde_json::json;
use tests::account::spec;

fn cart() -> String {
    caller("it", "\"PAY\"", "cart.tiny1")
}

#[test]
fn is_added_beside_the_others_and_removed_without_them() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["shop.tiny1"]);
        let run = scene.apply(&cart()).says("1 added, 0 changed, 0 destroyed");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        assert_eq!(scene.callers(), ["cart.tiny1", "shop.tiny1"]);
        let state = scene.workspace.attributes(CALLER);
        assert_eq!(
            (&state["endpoint_id"], &state["namespace_id"]),
            (&json!(scene.pay), &json!("cart.tiny1"))
        );
        scene.is_settled();

        scene.set_callers(&["cart.tiny1", "cellar.tiny1"]);
        scene.is_settled();
        let run = scene.workspace.destroy().succeeds().says("1 destroyed");
        assert_eq!(run.warnings(), [scene.with_id("callers of Endpoint `PAY` are revoked")], "{run}");
        assert_eq!(scene.callers(), ["cellar.tiny1"]);
    });
}

#[test]
fn one_that_is_there_already_is_a_success() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["cart.tiny1", "shop.tiny1"]);
        let before = scene.owner.endpoint("pay");
        scene.apply(&cart()).says("1 added");
        assert_eq!(scene.owner.endpoint("pay"), before, "nothing was written");
        scene.is_settled();
    });
}

#[test]
fn another_namespace_or_endpoint_is_allowed_before_the_old_one_is_removed() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["shop.tiny1"]);
        scene.apply(&cart());
        let run =
            scene.apply(&caller("it", "\"PAY\"", "vault.tiny1")).says("0 added, 1 changed, 0 destroyed");
        assert_eq!(run.warnings(), [scene.with_id("callers of Endpoint `PAY` are revoked")], "{run}");
        assert_eq!(scene.callers(), ["shop.tiny1", "vault.tiny1"]);

        scene.owner.create(&spec("other", "vault.tiny1", "q", &[]));
        let other = tests::account::id(&scene.owner.endpoint("other")).to_owned();
        scene
            .apply(&caller("it", &format!("{other:?}"), "vault.tiny1"))
            .says("0 added, 1 changed, 0 destroyed");
        assert_eq!(
            (scene.callers(), scene.callers_of("other")),
            (vec!["shop.tiny1".into()], vec!["vault.tiny1".into()])
        );
        scene.is_settled();
    });
}

#[test]
fn made_anew_before_it_is_destroyed_it_stays() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["shop.tiny1"]);
        let first = "namespace_id = \"cart.tiny1\"\n  lifecycle { create_before_destroy = true }";
        scene.apply(&cart().replace("namespace_id = \"cart.tiny1\"", first));
        let replace = format!("-replace={CALLER}");
        let run = ["apply", "-no-color", "-input=false", "-auto-approve", &replace];
        scene.workspace.run(&run).succeeds().says("1 added, 0 changed, 1 destroyed");
        assert_eq!(scene.callers(), ["cart.tiny1", "shop.tiny1"]);
        scene.is_settled();
    });
}

#[test]
fn a_timeout_changes_nothing_in_the_account() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        scene.apply(&cart());
        let before = scene.owner.endpoint("pay");
        let timeouts = "namespace_id = \"cart.tiny1\"\n  timeouts {\n    delete = \"2m\"\n  }";
        scene.apply(&cart().replace("namespace_id = \"cart.tiny1\"", timeouts)).says("0 added, 1 changed");
        assert_eq!(scene.owner.endpoint("pay"), before);
        scene.is_settled();
    });
}

#[test]
fn removed_outside_it_is_added_again() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &["shop.tiny1"]);
        scene.apply(&cart());
        scene.set_callers(&["cellar.tiny1"]);
        scene.workspace.plan().exits(2).says("1 to add, 0 to change, 0 to destroy");
        scene.workspace.apply().succeeds();
        assert_eq!(scene.callers(), ["cart.tiny1", "cellar.tiny1"]);
        scene.is_settled();
    });
}

#[test]
fn a_gone_endpoint_is_gone() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        scene.apply(&cart());
        scene.workspace.plan_to("plan").succeeds();
        scene.owner.delete("pay");
        let said = scene.with_id("Endpoint with id `PAY` does not exist");
        // What this run read as gone is no error: a destroy plans it too.
        let plan = scene.workspace.plan().exits(2).says(&said).says("endpoint_id = ");
        assert_eq!(plan.errors(), Vec::<&str>::new(), "{plan}");
        scene.workspace.apply().exits(1).says(&said);
        scene.workspace.destroy().succeeds();
        assert_eq!(scene.workspace.resource(CALLER), None);
    });
}

#[test]
fn deleted_between_plan_and_apply_the_endpoint_is_named() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        scene.configure(&cart());
        scene.workspace.plan_to("plan").succeeds();
        scene.owner.delete("pay");
        scene.workspace.apply_plan("plan").exits(1).says(&scene.with_id("`PAY`")).says("endpoint_id");
        assert_eq!(scene.workspace.resource(CALLER), None);
    });
}

#[test]
fn a_name_in_the_place_of_the_id_is_told_the_id() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform, &[]);
        scene.configure(&caller("it", "\"pay\"", "cart.tiny1"));
        scene.workspace.plan().exits(1).says("`pay` is the name of an Endpoint").says(&scene.pay);
    });
}

#[test]
fn who_may_not_change_the_list_may_not_give_it_up_either() {
    on_every_terraform(|terraform| {
        let list = "resource \"temporalnexus_endpoint_allowlist\" \"it\" {\n  endpoint_id = \"PAY\"\n  \
                    allowed_caller_namespaces = [\"cart.tiny1\"]\n}\n";
        for blocks in [&*cart(), list] {
            let mut scene = Scene::new(terraform, &[]);
            scene.apply(blocks);
            scene.act_as("service_account.reader");
            let refused = "may not update Endpoint `pay`";
            scene.workspace.run(&["plan", "-destroy", "-no-color", "-input=false"]).exits(1).says(refused);
            scene.configure("");
            scene.workspace.plan().exits(1).says(refused);
            assert_eq!(scene.callers(), ["cart.tiny1"]);
        }
    });
}

#[test]
fn who_may_not_change_the_list_is_refused_at_plan() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::new(terraform, &[]);
        scene.act_as("service_account.reader");
        scene.configure(&cart());
        scene
            .workspace
            .plan()
            .exits(1)
            .says("may not update Endpoint `pay`")
            .says("Namespace Admin on `ledger.tiny1`");
        scene.act_as("user.ada@tiny.example");
        scene.configure(&caller("it", "\"PAY\"", "nobody.tiny1"));
        scene
            .workspace
            .plan()
            .exits(1)
            .says("the caller `nobody.tiny1` does not exist")
            .says("namespace_id = ");
    });
}
