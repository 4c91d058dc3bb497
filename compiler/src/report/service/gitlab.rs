//! GitLab's Code Quality report: an array of problems. GitLab compares the reports of two branches by fingerprint alone.

use super::{Alert, clipped};
use crate::diagnostic::Severity;
use crate::digest::sha256;
use serde::Serialize;
use std::collections::BTreeMap;

/// The most bytes of a description.
const DESCRIPTION_MOST: usize = 4_000;

#[derive(Serialize)]
struct Problem {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// The report. An alert keeps its fingerprint when the policy is formatted, reordered or moved to other files: it is made from what
/// the alert is about, with a counter for those about the same.
#[must_use]
pub fn gitlab(alerts: &[Alert]) -> String {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let problems = alerts.iter().map(|alert| {
        let count = counts.entry((&alert.rule, &alert.subject)).or_default();
        *count += 1;
        Problem {
            // The name of the check is shown nowhere.
            description: clipped(&format!("{}: {}", alert.rule, alert.text()), DESCRIPTION_MOST),
            check_name: alert.rule.clone(),
            fingerprint: sha256(format!("{:?} {:?} {count}", alert.rule, alert.subject)),
            severity: severity(alert.severity),
            location: Location { path: alert.place.file.clone(), lines: Lines { begin: alert.place.line } },
        }
    });
    crate::report::written(&problems.collect::<Vec<_>>())
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Approval => "major",
        Severity::Warning => "minor",
        Severity::Note => "info",
    }
}
