//! Declared principals whose access or members are not those that the account has.

use super::CheckContext;
use crate::diagnostic::subject::Part;
use crate::diagnostic::{
    BARE, Code, Control, Decided, Examples, Family, Finding, Findings, Severity, UNPROVEN,
};
use crate::facts::Facts;
use crate::policy::{DeclaredPrincipal, describe_access};
use schema::access::{Access, NamespacePermission};
use schema::account::Principal;
use schema::name::PrincipalId;
use std::collections::BTreeSet;

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
            let differs = match access {
                None => "it has none in the account".to_owned(),
                Some(access) => difference(access, &wanted.access),
            };
            (Some(&ACCESS_DIFFERS), format!("the access of `{}` differs: {differs}", wanted.id))
        }
    };
    if let Some(code) = code {
        let held = held.grant.access.as_ref().map_or_else(|| "unknown".to_owned(), describe_access);
        let finding = Finding::new(code, declared.span, message).help(help);
        let finding = finding.about(Part::Principal, wanted.id.to_string()).about(Part::Aspect, "access");
        let finding = finding.about(Part::Account, held).about(Part::Policy, describe_access(&wanted.access));
        findings.push(finding.instance(&declared.instance));
    }
    if section.incomplete.is_none() && held.members != wanted.members {
        let only = |these: &BTreeSet<PrincipalId>, those: &BTreeSet<PrincipalId>, place: &str| {
            let names: Vec<_> =
                these.difference(those).map(|member| format!("`{}`", member.name())).collect();
            some(&names).map(|names| format!("only {place} has {names}"))
        };
        let sides = [
            only(&held.members, &wanted.members, "the account"),
            only(&wanted.members, &held.members, "the policy"),
        ];
        let differ: Vec<_> = sides.into_iter().flatten().collect();
        let message = format!("the members of `{}` differ: {}", wanted.id, differ.join("; "));
        let finding = Finding::new(&ACCESS_DIFFERS, declared.span, message).help(help);
        let finding = finding.about(Part::Principal, wanted.id.to_string()).about(Part::Aspect, "members");
        let members = |part, of: &BTreeSet<PrincipalId>, other: &BTreeSet<PrincipalId>| {
            let names = of.difference(other).map(|member| (part, member.name().to_owned()));
            names.collect::<Vec<_>>()
        };
        let finding = finding.about_all(members(Part::Account, &held.members, &wanted.members));
        let finding = finding.about_all(members(Part::Policy, &wanted.members, &held.members));
        findings.push(finding.instance(&declared.instance));
    }
}

/// What differs between the access that a principal has and the declared one.
fn difference(held: &Access, declared: &Access) -> String {
    let (Access::Account { role, namespaces }, Access::Account { role: wanted, namespaces: declared }) =
        (held, declared)
    else {
        let (held, declared) = (describe_access(held), describe_access(declared));
        return format!("in the account it is {held}, in the policy {declared}");
    };
    let role = (role != wanted).then(|| {
        format!("the account role is `{}` in the account, `{}` in the policy", role.name(), wanted.name())
    });
    let ids: BTreeSet<_> = namespaces.keys().chain(declared.keys()).collect();
    let apart = ids.into_iter().filter(|id| namespaces.get(*id) != declared.get(*id));
    let apart: Vec<_> = apart
        .map(|id| {
            let name = |held: Option<&NamespacePermission>| {
                held.map_or_else(|| "nothing".to_owned(), |held| format!("`{}`", held.name()))
            };
            let (held, declared) = (name(namespaces.get(id)), name(declared.get(id)));
            format!("{held} on {id} in the account, {declared} in the policy")
        })
        .collect();
    let apart = (!apart.is_empty()).then(|| listed(&apart, "; "));
    role.into_iter().chain(apart).collect::<Vec<_>>().join("; ")
}

/// How many differences of one principal are named.
const NAMED: usize = 5;

