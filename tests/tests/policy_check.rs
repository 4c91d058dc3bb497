//! `nexusc check` as a user runs it: every mistake of every file, each at its place.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::Value;
use tests::dev::fixture;
use tests::nexusc::nexusc;

/// File, line, column and code of each finding, as the report in JSON has them.
#[track_caller]
fn places(policy: &str) -> Vec<String> {
    let path = fixture(policy);
    let run = nexusc(&["check".as_ref(), "--format".as_ref(), "json".as_ref(), path.as_os_str()]).exits(1);
    let report: Value = serde_json::from_str(&run.stdout).expect("the report is JSON");
    assert_eq!(report["version"], 1, "{run}");
    let findings = report["findings"].as_array().expect("a list of findings").iter();
    let place = |finding: &Value| {
        let file = finding["file"].as_str().unwrap_or_default();
        let file = file.rsplit('/').next().unwrap_or_default();
        let code = finding["code"].as_str().unwrap_or_default();
        format!("{file}:{}:{} {code}", finding["line"], finding["column"])
    };
    findings.map(place).collect()
}

#[test]
fn ten_mistakes_in_three_files_are_all_reported_in_hcl() {
    let expected = [
        "account.nexus.hcl:16:1 syntax",
        "endpoints.nexus.hcl:3:45 dangling-target",
        "endpoints.nexus.hcl:4:49 dangling-caller",
        "endpoints.nexus.hcl:8:45 permission-target",
        "endpoints.nexus.hcl:9:32 foreign-account",
        "endpoints.nexus.hcl:13:19 syntax",
        "endpoints.nexus.hcl:17:1 duplicate-name",
        "endpoints.nexus.hcl:25:14 invalid-value",
        "people.nexus.hcl:8:20 invalid-value",
        "people.nexus.hcl:13:3 unknown-attribute",
    ];
    assert_eq!(places("ten-mistakes"), expected);
}

#[test]
fn the_same_mistakes_but_those_of_syntax_are_all_reported_in_json() {
    let expected = [
        "endpoints.nexus.json:4:66 dangling-target",
        "endpoints.nexus.json:5:54 dangling-caller",
        "endpoints.nexus.json:8:39 permission-target",
        "endpoints.nexus.json:9:37 foreign-account",
        "endpoints.nexus.json:12:5 duplicate-name",
        "endpoints.nexus.json:18:83 invalid-value",
        "people.nexus.json:6:53 invalid-value",
        "people.nexus.json:10:7 unknown-attribute",
    ];
    assert_eq!(places("eight-mistakes"), expected);
}

#[test]
fn people_see_the_line_and_what_to_write() {
    let run = nexusc(&["check".as_ref(), fixture("ten-mistakes").as_os_str()]).exits(1);
    run.says("error[dangling-target]: the target Namespace `order-prod` is not in the policy")
        .says("namespace = namespace.order-prod, task_queue")
        .says("did you mean `orders-prod`?")
        .says("10 errors");
}

#[test]
fn both_forms_of_the_example_pass() {
    for policy in ["examples/acme", "examples/acme-json"] {
        let run = nexusc(&["check", "--fail-on", "note", policy]).succeeds();
        run.says("18 Namespaces").says("15 Endpoints").says("no findings");
    }
}

#[test]
fn whose_permissions_are_checked_can_be_said() {
    let run = nexusc(&["check", "examples/acme", "--as", "user.nobody@acme.example"]);
    run.exits(2).says("no such principal");
    let run = nexusc(&["check", "examples/acme", "--as", "nobody"]);
    run.exits(2).says("a principal is written with its kind");
}

#[test]
fn output_that_cannot_be_written_fails_the_command() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("a full disk");
    let mut command = std::process::Command::new(tests::binaries::nexusc());
    command.args(["check", "--format", "json", "examples/acme"]).current_dir(tests::binaries::root());
    let output = command.stdout(full).output().expect("nexusc runs");
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{talk}");
    assert!(talk.contains("cannot write standard output"), "{talk}");
}

#[test]
fn a_slip_of_the_pen_never_looks_like_a_finding_or_a_change() {
    let _ = nexusc(&["check", "--bogus"]).exits(2).says("--bogus");
    let _ = nexusc(&["plan", "--detailed-exitcode", "--bogus"]).exits(1).says("--bogus");
    let _ = nexusc(&["plan", "--help"]).succeeds().says("TEMPORAL_CLOUD_API_KEY");
}

/// What `nexusc` says in this folder, on both streams, and its exit code.
fn said_in(folder: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = std::process::Command::new(tests::binaries::nexusc());
    let output = command.args(arguments).current_dir(folder).output().expect("nexusc runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_guard_on_the_file_of_a_grant_holds_from_every_folder() {
    let root = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a policy");
    };
    write(
        "nexus/account.nexus.hcl",
        "account { id = \"a2dd6\" }\nnamespace \"orders-prod\" { regions = [\"aws-us-east-1\"] }\nguard \"files\" {\n  each      = \"call\"\n  \
         condition = call.grant.file == \"endpoints/all.nexus.hcl\"\n  message   = call.grant.file\n}\n",
    );
    write(
        "nexus/endpoints/all.nexus.hcl",
        "endpoint \"orders\" {\n  worker_target             = { namespace = \"orders-prod\", task_queue = \"q\" }\n  \
         allowed_caller_namespaces = [\"orders-prod\"]\n}\n",
    );
    let nexus = root.path().join("nexus");
    let whole = nexus.display().to_string();
    for (folder, arguments) in [
        (root.path().to_owned(), &["check", "nexus"] as &[&str]),
        (root.path().to_owned(), &["check", "./nexus/"]),
        (nexus.clone(), &["check"]),
        (nexus.clone(), &["check", "../nexus"]),
        (nexus.clone(), &["check", "account.nexus.hcl", "endpoints"]),
        (nexus.join("endpoints"), &["check", ".."]),
        (std::env::temp_dir(), &["check", &whole]),
    ] {
        let (code, said) = said_in(&folder, arguments);
        assert_eq!(code, Some(0), "{arguments:?} {said}");
    }
}

