//! Input that is made to hurt ends quickly, in an answer or in one finding.

use super::*;
use crate::evaluate::Evaluator;
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// The findings without messages, of one file, within a time that only more than linear work exceeds.
#[track_caller]
fn quick(path: &str, text: &str, expected: &[&str]) {
    let start = Instant::now();
    let (_, findings) = parsed(&[(path, text)]);
    let codes: Vec<_> = findings.iter().map(|finding| finding.split(": ").next().unwrap()).collect();
    assert_eq!(codes, expected);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[track_caller]
fn hcl(text: &str, expected: &[&str]) {
    quick("a.nexus.hcl", text, expected);
}

#[track_caller]
fn json(text: &str, expected: &[&str]) {
    quick("a.nexus.json", text, expected);
}

#[test]
fn deep_nesting() {
    for (open, place) in
        [("[", "1:112"), ("(", "1:112"), ("{a=", "1:310"), ("!", "1:112"), ("-", "1:112"), ("f(", "1:211")]
    {
        let text = format!("account {{ x = {}\n}}\naccount {{}}", open.repeat(10_000));
        let (document, findings) = parsed(&[("a.nexus.hcl", &text)]);
        assert_eq!(findings.len(), 2, "{open} {findings:?}");
        assert!(findings.first().unwrap().contains("nesting-too-deep"), "{open} {place} {findings:?}");
        assert_eq!(document.blocks.len(), 1);
    }
    hcl(&format!("account {{ x = {}1{} }}", "[".repeat(99), "]".repeat(99)), &[]);
    hcl(&format!("account {{ x = {}1{} }}", "[".repeat(100), "]".repeat(100)), &["1:114 nesting-too-deep"]);
    hcl(
        &format!("account {{ x = {}1{} }}", "\"${".repeat(10_000), "}\"".repeat(10_000)),
        &["1:313 nesting-too-deep"],
    );
    hcl(&format!("account {{ x = \"{}\" }}", "%{if a}".repeat(10_000)), &["1:709 nesting-too-deep"]);
    hcl(&format!("account {{ x = {}1{} }}", "a ? 1 : ".repeat(10_000), ""), &["1:809 nesting-too-deep"]);
    hcl(&"a \"b\" {\n ".repeat(10_000), &["101:8 nesting-too-deep"]);
}

#[test]
fn deep_nesting_in_json() {
    let list =
        |depth: usize| format!("{{\"account\": {{\"x\": {}1{}}}}}", "[".repeat(depth), "]".repeat(depth));
    json(&list(99), &[]);
    json(&list(100), &["1:118 nesting-too-deep"]);
    json(&list(200), &["1:118 nesting-too-deep"]);
    let (_, findings) = parsed(&[("a.nexus.json", &list(10_000))]);
    assert_eq!(findings.len(), 1);
    assert!(findings.first().unwrap().contains("nesting-too-deep"));
    let template = format!("{{\"account\": {{\"x\": \"{}\"}}}}", "${\\\"".repeat(10_000));
    json(&template, &["1:416 nesting-too-deep"]);
}

#[test]
fn a_line_of_a_million_characters() {
    hcl(&format!("account {{ x = \"{}\" }}", "ü".repeat(1_000_000)), &[]);
    hcl(&format!("account {{ x = \"{}", "a".repeat(1_000_000)), &["1:15 syntax"]);
    hcl(&format!("account {{ x = {} }}", "a".repeat(1_000_000)), &[]);
    hcl(&format!("account {{ x = {}1 }}", "1 + ".repeat(250_000)), &[]);
    hcl(&format!("account {{ x = a{} }}", ".b".repeat(500_000)), &[]);
    hcl(&format!("account {{ x = \"{}\" }}", "${a}".repeat(250_000)), &[]);
    hcl(&format!("account {{ x = \"{}\" }}", "${a".repeat(250_000)), &["1:19 syntax"]);
    hcl(&format!("account {{ x = [{}] }}", "1,".repeat(500_000)), &[]);
    hcl(&"a".repeat(1_000_000), &["1:1000001 syntax"]);
    hcl(&"}".repeat(1_000_000), &["1:1 syntax"]);
    json(&format!("{{\"account\": {{\"x\": \"{}\"}}}}", "${a}\\n".repeat(200_000)), &[]);
}

#[test]
fn many_keys_and_many_errors() {
    let keys: String = (0..100_000).map(|key| format!("k{key} = {key}\n")).collect();
    hcl(&format!("locals {{\n{keys}}}\n"), &[]);
    hcl(&format!("locals {{\n x = {{\n{keys}}}\n}}\n"), &[]);
    let (_, findings) = parsed(&[("a.nexus.hcl", &"endpoint \"a\" {\n x = \"\n}\n".repeat(30_000))]);
    assert_eq!(findings.len(), 2 * 30_000 - 1);
    let heredocs: String =
        (0..30_000).map(|index| format!("endpoint \"a{index}\" {{\n x = <<E{index}\n}}\n")).collect();
    let (document, findings) = parsed(&[("a.nexus.hcl", &heredocs)]);
    assert_eq!((document.blocks.len(), findings.len()), (30_000, 30_000));
    let comments: String =
        (0..30_000).map(|index| format!("endpoint \"a{index}\" {{\n x = ] /*\n}}\n")).collect();
    let (document, _) = parsed(&[("a.nexus.hcl", &comments)]);
    assert_eq!(document.blocks.len(), 30_000);
}

/// Text out of what the grammar is made of, so that more than the first character is reached.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop::sample::select(vec![
        "endpoint \"a\" {\n",
        "account {",
        "}",
        "{",
        "[",
        "]",
        "(",
        ")",
        "\"",
        "${",
        "%{",
        "~}",
        "%{ if a }",
        "%{ endif }",
        "%{ for a in b }",
        "%{ endfor }",
        "x = ",
        "=",
        "=>",
        ",",
        ":",
        "?",
        ".",
        "...",
        "*",
        "for ",
        "in ",
        "if ",
        "a",
        "namespace.b",
        "1",
        "-",
        "!",
        "&&",
        "==",
        "\n",
        "\r\n",
        " ",
        "<<EOT\n",
        "<<-EOT\n",
        "EOT\n",
        "# c\n",
        "/*",
        "*/",
        "\\",
        "\\u00",
        "ü",
        "\u{fffd}",
        "\u{0}",
        "'",
        "null",
        "\u{feff}",
    ]);
    prop::collection::vec(fragment, 0..60).prop_map(|fragments| fragments.concat())
}

