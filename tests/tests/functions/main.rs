//! What expressions mean, held against Terraform itself: each line of `expressions.txt` is evaluated by `terraform
//! console` of every Terraform and by the compiler, and both must give the same JSON, or both none.
#![expect(clippy::panic, clippy::expect_used, reason = "a test fails by panicking")]

mod console;
mod differences;
mod draft;
mod generated;
mod ours;

use generated::same;
use serde_json::Value as Json;
use tests::terraform::Terraform;

/// The table.
const TABLE: &str = include_str!("expressions.txt");

/// One expression, and why it is to mean something else than in Terraform.
struct Case {
    expression: &'static str,
    differs: Option<&'static str>,
}

/// The table: `#` begins a comment, `## differs: …` a part in which every expression differs for that reason.
fn cases() -> Vec<Case> {
    let mut differs = None;
    let mut cases = Vec::new();
    for line in TABLE.lines().filter(|line| !line.trim().is_empty()) {
        match (line.strip_prefix("## differs: "), line.starts_with('#')) {
            (Some(reason), _) => differs = Some(reason),
            (None, true) => {}
            (None, false) => cases.push(Case { expression: line, differs }),
        }
    }
    cases
}

#[test]
fn expressions_mean_what_they_mean_in_terraform() {
    let cases = cases();
    assert!(cases.len() > 300, "the table has {} expressions", cases.len());
    for terraform in Terraform::all() {
        let expressions: Vec<_> = cases.iter().map(|case| case.expression.to_owned()).collect();
        let theirs = console::evaluated(terraform, &expressions);
        let compared =
            cases.iter().zip(theirs).map(|(case, theirs)| (case, theirs, ours::evaluated(case.expression)));
        let wrong: Vec<_> = compared
            .filter(|(case, theirs, (ours, _))| same(theirs, ours) != case.differs.is_none())
            .map(|(case, theirs, (ours, findings))| {
                let differs = case.differs.map_or("the same", |_| "a difference");
                let shown =
                    |value: &Option<Json>| value.as_ref().map_or("an error".to_owned(), Json::to_string);
                let (theirs, ours) = (shown(&theirs), shown(&ours));
                format!(
                    "{}: expected {differs}\n  Terraform: {theirs}\n  nexusc:    {ours} {findings}",
                    case.expression
                )
            })
            .collect();
        assert!(wrong.is_empty(), "{}:\n{}", terraform.name(), wrong.join("\n"));
    }
}
