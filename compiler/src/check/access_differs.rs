//! Declared principals whose access or members are not those that the account has.

use super::CheckContext;
use crate::diagnostic::{
    BARE, Code, Control, Decided, Examples, Family, Finding, Findings, Severity, UNPROVEN,
};
use crate::facts::Facts;
use crate::policy::{DeclaredPrincipal, describe_access};
use schema::access::Access;
use schema::account::Principal;

pub static ACCESS_DIFFERS: Code = Code {
    name: "access-differs",
    severity: Severity::Error,
    family: Family::Facts,
    control: Control::Silenceable,
    decided: Decided::WithFacts,
    meaning: "The declared access of a principal differs from its access in the account.",
    explanation: "Permission checks use the access that the account grants, not the declared one: otherwise, declaring \
                  a role would be enough to pass them. Correct the policy, or change the access where it is managed.",
    examples: Examples {
        wrong: r#"service_account "ci" { #! access-differs
  account_access = "admin"
}
"#,
        right: r#"service_account "ci" {
  account_access   = "developer"
  namespace_access = { payments-prod = "admin" }
}
"#,
        json: None,
        facts: Some(BARE),
    },
};

pub(super) fn check(context: &CheckContext, findings: &mut Findings) {
    let Some(facts) = context.facts else { return };
    for (id, declared) in &context.policy.principals {
        if !context.policy.unclear.principals.contains(id) {
            compare(declared, facts, findings);
        }
    }
}

fn compare(declared: &DeclaredPrincipal, facts: &Facts, findings: &mut Findings) {
    let wanted = &declared.principal;
    let section = facts.principals.section(wanted.id.kind);
    let Some(held) = section.visible.get(&wanted.id) else { return };
    let help =
        "nexusc does not manage principals: correct the policy, or change the access where it is managed";
    let doubt = held.grant.may_hold_more.as_ref().or(facts.principals.unread.as_ref());
    let (code, message) = match (&held.grant.access, doubt) {
        (Some(access), _) if *access == wanted.access => (None, String::new()),
        (Some(access), Some(doubt)) if !contradict(access, &wanted.access) => {
            (Some(&UNPROVEN), doubtful(wanted, &describe_access(access), doubt))
        }
        (None, Some(doubt)) => (Some(&UNPROVEN), doubtful(wanted, "unknown", doubt)),
        (access, _) => {
            let now = access.as_ref().map_or_else(|| "nothing".to_owned(), describe_access);
            let message = format!("the access of `{}` differs: in the account it is {now}", wanted.id);
            (Some(&ACCESS_DIFFERS), message)
        }
    };
    if let Some(code) = code {
        let finding = Finding::new(code, declared.span, message).help(help);
        findings.push(finding.instance(&declared.instance));
    }
    if section.incomplete.is_none() && held.members != wanted.members {
        let now: Vec<_> = held.members.iter().map(|member| member.name()).collect();
        let message =
            format!("the members of `{}` differ: in the account they are {}", wanted.id, now.join(", "));
        let finding = Finding::new(&ACCESS_DIFFERS, declared.span, message).help(help);
        findings.push(finding.instance(&declared.instance));
    }
}

fn doubtful(wanted: &Principal, now: &str, doubt: &str) -> String {
    format!(
        "cannot determine whether the access of `{}` differs, in the account it is {now}: {doubt}",
        wanted.id
    )
}

/// Whether the actual access is not a part of the declared access.
fn contradict(held: &Access, declared: &Access) -> bool {
    match (held, declared) {
        (Access::Account { role, namespaces }, Access::Account { role: wanted, namespaces: declared }) => {
            role != wanted || namespaces.iter().any(|(id, permission)| declared.get(id) != Some(permission))
        }
        _ => held != declared,
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Findings;
    use crate::diagnostic::source::Sources;
    use crate::facts::snapshot::Snapshot;
    use crate::pipeline::ParsedPolicy;
    use time::macros::date;

    /// The messages for a declared `ci`, Read-Only with Write on `orders`, against this JSON of the account.
    fn said(version: &str, held: &str) -> Vec<String> {
        let facts = format!(
            r#"{{ "version": 1, "account": "a2dd6", "as_of": "2026-06-15", {version} "endpoints": [],
            "namespaces": {{ "complete": true, "items": [{{ "id": "orders.a2dd6", "regions": [] }}] }},
            "service_accounts": {{ "items": [{{ "name": "ci", "registry_id": "s", {held} }}] }},
            "users": {{ "items": [] }}, "groups": {{ "items": [] }} }}"#
        );
        let facts = Snapshot::parse(&facts).unwrap().facts().unwrap();
        let mut sources = Sources::default();
        sources.add(
            "policy.nexus.hcl",
            "account { id = \"a2dd6\" }\nservice_account \"ci\" {\n  account_access = \"read\"\n  namespace_access = { orders = \"write\" }\n}\n",
        );
        let parsed = ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15));
        let (_, findings) = parsed.compile(Some(&facts));
        findings.iter().map(|finding| format!("{}: {}", finding.code.name, finding.message)).collect()
    }

    #[test]
    fn access_that_is_not_understood_proves_no_difference() {
        const KNOWN: &str = "\"access_api_version\": \"v0.19.1\",";
        let nothing = Vec::<String>::new();
        let equal = r#""account_access": "read", "namespace_access": { "orders.a2dd6": "write" }"#;
        let (read, developer) = (r#""account_access": "read""#, r#""account_access": "developer""#);
        let more = |held: &str| format!(r#"{held}, "may_hold_more": "it has X""#);
        let unproven = |now: &str, why: &str| {
            [format!(
                "unproven: cannot determine whether the access of `service_account.ci` differs, in the account it is {now}: {why}"
            )]
        };
        let differs = |now: &str| {
            [format!(
                "access-differs: the access of `service_account.ci` differs: in the account it is {now}"
            )]
        };
        assert_eq!(said(KNOWN, &more(equal)), nothing);
        assert_eq!(said(KNOWN, read), differs("read"));
        assert_eq!(said(KNOWN, &more(read)), unproven("read", "it has X"));
        assert_eq!(said(KNOWN, &more(developer)), differs("developer"));
        assert_eq!(said(KNOWN, r#""may_hold_more": "it has X""#), unproven("unknown", "it has X"));
        let unread = "the snapshot lacks Project access; create it again";
        assert_eq!(said("", read), unproven("read", unread));
        assert_eq!(said("", equal), nothing);
    }
}
