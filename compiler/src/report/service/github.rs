//! Annotations of GitHub Actions: workflow commands on standard output. They need no permission, so that they also work for pull
//! requests of forks.

use super::{Alert, by_line, clipped};
use crate::diagnostic::Severity;

/// How many annotations of one level GitHub shows for a step. It drops the others without a word.
pub const SHOWN_MOST: usize = 10;

/// The most bytes of a message; GitHub cuts at 4,096 characters.
const MESSAGE_MOST: usize = 4_000;

/// A workflow command in a line for each alert, the worst first. The last of a level says how many are left out.
#[must_use]
pub fn github(alerts: Vec<Alert>) -> String {
    let alerts = by_line(alerts);
    let mut text = String::new();
    for command in ["error", "warning", "notice"] {
        let of_level: Vec<_> = alerts.iter().filter(|alert| level(alert.severity) == command).collect();
        let shown = if of_level.len() > SHOWN_MOST { SHOWN_MOST - 1 } else { of_level.len() };
        of_level.iter().take(shown).for_each(|alert| text += &annotation(command, alert));
        if of_level.len() > shown {
            let left = of_level.len() - shown;
            text +=
                &format!("::{command} title=nexusc::and {left} more; the summary of the job lists them\n");
        }
    }
    text
}

fn annotation(command: &str, alert: &Alert) -> String {
    let place = &alert.place;
    // The log shows the message alone.
    let message = format!("{}: {}", place.shown(), alert.text());
    format!(
        "::{command} file={},line={},col={},endColumn={},title={}::{}\n",
        property(&place.file),
        place.line,
        place.column,
        place.end_column,
        property(&alert.rule),
        data(&clipped(&message, MESSAGE_MOST)),
    )
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Approval | Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// The message of a command. The runner executes the old form of a command anywhere in a line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A").replace("##[", "#%23[")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
