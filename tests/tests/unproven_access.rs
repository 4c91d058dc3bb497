//! Access that is not understood: what it may allow is denied nowhere, and what the registry allows goes through.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use std::fs;
use tests::account::Account;
use tests::dev::Dev;
use tests::identity_front::IdentityFront;
use tests::nexusc::nexusc_in;
use tests::run::Run;
use tests::terraform::on_every_terraform;
use tests::workspace::{PROVIDER, Workspace};

const SEED: &str = r#"account { id = "tiny1" }
namespace "ledger" { regions = ["aws-us-east-1"] }
user "ann" {
  name           = "ann@tiny.example"
  account_access = "read"
}
group "devs" {
  account_access = "read"
  members        = [user.ann]
}
service_account "bot" { account_access = "read" }
"#;

const ANN: &str = "user.ann@tiny.example";
const BOT: &str = "service_account.bot";

/// Who acts, whose access is shown in which way, and the reason that is given.
struct Case {
    actor: &'static str,
    shown: &'static str,
    change: fn(&mut Value),
    cause: &'static str,
}

fn access(spec: &mut Value, access: Value) {
    if let Some(spec) = spec.as_object_mut() {
        spec.insert("access".to_owned(), access);
    }
}

const CASES: [Case; 9] = [
    Case {
        actor: ANN,
        shown: "ann@tiny.example",
        change: |spec| {
            let projects = json!({ "p1": { "role": "PROJECT_ROLE_ADMIN" } });
            access(spec, json!({ "accountAccess": { "role": "ROLE_READ" }, "projectAccesses": projects }));
        },
        cause: "it has Project access that is not understood (`access.projectAccesses`)",
    },
    Case {
        actor: BOT,
        shown: "bot",
        change: |spec| {
            let scoped = json!({ "projectId": "p1", "access": { "role": "PROJECT_ROLE_CONTRIBUTE" } });
            *spec = json!({ "name": "bot", "projectScopedAccess": scoped });
        },
        cause: "it has Project access that is not understood (`projectScopedAccess`)",
    },
    Case {
        actor: ANN,
        shown: "devs",
        change: |spec| {
            let projects = json!({ "p1": { "role": 5 } });
            access(spec, json!({ "accountAccess": { "role": "ROLE_READ" }, "projectAccesses": projects }));
        },
        cause: "of its group `devs`, it has Project access that is not understood (`access.projectAccesses`)",
    },
    Case {
        actor: BOT,
        shown: "bot",
        change: |spec| access(spec, json!({ "accountAccess": { "role": "ROLE_SUPERVISOR" } })),
        cause: "its account role `ROLE_SUPERVISOR` is not understood",
    },
    Case {
        actor: BOT,
        shown: "bot",
        change: |spec| access(spec, json!({ "accountAccess": { "role": 42 } })),
        cause: "its account role `42` is not understood",
    },
    Case {
        actor: BOT,
        shown: "bot",
        change: |spec| {
            access(spec, json!({ "accountAccess": { "role": "ROLE_READ" }, "teamAccesses": { "t": {} } }));
        },
        cause: "it has access that is not understood (`access.teamAccesses`)",
    },
    Case {
        actor: ANN,
        shown: "ann@tiny.example",
        change: |spec| {
            access(spec, json!({ "accountAccess": { "role": "ROLE_READ", "customRoles": ["r1"] } }));
        },
        cause: "it has custom roles",
    },
    Case {
        actor: BOT,
        shown: "bot",
        change: |spec| {
            let held = json!({ "ledger.tiny1": { "permission": "PERMISSION_MANAGE" } });
            access(spec, json!({ "accountAccess": { "role": "ROLE_DEVELOPER" }, "namespaceAccesses": held }));
        },
        cause: "its permission `PERMISSION_MANAGE` on Namespace `ledger.tiny1` is not understood",
    },
    Case {
        actor: BOT,
        shown: "bot",
        change: |spec| *spec = json!({ "name": "bot" }),
        cause: "it has no access of a form that is understood",
    },
];

/// An account with a front before it.
struct Scene {
    dev: Dev,
    front: IdentityFront,
    folder: tempfile::TempDir,
}

impl Scene {
    #[track_caller]
    fn of(case: &Case) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let seed = folder.path().join("seed.nexus.hcl");
        fs::write(&seed, SEED).expect("a seed");
        let dev = Dev::start(&seed);
        let front = IdentityFront::start(&dev, case.shown, case.change);
        Self { dev, front, folder }
    }

    #[track_caller]
    fn file(&self, name: &str, text: &str) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    }

    #[track_caller]
    fn nexusc(&self, principal: &str, arguments: &[&str]) -> Run {
        nexusc_in(&self.front.environment(&self.dev, principal), arguments)
    }
}

