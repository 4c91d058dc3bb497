//! Test results, as text and JSON.

use super::findings::{ReportedFinding, ReportedPlace, reported};
use super::service::Paths;
use super::service::junit::TestCase;
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

/// The version of the JSON format.
const VERSION: u32 = 2;

/// A test with the outcomes of its elements.
pub struct Tested<'p> {
    /// The test.
    pub test: &'p DeclaredTest,
    /// The outcomes of its elements, in the order of the block.
    pub outcomes: Vec<Outcome<'p>>,
}

impl Tested<'_> {
    /// `failed` when an element fails, else `unproven` when one is unproven, else `passed`.
    fn result(&self) -> TestResult {
        let any = |holds: &Option<bool>| self.outcomes.iter().any(|outcome| outcome.holds == *holds);
        TestResult::of([Some(false), None].into_iter().find(any).unwrap_or(Some(true)))
    }

    /// The test as a case of JUnit. What is unproven counts as skipped.
    pub(super) fn case(&self, sources: &Sources, paths: &Paths) -> TestCase {
        let of = |holds: Option<bool>| {
            let outcomes = self.outcomes.iter().filter(|outcome| outcome.holds == holds);
            let lines: Vec<_> = outcomes.map(|outcome| printable_line(&outcome.message)).collect();
            (!lines.is_empty()).then(|| lines.join("\n"))
        };
        let span = self.test.span;
        let file = paths.get(span.file).map(str::to_owned);
        let line = sources.get(span.file).map(|source| source.place(span.start).line);
        let at = file.iter().zip(line).map(|(file, line)| format!("{file}:{line}: ")).collect::<String>();
        let (failure, skipped) = (of(Some(false)), of(None));
        TestCase {
            name: printable_line(&self.test.instance.to_string()),
            failure: failure.map(|text| format!("{at}{text}")),
            skipped: skipped.map(|text| format!("{at}unproven: {text}")),
            file,
        }
    }

    /// Whether it has no elements or only vacuous ones.
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
        let vacuous = if tested.outcomes.is_empty() { " (vacuous: it has no elements)" } else { "" };
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
        Some(true) if outcome.vacuous => " (vacuous: no Namespace may call it)",
        Some(false) if outcome.finding.is_none() => " (silenced)",
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

/// `2 tests with 3 elements: 2 passed (1 vacuous), 0 failed, 0 unproven`.
#[must_use]
pub fn tested_totals(tests: &[Tested]) -> String {
    let of = |result| tests.iter().filter(|tested| tested.result() == result).count();
    let elements: usize = tests.iter().map(|tested| tested.outcomes.len()).sum();
    let vacuous =
        tests.iter().filter(|tested| tested.result() == TestResult::Passed && tested.is_vacuous()).count();
    let vacuous = match vacuous {
        0 => String::new(),
        count => format!(" ({count} vacuous)"),
    };
    format!(
        "{} with {}: {} passed{vacuous}, {} failed, {} unproven",
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
    /// The day as of which expiry dates were evaluated, in UTC.
    #[schemars(schema_with = "json::day")]
    as_of: String,
    /// In the order of the files; empty when the policy has errors.
    tests: Vec<ReportedTest>,
    /// The findings of failed and unproven tests; the policy's errors when it has any.
    findings: Vec<ReportedFinding>,
}

/// One test.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ReportedTest {
    /// The block instance.
    test: String,
    /// `failed` when an element fails, else `unproven` when one is unproven.
    result: TestResult,
    /// Whether it has no elements or only vacuous ones.
    vacuous: bool,
    /// In the order of the block.
    elements: Vec<ReportedElement>,
    #[serde(flatten)]
    place: Option<ReportedPlace>,
}

/// One element of a test.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ReportedElement {
    /// The attribute that contains it.
    expects: ExpectationList,
    /// The calling Namespace's id, in `allow` and `deny`.
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<String>,
    /// The principal, in `can_manage` and `cannot_manage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    /// The Endpoint's name.
    endpoint: String,
    /// Its result.
    result: TestResult,
    /// Whether the account allows the call today, before an apply; omitted where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    possible_today: Option<bool>,
    /// Whether it passes because no Namespace may call the Endpoint.
    vacuous: bool,
    /// Whether it fails and the policy silences that.
    silenced: bool,
    /// The actual access, and the reason for it.
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
            possible_today: outcome.today,
            vacuous: outcome.vacuous,
            silenced: outcome.holds == Some(false) && outcome.finding.is_none(),
            message: outcome.message.clone(),
            place: ReportedPlace::of(expectation.endpoint.span, sources),
        }
    }
}
