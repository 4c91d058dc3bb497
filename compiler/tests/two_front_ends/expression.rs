//! Expressions, most of which have a value.

use proptest::prelude::*;
use proptest::sample::select;

const SIMPLE: &[&str] = &[
    "true",
    "null",
    "0",
    "1.5",
    "\"orders\"",
    "\"aws-us-east-1\"",
    "\"\"",
    "local.regions",
    "local.names",
    "local.tags",
    "local.flag",
    "local.text",
    "local.nothing",
    "var.queue",
    "var.callers",
    "var.nothing",
    "each.key",
    "each.value",
    "each.other",
    "namespace.orders",
    "namespace[\"payments\"]",
    "namespace.orders.name",
    "namespace.payments.id",
    "namespace.orders.tags",
    "namespace.orders.regions",
    "namespace.ghost",
    "endpoint.cart",
    "endpoint.cart[\"eu\"]",
    "endpoint.cart[\"nowhere\"].name",
    "service_account.ci.name",
    "group.admins",
    "namespace",
];

/// The text of an expression.
pub fn expressions() -> BoxedStrategy<String> {
    select(SIMPLE).prop_map(str::to_owned).boxed().prop_recursive(3, 12, 3, composed).boxed()
}

fn composed(inner: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let two = (inner.clone(), inner.clone());
    let three = (inner.clone(), inner.clone(), inner.clone());
    prop_oneof![
        (
            select(&["upper", "length", "keys", "toset", "tolist", "sort", "tostring", "can", "nothing"][..]),
            inner.clone()
        )
            .prop_map(|(function, of)| format!("{function}({of})")),
        (
            select(&["concat", "merge", "try", "contains", "join", "coalesce", "setunion", "lookup"][..]),
            two.clone()
        )
            .prop_map(|(function, (left, right))| format!("{function}({left}, {right})")),
        (select(&["==", "!=", "+", "-", "/", "&&", "||", "<", ">="][..]), two.clone())
            .prop_map(|(operator, (left, right))| format!("({left} {operator} {right})")),
        three.clone().prop_map(|(a, b, c)| format!("{a} ? {b} : {c}")),
        three.clone().prop_map(|(a, b, c)| format!("[for item in {a} : {b} if {c}]")),
        two.clone()
            .prop_map(|(a, b)| format!("[for key, item in {a} : \"${{key}}-${{item}}\" if item != {b}]")),
        two.clone().prop_map(|(a, b)| format!("{{ for key, item in {a} : key => {b} }}")),
        two.clone().prop_map(|(a, b)| format!("{{ for item in {a} : \"k${{item}}\" => {b}... }}")),
        two.clone().prop_map(|(a, b)| format!("[{a}, {b}]")),
        two.clone().prop_map(|(a, b)| format!("{{ eu = {a}, (each.key) = {b} }}")),
        two.prop_map(|(a, b)| format!("\"%{{ if {a} }}yes%{{ else }}${{{b}}}%{{ endif }}\"")),
        inner.clone().prop_map(|a| format!("!{a}")),
        inner.clone().prop_map(|a| format!("(-{a})")),
        inner.clone().prop_map(|a| format!("({a})[0]")),
        inner.clone().prop_map(|a| format!("({a})[*].name")),
        inner.clone().prop_map(|a| format!("({a}).eu")),
        inner.prop_map(|a| format!("\"pre-${{{a}}}-post\"")),
    ]
    .boxed()
}

/// The text of a template between its quotes.
pub fn templates() -> BoxedStrategy<String> {
    let part = prop_oneof![
        select(&["cart-", "orders", ".", " ü ", "$ ", "$${x}", "%%{if}", "~"][..]).prop_map(str::to_owned),
        Just("${each.key}".to_owned()),
        Just("${local.text}".to_owned()),
        expressions().prop_map(|expression| format!("${{{expression}}}")),
        expressions().prop_map(|expression| format!("${{~ {expression} ~}}")),
        expressions()
            .prop_map(|expression| format!("%{{ for item in {expression} }}-${{item}}%{{ endfor }}")),
    ];
    prop::collection::vec(part, 0..4).prop_map(|parts| parts.concat()).boxed()
}