#[test]
fn what_is_no_policy_is_told_with_what_to_name() {
    let root = tempfile::tempdir().expect("a folder");
    std::fs::write(root.path().join("main.tf"), "terraform {}").expect("a file");
    std::fs::write(root.path().join("p.nexus.hcl"), "account { id = \"a2dd6\" }").expect("a policy");
    let (code, said) = said_in(root.path(), &["check", "main.tf"]);
    assert!(code == Some(2) && said.contains("help: Terraform's configuration is no policy"), "{said}");
    let (code, said) = said_in(root.path(), &["diff", "--base", "main", "."]);
    assert!(code == Some(2) && said.contains("write `REV:PATH`, such as `origin/main:policy`"), "{said}");
}

#[test]
fn permissions_are_not_asked_for_where_the_policy_was_not_understood() {
    let root = tempfile::tempdir().expect("a folder");
    let hint = "permissions were not checked";
    for (policy, is_asked) in
        [("account { id = \"a2dd6\" }", true), ("account { id = ", false), ("acount {\n}", false)]
    {
        std::fs::write(root.path().join("p.nexus.hcl"), policy).expect("a policy");
        let (_, said) = said_in(root.path(), &["check"]);
        assert_eq!(said.contains(hint), is_asked, "{said}");
    }
}

#[test]
fn a_report_lists_the_instances_of_one_cause() {
    let root = tempfile::tempdir().expect("a folder");
    let namespaces: String =
        (0..12).map(|at| format!("namespace \"n{at}-prod\" {{ regions = [\"aws-us-east-1\"] }}\n")).collect();
    let guard = "guard \"stages\" {\n  each      = \"namespace\"\n  condition = namespace.tags.stage == \"prod\"\n  message   = namespace.name\n}\n";
    let policy = format!("account {{ id = \"a2dd6\" }}\n{guard}{namespaces}");
    std::fs::write(root.path().join("p.nexus.hcl"), policy).expect("a policy");
    let mut command = std::process::Command::new(tests::binaries::nexusc());
    command.args(["check", "--format", "json"]).current_dir(root.path());
    let output = command.output().expect("nexusc runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    assert_eq!(report["version"], 1);
    let findings = report["findings"].as_array().expect("a list of findings");
    let failed: Vec<_> = findings.iter().filter(|finding| finding["code"] == "guard-failed").collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    let instances = failed[0]["instances"].as_array().expect("instances");
    assert_eq!(instances.len(), 12);
    assert_eq!((&instances[2]["instance"], &instances[2]["line"]), (&"namespace.n2-prod".into(), &9.into()));
    assert!(findings.iter().all(|it| it["code"] == "guard-failed" || it.get("instances").is_none()));
}

/// A name of a megabyte that is used five thousand times, in each way that a name is used: with a third of the memory that
/// five thousand copies take.
#[test]
#[cfg(target_os = "linux")]
fn a_long_name_that_is_used_often_takes_little_time_and_memory() {
    let head = "account { id = \"a2dd6\" }\nnamespace \"payments-prod\" { regions = [\"aws-us-east-1\"] }\n";
    let long = "x".repeat(1_000_000);
    let locals = format!("locals {{\n  long = \"{long}\"\n  id   = \"service_account.{long}\"\n}}\n");
    let account =
        "service_account \"ci\" {\n  name           = local.long\n  account_access = \"developer\"\n}\n";
    let folder = tempfile::tempdir().expect("a folder");
    let policy = folder.path().join("policy.nexus.hcl");
    for attribute in [
        "managed_by = service_account.ci",
        "managed_by = \"service_account.${local.long}\"",
        "managed_by = local.id",
        "description = local.long",
        "renamed_from = local.long",
        "allowed_caller_namespaces = [local.long]",
    ] {
        let endpoint = |at: usize| {
            format!(
                "endpoint \"e{at}\" {{\n  worker_target = {{ namespace = namespace.payments-prod, task_queue = \"q\" }}\n  {attribute}\n}}\n"
            )
        };
        let endpoints: String = (0..5_000).map(endpoint).collect();
        std::fs::write(&policy, format!("{head}{locals}{account}{endpoints}")).expect("a policy");
        let mut shell = std::process::Command::new("bash");
        shell
            .args(["-c", "ulimit -v 2000000 -t 60; exec \"$0\" check \"$1\""])
            .arg(tests::binaries::nexusc())
            .arg(&policy);
        let run = tests::run::Run::of("nexusc check", &mut shell).exits(1).says("error[");
        assert!(run.stdout.len() < 1_000_000, "{attribute}: {} bytes", run.stdout.len());
    }
}
