//! Text for a custom policy check of Atlantis, which judges by words and not by exit code: a set of policies failed when the text
//! begins with `FAIL` or holds a number of failures. Older servers look for `fail` anywhere, so that a passing text names nothing.

use super::{Alert, by_line};
use crate::diagnostic::Severity;
use crate::report::counted;

/// The text. A line for each finding that fails the run, as `fails` tells; the exit code is 0 either way.
#[must_use]
pub fn atlantis(alerts: Vec<Alert>, has_passed: bool, fails: impl Fn(Severity) -> bool) -> String {
    let alerts = by_line(alerts);
    if has_passed {
        let of = |severity| alerts.iter().filter(|alert| alert.severity == severity).count();
        let counts = [(of(Severity::Warning), "warning"), (of(Severity::Note), "note")];
        let counts = counts.map(|(count, what)| counted(count, what));
        return format!("PASS: the policy for Temporal Nexus is accepted, with {}\n", counts.join(" and "));
    }
    let mut text = "FAIL: the policy for Temporal Nexus is not accepted\n\n".to_owned();
    let failing: Vec<_> = alerts.iter().filter(|alert| fails(alert.severity)).collect();
    for alert in &failing {
        let Alert { severity, rule, place, message, .. } = alert;
        text += &format!("{}[{rule}] {}: {message}\n", severity.name(), place.shown());
    }
    text + &format!("\n{}\n", counted(failing.len().max(1), "failure"))
}
