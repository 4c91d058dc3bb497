//! Changing an Endpoint in place: only the attributes that the plan changes, and only if all that we manage is as it
//! was when the plan was made.

use std::collections::BTreeSet;

use registry::{Description, EndpointChange, Operation, RegisteredEndpoint, Unfinished, WriteRefused};
use tfplugin::{Answer, Context, Diagnostic, Stored, UpdateRequest, Value};

use super::change::Change;
use super::model::{self, DESCRIPTION, NAME};
use super::{conflict, gone, others, plan};
use crate::account::Account;
use crate::timeouts;
use crate::wait::Wait;

/// Makes the Endpoint what is planned, and gives the state.
pub(super) async fn update(cx: &Context, account: &Account, request: UpdateRequest) -> Answer<Stored> {
    let UpdateRequest { prior, planned, private, .. } = request;
    let change = Change { prior: Some(&prior), planned: &planned };
    let taken_over = others::taken_over(change, &private)?;
    let update = Update { account, prior: &prior, change: change.for_registry()?, taken_over };
    if !update.change.is_empty() {
        update.carry_out(cx, &Wait::start(cx, &planned, timeouts::Operation::Update)).await?;
    }
    Ok(others::after(&prior, planned))
}

struct Update<'a> {
    account: &'a Account,
    prior: &'a Value,
    change: EndpointChange,
    /// The callers that others allowed, when their allowlist is taken over.
    taken_over: Option<BTreeSet<String>>,
}

/// Why nothing was changed.
enum Refusal {
    Write(WriteRefused),
    /// The description is to be changed, but what is there cannot be read.
    Unreadable,
}

impl<E: Into<WriteRefused>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Write(error.into())
    }
}

impl Update<'_> {
    /// `Ok` once the registry has accepted it, unless it is known to have failed since.
    async fn carry_out(&self, cx: &Context, wait: &Wait<'_>) -> Answer<()> {
        let Some(sent) = wait.answer(self.send()).await else {
            return Err(unanswered(self.prior, wait).into());
        };
        let sent = match sent {
            Ok(sent) => sent,
            Err(refusal) => return Err(self.explain(refusal).await.into()),
        };
        let Some(operation) = sent else { return Ok(()) };
        match wait.finish(self.account.registry(), operation).await {
            Ok(()) => Ok(()),
            Err(Unfinished::Failed { operation, state, reason, .. }) => {
                let detail = format!(
                    "Operation `{operation}` ended as {state}: {reason}. The state keeps what was there before; plan again to see what is."
                );
                let summary = format!("{} could not be updated", model::title(self.prior));
                Err(Diagnostic::error(summary, detail).into())
            }
            Err(unfinished) => {
                cx.report(unfinished_warning(self.prior, wait, &unfinished));
                Ok(())
            }
        }
    }

    async fn send(&self) -> Result<Option<Operation>, Refusal> {
        let (registry, id) = (self.account.registry(), model::id(self.prior));
        let now = registry.endpoint(id).await.map_err(WriteRefused::from)?;
        let now: RegisteredEndpoint = now.ok_or_else(|| WriteRefused::Gone(id.to_owned()))?;
        if self.change.description.is_some() && now.description() == Description::Foreign {
            return Err(Refusal::Unreadable);
        }
        let expected = conflict::expectation(self.prior, &now, self.taken_over.clone());
        let operation = registry::new_operation_id();
        Ok(registry.update_endpoint_guarded(id, &expected, &self.change, &operation).await?)
    }

    async fn explain(&self, refusal: Refusal) -> Diagnostic {
        let (registry, prior) = (self.account.registry(), self.prior);
        match refusal {
            Refusal::Unreadable => {
                let detail = "It is a payload in an encoding that the provider does not know, an encrypted one perhaps, and was left as it is. \
                              Leave `description` unchanged, or remove the description by the means that wrote it.";
                let summary = format!("the description of {} cannot be replaced", model::title(prior));
                Diagnostic::error(summary, detail).at(DESCRIPTION)
            }
            Refusal::Write(WriteRefused::Registry(error)) if error.is_already_exists() => {
                if let Some(name) = &self.change.name
                    && let Ok(Some(found)) = registry.endpoint_named(name).await
                {
                    return plan::taken_by_another(found.name(), found.id());
                }
                conflict::refused("update", prior, registry.address(), &error.into()).at(NAME)
            }
            Refusal::Write(refused) => {
                if matches!(refused, WriteRefused::Gone(_))
                    && let Err(elsewhere) = gone::proven(self.account, prior).await
                {
                    return elsewhere;
                }
                conflict::refused("update", prior, registry.address(), &refused)
            }
        }
    }
}

fn unanswered(prior: &Value, wait: &Wait<'_>) -> Diagnostic {
    let detail = format!(
        "{} The registry had not answered by then, so it is not known whether it carries the update out. Plan again to see what is there.",
        wait.reason()
    );
    Diagnostic::error(format!("no answer to the update of {}", model::title(prior)), detail)
}

fn unfinished_warning(prior: &Value, wait: &Wait<'_>, unfinished: &Unfinished) -> Diagnostic {
    let reason = match unfinished {
        Unfinished::Lost { source, .. } => format!("The state of its operation could not be read: {source}."),
        _ => wait.reason(),
    };
    let detail = format!(
        "{reason} The registry accepted the update and goes on with it. The next plan shows how it turned out."
    );
    Diagnostic::warning(format!("{} is still being updated", model::title(prior)), detail)
}
