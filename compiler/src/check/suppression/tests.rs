use crate::check::expect::{check, check_json};

#[test]
fn silences_its_code_in_the_block_below() {
    check(
        r#"# nexusc:ignore no-callers reason="opened with the next release"
endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = []
}
// nexusc:ignore no-callers until=2026-06-15 reason="until today"
# and a word on it
endpoint "refunds" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = []
}
endpoint "orders" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = [] #! no-callers
}
"#,
    );
}

#[test]
fn past_its_date_it_silences_nothing() {
    check(
        r#"#! suppression-expired
# nexusc:ignore no-callers until=2026-06-14 reason="until yesterday"
endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = [] #! no-callers
}
"#,
    );
}

#[test]
fn one_that_silences_nothing_is_reported() {
    check(
        r#"#! unused-suppression
# nexusc:ignore duplicate-caller reason="two teams"
endpoint "payments" {
  worker_target = {
    namespace  = "payments-prod"
    #! unused-suppression
    task_queue = "q" # nexusc:ignore no-callers reason="no line of its own"
  }
}

#! unused-suppression
# nexusc:ignore no-callers reason="above nothing"

# nexusc:ignore limit-endpoints reason="only the account's facts tell"
endpoint "refunds" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
"#,
    );
}

#[test]
fn errors_of_references_and_permissions_stay() {
    check(
        r#"#! unused-suppression
# nexusc:ignore dangling-target reason="soon"
endpoint "payments" {
  worker_target = { namespace = "nowhere", task_queue = "q" } #! dangling-target
}
#! unused-suppression
# nexusc:ignore unproven reason="never mind"
namespace "shop-prod" { regions = ["aws-us-east-1"] }
"#,
    );
}

#[test]
fn what_cannot_be_understood_is_reported_and_nothing_follows_from_it() {
    check(
        r#"#! missing-attribute
# nexusc:ignore no-callers
endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = []
}
#! missing-attribute
# nexusc:ignore
#! invalid-value
# nexusc:ignore no-caller reason="a typo"
#! invalid-value
# nexusc:ignore duplicate-caller until=soon reason="a date"
#! unknown-attribute
# nexusc:ignore no-callers untill=2026-12-31 reason="a typo"
# nexusc:ignored is another word
endpoint "refunds" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
"#,
    );
}

#[test]
fn in_json_it_precedes_the_member_of_the_block() {
    check_json(
        r#"{
  "account": { "id": "a2dd6" },
  "namespace": {
    // nexusc:ignore unused-namespace reason="not in use yet"
    "idle-prod": { "regions": ["aws-us-east-1"] },
    "other-prod": { "regions": ["aws-us-east-1"] }, //! unused-namespace
    "orders-prod": { "regions": ["aws-us-east-1"] }
  },
  "endpoint": {
    // nexusc:ignore no-callers reason="opened with the next release"
    "orders": {
      "worker_target": { "namespace": "orders-prod", "task_queue": "q" },
      "allowed_caller_namespaces": []
    },
    //! unused-suppression
    // nexusc:ignore no-callers reason="nothing to silence"
    "refunds": { "worker_target": { "namespace": "orders-prod", "task_queue": "q" } }
  }
}
"#,
    );
}

/// How long a policy with `count` suppressions above each of `count` blocks on one line takes.
fn time(count: usize, blocks: usize) -> std::time::Duration {
    let comment = "// nexusc:ignore no-callers reason=\"x\"\n".repeat(count);
    let body = "{\"worker_target\":{\"namespace\":\"payments-prod\",\"task_queue\":\"q\"},\"allowed_caller_namespaces\":[]}";
    let blocks: Vec<_> = (0..blocks).map(|at| format!("\"e{at}\":{body}")).collect();
    let text = format!("{comment}{{\"endpoint\":{{{}}}}}", blocks.join(","));
    let mut sources = crate::diagnostic::source::Sources::default();
    sources.add("a.nexus.json", text);
    let today = time::macros::date!(2026 - 06 - 15);
    let start = std::time::Instant::now();
    let parsed = crate::pipeline::ParsedPolicy::parse(sources, Vec::new(), today);
    let (policy, findings) = parsed.compile(None);
    let found = parsed.finalize(findings, &policy, None);
    assert!(found.iter().all(|finding| finding.code.name != "no-callers"));
    start.elapsed()
}

#[test]
fn many_above_one_block_take_their_number() {
    // Where each was compared with each, ten times as many took a hundred times as long: minutes.
    assert!(time(100_000, 1) < std::time::Duration::from_secs(60));
    assert!(time(4_000, 4_000) < std::time::Duration::from_secs(60));
    // Eight times as many take about ten times as long; each walked through by each, they took fifty times as long.
    let (few, many) = (time(10_000, 1), time(80_000, 1).min(time(80_000, 1)));
    assert!(many < few * 30, "{few:?} and {many:?}");
}

#[test]
fn one_guard_is_silenced_by_its_name() {
    let policy = |suppressed: &str| {
        format!(
            r#"account {{ id = "a2dd6" }}
namespace "orders-prod" {{ regions = ["aws-us-east-1"] }}
# nexusc:ignore {suppressed} reason="agreed"
endpoint "orders" {{
  worker_target             = {{ namespace = "orders-prod", task_queue = "q" }}
  allowed_caller_namespaces = ["orders-prod"]
}}
guard "one" {{
  each      = "call"
  condition = false
  message   = "one"
}}
guard "two" {{
  each      = "call"
  condition = false
  message   = "two"
}}
"#
        )
    };
    let told = |suppressed: &str| -> Vec<String> {
        crate::check::expect::found_in(&policy(suppressed)).into_iter().map(|it| it.message).collect()
    };
    assert_eq!(told("guard-failed"), Vec::<String>::new());
    assert_eq!(told("guard-failed/one"), ["two"]);
    assert_eq!(
        told("guard-failed/none"),
        ["this suppression of `guard-failed/none` is unused", "one", "two"]
    );
}
