//! The example provider under every Terraform that can be had.
//!
//! This executable is both the test and, when Terraform starts it, the provider.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says how it went"
)]

#[path = "../examples/notes.rs"]
mod notes;
#[path = "terraform/scene.rs"]
mod scene;

use std::panic::catch_unwind;
use std::process::ExitCode;

use scene::Scene;
use tests::terraform::Terraform;

type Test = (&'static str, fn(&Scene));

const TESTS: [Test; 10] = [
    ("creates_updates_replaces_and_destroys", creates_updates_replaces_and_destroys),
    ("notices_what_happens_outside", notices_what_happens_outside),
    ("imports_by_id", imports_by_id),
    ("imports_by_identity", imports_by_identity),
    ("upgrades_old_states", upgrades_old_states),
    ("takes_over_what_is_moved", takes_over_what_is_moved),
    ("keeps_a_half_made_object_as_tainted", keeps_a_half_made_object_as_tainted),
    ("points_at_what_is_wrong", points_at_what_is_wrong),
    ("calls_functions", calls_functions),
    ("an_interrupted_apply_loses_nothing", an_interrupted_apply_loses_nothing),
];

fn main() -> ExitCode {
    if std::env::var_os("TF_PLUGIN_MAGIC_COOKIE").is_some() {
        return notes::main();
    }
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let mut failed = false;
    for terraform in Terraform::all() {
        for (name, test) in TESTS.iter().filter(|(name, _)| name.contains(&filter)) {
            let passed = catch_unwind(|| test(&Scene::new(terraform))).is_ok();
            failed |= !passed;
            let verdict = if passed { "ok" } else { "FAILED" };
            println!("test {name} (Terraform {}) ... {verdict}", terraform.version);
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

const ONE: &str = r#"
    resource "notes_note" "one" {
      title = "one"
      text  = "hello"
    }
"#;

fn creates_updates_replaces_and_destroys(scene: &Scene) {
    scene.configure(
        r#"
        resource "notes_note" "one" {
          title = "one"
          text  = "hello"
          tags  = ["b", "a"]
          timeouts { create = "1m" }
        }
        data "notes_note" "one" { title = notes_note.one.title }
        output "summary" { value = "${data.notes_note.one.text} ${notes_note.one.length}" }
        "#,
    );
    assert!(scene.apply().contains(r#"summary = "hello 5""#));
    scene.plans_nothing();
    scene.edit(r#"["b", "a"]"#, r#"["a", "b", "a"]"#);
    scene.plans_nothing();
    scene.edit("hello", "good-bye");
    let updated = scene.apply();
    assert!(updated.contains("1 changed"), "{updated}");
    assert!(updated.contains("the note's old text is lost"), "{updated}");
    scene.plans_nothing();
    scene.edit(r#"title = "one""#, r#"title = "two""#);
    let replaced = scene.apply();
    assert!(replaced.contains("1 added, 0 changed, 1 destroyed"), "{replaced}");
    assert_eq!(scene.notes(), ["two.txt"]);
    scene.plans_nothing();
    scene.succeeds(&["destroy", "-auto-approve"]);
    assert!(scene.notes().is_empty());
}

fn notices_what_happens_outside(scene: &Scene) {
    scene.configure(ONE);
    scene.apply();
    scene.write_note("one", "changed by another hand");
    assert!(scene.plan().contains("1 to change"));
    scene.apply();
    assert_eq!(scene.note("one"), "hello");
    scene.remove_note("one");
    assert!(scene.plan().contains("1 to add"));
    scene.apply();
    scene.plans_nothing();
}

fn imports_by_id(scene: &Scene) {
    scene.configure(ONE);
    scene.write_note("one", "hello");
    scene.succeeds(&["import", "notes_note.one", "one"]);
    scene.plans_nothing();
    scene.succeeds(&["state", "rm", "notes_note.one"]);
    scene.remove_note("one");
    assert!(scene.fails(&["import", "notes_note.one", "one"]).contains("non-existent remote object"));
}

/// Terraform 1.12 and later.
fn imports_by_identity(scene: &Scene) {
    if !scene.knows_identities() {
        let refused = scene.fails_with(&format!("{ONE}{IMPORT}"), &["plan"]);
        assert!(refused.contains("identity"), "{refused}");
        return;
    }
    scene.write_note("one", "hello");
    scene.configure(&format!("{ONE}{IMPORT}"));
    assert!(scene.apply().contains("1 imported"));
    assert_eq!(scene.instance()["identity"]["title"], "one");
    scene.plans_nothing();
}

const IMPORT: &str = r#"
    import {
      to       = notes_note.one
      identity = { title = "one" }
    }
"#;

fn upgrades_old_states(scene: &Scene) {
    scene.configure(ONE);
    scene.apply();
    scene.edit_instance(|instance| {
        instance["schema_version"] = 0.into();
        instance["attributes"] = serde_json::json!({ "id": "one", "name": "one", "text": "hello" });
    });
    scene.plans_nothing();
}

fn takes_over_what_is_moved(scene: &Scene) {
    scene.configure(r#"resource "terraform_data" "old" {}"#);
    scene.apply();
    scene.edit_instance(|instance| instance["attributes"]["id"] = "one".into());
    scene.write_note("one", "hello");
    let moved = "moved {\n from = terraform_data.old\n to = notes_note.one\n }";
    scene.configure(&format!("{ONE}{moved}"));
    let talk = scene.apply();
    assert!(talk.contains("0 added, 0 changed, 0 destroyed"), "{talk}");
    assert_eq!(scene.instance()["attributes"]["text"], "hello");
    scene.plans_nothing();
}

fn keeps_a_half_made_object_as_tainted(scene: &Scene) {
    let refused = scene.fails_with(&ONE.replace("hello", "half"), &["apply", "-auto-approve"]);
    assert!(refused.contains("the note was written by half"), "{refused}");
    assert_eq!(scene.instance()["status"], "tainted");
    assert_eq!(scene.instance()["attributes"]["id"], "one");
}

fn points_at_what_is_wrong(scene: &Scene) {
    let refused = scene.fails_with(
        &ONE.replace(
            r#""one"
"#,
            r#""o/ne"
"#,
        ),
        &["validate"],
    );
    assert!(refused.contains("a title has no `/`"), "{refused}");
    assert!(refused.contains(r#"title = "o/ne""#), "{refused}");
    let refused = scene.fails_with(r#"data "notes_note" "x" { title = "nothing" }"#, &["plan"]);
    assert!(refused.contains("there is no note `nothing`"), "{refused}");
}

fn calls_functions(scene: &Scene) {
    scene.configure(r#"output "loud" { value = provider::notes::shout("a", "b", "c") }"#);
    assert!(scene.apply().contains(r#"loud = "A B C""#));
    let refused = scene.fails_with(r#"output "x" { value = provider::notes::shout("a", "") }"#, &["plan"]);
    assert!(refused.contains("there is nothing to shout"), "{refused}");
}

fn an_interrupted_apply_loses_nothing(scene: &Scene) {
    scene.configure(&ONE.replace("hello", "slow"));
    let talk = scene.interrupted_apply();
    assert!(talk.contains("stopped waiting for the note"), "{talk}");
    assert_eq!(scene.instance()["attributes"]["id"], "one", "{talk}");
    scene.plans_nothing();
}
