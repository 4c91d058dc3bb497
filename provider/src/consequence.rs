//! Warnings that name what a planned change does to others.

use tfplugin::Diagnostic;

/// An Endpoint gets another name.
pub(crate) fn rename(title: &str, name: &str) -> Diagnostic {
    let detail = format!(
        "Workflows call an Endpoint by its name. From the apply on, every call by the old name fails until the caller's code says \
         `{name}`."
    );
    Diagnostic::warning(format!("renaming {title} to `{name}` breaks its callers"), detail)
}

/// An Endpoint gets another target.
pub(crate) fn retarget(title: &str, namespace: &str, task_queue: &str) -> Diagnostic {
    let detail = format!(
        "New operations go to Namespace `{namespace}`, task queue `{task_queue}`, at once: Workers must poll it by then. Operations that \
         are under way complete where they are, but requests to cancel them go to the new target."
    );
    Diagnostic::warning(format!("{title} gets another target"), detail)
}

/// An Endpoint's calls leave Temporal.
pub(crate) fn leave(title: &str, url: &str) -> Diagnostic {
    let detail = format!(
        "New operations go to `{url}`, outside Temporal, at once. Operations that are under way complete where they are, but requests to \
         cancel them go to the new target."
    );
    Diagnostic::warning(format!("{title} gets another target"), detail)
}

/// An Endpoint that can be called is destroyed.
pub(crate) fn destroy(title: &str, callers: &[String]) -> Diagnostic {
    let detail = format!("Workflows in these Namespaces can no longer call it: {}.", list(callers));
    Diagnostic::warning(format!("destroying {title} cuts off its callers"), detail)
}

/// An allowlist that others kept is replaced.
pub(crate) fn takeover(title: &str, revoked: &[String]) -> Diagnostic {
    let detail = format!(
        "The allowlist was not managed here until now. These Namespaces are on it, not in the configuration, and can no longer \
         call: {}.",
        list(revoked)
    );
    Diagnostic::warning(format!("taking over the allowlist of {title} revokes callers"), detail)
}

/// An allowlist is destroyed, and its Endpoint is not.
pub(crate) fn emptied(title: &str, callers: &[String]) -> Diagnostic {
    let detail = format!(
        "Destroying it empties the list: workflows in these Namespaces can no longer call: {}. To leave the list to others as it is, \
         give it up by a `removed` block with `lifecycle {{ destroy = false }}`.",
        list(callers)
    );
    Diagnostic::warning(format!("destroying the allowlist of {title} cuts off its callers"), detail)
}

/// An allowlist is left to others.
pub(crate) fn release(title: &str) -> Diagnostic {
    let detail = "`allowed_caller_namespaces` is left out. Whoever may call now still may; write `[]` to allow nobody.";
    Diagnostic::warning(
        format!("the allowlist of {title} stays as it is, and is no longer managed here"),
        detail,
    )
}

fn list(namespaces: &[String]) -> String {
    namespaces.iter().map(|namespace| format!("`{namespace}`")).collect::<Vec<_>>().join(", ")
}
