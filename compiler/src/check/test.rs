//! The policy's own tests: each element says what must hold, and is told what holds instead.

use super::CheckContext;
use crate::access::renames::Renames;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{Code, Control, Decided, Examples, Family, Finding, Findings, Severity, UNPROVEN};
use crate::facts::Facts;
use crate::policy::{DeclaredAllowlist, DeclaredTest, Expectation, Expected, Policy};
use registry::{RegisteredEndpoint, RegisteredTarget};
use schema::access::Rights;
use schema::account::{Account, Target};
use schema::backend::Backend;
use schema::name::{EndpointName, NamespaceId, PrincipalId};
use schema::permission::{Call, Missing, Verdict, decide};
use std::collections::BTreeMap;
use time::Date;

pub(crate) static TEST_FAILED: Code = Code {
    name: "test-failed",
    severity: Severity::Error,
    family: Family::Demand,
    control: Control::Silenceable,
    decided: Decided::Always,
    meaning: "An expectation of a `test` of the policy does not hold.",
    explanation: "A `test` states who can call or manage an Endpoint and who cannot, so that no other change breaks \
                  this unnoticed. Correct the policy or the test. If the allowlist of the Endpoint is managed \
                  elsewhere, the result is `unproven`.",
    examples: Examples {
        wrong: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}

test "payments" {
  allow = [{ caller = namespace.payments-prod, endpoint = endpoint.payments }] #! test-failed
}
"#,
        right: r#"endpoint "payments" {
  worker_target             = { namespace = namespace.payments-prod, task_queue = "nexus" }
  allowed_caller_namespaces = [namespace.orders-prod]
}

test "payments" {
  allow = [{ caller = namespace.orders-prod, endpoint = endpoint.payments }]
  deny  = [{ caller = namespace.payments-prod, endpoint = endpoint.payments }]
}
"#,
        json: None,
        facts: None,
    },
};

/// Runs every test, and reports failed and unproven elements.
pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let CheckContext { policy, facts, today, .. } = *context;
    findings.extend(run(policy, facts, today).filter_map(|outcome| outcome.finding));
}

/// The outcome of one element of a test.
#[derive(Clone, Debug)]
pub struct Outcome<'p> {
    /// The test.
    pub test: &'p DeclaredTest,
    /// What it expects.
    pub expectation: &'p Expectation,
    /// Whether that holds; `None` if unproven.
    pub holds: Option<bool>,
    /// Whether it holds for every caller, since no Namespace may call the Endpoint.
    pub vacuous: bool,
    /// Whether the call is possible in the account today; `None` where that is not known.
    pub today: Option<bool>,
    /// The actual access, and the reason for it.
    pub message: String,
    /// The finding if it fails or is unproven.
    pub finding: Option<Finding>,
}

/// Runs every test, in the order of the files. A policy that could not be understood as a whole is not tested: what it
/// does not say may stand in what was left out.
pub fn run<'p>(
    policy: &'p Policy,
    facts: Option<&'p Facts>,
    today: Date,
) -> impl Iterator<Item = Outcome<'p>> {
    let subject = (policy.whole && !policy.tests.is_empty()).then(|| Subject::of(policy, facts, today));
    let elements = policy.tests.iter().flat_map(|test| test.expectations.iter().map(move |it| (test, it)));
    subject.into_iter().flat_map(move |subject| {
        elements.clone().map(move |(test, expectation)| subject.judge(test, expectation))
    })
}

/// Whether something is possible, and why, for messages.
enum Answer {
    Yes(String),
    No(String),
    Unknown(String),
}

/// What the finding of an element is about.
fn parts(test: &DeclaredTest, expectation: &Expectation) -> [(Part, String); 4] {
    let who = match &expectation.expected {
        Expected::Call(caller) => (Part::Caller, caller.name().to_string()),
        Expected::Manage(principal) => (Part::Principal, principal.to_string()),
    };
    let expected = match (&expectation.expected, expectation.possible) {
        (Expected::Call(_), true) => "allow",
        (Expected::Call(_), false) => "deny",
        (Expected::Manage(_), true) => "can_manage",
        (Expected::Manage(_), false) => "cannot_manage",
    };
    let endpoint = (Part::Endpoint, expectation.endpoint.id.to_string());
    [(Part::Test, test.instance.to_string()), endpoint, who, (Part::Aspect, expected.to_owned())]
}

/// What is tested.
struct Subject<'p> {
    policy: &'p Policy,
    facts: Option<&'p Facts>,
    /// The grants that have not expired, by Endpoint; those that have are there as an empty list.
    grants: BTreeMap<&'p EndpointName, Vec<&'p DeclaredAllowlist>>,
    declared: Option<Account>,
    renames: Option<Renames<'p>>,
}

