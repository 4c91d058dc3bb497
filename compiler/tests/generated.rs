//! What is made from the tables is committed. With UPDATE_GENERATED set, this test writes it; otherwise it compares.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use compiler::access::{graph, matrix};
use compiler::{cli, docs, facts, plan, report};
use std::path::Path;

#[track_caller]
fn compare(path: &str, expected: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(path);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, expected).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    let first = committed.lines().zip(expected.lines()).position(|(old, new)| old != new);
    assert!(
        committed == expected,
        "docs/{path} is out of date (line {}): run `UPDATE_GENERATED=1 cargo test -p compiler --test generated`",
        first.map_or(committed.lines().count(), |line| line) + 1
    );
}

#[test]
fn the_page_of_the_language_is_up_to_date() {
    compare("language.md", &docs::language());
}

#[test]
fn the_page_of_limits_is_up_to_date() {
    compare("limits.md", &docs::limits_page());
}

#[test]
fn the_page_of_codes_is_up_to_date() {
    compare("codes.md", &docs::codes());
}

#[test]
fn the_schemas_are_up_to_date() {
    compare("schema/policy.schema.json", &format!("{:#}\n", compiler::check::policy_schema()));
    compare("schema/baseline.schema.json", &format!("{:#}\n", compiler::check::baseline_schema()));
    compare("schema/plan.schema.json", &format!("{:#}\n", plan::plan_schema()));
    compare("schema/snapshot.schema.json", &format!("{:#}\n", facts::snapshot::snapshot_schema()));
    compare("schema/graph.schema.json", &format!("{:#}\n", graph::graph_schema()));
    compare("schema/test.schema.json", &format!("{:#}\n", report::tested_schema()));
    compare("schema/findings.schema.json", &format!("{:#}\n", report::findings_schema()));
    compare("schema/diff.schema.json", &format!("{:#}\n", report::difference_schema()));
    compare("schema/record.schema.json", &format!("{:#}\n", cli::record_schema()));
    compare("schema/authorizer.schema.json", &format!("{:#}\n", matrix::matrix_schema()));
}
