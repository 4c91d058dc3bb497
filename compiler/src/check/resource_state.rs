//! Managed objects whose state in the registry is another than ACTIVE.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{
    Code, Control, Decided, Examples, Family, Finding, Findings, Severity, WITH_FAILED_ENDPOINT,
};
use crate::plan::{Flaw, ManagedObject, flaws};
use registry::ResourceState;

pub static RESOURCE_STATE: Code = Code {
    name: "resource-state",
    severity: Severity::Warning,
    family: Family::Facts,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "An Endpoint or private connection of the policy, or a Namespace that it relies on, is not active in the \
              account.",
    explanation: "The registry keeps a state for each object besides its specification. While an operation is in \
                  progress, the object may change again: `nexusc apply` waits for it. After a failed creation an \
                  Endpoint exists and takes no calls, whatever its specification says; a suspended or expired one \
                  does not either. A Namespace that is being created or deleted, or is suspended, neither calls nor is \
                  called, and soon its Endpoints may have no target. As long as a change does not correct this, neither `plan` nor `apply` says that \
                  the account matches the policy.",
    examples: Examples {
        wrong: r#"account {
  id = "a2dd6"
}

endpoint "payments" { #! resource-state
  worker_target = { namespace = namespace.orders-prod, task_queue = "nexus" }
}
"#,
        right: r#"account {
  id     = "a2dd6"
  ignore = { endpoints = ["payments"] }
}
"#,
        json: None,
        facts: Some(WITH_FAILED_ENDPOINT),
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let Some(facts) = context.facts else { return };
    for flaw in flaws(context.policy, facts) {
        let Some(state) = &flaw.state else { continue };
        let (what, help) = match flaw.object {
            ManagedObject::Namespace => words_of_namespace(state),
            _ => words(state),
        };
        let message = format!("{} {what} ({})", object(&flaw), state.word());
        let finding = Finding::new(&RESOURCE_STATE, flaw.span, message).help(help);
        let part = match flaw.object {
            ManagedObject::Endpoint => Part::Endpoint,
            ManagedObject::ConnectivityRule => Part::Connection,
            ManagedObject::Namespace => Part::Namespace,
        };
        let finding = finding.about(part, &*flaw.name).about(Part::Aspect, state.word());
        findings.push(finding.instance(flaw.instance));
    }
}

fn object(flaw: &Flaw) -> String {
    match flaw.object {
        ManagedObject::Endpoint => format!("the Endpoint `{}`", flaw.name),
        ManagedObject::ConnectivityRule => format!("the connectivity rule of `{}`", flaw.name),
        ManagedObject::Namespace => format!("the Namespace `{}`", flaw.name),
    }
}

fn words_of_namespace(state: &ResourceState) -> (&'static str, &'static str) {
    match state {
        ResourceState::Activating => ("is being created", "wait until it is active, and plan again"),
        ResourceState::Deleting | ResourceState::Deleted => (
            "is being deleted",
            "remove what names it from the policy: an Endpoint without its target takes no calls",
        ),
        ResourceState::ActivationFailed => {
            ("could not be created: it exists and does not work", "create it again, or do not name it")
        }
        other => words(other),
    }
}

