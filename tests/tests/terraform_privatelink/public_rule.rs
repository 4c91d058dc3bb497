//! `temporalnexus_public_connectivity_rule`.

use crate::scene::{CI, PROVIDER, Scene, on_every_terraform};
use serde_json::json;
use tests::account::id;

const ADDRESS: &str = "temporalnexus_public_connectivity_rule.it";

/// The resource with these lines in it.
fn rule(lines: &str) -> String {
    format!("resource \"temporalnexus_public_connectivity_rule\" \"it\" {{\n{lines}\n}}\n")
}

#[test]
fn is_created_and_destroyed() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&rule(""));
        scene.applies("1 added");
        let there = scene.owner.rules();
        assert_eq!((there.len(), &there[0]["spec"]), (1, &json!({ "publicRule": {} })));
        let state = scene.workspace.attributes(ADDRESS);
        assert_eq!((state["id"].as_str(), &state["enable_stable_ips"]), (Some(id(&there[0])), &json!(false)));
        scene.configure(&rule("  timeouts {\n    delete = \"1m\"\n  }"));
        scene.applies("1 changed");
        assert_eq!(scene.owner.rules(), there);
        scene.workspace.destroy().succeeds().says("1 destroyed");
        assert!(scene.owner.rules().is_empty());
    });
}

#[test]
fn one_that_exists_is_taken_instead_of_a_second_one() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let existing = scene.owner.create_rule(&json!({ "publicRule": { "enableStableIps": true } }));
        scene.configure(&rule(""));
        let run = scene.workspace.apply().succeeds().says("1 added").says(&existing);
        assert_eq!(run.warnings(), ["the account already has a public connectivity rule"], "{run}");
        let state = scene.workspace.attributes(ADDRESS);
        assert_eq!((&state["id"], &state["enable_stable_ips"]), (&json!(existing), &json!(true)));
        assert_eq!(scene.owner.rules().len(), 1);
        scene.is_settled();
    });
}

#[test]
fn one_that_is_different_is_refused_while_planning() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let existing = scene.public();
        scene.configure(&rule("  enable_stable_ips = true"));
        scene
            .workspace
            .plan()
            .exits(1)
            .says(&existing)
            .says("enable_stable_ips = true")
            .says("import the rule");
    });
}

#[test]
fn other_addresses_replace_it() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&rule(""));
        scene.applies("1 added");
        let before = scene.owner.rules();
        scene.configure(&rule("  enable_stable_ips = true"));
        scene
            .workspace
            .plan()
            .exits(2)
            .says("# forces replacement")
            .says("1 to add, 0 to change, 1 to destroy");
        scene.workspace.apply().succeeds().says("1 added, 0 changed, 1 destroyed");
        scene.is_settled();
        let after = scene.owner.rules();
        assert_eq!((after.len(), &after[0]["spec"]["publicRule"]["enableStableIps"]), (1, &json!(true)));
        assert_ne!(id(&before[0]), id(&after[0]));
    });
}

#[test]
fn an_attached_one_is_neither_replaced_nor_destroyed_by_surprise() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let brief = "  timeouts {\n    delete = \"1s\"\n  }";
        scene.configure(&rule(brief));
        scene.applies("1 added");
        let existing = id(&scene.owner.rules()[0]).to_owned();
        scene.owner.attach("ledger.tiny1", &[&existing]);
        scene.configure(&rule(&format!("  enable_stable_ips = true\n{brief}")));
        let plan = scene.workspace.plan().exits(2).says("`ledger.tiny1`");
        assert_eq!(plan.warnings().len(), 1, "{plan}");
        scene.configure(&rule(brief));
        scene.workspace.destroy().exits(1).says("is still attached").says("`ledger.tiny1`");
        assert_eq!(scene.attached("ledger.tiny1"), [existing]);
        scene.is_settled();
    });
}

