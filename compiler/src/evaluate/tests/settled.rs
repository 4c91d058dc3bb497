//! Variables and locals.

use super::*;
use crate::diagnostic::REFERENCE_CYCLE;

/// The value of `x` where the policy is these blocks.
#[track_caller]
fn check_in(policy: &str, text: &str, expected: &str) {
    assert_eq!(shown(policy, text), expected);
}

#[test]
fn locals_are_read_from_any_block_in_any_order() {
    let policy = "locals {\n a = \"${local.b}-x\"\n b = var.v\n}\nlocals { c = [local.a] }\nvariable \"v\" { default = 1 }";
    check_in(policy, "local.c", "[\"1-x\"]");
    check_in(policy, "local.c[0]", "\"1-x\"");
    check_in(policy, "local", "failed\n1 evaluation: `local` alone is not a value (write `local.NAME`)");
    check_in(
        policy,
        "local[\"a\"]",
        "failed\n1 evaluation: `local` alone is not a value (write `local.NAME`)",
    );
    check_in(policy, "[for local in [{ a = 1 }] : local.a]", "[1]");
}

#[test]
fn names_of_no_local_and_no_variable() {
    let policy = "locals { callers = [] }\nvariable \"region\" { default = 1 }";
    check_in(
        policy,
        "local.caller",
        "failed\n1 evaluation: there is no local `caller` (did you mean `callers`?)",
    );
    check_in(
        policy,
        "var.nothing",
        "failed\n1 evaluation: there is no variable `nothing` (declare it: `variable \"nothing\" { … }`)",
    );
    check_in(policy, "callers", "failed\n1 evaluation: unknown name `callers` (write `local.callers`)");
    check_in(
        policy,
        "try(local.nope, 1)",
        "failed\n5 evaluation: there is no local `nope` (add it: `locals { nope = … }`)",
    );
}

#[test]
fn what_may_be_read_depends_on_the_stage() {
    for (policy, expected) in [
        (
            "locals { a = namespace.b }",
            "a local cannot refer to the Namespace `b`: locals are evaluated first",
        ),
        ("variable \"v\" { default = local.a }", "a variable cannot refer to `local`"),
        ("variable \"v\" { default = namespace.b.name }", "a variable cannot refer to the Namespace `b`"),
        ("locals { a = each.key }", "a local cannot refer to `each`"),
        ("endpoint \"e\" { name = each.key }", "`each` is not available: the block has no `for_each`"),
        ("endpoint \"e\" { for_each = each.key }", "`for_each` cannot refer to `each`, which it defines"),
        ("endpoint \"e\" { for_each = endpoint.f.name }", "`for_each` cannot refer to the Endpoint `f`"),
    ] {
        let said = settled(policy, &Given::new());
        assert!(said.iter().any(|message| message.contains(expected)), "{policy}: {said:?}");
    }
}

/// What is wrong with the variables, locals and names of a policy.
fn settled(policy: &str, given: &Given) -> Vec<String> {
    let mut sources = Sources::default();
    sources.add("policy.nexus.hcl", policy);
    let mut findings = Findings::new();
    let document = syntax::parse(&sources, &mut findings);
    let evaluator = Evaluator::new(&document, given);
    evaluator.evaluate_named(&mut findings);
    for block in &document.blocks {
        let _ = evaluator.expansion(block);
        evaluator.name(block, None, &mut findings);
    }
    evaluator.finish(&mut findings);
    findings.iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect()
}

#[test]
fn a_cycle_names_its_steps_and_their_locations() {
    let mut sources = Sources::default();
    sources.add("a.nexus.hcl", "locals {\n  a = local.b\n  b = [local.c]\n  c = local.a\n}");
    let mut findings = Findings::new();
    let document = syntax::parse(&sources, &mut findings);
    Evaluator::new(&document, &Given::new()).evaluate_named(&mut findings);
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(finding.code, &REFERENCE_CYCLE);
    assert!(
        finding.message.ends_with("`local.a` → `local.b` → `local.c` → `local.a`"),
        "{}",
        finding.message
    );
    assert_eq!(sources.text(finding.span.unwrap()), "local.a");
    let steps: Vec<_> = finding.related.iter().map(|step| sources.text(step.span)).collect();
    assert_eq!(steps, ["local.b", "local.c"]);
}

