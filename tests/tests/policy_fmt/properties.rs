//! What holds whatever is laid out.

use super::draft::{hcl, json};
use compiler::diagnostic::Findings;
use compiler::diagnostic::source::Sources;
use compiler::fmt::format;
use compiler::syntax::{self, Language};

/// Lays out a text, and holds it against what it was. Nothing where the text has syntax errors.
#[track_caller]
pub fn laid_out(text: &str, language: Language) -> Option<String> {
    let formatted = format("draft", text, language).ok()?;
    let again = format("draft", &formatted, language);
    let again = again.unwrap_or_else(|(findings, _)| panic!("{findings:?}\n{text}\n---\n{formatted}"));
    assert_eq!(again, formatted, "formatted twice\n{text}");
    assert_eq!(read(&formatted, language), read(text, language), "the policy\n{text}\n---\n{formatted}");
    let bare = |text: &str| text.chars().filter(|it| !it.is_whitespace()).collect::<String>();
    assert_eq!(bare(&formatted), bare(text), "all but white space");
    let mut lines = formatted.lines().map(str::trim);
    assert!(lines.next().is_none_or(|first| !first.is_empty()), "{formatted}");
    assert!(formatted.is_empty() || formatted.ends_with('\n'), "{formatted}");
    Some(formatted)
}

/// What a text says, wherever it stands: its blocks, and each comment with what follows it.
fn read(text: &str, language: Language) -> (String, Vec<(String, String)>) {
    let name = if language == Language::Json { "p.nexus.json" } else { "p.nexus.hcl" };
    let mut sources = Sources::default();
    let _ = sources.add(name, text);
    let document = syntax::parse(&sources, &mut Findings::new());
    let comments = document.comments.iter().map(|comment| {
        let range = comment.span.range();
        let after = text.get(range.end..).unwrap_or_default();
        let after: String = after.chars().filter(|it| !it.is_whitespace()).take(30).collect();
        (text.get(range).unwrap_or_default().to_owned(), after)
    });
    (undotted(&placeless(&format!("{:?}", document.blocks))), comments.collect())
}

/// The text without the places that it tells.
fn placeless(shown: &str) -> String {
    let mut pieces = shown.split("Span {");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('}').map_or("", |(_, rest)| rest))
}

/// The text with every `namespace.payments` as what `namespace .payments` is read as, which means the same.
fn undotted(shown: &str) -> String {
    let mut pieces = shown.split("Dotted(Dotted(\"");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        let (words, rest) = piece.split_once("\"))").expect("the end of a dotted name");
        let (root, name) = words.split_once('.').expect("a dot");
        let root = format!("Access(Access {{ root: Expr {{ span: , kind: Variable(\"{root}\") }}");
        format!("{text}{root}, steps: [Step {{ span: , kind: Attribute(\"{name}\") }}] }}){rest}")
    })
}

#[test]
fn layout_changes_neither_the_policy_nor_its_comments() {
    let seeds: Vec<_> = super::cases(1500).collect();
    for (draw, language) in [(hcl as fn(u64) -> String, Language::Hcl), (json, Language::Json)] {
        let policies = seeds.iter().filter(|seed| laid_out(&draw(**seed), language).is_some()).count();
        assert!(policies > seeds.len() / 2, "{policies} of {} drafts have no syntax errors", seeds.len());
    }
}

#[test]
fn an_outdented_heredoc_says_the_same_whatever_its_code_holds() {
    let text = "locals {\n  a = <<-E\n      x ${f(\"}\",\n   1)}\n    E\n}\n";
    let formatted = laid_out(text, Language::Hcl).expect("no syntax errors");
    assert!(formatted.contains("\n  1)}\n"), "{formatted}");
}
