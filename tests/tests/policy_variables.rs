//! Values for a policy's variables: from the command line, from files and from the environment, in that order.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::path::Path;
use tempfile::TempDir;
use tests::nexusc::{nexusc, nexusc_in};

const POLICY: &str = r#"
account { id = "a2dd6" }

variable "queue" {
  type = string
}

variable "callers" {
  type    = list(string)
  default = []
}

namespace "orders-prod" {
  regions = ["aws-us-east-1"]
}

endpoint "orders" {
  worker_target             = { namespace = namespace.orders-prod, task_queue = var.queue }
  allowed_caller_namespaces = concat(["orders-prod"], var.callers)
}
"#;

/// A folder with the policy and the files that tests name.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in [("policy.nexus.hcl", POLICY)].iter().chain(files) {
        std::fs::write(folder.path().join(name), text).expect("a file in a temporary folder");
    }
    folder
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

#[test]
fn a_variable_without_a_value_is_reported_with_what_to_write() {
    let folder = folder(&[]);
    let run = nexusc(&["check", &path(folder.path(), "")]).exits(1);
    run.says("error[missing-variable]: the variable `queue` has no value").says("NEXUSC_VAR_queue");
}

#[test]
fn the_command_line_goes_before_files_and_those_before_the_environment() {
    let folder = folder(&[
        ("a.tfvars", "queue = \"x${\"\"}\"\n# more\ncallers = [\"fileNS\"]\n"),
        ("b.json", "{\"callers\": [\"json-${ns}\"]}"),
    ]);
    let policy = path(folder.path(), "");
    let (hcl, json) = (path(folder.path(), "a.tfvars"), path(folder.path(), "b.json"));
    let environment =
        [("NEXUSC_VAR_queue", "q"), ("NEXUSC_VAR_callers", "[\"environment\"]"), ("NEXUSC_VAR_other", "1")];
    nexusc_in(&environment, &["check", &policy])
        .exits(1)
        .says("caller Namespace `environment`")
        .says("NEXUSC_VAR_callers:1:2");
    let run = nexusc_in(&environment, &["check", &policy, "--var-file", &hcl]).exits(1);
    run.says("`fileNS` is not a valid Namespace").says("a.tfvars:3:12");
    // Strings of JSON are no templates, and the last file counts.
    let run = nexusc_in(&environment, &["check", &policy, "--var-file", &hcl, "--var-file", &json]).exits(1);
    run.says("`json-${ns}` is not a valid Namespace");
    let given = "--var=callers=[\"line\"]";
    let run = nexusc_in(&environment, &["check", &policy, given, "--var-file", &hcl]).exits(1);
    run.says("caller Namespace `line`").says("--var callers:1:2");
    nexusc_in(&environment, &["check", &policy, given, "--var", "callers=[]"]).succeeds();
}

#[test]
fn values_are_of_the_variables_type() {
    let folder = folder(&[]);
    let policy = path(folder.path(), "");
    // What is a string is not read as an expression.
    nexusc(&["check", &policy, "--var", "queue=[1, \"a\"]"]).succeeds();
    let run = nexusc(&["check", &policy, "--var", "queue=q", "--var", "callers=orders"]).exits(1);
    run.says("error[evaluation]: unknown name `orders`").says("--var callers:1:1");
    let run = nexusc(&["check", &policy, "--var", "queue=q", "--var", "callers={}"]).exits(1);
    run.says("error[wrong-type]: this must be a list of strings, not an object").says("the type asked for");
    let run = nexusc(&["check", &policy, "--var", "queue=q", "--var", "callers=["]).exits(1);
    run.says("error[syntax]: expected `]`, found the end of the value");
}

#[test]
fn a_variable_that_is_not_declared_is_refused_on_the_command_line() {
    let folder = folder(&[
        ("more.hcl", "queue = \"q\"\ncalers = []\n"),
        ("bad.hcl", "callers = []\nqueue \"q\" {}\n"),
    ]);
    let policy = path(folder.path(), "");
    let run = nexusc(&["check", &policy, "--var", "qeue=q"]).exits(2);
    run.says("`--var qeue=…`: the policy declares no variable `qeue`").says("did you mean `queue`?");
    nexusc(&["check", &policy, "--var", "queue"]).exits(2).says("expected `name=value`");
    let run = nexusc(&["check", &policy, "--var-file", &path(folder.path(), "more.hcl")]).succeeds();
    run.says("warning[unknown-attribute]: the policy declares no variable `calers`")
        .says("did you mean `callers`?");
    let run = nexusc(&["check", &policy, "--var-file", &path(folder.path(), "bad.hcl")]).exits(1);
    run.says("write values as `name = value`, not as blocks");
    nexusc(&["check", &policy, "--var-file", &path(folder.path(), "none.hcl")]).exits(2).says("cannot read");
}

