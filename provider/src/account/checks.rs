//! The checks that plans make against an account. Each has three results: yes, no, or unknown. A denial or a missing object is
//! confirmed by a second request.

use registry::{Lookup, RegistryError};
use schema::access::{NamespacePermission, Rights};
use schema::account::Namespace;
use schema::name::{NamespaceId, PrincipalId};
use schema::permission::{Call, Missing, Verdict, decide};
use tfplugin::{Diagnostic, Path};

use crate::account::Account;
use crate::configuration::plan_checks::Strictness;
use crate::diagnostics::findings::Findings;

/// How an Endpoint or a connectivity rule uses a Namespace.
#[derive(Clone, Copy)]
pub(crate) enum NamespaceUse {
    Target,
    Caller,
    Attached,
}

impl NamespaceUse {
    fn noun(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Caller => "caller",
            Self::Attached => "Namespace",
        }
    }

    fn account_rule(self) -> &'static str {
        match self {
            Self::Target | Self::Caller => {
                "An Endpoint, its target and its callers must be in the same account."
            }
            Self::Attached => "A connectivity rule can only be attached to Namespaces of its own account.",
        }
    }
}

/// Whether a Namespace exists and can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existence {
    Found,
    /// It may exist: the registry does not show it.
    Hidden,
    /// It does not exist or is in another account, which was reported.
    Invalid,
    /// The configuration disables the check.
    NotChecked,
}

/// Whether a Namespace exists in this account.
pub(crate) async fn namespace(
    account: &Account,
    id: &NamespaceId,
    (used_as, path): (NamespaceUse, &Path),
    findings: &mut Findings,
) -> Result<Existence, RegistryError> {
    let strictness = account.checks().existence;
    if strictness == Strictness::Off {
        return Ok(Existence::NotChecked);
    }
    if let Some(reason) = other_account(account, id).await? {
        let (detail, part) = (format!("{reason} {}", used_as.account_rule()), used_as.noun());
        findings.by_strictness(
            strictness,
            Diagnostic::error(format!("the {part} `{id}` is in another account"), detail).at(path.clone()),
        );
        return Ok(Existence::Invalid);
    }
    let part = used_as.noun();
    match account.namespace(id).await? {
        Lookup::Found(()) => Ok(Existence::Found),
        Lookup::Missing => {
            let was_there = account.claims().was_not_found(&id.to_string());
            let strictness = if was_there { Strictness::Warn } else { strictness };
            let detail = format!(
                "The registry has no Namespace `{id}`. Correct the id, or create the Namespace first. If Terraform creates it, \
                 refer to that resource."
            );
            findings.by_strictness(
                strictness,
                Diagnostic::error(format!("the {part} `{id}` does not exist"), detail).at(path.clone()),
            );
            Ok(Existence::Invalid)
        }
        Lookup::Hidden(reason) => {
            findings.unproven(format!(
                "whether the {part} `{id}` exists: the registry does not show it ({reason}); check the id"
            ));
            Ok(Existence::Hidden)
        }
    }
}

/// The error for a Namespace without a replica in the region of a private connection.
pub(crate) fn region(namespace: &Namespace, region: &str) -> Option<Diagnostic> {
    let regions = &namespace.regions;
    if regions.is_empty() || regions.iter().any(|own| own == region) {
        return None;
    }
    let own: Vec<_> = regions.iter().map(|own| format!("`{own}`")).collect();
    let detail = format!(
        "The Namespace is in {}. Use a connection there, or add a replica of the Namespace in `{region}`.",
        own.join(", ")
    );
    Some(Diagnostic::error(format!("`{}` is not in `{region}`", namespace.id), detail))
}

/// A sentence if a Namespace is in another account than the API key.
pub(crate) async fn other_account(
    account: &Account,
    id: &NamespaceId,
) -> Result<Option<String>, RegistryError> {
    let own = account.id().await?;
    let two = own.as_ref().as_ref().zip(id.account()).filter(|(own, other)| own != other);
    Ok(two.map(|(own, other)| {
        format!("`{id}` belongs to account `{other}`, but the API key belongs to account `{own}`.")
    }))
}

/// Whether the identity may make a call; `what` describes it, such as "create Endpoint `a`". A `target` that is hidden may not
/// exist, which a denial then mentions.
pub(crate) async fn permission(
    account: &Account,
    call: Call<'_>,
    (what, path): (&str, &Path),
    target: Existence,
    findings: &mut Findings,
) -> Result<(), RegistryError> {
    let strictness = account.checks().permission;
    if strictness == Strictness::Off {
        return Ok(());
    }
    let mut identity = match account.apply_identity().await {
        Err(error) if error.is_permission_denied() => {
            findings.unproven(format!(
                "whether the API key may {what}: the registry does not return the identity of the key"
            ));
            return Ok(());
        }
        identity => identity?,
    };
    let denied = |rights: &Rights| matches!(decide(rights, call), Verdict::Denied(_));
    if identity.rights.as_ref().is_none_or(denied) {
        identity = account.apply_identity_after(&identity).await?;
    }
    let who = &identity.identity;
    let Some(rights) = &identity.rights else {
        findings.by_strictness(strictness, no_such_principal(who));
        return Ok(());
    };
    match decide(rights, call) {
        Verdict::Allowed => {}
        Verdict::Unknown(reason, missing) => {
            findings.unproven(format!(
                "whether `{who}` may {what}: {reason}; otherwise it lacks {}",
                list(&missing)
            ));
        }
        Verdict::Denied(missing) => {
            let mut detail = format!("The identity lacks {}.", list(&missing));
            if target == Existence::Hidden {
                detail.push_str(" The registry does not show the target to this identity either: it may not exist, so check the \
                                 id.");
            }
            detail.push_str(" Grant it (which can take up to a minute to take effect), or use the API key of an identity that \
                             has it.");
            let on_namespace =
                |missing: &Missing<'_>| matches!(missing, Missing::Namespace(..) | Missing::OldTarget(_));
            let error = Diagnostic::error(format!("`{who}` may not {what}"), detail);
            let error = if missing.iter().any(on_namespace) { error.at(path.clone()) } else { error };
            findings.by_strictness(strictness, error);
        }
    }
    Ok(())
}

fn no_such_principal(who: &PrincipalId) -> Diagnostic {
    let detail = "The account has no such principal. Correct `apply_as` in the provider block, or omit it to check the rights of \
                  the API key's own identity.";
    Diagnostic::error(format!("the principal `{who}` in `apply_as` does not exist"), detail)
}

fn list(missing: &[Missing<'_>]) -> String {
    missing.iter().map(describe).collect::<Vec<_>>().join(" and ")
}

fn describe(missing: &Missing<'_>) -> String {
    match missing {
        Missing::AnyRole => "a role in the account".to_owned(),
        Missing::Developer => "the account role Developer or higher".to_owned(),
        Missing::GlobalAdmin => "the account role Global Admin or Owner".to_owned(),
        Missing::Owner => "the account role Owner".to_owned(),
        Missing::Namespace(id, permission) => format!("{} on `{id}`", permission_name(*permission)),
        Missing::OldTarget(id) => format!("Namespace Admin on `{id}`, the current target"),
    }
}

fn permission_name(permission: NamespacePermission) -> &'static str {
    match permission {
        NamespacePermission::Read => "Namespace Read",
        NamespacePermission::Write => "Namespace Write",
        NamespacePermission::Admin => "Namespace Admin",
    }
}
