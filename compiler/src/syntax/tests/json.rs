//! JSON means what HCL means, at its own places.

use super::*;

#[track_caller]
fn same(hcl: &str, json: &str) {
    let (left, findings) = parsed(&[("a.nexus.hcl", hcl)]);
    assert_eq!(findings, Vec::<String>::new());
    let (right, findings) = parsed(&[("a.nexus.json", json)]);
    assert_eq!(findings, Vec::<String>::new());
    assert_eq!(shown(&left), shown(&right));
}

#[track_caller]
fn check(json: &str, expected: &[&str]) -> Document {
    let (document, findings) = parsed(&[("a.nexus.json", json)]);
    assert_eq!(findings, expected);
    document
}

#[test]
fn equals_hcl() {
    let hcl = r#"
        account { id = "a2dd6" }
        locals {
          n = [1, -2.5, true, null]
        }
        namespace "payments-prod" {
          regions = ["aws-us-east-1"]
          tags    = { "pci" = "yes ${local.x}", team = "$${literal}" }
        }
        endpoint "payments" {
          worker_target = { namespace = "${namespace.payments-prod}", task_queue = "a\n${"b"}" }
        }
        endpoint "carts" {}
        typo "x" {}
        type { a = 1 }
    "#;
    let json = r#"{
        // comments, and trailing commas
        "account": {"id": "a2dd6"},
        "locals": {"n": [1, -2.5, true, null,]},
        "namespace": {"payments-prod": {
            "regions": ["aws-us-east-1"],
            "tags": {"pci": "yes ${local.x}", "team": "$${literal}"},
        }},
        "endpoint": {
            "payments": {"worker_target": {"namespace": "${namespace.payments-prod}", "task_queue": "a\n${\"b\"}"}},
            "carts": {}, /* here too */
        },
        "typo": {"x": {}},
        "type": {"a": 1},
    }"#;
    same(hcl, json);
}

#[test]
fn positions_are_in_the_file() {
    check("{\"a\": {\"b\": {\"x\": \"ü${1 +}\"}}}", &["1:26 syntax: expected an expression, found `}`"]);
    check(
        "{\"a\": {\"b\": {\"x\": \"\\n\\u00fc\\ud83d\\ude00${1 +}\"}}}",
        &["1:45 syntax: expected an expression, found `}`"],
    );
    check(
        "\u{feff}{\n\"a\": {\"b\": {\"x\": \"${\"}}}",
        &["2:21 syntax: expected an expression, found the end of the string"],
    );
    let document = check("{\"locals\": {\"x\": \"a\\t${b.c}\"}} // end", &[]);
    let text = "{\"locals\": {\"x\": \"a\\t${b.c}\"}} // end";
    let ExprKind::Template(parts) = &document.blocks.first().unwrap().attributes.first().unwrap().value.kind
    else {
        unreachable!()
    };
    let PartKind::Interpolation(inner) = &parts.last().unwrap().kind else { unreachable!() };
    assert_eq!(text.get(inner.span.range()).unwrap(), "b.c");
    assert_eq!(text.get(document.comments.first().unwrap().span.range()).unwrap(), "// end");
}

#[test]
fn a_syntax_error_costs_the_file() {
    let cases = [
        ("{\"a\": 1 \"b\": 2}", "1:8 syntax: expected `,` between two items"),
        ("{\"a\": {\n", "1:8 syntax: expected `}`, found the end of the file | 1:7 this `{` is not closed"),
        ("{\"a\": [1", "1:9 syntax: expected `]`, found the end of the file | 1:7 this `[` is not closed"),
        ("{\"a\" 1}", "1:6 syntax: expected `:` after the key"),
        ("{\"a\": }", "1:7 syntax: expected a value, found `}`"),
        ("{a: 1}", "1:2 syntax: expected a key in double quotes"),
        ("{'a': 1}", "1:2 syntax: use double quotes for strings"),
        ("{\"a\": namespace}", "1:7 syntax: expected a value"),
        ("{\"a\": 0x10}", "1:7 syntax: invalid number in JSON"),
        ("{} {}", "1:4 syntax: expected the end of the file"),
        ("{\"a\": \"\\q\"}", "1:8 syntax: invalid escape in JSON"),
        ("{\"a\": \"b,\n\"c\": \"d\"}", "1:7 syntax: the string is not closed on this line"),
        ("{\"a\": 1 /* ", "1:9 syntax: the comment is not closed"),
    ];
    for (json, expected) in cases {
        let document = check(json, &[expected]);
        assert!(document.incomplete && document.blocks.is_empty(), "{json}");
    }
    check("", &["1:1 syntax: a policy in JSON must be an object"]);
}

