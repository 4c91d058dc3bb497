//! Findings for people, with the lines of source that they are about.

use crate::diagnostic::source::{Place, SourceFile, Sources, Span};
use crate::diagnostic::{Finding, Severity};
use crate::report::{Colour, counted, printable_block, printable_line};
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};
use printable::is_hidden;
use std::ops::Range;

/// The longest line of source that is shown, in bytes; of a longer one only the position is.
pub const SHOWN_LINE_MAX: usize = 400;

/// How many findings are shown with their source. The others are shown without it.
pub const SHOWN_MOST: usize = 5_000;

/// How long the text of all findings may be, in bytes. How many are left out is said; reports in JSON hold all of them.
pub const TEXT_MOST: usize = 16 << 20;

/// Every finding, the first few thousand with their source, in the order given.
#[must_use]
pub fn findings_text(findings: &[Finding], sources: &Sources, colour: Colour) -> String {
    let renderer = if colour == Colour::Ansi { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for (at, finding) in findings.iter().enumerate() {
        if text.len() > TEXT_MOST {
            text += &format!("… and {} more findings\n\n", findings.len() - at);
            break;
        }
        if at < SHOWN_MOST {
            text += &renderer.render(&[group(finding, sources)]);
            text += "\n\n";
        } else {
            tell(finding, sources, &mut text);
        }
    }
    text
}

/// A finding without its source.
fn tell(finding: &Finding, sources: &Sources, text: &mut String) {
    let Finding { severity, code, message, .. } = finding;
    *text += &format!("{}[{}]: {}\n", severity.name(), code.name, printable_block(message));
    if let Some((file, span)) = finding.span.and_then(|span| Some((sources.get(span.file)?, span))) {
        let place = file.place(span.start);
        *text += &format!(" --> {}:{}:{}\n", printable_line(file.path()), place.line, place.column);
    }
    *text += "\n";
}

/// `3 errors, 1 warning`; `no findings` for none.
#[must_use]
pub fn summary(findings: &[Finding]) -> String {
    let count = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let counts = [Severity::Error, Severity::Warning, Severity::Approval, Severity::Note]
        .map(|severity| (count(severity), severity));
    let parts: Vec<_> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, of)| counted(*count, of.name())).collect();
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

fn group<'a>(finding: &'a Finding, sources: &'a Sources) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Approval => Level::NOTE.with_name(Severity::Approval.name()),
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(printable_block(&finding.message)).id(finding.code.name);
    let primary = finding.span.and_then(|span| match finding.hides_source {
        true => sources.get(span.file).map(|file| origin(file, file.place(span.start))),
        false => snippet(span, AnnotationKind::Primary, None, sources),
    });
    let related = finding.related.iter();
    let related =
        related.filter_map(|it| snippet(it.span, AnnotationKind::Context, Some(&it.message), sources));
    let notes = notes(finding, sources).into_iter();
    let notes = notes.map(|note| Level::NOTE.message(printable_block(&note)).into());
    let help = finding.help.iter().map(|help| Level::HELP.message(printable_block(help)).into());
    title.elements(primary.into_iter().chain(related).chain(notes).chain(help))
}

/// How many of the objects with one finding are named, and with how many their own message is shown.
const NAMED_MOST: usize = 10;
const TOLD_MOST: usize = 3;

/// The block instance, and which others have the finding.
fn notes(finding: &Finding, sources: &Sources) -> Vec<String> {
    let instance = finding.instance.iter().map(|instance| format!("in `{instance}`"));
    let Some((first, others)) = finding.occurrences.split_first() else { return instance.collect() };
    if others.iter().all(|other| other.message == first.message && other.span == first.span) {
        let named = finding.occurrences.iter().filter_map(|it| it.instance.as_deref()).take(NAMED_MOST);
        let named: Vec<_> = named.map(|instance| format!("`{instance}`")).collect();
        let left = finding.occurrences.len() - named.len();
        return vec![format!("in {}{}", named.join(", "), and_more(left))];
    }
    let is_own = finding.message == first.message;
    let shown = if is_own { others } else { &*finding.occurrences };
    let told = shown.iter().take(TOLD_MOST).map(|it| {
        let place = it.span.filter(|span| Some(*span) != finding.span);
        let place = place.and_then(|span| Some((sources.get(span.file)?, span)));
        let at = place.map(|(file, span)| {
            let place = file.place(span.start);
            format!(" at {}:{}:{}", file.path(), place.line, place.column)
        });
        let instance = it.instance.as_ref().map(|instance| format!("in `{instance}`"));
        let instance = instance.unwrap_or_else(|| "also".to_owned());
        let help = it.help.as_ref().filter(|help| finding.help.as_ref() != Some(help));
        let help = help.map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{instance}{}: {}{help}", at.unwrap_or_default(), it.message)
    });
    let left = shown.len().saturating_sub(TOLD_MOST);
    let more = (left > 0).then(|| format!("and {left} more like this"));
    instance.chain(told).chain(more).collect()
}

