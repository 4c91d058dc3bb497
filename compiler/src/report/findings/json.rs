//! Findings for programs: docs/schema/findings.schema.json.

use super::{Audience, FindingsFormat, FindingsReport};
use crate::diagnostic::Finding;
use crate::diagnostic::source::Sources;
use crate::report::written;
use time::Date;

/// The format.
pub const FORMAT: FindingsFormat = FindingsFormat {
    name: "json",
    about: "For programs: docs/schema/findings.schema.json",
    audience: Audience::Programs,
    render: |input| findings_json(input.findings, input.sources, input.as_of),
};

/// The report of the findings, in the order given.
#[must_use]
pub fn findings_json(findings: &[Finding], sources: &Sources, as_of: Date) -> String {
    written(&FindingsReport::of(findings, sources, as_of))
}
