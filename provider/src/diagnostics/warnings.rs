//! Warnings about the effects of a planned change on callers.

use tfplugin::Diagnostic;

/// The effect of a revocation on running Workflows.
const STALLS: &str = "New calls are rejected. Running Workflows that call it do not fail: their Workflow Tasks fail and are \
                      retried until the caller is allowed again, or the Workflow is reset or terminated.";

/// The maximum number of Namespaces in a warning.
const MAX_LISTED: usize = 20;

/// An Endpoint is renamed.
pub(crate) fn rename(title: &str, name: &str) -> Diagnostic {
    let detail = format!(
        "Callers refer to an Endpoint by its name. After the apply, calls to the old name are rejected until the code of the \
         callers uses `{name}`. Running Workflows that call the old name do not fail, but stall and retry."
    );
    Diagnostic::warning(format!("renaming {title} to `{name}` breaks its callers"), detail)
}

/// The target of an Endpoint changes.
pub(crate) fn retarget(title: &str, namespace: &str, task_queue: &str) -> Diagnostic {
    let detail = format!(
        "After the apply, new operations go to Namespace `{namespace}`, task queue `{task_queue}`; Workers must already poll it. \
         Operations in progress complete on the old target, but requests to cancel them go to the new target, and a retried \
         operation may start the same Workflow id there again. Drain the old target first."
    );
    Diagnostic::warning(format!("the target of {title} changes"), detail)
}

/// The target of an Endpoint becomes external.
pub(crate) fn external_target(title: &str, url: &str) -> Diagnostic {
    let detail = format!(
        "After the apply, new operations go to `{url}`, outside Temporal. Operations in progress complete on the old target, but \
         requests to cancel them go to the new target."
    );
    Diagnostic::warning(format!("the target of {title} changes"), detail)
}

/// An Endpoint with callers is destroyed.
pub(crate) fn destroy(title: &str, callers: &[String]) -> Diagnostic {
    let detail = format!("{STALLS} The callers are in these Namespaces: {}.", list(callers));
    Diagnostic::warning(format!("destroying {title} cuts off its callers"), detail)
}

/// An allowlist that was managed elsewhere is replaced.
pub(crate) fn takeover(title: &str, revoked: &[String]) -> Diagnostic {
    let detail = format!(
        "This resource did not manage the allowlist until now. These Namespaces are on it but not in the configuration: {}. \
         {STALLS}",
        list(revoked)
    );
    Diagnostic::warning(format!("taking over the allowlist of {title} revokes callers"), detail)
}

/// An allowlist is emptied.
pub(crate) fn emptied(title: &str, callers: &[String]) -> Diagnostic {
    let detail = format!(
        "Destroying this resource empties the allowlist and removes these Namespaces: {}. {STALLS} To keep the allowlist, use a \
         `removed` block with `lifecycle {{ destroy = false }}` instead.",
        list(callers)
    );
    Diagnostic::warning(format!("destroying the allowlist of {title} cuts off its callers"), detail)
}

/// Callers are removed from an allowlist.
pub(crate) fn revoked(title: &str, callers: &[String]) -> Diagnostic {
    let detail = format!(
        "{STALLS} These Namespaces are removed, unless another resource manages their entry: {}.",
        list(callers)
    );
    Diagnostic::warning(format!("callers of {title} are revoked"), detail)
}

/// An object that the plan destroys was taken over by its new address. `object` describes what is unique in an account.
pub(crate) fn taken_over(title: &str, object: &str) -> Diagnostic {
    let detail = format!(
        "The plan destroys it at one address and creates it at another. An account has one {object}, and the old address was not \
         destroyed first (as with `create_before_destroy`), so the new address took it over and it is not destroyed. Use a \
         `moved` block when a resource changes its address."
    );
    Diagnostic::warning(format!("{title} was taken over by its new address"), detail)
}

/// An allowlist is no longer managed.
pub(crate) fn release(title: &str) -> Diagnostic {
    let detail = "`allowed_caller_namespaces` was removed from the configuration. The current callers remain allowed; use `[]` \
                  to allow none.";
    Diagnostic::warning(
        format!("the allowlist of {title} is left unchanged and is no longer managed by this resource"),
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
