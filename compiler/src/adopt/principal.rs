//! Users, groups and service accounts.

use super::Adopted;
use super::block::{Block, Value};
use super::label::Labels;
use super::references::References;
use crate::facts::Home;
use registry::RegisteredPrincipal;
use schema::access::{Access, AccountRole};
use schema::name::PrincipalKind;

pub fn adopt(references: &mut References, adopted: &mut Adopted) {
    if matches!(references.facts.home, Home::Cluster(_)) {
        return;
    }
    let principals = &references.facts.principals;
    let any_seen = [&principals.users, &principals.service_accounts, &principals.groups];
    let any_seen = any_seen.iter().any(|section| !section.visible.is_empty());
    if let Some(reason) = principals.unread.as_ref().filter(|_| any_seen) {
        adopted.remark(format!("Principals may have further permissions: {}", reason.escape_debug()));
    }
    // Groups name users.
    for (kind, plural) in [
        (PrincipalKind::User, "users"),
        (PrincipalKind::Group, "groups"),
        (PrincipalKind::ServiceAccount, "service accounts"),
    ] {
        let section = references.facts.principals.section(kind);
        if let Some(reason) = &section.incomplete {
            adopted.remark(format!("The list of {plural} may be incomplete: {}", reason.escape_debug()));
        }
        let labels = Labels::default().of(section.visible.keys().map(|id| id.name()));
        for (principal, label) in section.visible.values().zip(labels) {
            match block(principal, &label, references) {
                Ok(block) => {
                    references.declare_principal(&principal.id, &label);
                    adopted.push(block);
                }
                Err(why) => adopted.leave_out(kind.name(), principal.id.name(), &why),
            }
        }
    }
}

/// # Errors
/// Why it cannot be declared: an incomplete declaration would differ from the account.
fn block(principal: &RegisteredPrincipal, label: &str, references: &References) -> Result<Block, String> {
    let (id, grant) = (&principal.id, &principal.grant);
    demand_name(principal)?;
    let Some(access) = &grant.access else {
        let more = grant.may_hold_more.as_deref().unwrap_or("it has no account role");
        return Err(format!("a policy cannot express its access: {}", more.escape_debug()));
    };
    let name = (label != id.name()).then(|| Value::text(id.name()));
    let mut block = Block::new(id.kind.name(), Some(label.to_owned())).with_any("name", name);
    block = match access {
        Access::NamespaceScoped { namespace, permission } => {
            let scope = [
                ("namespace", references.namespace(namespace)?),
                ("permission", Value::text(permission.name())),
            ];
            let scope = scope.map(|(name, value)| (name.to_owned(), value));
            block.with("namespace_scoped_access", Value::Object(scope.into()))
        }
        Access::Account { role, namespaces } => {
            let held =
                namespaces.iter().map(|(id, held)| Ok((references.key(id)?, Value::text(held.name()))));
            let held = held.collect::<Result<Vec<_>, String>>()?;
            let block = block.with("account_access", Value::text(AccountRole::name(*role)));
            block.with_any("namespace_access", (!held.is_empty()).then_some(Value::Object(held)))
        }
    };
    let members = principal.members.iter().map(|member| references.user(member));
    let members = members.collect::<Result<Vec<_>, String>>()?;
    block = block.with_any("members", (!members.is_empty()).then_some(Value::List(members)));
    Ok(match &grant.may_hold_more {
        Some(more) => block.remark(format!("It may have further permissions: {}", more.escape_debug())),
        None => block,
    })
}

fn demand_name(principal: &RegisteredPrincipal) -> Result<(), String> {
    let name = principal.id.name();
    let is_address = || name.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.len() > 2);
    match principal.id.kind {
        PrincipalKind::User if !is_address() => Err("a user's name must be an e-mail address".to_owned()),
        _ if name.trim().is_empty() => Err("it has no name".to_owned()),
        _ => Ok(()),
    }
}
