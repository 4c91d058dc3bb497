//! The policy against what the account holds: facts decide, and a declaration that differs from them is an error, so
//! that no one gains anything by declaring it.

use crate::diagnostic::source::Span;
use crate::diagnostic::{Code, Finding, Findings};
use crate::evaluate::Reference;
use crate::facts::{Facts, Home};
use crate::plan::renames::Renames;
use crate::policy::{DeclaredNamespace, DeclaredPrincipal, Policy, Unclear, describe_access};
use registry::{RegisteredEndpoint, RegisteredRule};
use schema::access::Access;
use schema::account::Principal;
use schema::backend::Backend;
use schema::privatelink::PrivateConnection;
use std::collections::BTreeSet;

/// That a policy is for another account than the facts: then nothing else can be said of it.
#[must_use]
pub fn account_mismatch(policy: &Policy, facts: &Facts) -> Option<Finding> {
    let Home::Account(account) = &facts.home else { return on_cloud(policy, facts) };
    if policy.account.backend == Backend::SelfHosted {
        return on_server(policy);
    }
    let (id, span) = policy.account.id.as_ref().filter(|(id, _)| id != account)?;
    let message = format!("the policy is for the account `{id}`, the registry answers for `{account}`");
    let help = "use the API key of the account that the policy is for, or correct `id`";
    Some(Finding::new(Code::AccountMismatch, *span, message).help(help))
}

fn on_cloud(policy: &Policy, facts: &Facts) -> Option<Finding> {
    let message = format!("the policy is for Temporal Cloud, the registry is {}", facts.home);
    let help = "write `backend = \"self_hosted\"`, or name Temporal Cloud's registry";
    (policy.account.backend == Backend::Cloud).then(|| elsewhere(policy, message, help))
}

fn on_server(policy: &Policy) -> Option<Finding> {
    let message = "the policy is for self-hosted Temporal, the registry is Temporal Cloud's".to_owned();
    Some(elsewhere(
        policy,
        message,
        "name the server with `--registry temporal://host:port`, or correct `backend`",
    ))
}

fn elsewhere(policy: &Policy, message: String, help: &str) -> Finding {
    Finding::new(Code::AccountMismatch, policy.account.span, message).help(help)
}

pub(super) fn check(policy: &Policy, facts: &Facts, findings: &mut Findings) {
    let namespaces = policy.namespaces.values().filter(|declared| !namespace(declared, facts, findings));
    let namespaces: Vec<_> =
        namespaces.map(|it| (it.span, it.instance.to_string(), it.namespace.id.name().to_string())).collect();
    unseen("Namespace", &namespaces, findings);
    let principals =
        policy.principals.values().filter(|declared| !principal(declared, facts, &policy.unclear, findings));
    let principals: Vec<_> =
        principals.map(|it| (it.span, it.instance.to_string(), it.principal.id.to_string())).collect();
    unseen("principal", &principals, findings);
    report_unmanaged(policy, facts, findings);
    report_unmanaged_privatelinks(policy, facts, findings);
}

/// Compares a declared Namespace with the account; whether it could be decided that it exists.
fn namespace(declared: &DeclaredNamespace, facts: &Facts, findings: &mut Findings) -> bool {
    let wanted = &declared.namespace;
    let name = wanted.id.name();
    let Some(held) = facts.namespaces.get(&wanted.id) else {
        if facts.all_namespaces {
            findings.push(absent(&format!("the Namespace `{name}`"), declared.span, &declared.instance));
        }
        return facts.all_namespaces;
    };
    let mut differs = |attribute: &'static str, same: bool, now: String| {
        if declared.given.contains(&attribute) && !same {
            let message =
                format!("`{attribute}` of the Namespace `{name}` differs: in the account it is {now}");
            let help = "nexusc does not change Namespaces: correct the policy, or change the Namespace where it is managed";
            let finding = Finding::new(Code::NamespaceDiffers, declared.span, message).help(help);
            findings.push(finding.instance(&declared.instance));
        }
    };
    differs(
        "regions",
        held.regions.is_empty() || wanted.regions == held.regions,
        format!("{:?}", held.regions),
    );
    let auth: Vec<_> = held.auth.iter().map(|method| method.name()).collect();
    differs("auth", held.auth.is_empty() || wanted.auth == held.auth, format!("{auth:?}"));
    differs("tags", wanted.tags == held.tags, format!("{:?}", held.tags));
    true
}

