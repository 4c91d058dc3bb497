//! What holds of every text, a policy or not.

mod place;

use compiler::check::in_order;
use compiler::pipeline::ParsedPolicy;
use compiler::report::{Colour, FindingsReport, findings_text};
use compiler::syntax;
use place::Places;
use compiler::diagnostic::{Finding, Findings};
use compiler::diagnostic::source::Sources;
use time::OffsetDateTime;

/// Parses a file, as a policy and as values of variables.
pub fn parses(path: &str, text: &str) {
    let mut sources = Sources::default();
    let file = sources.add(path, text);
    let mut findings = Findings::new();
    let document = syntax::parse(&sources, &mut findings);
    let places = Places { sources: &sources };
    document.blocks.iter().for_each(|block| places.of_block(block));
    document.comments.iter().for_each(|comment| places.lie_in_file(comment.span));
    let source = sources.iter().next().map(|(_, source)| source);
    let values = source.map(|source| syntax::parse_values(file, source, &mut findings));
    values.iter().flatten().for_each(|value| places.of_attribute(value));
    reports(&in_order(findings), &sources);
}

/// Checks a policy, twice with the same result.
pub fn checks(path: &str, text: &str) {
    let found = check(path, text);
    assert_eq!(found, check(path, text), "two runs differ");
}

fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut sources = Sources::default();
    sources.add(path, text);
    let parsed = ParsedPolicy::parse(sources, Findings::new(), OffsetDateTime::UNIX_EPOCH.date());
    let (policy, findings) = parsed.compile(None);
    let findings = parsed.finalize(findings, &policy, None);
    reports(&findings, &parsed.sources);
    findings
}

/// Findings are in order, point into the file, and are written without what would steer a terminal.
fn reports(findings: &[Finding], sources: &Sources) {
    let places = Places { sources };
    for finding in findings {
        finding.span.into_iter().for_each(|span| places.lie_in_file(span));
        finding.related.iter().for_each(|related| places.lie_in_file(related.span));
        assert!(!finding.message.contains('\n'), "{:?}", finding.message);
    }
    assert!(findings.is_sorted_by_key(|finding| (finding.span.is_none(), finding.span)));
    let text = findings_text(findings, sources, Colour::None);
    let steers = |letter: char| letter.is_control() && letter != '\n';
    assert!(!text.contains(steers), "{text:?}");
    let report = FindingsReport::of(findings, sources, OffsetDateTime::UNIX_EPOCH.date());
    assert_eq!(report.findings.len(), findings.len());
}
