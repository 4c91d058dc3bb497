//! `for_each`, and where findings about what it makes point.

use crate::check::expect::{check, settled, settled_against};
use crate::diagnostic::Finding;
use crate::diagnostic::source::Sources;
use crate::facts::Facts;
use crate::facts::snapshot::Snapshot;
use crate::report::{Colour, findings_text};
use serde_json::json;
use std::collections::BTreeMap;

const REST: &str = r#"
account { id = "a2dd6" }
namespace "orders-prod" { regions = ["aws-us-east-1"] }
"#;

/// Line, code, instance and the lines of related places of each finding that is no note.
fn found(policy: &str) -> Vec<String> {
    let (findings, sources) = settled("policy.nexus.hcl", &format!("{policy}{REST}"));
    let line = |span: crate::diagnostic::source::Span| sources.get(span.file).unwrap().place(span.start).line;
    let shown = |finding: &Finding| {
        let related: Vec<_> = finding.related.iter().map(|it| line(it.span).to_string()).collect();
        let instance = finding.instance.as_deref().unwrap_or("-");
        format!("{} {} {instance} [{}]", line(finding.span.unwrap()), finding.code, related.join(" "))
    };
    findings.iter().filter(|finding| finding.code.name != "unused-namespace").map(shown).collect()
}

#[test]
fn a_block_is_made_for_each_element() {
    check(
        r#"locals {
  regions = { eu = "aws-eu-west-1", us = "aws-us-east-1" }
}
namespace "cart" {
  for_each = local.regions
  name     = "cart-${each.key}"
  regions  = [each.value]
  tags     = { region = each.value }
}
endpoint "cart" {
  for_each                  = toset(keys(local.regions))
  name                      = "cart-${each.value}"
  worker_target             = { namespace = namespace.cart[each.key], task_queue = "${namespace.cart[each.key].name}-q" }
  allowed_caller_namespaces = ["cart-eu", namespace["cart-us"], namespace.orders-prod]
}
allowlist "more" {
  for_each = toset(["eu", "us"])
  endpoint = endpoint.cart[each.key]
  callers  = [namespace.payments-prod]
}
allowlist "one" {
  endpoint = endpoint["cart-eu"]
  callers  = [namespace.cart[namespace.cart["eu"].tags.region == "aws-eu-west-1" ? "us" : "uk"]]
}
"#,
    );
}

#[test]
fn unknown_keys_are_dangling() {
    check(
        r#"namespace "cart" {
  for_each = toset(["eu", "us"])
  name     = "cart-${each.key}"
  regions  = ["aws-us-east-1"]
}
endpoint "cart" {
  worker_target = {
    namespace  = namespace.cart["uk"] #! dangling-target
    task_queue = "q"
  }
  allowed_caller_namespaces = [
    namespace.cart, #! evaluation
    "cart", #! dangling-caller
    namespace.orders-prod["eu"], #! evaluation
    namespace.nothing["eu"], #! dangling-caller
    namespace["cart"]["us"],
    namespace.cart["eu"]["us"], #! evaluation
  ]
  description = namespace.cart["uk"].name #! dangling-namespace
}
"#,
    );
}

#[test]
fn errors_in_for_each_are_reported_once_without_consequential_errors() {
    check(
        r#"locals {
  bad = 1 / 0 #! evaluation
}
namespace "list" {
  for_each = ["eu"] #! wrong-type
  name     = "list-${each.key}"
  regions  = [each.value]
}
namespace "local" {
  for_each = local.bad
  name     = "local-${each.key}"
  regions  = [each.value]
}
namespace "numbers" {
  for_each = toset([1, 2]) #! wrong-type
  name     = "numbers"
  regions  = ["nowhere"] #! invalid-value
}
endpoint "cart" {
  worker_target             = { namespace = namespace.list["eu"], task_queue = "q" }
  allowed_caller_namespaces = ["list-eu", namespace.local["eu"].name, namespace["local-x"]]
}
"#,
    );
}

#[test]
fn instances_need_unique_names() {
    assert_eq!(
        found(
            r#"endpoint "cart" {
  for_each      = { eu = 1, us = 2 }
  worker_target = { namespace = "orders-prod", task_queue = "q" }
}
endpoint "same" {
  for_each      = { eu = 1, us = 2 }
  name          = "same"
  worker_target = { namespace = "orders-prod", task_queue = "q" }
}
"#
        ),
        ["1 missing-attribute endpoint.cart []", "7 duplicate-name endpoint.same[\"us\"] []"]
    );
}

#[test]
fn findings_of_all_instances_are_reported_once_those_of_one_with_it() {
    assert_eq!(
        found(
            r#"endpoint "cart" {
  for_each      = { eu = "ordres-prod", us = "orders-prod", ca = "nowhere" }
  name          = "cart-${each.key}"
  descripton    = "typo"
  worker_target = { namespace = each.value, task_queue = 7 }
}
endpoint "empty" {
  for_each      = {}
  name          = "empty-${each.key}"
  worker_target = { namespace = each.value, taskqueue = "q" }
}
"#
        ),
        [
            "4 unknown-attribute endpoint.cart []",
            "5 dangling-target endpoint.cart[\"ca\"] [2]",
            "5 dangling-target endpoint.cart[\"eu\"] [2 14]",
            "5 wrong-type endpoint.cart []",
            "10 unknown-attribute endpoint.empty []",
        ]
    );
}

