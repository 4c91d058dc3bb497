//! Hidden characters in the text of a policy: a reviewer sees another text than the one that counts.

use crate::diagnostic::source::{FileId, SourceFile, Sources, Span};
use crate::diagnostic::{Finding, Findings, HIDDEN_CHARACTER, SYNTAX};
use crate::language::hidden::{Kind, first_hidden, named};
use std::collections::BTreeSet;

/// How many lines of a file are reported.
pub const REPORTED_LINES: usize = 20;

/// Reports the hidden characters in the files from `first` on. Those with syntax errors are left out: one may be the cause of
/// the other.
pub fn hidden_characters(first: FileId, sources: &Sources, findings: &mut Findings) {
    let of_syntax = findings.iter().filter(|finding| finding.code == &SYNTAX);
    let broken: BTreeSet<_> = of_syntax.filter_map(|finding| Some(finding.span?.file)).collect();
    let sound = |(file, _): &(FileId, &SourceFile)| *file >= first && !broken.contains(file);
    sources.iter().filter(sound).for_each(|(file, source)| report(file, source.text(), findings));
}

/// Reports the first hidden character of each line.
fn report(file: FileId, text: &str, findings: &mut Findings) {
    let may_hide = |byte: u8| byte >= 0x7f || (byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r'));
    // Whole chunks at a time: most files are of plain bytes, and are read in full.
    let any = |chunk: &[u8]| chunk.iter().fold(false, |any, byte| any | may_hide(*byte));
    let lone_return = || text.split('\r').skip(1).any(|rest| !rest.starts_with('\n'));
    if !text.as_bytes().chunks(256).any(any) && !lone_return() {
        return;
    }
    let (mut lines, mut last) = (0, None);
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if let Some((at, letter)) = hidden(line, offset) {
            lines += 1;
            if lines <= REPORTED_LINES {
                let start = u32::try_from(offset + at).unwrap_or(u32::MAX);
                let span = Span::new(file, start, start.saturating_add(letter.len_utf8() as u32));
                let message = format!("the line holds the hidden character {}", named(letter));
                let help = "remove it, or write it as an escape in a string, such as `\\u200B`";
                last = Some(findings.len());
                findings.push(Finding::new(&HIDDEN_CHARACTER, span, message).help(help));
            }
        }
        offset += line.len();
    }
    if let Some(last) = last.filter(|_| lines > REPORTED_LINES).and_then(|last| findings.get_mut(last)) {
        last.message += &format!("; so do {} more lines of the file", lines - REPORTED_LINES);
    }
}

/// The first hidden character of a line that begins at `offset`, and its place in the line. A byte order mark at the start of a
/// file and a carriage return at the end of a line are none.
fn hidden(line: &str, offset: usize) -> Option<(usize, char)> {
    let body = line.trim_end_matches('\n').trim_end_matches('\r');
    let marked = if offset == 0 { body.strip_prefix('\u{feff}') } else { None };
    let skipped = body.len() - marked.unwrap_or(body).len();
    first_hidden(marked.unwrap_or(body), Kind::Prose).map(|(at, letter)| (at + skipped, letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(u32, u32, &str)]) {
        let (mut sources, mut findings) = (Sources::default(), Findings::new());
        let file = sources.add("a.nexus.hcl", text);
        report(file, text, &mut findings);
        let found = findings.iter().map(|finding| {
            let place = sources.get(file).unwrap().place(finding.span.unwrap().start);
            (
                place.line,
                place.column,
                finding.message.trim_start_matches("the line holds the hidden character "),
            )
        });
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn reports_the_first_hidden_character_of_each_line() {
        let direction = "U+202E, which changes the direction of text";
        check("# a\u{202e}b\u{200b}\nx = \"ü\u{ad}\"\r\n", &[(1, 4, direction), (2, 7, "U+00AD")]);
        check("a = \"\u{1b}[0m\"", &[(1, 6, "U+001B, a control character")]);
        check("\r\n a\u{e0041}", &[(2, 3, "U+E0041")]);
        // What stands behind it is a line of its own to many viewers, and part of the comment here.
        check("# a\r  b = 1\r\nc = 2\r\n", &[(1, 4, "U+000D, a control character")]);
    }

    #[test]
    fn says_nothing_of_what_is_seen() {
        check("\u{feff}# ü\t→ 漢字\r\n# ⚠\u{fe0f} 👩\u{200d}🚒 نمی\u{200c}خواهم\n", &[]);
    }

    #[test]
    fn of_many_lines_the_first_are_reported() {
        let mut findings = Findings::new();
        report(FileId(0), &"# \u{200b}\n".repeat(REPORTED_LINES + 5), &mut findings);
        assert_eq!(findings.len(), REPORTED_LINES);
        assert!(findings[REPORTED_LINES - 1].message.ends_with("U+200B; so do 5 more lines of the file"));
    }
}
