//! What expressions mean, held against Terraform itself: each line of `expressions.txt` and random expressions are evaluated
//! by `terraform console` and by the compiler, and both must give the same JSON, or both none.
#![expect(clippy::print_stdout, reason = "a long run has figures")]
#![expect(clippy::panic, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod console;
mod differences;
mod draft;
mod generated;
mod layout;
mod ours;
mod rewritten;

use generated::{same, shown};
use tests::terraform::Terraform;

/// The table.
const TABLE: &str = include_str!("expressions.txt");

/// The table: `#` begins a comment.
fn expressions() -> Vec<String> {
    TABLE
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn expressions_mean_what_they_mean_in_terraform() {
    let expressions = expressions();
    assert!(expressions.len() > 500, "the table has {} expressions", expressions.len());
    // Where versions differ, 1.15.5 decides.
    let terraform = &Terraform::all()[0];
    let theirs = console::evaluated(terraform, &expressions);
    let wrong: Vec<_> = expressions
        .iter()
        .zip(theirs)
        .map(|(expression, theirs)| (expression, theirs, ours::evaluated(expression)))
        .filter(|(_, theirs, (ours, _))| !same(theirs, ours))
        .map(|(expression, theirs, (ours, found))| {
            format!("{expression}\n  Terraform: {}\n  nexusc:    {} {found}", shown(&theirs), shown(&ours))
        })
        .collect();
    assert!(wrong.is_empty(), "{}:\n{}", terraform.name(), wrong.join("\n"));
}
