//! JUnit XML, for GitLab, Jenkins and others: a case for each finding, or for each test of the policy.

use super::{Alert, clipped};
use crate::diagnostic::Severity;
use std::collections::BTreeMap;

/// The most bytes of all cases; GitLab takes 30 MB a file.
pub const BYTES_MOST: usize = 28 << 20;

/// The most bytes of the text of a case.
const TEXT_MOST: usize = 8_000;

/// A case that is not about a finding: one of the policy's tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestCase {
    /// The name: the test.
    pub name: String,
    /// Where it is, if known.
    pub file: Option<String>,
    /// What is wrong, in lines; `None` where the test passed.
    pub failure: Option<String>,
    /// Why it counts as skipped.
    pub skipped: Option<String>,
}

/// The report of the alerts, and of the tests that were run. A finding fails its case where its severity fails the run, as `fails`
/// tells, and else is skipped, with its text. A report without cases is an error to Jenkins, so there is always one.
#[must_use]
pub fn junit(alerts: &[Alert], tests: &[TestCase], fails: impl Fn(Severity) -> bool) -> String {
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let found = alerts.iter().map(|alert| {
        let name = format!("{} {}: {}", alert.rule, alert.place.shown(), clipped(&alert.message, 200));
        let text = Some(format!("{}\n{}", alert.place.shown(), alert.text()));
        let (failure, skipped) = if fails(alert.severity) { (text, None) } else { (None, text) };
        TestCase { name, file: Some(alert.place.file.clone()), failure, skipped }
    });
    let mut cases: Vec<_> = tests.iter().cloned().chain(found).collect();
    if cases.is_empty() {
        cases.push(TestCase { name: "no findings".to_owned(), file: None, failure: None, skipped: None });
    }
    let (mut body, mut written) = (String::new(), Vec::new());
    for mut case in cases.iter().cloned() {
        if body.len() > BYTES_MOST {
            break;
        }
        // Of several cases of one name, only one is shown.
        let count = names.entry(case.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            case.name = format!("{} ({count})", case.name);
        }
        body += &element(&case);
        written.push(case);
    }
    if written.len() < cases.len() {
        let text =
            format!("{} more cases are left out, as the report is too large", cases.len() - written.len());
        let case = TestCase { name: text.clone(), file: None, failure: Some(text), skipped: None };
        body += &element(&case);
        written.push(case);
    }
    let failures = written.iter().filter(|case| case.failure.is_some()).count();
    let skipped = written.iter().filter(|case| case.skipped.is_some()).count();
    let counts =
        format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\"", written.len());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites {counts}>\n  <testsuite name=\"nexusc\" {counts}>\n\
         {body}  </testsuite>\n</testsuites>\n"
    )
}

fn element(TestCase { name, file, failure, skipped }: &TestCase) -> String {
    let file = file.as_ref().map(|file| format!(" file=\"{}\"", escaped(file))).unwrap_or_default();
    let open = format!("    <testcase classname=\"nexusc\" name=\"{}\"{file}", escaped(name));
    let inner = |tag: &str, text: &str| {
        let text = escaped(&clipped(text, TEXT_MOST));
        format!("{open}>\n      <{tag}>{text}</{tag}>\n    </testcase>\n")
    };
    match (failure, skipped) {
        (Some(text), _) => inner("failure", text),
        (None, Some(text)) => inner("skipped", text),
        (None, None) => format!("{open}/>\n"),
    }
}

/// Text and attributes of XML: what is no character of XML 1.0 as U+FFFD. A workflow command is broken, as a report may be printed.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '[' if escaped.ends_with("##") => escaped += "&#91;",
            '\n' => escaped.push('\n'),
            '\t' | '\r' => escaped += &format!("&#{};", u32::from(letter)),
            '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => escaped.push(letter),
            _ => escaped.push(char::REPLACEMENT_CHARACTER),
        }
    }
    escaped
}