/// Compares a declared principal with the account; whether it could be decided that it exists.
fn principal(
    declared: &DeclaredPrincipal,
    facts: &Facts,
    unclear: &Unclear,
    findings: &mut Findings,
) -> bool {
    let wanted = &declared.principal;
    let section = facts.principals.section(wanted.id.kind);
    let complete = section.incomplete.is_none();
    let Some(held) = section.visible.get(&wanted.id) else {
        if complete {
            findings.push(absent(&format!("`{}`", wanted.id), declared.span, &declared.instance));
        }
        return complete;
    };
    let help =
        "nexusc does not change principals: correct the policy, or change the access where it is managed";
    if unclear.principals.contains(&wanted.id) {
        return true;
    }
    let doubt = held.grant.may_hold_more.as_ref().or(facts.principals.unread.as_ref());
    let (code, message) = match (&held.grant.access, doubt) {
        (Some(access), _) if *access == wanted.access => (None, String::new()),
        (Some(access), Some(doubt)) if !contradict(access, &wanted.access) => {
            (Some(Code::Unproven), doubtful(wanted, &describe_access(access), doubt))
        }
        (None, Some(doubt)) => (Some(Code::Unproven), doubtful(wanted, "not understood", doubt)),
        (access, _) => {
            let now = access.as_ref().map_or_else(|| "nothing".to_owned(), describe_access);
            let message = format!("the access of `{}` differs: in the account it is {now}", wanted.id);
            (Some(Code::AccessDiffers), message)
        }
    };
    if let Some(code) = code {
        let finding = Finding::new(code, declared.span, message).help(help);
        findings.push(finding.instance(&declared.instance));
    }
    if complete && held.members != wanted.members {
        let now: Vec<_> = held.members.iter().map(|member| member.name()).collect();
        let message =
            format!("the members of `{}` differ: in the account they are {}", wanted.id, now.join(", "));
        let finding = Finding::new(Code::AccessDiffers, declared.span, message).help(help);
        findings.push(finding.instance(&declared.instance));
    }
    true
}

fn doubtful(wanted: &Principal, now: &str, doubt: &str) -> String {
    format!(
        "it is not known whether the access of `{}` differs, in the account it is {now}: {doubt}",
        wanted.id
    )
}

/// Whether what is held cannot be a part of what is declared.
fn contradict(held: &Access, declared: &Access) -> bool {
    match (held, declared) {
        (Access::Account { role, namespaces }, Access::Account { role: wanted, namespaces: declared }) => {
            role != wanted || namespaces.iter().any(|(id, permission)| declared.get(id) != Some(permission))
        }
        _ => held != declared,
    }
}

fn absent(what: &str, span: Span, instance: &Reference) -> Finding {
    let help = "create it in the account first: nexusc manages Endpoints, not what they refer to";
    let message = format!("{what} does not exist in the account");
    Finding::new(Code::MissingInAccount, span, message).help(help).instance(instance)
}

/// One finding for all that the key cannot see, at the first of them: a key that sees little sees little of everything.
fn unseen(what: &str, declared: &[(Span, String, String)], findings: &mut Findings) {
    let Some((first, instance, _)) = declared.iter().min() else { return };
    let names: Vec<_> = declared.iter().map(|(.., name)| format!("`{name}`")).collect();
    let (plural, them) = if names.len() == 1 { ("", "it") } else { ("s", "them") };
    let message = format!("it cannot be seen whether the account has the {what}{plural} {}", listed(&names));
    let help = format!("plan with a key that may read {them} to be sure");
    findings.push(Finding::new(Code::Unproven, *first, message).help(help).instance(instance));
}

/// The account's Endpoints that the policy neither declares nor ignores, by name.
#[must_use]
pub fn unmanaged_endpoints<'f>(policy: &Policy, facts: &'f Facts) -> Vec<&'f RegisteredEndpoint> {
    let renames = Renames::of(policy, facts);
    let named = policy.endpoints.keys().chain(policy.allowlists.keys());
    let named: BTreeSet<&str> = named.map(AsRef::as_ref).collect();
    let ignored = |name: &str| policy.account.ignored_endpoints.iter().any(|glob| matches(glob, name));
    let declared = |name: &str| named.contains(name) || renames.taker(name).is_some();
    let unmanaged = facts.endpoints.iter().filter(|(name, _)| !declared(name) && !ignored(name));
    unmanaged.map(|(_, endpoint)| endpoint).collect()
}