fn words(state: &ResourceState) -> (&'static str, &'static str) {
    const WAIT: &str =
        "wait until the operation has ended, and plan again; `nexusc apply` waits for Endpoints itself";
    const SUPPORT: &str = "contact Temporal support";
    match state {
        ResourceState::Activating => ("is being created", WAIT),
        ResourceState::Updating => ("is being changed", WAIT),
        ResourceState::Deleting | ResourceState::Deleted => (
            "is being deleted",
            "wait until it is gone, and plan again: an Endpoint that the policy declares is created again then",
        ),
        ResourceState::ActivationFailed => (
            "could not be created: it exists and does not work",
            "delete it in the account and apply again: the registry refuses to write it unchanged",
        ),
        ResourceState::UpdateFailed => (
            "could not be changed by the last write",
            "`nexusc apply` writes again what still differs from the policy",
        ),
        ResourceState::DeleteFailed => {
            ("could not be deleted: it still exists", "find out who deletes it, or delete it again")
        }
        ResourceState::Suspended => ("is suspended", SUPPORT),
        ResourceState::Expired => ("has expired", SUPPORT),
        ResourceState::Active | ResourceState::Unspecified | ResourceState::Unknown(_) => (
            "is in a state that is unknown to this version of nexusc",
            "update nexusc, or look at the object in Temporal Cloud",
        ),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::expect::settled_against;
    use crate::facts::snapshot::Snapshot;

    const FACTS: &str = r#"{
  "version": 1, "account": "a2dd6", "as_of": "2026-06-15", "access_api_version": "v0.19.1",
  "namespaces": { "complete": true, "items": [
    { "id": "orders.a2dd6", "regions": ["aws-us-east-1"], "connectivity_rules": ["r1"] }
  ] },
  "users": { "items": [] }, "service_accounts": { "items": [] }, "groups": { "items": [] },
  "endpoints": [
    { "id": "e1", "resourceVersion": "1", "state": STATE, "spec": { "name": "held",
      "targetSpec": { "workerTargetSpec": { "namespaceId": "orders.a2dd6", "taskQueue": "q" } } } },
    { "id": "e2", "resourceVersion": "1", "state": STATE, "spec": { "name": "foreign" } },
    { "id": "e3", "resourceVersion": "1", "state": STATE, "spec": { "name": "unmanaged" } }
  ],
  "connectivity_rules": { "items": [
    { "id": "r1", "state": STATE, "spec": { "privateRule":
      { "region": "aws-us-east-1", "connectionId": "vpce-0123456789abcdef0" } } }
  ] }
}"#;

    const POLICY: &str = r#"account { id = "a2dd6" }
endpoint "held" {
  worker_target = { namespace = "orders", task_queue = "q" }
}
allowlist "foreign" {
  endpoint = "foreign"
  callers  = ["orders"]
}
privatelink "hub" {
  region        = "aws-us-east-1"
  connection_id = "vpce-0123456789abcdef0"
  namespaces    = ["orders"]
}
"#;

    /// The messages about states, in the order of the policy.
    fn said(state: &str) -> Vec<String> {
        let facts = Snapshot::parse(&FACTS.replace("STATE", state)).unwrap().facts().unwrap();
        let (found, _) = settled_against("policy.nexus.hcl", POLICY, Some(&facts));
        let found = found.into_iter().filter(|finding| finding.code == &super::RESOURCE_STATE);
        found.map(|finding| finding.message).collect()
    }

    #[test]
    fn every_state_but_active_is_reported_for_what_the_policy_names() {
        assert_eq!(said("\"RESOURCE_STATE_ACTIVE\""), Vec::<String>::new());
        assert_eq!(said("0"), Vec::<String>::new());
        let all = |what: &str| {
            let of = |object: &str| format!("{object} {what}");
            [
                "the Endpoint `held`",
                "the Endpoint `foreign`",
                "the connectivity rule of `vpce-0123456789abcdef0`",
            ]
            .map(of)
        };
        for (state, what) in [
            ("ACTIVATING", "is being created"),
            ("UPDATING", "is being changed"),
            ("ACTIVATION_FAILED", "could not be created: it exists and does not work"),
            ("UPDATE_FAILED", "could not be changed by the last write"),
            ("DELETE_FAILED", "could not be deleted: it still exists"),
            ("SUSPENDED", "is suspended"),
            ("EXPIRED", "has expired"),
            ("FROZEN", "is in a state that is unknown to this version of nexusc"),
        ] {
            assert_eq!(said(&format!("\"RESOURCE_STATE_{state}\"")), all(&format!("{what} ({state})")));
        }
    }

    #[test]
    fn a_namespace_that_works_is_not_reported() {
        let said = |state: &str| {
            let facts = FACTS.replace("STATE", "\"RESOURCE_STATE_ACTIVE\"");
            let facts = facts.replace(
                "\"orders.a2dd6\", \"regions\"",
                &format!("\"orders.a2dd6\", \"state\": \"{state}\", \"regions\""),
            );
            let facts = Snapshot::parse(&facts).unwrap().facts().unwrap();
            let (found, _) = settled_against("policy.nexus.hcl", POLICY, Some(&facts));
            let found = found.into_iter().filter(|finding| finding.code == &super::RESOURCE_STATE);
            found.map(|finding| finding.message).collect::<Vec<_>>()
        };
        for state in ["ACTIVE", "UPDATING", "UPDATE_FAILED", "DELETE_FAILED"] {
            assert_eq!(said(state), Vec::<String>::new(), "{state}");
        }
        for (state, what) in [
            ("ACTIVATING", "is being created"),
            ("DELETING", "is being deleted"),
            ("SUSPENDED", "is suspended"),
            ("FROZEN", "is in a state that is unknown to this version of nexusc"),
        ] {
            assert_eq!(said(state), [format!("the Namespace `orders.a2dd6` {what} ({state})")]);
        }
    }

    #[test]
    fn an_endpoint_that_is_being_deleted_is_reported_and_not_present() {
        assert_eq!(said("\"RESOURCE_STATE_DELETING\"")[0], "the Endpoint `held` is being deleted (DELETING)");
    }
}
