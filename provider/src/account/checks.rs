//! What plans ask about an account, each question with three answers. A denial or a miss is asked again before it counts.

use registry::{Lookup, RegistryError};
use schema::access::{NamespacePermission, Rights};
use schema::account::Namespace;
use schema::name::{NamespaceId, PrincipalId};
use schema::permission::{Call, Missing, Verdict, decide};
use tfplugin::{Diagnostic, Path};

use crate::account::Account;
use crate::configuration::plan_checks::Strictness;
use crate::diagnostics::findings::Findings;

/// What a Namespace is to an Endpoint, or to a connectivity rule.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Target,
    Caller,
    Attached,
}

impl Part {
    fn noun(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Caller => "caller",
            Self::Attached => "Namespace",
        }
    }

    fn one_account(self) -> &'static str {
        match self {
            Self::Target | Self::Caller => "An Endpoint, its target and its callers are all in one account.",
            Self::Attached => "A connectivity rule is for Namespaces of its own account.",
        }
    }
}

/// Whether a Namespace is there to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existence {
    Found,
    /// It may be there: the registry does not show it.
    Hidden,
    /// It is not, and that was reported.
    Wrong,
    /// Nobody wants to know.
    Unasked,
}

/// Whether a Namespace is there for an Endpoint of this account.
pub(crate) async fn namespace(
    account: &Account,
    id: &NamespaceId,
    (part, path): (Part, &Path),
    findings: &mut Findings,
) -> Result<Existence, RegistryError> {
    let strictness = account.checks().existence;
    if strictness == Strictness::Off {
        return Ok(Existence::Unasked);
    }
    if let Some(reason) = elsewhere(account, id).await? {
        let (detail, part) = (format!("{reason} {}", part.one_account()), part.noun());
        findings.wrong_by(
            strictness,
            Diagnostic::error(format!("the {part} `{id}` is in another account"), detail).at(path.clone()),
        );
        return Ok(Existence::Wrong);
    }
    let part = part.noun();
    match account.namespace(id).await? {
        Lookup::Found(()) => Ok(Existence::Found),
        Lookup::Missing => {
            let was_there = account.claims().was_read_as_gone(&id.to_string());
            let strictness = if was_there { Strictness::Warn } else { strictness };
            let detail = format!(
                "The registry has no Namespace `{id}`. Correct the id, or create the Namespace first; where Terraform creates it, \
                 refer to that resource instead of writing the id."
            );
            findings.wrong_by(
                strictness,
                Diagnostic::error(format!("the {part} `{id}` does not exist"), detail).at(path.clone()),
            );
            Ok(Existence::Wrong)
        }
        Lookup::Hidden(reason) => {
            findings.unproven(format!(
                "whether the {part} `{id}` exists: the registry does not show it ({reason}), so check the id"
            ));
            Ok(Existence::Hidden)
        }
    }
}

/// The error for a Namespace that a private connection in a region does not reach.
pub(crate) fn region(namespace: &Namespace, region: &str) -> Option<Diagnostic> {
    let regions = &namespace.regions;
    if regions.is_empty() || regions.iter().any(|own| own == region) {
        return None;
    }
    let own: Vec<_> = regions.iter().map(|own| format!("`{own}`")).collect();
    let detail = format!(
        "It is in {}. Connect to it from there, or add a replica of it in `{region}`.",
        own.join(", ")
    );
    Some(Diagnostic::error(format!("`{}` is not in `{region}`", namespace.id), detail))
}

/// Why a Namespace cannot be in the account of the API key, as a sentence; `None` where it may be.
pub(crate) async fn elsewhere(account: &Account, id: &NamespaceId) -> Result<Option<String>, RegistryError> {
    let own = account.id().await?;
    let two = own.as_ref().as_ref().zip(id.account()).filter(|(own, other)| own != other);
    Ok(two
        .map(|(own, other)| format!("`{id}` belongs to account `{other}`, the API key to account `{own}`.")))
}

/// Whether the identity may make a call; `what` says it in words, such as "create Endpoint `a`". A `target` that is
/// hidden may be missing, which a denial then mentions.
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
    let mut held = match account.held().await {
        Err(error) if error.is_permission_denied() => {
            findings.unproven(format!(
                "whether the API key may {what}: the registry does not say who it belongs to"
            ));
            return Ok(());
        }
        held => held?,
    };
    let denied = |rights: &Rights| matches!(decide(rights, call), Verdict::Denied(_));
    if held.rights.as_ref().is_none_or(denied) {
        held = account.held_since(&held).await?;
    }
    let who = &held.identity;
    let Some(rights) = &held.rights else {
        findings.wrong_by(strictness, nobody(who));
        return Ok(());
    };
    match decide(rights, call) {
        Verdict::Allowed => {}
        Verdict::Unknown(reason, missing) => {
            findings
                .unproven(format!("whether `{who}` may {what}: {reason}, else it lacks {}", list(&missing)));
        }
        Verdict::Denied(missing) => {
            let mut detail = format!("It lacks {}.", list(&missing));
            if target == Existence::Hidden {
                detail.push_str(" The registry does not even show the target to it: perhaps there is none, so check the id.");
            }
            detail.push_str(" Have it granted, which takes up to a minute to apply, or use the API key of an identity that has it.");
            let on_namespace =
                |missing: &Missing<'_>| matches!(missing, Missing::Namespace(..) | Missing::OldTarget(_));
            let error = Diagnostic::error(format!("`{who}` may not {what}"), detail);
            let error = if missing.iter().any(on_namespace) { error.at(path.clone()) } else { error };
            findings.wrong_by(strictness, error);
        }
    }
    Ok(())
}

fn nobody(who: &PrincipalId) -> Diagnostic {
    let detail = "`apply_as` in the provider block names it, and the account has no such principal. Correct the name, or leave \
                  `apply_as` out to check the rights of the API key's own identity.";
    Diagnostic::error(format!("there is no `{who}` to apply as"), detail)
}

fn list(missing: &[Missing<'_>]) -> String {
    missing.iter().map(words).collect::<Vec<_>>().join(" and ")
}

fn words(missing: &Missing<'_>) -> String {
    match missing {
        Missing::AnyRole => "a role in the account".to_owned(),
        Missing::Developer => "the account role Developer or higher".to_owned(),
        Missing::GlobalAdmin => "the account role Global Admin or Owner".to_owned(),
        Missing::Owner => "the account role Owner".to_owned(),
        Missing::Namespace(id, permission) => format!("{} on `{id}`", permission_name(*permission)),
        Missing::OldTarget(id) => format!("Namespace Admin on `{id}`, the target until now"),
    }
}

fn permission_name(permission: NamespacePermission) -> &'static str {
    match permission {
        NamespacePermission::Read => "Namespace Read",
        NamespacePermission::Write => "Namespace Write",
        NamespacePermission::Admin => "Namespace Admin",
    }
}
