//! `for`, splats, and what is reported in them.

use super::*;

#[test]
fn for_walks_lists_sets_and_objects() {
    check("[for i, x in [\"a\", \"b\"] : \"${i}${x}\"]", "[\"0a\", \"1b\"]");
    check("{ for k, v in { b = 1, a = 2 } : v => k... if v > 1 }", "{2 = [\"a\"]}");
    check("\"%{ for k, v in { b = 1, a = 2 } }${k}${v} %{ endfor }\"", "\"a2 b1 \"");
    check(
        "[for x in \"abc\" : x]",
        "failed\n11 wrong-type: `for` iterates over a list, set, map or object, not a string",
    );
    check(
        "{ for x in [1, 2] : \"a\" => x }",
        "failed\n21 duplicate-name: two elements have the key `a` (group their values with `...`, or use unique keys)",
    );
}

#[test]
fn references_are_elements_and_keys() {
    check("{ for n in [namespace.orders] : n => n.name }", "{@namespace.orders = \"orders-prod\"}");
    check("{ for k, v in { namespace.orders = 1 } : v => k }", "{1 = @namespace.orders}");
    check(
        "[for n in toset([namespace.orders, namespace[\"orders-prod\"]]) : n.id]",
        "[\"orders-prod.a2dd6\"]",
    );
    check("[namespace.orders, namespace.payments-prod][*].name", "[\"orders-prod\", \"payments-prod\"]");
    check("namespace.orders[*].name", "[\"orders-prod\"]");
    check("true ? [namespace.orders] : [\"orders-prod\"]", "[@namespace.orders]");
    check("distinct([namespace.orders, namespace.orders])", "[@namespace.orders]");
    check("keys({ namespace.orders = 1, a = 2 })", "[\"a\", @namespace.orders]");
    check("lookup({ namespace.orders = 1 }, namespace.orders)", "1");
    check("lookup({ namespace.orders = 1 }, \"namespace.orders\", 2)", "2");
    check("contains([namespace.orders], namespace.orders)", "true");
    check("zipmap([namespace.orders], [1])[namespace.orders]", "1");
    for text in ["contains([namespace.orders], \"orders\")", "contains([\"orders\"], namespace.orders)"] {
        assert!(shown(POLICY, text).contains("`namespace.orders` is a reference, not a value"), "{text}");
    }
    for text in ["tostring(namespace.orders)", "sort([namespace.orders])", "format(\"%s\", namespace.orders)"]
    {
        assert!(shown(POLICY, text).contains("reference"), "{text}");
    }
}

#[test]
fn wrong_names_are_wrong_where_nothing_is_walked() {
    check(
        "[for x in [] : nowhere]",
        "[]\n16 evaluation: unknown name `nowhere` (use double quotes for strings)",
    );
    check("[for x in [1] : namespace.nowhere.name if false]", "[]");
    check(
        "\"%{ for x in [] }${y}%{ endfor }\"",
        "\"\"\n20 evaluation: unknown name `y` (use double quotes for strings)",
    );
    check(
        "[for x in nowhere : x]",
        "failed\n11 evaluation: unknown name `nowhere` (use double quotes for strings)",
    );
}

#[test]
fn an_error_of_every_element_is_reported_a_few_times() {
    let said = shown(POLICY, "[for x in range(1000) : x.y]");
    assert_eq!(said.lines().filter(|line| line.contains("a number has no attribute `y`")).count(), 10);
    let nested = shown(POLICY, "[for x in range(100) : [for y in range(100) : {}[y]]]");
    assert_eq!(nested.lines().filter(|line| line.contains("there is no key")).count(), 10);
}