fn ends_with_spans_in_the_file(path: &str, text: &str) {
    let mut sources = Sources::default();
    sources.add(path, text);
    let mut findings = Findings::new();
    let document = parse(&sources, &mut findings);
    for span in findings
        .iter()
        .filter_map(|finding| finding.span)
        .chain(document.blocks.iter().map(|block| block.body))
    {
        assert!(text.get(span.range()).is_some(), "{span:?} {findings:?}");
    }
    let given = crate::evaluate::Given::new();
    let evaluator = Evaluator::new(&document, &given);
    for attribute in document.blocks.iter().flat_map(|block| &block.attributes) {
        evaluator.value(&attribute.value, None, &mut Findings::new());
    }
    assert!(!findings.is_empty() || document.blocks.iter().all(|block| !block.broken));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_ends(text in any::<String>()) {
        ends_with_spans_in_the_file("a.nexus.hcl", &text);
        ends_with_spans_in_the_file("a.nexus.json", &text);
    }

    #[test]
    fn any_fragments_end(text in fragments()) {
        ends_with_spans_in_the_file("a.nexus.hcl", &text);
        ends_with_spans_in_the_file("a.nexus.hcl", &format!("account {{\n x = {text}\n}}\n"));
        let string: String = text.escape_default().to_string().replace("\\'", "'").replace("\\u{feff}", "").replace("\\u{", "\\u00").replace("\\u00fffd}", "?");
        ends_with_spans_in_the_file("a.nexus.json", &format!("{{\"account\": {{\"x\": \"{string}\"}}}}"));
    }
}

/// What a document holds takes memory, however small each part of it is.
#[test]
fn a_document_of_millions_of_parts_is_too_large() {
    hcl(&format!("locals {{ x = [{}] }}", "1,".repeat(2_200_000)), &["1:4194283 too-large"]);
    hcl(&"a {}\n".repeat(140_000), &["131072:3 too-large"]);
    hcl(&format!("{}account {{}}\n", "#\n".repeat(2_100_000)), &["2100001:1 too-large"]);
    json(&format!("{{\"locals\": {{\"x\": [{}1]}}}}", "1,".repeat(2_200_000)), &["1:1 too-large"]);
    json(&"//\n".repeat(1_100_000), &["1:1 too-large"]);
}