#[track_caller]
fn is_unproven(run: Run, cause: &str) -> Run {
    run.says("warning[unproven]").says(cause).never_says("error[").never_says("lacks")
}

#[test]
fn nexusc_denies_nothing_to_whom_it_does_not_understand() {
    for case in &CASES {
        let (scene, Case { actor, cause, .. }) = (Scene::of(case), case);
        let endpoint =
            "endpoint \"pay\" {\n  worker_target = { namespace = \"ledger\", task_queue = \"q\" }\n";
        let applied = scene.file(
            "applied.nexus.hcl",
            &format!("account {{\n  id = \"tiny1\"\n  apply_as = {actor:?}\n}}\n{endpoint}}}\n"),
        );
        let managed = scene.file(
            "managed.nexus.hcl",
            &format!("account {{ id = \"tiny1\" }}\n{endpoint}  managed_by = [{actor:?}]\n}}\n"),
        );
        let tested = scene.file(
            "tested.nexus.hcl",
            &format!(
                "account {{ id = \"tiny1\" }}\n{endpoint}}}\ntest \"who\" {{\n  \
                 cannot_manage = [{{ principal = {actor:?}, endpoint = \"pay\" }}]\n  \
                 can_manage = [{{ principal = {actor:?}, endpoint = \"pay\" }}]\n}}\n"
            ),
        );
        let snapshot = scene.file("account.json", "");
        let _ = scene.nexusc(actor, &["snapshot", "--out", &snapshot]).succeeds();
        for policy in [&applied, &managed, &tested] {
            let run = scene.nexusc(actor, &["check", "--account", &snapshot, policy]).succeeds();
            let _ = is_unproven(run, cause);
        }
        let own_cause = cause.strip_prefix("of its group `devs`, ").unwrap_or(cause);
        let _ = scene.nexusc(actor, &["adopt", "--account", &snapshot]).succeeds().says(own_cause);
        let own = scene.file("own.nexus.hcl", &format!("account {{ id = \"tiny1\" }}\n{endpoint}}}\n"));
        for (principal, policy) in [("user.owner", &applied), ("user.owner", &managed), (actor, &own)] {
            let _ = is_unproven(scene.nexusc(principal, &["plan", policy]).succeeds(), cause);
        }
        let _ = is_unproven(scene.nexusc(actor, &["apply", &own]).succeeds(), cause);
        let _ = Account::of(&scene.dev, "user.owner").endpoint("pay");
    }
}

#[test]
fn terraform_denies_nothing_to_whom_the_provider_does_not_understand() {
    on_every_terraform(|terraform| {
        for case in &CASES {
            let (scene, Case { actor, cause, .. }) = (Scene::of(case), case);
            let mut workspace = Workspace::new(terraform);
            let endpoint = "resource \"temporalnexus_endpoint\" \"it\" {\n  name = \"pay\"\n  \
                            worker_target = { namespace_id = \"ledger.tiny1\", task_queue = \"q\" }\n}\n";
            let provider = format!("provider \"temporalnexus\" {{\n  apply_as = {actor:?}\n}}\n");
            workspace.set(scene.front.environment(&scene.dev, "user.owner"));
            workspace.write("main.tf", &format!("{PROVIDER}{provider}{endpoint}"));
            let applied = workspace.plan().exits(2).says(cause);
            assert_eq!((applied.errors().len(), applied.warnings().len()), (0, 1), "{applied}");

            workspace.set(scene.front.environment(&scene.dev, actor));
            let who = "data \"temporalnexus_current_identity\" \"it\" {}\noutput \"more\" {\n  \
                       value = data.temporalnexus_current_identity.it.may_hold_more\n}\n";
            workspace.write("main.tf", &format!("{PROVIDER}{endpoint}{who}"));
            let planned = workspace.plan().exits(2).says(cause);
            assert_eq!((planned.errors().len(), planned.warnings().len()), (0, 1), "{planned}");
            let _ = workspace.apply().succeeds();
            let more = workspace.run(&["output", "-json", "more"]).succeeds();
            let more: Value = serde_json::from_str(&more.stdout).expect("JSON");
            assert!(more.as_str().is_some_and(|more| more.contains(cause)), "{more}");
            let _ = Account::of(&scene.dev, "user.owner").endpoint("pay");
        }
    });
}