/// One finding for all: an account that several policies share has many of them.
fn report_unmanaged(policy: &Policy, facts: &Facts, findings: &mut Findings) {
    let unmanaged = unmanaged_endpoints(policy, facts);
    let unmanaged: Vec<_> = unmanaged.iter().map(|endpoint| format!("`{}`", endpoint.name())).collect();
    if unmanaged.is_empty() {
        return;
    }
    let message = match unmanaged.as_slice() {
        [only] => format!("the Endpoint {only} exists in the account and is not declared"),
        many => {
            format!("{} Endpoints exist in the account and are not declared: {}", many.len(), listed(many))
        }
    };
    let help =
        "declare them, or list them in `ignore = { endpoints = […] }` in `account`; nexusc deletes nothing";
    findings.push(Finding::new(Code::Unmanaged, policy.account.span, message).help(help));
}

fn listed(names: &[String]) -> String {
    const LISTED: usize = 5;
    let more = names.len().saturating_sub(LISTED);
    let shown = names.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// The account's private rules that the policy neither declares nor ignores, with their connections.
#[must_use]
pub fn unmanaged_privatelinks<'f>(
    policy: &Policy,
    facts: &'f Facts,
) -> Vec<(&'f RegisteredRule, PrivateConnection)> {
    let declared = policy.privatelinks.iter().filter_map(|it| it.connection.as_ref());
    let declared = facts.connectivity.rules_of(declared.map(|used| &used.id));
    let ignored = |connection: &PrivateConnection| {
        let mut globs = policy.account.ignored_privatelinks.iter();
        globs.any(|glob| matches(glob, &connection.connection_id))
    };
    let rules = facts.connectivity.private_rules();
    rules.filter(|(rule, connection)| !ignored(connection) && !declared.contains(rule.id())).collect()
}

fn report_unmanaged_privatelinks(policy: &Policy, facts: &Facts, findings: &mut Findings) {
    for (_, PrivateConnection { region, connection_id, .. }) in unmanaged_privatelinks(policy, facts) {
        let message = format!(
            "the private connection `{connection_id}` in `{region}` exists in the account and is not declared"
        );
        let help = "declare it, or list it in `ignore = { privatelinks = […] }` in `account`";
        findings.push(Finding::new(Code::Unmanaged, policy.account.span, message).help(help));
    }
}

/// Whether a glob with `*` (any text) and `?` (one character) fits a name. Linear but for backtracking to the last `*`.
fn matches(glob: &str, name: &str) -> bool {
    let (glob, name): (Vec<char>, Vec<char>) = (glob.chars().collect(), name.chars().collect());
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < name.len() {
        match glob.get(at) {
            Some('*') => {
                star = Some((at + 1, from));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || name.get(from) == Some(wanted) => {
                (at, from) = (at + 1, from + 1)
            }
            _ => {
                let Some((after, taken)) = star else { return false };
                star = Some((after, taken + 1));
                (at, from) = (after, taken + 1);
            }
        }
    }
    glob.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;
    use crate::diagnostic::Findings;
    use crate::diagnostic::source::Sources;
    use crate::facts::snapshot::Snapshot;
    use crate::pipeline::ParsedPolicy;
    use time::macros::date;

    /// What is said of a declared `ci`, Read-Only with Write on `orders`, where the account's JSON has this of it.
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
        findings.iter().map(|finding| format!("{}: {}", finding.code.name(), finding.message)).collect()
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
                "unproven: it is not known whether the access of `service_account.ci` differs, in the account it is {now}: {why}"
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
        assert_eq!(said(KNOWN, r#""may_hold_more": "it has X""#), unproven("not understood", "it has X"));
        let unread = "the snapshot was taken without Project access, take it anew";
        assert_eq!(said("", read), unproven("read", unread));
        assert_eq!(said("", equal), nothing);
    }

    #[test]
    fn globs_know_stars_and_question_marks() {
        for (glob, name) in
            [("*", "a"), ("legacy-*", "legacy-x"), ("*-prod", "a-prod"), ("a?c", "abc"), ("a*b*c", "aXbYc")]
        {
            assert!(matches(glob, name), "{glob} {name}");
        }
        for (glob, name) in [("legacy-*", "other"), ("a?c", "ac"), ("", "a"), ("a*b", "abc")] {
            assert!(!matches(glob, name), "{glob} {name}");
        }
    }
}
