//! What expressions mean.

use super::*;

/// The one attribute `x` of a block, without its spans.
#[track_caller]
fn expr(text: &str, expected: &str) {
    let document = document(&format!("b \"l\" {{\n  x = {text}\n}}\n"));
    let attribute = document.blocks.first().unwrap().attribute("x").unwrap();
    assert_eq!(expr_shown(&attribute.value), expected);
}

#[test]
fn literals() {
    expr("null", "null");
    expr("true", "true");
    expr("-1.5e2", "-150");
    expr("\"a\\tb\\n\\\"\\\\\\u00fc\\U0001F600\"", "\"a\\tb\\n\\\"\\\\ü😀\"");
    expr("\"\"", "\"\"");
    expr("\"$a $$ 100%\"", "\"$a $$ 100%\"");
    expr("\"$${a} %%{if}\"", "\"${a} %{if}\"");
}

#[test]
fn names_hold_hyphens() {
    expr("namespace.payments-prod.name", "namespace.payments-prod.name");
    expr("a -b", "(a - b)");
    expr("größe.ñ", "größe.ñ");
}

#[test]
fn operators_bind_as_in_terraform() {
    expr("1 + 2 * 3 - 4", "((1 + (2 * 3)) - 4)");
    expr("a || b && c == d < e + f * !g", "(a || (b && (c == (d < (e + (f * (!g)))))))");
    expr("(1 + 2) * 3", "((1 + 2) * 3)");
    expr("a == b != c", "((a == b) != c)");
    expr("-a.b + 1", "((-a.b) + 1)");
    expr("a ? b : c ? d : e", "(a ? b : (c ? d : e))");
    expr("!!a", "(!(!a))");
    expr("a >= 1 && b <= 2", "((a >= 1) && (b <= 2))");
}

#[test]
fn reads_go_from_left_to_right() {
    expr("a[0].b[\"c\"].1", "a[0].b[\"c\"][1]");
    expr("a.*.b[0]", "a.*.b[0]");
    expr("a[*].b", "a[*].b");
    expr("(a.*.b).c", "a.*.b.c");
    expr("f(1)[0]", "f(1)[0]");
    expr("[1, 2][0]", "[1, 2][0]");
}

#[test]
fn collections() {
    expr("[1, \"a\",\n  # comment\n  true,\n]", "[1, \"a\", true]");
    expr("{}", "{}");
    expr("{ a = 1, \"b\" : 2\n c = 3, }", "{\"a\" = 1, \"b\" = 2, \"c\" = 3}");
    expr(
        "{ (a) = 1, namespace.x = 2, \"${a}-b\" = 3, 1 = 4 }",
        "{(a) = 1, (namespace.x) = 2, (t(${a}, \"-b\")) = 3, (1) = 4}",
    );
    expr("{\n  a = [\n  { b = 1 }, { b = 2 },\n  ]\n}", "{\"a\" = [{\"b\" = 1}, {\"b\" = 2}]}");
    expr("{ true = 1 }", "{\"true\" = 1}");
}

#[test]
fn for_expressions() {
    expr("[for v in l : v.name if v.ok]", "for(v in l : v.name if v.ok)");
    expr("{ for k, v in m : k => v... }", "for(k, v in m : k => v...)");
    expr("{\n  for k, v in m :\n  k => v\n  if k != \"a\"\n}", "for(k, v in m : k => v if (k != \"a\"))");
}

#[test]
fn calls() {
    expr("f()", "f()");
    expr("f(1,\n  2,\n)", "f(1, 2)");
    expr("f(a...)", "f(a...)");
}

#[test]
fn templates() {
    expr("\"${a}\"", "t(${a})");
    expr("\"a ${b.c} d\"", "t(\"a \", ${b.c}, \" d\")");
    expr("\"${\"${a}\"}\"", "t(${t(${a})})");
    expr("\"${ {a = \"}\"}[\"a\"] }\"", "t(${{\"a\" = \"}\"}[\"a\"]})");
    expr("\"a ${~ b ~} c\"", "t(\"a\", ${b}, \"c\")");
    expr("\"%{ if a }x%{ else }y%{ endif }z\"", "t(if a [\"x\"] [\"y\"], \"z\")");
    expr("\"%{ for k, v in m ~} ${k} %{ endfor }\"", "t(for k, v in m [${k}, \" \"])");
    expr("\"${f(\n  1\n)}\"", "t(${f(1)})");
}

