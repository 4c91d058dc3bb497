//! Findings for people and for programs.

mod human;
mod json;

pub use human::{SHOWN_LINE_MAX, SHOWN_MOST, TEXT_MOST, findings_text, summary};
pub use json::findings_json;

use crate::diagnostic::source::{Sources, Span};
use crate::diagnostic::{Finding, Occurrence, Related, Severity};
use crate::json as json_format;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use time::Date;

/// The version of the report for programs.
const VERSION: u32 = 1;

/// The findings of one run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FindingsReport {
    /// The version of the format.
    #[schemars(schema_with = "json_format::version::<VERSION>")]
    version: u32,
    /// The day as of which expiry dates were evaluated, in UTC.
    #[schemars(schema_with = "json_format::day")]
    as_of: String,
    /// By file and position.
    pub findings: Vec<ReportedFinding>,
}

/// One finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ReportedFinding {
    /// The code; `nexusc explain` explains it.
    code: &'static str,
    /// The severity.
    #[schemars(schema_with = "severity")]
    severity: &'static str,
    /// The problem.
    message: String,
    #[serde(flatten)]
    place: Option<ReportedPlace>,
    /// The block instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// Related locations.
    related: Vec<ReportedRelated>,
    /// All objects with this finding, where one cause gives it for several; the first of them is the one above, unless it is
    /// about a guard.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    instances: Vec<ReportedOccurrence>,
}

/// One of the objects that a finding is about.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ReportedOccurrence {
    /// The problem.
    message: String,
    #[serde(flatten)]
    place: Option<ReportedPlace>,
    /// The block instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// A place that explains a finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ReportedRelated {
    /// How the location is related.
    message: String,
    #[serde(flatten)]
    place: Option<ReportedPlace>,
}

/// A location: lines and columns start at 1, and the end is exclusive.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ReportedPlace {
    /// The path as given.
    file: String,
    #[schemars(range(min = 1))]
    line: u32,
    #[schemars(range(min = 1))]
    column: u32,
    #[schemars(range(min = 1))]
    end_line: u32,
    #[schemars(range(min = 1))]
    end_column: u32,
}

fn severity(_: &mut SchemaGenerator) -> Schema {
    let all = [Severity::Error, Severity::Warning, Severity::Approval, Severity::Note];
    json_schema!({ "enum": all.map(Severity::name) })
}

/// The schema of the report of this version.
#[must_use]
pub fn findings_schema() -> serde_json::Value {
    json_format::schema_of_output::<FindingsReport>("Findings of nexusc")
}

impl FindingsReport {
    /// The report of a run.
    #[must_use]
    pub fn of(findings: &[Finding], sources: &Sources, as_of: Date) -> Self {
        Self { version: VERSION, as_of: as_of.to_string(), findings: reported(findings, sources) }
    }
}

/// Findings as reports hold them.
pub(super) fn reported(findings: &[Finding], sources: &Sources) -> Vec<ReportedFinding> {
    findings.iter().map(|finding| ReportedFinding::of(finding, sources)).collect()
}

impl ReportedFinding {
    fn of(finding: &Finding, sources: &Sources) -> Self {
        let related = |related: &Related| ReportedRelated {
            message: related.message.clone(),
            place: ReportedPlace::of(related.span, sources),
        };
        let occurrence = |it: &Occurrence| ReportedOccurrence {
            message: it.message.clone(),
            place: it.span.and_then(|span| ReportedPlace::of(span, sources)),
            instance: it.instance.clone(),
            help: it.help.clone(),
        };
        Self {
            code: finding.code.name,
            severity: finding.severity.name(),
            message: finding.message.clone(),
            place: finding.span.and_then(|span| ReportedPlace::of(span, sources)),
            instance: finding.instance.clone(),
            help: finding.help.clone(),
            related: finding.related.iter().map(related).collect(),
            instances: finding.occurrences.iter().map(occurrence).collect(),
        }
    }
}

impl ReportedPlace {
    /// Where a span stands; `None` for a file that is not among the sources.
    pub(super) fn of(span: Span, sources: &Sources) -> Option<Self> {
        let file = sources.get(span.file)?;
        let (start, end) = (file.place(span.start), file.place(span.end));
        Some(Self {
            file: file.path().to_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        })
    }
}