impl<'p> Subject<'p> {
    fn of(policy: &'p Policy, facts: Option<&'p Facts>, today: Date) -> Self {
        let mut grants: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for grant in policy.allowlists.values().flatten() {
            let of = grants.entry(&grant.endpoint.id).or_default();
            of.extend(grant.grants_on(today).then_some(grant));
        }
        let manages = |it: &Expectation| matches!(it.expected, Expected::Manage(_));
        let needs_rights = policy.tests.iter().flat_map(|test| &test.expectations).any(manages);
        let declared = if needs_rights { policy.declared_account(today) } else { None };
        let renames = facts.map(|facts| Renames::of(policy, facts));
        Self { policy, facts, grants, declared, renames }
    }

    fn judge(&self, test: &'p DeclaredTest, expectation: &'p Expectation) -> Outcome<'p> {
        let Expectation { endpoint, expected, possible } = expectation;
        let (answer, who, verb) = match expected {
            Expected::Call(caller) => (self.call(caller, &endpoint.id), caller.name().to_string(), "call"),
            Expected::Manage(principal) => {
                (self.manage(principal, &endpoint.id), principal.to_string(), "manage")
            }
        };
        let name = &endpoint.id;
        let today = match expected {
            Expected::Call(caller) => self.today(caller, name),
            Expected::Manage(_) => None,
        };
        let (is_so, message) = match answer {
            Answer::Yes(why) => (Some(true), format!("`{who}` can {verb} the Endpoint `{name}`: {why}")),
            Answer::No(why) => (Some(false), format!("`{who}` cannot {verb} the Endpoint `{name}`: {why}")),
            Answer::Unknown(why) => {
                (None, format!("cannot determine whether `{who}` can {verb} the Endpoint `{name}`: {why}"))
            }
        };
        let message = format!(
            "{message}{}",
            today.filter(|it| is_so == Some(!it)).map_or("", |it| self.until_applied(it, name))
        );
        let holds = is_so.map(|is_so| is_so == *possible);
        let code = if holds.is_none() { &UNPROVEN } else { &TEST_FAILED };
        let finding = (holds != Some(true)).then(|| {
            let finding = self.pointing_at_cause(endpoint.finding(code, &message), expectation);
            let finding = finding.instance(&test.instance).related(test.span, "expected by this test");
            finding.about_all(parts(test, expectation))
        });
        let is_denied_call = matches!(expected, Expected::Call(_)) && !possible;
        let vacuous = holds == Some(true) && is_denied_call && !self.lists_anyone(name);
        Outcome { test, expectation, holds, vacuous, today, message, finding }
    }

    /// The Endpoint in the account, before a rename, if the account has allowlists.
    fn held(&self, name: &EndpointName) -> Option<&'p RegisteredEndpoint> {
        let facts = self.facts.filter(|facts| facts.home.backend() == Backend::Cloud)?;
        match self.policy.endpoints.get(name) {
            Some(endpoint) => self.renames.as_ref()?.held(endpoint, facts),
            None => facts.endpoints.get(name.as_str()),
        }
    }

    /// Whether the account allows a call today; `None` where that is not known.
    fn today(&self, caller: &NamespaceId, name: &EndpointName) -> Option<bool> {
        let facts = self.facts.filter(|facts| facts.home.backend() == Backend::Cloud)?;
        let Some(held) = facts.endpoints.get(name.as_str()) else { return Some(false) };
        match held.callers().contains(&caller.to_string()) {
            false if held.has_unknown_policies() => None,
            lists => Some(lists),
        }
    }

    /// What a message adds about a call that is possible today and not after an apply, or the other way round.
    fn until_applied(&self, today: bool, name: &EndpointName) -> &'static str {
        let exists = self.facts.is_some_and(|facts| facts.endpoints.contains_key(name.as_str()));
        match (today, exists) {
            (true, _) => {
                "; it can call it today: the account's allowlist lists it, and the next apply removes it"
            }
            (false, true) => {
                "; it cannot call it today: the account's allowlist lists it only after the next apply"
            }
            (false, false) => {
                "; it cannot call it today: the account has no such Endpoint before the next apply"
            }
        }
    }

    /// Whether anyone may call the Endpoint.
    fn lists_anyone(&self, name: &EndpointName) -> bool {
        let own = self.policy.endpoints.get(name).and_then(|endpoint| endpoint.callers.as_ref());
        let granted = self.grants.get(name).into_iter().flatten().map(|grant| &grant.callers);
        let by_others = || self.held(name).is_some_and(|held| !held.callers().is_empty());
        let is_listed = own.into_iter().chain(granted).any(|callers| !callers.namespaces.is_empty());
        is_listed || (!self.manages(name) && by_others())
    }

    /// Whether the policy manages the whole allowlist.
    fn manages(&self, name: &EndpointName) -> bool {
        let own = self.policy.endpoints.get(name);
        own.is_some_and(|own| own.callers.is_some() || self.grants.contains_key(name))
    }

    fn pointing_at_cause(&self, finding: Finding, expectation: &Expectation) -> Finding {
        match &expectation.expected {
            Expected::Call(caller) => self.pointing_at_grant(finding, caller, &expectation.endpoint.id),
            Expected::Manage(principal) => {
                let declared = self.policy.principals.get(principal).map(|declared| declared.span);
                finding.related(declared, format!("`{principal}` is declared here"))
            }
        }
    }

    /// The span of the caller in a list, or else of the Endpoint.
    fn pointing_at_grant(&self, finding: Finding, caller: &NamespaceId, endpoint: &EndpointName) -> Finding {
        let own = self.policy.endpoints.get(endpoint);
        let listed = own.iter().filter_map(|endpoint| endpoint.callers.as_ref());
        let granted = self.grants.get(endpoint).into_iter().flatten().map(|grant| &grant.callers);
        let found = listed.chain(granted).flat_map(|callers| &callers.namespaces).find(|it| it.id == *caller);
        match found {
            Some(used) => finding.related(used.span, "the caller is listed here"),
            None => finding.related(own.map(|own| own.span), "the Endpoint is declared here"),
        }
    }

    fn call(&self, caller: &NamespaceId, name: &EndpointName) -> Answer {
        let grants = self.grants.get(name);
        let is_listed =
            |grant: &&DeclaredAllowlist| grant.callers.namespaces.iter().any(|it| it.id == *caller);
        if let Some(grant) = grants.into_iter().flatten().copied().find(is_listed) {
            return Answer::Yes(format!("`{}` lists it", grant.instance));
        }
        let own = self.policy.endpoints.get(name);
        let listed =
            own.and_then(|own| own.callers.as_ref()).into_iter().flat_map(|callers| &callers.namespaces);
        if listed.into_iter().any(|it| it.id == *caller) {
            return Answer::Yes("its `allowed_caller_namespaces` lists it".to_owned());
        }
        match (self.held(name), self.manages(name)) {
            (Some(held), false) if held.callers().contains(&caller.to_string()) => {
                Answer::Yes("the account's allowlist lists it, which the policy does not manage".to_owned())
            }
            (Some(held), _) if held.has_unknown_policies() => {
                Answer::Unknown("the account's allowlist has a grant of an unknown kind".to_owned())
            }
            (_, true) => Answer::No(self.why_not_listed(caller, name)),
            (Some(_), false) => Answer::No(
                "the account's allowlist does not list it, which the policy does not manage".to_owned(),
            ),
            (None, false) if own.is_none() => Answer::Unknown(
                "the Endpoint is not declared, and the policy does not manage its allowlist".to_owned(),
            ),
            (None, false) => Answer::Unknown("the policy does not manage its allowlist".to_owned()),
        }
    }

    fn why_not_listed(&self, caller: &NamespaceId, name: &EndpointName) -> String {
        let has_listed =
            |grant: &&DeclaredAllowlist| grant.callers.namespaces.iter().any(|it| it.id == *caller);
        let past = self.policy.allowlists_of(name).filter(has_listed);
        let last = past.filter_map(|grant| Some((grant.expires?.0, &grant.instance))).max();
        match last {
            Some((day, grant)) => format!("`{grant}` has listed it until {day}, and nothing else lists it"),
            None => "nothing lists it".to_owned(),
        }
    }

    fn manage(&self, principal: &PrincipalId, name: &EndpointName) -> Answer {
        let Some(target) = self.target(name) else {
            return Answer::Unknown("its target cannot be read".to_owned());
        };
        let Some(rights) = self.rights(principal) else {
            return Answer::Unknown("the principal's access cannot be read".to_owned());
        };
        match decide(&rights, Call::UpdateEndpoint { from: &target, to: &target }) {
            Verdict::Allowed if rights.administer_account() => {
                Answer::Yes("it is an Owner or Global Admin".to_owned())
            }
            Verdict::Allowed => Answer::Yes(format!("it holds Namespace Admin on `{}`", target.name())),
            Verdict::Denied(missing) => Answer::No(lacks(&missing, &target)),
            Verdict::Unknown(reason, _) => Answer::Unknown(reason),
        }
    }

    fn rights(&self, principal: &PrincipalId) -> Option<Rights> {
        match self.facts {
            Some(facts) => facts.principals.rights(principal),
            None => self.declared.as_ref()?.rights(principal),
        }
    }

    fn target(&self, name: &EndpointName) -> Option<NamespaceId> {
        if let Some(endpoint) = self.policy.endpoints.get(name) {
            let Target::Worker { namespace, .. } = &endpoint.target.as_ref()?.target else { return None };
            return Some(namespace.clone());
        }
        let facts = self.facts?;
        match facts.endpoints.get(name.as_str())?.target() {
            RegisteredTarget::Worker { namespace, .. } => facts.namespace_id(&namespace),
            RegisteredTarget::External { .. } | RegisteredTarget::Unknown(_) => None,
        }
    }
}

