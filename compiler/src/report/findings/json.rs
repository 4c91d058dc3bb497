//! Findings for programs: docs/schema/findings.schema.json.

use super::FindingsReport;
use crate::diagnostic::Finding;
use crate::diagnostic::source::Sources;
use crate::report::written;
use time::Date;

/// The report of the findings, in the order given.
#[must_use]
pub fn findings_json(findings: &[Finding], sources: &Sources, as_of: Date) -> String {
    written(&FindingsReport::of(findings, sources, as_of))
}
