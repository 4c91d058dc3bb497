//! What guards read of their objects, before there is one.

use super::super::object::Objects;
use super::super::projection::Projection;
use super::{ACCOUNT, messages};
use crate::check::CheckContext;
use crate::check::expect::{check, found_in};
use crate::diagnostic::Findings;
use crate::diagnostic::source::Sources;
use crate::evaluate::{Value, ValueKind};
use crate::language::guarded::{Shape, shape};
use crate::pipeline::ParsedPolicy;
use crate::policy::Guarded;
use std::collections::BTreeSet;
use time::macros::date;

/// The findings about a guard of `each` with this condition: message, help and the text at their place.
fn said(each: &str, condition: &str, message: &str) -> Vec<String> {
    let policy = format!(
        "{ACCOUNT}guard \"g\" {{\n  each      = \"{each}\"\n  condition = {condition}\n  message   = {message}\n}}\n"
    );
    let shown = found_in(&policy).into_iter().map(|it| {
        let span = it.span.unwrap();
        let place = &policy[span.start as usize..span.end as usize];
        let help = it.help.map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{} {place}: {}{help}", it.code, it.message)
    });
    shown.collect()
}

fn said_of(each: &str, condition: &str) -> Vec<String> {
    said(each, condition, "\"m\"")
}

#[test]
fn a_misspelt_attribute_is_reported_once_where_it_stands() {
    let tag = "a Namespace has no attribute `tag` (did you mean `tags`?)";
    for condition in [
        "call.caller.tag.stage == \"prod\"",
        "try(call.caller.tag.stage, \"prod\") == \"prod\"",
        "can(call.caller.tag.stage)",
        "call.endpoint.name == \"x\" || call.caller.tag.stage == \"prod\"",
        "true || !can(call.caller.tag.stage)",
        "call.target.name == \"x\" ? call.caller.tag.stage == \"y\" : true",
        "length([for key in [1] : call.caller.tag]) == 1",
        "\"%{ if call.grant == null }${call.caller.tag}%{ endif }\" == \"\"",
        "(call.grant == null ? call.caller : call.caller).name == call.caller.tag.name",
    ] {
        let expected = format!("unknown-attribute call.caller.tag: {tag}");
        assert_eq!(said_of("call", condition), [expected], "{condition}");
    }
    let quoted = said_of("call", "call[\"caller\"][\"tag\"] == 1");
    assert_eq!(quoted, [format!("unknown-attribute call[\"caller\"][\"tag\"]: {tag}")]);
    let message = said("call", "true", "\"${call.caller.nmae} must not\"");
    let expected =
        "unknown-attribute call.caller.nmae: a Namespace has no attribute `nmae` (did you mean `name`?)";
    assert_eq!(message, [expected]);
}

#[test]
fn kinds_without_objects_here_are_checked_too() {
    for (each, condition, expected) in [
        (
            "gained_call",
            "call.caler.name != \"x\"",
            "call.caler: a call has no attribute `caler` (did you mean `caller`?)",
        ),
        (
            "lost_manager",
            "manager.principle.name == \"x\"",
            "manager.principle: a manager has no attribute `principle` (did you mean `principal`?)",
        ),
        (
            "privatelink",
            "privatelink.regoin == \"x\"",
            "privatelink.regoin: a private connection has no attribute `regoin` (did you mean `region`?)",
        ),
        (
            "principal",
            "principal.role == \"x\"",
            "principal.role: a principal has no attribute `role` (it has `kind`, `name`, `account_access` and `namespace_access`)",
        ),
        ("endpoint", "endpoint.name.x == 1", "endpoint.name.x: a string has no attribute `x`"),
        (
            "endpoint",
            "endpoint.callers.name == 1",
            "endpoint.callers.name: a list has no attribute `name` (read it from each element: `[*].name`, or with `for`)",
        ),
    ] {
        assert_eq!(said_of(each, condition), [format!("unknown-attribute {expected}")], "{condition}");
    }
}

