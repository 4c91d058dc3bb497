//! Warnings about the effects of a planned change on callers.

use tfplugin::Diagnostic;

/// The effect of a revocation on running Workflows.
const STALLS: &str = "New calls are refused. Workflows that are running and call it do not fail: their Workflow Tasks fail and are retried until \
     the caller is allowed again, or the Workflow is reset or terminated.";

/// The maximum number of Namespaces in a warning.
const MAX_LISTED: usize = 20;

/// An Endpoint is renamed.
pub(crate) fn rename(title: &str, name: &str) -> Diagnostic {
    let detail = format!(
        "Callers call an Endpoint by its name. From the apply on every call by the old name is refused until the caller's code says \
         `{name}`; Workflows that are running and call it do not fail, but stall and retry."
    );
    Diagnostic::warning(format!("renaming {title} to `{name}` breaks its callers"), detail)
}

/// The target of an Endpoint changes.
pub(crate) fn retarget(title: &str, namespace: &str, task_queue: &str) -> Diagnostic {
    let detail = format!(
        "New operations go to Namespace `{namespace}`, task queue `{task_queue}`, at once: Workers must poll it by then. Operations that \
         are under way complete where they are, but requests to cancel them go to the new target, and an operation that is retried \
         may start the same Workflow id there once more. Drain the old target first."
    );
    Diagnostic::warning(format!("{title} gets another target"), detail)
}

/// The target of an Endpoint becomes external.
pub(crate) fn external_target(title: &str, url: &str) -> Diagnostic {
    let detail = format!(
        "New operations go to `{url}`, outside Temporal, at once. Operations that are under way complete where they are, but requests to \
         cancel them go to the new target."
    );
    Diagnostic::warning(format!("{title} gets another target"), detail)
}

/// An Endpoint with callers is destroyed.
pub(crate) fn destroy(title: &str, callers: &[String]) -> Diagnostic {
    let detail = format!("{STALLS} Callers in these Namespaces: {}.", list(callers));
    Diagnostic::warning(format!("destroying {title} cuts off its callers"), detail)
}

/// An allowlist that was managed elsewhere is replaced.
pub(crate) fn takeover(title: &str, revoked: &[String]) -> Diagnostic {
    let detail = format!(
        "The allowlist was not managed here until now. These Namespaces are on it, and not in the configuration: {}. {STALLS}",
        list(revoked)
    );
    Diagnostic::warning(format!("taking over the allowlist of {title} revokes callers"), detail)
}

/// An allowlist is emptied.
pub(crate) fn emptied(title: &str, callers: &[String]) -> Diagnostic {
    let detail = format!(
        "Destroying it empties the list, of these Namespaces: {}. {STALLS} To leave the list to others as it is, give it up by a `removed` \
         block with `lifecycle {{ destroy = false }}`.",
        list(callers)
    );
    Diagnostic::warning(format!("destroying the allowlist of {title} cuts off its callers"), detail)
}

/// Callers are removed from an allowlist.
pub(crate) fn revoked(title: &str, callers: &[String]) -> Diagnostic {
    let detail = format!(
        "{STALLS} The Namespaces, unless another resource keeps them on the list: {}.",
        list(callers)
    );
    Diagnostic::warning(format!("callers of {title} are revoked"), detail)
}

/// An object that the plan destroys was taken over by its new address. `object` describes what is unique in an account.
pub(crate) fn taken_over(title: &str, object: &str) -> Diagnostic {
    let detail = format!(
        "The plan destroys it under one address and creates it under another. An account has one {object}, and the old address was not \
         destroyed in time, as with `create_before_destroy`, so it was taken over by the new address and is not destroyed. Where a \
         resource changes its address, a `moved` block says so at plan."
    );
    Diagnostic::warning(format!("{title} was taken over by its new address"), detail)
}

/// An allowlist is no longer managed.
pub(crate) fn release(title: &str) -> Diagnostic {
    let detail = "`allowed_caller_namespaces` is left out. Whoever may call now still may; write `[]` to allow nobody.";
    Diagnostic::warning(
        format!("the allowlist of {title} stays as it is, and is no longer managed here"),
        detail,
    )
}

fn list(namespaces: &[String]) -> String {
    let named: Vec<_> =
        namespaces.iter().take(MAX_LISTED).map(|namespace| format!("`{namespace}`")).collect();
    match namespaces.len().saturating_sub(MAX_LISTED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