#[test]
fn findings_point_at_the_use_and_at_the_source() {
    assert_eq!(
        found(
            r#"locals {
  callers = ["orders-prod", "ordres-prod"]
  target  = { namespace = "nowhere", task_queue = 7 }
  twice   = ["orders-prod", "orders-prod"]
}
endpoint "cart" {
  worker_target             = local.target
  allowed_caller_namespaces = concat(
    ["nothing"],
    local.callers,
    [for it in ["literally"] : it],
    [for it in local.callers : "${it}x"],
  )
}
endpoint "more" {
  worker_target             = { namespace = namespace.orders-prod, task_queue = "q" }
  allowed_caller_namespaces = local.twice
}
"#
        ),
        [
            "7 wrong-type endpoint.cart [3]",
            "7 dangling-target endpoint.cart [3]",
            "9 dangling-caller endpoint.cart []",
            "10 dangling-caller endpoint.cart [2 21]",
            "11 dangling-caller endpoint.cart []",
            "12 dangling-caller endpoint.cart [2 21]",
            "17 duplicate-caller endpoint.more [4 4]",
        ]
    );
}

#[test]
fn text_shows_the_instance_and_both_locations() {
    let policy = format!(
        "endpoint \"cart\" {{\n  for_each      = {{ eu = \"ordres-prod\", us = \"orders-prod\" }}\n  name          = \"cart-${{each.key}}\"\n  worker_target = {{ namespace = each.value, task_queue = \"q\" }}\n}}\n{REST}"
    );
    let (findings, sources): (Vec<Finding>, Sources) = settled("policy.nexus.hcl", &policy);
    let text = findings_text(&findings, &sources, Colour::None);
    for line in [
        "error[dangling-target]: the target Namespace `ordres-prod` is not in the policy",
        "4 |   worker_target = { namespace = each.value, task_queue = \"q\" }",
        "written here",
        "note: in `endpoint.cart[\"eu\"]`",
        "help: did you mean `orders-prod`?",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn a_broken_block_may_have_had_instances() {
    check(
        r#"namespace "cart" {
  regions = ["aws-us-east-1"
} #! syntax
endpoint "cart" {
  worker_target = { namespace = namespace.cart["eu"], task_queue = namespace.cart["eu"].name }
}
"#,
    );
}

#[test]
fn variables_have_their_attributes_only() {
    check(
        r#"variable "a" {
  type      = string
  default   = "x"
  sensitive = true #! unknown-attribute
}
variable "b" {
  default     = 1
  description = var.a #! wrong-type
}
variable "c" { #! missing-variable
  for_each = {} #! unknown-attribute
}
variable "d" {
  type    = number
  default = "x" #! wrong-type
}
locals {
  name = "no attribute of a table"
  a    = nowhere #! evaluation
}
allowlist "x" {
  name     = "y" #! unknown-attribute
  endpoint = "payments" #! dangling-endpoint
  callers  = [var.d]
}
"#,
    );
}

/// A policy of so many Endpoints with an attribute each, which may be `local.list`: a thousand names of this form.
fn many(name: &str, blocks: usize, attribute: &str) -> String {
    let names: String =
        (0..1000).map(|index| format!("\"{}\", ", name.replace('#', &index.to_string()))).collect();
    let block = |index: usize| {
        format!(
            "endpoint \"e{index}\" {{\n worker_target = {{ namespace = \"orders-prod\", task_queue = \"q\" }}\n {attribute}\n}}\n"
        )
    };
    let blocks: String = (0..blocks).map(block).collect();
    format!("locals {{\n list = [{names}]\n}}\n{blocks}{REST}")
}

/// How often each code is found.
fn codes(policy: &str, facts: Option<&Facts>) -> BTreeMap<&'static str, usize> {
    let mut codes = BTreeMap::new();
    for finding in settled_against("policy.nexus.hcl", policy, facts).0 {
        *codes.entry(finding.code.name).or_insert(0) += 1;
    }
    codes
}

#[test]
fn shared_errors_of_many_blocks_are_limited() {
    for (name, attribute, code) in [
        ("nowhere-#", "allowed_caller_namespaces = local.list", "dangling-caller"),
        ("orders-#.b3ee7", "allowed_caller_namespaces = local.list", "foreign-account"),
        ("orders #", "allowed_caller_namespaces = local.list", "invalid-name"),
        ("orders-#.", "allowed_caller_namespaces = local.list", "invalid-name"),
        ("nobody-#", "managed_by = local.list", "invalid-name"),
    ] {
        let found = codes(&many(name, 15, attribute), None);
        let bounded = (Some(&10_000), Some(&1));
        assert_eq!((found.get(code), found.get("too-large")), bounded, "{name}: {found:?}");
    }
    let found = codes(&many("a", 6000, "description = join(\"\", [for it in local.list : \"\"])"), None);
    assert_eq!(found.get("too-large"), Some(&1), "{found:?}");
}

/// That nobody can see them is no fault of theirs.
#[test]
fn unproven_names_are_limited_with_a_warning() {
    let nothing = json!({ "items": [] });
    let snapshot = json!({
        "version": 1, "account": "a2dd6", "as_of": "2026-06-15",
        "namespaces": { "complete": false, "items": [{ "id": "orders-prod.a2dd6", "regions": ["aws-us-east-1"] }] },
        "users": nothing, "service_accounts": nothing, "groups": nothing,
        "endpoints": [], "connectivity_rules": nothing,
    });
    let facts = Snapshot::parse(&snapshot.to_string()).unwrap().facts().unwrap();
    let found = codes(&many("elsewhere-#", 15, "allowed_caller_namespaces = local.list"), Some(&facts));
    assert_eq!((found.get("unproven"), found.get("too-large")), (Some(&10_001), None), "{found:?}");
}
