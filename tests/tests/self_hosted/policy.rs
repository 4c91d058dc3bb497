//! `nexusc plan` and `apply`: every apply is followed by a plan that finds nothing to do.

use crate::scene::{NAMESPACES, on, policy};
use serde_json::json;
use tests::server::Server;

const FIRST: &str = r#"
endpoint "billing" {
  description   = "Bills."
  worker_target = { namespace = "payments", task_queue = "billing" }
}
endpoint "mail" {
  external_target = { url = "https://mail.example/nexus" }
}
"#;

#[track_caller]
fn nothing_to_do(server: &Server, policy: &str) {
    let _ = on(server, "plan", &["--detailed-exitcode", policy]).succeeds().says("No changes");
}

#[test]
fn a_policy_is_applied_changed_and_renamed_on_a_server() {
    let (server, folder) = (Server::start(&NAMESPACES), tempfile::tempdir().unwrap());
    let file = policy(folder.path(), FIRST);
    let planned = on(&server, "plan", &["--detailed-exitcode", &file]).exits(2);
    let _ =
        planned.says("+ endpoint billing").says("payments / \"billing\"").says("https://mail.example/nexus");
    let _ = on(&server, "apply", &[&file]).succeeds().says("2 Endpoints created");
    nothing_to_do(&server, &file);
    let billing = server.endpoint("billing");
    assert_eq!(billing["spec"]["description"], json!("Bills."));
    assert_eq!(
        billing["spec"]["target"]["worker"],
        json!({ "namespace": "payments", "taskQueue": "billing" })
    );
    assert_eq!(server.endpoint("mail")["spec"]["target"]["external"]["url"], "https://mail.example/nexus");

    let renamed = FIRST
        .replace("endpoint \"billing\" {", "endpoint \"invoices\" {\n  renamed_from = \"billing\"")
        .replace("\"payments\"", "\"vault\"")
        .replace("  description   = \"Bills.\"\n", "");
    let file = policy(folder.path(), &renamed);
    let _ = on(&server, "plan", &[&file]).succeeds().says("billing → invoices").says("\"Bills.\" → (none)");
    let _ = on(&server, "apply", &[&file]).succeeds().says("0 Endpoints created, 1 changed");
    nothing_to_do(&server, &file);
    let invoices = server.endpoint("invoices");
    assert_eq!((&invoices["id"], &invoices["version"]), (&billing["id"], &json!("2")));
    assert_eq!(invoices["spec"]["target"]["worker"]["namespace"], "vault");
    assert_eq!(invoices["spec"].get("description"), None);
}

#[test]
fn what_the_cli_changed_since_the_plan_is_not_overwritten() {
    let (server, folder) = (Server::start(&NAMESPACES), tempfile::tempdir().unwrap());
    let first = policy(folder.path(), FIRST);
    let _ = on(&server, "apply", &[&first]).succeeds();
    let second = policy(folder.path(), &FIRST.replace("\"billing\" }", "\"ours\" }"));
    let plan = folder.path().join("plan.json").display().to_string();
    let _ = on(&server, "plan", &["--out", &plan, &second]).succeeds();
    server.endpoint_cli(&["update", "--name", "billing", "--target-task-queue", "theirs"]);
    let refused = on(&server, "apply", &["--plan", &plan]).exits(1);
    let _ =
        refused.says("was changed after the plan was made").says("theirs").says("run `nexusc plan` again");
    assert_eq!(server.endpoint("billing")["spec"]["target"]["worker"]["taskQueue"], "theirs");

    // Their change of what the plan does not change is kept, and no obstacle.
    server.endpoint_cli(&["update", "--name", "billing", "--target-task-queue", "billing"]);
    let _ = on(&server, "plan", &["--out", &plan, &second]).succeeds();
    server.endpoint_cli(&["update", "--name", "billing", "--description", "Theirs."]);
    let _ = on(&server, "apply", &["--plan", &plan]).succeeds();
    let spec = server.endpoint("billing")["spec"].clone();
    assert_eq!(
        (&spec["description"], &spec["target"]["worker"]["taskQueue"]),
        (&json!("Theirs."), &json!("ours"))
    );
    let _ = on(&server, "apply", &["--plan", &plan]).succeeds().says("was already as planned");
}

