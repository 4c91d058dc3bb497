//! The RPCs that plan and apply changes.

use super::Server;
use super::answer::{bug, decode, finish, raw, report_all};
use super::catalog::Managed;
use crate::diagnostic::Answer;
use crate::plan::{Plan, draft, replacements};
use crate::provider::context::Context;
use crate::provider::resource::{CreateRequest, DeleteRequest, PlanRequest, Stored, UpdateRequest};
use crate::value::Value;
use crate::wire;

impl Server {
    pub(super) async fn plan_change(&self, request: wire::Plan) -> wire::PlanAnswer {
        let cx = self.context();
        let (answer, diagnostics) = finish(&cx, self.try_plan(&cx, request).await);
        wire::PlanAnswer { diagnostics, ..answer }
    }

    pub(super) async fn apply_change(&self, request: wire::Apply) -> wire::ApplyAnswer {
        let cx = self.context();
        let (answer, diagnostics) = finish(&cx, self.try_apply(&cx, request).await);
        wire::ApplyAnswer { diagnostics, ..answer }
    }

    async fn try_plan(&self, cx: &Context, request: wire::Plan) -> Answer<wire::PlanAnswer> {
        let managed = self.catalog.resource(&request.type_name)?;
        let proposed = decode(&managed.ty, request.proposed_new_state.as_ref())?;
        if proposed.is_null() {
            return managed.plan_delete(cx, request).await;
        }
        let prior = decode(&managed.ty, request.prior_state.as_ref())?;
        let prior = Some(prior).filter(|prior| !prior.is_null());
        let config = decode(&managed.ty, request.config.as_ref())?;
        let identity = managed.decode_identity(request.prior_identity.as_ref())?;
        let private = request.prior_private.clone();
        let imported = managed.resource.is_imported(&private);
        let drafted = managed.draft(&config, (prior.as_ref(), imported), proposed);
        let asked = PlanRequest { config, prior: prior.clone(), identity, private };
        let plan = managed.resource.plan(cx, asked, drafted.into()).await?;
        managed.encode_plan(prior.as_ref(), plan, request)
    }

    async fn try_apply(&self, cx: &Context, request: wire::Apply) -> Answer<wire::ApplyAnswer> {
        let managed = self.catalog.resource(&request.type_name)?;
        let prior = decode(&managed.ty, request.prior_state.as_ref())?;
        let planned = decode(&managed.ty, request.planned_state.as_ref())?;
        let config = decode(&managed.ty, request.config.as_ref())?;
        let identity = managed.decode_identity(request.planned_identity.as_ref())?;
        let private = request.planned_private.clone();
        let outcome = if planned.is_null() {
            let asked = DeleteRequest { prior: prior.clone(), identity, private };
            managed.delete(cx, asked).await
        } else if prior.is_null() {
            managed.resource.create(cx, CreateRequest { config, planned, identity, private }).await
        } else {
            let asked = UpdateRequest { config, prior: prior.clone(), planned, identity, private };
            managed.resource.update(cx, asked).await
        };
        Ok(managed.encode_applied(cx, prior, outcome, request))
    }
}

impl Managed {
    fn draft(&self, config: &Value, before: (Option<&Value>, bool), proposed: Value) -> Value {
        let proposed = match before.0 {
            Some(prior) => self.resource.normalize(prior, proposed),
            None => proposed,
        };
        draft(&self.schema, config, before, proposed)
    }

    async fn plan_delete(&self, cx: &Context, request: wire::Plan) -> Answer<wire::PlanAnswer> {
        let asked = DeleteRequest {
            prior: decode(&self.ty, request.prior_state.as_ref())?,
            identity: self.decode_identity(request.prior_identity.as_ref())?,
            private: request.prior_private.clone(),
        };
        let private = self.resource.plan_delete(cx, asked).await?;
        Ok(wire::PlanAnswer {
            planned_state: Some(raw(&self.ty, &Value::Null)),
            planned_private: private.unwrap_or(request.prior_private),
            planned_identity: self.encode_identity(None, request.prior_identity)?,
            ..Default::default()
        })
    }

    fn encode_plan(
        &self,
        prior: Option<&Value>,
        plan: Plan,
        request: wire::Plan,
    ) -> Answer<wire::PlanAnswer> {
        let planned = self.ty.conform(plan.state).map_err(|mismatch| bug(&mismatch.to_string()))?;
        let replace = match prior {
            Some(prior) => replacements(&self.schema, prior, &planned, plan.replace),
            None => Vec::new(),
        };
        // A new object has no identity yet, even if it replaces one that has.
        let identity = request.prior_identity.filter(|_| prior.is_some());
        Ok(wire::PlanAnswer {
            planned_state: Some(raw(&self.ty, &planned)),
            requires_replace: replace.iter().map(Into::into).collect(),
            planned_private: plan.private.unwrap_or(request.prior_private),
            planned_identity: self.encode_identity(plan.identity, identity)?,
            diagnostics: Vec::new(),
        })
    }

    async fn delete(&self, cx: &Context, request: DeleteRequest) -> Answer<Stored> {
        self.resource.delete(cx, request).await.map(|()| Value::Null.into())
    }

    /// The state after the apply. A failure keeps the prior one, which for a create is null. An invalid state that was returned is
    /// corrected and an error is added, as the object exists.
    fn encode_applied(
        &self,
        cx: &Context,
        prior: Value,
        outcome: Answer<Stored>,
        request: wire::Apply,
    ) -> wire::ApplyAnswer {
        let failed = |failure| {
            report_all(cx, failure);
            if !cx.has_errors() {
                cx.report(bug("it failed without reporting an error"));
            }
            Stored::from(prior)
        };
        let identity = match &outcome {
            Ok(stored) => self.identify(stored, request.planned_identity.clone()),
            Err(_) => Ok(request.planned_identity.clone()),
        };
        let stored = outcome.unwrap_or_else(failed);
        let gone = stored.state.is_null();
        let new_state = Some(raw(&self.ty, &self.salvage(cx, stored.state)));
        if gone {
            return wire::ApplyAnswer { new_state, ..Default::default() };
        }
        wire::ApplyAnswer {
            new_state,
            private: stored.private.unwrap_or(request.planned_private),
            new_identity: identity.unwrap_or_else(|failure| {
                report_all(cx, failure);
                request.planned_identity
            }),
            diagnostics: Vec::new(),
        }
    }

    /// The state in the exact shape of its type; attributes that are invalid or unknown become null.
    fn salvage(&self, cx: &Context, state: Value) -> Value {
        let (mut state, mismatches) = self.ty.salvage(state);
        for mismatch in mismatches {
            cx.report(bug(&mismatch.to_string()).at(mismatch.path));
        }
        for path in state.forget_unknowns() {
            // After a failure an attribute may well have no value yet.
            if !cx.has_errors() {
                cx.report(bug(&format!("it left `{path}` unknown")).at(path));
            }
        }
        state
    }
}
