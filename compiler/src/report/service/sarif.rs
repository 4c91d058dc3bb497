//! SARIF 2.1.0, as GitHub's code scanning reads it. An upload is the whole state of its category, so there is always a file, with
//! one run, also without results.

use super::{Alert, AlertPlace, by_line, clipped};
use crate::diagnostic::{Code, Family, Severity};
use serde::Serialize;
use std::collections::BTreeMap;

/// The most results: GitHub keeps no more of them.
pub const RESULTS_MOST: usize = 5_000;

/// The most bytes of all results; GitHub refuses a file of more than 10 MB, compressed.
pub const BYTES_MOST: usize = 9 << 20;

/// The most bytes of a message.
const MESSAGE_MOST: usize = 4_000;

/// The most bytes of a rule's descriptions.
const DESCRIPTION_MOST: usize = 1_024;

/// What a report is made from, besides the alerts.
#[derive(Clone, Debug, Default)]
pub struct SarifOptions {
    /// The category, which distinguishes reports on one commit; it ends in `/`.
    pub category: Option<String>,
    /// The lines' hashes by which GitHub recognizes an alert, where its upload action does not compute them.
    pub fingerprints: Option<Fingerprints>,
}

/// The hashes of lines, by file and line.
pub type Fingerprints = BTreeMap<(String, u32), String>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    #[serde(skip_serializing_if = "Option::is_none")]
    automation_details: Option<AutomationDetails>,
    column_kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    invocations: Vec<Invocation>,
    results: Vec<SarifResult>,
}

#[derive(Serialize)]
struct AutomationDetails {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: Vec<&'static str>,
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    severity: &'static str,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_fingerprints: Option<PartialFingerprints>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartialFingerprints {
    primary_location_line_hash: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

/// The report, and what was left out of it.
#[must_use]
pub fn sarif(alerts: Vec<Alert>, options: &SarifOptions) -> (String, Option<String>) {
    let alerts = by_line(alerts);
    let (kept, left) = alerts.split_at(kept(&alerts));
    let rules: BTreeMap<&str, &Alert> = kept.iter().rev().map(|alert| (alert.rule.as_str(), alert)).collect();
    let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(index, rule)| (*rule, index)).collect();
    let left_out = notice(left);
    let results = kept.iter().map(|alert| SarifResult {
        rule_index: index.get(alert.rule.as_str()).copied().unwrap_or_default(),
        partial_fingerprints: fingerprint(alert, options),
        ..SarifResult::of(alert)
    });
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: "nexusc",
                semantic_version: env!("CARGO_PKG_VERSION"),
                rules: rules.values().map(|alert| Rule::of(alert)).collect(),
            },
        },
        automation_details: options.category.clone().map(|id| AutomationDetails { id }),
        column_kind: "unicodeCodePoints",
        invocations: left_out.iter().map(|text| notification(text)).collect(),
        results: results.collect(),
    };
    let schema = "https://json.schemastore.org/sarif-2.1.0.json";
    (crate::report::written(&Log { schema, version: "2.1.0", runs: [run] }), left_out)
}

/// How many alerts the report holds: the worst come first.
fn kept(alerts: &[Alert]) -> usize {
    // What a result takes besides its texts.
    const FRAME: usize = 1_000;
    let mut bytes = 0;
    let fits = |alert: &&Alert| {
        let related = alert.related.iter().map(|(_, message)| message.len() + FRAME).sum::<usize>();
        bytes += FRAME + 2 * alert.text().len().min(MESSAGE_MOST) + alert.place.file.len() + related;
        bytes <= BYTES_MOST
    };
    alerts.iter().take(RESULTS_MOST).take_while(fits).count()
}

fn notice(left: &[Alert]) -> Option<String> {
    let what = "of the lowest severities are left out, as GitHub takes 5,000 results of 10 MB";
    (!left.is_empty()).then(|| format!("{} results {what}", left.len()))
}

fn notification(left_out: &str) -> Invocation {
    let notification = Notification { level: "warning", message: Text { text: left_out.to_owned() } };
    Invocation { execution_successful: true, tool_execution_notifications: vec![notification] }
}

fn fingerprint(alert: &Alert, options: &SarifOptions) -> Option<PartialFingerprints> {
    let hash = options.fingerprints.as_ref()?.get(&(alert.place.file.clone(), alert.place.line))?;
    Some(PartialFingerprints { primary_location_line_hash: hash.clone() })
}

impl SarifResult {
    fn of(alert: &Alert) -> Self {
        let related = alert.related.iter().enumerate();
        Self {
            rule_id: alert.rule.clone(),
            rule_index: 0,
            level: level(alert.severity),
            message: Text { text: clipped(&alert.text(), MESSAGE_MOST) },
            locations: [Location::of(&alert.place, None)],
            related_locations: related
                .map(|(id, (place, text))| Location::of(place, Some((id, text))))
                .collect(),
            partial_fingerprints: None,
        }
    }
}

