mod comprehension;
mod functions;
mod limits;
mod settled;

use super::*;
use crate::diagnostic::source::{Sources, Span};
use crate::language::block::BlockKind;
use crate::syntax;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// What expressions are evaluated in.
const POLICY: &str = r#"
account { id = "a2dd6" }
namespace "payments-prod" {
  regions = ["aws-us-east-1"]
  tags    = { pci = "yes", team = "payments" }
}
namespace "orders" {
  name    = "orders-prod"
  regions = ["aws-eu-west-1"]
}
endpoint "payments" {}
user "ana" { name = "ana@acme.example" }
group "admins" {}
namespace "broken" {
  name = ]
}
variable "lists" {
  type    = object({ left_out = optional(list(string)), given = list(object({ name = string })) })
  default = { given = null }
}
variable "text" {
  type    = string
  default = null
}
variable "untyped" {
  default = null
}
"#;

/// The value of `x` in a policy, as text, and then a line for each finding, by its column in `text`.
fn shown(policy: &str, text: &str) -> String {
    let mut sources = Sources::default();
    sources.add("policy.nexus.hcl", policy);
    let file = sources.add("x.nexus.hcl", format!("locals {{ x = {text}\n}}"));
    let document = syntax::parse(&sources, &mut Findings::new());
    let expr = &document.of_kind(BlockKind::Locals).last().unwrap().attribute("x").unwrap().value;
    let mut findings = Findings::new();
    let value = Evaluator::new(&document, &Given::new()).value(expr, None, &mut findings);
    let mut shown = value_shown(&value);
    for finding in findings {
        let span: Span = finding.span.unwrap();
        let column = sources.get(span.file).unwrap().place(span.start).column;
        let column = if span.file == file { column - "locals { x = ".len() as u32 } else { column };
        write!(shown, "\n{column} {}: {}", finding.code, finding.message).unwrap();
        finding.help.iter().for_each(|help| write!(shown, " ({help})").unwrap());
    }
    shown
}

