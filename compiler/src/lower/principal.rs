//! `user`, `service_account` and `group` blocks.

use super::Context;
use super::fields::Fields;
use super::instance::Instance;
use super::names::TypedName;
use crate::diagnostic::{DUPLICATE_NAME, Finding, Findings, INVALID_VALUE, MISSING_ATTRIBUTE};
use crate::language::block::BlockKind;
use crate::policy::{DeclaredPrincipal, Spanned};
use schema::access::{Access, AccountRole, NamespacePermission};
use schema::account::Principal;
use schema::name::{NamespaceId, PrincipalId};
use std::collections::{BTreeMap, BTreeSet};

/// The members of a group.
#[derive(Default)]
pub struct Members {
    understood: BTreeSet<PrincipalId>,
    /// Whether all of them are valid.
    complete: bool,
}

/// The valid members.
pub fn members(fields: &Fields) -> Members {
    if fields.place("members").is_none() {
        return Members::default();
    }
    let used: Vec<_> = fields.principals("members").collect();
    let complete = used.iter().all(Option::is_some);
    Members { understood: used.into_iter().flatten().map(|used| used.id).collect(), complete }
}

/// The part of a block with an error that is still known.
pub struct Doubt {
    /// The principal, if known.
    pub id: Option<PrincipalId>,
    /// The members of a group, if known.
    pub group: Option<Option<BTreeSet<PrincipalId>>>,
}

/// The doubt that an error in a block leaves.
pub fn doubt(block: &Instance, members: Members, context: &Context) -> Option<Doubt> {
    let members = members.complete.then_some(members.understood);
    Some(Doubt { id: id(block, context), group: (block.kind == BlockKind::Group).then_some(members) })
}

fn id(block: &Instance, context: &Context) -> Option<PrincipalId> {
    match &context.name(block.kind, block)?.typed {
        TypedName::Principal(id) => Some(id.clone()),
        TypedName::Namespace(_) | TypedName::Endpoint(_) => None,
    }
}

/// Lowers one block; `None` if its name or its access is invalid.
pub fn lower(
    block: &Instance,
    fields: &Fields,
    members: &Members,
    context: &Context,
    findings: &mut Findings,
) -> Option<DeclaredPrincipal> {
    let mut grants = Vec::new();
    let access = access(block, fields, &mut grants, findings);
    let (id, members) = (id(block, context)?, members.understood.clone());
    let principal = Principal { id, access: access?, members };
    Some(DeclaredPrincipal { span: block.span, instance: block.name(), principal, grants })
}

fn access(
    block: &Instance,
    fields: &Fields,
    grants: &mut Vec<Spanned<NamespaceId>>,
    findings: &mut Findings,
) -> Option<Access> {
    let namespaces = namespace_access(fields, grants, findings);
    if fields.given("namespace_scoped_access") {
        return scoped_access(block, fields, findings);
    }
    if block.kind == BlockKind::ServiceAccount && !fields.given("account_access") {
        let message = "a service account needs `account_access` or `namespace_scoped_access`";
        let help = "write `account_access = \"developer\"`, or another role";
        findings.push(Finding::new(&MISSING_ATTRIBUTE, block.span, message).help(help));
    }
    let role = AccountRole::from_name(fields.text("account_access")?.0)?;
    Some(Access::Account { role, namespaces })
}

fn scoped_access(block: &Instance, fields: &Fields, findings: &mut Findings) -> Option<Access> {
    for other in ["account_access", "namespace_access"] {
        if fields.given(other) {
            let span = block.attribute(other).map_or(block.span, |attribute| attribute.name_span);
            let message = format!("`{other}` cannot be combined with `namespace_scoped_access`");
            let help = "a service account of one Namespace has account Read and that one permission: remove one of them";
            findings.push(Finding::new(&INVALID_VALUE, span, message).help(help));
        }
    }
    let (scoped, _) = fields.object("namespace_scoped_access")?;
    let used = scoped.namespace("namespace")?;
    let permission = NamespacePermission::from_name(scoped.text("permission")?.0)?;
    Some(Access::NamespaceScoped { namespace: used.id, permission })
}

fn namespace_access(
    fields: &Fields,
    grants: &mut Vec<Spanned<NamespaceId>>,
    findings: &mut Findings,
) -> BTreeMap<NamespaceId, NamespacePermission> {
    let mut places = BTreeMap::new();
    let mut granted = BTreeMap::new();
    for (used, word) in fields.namespace_map("namespace_access") {
        let Some(permission) = NamespacePermission::from_name(word) else { continue };
        let first = *places.entry(used.id.clone()).or_insert(used.written());
        if first != used.written() {
            let message = format!("the Namespace `{}` is listed twice", used.id.name());
            findings.push(used.finding(&DUPLICATE_NAME, message).related(first, "first listed here"));
            continue;
        }
        granted.insert(used.id.clone(), permission);
        grants.push(used.clone());
    }
    granted
}

#[cfg(test)]
mod tests {
    use crate::check::expect::{check, found_in};

    #[test]
    fn an_address_has_no_blanks() {
        for address in ["ana@acme.example ", "ana @acme.example", " ana@acme.example"] {
            check(&format!(
                "user \"u\" {{\n  name = \"{address}\" #! invalid-name\n  account_access = \"read\"\n}}\n"
            ));
        }
    }

    #[test]
    fn the_first_of_three_is_the_first() {
        let policy = "account { id = \"a2dd6\" }\nnamespace \"nn\" { regions = [\"aws-us-east-1\"] }\nuser \"u@acme.example\" {\n  account_access = \"read\"\n  namespace_access = {\n    nn = \"read\"\n    namespace.nn = \"read\"\n    \"nn.a2dd6\" = \"read\"\n  }\n}\n";
        let found = found_in(policy);
        let firsts: Vec<_> = found.iter().flat_map(|it| &it.related).map(|it| it.span.start).collect();
        let first = u32::try_from(policy.find("nn = \"read\"").unwrap()).unwrap();
        assert_eq!(firsts, [first, first]);
    }
}
