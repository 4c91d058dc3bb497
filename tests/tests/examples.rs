//! The examples do what their READMEs say.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tests::account::Account;
use tests::binaries;
use tests::dev::Dev;
use tests::nexusc::{nexusc, nexusc_on};
use tests::terraform::Terraform;
use tests::workspace::Workspace;

const CI: &str = "service_account.platform-ci";
const GLOBAL_ADMIN: &str = "user.dmitri.sokolov@acme.example";
const POLICIES: [&str; 2] = ["acme", "acme-json"];

fn example(name: &str) -> PathBuf {
    binaries::root().join("examples").join(name)
}

/// The account of an example before it has any Endpoint: its files, less the folders that hold them and their grants.
fn without_endpoints(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let policies = |from: &Path| {
        let files = std::fs::read_dir(from).unwrap().map(|file| file.unwrap().path());
        files.filter(|file| file.to_string_lossy().contains(".nexus.")).collect::<Vec<_>>()
    };
    for file in [policies(&example(name)), policies(&example(name).join("namespaces"))].concat() {
        std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    folder
}

#[test]
fn the_policies_have_no_finding() {
    for name in POLICIES {
        let path = format!("examples/{name}");
        let run = nexusc(&["check", "--fail-on", "note", &path]).succeeds();
        assert_eq!(run.stdout, "", "{run}");
    }
}

#[test]
fn the_policies_make_an_account_and_then_find_nothing_to_do() {
    for name in POLICIES {
        let seed = without_endpoints(name);
        let dev = Dev::start(seed.path());
        let path = format!("examples/{name}");
        nexusc_on(&dev, CI, &["plan", "--detailed-exitcode", &path]).exits(2);
        nexusc_on(&dev, CI, &["apply", &path]).succeeds();
        nexusc_on(&dev, CI, &["plan", "--detailed-exitcode", &path]).exits(0);

        let endpoints = Account::of(&dev, "user.owner").endpoints();
        assert_eq!(endpoints.len(), 15);
    }
}

#[test]
fn the_two_policies_mean_the_same_account() {
    for (seed, policy) in [("acme", "acme-json"), ("acme-json", "acme")] {
        let dev = Dev::start(&example(seed));
        nexusc_on(&dev, CI, &["plan", "--detailed-exitcode", &format!("examples/{policy}")]).exits(0);
    }
}

#[test]
fn the_terraform_examples_own_tests_pass_and_leave_nothing() {
    let files = ["main.tf", "tests/endpoint.tftest.hcl"];
    for terraform in Terraform::all() {
        let dev = Dev::start(&example("acme"));
        let mut workspace = Workspace::new(terraform);
        workspace.set(dev.environment(dev.key(CI)));
        std::fs::create_dir(workspace.path().join("tests")).unwrap();
        for file in files {
            workspace
                .write(file, &std::fs::read_to_string(example("terraform-endpoint").join(file)).unwrap());
        }
        workspace.run(&["test", "-no-color"]).succeeds().says("3 passed, 0 failed");
        assert_eq!(Account::of(&dev, "user.owner").endpoints().len(), 15);
    }
}

#[test]
fn the_terraform_example_applies_plans_nothing_and_destroys() {
    let main = std::fs::read_to_string(example("terraform-endpoint").join("main.tf")).unwrap();
    for terraform in Terraform::all() {
        let dev = Dev::start(&example("acme"));
        let mut workspace = Workspace::new(terraform);
        workspace.set(dev.environment(dev.key(CI)));
        workspace.write("main.tf", &main);
        for (target, said) in [("storefront-prod", "Namespace Admin"), ("shiping-prod", "shiping-prod")] {
            let target = format!("-var=target_namespace={target}.a2dd6");
            workspace.run(&["plan", "-no-color", "-input=false", &target]).exits(1).says(said);
        }
        let run = workspace.apply().succeeds().says("1 added").says("returns_endpoint_id = ");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        workspace.plan().exits(0);
        let run = workspace.destroy().succeeds().says("orders-prod").says("support-prod");
        assert_eq!(run.warnings().len(), 1, "{run}");
        assert_eq!(Account::of(&dev, "user.owner").endpoints().len(), 15);
    }
}

#[test]
fn the_private_connection_tests_itself_applies_plans_nothing_and_destroys() {
    for terraform in Terraform::all() {
        let dev = Dev::start(&example("acme"));
        let owner = Account::of(&dev, "user.owner");
        let mut workspace = Workspace::new(terraform);
        workspace.set(dev.environment(dev.key(GLOBAL_ADMIN)));
        for file in ["main.tf", "mapping.tftest.hcl"] {
            let text = std::fs::read_to_string(example("terraform-privatelink").join(file)).unwrap();
            workspace.write(file, &text);
        }
        workspace.run(&["test", "-no-color"]).succeeds().says("3 passed, 0 failed");
        assert!(owner.attached("orders-prod.a2dd6").is_empty());

        let closing = "-var=keep_public=false";
        let plan = workspace.run(&["plan", "-no-color", "-input=false", closing]).exits(1);
        plan.says("`orders-prod.a2dd6` would be closed").says("`payments-prod.a2dd6` would be closed");
        let lockout = ["plan", "-no-color", "-input=false", closing, "-var=allow_public_lockout=true"];
        assert_eq!(workspace.run(&lockout).succeeds().warnings().len(), 2);

        let run = workspace.apply().succeeds().says("1 added").says("port = 7233");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        workspace.plan().exits(0);
        assert_eq!(owner.attached("orders-prod.a2dd6").len(), 2);
        let run = workspace.destroy().succeeds().says("1 destroyed");
        assert_eq!(run.warnings(), Vec::<&str>::new(), "{run}");
        assert_eq!((owner.attached("orders-prod.a2dd6").len(), owner.rules().len()), (0, 1));
    }
}
