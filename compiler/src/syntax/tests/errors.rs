//! Each syntax error at its place, once.

use super::*;

/// One finding, in the block `endpoint "a"` with this inside.
#[track_caller]
fn inside(body: &str, expected: &str) {
    check(&format!("endpoint \"a\" {{\n{body}\n}}\nendpoint \"b\" {{\n}}\n"), &[expected]);
}

#[test]
fn attributes() {
    inside("  x 1", "2:5 syntax: expected `=` after `x`, found `1`");
    inside("  x", "2:4 syntax: expected `=` after `x`, found the end of the line");
    inside("  x: 1", "2:4 syntax: expected `=` after `x`, found `:`");
    inside("  x =", "2:6 syntax: expected an expression, found the end of the line");
    inside("  x = 1 y = 2", "2:9 syntax: expected a new line after the attribute, found `y`");
    inside("  x = 1, y = 2", "2:8 syntax: expected a new line after the attribute, found `,`");
    inside("  \"x\" = 1", "2:3 syntax: expected an attribute or `}`, found `\"x\"`");
    inside("  = 1", "2:3 syntax: expected an attribute or `}`, found `=`");
    inside("  x == 1", "2:5 syntax: expected `=` after `x`, found `==`");
}

#[test]
fn expressions() {
    inside("  x = 1 +", "2:10 syntax: expected an expression, found the end of the line");
    inside("  x = a.", "2:9 syntax: expected a name after `.`, found the end of the line");
    inside("  x = a ? 1", "2:12 syntax: expected `:`, found the end of the line | 2:9 in this conditional");
    inside("  x = 'a'", "2:7 syntax: expected an expression, found `'`");
    inside("  x =\u{a0}1", "2:6 syntax: expected an expression, found U+00A0");
    inside("  x = @", "2:7 syntax: expected an expression, found `@`");
    inside("  x = 12abc", "2:9 syntax: expected a new line after the attribute, found `abc`");
    inside("  x = [for a of b : a]", "2:14 syntax: expected `in`, found `of`");
    inside("  x = { for a in b : a }", "2:24 syntax: expected `=>`, found `}` | 2:7 this `{` is not closed");
    inside(
        "  x = 1e99999",
        "2:7 too-large: a number has at most 1000 digits before and after the decimal point",
    );
}

#[test]
fn brackets() {
    inside("  x = [1 2]", "2:10 syntax: expected `,` or `]`, found `2` | 2:7 this `[` is not closed");
    inside(
        "  x = { a 1 }",
        "2:11 syntax: expected `=` after the key, found `1` | 2:7 this `{` is not closed",
    );
    inside(
        "  x = { a = 1 b = 2 }",
        "2:15 syntax: expected `,`, a new line or `}`, found `b` | 2:7 this `{` is not closed",
    );
    inside("  x = f(1", "3:1 syntax: expected `,` or `)`, found `}` | 2:8 this `(` is not closed");
    inside("  x = [1, 2", "3:1 syntax: expected `,` or `]`, found `}` | 2:7 this `[` is not closed");
    inside("  x = (1", "3:1 syntax: expected `)`, found `}` | 2:7 this `(` is not closed");
    inside("  x = 1)", "2:8 syntax: expected a new line after the attribute, found `)`");
}

#[test]
fn braces() {
    let block = "the block `endpoint` | 1:14 this `{` is not closed";
    check(
        "endpoint \"a\" {\n  x = 1\nendpoint \"b\" {\n}",
        &[&format!("3:1 syntax: expected `}}`, found {block}")],
    );
    let expected = "2:8 syntax: expected `}`, found the end of the file | 1:14 this `{` is not closed";
    check("endpoint \"a\" {\n  x = 1\n\n", &[expected]);
    check("endpoint \"a\" {\n}\n}\n", &["3:1 syntax: unmatched `}`"]);
    let expected = "4:1 syntax: expected `}`, found the block `endpoint` | 2:7 this `{` is not closed";
    check("endpoint \"a\" {\n  x = {\n    y = 1\nendpoint \"b\" {\n}", &[expected]);
    let expected = "3:1 syntax: expected `]`, found the block `account` | 2:7 this `[` is not closed";
    check("endpoint \"a\" {\n  x = [\naccount {\n}", &[expected]);
}

#[test]
fn strings() {
    inside("  x = \"abc", "2:7 syntax: the string is not closed on this line");
    inside("  x = [\"a, \"b\"]", "2:13 syntax: expected `,` or `]`, found `b` | 2:7 this `[` is not closed");
    inside("  x = \"ü\\q\"", "2:9 syntax: invalid escape `\\q`");
    inside("  x = \"\\u12\"", "2:8 syntax: invalid character code");
    inside("  x = \"${a\"", "2:11 syntax: expected `}`, found `\"` | 2:8 this `${` is not closed");
    inside("  x = \"${}\"", "2:10 syntax: expected an expression, found `}`");
    inside(
        "  x = \"%{ if a }b\"",
        "2:19 syntax: expected `%{endif}`, found the end of the template | 2:8 this directive is not closed",
    );
    inside("  x = \"%{ endfor }\"", "2:8 syntax: `%{endfor}` without `%{for …}`");
    inside(
        "  x = \"%{ iff a }\"",
        "2:11 syntax: expected `if`, `else`, `endif`, `for` or `endfor`, found `iff`",
    );
}