#[test]
fn elements_of_lists_are_checked() {
    let tag = "a Namespace has no attribute `tag` (did you mean `tags`?)";
    for (condition, place) in [
        ("alltrue([for it in endpoint.callers : it.tag.stage == \"x\"])", "it.tag"),
        ("alltrue([for at, it in endpoint.callers : try(it.tag, 1) == at])", "it.tag"),
        ("length({ for it in endpoint.callers : it.tag => 1 }) == 0", "it.tag"),
        ("\"%{ for it in endpoint.callers }${it.tag}%{ endfor }\" == \"\"", "it.tag"),
        ("length(endpoint.callers[*].tag) == 1", "endpoint.callers[*].tag"),
        ("length(endpoint.callers.*.tag) == 1", "endpoint.callers.*.tag"),
        ("can(endpoint.callers[0].tag)", "endpoint.callers[0].tag"),
        ("can(endpoint.callers.0.tag)", "endpoint.callers.0.tag"),
    ] {
        assert_eq!(
            said_of("endpoint", condition),
            [format!("unknown-attribute {place}: {tag}")],
            "{condition}"
        );
    }
}

#[test]
fn what_only_a_value_decides_is_left_to_evaluation() {
    for condition in [
        "try(call.caller.tags.anything, \"\") == \"\"",
        "can(call.caller.tags[\"a\"]) || true",
        "true || can(call[call.caller.name])",
        "length([for call in [{ callr = 1 }] : call.callr]) == 1",
        "length([for it in [1, 2] : it if it > 0]) == 2",
        "try(merge(call.caller, { x = 1 }).x, 1) == 1",
        "true || call.target.url == \"x\"",
        "try(call.caller.regions[0], \"\") != \"\"",
        "length(call.endpoint.callers[*].tags) > 0",
        "try([call.caller][0].tag, 1) == 1",
    ] {
        assert_eq!(said_of("call", condition), Vec::<String>::new(), "{condition}");
    }
}

#[test]
fn a_wrong_name_of_the_object_says_what_it_is_called() {
    let expected = |name: &str, object: &str| {
        format!("evaluation {name}: unknown name `{name}` (the object of this guard is called `{object}`)")
    };
    let found = said_of("lost_call", "lost_call.target.name == \"x\"");
    assert_eq!(found, [expected("lost_call", "call")]);
    let found = said_of("endpoint", "true || call.caller.name == \"x\"");
    assert_eq!(found, [expected("call", "endpoint")]);
    let found = said_of("lost_call", "call.target.name == prod");
    assert_eq!(found, ["evaluation prod: unknown name `prod` (use double quotes for strings)"]);
}

#[test]
fn each_place_is_reported_once_for_all_instances() {
    check(
        r#"guard "g" {
  for_each  = toset(["a", "b"])
  each      = "call"
  condition = call.caller.tag[each.key] == "x" #! unknown-attribute
  message   = "no"
}
"#,
    );
}

#[test]
fn json_is_checked_alike() {
    crate::check::expect::check_json(
        r#"{
  "account": { "id": "a2dd6" },
  "guard": { "g": {
    "each": "gained_call",
    "condition": "${call.caler.name == \"x\"}", //! unknown-attribute
    "message": "no",
  } },
}"#,
    );
}

