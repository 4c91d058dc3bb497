//! Tests of the formatters.

use super::{format, unified};
use crate::syntax::Language;

#[track_caller]
fn becomes(text: &str, expected: &str) {
    let language = Language::of_text(text);
    let formatted = format("p", text, language).unwrap_or_else(|(findings, _)| panic!("{findings:?}"));
    assert_eq!(formatted, expected);
    assert_eq!(format("p", &formatted, language).unwrap_or_default(), expected, "formatted twice");
}

#[test]
fn attributes_and_comments_are_aligned() {
    becomes(
        "\n\nendpoint   \"payments\"{\nname=\"p\" # short\n   description  = \"x\"// longer\n\n\n\n  managed_by=[\na,# first\n  bb, # second\n]\n}\n\n\n",
        "endpoint \"payments\" {\n  name        = \"p\" # short\n  description = \"x\" // longer\n\n  managed_by = [\n    a,  # first\n    bb, # second\n  ]\n}\n",
    );
}

#[test]
fn expressions_are_formatted_as_by_terraform() {
    becomes(
        "locals{\na=[for k,v in{}:k=>-v if !v]\n}\n".replace("=>-v", "").as_str(),
        "locals {\n  a = [for k, v in {} : k if !v]\n}\n",
    );
    becomes(
        "locals {\na = f( 1,- 2 )[ 0 ] . b? \"x${ a+b }  y\":{}\n}",
        "locals {\n  a = f(1, -2)[0].b ? \"x${a + b}  y\" : {}\n}\n",
    );
}

#[test]
fn heredocs_strings_and_block_comments_are_unchanged() {
    let text = "locals {\n  a  = <<-EOT\n\n\n     as  it ${ b } is  \n   EOT\n  bb = \"  ${\"}\"} \"\n  /*   as\n it  is */\n}\n";
    let kept = text.replace("${ b }", "${b}");
    becomes(text, &kept);
}

#[test]
fn keeps_line_endings_and_removes_a_byte_order_mark() {
    becomes(
        "\u{feff}a {\r\nb=1\r\n\r\n\r\n\r\nc=<<E\r\n x\r\nE\r\n}\r\n",
        "a {\r\n  b = 1\r\n\r\n  c = <<E\r\n x\r\nE\r\n}\r\n",
    );
    becomes("\u{feff}{\"a\":{\r\n\"b\":1}}\r\n", "{\r\n  \"a\": {\r\n    \"b\": 1\r\n  }\r\n}\r\n");
    becomes("a {\r\nb=1\r\n}", "a {\r\n  b = 1\r\n}\r\n");
    becomes("locals {\n a = <<E\r\r\nx\nE\n}\n", "locals {\n  a = <<E\r\nx\nE\n}\n");
}

#[test]
fn a_number_and_an_attribute_access_stay_separate_tokens() {
    becomes(
        "locals {\n  a = [1 .5, 1 . 5]\n  b = x . 0 .b\n}\n",
        "locals {\n  a = [1 .5, 1 .5]\n  b = x.0.b\n}\n",
    );
}

#[test]
fn json_has_members_on_one_line_or_on_lines_of_their_own() {
    becomes(
        "// top\n{\"a\":{\"b\":[1,2 , 3],\"c\":{\"d\" :true}},// after\n\n\n\"e\":[\n],\"f\"\n:\n{ /* x */ } /* y */ ,}",
        "// top\n{\n  \"a\": { \"b\": [1, 2, 3], \"c\": { \"d\": true } }, // after\n\n  \"e\": [],\n  \"f\": { /* x */ } /* y */,\n}\n",
    );
}

#[test]
fn json_of_one_long_line_is_broken_where_it_is_too_long() {
    let long = "x".repeat(60);
    becomes(
        &format!("{{\"a\":{{\"b\":\"{long}\",\"c\":\"{long}\"}},\"d\":[1]}}"),
        &format!("{{\n  \"a\": {{\n    \"b\": \"{long}\",\n    \"c\": \"{long}\"\n  }},\n  \"d\": [1]\n}}\n"),
    );
}

#[test]
fn text_with_syntax_errors_is_not_formatted() {
    for text in ["a {", "a { b = }", "{\"a\": }", "a { b = <<EOT\n }"] {
        let findings = format("p", text, Language::of_text(text)).expect_err(text).0;
        assert!(!findings.is_empty(), "{text}");
    }
}

#[test]
fn detects_the_language_of_text_without_a_name() {
    assert_eq!(Language::of_text("\u{feff} // a {\n /* b */ {\"a\": 1}"), Language::Json);
    assert_eq!(Language::of_text("# {\na {}"), Language::Hcl);
    assert_eq!(Language::of_text(""), Language::Hcl);
}

#[test]
fn a_diff_shows_three_lines_around_each_change() {
    let old = "1\n2\n3\n4\n5 \n6\n7\n8\n\n\n9";
    let new = "1\n2\n3\n4\n5\n6\n7\n8\n\n9\n";
    let expected = "--- old/p\n+++ new/p\n@@ -2,10 +2,9 @@\n 2\n 3\n 4\n-5 \n+5\n 6\n 7\n 8\n \n-\n-9\n\\ No newline at end of file\n+9\n";
    assert_eq!(unified("p", old, new), expected);
    assert_eq!(unified("p", new, new), "");
    let split = unified("p", "{1,2}\nx\n", "{\n1,\n2\n}\nx\n");
    assert_eq!(split, "--- old/p\n+++ new/p\n@@ -1,2 +1,5 @@\n-{1,2}\n+{\n+1,\n+2\n+}\n x\n");
}
