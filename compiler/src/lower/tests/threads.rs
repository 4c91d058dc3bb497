use super::super::*;
use crate::diagnostic::source::Sources;
use crate::evaluate::Given;
use crate::syntax::parse;

/// What a policy is lowered to, with and without a second thread.
fn lowered(text: &str) -> [(String, Findings); 2] {
    let (mut sources, mut findings, given) = (Sources::default(), Findings::new(), Given::new());
    sources.add("policy.nexus.hcl", text.to_owned());
    let document = parse(&sources, &mut findings);
    assert!(findings.is_empty(), "{findings:?}");
    [usize::MAX, 2].map(|large| {
        let (evaluator, mut findings) = (Evaluator::new(&document, &given), Findings::new());
        let policy = lower_by(large, &evaluator, None, crate::check::lint_attributes(), &mut findings);
        (format!("{policy:?}"), findings)
    })
}

/// Checks that nobody can tell whether there was a second thread; gives what is found.
#[track_caller]
fn check(text: &str) -> Vec<String> {
    let [whole, beside] = lowered(text);
    assert_eq!(whole, beside);
    whole.1.into_iter().map(|finding| finding.message).collect()
}

const POLICY: &str = r#"
account { id = "a2dd6" }
locals { teams = { orders = "a", carts = "b" } }
namespace "orders-prod" {
  regions = ["aws-us-east-1"]
  tags    = { team = local.teams.orders }
}
service_account "ci" { account_access = "developer" }
lint { unused-namespace = "error" }
allowlist "first" {
  endpoint = endpoint.refunds
  callers  = [namespace.carts-prod]
}
namespace "carts-prod" {
  regions = namespace.orders-prod.regions
  tags    = { team = local.teams.carts }
}
endpoint "refunds" {
  worker_target             = { namespace = namespace.orders-prod, task_queue = "q" }
  allowed_caller_namespaces = [namespace.carts-prod, "orders-prod"]
  managed_by                = [service_account.ci]
}
allowlist "second" {
  for_each = local.teams
  endpoint = "refunds"
  callers  = ["${each.key}-prod"]
}
user "ana@acme.example" { account_access = "read" }
guard "g" {
  each      = "call"
  condition = call.caller.tags.team != ""
  message   = "no"
}
"#;

#[test]
fn a_second_thread_declares_the_same() {
    assert_eq!(check(POLICY), [""; 0]);
}

#[test]
fn a_second_thread_finds_the_same() {
    let found = check(&POLICY.replace("[namespace.carts-prod, ", "[namespace.cart-prod, "));
    assert_eq!(found.len(), 1, "{found:?}");
    let found = check(&POLICY.replace("orders = \"a\"", "orders = upper(1, 2)"));
    assert_eq!(found.len(), 1, "{found:?}");
    let found = check(&POLICY.replace("endpoint = \"refunds\"", "endpoint = \"refund\""));
    assert_eq!(found.len(), 1, "{found:?}");
}

/// What either half may hold is too much for both.
#[test]
fn two_threads_may_not_take_more_than_one() {
    let tags: String = (0..500).map(|tag| format!("tag{tag:03} = \"x\"\n")).collect();
    let namespace =
        |number| format!("namespace \"n-{number}\" {{\n regions = local.r\n tags = local.t\n}}\n");
    let policy = |count| {
        let namespaces: String = (0..count).map(namespace).collect();
        format!(
            "account {{ id = \"a2dd6\" }}\nlocals {{\n r = [\"aws-us-east-1\"]\n t = {{\n{tags}}}\n}}\n{namespaces}"
        )
    };
    assert_eq!(check(&policy(1500)), [""; 0]);
    let found = check(&policy(3000));
    assert!(found.iter().any(|message| message.contains("hold more than")), "{found:?}");
}