#[test]
fn a_fault_of_a_local_is_reported_once_however_often_it_is_read() {
    let policy = "locals {\n bad = 1 / 0\n}";
    check_in(
        policy,
        "[local.bad, local.bad, try(local.bad, 1)]",
        "[failed, failed, failed]\n10 evaluation: division by zero",
    );
}

/// The value of a variable of this type where it is given this text, and what is said.
fn typed(of: &str, text: &str) -> String {
    let mut sources = Sources::default();
    sources.add("a.nexus.hcl", format!("variable \"v\" {{ type = {of} }}\nlocals {{ x = var.v }}"));
    let mut findings = Findings::new();
    let document = syntax::parse(&sources, &mut findings);
    let file = sources.add("--var v", text);
    let span = Span::new(file, 0, text.len() as u32);
    let expr = syntax::parse_expression(span, text);
    let given = Given::from([("v".to_owned(), GivenValue::Text { text: text.into(), span, expr })]);
    let expr = &document.of_kind(BlockKind::Locals).next().unwrap().attributes[0].value;
    let value = Evaluator::new(&document, &given).value(expr, None, &mut findings);
    let said = findings.iter().map(|finding| format!(" {}: {}", finding.code, finding.message));
    value_shown(&value) + &said.collect::<String>()
}

#[test]
fn variables_are_converted_to_their_types() {
    for (of, text, expected) in [
        ("string", "a", "\"a\""),
        ("string", "[1]", "\"[1]\""),
        ("number", "12", "12"),
        ("number", "many", "failed wrong-type: this must be a number, not \"many\""),
        ("bool", "true", "true"),
        ("bool", "yes", "failed wrong-type: this must be true or false, not \"yes\""),
        ("any", "[1, \"a\"]", "[1, \"a\"]"),
        ("list(string)", "[1, \"a\", true]", "[\"1\", \"a\", \"true\"]"),
        ("list(string)", "\"a\"", "failed wrong-type: this must be a list of strings, not \"a\""),
        ("list(number)", "[1, \"x\"]", "failed wrong-type: this must be a number, not \"x\""),
        ("list(any)", "[1, \"a\"]", "[\"1\", \"a\"]"),
        ("set(string)", "[\"b\", \"a\", \"b\"]", "[\"a\", \"b\"]"),
        ("map(number)", "{ a = \"1\" }", "{a = 1}"),
        ("tuple([string, number])", "[1, \"2\"]", "[\"1\", 2]"),
        ("tuple([string])", "[]", "failed wrong-type: this must be a tuple of 1, not a list"),
        ("object({ a = string, b = optional(number, 7) })", "{ a = 1 }", "{a = \"1\", b = 7}"),
        (
            "object({ a = string, b = optional(number, 7) })",
            "{ a = 1, c = 2 }",
            "failed unknown-attribute: the object type has no attribute `c`",
        ),
        // What is misspelt is not also missing.
        (
            "object({ queue = string })",
            "{ queu = \"q\" }",
            "failed unknown-attribute: the object type has no attribute `queu`",
        ),
        (
            "map(list(object({ queue = optional(string) })))",
            "{ eu = [{ queu = 1 }], us = [{ queue = [] }] }",
            "failed unknown-attribute: the object type has no attribute `queu` wrong-type: this must be a string, not a list",
        ),
        (
            "tuple([object({}), set(object({ a = string }))])",
            "[{ a = 1 }, [{ a = 1, b = 2 }]]",
            "failed unknown-attribute: the object type has no attribute `a` unknown-attribute: the object type has no attribute `b`",
        ),
        ("object({ a = optional(string) })", "{}", "{a = null}"),
        (
            "object({ a = string })",
            "{}",
            "failed wrong-type: this must be an object with the attribute `a`, not one without",
        ),
        ("\"list(string)\"", "[1]", "[\"1\"]"),
        ("list(string)", "[", "failed syntax: expected `]`, found the end of the value"),
        ("strng", "a", "failed wrong-type: there is no type `strng`"),
        ("list", "[1]", "[1]"),
        ("object", "{}", "failed wrong-type: `object` needs type arguments"),
        ("object({ a = nothing })", "{}", "failed wrong-type: there is no type `nothing`"),
        (
            "object({ a = optional(string, [1]) })",
            "{}",
            "{a = null} wrong-type: this must be a string, not a list",
        ),
    ] {
        assert_eq!(typed(of, text), expected, "{of} {text}");
    }
}

