//! Updating an Endpoint in place: only attributes that the plan changes, and only if no managed attribute changed since the
//! plan.

use std::collections::BTreeSet;

use registry::{
    CallersChange, Description, EndpointChange, Expectation, Operation, RegisteredEndpoint, WriteRefused,
};
use tfplugin::{Answer, Context, Diagnostic, Stored, UpdateRequest, Value};
use tokio::time::Instant;

use super::change::Change;
use super::model::{self, DESCRIPTION, NAME};
use super::{conflict, create, foreign_allowlist, managed_objects, not_found, outcome, plan};
use crate::account::Account;
use crate::claims::{OtherClaims, RELEASE_TIMEOUT};
use crate::diagnostics::failure;
use crate::timeouts;
use crate::wait::Wait;

/// Updates the Endpoint, and returns the state.
pub(super) async fn update(cx: &Context, account: &Account, request: UpdateRequest) -> Answer<Stored> {
    let UpdateRequest { prior, planned, private, .. } = request;
    let change = Change { prior: Some(&prior), planned: &planned };
    let taken_over = foreign_allowlist::taken_over(change, &private)?;
    let others =
        account.claims().others_at_update(&private, (&managed_objects(&prior), &managed_objects(&planned)));
    let update = Update { account, prior: &prior, change: change.for_registry(account)?, taken_over, others };
    if !update.change.is_empty() {
        update.apply(cx, &Wait::start(cx, &planned, timeouts::Operation::Update)).await?;
    }
    Ok(foreign_allowlist::after_update(&prior, planned))
}

struct Update<'a> {
    account: &'a Account,
    prior: &'a Value,
    change: EndpointChange,
    /// The current callers, if the update starts to manage the allowlist.
    taken_over: Option<BTreeSet<String>>,
    /// The claims of the other instances.
    others: OtherClaims,
}

/// Why the update was not sent or not accepted.
enum Refusal {
    Write(WriteRefused),
    /// The description is to be changed, but the current one cannot be read.
    Unreadable,
}

impl<E: Into<WriteRefused>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Write(error.into())
    }
}

impl Update<'_> {
    /// Sends the update and waits for it. An unfinished update is a warning.
    async fn apply(&self, cx: &Context, wait: &Wait<'_>) -> Answer<()> {
        let title = model::title(self.prior);
        let mut first_conflict = None;
        let sent = loop {
            let Some(sent) = wait.answer(self.send()).await else {
                return Err(outcome::unanswered(&title, wait).into());
            };
            match sent {
                Ok(sent) => break sent,
                Err(refusal) => {
                    let waited = first_conflict.get_or_insert_with(Instant::now).elapsed();
                    if waited >= RELEASE_TIMEOUT || !self.name_is_being_released(&refusal, wait).await {
                        return Err(self.explain(refusal).await.into());
                    }
                }
            }
        };
        let Some(operation) = sent else { return Ok(()) };
        let Err(unfinished) = wait.finish(self.account.registry(), operation).await else { return Ok(()) };
        failure::raise(cx, outcome::unfinished(&title, wait, &unfinished))
    }

    async fn send(&self) -> Result<Option<Operation>, Refusal> {
        let (registry, id) = (self.account.registry(), model::id(self.prior));
        let writer = self.account.endpoints().writer(id).await;
        let now = registry.endpoint(id).await.map_err(WriteRefused::from)?;
        let now: RegisteredEndpoint = now.ok_or_else(|| WriteRefused::Gone(id.to_owned()))?;
        if self.change.description.is_some() && now.description() == Description::Opaque {
            return Err(Refusal::Unreadable);
        }
        let expected =
            conflict::expectation(self.prior, &now, self.taken_over.clone(), self.account.allowlists());
        let callers = expected.callers.map(|planned_on| writer.expected(&planned_on));
        let expected =
            Expectation { callers, planned_elsewhere: self.others.changed_callers(id), ..expected };
        let operation = registry::new_operation_id();
        let sent = registry.update_endpoint_guarded(now, &expected, &self.change, &operation).await?;
        if let (Some(_), Some(CallersChange::Replace(callers))) = (&sent, &self.change.callers) {
            let to = callers.iter().map(ToString::to_string).collect();
            writer.wrote(&expected.callers.unwrap_or_default(), &to);
        }
        Ok(sent)
    }

    /// Whether the update was refused for a name that this run releases. If so, waits for the poll interval first.
    async fn name_is_being_released(&self, refusal: &Refusal, wait: &Wait<'_>) -> bool {
        let (Refusal::Write(WriteRefused::Registry(error)), Some(name)) = (refusal, &self.change.name) else {
            return false;
        };
        let current = self.prior.get(NAME).as_str();
        create::name_is_being_released(self.account, wait, (name, current), error).await
    }

    async fn explain(&self, refusal: Refusal) -> Diagnostic {
        let (registry, prior) = (self.account.registry(), self.prior);
        match refusal {
            Refusal::Unreadable => {
                let detail = "Its payload has an encoding that the provider does not support; it may be encrypted. It was left \
                              unchanged. Keep `description` as it is, or remove the description with the tool that wrote it.";
                let summary = format!("the description of {} cannot be replaced", model::title(prior));
                Diagnostic::error(summary, detail).at(DESCRIPTION)
            }
            Refusal::Write(WriteRefused::Registry(error)) if error.is_already_exists() => {
                if let Some(name) = &self.change.name
                    && let Ok(Some(found)) = registry.endpoint_named(name).await
                {
                    let current = prior.get(NAME).as_str().unwrap_or_default();
                    return match self.account.claims().planned_name(found.id()) {
                        Some(planned) if planned == current => plan::swapped(current, found.name()),
                        _ => plan::taken_by_another(found.name(), found.id()),
                    };
                }
                self.refused(&error.into()).at(NAME)
            }
            Refusal::Write(refused) => {
                if matches!(refused, WriteRefused::Gone(_))
                    && let Err(other_account) = not_found::check_account(self.account, prior).await
                {
                    return other_account;
                }
                self.refused(&refused)
            }
        }
    }

    fn refused(&self, refusal: &WriteRefused) -> Diagnostic {
        let object = (&*model::title(self.prior), model::id(self.prior));
        conflict::refused("update", object, self.account.registry().address(), refusal)
    }
}