fn and_more(count: usize) -> String {
    if count == 0 { String::new() } else { format!(" and {count} more") }
}

/// The line on which a span starts, annotated; only the position for a line too long to show.
fn snippet<'a>(
    span: Span,
    kind: AnnotationKind,
    label: Option<&'a str>,
    sources: &'a Sources,
) -> Option<Element<'a>> {
    let file = sources.get(span.file)?;
    let place = file.place(span.start);
    let line = file.line_range(place.line);
    let text = file.text().get(line.clone()).unwrap_or_default().trim_end_matches(['\n', '\r']);
    if text.len() > SHOWN_LINE_MAX {
        return Some(origin(file, place));
    }
    let marked = marked(span, &line, text);
    let annotation: Annotation = kind.span(marked);
    let annotation = match label {
        Some(label) => annotation.label(printable_line(label)),
        None => annotation,
    };
    let snippet =
        Snippet::source(harmless(text)).line_start(place.line as usize).path(printable_line(file.path()));
    Some(snippet.annotation(annotation).into())
}

fn origin<'a>(file: &'a SourceFile, place: Place) -> Element<'a> {
    Origin::path(printable_line(file.path()))
        .line(place.line as usize)
        .char_column(place.column as usize)
        .into()
}

/// A line of source with the hidden characters that the renderer does not replace replaced, by as many bytes, so that
/// annotations stay in place.
fn harmless(text: &str) -> String {
    let replaced = |letter: char| match letter.len_utf8() {
        2 if is_hidden(letter) => "\u{bf}".to_owned(),
        3 if is_hidden(letter) => char::REPLACEMENT_CHARACTER.to_string(),
        4 if is_hidden(letter) => "\u{bf}\u{bf}".to_owned(),
        _ => letter.to_string(),
    };
    if text.is_ascii() { text.to_owned() } else { text.chars().map(replaced).collect() }
}

/// The span within its first line, as bytes of that line.
fn marked(span: Span, line: &Range<usize>, text: &str) -> Range<usize> {
    let within = |byte: u32| (byte as usize).saturating_sub(line.start).min(text.len());
    let (start, end) = (within(span.start), within(span.end));
    start..end.max(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::SYNTAX;

    #[test]
    fn nothing_that_steers_a_terminal_is_printed() {
        let mut sources = Sources::default();
        let file = sources.add("a\u{1b}[31m.nexus.hcl", "\u{9b}31m \u{1b}[0m x");
        let finding = Finding::new(&SYNTAX, Span::new(file, 13, 14), "\u{9b}m").help("\u{1b}");
        let finding = finding.related(Span::new(file, 0, 2), "\u{9b}");
        let text = findings_text(&[finding], &sources, Colour::None);
        assert!(text.chars().all(|letter| !letter.is_control() || letter == '\n'), "{text:?}");
        assert!(text.contains("a\\u{1b}[31m.nexus.hcl:1:12"), "{text}");
    }

    #[test]
    fn of_many_findings_the_last_are_told_in_short() {
        let mut sources = Sources::default();
        let file = sources.add("a.nexus.hcl", "one\ntwo");
        let finding = Finding::new(&SYNTAX, Span::new(file, 4, 7), "wrong");
        let text = findings_text(&vec![finding; SHOWN_MOST + 1], &sources, Colour::None);
        assert_eq!(text.matches("2 | two").count(), SHOWN_MOST);
        assert!(text.ends_with("\n\nerror[syntax]: wrong\n --> a.nexus.hcl:2:1\n\n"), "{text}");
    }

    #[test]
    fn the_text_of_all_findings_is_bounded() {
        let mut sources = Sources::default();
        let file = sources.add("a.nexus.hcl", "one");
        let finding = Finding::new(&SYNTAX, Span::new(file, 0, 3), "x".repeat(400));
        let text = findings_text(&vec![finding; 60_000], &sources, Colour::None);
        assert!(text.ends_with(" more findings\n\n") && text.len() < TEXT_MOST + 4096, "{}", text.len());
    }

    #[test]
    fn of_many_objects_with_one_finding_some_are_named() {
        let mut sources = Sources::default();
        let file = sources.add("a.nexus.hcl", "one");
        let span = Some(Span::new(file, 0, 3));
        let one = |at: usize| {
            let instance = Some(format!("endpoint.e[\"{at}\"]"));
            crate::diagnostic::Occurrence {
                instance,
                span,
                message: "wrong".to_owned(),
                help: None,
                about: Default::default(),
            }
        };
        let occurrences = (0..66).map(one).collect();
        let finding = Finding { occurrences, ..Finding::new(&SYNTAX, span, "wrong") };
        let text = findings_text(&[finding], &sources, Colour::None);
        assert_eq!(text.matches("endpoint.e").count(), NAMED_MOST, "{text}");
        assert!(
            text.contains("in `endpoint.e[\"0\"]`, ") && text.contains("`endpoint.e[\"9\"]` and 56 more\n"),
            "{text}"
        );
    }
}
