//! Merge conflicts that are not resolved. Their markers are syntax errors, and both versions are in the file.

use crate::diagnostic::source::{FileId, Span};
use crate::diagnostic::{Finding, Findings, SYNTAX};

/// The marker lines of a conflict, in order.
const MARKERS: [&str; 3] = ["<<<<<<<", "=======", ">>>>>>>"];

/// The findings for the conflicts in a text; `None` where there is none.
pub(super) fn found(file: FileId, text: &str) -> Option<Findings> {
    // Looking at each line takes a twentieth of a check.
    if !MARKERS.iter().all(|marker| text.contains(marker)) {
        return None;
    }
    let (mut found, mut opened, mut next) = (Findings::new(), None, 0);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if MARKERS.get(next).is_some_and(|marker| is_marker(line, marker)) {
            opened = opened.filter(|_| next > 0).or(Some(at));
            next += 1;
        }
        if next == MARKERS.len() {
            let start = opened.take().unwrap_or(at);
            let span = Span::new(file, offset(start), offset(start + MARKERS.map(str::len)[0]));
            let finding = Finding::new(&SYNTAX, span, "a merge conflict is not resolved");
            found.push(finding.help(
                "keep one of the two versions, and remove the lines `<<<<<<<`, `=======` and `>>>>>>>`",
            ));
            next = 0;
        }
        at += line.len();
    }
    (!found.is_empty()).then_some(found)
}

fn is_marker(line: &str, marker: &str) -> bool {
    let rest = line.strip_prefix(marker);
    rest.is_some_and(|rest| rest.trim_end().is_empty() || rest.starts_with(' '))
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