#[test]
fn shapes_are_checked() {
    let document = check(
        "{\"account\": [], \"namespace\": {\"a\": 1}}",
        &[
            "1:13 wrong-type: `account` must be an object, not a list",
            "1:36 wrong-type: `namespace \"a\"` must be an object of attributes, not a number",
        ],
    );
    assert_eq!(shown(&document), "namespace \"a\" broken {}\n");
}

#[test]
fn keys_are_given_once() {
    let document = check(
        "{\"namespace\": {\"a\": {\"x\": 1, \"x\": 2}, \"a\": {}}, \"namespace\": {\"b\": {}}}",
        &[
            "1:30 duplicate-name: attribute `x` is given twice | 1:22 first given here",
            "1:49 duplicate-name: key `namespace` is given twice | 1:2 first given here",
            "1:39 duplicate-name: `namespace \"a\"` is declared twice | 1:16 first declared here",
        ],
    );
    assert_eq!(shown(&document), "namespace \"a\" {x = 1}\nnamespace \"b\" {}\n");
}

/// What is given twice is read all the same, as in HCL.
#[test]
fn what_is_given_twice_is_judged() {
    let codes = |path, text| {
        let (document, findings) = parsed(&[(path, text)]);
        let codes = findings.iter().map(|finding| finding.split(' ').nth(1).unwrap().to_owned());
        (shown(&document), codes.collect::<Vec<_>>())
    };
    for (json, hcl, expected) in [
        (
            "{\"endpoint\": {\"a\": {}, \"a\": {\"description\": \"${\"}}}",
            "endpoint \"a\" {}\nendpoint \"a\" {\n description = \"${\"\n}",
            vec!["syntax:", "duplicate-name:"],
        ),
        (
            "{\"endpoint\": {\"a\": {\"x\": 1, \"x\": \"${\", \"y\": 2}}}",
            "endpoint \"a\" {\n x = 1\n x = \"${\"\n y = 2\n}",
            vec!["syntax:"],
        ),
        (
            "{\"endpoint\": {\"a\": {\"x\": 1, \"x\": \"${b}\"}}}",
            "endpoint \"a\" {\n x = 1\n x = \"${b}\"\n}",
            vec!["duplicate-name:"],
        ),
    ] {
        let (document, found) = codes("a.nexus.json", json);
        assert_eq!(found, expected, "{json}");
        let (in_hcl, found) = codes("a.nexus.hcl", hcl);
        assert_eq!(found, expected, "{hcl}");
        // A fault in HCL leaves what stands before it.
        if !expected.contains(&"syntax:") {
            assert_eq!(document, in_hcl);
        }
    }
}

#[test]
fn keys_hold_no_control_characters() {
    let finding =
        |place: &str, byte: &str| format!("{place} syntax: unescaped control character U+{byte} in a string");
    let label = "{\"namespace\": {\"a\tb\": {\"name\": \"n\", \"x\": 1}, \"c\": {}}}";
    let document = check(label, &[&finding("1:18", "0009")]);
    assert_eq!(shown(&document), "namespace \"a\\tb\" broken {name = \"n\"}\nnamespace \"c\" {}\n");
    let word = "{\"names\npace\": {\"a\": {}}, \"namespace\": {\"c\": {}}}";
    let document = check(word, &[&finding("1:8", "000A")]);
    assert_eq!(shown(&document), "namespace \"c\" {}\n");
    assert!(document.incomplete);
}

