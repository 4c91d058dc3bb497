//! Who may call what in the account: today, and after the next apply of a policy.

use super::deletion::deleted_endpoints;
use super::graph::Owner;
use super::held::{HeldEndpoints, texts};
use crate::access::renames::Renames;
use crate::facts::Facts;
use crate::policy::{DeclaredAllowlist, DeclaredEndpoint, Policy};
use registry::RegisteredEndpoint;
use schema::backend::Backend;
use std::collections::BTreeSet;
use time::Date;

/// A call that the account allows, or that the policy grants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountCall {
    /// The Endpoint's name.
    pub endpoint: String,
    /// The calling Namespace's id.
    pub caller: String,
    /// Who manages the grant.
    pub granted_by: Owner,
    /// Whether the account allows it now.
    pub today: bool,
    /// Whether it is allowed after the next apply of the policy.
    pub after_apply: bool,
}

impl AccountCall {
    /// Whether the next apply removes it.
    #[must_use]
    pub fn is_today_only(&self) -> bool {
        self.today && !self.after_apply
    }
}

/// Every call of the account and of the policy, sorted by Endpoint and caller, without those to Endpoints in `ignore`. `None`
/// on a self-hosted server, which has no allowlists.
#[must_use]
pub fn account_calls(policy: &Policy, facts: &Facts, day: Date) -> Option<Vec<AccountCall>> {
    if facts.home.backend() == Backend::SelfHosted {
        return None;
    }
    let renames = Renames::of(policy, facts);
    let mut calls = Vec::new();
    for endpoint in policy.endpoints.values() {
        push(&mut calls, endpoint.name.as_str(), &after(endpoint, &renames, policy, facts, day), facts);
    }
    let granted = policy.allowlists.keys().filter(|name| !policy.endpoints.contains_key(*name));
    let granted: BTreeSet<&str> = granted.map(AsRef::as_ref).collect();
    for name in &granted {
        push(&mut calls, name, &granted_to(name, policy, facts, day), facts);
    }
    let account = HeldEndpoints::of_facts(facts);
    let deleted = deleted_endpoints(policy, &account);
    let deleted: BTreeSet<&str> = deleted.iter().map(|deletion| deletion.object.name.as_str()).collect();
    let declared: BTreeSet<&str> = policy.endpoints.keys().map(AsRef::as_ref).collect();
    let others =
        facts.endpoints.values().filter(|it| !declared.contains(it.name()) && !granted.contains(it.name()));
    for held in others {
        // An Endpoint that is renamed leaves its name with all its callers.
        let is_renamed = renames.taker(held.name()).is_some();
        if !is_renamed && policy.ignores_endpoint(held.name()) {
            continue;
        }
        let leaves = is_renamed || deleted.contains(held.name());
        let others = if leaves { BTreeSet::new() } else { held.callers() };
        push(&mut calls, held.name(), &After { own: BTreeSet::new(), others }, facts);
    }
    calls.sort();
    Some(calls)
}

/// The callers of an Endpoint after an apply: by the policy, and by others.
struct After {
    own: BTreeSet<String>,
    others: BTreeSet<String>,
}

fn after<'p>(
    endpoint: &'p DeclaredEndpoint,
    renames: &Renames<'p>,
    policy: &Policy,
    facts: &Facts,
    day: Date,
) -> After {
    match policy.callers(endpoint, day) {
        Some(callers) => After { own: texts(&callers), others: BTreeSet::new() },
        None => {
            let others = renames.held(endpoint, facts).map(RegisteredEndpoint::callers).unwrap_or_default();
            After { own: BTreeSet::new(), others }
        }
    }
}

/// Grants on an Endpoint that the policy does not declare: they add callers to those of others, and take away those whose
/// grants have expired.
fn granted_to(name: &str, policy: &Policy, facts: &Facts, day: Date) -> After {
    let grants = policy.allowlists.iter().filter(|(granted, _)| granted.as_str() == name);
    let (granting, expired): (Vec<_>, Vec<_>) =
        grants.flat_map(|(_, grants)| grants).partition(|grant| grant.grants_on(day));
    let callers = |grants: Vec<&DeclaredAllowlist>| -> BTreeSet<String> {
        let uses = grants.into_iter().flat_map(|grant| &grant.callers.namespaces);
        uses.map(|used| used.id.to_string()).collect()
    };
    let held = facts.endpoints.get(name).map(RegisteredEndpoint::callers).unwrap_or_default();
    After { own: callers(granting), others: &held - &callers(expired) }
}

