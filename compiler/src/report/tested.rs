//! What became of a policy's tests, for people and for programs.

use super::findings::{ReportedFinding, ReportedPlace, reported};
use super::{counted, printable_line, written};
use crate::check::test::Outcome;
use crate::diagnostic::Finding;
use crate::diagnostic::source::Sources;
use crate::json;
use crate::policy::{DeclaredTest, Expected};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
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
    fn result(&self) -> TestResult {
        let any = |holds: &Option<bool>| self.outcomes.iter().any(|outcome| outcome.holds == *holds);
        TestResult::of([Some(false), None].into_iter().find(any).unwrap_or(Some(true)))
    }

    /// Whether it says nothing: no element, or none that says anything.
    fn is_vacuous(&self) -> bool {
        self.outcomes.iter().all(|outcome| outcome.vacuous)
    }
}

/// The result of a test or of one of its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum TestResult {
    Passed,
    Failed,
    /// Neither provably right nor provably wrong.
    Unproven,
}

impl TestResult {
    /// The result of what holds, does not, or of which that is not known.
    fn of(holds: Option<bool>) -> Self {
        match holds {
            Some(true) => Self::Passed,
            Some(false) => Self::Failed,
            None => Self::Unproven,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Unproven => "unproven",
        }
    }
}

/// Each test with a line for each of its elements.
#[must_use]
pub fn tested_text(tests: &[Tested]) -> String {
    let mut text = String::new();
    for tested in tests {
        let vacuous = if tested.outcomes.is_empty() { ", but it expects nothing" } else { "" };
        text += &printable_line(&format!("{} {}{vacuous}", tested.result().name(), tested.test.instance));
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
    let vacuous =
        tests.iter().filter(|tested| tested.result() == TestResult::Passed && tested.is_vacuous()).count();
    let vacuous = match vacuous {
        0 => String::new(),
        1 => ", 1 of the passed says nothing".to_owned(),
        count => format!(", {count} of the passed say nothing"),
    };
    format!(
        "{} with {}: {} passed, {} failed, {} unproven{vacuous}",
        counted(tests.len(), "test"),
        counted(elements, "element"),
        of(TestResult::Passed),
        of(TestResult::Failed),
        of(TestResult::Unproven),
    )
}

/// The schema of the outcomes for programs, of this version.
#[must_use]
pub fn tested_schema() -> Value {
    json::schema_of_output::<TestReport>("The outcome of a policy's tests")
}

/// The outcome of a policy's tests.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct TestReport {
    /// The version of the format.
    #[schemars(schema_with = "json::version::<VERSION>")]
    version: u32,
    /// The day that decided which grants have expired, in UTC.
    #[schemars(schema_with = "json::day")]
    as_of: String,
    /// In the order of the files; none where the policy has errors.
    tests: Vec<ReportedTest>,
    /// What fails and is unproven in these tests; where the policy has errors, those.
    findings: Vec<ReportedFinding>,
}

/// One test.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ReportedTest {
    /// Its block instance.
    test: String,
    /// `failed` where one element does, else `unproven` where one is.
    result: TestResult,
    /// Whether it says nothing: no element, or none that says anything.
    vacuous: bool,
    /// In the order of its table.
    elements: Vec<ReportedElement>,
    #[serde(flatten)]
    place: Option<ReportedPlace>,
}

/// One element of a test.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ReportedElement {
    /// The list that it stands in.
    expects: ExpectationList,
    /// The calling Namespace's id, where it is about a call.
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<String>,
    /// The principal, where it is about who manages.
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    /// The Endpoint's name.
    endpoint: String,
    /// Its result.
    result: TestResult,
    /// Whether it says little: nobody may call the Endpoint.
    vacuous: bool,
    /// Whether it fails and the policy says not to report it.
    silenced: bool,
    /// What is so, and why.
    message: String,
    #[serde(flatten)]
    place: Option<ReportedPlace>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ExpectationList {
    Allow,
    Deny,
    CanManage,
    CannotManage,
}

/// The outcomes as programs read them, with the findings of the policy.
#[must_use]
pub fn tested_json(tests: &[Tested], findings: &[Finding], sources: &Sources, as_of: Date) -> String {
    written(&TestReport {
        version: VERSION,
        as_of: as_of.to_string(),
        tests: tests.iter().map(|tested| ReportedTest::of(tested, sources)).collect(),
        findings: reported(findings, sources),
    })
}

impl ReportedTest {
    fn of(tested: &Tested, sources: &Sources) -> Self {
        Self {
            test: tested.test.instance.to_string(),
            result: tested.result(),
            vacuous: tested.is_vacuous(),
            elements: tested.outcomes.iter().map(|it| ReportedElement::of(it, sources)).collect(),
            place: ReportedPlace::of(tested.test.span, sources),
        }
    }
}

impl ReportedElement {
    fn of(outcome: &Outcome, sources: &Sources) -> Self {
        let expectation = outcome.expectation;
        let (caller, principal) = match &expectation.expected {
            Expected::Call(caller) => (Some(caller.to_string()), None),
            Expected::Manage(principal) => (None, Some(principal.to_string())),
        };
        Self {
            expects: match (&expectation.expected, expectation.possible) {
                (Expected::Call(_), true) => ExpectationList::Allow,
                (Expected::Call(_), false) => ExpectationList::Deny,
                (Expected::Manage(_), true) => ExpectationList::CanManage,
                (Expected::Manage(_), false) => ExpectationList::CannotManage,
            },
            caller,
            principal,
            endpoint: expectation.endpoint.id.to_string(),
            result: TestResult::of(outcome.holds),
            vacuous: outcome.vacuous,
            silenced: outcome.holds == Some(false) && outcome.finding.is_none(),
            message: outcome.message.clone(),
            place: ReportedPlace::of(expectation.endpoint.span, sources),
        }
    }
}