#[test]
fn heredocs() {
    inside("  x = <<EOT\na", "2:7 syntax: the heredoc is not closed by a line `EOT`");
    inside("  x = <<EOT a\nEOT", "2:13 syntax: expected a new line after `<<EOT`, found `a`");
    inside(
        "  x = <<EOT\n${a\nEOT",
        "3:4 syntax: expected `}`, found the end of the heredoc | 3:1 this `${` is not closed",
    );
}

#[test]
fn headers() {
    check("endpoint \"a {\n  x = 1\n}\n", &["1:10 syntax: the string is not closed on this line"]);
    check("endpoint \"a\"\n{\n}\n", &["1:13 syntax: expected `{`, found the end of the line"]);
    check("endpoint \"${a}\" {\n}\n", &["1:10 syntax: a label must be a plain string, without `${…}`"]);
    check("endpoint\n", &["1:9 syntax: expected `=`, a label or `{`, found the end of the line"]);
    check("x = 1\naccount {\n}\n", &["1:1 unknown-attribute: attribute `x` outside of any block"]);
    check("\"a\" {\n}\n", &["1:1 syntax: expected a block such as `endpoint \"payments\" {`, found `\"a\"`"]);
    check("account {} locals {}\n", &["1:12 syntax: expected a new line after the block, found `locals`"]);
}

#[test]
fn comments() {
    check("account {\n}\n  /* never closed\n", &["3:3 syntax: the comment is not closed"]);
    inside("  x = 1 /* never closed", "2:9 syntax: the comment is not closed");
}

/// The help for the first finding in a text.
fn help(path: &str, text: &str) -> (Vec<String>, Option<String>) {
    let mut sources = Sources::default();
    sources.add(path, text);
    let mut findings = Findings::new();
    let _ = parse(&sources, &mut findings);
    let messages = findings.iter().map(|finding| finding.message.clone()).collect();
    (messages, findings.first().and_then(|finding| finding.help.clone()))
}

#[test]
fn other_quotes_are_told_as_that() {
    for (text, expected) in [
        ("locals {\n  x = “a”\n}\n", "write strings in straight double quotes: `\"…\"`"),
        ("endpoint “a” {\n}\n", "write strings in straight double quotes: `\"…\"`"),
        ("locals {\n  x = 'a'\n}\n", "use double quotes for strings"),
    ] {
        assert_eq!(help("a.nexus.hcl", text).1.as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn a_merge_conflict_is_one_finding() {
    let version = |number: u32| format!("endpoint \"a\" {{\n  description = \"{number}\"\n}}\n");
    let conflict = format!("<<<<<<< HEAD\n{}=======\n{}>>>>>>> branch\n", version(1), version(2));
    let hcl = format!("account {{}}\n{conflict}namespace \"x\" {{\n}}\n{conflict}");
    let (messages, told) = help("a.nexus.hcl", &hcl);
    assert_eq!(messages, ["a merge conflict is not resolved", "a merge conflict is not resolved"]);
    let expected = "keep one of the two versions, and remove the lines `<<<<<<<`, `=======` and `>>>>>>>`";
    assert_eq!(told.as_deref(), Some(expected));
    let json = "{\"account\": {\n<<<<<<< HEAD\n\"id\": \"a\"\n=======\n\"id\": \"b\"\n>>>>>>> branch\n}}";
    assert_eq!(help("a.nexus.json", json).0, ["a merge conflict is not resolved"]);
    // In a string it is text.
    let text = "locals {\n  x = <<EOT\n<<<<<<< a\n=======\n>>>>>>> b\nEOT\n}\n";
    assert_eq!(help("a.nexus.hcl", text).0, Vec::<String>::new());
}

#[test]
fn what_hcl_does_not_have_is_told_and_read_all_the_same() {
    let one_line = "a block of several attributes has each on a line of its own";
    let end = "a block that begins on the line of its `{` ends on that line";
    for (text, expected) in [
        ("locals { a = 1\n}", vec![format!("1:15 syntax: {end}")]),
        ("locals { a = 1\n  b = 2 }", vec![format!("1:10 syntax: {one_line}")]),
        (
            "locals {\n  a = 1 }",
            vec!["2:9 syntax: expected a new line after the attribute, found `}`".to_owned()],
        ),
        (
            "endpoint \"e\" { b {} }",
            vec!["1:16 syntax: a block on one line has one attribute and no blocks".to_owned()],
        ),
        ("locals {\n  a = \"x\ry\"\n}", vec!["2:9 syntax: a carriage return in a string".to_owned()]),
        ("locals {\n  a = x.0.0\n}", vec!["2:10 syntax: two numbers after dots".to_owned()]),
        ("locals {\n  a = x.*.b.*\n}", vec!["2:12 syntax: `.*` in what follows `.*`".to_owned()]),
        ("locals {\n  a = <<E \nx\nE\n}", vec!["2:10 syntax: white space after `<<E`".to_owned()]),
        (
            "locals {\n  a\u{200b} = 1\n}",
            vec!["2:4 syntax: expected `=` after `a`, found `\u{200b}`".to_owned()],
        ),
        ("\u{feff}locals {\n}}", vec!["2:2 syntax: unmatched `}`".to_owned()]),
        ("\u{feff}}", vec!["1:1 syntax: unmatched `}`".to_owned()]),
    ] {
        let (_, findings) = parsed(&[("a.nexus.hcl", text)]);
        assert_eq!(findings, expected, "{text}");
    }
    let (document, _) = parsed(&[("a.nexus.hcl", "locals { a = 1\n  b = 2 }\nendpoint \"e\" {}")]);
    assert_eq!(shown(&document), "locals {a = 1; b = 2}\nendpoint \"e\" {}\n");
}