fn listed(all: &[String], separator: &str) -> String {
    let named: Vec<_> = all.iter().take(NAMED).map(String::as_str).collect();
    match all.len() - named.len() {
        0 => named.join(separator),
        left => format!("{}{separator}and {left} more", named.join(separator)),
    }
}

fn some(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| listed(names, ", "))
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
        let differs =
            |now: &str| [format!("access-differs: the access of `service_account.ci` differs: {now}")];
        assert_eq!(said(KNOWN, &more(equal)), nothing);
        let on = |held: &str| format!("{held} on orders.a2dd6 in the account, `write` in the policy");
        assert_eq!(said(KNOWN, read), differs(&on("nothing")));
        assert_eq!(said(KNOWN, &more(read)), unproven("read", "it has X"));
        let role = "the account role is `developer` in the account, `read` in the policy";
        assert_eq!(said(KNOWN, &more(developer)), differs(&format!("{role}; {}", on("nothing"))));
        let scoped = r#""namespace_scoped_access": { "namespace": "orders.a2dd6", "permission": "write" }"#;
        let scoped = said(KNOWN, scoped);
        assert_eq!(
            scoped,
            differs(
                "in the account it is only write on orders.a2dd6, in the policy read; write on orders.a2dd6"
            )
        );
        assert_eq!(said(KNOWN, r#""may_hold_more": "it has X""#), unproven("unknown", "it has X"));
        let unread = "the snapshot lacks Project access; create it again";
        assert_eq!(said("", read), unproven("read", unread));
        assert_eq!(said("", equal), nothing);
    }

    #[test]
    fn only_what_differs_is_named() {
        let names: Vec<String> = (0..100).map(|at| format!("n{at}-prod")).collect();
        let namespaces = |names: &[String], permission: &str| {
            let one = |name: &String| format!("\"{name}.a2dd6\": \"{permission}\"");
            names.iter().map(one).collect::<Vec<_>>().join(", ")
        };
        let section = |held: &str| {
            format!(
                r#"{{ "version": 1, "account": "a2dd6", "as_of": "2026-06-15", "access_api_version": "v0.19.1", "endpoints": [],
                "namespaces": {{ "complete": false, "items": [] }},
                "service_accounts": {{ "items": [] }},
                "users": {{ "items": [{{ "name": "ana@a.example", "registry_id": "a", "account_access": "read" }},
                    {{ "name": "bob@a.example", "registry_id": "b", "account_access": "read" }}] }},
                "groups": {{ "items": [{{ "name": "team", "registry_id": "g", "account_access": "developer",
                    "namespace_access": {{ {held} }}, "members": ["ana@a.example"] }}] }} }}"#
            )
        };
        let held = format!("{}, {}", namespaces(&names[..99], "admin"), namespaces(&names[99..], "read"));
        let facts = Snapshot::parse(&section(&held)).unwrap().facts().unwrap();
        let declared: String = names.iter().map(|name| format!("    {name} = \"admin\"\n")).collect();
        let mut sources = Sources::default();
        sources.add(
            "policy.nexus.hcl",
            format!(
                "account {{ id = \"a2dd6\" }}\ngroup \"team\" {{\n  account_access = \"developer\"\n  namespace_access = {{\n{declared}  }}\n  \
                 members = [\"bob@a.example\"]\n}}\n"
            ),
        );
        let parsed = ParsedPolicy::parse(sources, Findings::new(), date!(2026 - 06 - 15));
        let (_, findings) = parsed.compile(Some(&facts));
        let mut said: Vec<_> =
            findings.iter().filter(|it| it.code.name == "access-differs").map(|it| &*it.message).collect();
        said.sort_unstable();
        let expected = [
            "the access of `group.team` differs: `read` on n99-prod.a2dd6 in the account, `admin` in the policy",
            "the members of `group.team` differ: only the account has `ana@a.example`; only the policy has `bob@a.example`",
        ];
        assert_eq!(said, expected);
    }
}