#[test]
fn an_unknown_key_is_reported_where_it_stands() {
    let policy = r#"variable "carts" {
  type    = map(object({ callers = optional(list(string), ["shop-dev"]), queue = optional(string) }))
  default = { eu = { callrs = [] }, us = { callers = [], anything = 1 } }
}"#;
    let mut sources = Sources::default();
    sources.add("a.nexus.hcl", policy);
    let document = syntax::parse(&sources, &mut Findings::new());
    let mut found = Findings::new();
    Evaluator::new(&document, &Given::new()).evaluate_named(&mut found);
    let shown: Vec<_> =
        found.iter().map(|it| (sources.text(it.span.unwrap()), it.help.as_deref().unwrap())).collect();
    let expected = [("callrs", "did you mean `callers`?"), ("anything", "it has `callers` and `queue`")];
    assert_eq!(shown, expected);
    let many = "variable \"v\" {\n type = any\n default = 1\n}".replace("any", "list(object({}))");
    let objects: String = (0..1_500).map(|at| format!("{{ a{at} = 1 }},")).collect();
    let found = settled(&many.replace("= 1\n", &format!("= [{objects}]\n")), &Given::new());
    assert_eq!(found.len(), 1_001);
    assert_eq!(found[1_000], "too-large: more than 1000 keys are unknown: further ones are not reported");
}

#[test]
fn a_variable_without_a_value_is_reported_at_its_block() {
    let said = settled("variable \"v\" {}\nvariable \"w\" { default = null }", &Given::new());
    assert_eq!(said, ["missing-variable: the variable `v` has no value"]);
}

#[test]
fn a_value_keeps_the_place_where_it_was_written() {
    let mut sources = Sources::default();
    sources.add(
        "a.nexus.hcl",
        "locals {\n  a = [\"one\", { k = \"two\" }]\n  b = local.a\n  x = [local.b[0], [for it in local.b : it][1].k, lookup(local.b[1], \"k\", 1), \"${local.a[0]}!\"]\n}",
    );
    let document = syntax::parse(&sources, &mut Findings::new());
    let local = document.blocks[0].attribute("x").unwrap();
    let value = Evaluator::new(&document, &Given::new()).value(&local.value, None, &mut Findings::new());
    let ValueKind::List(list) = &value.kind else { panic!("{value:?}") };
    let places: Vec<_> = list
        .iter()
        .map(|value| {
            let place = value.place(local.value.span);
            (sources.text(place.span), place.from.map(|from| sources.text(from)))
        })
        .collect();
    let expected = [
        ("local.b[0]", Some("\"one\"")),
        ("[for it in local.b : it][1].k", Some("\"two\"")),
        ("lookup(local.b[1], \"k\", 1)", Some("\"two\"")),
        ("\"${local.a[0]}!\"", Some("\"one\"")),
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_null_for_each_is_refused() {
    let said = settled(
        "variable \"v\" { default = null }\nendpoint \"e\" {\n for_each = var.v\n name = \"e\"\n}",
        &Given::new(),
    );
    assert_eq!(said, ["wrong-type: `for_each` takes a map or a set of strings, not null"]);
}

#[test]
fn locals_and_variables_have_names_that_expressions_can_read() {
    let json = r#"{ "locals": { "a b": 1, "${x}": 2, "//": "a comment", "a-b": 3 }, "variable": { "a b": { "default": 1 } } }"#;
    let mut sources = Sources::default();
    sources.add("a.nexus.json", json);
    let document = syntax::parse(&sources, &mut Findings::new());
    let mut found = Findings::new();
    Evaluator::new(&document, &Given::new()).evaluate_named(&mut found);
    let said: Vec<_> = found.iter().map(|it| (it.code.name, sources.text(it.span.unwrap()))).collect();
    let expected = ["\"a b\"", "\"a b\"", "\"${x}\""].map(|name| ("invalid-name", name));
    assert_eq!(said, expected);
}

#[test]
fn values_from_outside_are_composed() {
    assert_eq!(typed("string", "e\u{301}"), "\"\u{e9}\"");
}
