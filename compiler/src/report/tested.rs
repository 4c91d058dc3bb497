//! What became of a policy's tests, for people and for programs.

mod schema;

pub use schema::tested_schema;

use super::findings::{list_json, place_json};
use super::{counted, printable_line};
use crate::check::test::Outcome;
use crate::diagnostic::Finding;
use crate::diagnostic::source::Sources;
use crate::policy::{DeclaredTest, Expected};
use serde_json::{Map, Value, json};
use time::Date;

/// The version of the format for programs.
const VERSION: u32 = 1;

/// One test with what became of its elements.
pub struct Tested<'p> {
    /// The test.
    pub test: &'p DeclaredTest,
    /// Its elements, in the order of its table.
    pub outcomes: Vec<Outcome<'p>>,
}

impl Tested<'_> {
    /// `failed` where one element does, else `unproven` where one is, else `passed`.
    fn result(&self) -> &'static str {
        let any = |holds: &Option<bool>| self.outcomes.iter().any(|outcome| outcome.holds == *holds);
        result([Some(false), None].into_iter().find(any).unwrap_or(Some(true)))
    }

    /// Whether it says nothing: no element, or none that says anything.
    fn is_vacuous(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.vacuous)
    }
}

/// What became of something that holds, that does not, or of which that is not known.
fn result(holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => "passed",
        Some(false) => "failed",
        None => "unproven",
    }
}

/// Each test with a line for each of its elements.
#[must_use]
pub fn tested_text(tests: &[Tested]) -> String {
    let mut text = String::new();
    for tested in tests {
        let vacuous = if tested.outcomes.is_empty() { ", but it expects nothing" } else { "" };
        text += &printable_line(&format!("{} {}{vacuous}", tested.result(), tested.test.instance));
        text.push('\n');
        for outcome in &tested.outcomes {
            let element = format!("{:8}", element(outcome));
            text += &printable_line(&format!("  {element}  {}{}", outcome.message, remark(outcome)));
            text.push('\n');
        }
    }
    text
}

fn remark(outcome: &Outcome) -> &'static str {
    match outcome.holds {
        Some(true) if outcome.vacuous => "; this says little, since nobody may call it",
        Some(false) if outcome.finding.is_none() => "; silenced",
        _ => "",
    }
}

fn element(outcome: &Outcome) -> &'static str {
    match outcome.holds {
        Some(true) => "ok",
        Some(false) => "FAILED",
        None => "unproven",
    }
}

/// `2 tests with 3 elements: 2 passed, 0 failed, 0 unproven, 1 of the passed says nothing`.
#[must_use]
pub fn tested_totals(tests: &[Tested]) -> String {
    let of = |result| tests.iter().filter(|tested| tested.result() == result).count();
    let elements: usize = tests.iter().map(|tested| tested.outcomes.len()).sum();
    let vacuous = tests.iter().filter(|tested| tested.result() == "passed" && tested.is_vacuous()).count();
    let vacuous = match vacuous {
        0 => String::new(),
        1 => ", 1 of the passed says nothing".to_owned(),
        count => format!(", {count} of the passed say nothing"),
    };
    format!(
        "{} with {}: {} passed, {} failed, {} unproven{vacuous}",
        counted(tests.len(), "test"),
        counted(elements, "element"),
        of("passed"),
        of("failed"),
        of("unproven"),
    )
}

/// The outcomes as programs read them, version 1, with the findings of the policy.
#[must_use]
pub fn tested_json(tests: &[Tested], findings: &[Finding], sources: &Sources, as_of: Date) -> Value {
    let findings = list_json(findings, sources);
    let tests: Vec<_> = tests.iter().map(|tested| test_json(tested, sources)).collect();
    json!({ "version": VERSION, "as_of": as_of.to_string(), "tests": tests, "findings": findings })
}

fn test_json(tested: &Tested, sources: &Sources) -> Value {
    let mut entry: Map<String, Value> = place_json(tested.test.span, sources).into_iter().collect();
    entry.insert("test".to_owned(), json!(tested.test.instance.to_string()));
    entry.insert("result".to_owned(), json!(tested.result()));
    entry.insert("vacuous".to_owned(), json!(tested.is_vacuous()));
    let elements = tested.outcomes.iter().map(|outcome| element_json(outcome, sources));
    entry.insert("elements".to_owned(), elements.collect());
    Value::Object(entry)
}

fn element_json(outcome: &Outcome, sources: &Sources) -> Value {
    let expectation = outcome.expectation;
    let mut entry: Map<String, Value> = place_json(expectation.endpoint.span, sources).into_iter().collect();
    let (list, key, who) = match (&expectation.expected, expectation.possible) {
        (Expected::Call(caller), true) => ("allow", "caller", caller.to_string()),
        (Expected::Call(caller), false) => ("deny", "caller", caller.to_string()),
        (Expected::Manage(principal), true) => ("can_manage", "principal", principal.to_string()),
        (Expected::Manage(principal), false) => ("cannot_manage", "principal", principal.to_string()),
    };
    let rest = json!({
        "expects": list,
        key: who,
        "endpoint": expectation.endpoint.id.as_str(),
        "result": result(outcome.holds),
        "vacuous": outcome.vacuous,
        "silenced": outcome.holds == Some(false) && outcome.finding.is_none(),
        "message": outcome.message,
    });
    if let Value::Object(rest) = rest {
        entry.extend(rest);
    }
    Value::Object(entry)
}