impl Location {
    fn of(place: &AlertPlace, related: Option<(usize, &String)>) -> Self {
        let AlertPlace { file, line, column, end_column } = place;
        Self {
            id: related.map(|(id, _)| id + 1),
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri: uri(file) },
                region: Region {
                    start_line: *line,
                    start_column: *column,
                    end_line: *line,
                    end_column: *end_column,
                },
            },
            message: related.map(|(_, text)| Text { text: clipped(text, DESCRIPTION_MOST) }),
        }
    }
}

impl Rule {
    fn of(alert: &Alert) -> Self {
        let text = |text: &str| Text { text: clipped(text, DESCRIPTION_MOST) };
        let family = alert.code.map_or("demand", |code| family(code.family));
        // A guard has a severity of its own.
        let of_code = alert.code.filter(|code| code.name == alert.rule);
        let severity = of_code.map_or(alert.severity, |code| code.severity);
        Self {
            id: alert.rule.clone(),
            short_description: text(&short_description(alert)),
            full_description: text(alert.code.map_or(RULE_CHANGED_EXPLANATION, |code| code.explanation)),
            help: text(&help(alert)),
            default_configuration: Configuration { level: level(severity) },
            properties: Properties {
                tags: vec!["temporal-nexus", family],
                precision: "very-high",
                severity: problem_severity(severity),
            },
        }
    }
}

const RULE_CHANGED_EXPLANATION: &str = "A guard, test, severity, suppression, expiry date or file by which the policy is judged is \
removed or weakened. Who proposes a change must not be able to remove the rule that forbids it, so someone else must approve.";

fn short_description(alert: &Alert) -> String {
    match alert.code {
        Some(code) => match alert.rule.split_once('/') {
            Some((_, guard)) => format!("The guard `{guard}` does not hold"),
            None => code.meaning.to_owned(),
        },
        None => "A rule of the policy is removed or weakened".to_owned(),
    }
}

fn help(alert: &Alert) -> String {
    let explain =
        |code: &Code| format!("{}\n\n`nexusc explain {}` shows examples.", code.explanation, code.name);
    alert.code.map_or_else(|| RULE_CHANGED_EXPLANATION.to_owned(), explain)
}

fn family(family: Family) -> &'static str {
    match family {
        Family::Document => "document",
        Family::Reference => "reference",
        Family::Permission => "permission",
        Family::Limit => "limit",
        Family::Privatelink => "privatelink",
        Family::Facts => "facts",
        Family::Demand => "demand",
        Family::Lint => "lint",
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning | Severity::Approval => "warning",
        Severity::Note => "note",
    }
}

fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning | Severity::Approval => "warning",
        Severity::Note => "recommendation",
    }
}

/// A path as a relative URI reference: each character but those that need no escape as `%XX`. A colon would end a scheme.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri += &format!("%{byte:02X}");
        }
    }
    uri
}

/// GitHub's hash of each line of a text: a rolling hash of the hundred UTF-16 units from the start of the line on, blanks and tabs
/// left out and any line break one unit, with a counter for lines with an equal hash. GitHub's upload action computes the
/// same, so that reports that it uploads need none.
#[must_use]
pub fn line_hashes(text: &str) -> Vec<String> {
    const UNITS: usize = 100;
    const BASE: u64 = 37;
    /// What ends the text.
    const END: u16 = u16::MAX;
    let (mut units, mut starts, mut is_start) = (Vec::with_capacity(text.len() + 1), Vec::new(), true);
    let mut add = |unit: u16| {
        if is_start {
            starts.push(units.len());
        }
        is_start = unit == u16::from(b'\n');
        units.push(unit);
    };
    let mut after_return = false;
    for unit in text.encode_utf16() {
        let is = |letter: u8| unit == u16::from(letter);
        let is_second_half = after_return && is(b'\n');
        after_return = is(b'\r');
        match unit {
            _ if is(b' ') || is(b'\t') || is_second_half => {}
            _ if is(b'\r') => add(u16::from(b'\n')),
            _ => add(unit),
        }
    }
    add(END);
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    let hash = |start: usize| {
        let window = (start..start + UNITS).map(|at| units.get(at).copied().unwrap_or_default());
        window.fold(0_u64, |hash, unit| hash.wrapping_mul(BASE).wrapping_add(u64::from(unit)))
    };
    let numbered = starts.into_iter().map(|start| {
        let hash = hash(start);
        let count = counts.entry(hash).or_default();
        *count += 1;
        format!("{hash:x}:{count}")
    });
    numbered.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_lines_are_those_of_the_upload_action() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
        let expected = ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"];
        assert_eq!(line_hashes(" a\nb\n  \t\tc\n d"), expected);
        assert_eq!(line_hashes(" a\r\nb\r  \t\tc\n d"), expected);
    }

    #[test]
    fn paths_are_relative_uris() {
        assert_eq!(uri("a b/ü#?%.hcl"), "a%20b/%C3%BC%23%3F%25.hcl");
        assert_eq!(uri("C:x"), "C%3Ax");
    }
}
