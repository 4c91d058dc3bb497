//! The provider block and the logs: which account, whose rights, how strictly, and never the key.

use crate::scene::{Endpoint, PAY, Scene, on_every_terraform};
use tests::dev::{Dev, fixture};

impl Scene {
    /// Adds a provider block with these lines.
    #[track_caller]
    fn provider(&self, lines: &str) {
        self.workspace.write("provider.tf", &format!("provider \"temporalnexus\" {{\n  {lines}\n}}\n"));
    }
}

#[test]
fn with_the_key_of_another_account_nothing_is_asked_but_the_account() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::new(terraform);
        let audit = scene.workspace.path().join("audit");
        let dev = Dev::with(&fixture("tiny.nexus.hcl"), &["--audit", audit.to_str().unwrap()]);
        scene.workspace.set(dev.environment(dev.key("service_account.ci")));
        scene.workspace.set([("TEMPORAL_CLOUD_ALLOWED_ACCOUNT_ID", "other9")]);
        scene.configure(&PAY);
        scene.workspace.plan().exits(1).says("the API key belongs to another account").says("`tiny1`");
        let calls = std::fs::read_to_string(&audit).unwrap();
        assert!(!calls.is_empty() && calls.lines().all(|call| call.contains("GetAccount")), "{calls}");
    });
}

#[test]
fn a_key_that_only_reads_plans_for_the_one_who_applies() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::new(terraform);
        scene.act_as("service_account.reader");
        scene.configure(&Endpoint { callers: Some(&[]), ..PAY });
        scene.workspace.plan().exits(1).says("`service_account.reader` may not create");
        scene.provider("apply_as = \"service_account.ci\"");
        scene.workspace.plan_to("plan").succeeds();

        scene.act_as("service_account.ci");
        scene.workspace.apply_plan("plan").succeeds().says("1 added");
        scene.is_settled();

        scene.act_as("service_account.reader");
        scene.configure(&Endpoint { namespace: "attic.tiny1", callers: Some(&[]), ..PAY });
        scene.workspace.plan().exits(1).says("`service_account.ci` may not update");
    });
}

#[test]
fn checks_are_errors_warnings_or_left_out() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::new(terraform);
        scene.act_as("user.ada@tiny.example");
        scene.configure(&Endpoint { callers: Some(&["shp.tiny1"]), ..PAY });
        for (strictness, code, said) in [("error", 1, true), ("warn", 2, true), ("off", 2, false)] {
            scene.provider(&format!("plan_checks = {{ existence = {strictness:?} }}"));
            let plan = scene.workspace.plan().exits(code);
            match said {
                true => plan.says("the caller `shp.tiny1` does not exist"),
                false => plan.never_says("does not exist"),
            };
        }
        scene.provider("plan_checks = { permission = \"maybe\" }");
        scene.workspace.validate().exits(1).says("`maybe` is not a valid plan check");
    });
}

#[test]
fn the_log_shows_requests_and_never_the_key() {
    on_every_terraform(|terraform| {
        let mut scene = Scene::new(terraform);
        scene.workspace.set([("TF_LOG", "trace")]);
        scene.configure(&PAY);
        let key = scene.dev.key("service_account.ci");
        let run = scene.workspace.apply().succeeds().never_says(key);
        assert!(
            run.stderr.contains("/cloud/nexus/endpoints") && run.stderr.contains("request body"),
            "{run}"
        );
        let state = std::fs::read_to_string(scene.workspace.path().join("terraform.tfstate")).unwrap();
        assert!(!state.contains(key), "the state holds the key");
    });
}