fn push(calls: &mut Vec<AccountCall>, name: &str, after: &After, facts: &Facts) {
    let today = facts.endpoints.get(name).map(RegisteredEndpoint::callers).unwrap_or_default();
    let all: BTreeSet<&String> = after.own.iter().chain(&after.others).chain(&today).collect();
    calls.extend(all.into_iter().map(|caller| AccountCall {
        endpoint: name.to_owned(),
        caller: caller.clone(),
        granted_by: if after.own.contains(caller) { Owner::Policy } else { Owner::Others },
        today: today.contains(caller),
        after_apply: after.own.contains(caller) || after.others.contains(caller),
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Findings;
    use crate::diagnostic::source::Sources;
    use crate::facts::snapshot::Snapshot;
    use crate::pipeline::ParsedPolicy;
    use time::macros::date;

    const POLICY: &str = r#"account {
  id     = "a2dd6"
  ignore = { endpoints = ["ignored*"] }
}
endpoint "managed" {
  worker_target             = { namespace = "aa", task_queue = "q" }
  allowed_caller_namespaces = ["aa", "bb"]
}
endpoint "open" {
  worker_target = { namespace = "aa", task_queue = "q" }
}
endpoint "new" {
  worker_target             = { namespace = "aa", task_queue = "q" }
  allowed_caller_namespaces = ["bb"]
  renamed_from              = "old"
}
allowlist "foreign" {
  endpoint = "foreign"
  callers  = ["aa"]
}
allowlist "ended" {
  endpoint = "foreign"
  callers  = ["cc"]
  expires  = "2026-06-14"
}
"#;

    /// An account in which `bb` and `cc` may call every Endpoint.
    fn facts() -> Facts {
        let endpoint = |name: &str| {
            let caller = |id: &str| {
                format!(r#"{{ "allowedCloudNamespacePolicySpec": {{ "namespaceId": "{id}.a2dd6" }} }}"#)
            };
            format!(
                r#"{{ "id": "{name}", "spec": {{ "name": "{name}", "policySpecs": [{}, {}] }} }}"#,
                caller("bb"),
                caller("cc")
            )
        };
        let endpoints =
            ["managed", "open", "old", "foreign", "unmanaged", "ignored1"].map(endpoint).join(", ");
        let namespaces =
            ["aa", "bb", "cc"].map(|id| format!(r#"{{ "id": "{id}.a2dd6", "regions": [] }}"#)).join(", ");
        let text = format!(
            r#"{{ "version": 1, "account": "a2dd6", "as_of": "2026-06-15",
            "namespaces": {{ "complete": true, "items": [{namespaces}] }}, "users": {{ "items": [] }},
            "service_accounts": {{ "items": [] }}, "groups": {{ "items": [] }}, "endpoints": [{endpoints}] }}"#
        );
        Snapshot::parse(&text).unwrap().facts().unwrap()
    }

    #[test]
    fn calls_of_today_and_after_an_apply_are_told_apart() {
        let mut sources = Sources::default();
        sources.add("policy.nexus.hcl", POLICY);
        let parsed = ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15));
        let facts = facts();
        let (policy, _) = parsed.compile(Some(&facts));
        let calls = account_calls(&policy, &facts, parsed.today).unwrap();
        let shown = calls.iter().map(|it| {
            let when = match (it.today, it.after_apply) {
                (true, true) => "both",
                (true, false) => "today",
                _ => "after",
            };
            format!("{} {} {:?} {when}", it.caller.split('.').next().unwrap(), it.endpoint, it.granted_by)
        });
        let expected = [
            "aa foreign Policy after",
            "bb foreign Others both",
            "cc foreign Others today",
            "aa managed Policy after",
            "bb managed Policy both",
            "cc managed Others today",
            "bb new Policy after",
            "bb old Others today",
            "cc old Others today",
            "bb open Others both",
            "cc open Others both",
            "bb unmanaged Others both",
            "cc unmanaged Others both",
        ];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }
}
