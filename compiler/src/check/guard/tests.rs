mod hidden;
mod managers;
mod names;

use super::{GUARD_FAILED, Unjudged, check_guards};
use crate::check::CheckContext;
use crate::check::expect::{check, found_in, settled};
use crate::diagnostic::source::Sources;
use crate::diagnostic::{Findings, Severity};
use crate::evaluate::{Evaluator, Given};
use crate::pipeline::ParsedPolicy;
use time::macros::date;

const ACCOUNT: &str = r#"account { id = "a2dd6" }
namespace "orders-prod" {
  regions = ["aws-us-east-1"]
  tags    = { env = "prod" }
}
namespace "orders-test" {
  regions = ["aws-us-east-1"]
  tags    = { env = "test" }
}
namespace "untagged" { regions = ["aws-us-east-1"] }
endpoint "orders" {
  worker_target             = { namespace = "orders-prod", task_queue = "q" }
  allowed_caller_namespaces = ["orders-prod"]
}
allowlist "tests" {
  endpoint = "orders"
  callers  = ["orders-test", "untagged"]
  reason   = "trying"
  expires  = "2026-12-31"
}
"#;

fn messages(guards: &str) -> Vec<String> {
    let found = found_in(&format!("{ACCOUNT}{guards}"));
    found.into_iter().map(|it| format!("{}: {}", it.severity.name(), it.message)).collect()
}

#[test]
fn a_condition_sees_both_sides_of_a_call_and_a_missing_tag_fails_it() {
    let guards = r#"guard "env" {
  each      = "call"
  condition = call.caller.tags.env == call.target.tags.env
  message   = "${call.caller.name} may not call ${call.endpoint.name}"
}
"#;
    let policy = format!("{ACCOUNT}{guards}");
    let found = found_in(&policy);
    let shown: Vec<_> = found.iter().map(|it| (&*it.message, it.instance.as_deref())).collect();
    let instance = Some("allowlist.tests");
    let unknown = "untagged may not call orders (the condition cannot be evaluated: there is no key `env`)";
    assert_eq!(shown, [("orders-test may not call orders", instance), (unknown, instance)]);
    let at = |index: usize| {
        let span = found[index].span.unwrap();
        &policy[span.start as usize..span.end as usize]
    };
    assert_eq!((at(0), at(1)), ("\"orders-test\"", "\"untagged\""));
    assert_eq!((found[0].related.len(), found[1].related.len()), (1, 2));
}

/// Calls that look the same to a condition are judged once; whatever it reads tells them apart.
#[test]
fn calls_that_differ_in_what_is_read_are_told_apart() {
    let namespace = |name: &str, tags: &str| {
        format!("namespace \"{name}\" {{\n regions = [\"aws-us-east-1\"]\n tags = {tags}\n}}\n")
    };
    let endpoint = |name: &str, target: &str| {
        format!(
            "endpoint \"{name}\" {{\n worker_target = {{ namespace = \"{target}\", task_queue = \"q\" }}\n \
             allowed_caller_namespaces = [\"aa\", \"bb\", \"cc\", \"dd\"]\n}}\n"
        )
    };
    let account = [
        "account { id = \"a2dd6\" }\n".to_owned(),
        namespace("aa", "{ env = \"prod\", team = \"x\" }"),
        namespace("bb", "{ env = \"prod\", team = \"y\" }"),
        namespace("cc", "{ env = \"test\" }"),
        namespace("dd", "{}"),
        endpoint("first", "aa"),
        endpoint("second", "cc"),
    ];
    let failing = |condition: &str| {
        let guard = format!(
            "guard \"g\" {{\n each = \"call\"\n condition = {condition}\n message = \"${{call.caller.name}}-${{call.endpoint.name}}\"\n}}\n"
        );
        let found = found_in(&(account.concat() + &guard));
        let said: Vec<_> = found.iter().filter_map(|it| it.message.split(' ').next()).collect();
        said.join(" ")
    };
    let all = "aa-first bb-first cc-first dd-first aa-second bb-second cc-second dd-second";
    assert_eq!(failing("false"), all);
    assert_eq!(
        failing("call.caller.tags.env == call.target.tags.env"),
        "cc-first dd-first aa-second bb-second dd-second"
    );
    assert_eq!(
        failing("call[\"caller\"][\"tags\"].env == \"prod\""),
        "cc-first dd-first cc-second dd-second"
    );
    assert_eq!(failing("!can(call.caller.tags.team)"), "aa-first bb-first aa-second bb-second");
    assert_eq!(failing("length(call.caller.tags) == 2"), "cc-first dd-first cc-second dd-second");
    assert_eq!(failing("call.endpoint.name == \"first\""), "aa-second bb-second cc-second dd-second");
    assert_eq!(failing("length([for call in [1] : call if call > 0]) == 1"), "");
    assert_eq!(failing("length([for key, value in call : key]) == 3"), all);
    assert_eq!(failing("call.caller.name != call.target.name"), "aa-first cc-second");
}