#[test]
fn one_that_is_deleted_outside_is_made_anew() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&rule(""));
        scene.applies("1 added");
        scene.owner.delete_rule(id(&scene.owner.rules()[0]));
        scene.workspace.plan().exits(2).says("1 to add, 0 to change, 0 to destroy");
        scene.workspace.apply().succeeds();
        scene.is_settled();
        assert_eq!(scene.owner.rules().len(), 1);
    });
}

#[test]
fn is_imported_by_id_by_word_and_by_identity() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let existing = scene.public();
        scene.configure(&rule(""));
        for key in [existing.as_str(), "public"] {
            scene.workspace.import(ADDRESS, key).succeeds();
            scene.is_settled();
            scene.workspace.run(&["state", "rm", ADDRESS]).succeeds();
        }
        scene.workspace.import(ADDRESS, "other").exits(1).says("`other` is not the account's public");

        let mut keys = vec![format!("id = {existing:?}")];
        if scene.workspace.at_least(1, 12) {
            keys.push(format!("identity = {{ id = {existing:?} }}"));
        }
        for key in keys {
            let import = format!("{PROVIDER}\nimport {{\n  to = {ADDRESS}\n  {key}\n}}\n");
            scene.workspace.write("main.tf", &import);
            let plan = ["plan", "-no-color", "-input=false", "-generate-config-out=generated.tf"];
            scene.workspace.run(&plan).succeeds().says("1 to import, 0 to add, 0 to change, 0 to destroy");
            scene.workspace.apply().succeeds().says("1 imported, 0 added, 0 changed, 0 destroyed");
            scene.is_settled();
            scene.workspace.run(&["state", "rm", ADDRESS]).succeeds();
            std::fs::remove_file(scene.workspace.path().join("generated.tf")).unwrap();
        }
    });
}

#[test]
fn whoever_may_not_create_it_is_told_while_planning() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::new(terraform);
        scene.act_as(CI);
        scene.configure(&rule(""));
        scene
            .workspace
            .plan()
            .exits(1)
            .says("may not create the public connectivity rule")
            .says("Global Admin");
    });
}

#[test]
fn a_wrong_configuration_is_told_where_it_is_wrong() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&rule("  timeouts {\n    create = \"soon\"\n  }"));
        scene.workspace.validate().exits(1).says("`soon` is not a valid timeout").says("create = \"soon\"");
    });
}

#[test]
fn an_import_where_there_is_none_says_so() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(&rule(""));
        scene
            .workspace
            .import(ADDRESS, "public")
            .exits(1)
            .says("the account has no public connectivity rule");
    });
}

/// While its id is not known, a rule of the same configuration may be the public rule, which closes nothing.
#[test]
fn one_of_the_same_run_is_attached_without_keep_public() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let attachment = |rule: &str| {
            format!(
                "resource \"temporalnexus_privatelink_attachment\" \"it\" {{\n  connectivity_rule_id = {rule}\n  namespace_id = \
                 \"ledger.tiny1\"\n}}\n"
            )
        };
        scene.configure(&(rule("") + &attachment(&format!("{ADDRESS}.id"))));
        scene.workspace.plan().exits(2).says("may be the public rule");
        scene.workspace.apply().succeeds().says("2 added");
        assert_eq!(scene.attached("ledger.tiny1").len(), 1);
        scene.is_settled();

        // A private one is refused as before, at the apply that knows it.
        let scene = Scene::new(terraform);
        let private = crate::scene::mapping("");
        let of_mapping = attachment(&format!("{}.connectivity_rule_id", crate::scene::ADDRESS));
        scene.configure(&(private.clone() + &of_mapping));
        scene.workspace.plan().exits(1).says("`ledger.tiny1` would be closed to the internet");
        scene.configure(&(rule("") + &private + &of_mapping));
        scene.workspace.apply().exits(1).says("`ledger.tiny1` would be closed to the internet");
        assert!(scene.attached("ledger.tiny1").is_empty());
    });
}