fn value_shown(value: &Value) -> String {
    match &value.kind {
        ValueKind::Null(_) => "null".to_owned(),
        ValueKind::Bool(value) => value.to_string(),
        ValueKind::Number(number) => number.to_string(),
        ValueKind::String(text) => format!("{text:?}"),
        ValueKind::List(elements) => {
            format!("[{}]", elements.iter().map(value_shown).collect::<Vec<_>>().join(", "))
        }
        ValueKind::Object(members) => {
            let members = members.iter().map(|member| {
                let mark = if member.reference.is_some() { "@" } else { "" };
                format!("{mark}{} = {}", member.key, value_shown(&member.value))
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        ValueKind::Reference(reference) => format!("@{reference}"),
        ValueKind::Failed => "failed".to_owned(),
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(shown(POLICY, text), expected);
}

#[test]
fn literals_and_templates() {
    check("[null, true, 1.50, \"a\", { b = 1, \"c\" = [] }]", "[null, true, 1.5, \"a\", {b = 1, c = []}]");
    check("\"a-${1 + 1}-${true}\"", "\"a-2-true\"");
    check("\"${[1]}\"", "[1]");
    check("\"%{ if 1 < 2 }yes%{ else }no%{ endif }\"", "\"yes\"");
    check("\"a${null}\"", "failed\n5 evaluation: a part of a template cannot be null");
    check(
        "\"a${[1]}${{}}\"",
        "failed\n5 wrong-type: a part of a template cannot be a list\n11 wrong-type: a part of a template cannot be an object",
    );
}

#[test]
fn operators() {
    check("1 + 2 * 3 - 8 / 4", "5");
    check("7 % 3 == 1 && !(2 > 3) || false", "true");
    check("0.1 + 0.2 == 0.3", "true");
    check("\"2\" * 3", "6");
    check("1 == \"1\"", "false");
    check("[1, { a = 2, b = 3 }] == [1, { b = 3, a = 2 }]", "true");
    check("1 + \"a\"", "failed\n5 wrong-type: `+` needs a number, not a string");
    check("1 / 0", "failed\n3 evaluation: division by zero");
    check(
        "1e999 * 1e999",
        "failed\n7 too-large: a number has at most 1000 digits before and after the decimal point",
    );
    check("-null", "failed\n2 evaluation: `-` needs a number, not null");
    check("1 && true", "failed\n1 wrong-type: `&&` needs true or false, not a number");
}

#[test]
fn a_splat_of_a_null_list_is_an_error() {
    let refused = |at: usize| {
        format!(
            "failed\n{at} evaluation: a splat cannot be applied to a null list (write `x == null ? [] : x[*]`, or `[]` instead of the null)"
        )
    };
    for text in ["var.lists.given.*.name", "var.lists.given[*].name", "var.lists.left_out[*]"] {
        check(text, &refused(1));
    }
    check("tolist(null)[*]", &refused(8));
    check("(true ? null : [1])[*]", &refused(9));
    check("[null[*], var.text[*], var.untyped[*].name, tomap(null)[*]]", "[[], [], [], []]");
    check("[var.lists == null, var.lists.given == null]", "[false, true]");
}

#[test]
fn conditionals_evaluate_what_is_needed_and_check_all_names() {
    check("true ? 1 : 1 / 0", "1");
    check("false && 1 / 0 == 1", "false");
    check("true ? 1 : nowhere", "1\n12 evaluation: unknown name `nowhere` (use double quotes for strings)");
    check(
        "true || namespace.nowhere.name == \"a\"",
        "true\n9 dangling-namespace: the Namespace `nowhere` is not in the policy (declare it to read from it: `namespace \"nowhere\" { … }`)",
    );
    check("1 ? 2 : 3", "failed\n1 wrong-type: a condition needs true or false, not a number");
}

#[test]
fn indexing() {
    check("[1, 2][1]", "2");
    check("{ a = { b = 3 } }.a[\"b\"]", "3");
    check("[1][1]", "failed\n5 evaluation: index 1 is out of range: the list has length 1");
    check("[1][-1]", "failed\n5 evaluation: index -1 is out of range: the list has length 1");
    check("{ team = 1 }.tema", "failed\n1 evaluation: there is no key `tema` (did you mean `team`?)");
    check("\"a\".b", "failed\n1 evaluation: a string has no attribute `b`");
    check("null.b", "failed\n1 evaluation: null has no attribute `b`");
    check("{ (namespace.orders) = 1 }[namespace.orders]", "1");
}

#[test]
fn references_are_opaque() {
    check("namespace.payments-prod", "@namespace.payments-prod");
    check("\"${namespace[\"payments-prod\"]}\"", "@namespace.payments-prod");
    check("user[\"ana@acme.example\"]", "@user.ana");
    check("namespace[\"orders-${\"prod\"}\"]", "@namespace.orders");
    check("namespace.elsewhere", "@namespace.elsewhere");
    check("user[\"bob@acme.example\"]", "@user[\"bob@acme.example\"]");
    check("namespace.orders == namespace[\"orders-prod\"]", "true");
    check(
        "namespace.orders == \"orders-prod\"",
        "failed\n1 wrong-type: `namespace.orders` is a reference, not a value (write `namespace.orders.name` or `namespace.orders.id`)",
    );
    check(
        "\"a-${endpoint.payments}\"",
        "failed\n6 wrong-type: `endpoint.payments` is a reference, not a value (write `endpoint.payments.name`)",
    );
    check(
        "namespace",
        "failed\n1 evaluation: `namespace` alone is not a value (refer to a block: `namespace.LABEL`, or `namespace[\"LABEL\"]`)",
    );
    check(
        "endpoint.payments[\"eu\"]",
        "failed\n1 evaluation: `endpoint.payments` has no instances (only blocks with `for_each` have instances: write `endpoint.payments`)",
    );
}

#[test]
fn keys_may_be_references() {
    let expected = "{@namespace.orders = 1, @namespace.payments-prod = 2, a-b = 3, 1 = 4}";
    check("{ (namespace.orders) = 1, namespace.payments-prod = 2, \"${\"a\"}-b\" = 3, 1 = 4 }", expected);
    check(
        "{ namespace.orders = 1, (namespace[\"orders-prod\"]) = 2 }",
        "{@namespace.orders = 1}\n25 duplicate-name: key `namespace.orders` is given twice",
    );
    check("{ a = 1, \"a\" = 2, b = 3 }", "{a = 1, b = 3}\n10 duplicate-name: key `a` is given twice");
    check(
        "{ (null) = 1, b = 1 / 0 }",
        "failed\n3 evaluation: a key cannot be null\n21 evaluation: division by zero",
    );
}

#[test]
fn what_may_be_read_from_references() {
    check("namespace.orders.name", "\"orders-prod\"");
    check("namespace.orders.id", "\"orders-prod.a2dd6\"");
    check("namespace.payments-prod.tags.pci", "\"yes\"");
    check("namespace.orders.tags", "{}");
    check("namespace.payments-prod.regions[0]", "\"aws-us-east-1\"");
    check("user.ana.name", "\"ana@acme.example\"");
    check(
        "group.admins.id",
        "failed\n1 evaluation: `.id` cannot be read from the reference `group.admins` (readable attributes: `.name`)",
    );
    check(
        "namespace.payment-prod.name",
        "failed\n1 dangling-namespace: the Namespace `payment-prod` is not in the policy (did you mean `payments-prod`?)",
    );
    check(
        "endpoint.nothing-like-it.name",
        "failed\n1 dangling-endpoint: the Endpoint `nothing-like-it` is not in the policy (declare it to read from it: `endpoint \"nothing-like-it\" { … }`)",
    );
    check(
        "service_account.ci.name",
        "failed\n1 dangling-principal: the service account `ci` is not in the policy (declare it to read from it: `service_account \"ci\" { … }`)",
    );
    check("namespace.broken.name", "failed");
    check("\"${namespace.broken.tags}-${namespace.broken.id}\"", "failed");
}

#[test]
fn unknown_names() {
    check("namespce.orders", "failed\n1 evaluation: unknown name `namespce` (did you mean `namespace`?)");
    check(
        "orders",
        "failed\n1 evaluation: unknown name `orders` (write `namespace.orders` for the block, or quote it for a string)",
    );
    check("lenght([])", "failed\n1 evaluation: there is no function `lenght` (did you mean `length`?)");
}

#[test]
fn blocks_that_are_not_referred_to_have_no_name() {
    for kind in ["variable", "guard", "allowlist", "test", "privatelink"] {
        let policy = format!("{kind} \"team\" {{}}");
        let unknown =
            |column| format!("{column} evaluation: unknown name `{kind}` (use double quotes for strings)");
        let text = format!("{kind}.team");
        assert_eq!(shown(&policy, &text), format!("failed\n{}", unknown(1)));
        assert_eq!(shown(&policy, &format!("({text})")), format!("failed\n{}", unknown(2)));
        assert_eq!(shown(&policy, &format!("can({text})")), format!("failed\n{}", unknown(5)));
        assert_eq!(shown(&policy, &format!("[for {kind} in [{{ team = 1 }}] : {text}]")), "[1]");
    }
}

#[test]
fn cycles_are_reported_once() {
    let policy = "namespace \"a\" { tags = { x = namespace.b.tags.x } }\nnamespace \"b\" { tags = { x = namespace.a.tags.x } }";
    let circle = "failed\n30 reference-cycle: dependency cycle: `namespace.a.tags` → `namespace.b.tags` → `namespace.a.tags`";
    assert_eq!(shown(policy, "[namespace.a.tags, namespace.b.tags][0].x"), circle);
}

#[test]
fn names_are_evaluated_before_references() {
    let mut sources = Sources::default();
    sources.add(
        "a.nexus.hcl",
        "namespace \"a\" { name = \"${namespace.b.name}-x\" }\nnamespace \"b\" { name = nowhere }",
    );
    let document = syntax::parse(&sources, &mut Findings::new());
    let given = Given::new();
    let evaluator = Evaluator::new(&document, &given);
    let mut findings = Findings::new();
    for block in &document.blocks {
        assert_eq!(value_shown(&evaluator.name(block, None, &mut findings).unwrap()), "failed");
    }
    let messages: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        ["a name cannot refer to the Namespace `b`: names are evaluated first", "unknown name `nowhere`"]
    );
}

#[test]
fn nothing_is_dangling_if_names_may_be_missing() {
    let mut sources = Sources::default();
    sources.add("a.nexus.json", "{");
    sources.add("b.nexus.hcl", "locals { x = namespace.a.name }");
    let document = syntax::parse(&sources, &mut Findings::new());
    let mut findings = Findings::new();
    let expr = &document.blocks.first().unwrap().attributes.first().unwrap().value;
    assert_eq!(
        value_shown(&Evaluator::new(&document, &Given::new()).value(expr, None, &mut findings)),
        "failed"
    );
    assert_eq!(findings, []);
}