/// The same of Endpoints, of which a condition may read no more than how many callers they have.
#[test]
fn endpoints_are_told_apart_by_the_number_of_their_callers() {
    let endpoint = |name: &str, callers: &str| {
        format!(
            "endpoint \"{name}\" {{\n worker_target = {{ namespace = \"untagged\", task_queue = \"q\" }}\n{callers}}}\n"
        )
    };
    let own = |callers: &str| format!(" allowed_caller_namespaces = [{callers}]\n");
    let rest = [
        endpoint("one", &own("\"orders-prod\"")),
        endpoint("once", &own("\"orders-prod\"")),
        "allowlist \"again\" {\n endpoint = \"once\"\n callers = [\"orders-prod\"]\n}\n".to_owned(),
        endpoint("two", &own("\"orders-prod\", \"orders-test\"")),
        endpoint("others", ""),
        "guard \"few\" {\n each = \"endpoint\"\n condition = length(endpoint.callers) < 2\n message = \"${endpoint.name}\"\n}\n"
            .to_owned(),
    ];
    let expected = [
        "error: orders",
        "error: others (the condition cannot be evaluated: `length` needs a value, not null)",
        "error: two",
    ];
    let mut found = messages(&rest.concat());
    found.retain(|message| message.starts_with("error"));
    found.sort();
    assert_eq!(found, expected);
}

/// Whatever a condition does not read is known to the message, and to who looks for what was meant.
#[test]
fn what_fails_is_seen_as_a_whole() {
    let guards = r#"guard "tags" {
  each      = "namespace"
  condition = namespace.tags.evn == "prod"
  message   = "${namespace.name} in ${namespace.regions[0]}"
}
"#;
    let found = found_in(&format!("{ACCOUNT}{guards}"));
    let shown: Vec<_> = found.iter().map(|it| (&*it.message, it.help.as_deref())).collect();
    let said = |name: &str| {
        format!("{name} in aws-us-east-1 (the condition cannot be evaluated: there is no key `evn`)")
    };
    let names = ["orders-prod", "orders-test", "untagged"].map(said);
    let help = [Some("did you mean `env`?"), Some("did you mean `env`?"), None];
    assert_eq!(shown, [0, 1, 2].map(|at| (&*names[at], help[at])));
}

#[test]
fn a_condition_sees_the_grant() {
    let guards = r#"guard "reasons" {
  each      = "call"
  severity  = "warning"
  condition = call.grant.reason != null && call.grant.expires != null
  message   = "${call.caller.id} is on a list without a reason in ${call.grant.file}"
}
"#;
    let expected = ["warning: orders-prod.a2dd6 is on a list without a reason in policy.nexus.hcl"];
    assert_eq!(messages(guards), expected);
}

#[test]
fn endpoints_namespaces_and_principals_are_guarded() {
    let guards = r#"user "ana@acme.example" {
  account_access   = "developer"
  namespace_access = { orders-prod = "admin" }
}
guard "described" {
  each      = "endpoint"
  severity  = "approval"
  condition = endpoint.description != null && length(endpoint.managed_by) > 0
  message   = "${endpoint.name} on ${endpoint.target.name} has ${length(endpoint.callers)} callers"
}
guard "tagged" {
  each      = "namespace"
  condition = contains(keys(namespace.tags), "env")
  message   = "${namespace.name} has no tag `env`"
}
guard "rights" {
  for_each  = { read = "admin" }
  each      = "principal"
  condition = !contains(values(principal.namespace_access), each.value)
  message   = "${principal.kind} ${principal.name} is ${principal.account_access} and ${each.value}"
}
"#;
    let found = messages(guards);
    let expected = [
        "error: untagged has no tag `env`",
        "approval: orders on orders-prod has 3 callers",
        "error: user ana@acme.example is developer and admin",
    ];
    assert_eq!(found, expected);
}