#[test]
fn heredocs() {
    expr("<<EOT\n  a\n \"b\" \\n ${c}\nEOT", "t(\"  a\\n \\\"b\\\" \\\\n \", ${c}, \"\\n\")");
    expr("<<-EOT\n    a\n\n      b\n    EOT", "\"a\\n\\n  b\\n\"");
    expr("<<-EOT\n    ${a}\n      b\n    EOT", "t(${a}, \"\\n  b\\n\")");
    expr("f(<<A\nx\nA\n, <<B\ny\nB\n)", "f(\"x\\n\", \"y\\n\")");
    expr("<<EOT\nEOT", "\"\"");
    expr("<<EOT\nendpoint \"a\" {\n}\nEOT", "\"endpoint \\\"a\\\" {\\n}\\n\"");
    expr("<<EOT\r\na\r\nEOT\r", "\"a\\r\\n\"");
}

#[test]
fn the_code_of_interpolations_has_no_indentation_of_the_text() {
    expr("<<-E\n      x ${f(\"}\",\n   1)}\n    E", "t(\"x \", ${f(\"}\", 1)}, \"\\n\")");
    expr("<<-E\n      x ${/* } */ a # }\n  }\n    E", "t(\"x \", ${a}, \"\\n\")");
    expr(
        "<<-E\n      x ${f(\"\\\"}${\"{\"}\",\n   1)}\n    E",
        "t(\"x \", ${f(t(\"\\\"}\", ${\"{\"}), 1)}, \"\\n\")",
    );
    expr(
        "<<-E\n      x ${<<I\n }\"\nI\n}\n    y $${\n    E",
        "t(\"  x \", ${\" }\\\"\\n\"}, \"\\ny ${\\n\")",
    );
}

#[test]
fn strip_markers_reach_to_the_line() {
    expr("<<EOT\n%{ for a in b ~}\n  x\n%{ endfor ~}\nEOT", "t(for a in b [\"  x\\n\"])");
    expr("<<EOT\nx\n%{~ if a }y%{ endif }\nEOT", "t(\"x\", if a [\"y\"] [], \"\\n\")");
}

#[test]
fn blocks_of_a_file() {
    let text = "\u{feff}# one\r\nlocals { a = 1 }\r\nendpoint payments \"x\" { // two\r\n  b {\n  }\n}\n/* three\n*/ account {}";
    let document = document(text);
    assert_eq!(shown(&document), "locals {a = 1}\nendpoint \"payments\" \"x\" {b {}}\naccount {}\n");
    let comments: Vec<_> =
        document.comments.iter().map(|comment| text.get(comment.span.range()).unwrap()).collect();
    assert_eq!(comments, ["# one", "// two", "/* three\n*/"]);
}

#[test]
fn spans_cover_what_was_written() {
    let text = "endpoint \"a\" {\n  x = (1 + f(2))\n  y = \"${b . c}\"\n}";
    let document = document(text);
    let block = document.blocks.first().unwrap();
    let under = |span: Span| text.get(span.range()).unwrap();
    assert_eq!(under(block.span), "endpoint \"a\"");
    assert_eq!(under(block.kind_span), "endpoint");
    assert_eq!(under(block.body), text.get(13..).unwrap());
    assert_eq!(under(block.attribute("x").unwrap().value.span), "(1 + f(2))");
    let ExprKind::Template(parts) = &block.attribute("y").unwrap().value.kind else { unreachable!() };
    let PartKind::Interpolation(inner) = &parts.first().unwrap().kind else { unreachable!() };
    assert_eq!(under(inner.span), "b . c");
}

#[test]
fn the_same_thing_twice_is_reported_and_dropped() {
    let (document, findings) = parsed(&[
        (
            "a.nexus.hcl",
            "account {\n}\naccount {\n}\nendpoint \"a\" {\n  x = 1\n  x = 2\n}\nlocals {\n  l = 1\n}",
        ),
        ("b.nexus.hcl", "lint {\n}\nendpoint \"a\" {\n}\nendpoint \"b\" {\n}\nlocals {\n  m = 1\n  l = 1\n}"),
    ]);
    let expected = [
        "7:3 duplicate-name: attribute `x` is given twice | 6:3 first given here",
        "3:1 duplicate-name: `account` is declared twice | 1:1 first declared here",
        "3:1 duplicate-name: `endpoint \"a\"` is declared twice | 5:1 first declared here",
        "9:3 duplicate-name: local `l` is given twice | 10:3 first given here",
    ];
    assert_eq!(findings, expected);
    let expected =
        "account {}\nendpoint \"a\" {x = 1}\nlocals {l = 1}\nlint {}\nendpoint \"b\" {}\nlocals {m = 1}\n";
    assert_eq!(shown(&document), expected);
}
