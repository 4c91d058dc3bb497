//! The examples of the registry's pages are configurations that every Terraform accepts.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use tests::binaries;
use tests::terraform::Terraform;
use tests::workspace::{PROVIDER, Workspace};

fn folders(kind: &str) -> Vec<PathBuf> {
    let folder = binaries::root().join("examples").join(kind);
    let mut folders: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

/// Validates the named files of a folder, those that are there, as one configuration.
#[track_caller]
fn validates(terraform: &Terraform, folder: &Path, files: &[&str]) {
    let workspace = Workspace::new(terraform);
    workspace.write("provider.tf", PROVIDER);
    for file in files {
        if let Ok(text) = std::fs::read_to_string(folder.join(file)) {
            workspace.write(file, &text);
        }
    }
    workspace.validate().succeeds();
}

#[test]
fn of_resources_and_of_their_imports() {
    for terraform in Terraform::all() {
        for folder in folders("resources") {
            validates(terraform, &folder, &["resource.tf", "import-by-string-id.tf"]);
            if terraform.at_least(1, 12) {
                validates(terraform, &folder, &["resource.tf", "import-by-identity.tf"]);
            }
        }
    }
}

#[test]
fn of_data_sources_and_functions() {
    for terraform in Terraform::all() {
        for folder in folders("data-sources") {
            validates(terraform, &folder, &["data-source.tf"]);
        }
        for folder in folders("functions") {
            validates(terraform, &folder, &["function.tf"]);
        }
    }
}

#[test]
fn of_lists() {
    for terraform in Terraform::all().iter().filter(|terraform| terraform.at_least(1, 14)) {
        for folder in folders("list-resources") {
            let workspace = Workspace::new(terraform);
            workspace.write("provider.tf", PROVIDER);
            let list = std::fs::read_to_string(folder.join("list-resource.tfquery.hcl")).unwrap();
            workspace.write("list.tfquery.hcl", &list);
            workspace.run(&["validate", "-no-color", "-query"]).succeeds();
        }
    }
}