/// The attributes that objects are made with and those that the table of shapes names are the same.
#[test]
fn the_shapes_are_those_of_the_objects() {
    let policy = r#"account { id = "a2dd6" }
namespace "orders-prod" {
  regions = ["aws-us-east-1"]
  tags    = { env = "prod" }
}
user "ana@acme.example" {
  account_access   = "developer"
  namespace_access = { orders-prod = "admin" }
}
endpoint "orders" {
  worker_target             = { namespace = "orders-prod", task_queue = "q" }
  allowed_caller_namespaces = ["orders-prod"]
  managed_by                = user["ana@acme.example"]
}
privatelink "east" {
  region        = "aws-us-east-1"
  connection_id = "vpce-00939a7ed9EXAMPLE"
  namespaces    = ["orders-prod"]
  managed_by    = user["ana@acme.example"]
}
"#;
    let mut sources = Sources::default();
    sources.add("policy.nexus.hcl", policy);
    let parsed = ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15));
    let (policy, _) = parsed.compile(None);
    let context =
        CheckContext { policy: &policy, facts: None, sources: &parsed.sources, today: parsed.today };
    let objects = Objects::of(&context);
    let of_kind = |guarded: Guarded| {
        let found = objects.declared(guarded);
        let [only] = &*found else { panic!("{guarded:?}: {}", found.len()) };
        objects.values.value(&only.view, &Projection::All)
    };
    let list = objects.lists().next().unwrap();
    let caller = objects.values.namespace(&list.grant.callers.namespaces[0].id);
    let call = list.call(caller, &list.shared(&Projection::All), &Projection::All);
    let (endpoint, principal) = (of_kind(Guarded::Endpoint), of_kind(Guarded::Principal));
    let manager = objects.values.object([("principal", principal.clone()), ("endpoint", endpoint.clone())]);
    compare("call", &call, shape("call").unwrap());
    compare("endpoint", &endpoint, shape("endpoint").unwrap());
    compare("namespace", &of_kind(Guarded::Namespace), shape("namespace").unwrap());
    compare("principal", &principal, shape("principal").unwrap());
    compare("privatelink", &of_kind(Guarded::Privatelink), shape("privatelink").unwrap());
    compare("manager", &manager, shape("manager").unwrap());
    for guarded in Guarded::ALL {
        assert!(shape(guarded.object()).is_some(), "{guarded:?}");
        assert!(crate::language::guarded::is_word(guarded.name()), "{guarded:?}");
    }
}

#[track_caller]
fn compare(path: &str, value: &Value, shape: &Shape) {
    match (shape, &value.kind) {
        (Shape::Plain("a bool"), ValueKind::Bool(_)) => {}
        (Shape::Plain("a string"), ValueKind::String(_) | ValueKind::Null(_)) => {}
        (Shape::Map(element), ValueKind::Object(object)) => {
            object
                .iter()
                .for_each(|member| compare(&format!("{path}.{}", member.key), &member.value, element));
        }
        (Shape::List(element), ValueKind::List(list)) => {
            list.iter().for_each(|value| compare(&format!("{path}[*]"), value, element));
        }
        (Shape::Object { title, .. }, ValueKind::Object(object)) => {
            let made: BTreeSet<_> = object.iter().map(|member| &*member.key).collect();
            let mut named: BTreeSet<_> = shape.names().collect();
            // Only an external target has a URL, and only a worker's target a task queue.
            let may_lack = [("a target", "url"), ("a call", "task_queue")];
            named.retain(|name| made.contains(name) || !may_lack.contains(&(*title, *name)));
            assert_eq!(made, named, "{path}");
            for member in object.iter() {
                compare(
                    &format!("{path}.{}", member.key),
                    &member.value,
                    shape.attribute(&member.key).unwrap(),
                );
            }
        }
        (shape, kind) => panic!("{path}: {shape:?} {kind:?}"),
    }
}

#[test]
fn a_message_that_cannot_be_made_says_why() {
    let guard = r#"guard "env" {
  each      = "namespace"
  condition = namespace.name != "untagged"
  message   = "${namespace.name} of ${namespace.tags.env}"
}
"#;
    assert_eq!(messages(guard), ["error: `guard.env` does not hold"]);
    let policy = format!("{ACCOUNT}{guard}");
    let found = found_in(&policy);
    let related: Vec<_> = found[0]
        .related
        .iter()
        .map(|it| (&policy[it.span.start as usize..it.span.end as usize], &*it.message))
        .collect();
    let reason = "its message cannot be evaluated: there is no key `env`";
    assert_eq!(related[1], ("namespace.tags.env", reason));
    let said = |message: &str| {
        let policy = format!(
            "{ACCOUNT}guard \"g\" {{\n each = \"endpoint\"\n condition = false\n message = {message}\n}}\n"
        );
        let found = found_in(&policy);
        found[0].related.last().unwrap().message.clone()
    };
    assert_eq!(said("\"%{ if endpoint.name != \"x\" }  %{ endif }\""), "its message is empty");
    assert_eq!(
        said("length(endpoint.callers)"),
        "its message cannot be evaluated: a message must be a string, not a number"
    );
}
