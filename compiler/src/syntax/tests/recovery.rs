//! A syntax error costs its own block.

use super::*;

/// The findings' places and the document of one HCL file.
#[track_caller]
fn recovers(text: &str, places: &[&str], expected: &str) -> Document {
    let (document, findings) = parsed(&[("a.nexus.hcl", text)]);
    let found: Vec<_> = findings.iter().map(|finding| finding.split(' ').next().unwrap()).collect();
    assert_eq!((found.as_slice(), shown(&document).as_str()), (places, expected), "{findings:#?}");
    document
}

#[test]
fn two_errors_in_one_file() {
    let text = "endpoint \"a\" {\n  x = \"open\n  y = 2\n}\nendpoint \"b\" {\n  z = 3\n}\nendpoint \"c\" {\n  x = [1 2]\n}\nendpoint \"d\" {}\n";
    let expected =
        "endpoint \"a\" broken {}\nendpoint \"b\" {z = 3}\nendpoint \"c\" broken {}\nendpoint \"d\" {}\n";
    let document = recovers(text, &["2:7", "9:10"], expected);
    assert!(!document.incomplete);
}

#[test]
fn a_missing_brace_costs_one_block() {
    let text = "endpoint \"a\" {\n  x = {\n    y = 1\n\nendpoint \"b\" {\n  z = 3\n}\n";
    recovers(text, &["5:1"], "endpoint \"a\" broken {}\nendpoint \"b\" {z = 3}\n");
    let text = "account {\n  x = 1\nlocals {\n  z = 3\n}\n";
    recovers(text, &["3:1"], "account broken {x = 1}\nlocals {z = 3}\n");
}

#[test]
fn a_broken_block_keeps_its_name() {
    let text = "namespace \"a\" {\n  regions = [,]\n  name    = \"a-prod\"\n}\nnamespace \"b {\n  name = \"b-prod\"\n}\nnamespace \"c\" {}\n";
    let expected = "namespace \"a\" broken {name = \"a-prod\"}\nnamespace \"b\" broken {name = \"b-prod\"}\nnamespace \"c\" {}\n";
    let document = recovers(text, &["2:14", "5:11"], expected);
    assert!(!document.incomplete);
}

/// Found by fuzzing: the name's place went beyond the file.
#[test]
fn a_name_that_is_not_closed_lies_in_the_file() {
    let text = "user \"a\" {\n  x = [,]\n  name = \"b";
    let document = recovers(text, &["2:8"], "user \"a\" broken {name = \"b\"}\n");
    let name = document.blocks.first().and_then(|block| block.attribute("name")).unwrap();
    assert_eq!(text.get(name.value.span.range()), Some("\"b"));
}

#[test]
fn a_broken_header_starts_a_block_after_a_broken_block() {
    let text = "namespace \"a\" {\n  x = ]\n}\nnamespace \"b {\n}\nnamespace \"c\"\n  x = 1\n}\n";
    let expected = "namespace \"a\" broken {}\nnamespace \"b\" broken {}\nnamespace \"c\" broken {}\n";
    recovers(text, &["2:7", "4:11", "6:14"], expected);
}

#[test]
fn blocks_in_comments_and_heredocs_are_none() {
    let text = "namespace \"a\" {\n  x = ]\n/*\nnamespace \"b\" {\n}\n*/\n  y = <<EOT\nnamespace \"c\" {\nEOT\n}\nnamespace \"d\" {}\n";
    let document = recovers(text, &["2:7"], "namespace \"a\" broken {}\nnamespace \"d\" {}\n");
    assert!(!document.incomplete);
    let text = "namespace \"a\" {\n  x = <<EOT\n${\nnamespace \"c\" {\nEOT\n}\nnamespace \"d\" {}\n";
    recovers(text, &["4:11"], "namespace \"a\" broken {}\nnamespace \"d\" {}\n");
}

#[test]
fn indented_blocks_recover_at_their_own_depth() {
    let text = "  namespace \"a\" {\n    x = ]\n    y {\n    }\n  }\n  namespace \"b\" {\n  }\n";
    recovers(text, &["2:9"], "namespace \"a\" broken {}\nnamespace \"b\" {}\n");
}

#[test]
fn names_that_may_be_lost_are_told() {
    let document = recovers("}\n  namespace \"a\" {\n  }\n", &["1:1"], "");
    assert!(document.incomplete);
    let document = recovers("namespace = {\n}\naccount {}\n", &["1:1"], "account {}\n");
    assert!(!document.incomplete);
}

#[test]
fn garbage_recovers_at_the_depth_of_its_line() {
    recovers("x = [1, 2 3,\n  endpoint \"a\" {\n  }\n]\naccount {}\n", &["1:11"], "account {}\n");
    recovers("account {} ] \n  endpoint \"a\" {\n  }\n", &["1:12"], "account {}\nendpoint \"a\" {}\n");
}

#[test]
fn words_that_open_no_block_are_dropped() {
    recovers("hello world\naccount {}\n", &["1:12"], "account {}\n");
}

#[test]
fn an_error_within_another_nested_block_costs_the_outer_one() {
    let text = "endpoint \"a\" {\n  worker_target {\n    x = \n  }\n}\nendpoint \"b\" {}\n";
    recovers(text, &["3:9"], "endpoint \"a\" broken {}\nendpoint \"b\" {}\n");
}

#[test]
fn bytes_that_are_not_utf8_cost_their_block_without_another_finding() {
    let text = "namespace \"a\" {\n  x = \u{fffd} ]\n}\nnamespace \"b\" {\n  x = \"\u{fffd}\"\n}\nnamespace \"c\" {}\n";
    let mut sources = Sources::default();
    let file = sources.add("a.nexus.hcl", text);
    let mut findings = vec![Finding::new(&SYNTAX, Span::new(file, 20, 23), "reported by the loader")];
    let document = parse(&sources, &mut findings);
    assert_eq!(
        shown(&document),
        "namespace \"a\" broken {}\nnamespace \"b\" broken {x = \"\u{fffd}\"}\nnamespace \"c\" {}\n"
    );
    assert_eq!(findings.len(), 1);
    assert!(!document.incomplete);
}