fn lacks(missing: &[Missing], target: &NamespaceId) -> String {
    let is_namespace = |it: &&Missing| matches!(it, Missing::Namespace(..) | Missing::OldTarget(_));
    let on_target = missing.iter().any(|it| is_namespace(&it));
    let role = missing.iter().any(|it| !is_namespace(&it));
    let permission = format!("Namespace Admin on `{}`", target.name());
    match (role, on_target) {
        (true, true) => format!("it lacks the account role Developer or higher, and {permission}"),
        (true, false) => "it lacks the account role Developer or higher".to_owned(),
        _ => format!("it lacks {permission}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::{check, check_alone, found_in};

    const ENDPOINTS: &str = r#"endpoint "payments" {
  worker_target             = { namespace = "payments-prod", task_queue = "q" }
  allowed_caller_namespaces = ["orders-prod"]
}
endpoint "refunds" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
endpoint "ledger" {
  worker_target = { namespace = "payments-prod", task_queue = "q" }
}
allowlist "past" {
  endpoint = endpoint.ledger
  callers  = ["orders-prod"]
  expires  = "2026-06-14" #! expired-grant
}
service_account "ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "write" }
}
"#;

    #[test]
    fn says_what_holds_instead_at_the_element() {
        check(&format!(
            r#"{ENDPOINTS}test "calls" {{
  allow = [
    {{ caller = namespace.orders-prod, endpoint = endpoint.payments }},
    {{ caller = "payments-prod", endpoint = "payments" }}, #! test-failed
    {{ caller = "orders-prod", endpoint = "refunds" }}, #! unproven
    {{ caller = "orders-prod", endpoint = "ledger" }}, #! test-failed
  ]
  deny = [
    {{ caller = "orders-prod", endpoint = "payments" }}, #! test-failed
    {{ caller = "payments-prod", endpoint = "payments" }},
  ]
  can_manage = [
    {{ principal = service_account.ci, endpoint = "payments" }}, #! test-failed
    {{ principal = user["owner@acme.example"], endpoint = "payments" }},
  ]
  cannot_manage = [
    {{ principal = service_account.ci, endpoint = "payments" }},
    {{ principal = "user.owner@acme.example", endpoint = "refunds" }}, #! test-failed
  ]
}}
"#
        ));
    }

    #[test]
    fn a_test_names_what_exists_and_is_made_of_known_attributes() {
        check(
            r#"test "names" {
  allow = [
    { caller = "nobody-prod", endpoint = "payments" }, #! dangling-caller dangling-endpoint
    { caller = "orders-prod" }, #! missing-attribute
    "orders-prod", #! wrong-type
  ]
  deny         = "orders-prod" #! wrong-type
  can_mannage  = [] #! unknown-attribute
  for_each     = {} #! unknown-attribute
}
"#,
        );
    }

    #[test]
    fn nothing_is_tested_while_the_policy_is_at_fault() {
        check_alone(
            r#"account { id = "a2dd6" }
namespace "orders-prod" { regions = ["aws-us-east-1"] }
endpoint "orders" {
  worker_target             = { namespace = "orders-prod", task_queue = "q" }
  allowed_caller_namespaces = ["order-prod"] #! dangling-caller
}
test "calls" { allow = [{ caller = "orders-prod", endpoint = "orders" }] }
"#,
        );
    }

    #[test]
    fn the_message_says_why() {
        let policy = r#"account { id = "a2dd6" }
namespace "orders-prod" { regions = ["aws-us-east-1"] }
endpoint "orders" {
  worker_target             = { namespace = "orders-prod", task_queue = "q" }
  allowed_caller_namespaces = ["orders-prod"]
}
test "calls" { deny = [{ caller = "orders-prod", endpoint = "orders" }] }
"#;
        let found = found_in(policy);
        let message =
            "`orders-prod` can call the Endpoint `orders`: its `allowed_caller_namespaces` lists it";
        assert_eq!(found.iter().map(|it| &*it.message).collect::<Vec<_>>(), [message]);
        assert_eq!(found[0].instance.as_deref(), Some("test.calls"));
        assert_eq!(found[0].related.len(), 2);
    }
}