#[test]
fn errors_that_do_not_depend_on_the_object_are_reported_at_the_guard() {
    check(
        r#"guard "name" {
  each      = "gained_call"
  condition = cal.caller.name == "x" #! evaluation
  message   = "no"
}
guard "type" {
  each      = "call"
  condition = "yes" #! wrong-type
  message   = ["no"] #! wrong-type
  severity  = "fatal" #! invalid-value
}
guard "kind" {
  each      = "calls" #! invalid-value
  condition = call.caller.name == "x"
  message   = "no"
}
guard "bare" { #! missing-attribute missing-attribute missing-attribute
}
"#,
    );
}

#[test]
fn changes_are_not_seen_without_a_plan_and_faults_are_not_guarded() {
    let gained = r#"guard "gained" {
  each      = "gained_call"
  condition = false
  message   = "never"
}
"#;
    assert_eq!(messages(gained), Vec::<String>::new());
    let at_fault = r#"guard "calls" {
  each      = "call"
  condition = false
  message   = "never"
}
allowlist "nobody" {
  endpoint = "orders"
  callers  = ["nobody-prod"]
}
"#;
    let found = messages(at_fault);
    assert_eq!(found, ["error: the caller Namespace `nobody-prod` is not in the policy"]);
}

#[test]
fn a_guard_is_silenced_where_it_fires_and_its_suppression_counts_as_used() {
    let guard = r#"guard "env" {
  each      = "call"
  condition = call.caller.tags.env == "prod"
  message   = "not production"
}
"#;
    let silenced = ACCOUNT.replace(
        "allowlist \"tests\"",
        "# nexusc:ignore guard-failed reason=\"trying\"\nallowlist \"tests\"",
    );
    let found = found_in(&format!("{silenced}{guard}"));
    assert_eq!(found, []);
}

#[test]
fn both_formats_find_the_same_with_the_weight_of_the_guard() {
    let json = r#"{
  "account": { "id": "a2dd6" },
  "namespace": { "orders-prod": { "regions": ["aws-us-east-1"] } },
  "endpoint": { "orders": {
    "worker_target": { "namespace": "orders-prod", "task_queue": "q" },
    "allowed_caller_namespaces": ["orders-prod"],
  } },
  "guard": { "never": {
    "each": "call", "condition": "${call.caller.name != call.target.name}", "message": "${call.caller.name} calls itself",
    "severity": "approval",
  } },
}"#;
    let (found, _) = settled("policy.nexus.json", json);
    let shown: Vec<_> = found.iter().map(|it| (it.severity, &*it.message)).collect();
    assert_eq!(shown, [(Severity::Approval, "orders-prod calls itself")]);
}

#[test]
fn every_call_of_a_large_policy_is_guarded() {
    let calls = |count: usize| {
        let namespaces =
            (0..count).map(|it| format!("namespace \"n{it}\" {{ regions = [\"aws-us-east-1\"] }}\n"));
        let callers: Vec<_> = (0..count).map(|it| format!("\"n{it}\"")).collect();
        let endpoints = (0..10).map(|it| {
            format!(
                "endpoint \"e{it}\" {{\n worker_target = {{ namespace = \"n0\", task_queue = \"q\" }}\n allowed_caller_namespaces = [{}]\n}}\n",
                callers.join(", ")
            )
        });
        let guard = "guard \"g\" {\n each = \"call\"\n condition = length(call.endpoint.callers) == 1\n message = call.caller.name\n}\n";
        format!(
            "account {{ id = \"a2dd6\" }}\n{}{}{guard}",
            namespaces.collect::<String>(),
            endpoints.collect::<String>()
        )
    };
    assert_eq!(found_in(&calls(900)).len(), 9000);
}

#[test]
fn a_large_policy_is_judged_as_a_small_one_is() {
    let guards = r#"locals { known = ["prod"] }
guard "env" {
  each      = "call"
  condition = contains(local.known, call.caller.tags.env)
  message   = "${call.caller.name} may not call ${call.endpoint.name}"
}
guard "tagged" {
  each      = "namespace"
  condition = can(namespace.tags.env)
  message   = "${namespace.name} has no environment"
}
"#;
    let more = |count: usize| {
        let one = |number| {
            format!(
                "endpoint \"e{number}\" {{\n worker_target = {{ namespace = \"orders-prod\", task_queue = \"q\" }}\n \
                 allowed_caller_namespaces = [\"orders-prod\"]\n}}\n"
            )
        };
        (0..count).map(one).collect::<String>()
    };
    let limits = ACCOUNT.replacen("\"a2dd6\"", "\"a2dd6\"\n limits = { endpoints = 2000 }\n", 1);
    let limits = limits.replacen("account { id", "account {\n id", 1);
    let found = |count| {
        let found = found_in(&format!("{limits}{guards}{}", more(count)));
        let shown = found.iter().map(|it| (it.code, it.message.clone(), it.instance.clone(), it.span));
        shown.collect::<Vec<_>>()
    };
    let small = found(2);
    assert_eq!(small.iter().filter(|(code, ..)| *code == &GUARD_FAILED).count(), 3);
    assert_eq!(found(1000), small);
}

