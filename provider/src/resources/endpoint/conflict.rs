//! What a write expects: managed attributes with the values that the plan was made on. Anything else is a conflict.

use std::collections::BTreeSet;

use registry::{Address, Description, Expectation, RegisteredEndpoint, RegisteredTarget, WriteRefused};
use tfplugin::{Diagnostic, Value};

use super::model::{self, CALLERS, DESCRIPTION, EXTERNAL, NAME, TARGET};
use crate::configuration::self_hosted::Allowlists;
use crate::diagnostics::failure;

/// The values that the registry must still have for the state that a plan was made on. If the state equals what was just read,
/// the form of the registry is used: Terraform normalizes strings, and some descriptions cannot be read. `taken_over` are
/// the callers of an allowlist that was managed elsewhere until now.
pub(super) fn expectation(
    prior: &Value,
    now: &RegisteredEndpoint,
    taken_over: Option<BTreeSet<String>>,
    allowlists: Allowlists,
) -> Expectation {
    let seen = model::state(now, prior, allowlists);
    let same = |attribute| seen.get(attribute) == prior.get(attribute);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let target = || match prior.at(&model::url()).as_str() {
        Some(url) => RegisteredTarget::External { url: url.to_owned() },
        None => RegisteredTarget::Worker {
            namespace: text(prior.at(&model::target_namespace())),
            task_queue: text(prior.at(&model::task_queue())),
        },
    };
    let description =
        || prior.get(DESCRIPTION).as_str().map_or(Description::Absent, |it| Description::Text(it.to_owned()));
    let callers = match prior.get(CALLERS) {
        Value::Null => taken_over,
        _ if same(CALLERS) => Some(now.callers()),
        set => Some(set.strings().map(str::to_owned).collect()),
    };
    Expectation {
        name: Some(if same(NAME) { now.name().to_owned() } else { text(prior.get(NAME)) }),
        target: Some(if same(TARGET) && same(EXTERNAL) { now.target() } else { target() }),
        description: Some(if same(DESCRIPTION) { now.description() } else { description() }),
        callers,
        ..Expectation::default()
    }
}

/// The error for a write to the Endpoint with this title and id that was not sent or not accepted; `verb` names the write.
pub(crate) fn refused(
    verb: &str,
    (title, id): (&str, &str),
    address: &Address,
    refusal: &WriteRefused,
) -> Diagnostic {
    match refusal {
        WriteRefused::Gone(_) => {
            let detail = format!(
                "Its id was `{id}`. It was deleted by another client after the plan was created. Run `terraform plan` again; the \
                 new plan recreates it."
            );
            Diagnostic::error(format!("{title} no longer exists"), detail)
        }
        WriteRefused::Conflict { conflict, .. } => {
            let detail = format!(
                "`{}` was {} when the plan was created and is {} now: another client changed it in between. To {verb} the \
                 Endpoint as planned would overwrite that change, so no request was sent. Run `terraform plan` again, with a \
                 refresh, to see the current value.",
                conflict.attribute, conflict.planned_on, conflict.now
            );
            let summary =
                format!("`{}` of {title} was changed after the plan was created", conflict.attribute);
            Diagnostic::error(summary, detail).at(conflict.attribute)
        }
        WriteRefused::Busy { source, .. } => {
            let detail = format!(
                "Another change to it is in progress ({source}). No request was sent. Apply again after it has finished."
            );
            Diagnostic::error(format!("cannot {verb} {title} while another change is in progress"), detail)
        }
        WriteRefused::Registry(error) => failure::diagnostic(address, error),
    }
}