#[test]
fn an_error_in_a_template_costs_its_block() {
    let json =
        "{\"namespace\": {\"a\": {\"name\": \"n\", \"x\": \"${\"}, \"b\": {\"x\": \"a\nb\"}, \"c\": {}}}";
    let document = check(
        json,
        &[
            "1:43 syntax: expected an expression, found the end of the string",
            "1:60 syntax: unescaped control character U+000A in a string",
        ],
    );
    let expected = "namespace \"a\" broken {name = \"n\"}\nnamespace \"b\" broken {}\nnamespace \"c\" {}\n";
    assert_eq!(shown(&document), expected);
}

#[test]
fn bytes_that_are_not_utf8_cost_their_block_without_another_finding() {
    for (text, expected) in [
        (
            "{\"namespace\": {\"a\": {\"x\": \"\u{fffd}\"}, \"b\": {}}}",
            "namespace \"a\" broken {x = \"\u{fffd}\"}\nnamespace \"b\" {}\n",
        ),
        ("{\u{fffd}}", ""),
    ] {
        let mut sources = Sources::default();
        let file = sources.add("a.nexus.json", text);
        let mut findings = vec![Finding::new(&SYNTAX, Span::new(file, 0, 1), "reported by the loader")];
        let document = parse(&sources, &mut findings);
        assert_eq!((shown(&document).as_str(), findings.len()), (expected, 1));
    }
}

/// Found by fuzzing: the place ended within a character.
#[test]
fn a_missing_comma_points_at_the_whole_next_token() {
    let mut sources = Sources::default();
    sources.add("a.nexus.json", "{\"locals\": {}ü \"account\": {}}");
    let mut findings = Findings::new();
    let _ = parse(&sources, &mut findings);
    let shown: Vec<_> = findings.iter().filter_map(|it| Some(sources.text(it.span?))).collect();
    assert_eq!(shown, ["ü"], "{findings:?}");
}

/// Found by fuzzing: the name of a block broke the message in two.
#[test]
fn a_name_with_a_line_break_leaves_the_message_one_line() {
    let (_, findings) = parsed(&[("a.nexus.json", "{\"a\\nb\": 1}")]);
    assert_eq!(findings.len(), 1);
    assert!(
        findings.iter().all(|finding| finding.contains("a\\nb") && !finding.contains('\n')),
        "{findings:?}"
    );
}

#[test]
fn keys_that_are_no_blocks_are_told_as_that() {
    let help = |json: &str| {
        let mut sources = Sources::default();
        sources.add("a.nexus.json", json);
        let mut findings = Findings::new();
        let _ = parse(&sources, &mut findings);
        let shown = findings
            .iter()
            .map(|it| format!("{}: {} ({})", it.code, it.message, it.help.as_deref().unwrap_or("")));
        shown.collect::<Vec<_>>()
    };
    let close = "unknown-block: there is no block `endpiont` (did you mean `endpoint`?)";
    assert_eq!(help("{\"account\": {}, \"endpiont\": \"x\"}"), [close]);
    let comment =
        "unknown-block: there is no block `#` (write comments as `// …` or `/* … */`, outside of strings)";
    assert_eq!(help("{\"account\": {}, \"#\": \"comment\"}"), [comment]);
    let other = help("{\"account\": {}, \"format_version\": \"1.2\"}");
    assert!(
        other[0].starts_with("unknown-block: there is no block `format_version` (blocks are `account`, "),
        "{other:?}"
    );
}

#[test]
fn comments_in_members_are_passed_over() {
    same(
        "account { id = \"a2dd6\" }\nlocals { a = { \"//\" = 1 } }\nendpoint \"e\" {}\nremoved \"endpoint\" \"x\" {}",
        r#"{ "//": "one", "account": { "//": ["two"], "id": "a2dd6" }, "locals": { "//": null, "a": { "//": 1 } },
            "endpoint": { "//": "three", "e": { "//": 4 } }, "removed": { "//": 1, "endpoint": { "//": 2, "x": {} } } }"#,
    );
}

#[test]
fn a_form_feed_is_no_white_space() {
    check("{\u{c}}", &["1:2 syntax: a form feed is not white space in JSON"]);
    check("{ /* \u{c} */ }", &[]);
}

#[test]
fn a_byte_order_mark_is_no_column() {
    check("\u{feff}{ \"account\": { \"id\": tru } }", &["1:22 syntax: expected a value"]);
}