#[test]
fn exceeding_the_budget_is_reported_once_without_consequential_errors() {
    let callers: String = (0..60).map(|number| format!("\"n-{number}\",")).collect();
    let namespaces: String = (0..60)
        .map(|number| format!("namespace \"n-{number}\" {{ regions = [\"aws-us-east-1\"] }}\n"))
        .collect();
    let endpoint = format!(
        "endpoint \"many\" {{\n worker_target = {{ namespace = \"n-0\", task_queue = \"q\" }}\n \
         allowed_caller_namespaces = [{callers}]\n}}\n"
    );
    let guard = r#"guard "product" {
  each      = "call"
  condition = length(setproduct(call.endpoint.callers, call.endpoint.callers, call.endpoint.callers, call.endpoint.callers)) > 0
  message   = "no"
}
"#;
    let found = messages(&format!("{namespaces}{endpoint}{guard}"));
    let [only] = &*found else { panic!("{found:?}") };
    assert!(only.starts_with("error: evaluation produces more than"), "{only}");
}

#[test]
fn an_instance_is_told_by_its_key() {
    let namespaces = r#"namespace "team" {
  for_each = toset(["aa", "bb"])
  name     = "team-${each.key}"
  regions  = ["aws-us-east-1"]
  tags     = { env = "prod" }
}
guard "env" {
  each      = "namespace"
  condition = !startswith(namespace.name, "team-")
  message   = "no"
}
"#;
    let found = found_in(&format!("{ACCOUNT}{namespaces}"));
    let failed = found.iter().filter(|it| it.message == "no").flat_map(|it| &it.occurrences);
    let failed = failed.map(|it| it.instance.as_deref());
    assert_eq!(failed.collect::<Vec<_>>(), [Some("namespace.team[\"aa\"]"), Some("namespace.team[\"bb\"]")]);
}

/// A chain of locals is as deep as it is long where nothing of it was worked out before.
#[test]
fn an_evaluator_that_knows_nothing_reads_long_chains_of_locals() {
    let chain: String = (1..400).map(|number| format!("l{number} = local.l{}\n", number - 1)).collect();
    let text = format!(
        "{ACCOUNT}locals {{\n l0 = \"orders-prod\"\n{chain}}}\nguard \"chain\" {{\n each = \"namespace\"\n \
         condition = namespace.name == local.l399\n message = \"no\"\n}}\n"
    );
    let mut sources = Sources::default();
    sources.add("policy.nexus.hcl", text);
    let parsed = ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15));
    let (policy, found) = parsed.compile(None);
    assert_eq!(found.len(), 2, "{found:?}");
    let (given, mut anew) = (Given::new(), Findings::new());
    let evaluator = Evaluator::new(&parsed.document, &given);
    let context =
        CheckContext { policy: &policy, facts: None, sources: &parsed.sources, today: parsed.today };
    check_guards(&context, &evaluator, &mut Unjudged::default(), &mut anew);
    assert_eq!(anew.iter().map(|it| &*it.message).collect::<Vec<_>>(), ["no", "no"]);
}

#[test]
fn a_message_keeps_its_lines() {
    let guard =
        "guard \"g\" {\n each = \"endpoint\"\n condition = false\n message = \"first:\\n  - a   b\\n\"\n}\n";
    assert_eq!(messages(guard), ["error: first:\\n  - a   b"]);
}

#[test]
fn a_message_has_at_most_as_many_characters_as_any() {
    let guard =
        "guard \"g\" {\n each = \"endpoint\"\n condition = false\n message = join(\",\", range(500))\n}\n";
    let found = messages(guard);
    let [only] = &*found else { panic!("{found:?}") };
    let message = only.strip_prefix("error: ").unwrap();
    assert_eq!(message.chars().count(), crate::diagnostic::MESSAGE_MAX + 1, "{message}");
    assert!(message.starts_with("0,1,2,3,") && message.ends_with('…'), "{message}");
}
