//! What a plan refuses, so that no apply stops half-way.

use crate::scene::{CI, HUB, LEDGER, REGION, Scene, VAULT, mapping, mapping_of, on_every_terraform};

/// The configuration is refused with one error that says all of `said`, by `terraform validate` already.
#[track_caller]
fn invalid(blocks: &str, said: &[&str]) {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        scene.configure(blocks);
        let run = scene.workspace.validate().exits(1);
        assert_eq!(run.errors().len(), 1, "{run}");
        said.iter().fold(run, |run, text| run.says(text));
    });
}

#[test]
fn a_region_without_a_private_service() {
    let meant =
        ["region `us-east-1` has no private service", "Use `aws-us-east-1`", "region = \"us-east-1\""];
    invalid(&mapping_of("us-east-1", HUB, ""), &meant);
    invalid(&mapping_of("azure-centralus", HUB, ""), &["`azure-centralus`", "region = \"azure-centralus\""]);
}

#[test]
fn a_connection_of_another_kind() {
    let said = ["`vpc-0123` is not a valid connection id", "connection_id = \"vpc-0123\""];
    invalid(&mapping_of(REGION, "vpc-0123", ""), &said);
    invalid(&mapping_of("gcp-us-east4", "31415", ""), &["has no project"]);
    invalid(&mapping("gcp_project_id = \"acme-prod\""), &["has a project", "gcp_project_id = \"acme-prod\""]);
}

#[test]
fn another_service() {
    let other = "service_name = \"com.amazonaws.vpce.us-east-1.vpce-svc-0f44b3d7302816b94\"";
    invalid(
        &mapping(other),
        &["not Temporal's service in `aws-us-east-1`", "vpce-svc-0822256b6575ea37f", other],
    );
}

#[test]
fn other_attributes_that_cannot_be() {
    invalid(&mapping("namespace_ids = [\"ledger\"]"), &["`ledger` is not a Namespace id", "namespace_ids ="]);
    invalid(&mapping("endpoint_address = \"https://x\""), &["`https://x` is not", "endpoint_address ="]);
    invalid(
        &mapping("timeouts {\n    create = \"soon\"\n  }"),
        &["`soon` is not a valid timeout", "create = \"soon\""],
    );
}

#[test]
fn a_first_rule_that_closes_a_namespace() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let both = "namespace_ids = [\"ledger.tiny1\", \"vault.tiny1\"]";
        scene.configure(&mapping(both));
        let plan = scene.workspace.plan().exits(1);
        let errors = [
            "`ledger.tiny1` would be closed to the internet",
            "`vault.tiny1` would be closed to the internet",
        ];
        assert_eq!(plan.errors(), errors, "{plan}");
        let _ = plan
            .says("Workers and clients that connect in any other way stop working")
            .says("keep_public = true")
            .says(both);
        assert!(scene.owner.rules().is_empty());

        scene.configure(&mapping(&format!("{both}\n  allow_public_lockout = true")));
        let run = scene.workspace.apply().succeeds();
        assert_eq!(run.warnings(), errors, "{run}");
        scene.is_settled();

        scene.configure(&mapping("namespace_ids = [\"ledger.tiny1\"]"));
        let plan = scene.workspace.plan().exits(1);
        assert_eq!(plan.errors(), ["`vault.tiny1` would be opened to the internet"], "{plan}");
        scene.configure("");
        let run = scene.workspace.destroy().exits(1).says("apply that change before you destroy");
        assert_eq!(run.errors().len(), 2, "{run}");
        scene.configure(&mapping("namespace_ids = [\"ledger.tiny1\"]\n  allow_public_reopen = true"));
        let run = scene.workspace.apply().succeeds();
        assert_eq!(run.warnings(), ["`vault.tiny1` would be opened to the internet"], "{run}");
        scene.is_settled();
        scene.workspace.destroy().succeeds();
        assert!(scene.attached(LEDGER).is_empty() && scene.attached(VAULT).is_empty());
        assert!(scene.owner.rules().is_empty());
    });
}

#[test]
fn an_apply_that_has_come_to_close_or_open_a_namespace() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let spoke = scene.spoke();
        scene.owner.attach(LEDGER, &[&spoke]);
        scene.configure(&mapping("namespace_ids = [\"ledger.tiny1\"]"));
        scene.workspace.plan_to("plan").succeeds();
        scene.owner.attach(LEDGER, &[]);
        scene.workspace.apply_plan("plan").exits(1).says("`ledger.tiny1` would be closed to the internet");
        assert!(scene.attached(LEDGER).is_empty());

        scene.owner.attach(LEDGER, &[&spoke]);
        scene.applies("1 added");
        scene.configure(&mapping("namespace_ids = []"));
        scene.workspace.plan_to("plan").succeeds();
        let rule = scene.rule_id();
        scene.owner.attach(LEDGER, &[&rule]);
        scene.workspace.apply_plan("plan").exits(1).says("`ledger.tiny1` would be opened to the internet");
        assert_eq!(scene.attached(LEDGER), [rule]);
    });
}

#[test]
fn namespaces_that_the_connection_does_not_reach() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        for (namespace, said) in [
            ("ledgr.tiny1", "the Namespace `ledgr.tiny1` does not exist"),
            ("ledger.other9", "the Namespace `ledger.other9` is in another account"),
            ("attic.tiny1", "`attic.tiny1` is not in `aws-us-east-1`"),
        ] {
            let line = format!("namespace_ids = [{namespace:?}]");
            scene.configure(&mapping(&format!("{line}\n  keep_public = true")));
            let plan = scene.workspace.plan().exits(1);
            assert_eq!(plan.errors().len(), 1, "{plan}");
            let _ = plan.says(said).says(&line);
        }
        assert!(scene.owner.rules().is_empty());
    });
}

#[test]
fn an_identity_that_may_not() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::new(terraform);
        scene.act_as(CI);
        scene.configure(&mapping("namespace_ids = [\"shop.tiny1\"]\n  keep_public = true"));
        let plan = scene.workspace.plan().exits(1);
        let _ = plan.says("Global Admin or Owner").says("Namespace Admin on `shop.tiny1`");
        // Whoever may attach, and nothing else, changes Namespaces of a rule that is there.
        scene.act_as(crate::scene::ADA);
        scene.public();
        scene.configure(&mapping("namespace_ids = []\n  keep_public = true"));
        scene.applies("1 added");
        scene.act_as(CI);
        scene.configure(&mapping("namespace_ids = [\"ledger.tiny1\"]\n  keep_public = true"));
        scene.applies("1 changed");
    });
}

#[test]
fn a_connection_that_has_a_rule_already() {
    on_every_terraform(|terraform| {
        let scene = Scene::new(terraform);
        let hub = scene.hub();
        scene.configure(&mapping(""));
        let plan = scene.workspace.plan().exits(1).says("the connection already has a connectivity rule");
        let _ = plan.says("connection_id =").says(&format!("id = {hub:?}")).says("import {");
        let import = format!("import {{\n  to = {}\n  id = {hub:?}\n}}\n", crate::scene::ADDRESS);
        scene.configure(&(mapping("") + &import));
        scene.workspace.apply().succeeds().says("1 imported, 0 added");
        assert_eq!(scene.owner.rules().len(), 1);
    });
}