#[test]
fn a_name_too_many_in_a_file_of_values_leaves_guards_and_tests_awake() {
    let guard = "guard \"closed\" {\n  each      = \"endpoint\"\n  condition = false\n  message   = \"closed for good\"\n}\n";
    let denied =
        "test \"shut\" {\n  deny = [\n    { caller = \"orders-prod\", endpoint = \"orders\" },\n  ]\n}\n";
    let values = ("more.hcl", "queue = \"q\"\nextra = 1\n");
    let folder = folder(&[("guard.nexus.hcl", guard), ("test.nexus.hcl", denied), values]);
    let (policy, values) = (path(folder.path(), ""), path(folder.path(), "more.hcl"));
    let run = nexusc(&["check", &policy, "--var-file", &values]).exits(1);
    run.says("the policy declares no variable `extra`").says("closed for good").says("test-failed");
    let _ = nexusc(&["test", &policy, "--var-file", &values]).exits(1).says("failed test.shut");
}

#[test]
fn a_key_that_an_object_type_lacks_is_reported_wherever_the_value_comes_from() {
    let folder = folder(&[
        (
            "more.nexus.hcl",
            "variable \"carts\" {\n  type    = map(object({ callers = optional(list(string), [\"orders-prod\"]) }))\n  default = {}\n}\n",
        ),
        ("a.tfvars", "carts = { eu = { callrs = [] } }\n"),
        ("b.json", "{\"carts\": {\"eu\": {\"callrs\": []}}}"),
    ]);
    let policy = path(folder.path(), "");
    let (hcl, json) = (path(folder.path(), "a.tfvars"), path(folder.path(), "b.json"));
    let (none, environment) = ([], [("NEXUSC_VAR_carts", "{ eu = { callrs = [] } }")]);
    for (environment, option, place) in [
        (&none as &[(&str, &str)], "--var=carts={ eu = { callrs = [] } }".to_owned(), "--var carts:1:10"),
        (&none, format!("--var-file={hcl}"), "a.tfvars:1:18"),
        (&none, format!("--var-file={json}"), "b.json:1:19"),
        (&environment, "--var=queue=q".to_owned(), "NEXUSC_VAR_carts:1:10"),
    ] {
        let run = nexusc_in(environment, &["check", &policy, &option, "--var=queue=q"]).exits(1);
        run.says("error[unknown-attribute]: the object type has no attribute `callrs`")
            .says("did you mean `callers`?")
            .says(place);
    }
    let given = "--var=callers=a";
    let run = nexusc_in(&none, &["check", &policy, "--var=queue=q", given]).exits(1);
    run.says("unknown name `a`").says("such as `[\"a\", \"b\"]`");
}

#[test]
fn hidden_characters_are_reported_wherever_a_value_comes_from() {
    let folder = folder(&[
        ("escaped.tfvars", "queue = \"pay\\u200bments\"\n"),
        ("escaped.json", "{\"queue\": \"pay\\u200bments\"}"),
        ("written.tfvars", "queue = \"pay\u{200b}ments\"\n"),
    ]);
    let policy = path(folder.path(), "");
    let used = "warning[hidden-character]: `worker_target.task_queue` holds the hidden character U+200B";
    let written = "warning[hidden-character]: the line holds the hidden character U+200B";
    for (file, expected) in [("escaped.tfvars", used), ("escaped.json", used), ("written.tfvars", written)] {
        let file = path(folder.path(), file);
        nexusc(&["check", &policy, "--var-file", &file]).exits(0).says(expected);
    }
    nexusc(&["check", &policy, "--var", "queue=pay\u{200b}ments"]).exits(0).says(written);
    nexusc_in(&[("NEXUSC_VAR_queue", "pay\u{200b}ments")], &["check", &policy]).exits(0).says(written);
    // As an expression, which a list is.
    let arguments = ["check", &policy, "--var", "queue=q", "--var", "callers=[\"orders\\u200b-prod\"]"];
    nexusc(&arguments).exits(1).says("`allowed_caller_namespaces` holds the hidden character U+200B");
}