#[test]
fn a_plan_is_for_one_cluster_and_creates_what_is_there_already_only_once() {
    let (server, other) = (Server::start(&NAMESPACES), Server::start(&NAMESPACES));
    let folder = tempfile::tempdir().unwrap();
    let (file, plan) = (policy(folder.path(), FIRST), folder.path().join("plan.json").display().to_string());
    let _ = on(&server, "plan", &["--out", &plan, &file]).succeeds();
    let _ = on(&other, "apply", &["--plan", &plan]).exits(1).says("the server's cluster is");
    assert!(other.names().is_empty());
    let _ = on(&server, "apply", &["--plan", &plan]).succeeds().says("2 Endpoints created");
    let _ = on(&server, "apply", &["--plan", &plan]).succeeds().says("was already as planned");
    server.endpoint_cli(&["update", "--name", "billing", "--target-task-queue", "theirs"]);
    let _ = on(&server, "apply", &["--plan", &plan]).exits(1).says("already exists");
    assert_eq!(server.names(), ["billing", "mail"]);
}

#[test]
fn a_snapshot_of_a_server_checks_a_policy_without_it() {
    let (server, folder) = (Server::start(&NAMESPACES), tempfile::tempdir().unwrap());
    let facts = folder.path().join("facts.json").display().to_string();
    let _ = on(&server, "snapshot", &["--out", &facts]).succeeds();
    let check =
        |blocks: &str| tests::nexusc::nexusc(&["check", "--account", &facts, &policy(folder.path(), blocks)]);
    let _ = check(FIRST).succeeds();
    let _ =
        check(&FIRST.replace("\"payments\"", "\"nowhere\"")).exits(1).says("dangling-target").says("nowhere");
    let cloud = folder.path().join("cloud.nexus.hcl");
    std::fs::write(&cloud, "account {\n  id = \"a2dd6\"\n}\n").unwrap();
    let cloud = cloud.display().to_string();
    let mismatch = tests::nexusc::nexusc(&["check", "--account", &facts, &cloud]).exits(1);
    let _ = mismatch.says("account-mismatch").says("the policy is for Temporal Cloud");
}

#[test]
fn what_a_server_has_is_written_as_a_policy() {
    let (server, folder) = (Server::start(&NAMESPACES), tempfile::tempdir().unwrap());
    let _ = on(&server, "apply", &[&policy(folder.path(), FIRST)]).succeeds();
    let adopted = folder.path().join("adopted.nexus.hcl").display().to_string();
    let _ = on(&server, "adopt", &["--out", &adopted]).succeeds().says("2 Endpoints");
    nothing_to_do(&server, &adopted);
    let written = std::fs::read_to_string(&adopted).unwrap();
    for said in [
        "account {\n  backend = \"self_hosted\"\n}\n",
        "external_target = { url = \"https://mail.example/nexus\" }",
        "worker_target = { namespace = namespace.payments, task_queue = \"billing\" }",
    ] {
        assert!(written.contains(said), "{said} in {written}");
    }
    assert!(!written.contains("temporal-system"), "{written}");
}

#[test]
fn what_a_server_lacks_is_unsupported_before_anything_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let allowed = "endpoint \"billing\" {\n  worker_target = { namespace = \"payments\", task_queue = \"q\" }\n  \
                   allowed_caller_namespaces = [\"orders\"]\n}\n";
    let nowhere = ["plan", "--registry", "temporal://127.0.0.1:1"];
    let file =
        policy(folder.path(), &format!("namespace \"orders\" {{}}\nnamespace \"payments\" {{}}\n{allowed}"));
    let refused = tests::nexusc::nexusc(&["check", &file]).exits(1);
    let _ =
        refused.says("unsupported").says("self-hosted Temporal has no allowlists").says("export authorizer");
    let _ =
        tests::nexusc::nexusc(&[&nowhere[..], &[&file]].concat()).exits(2).says("cannot reach `127.0.0.1:1`");
}

#[test]
fn an_ignored_allowlist_is_neither_sent_nor_missed() {
    let (server, folder) = (Server::start(&NAMESPACES), tempfile::tempdir().unwrap());
    let file = policy(
        folder.path(),
        "endpoint \"billing\" {\n  worker_target = { namespace = \"payments\", task_queue = \"q\" }\n  \
         allowed_caller_namespaces = [\"orders\"]\n}\nallowlist \"more\" {\n  endpoint = endpoint.billing\n  callers = [\"vault\"]\n}\n",
    );
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"self_hosted\"", "\"self_hosted\"\n  allowlist = \"ignore\""))
        .unwrap();
    let _ = on(&server, "apply", &[&file]).succeeds().says("1 Endpoint created, 0 changed; 0 calls gained");
    nothing_to_do(&server, &file);
    assert_eq!(server.names(), ["billing"]);
}
