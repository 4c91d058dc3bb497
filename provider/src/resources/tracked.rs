//! A resource whose instances have an id in their private state and whose claims are recorded by every request.

use tfplugin::{
    Answer, Configured, Context, CreateRequest, DeleteRequest, IdentitySchema, ImportKey, MoveRequest, Plan,
    PlanRequest, ReadRequest, Resource, Schema, Stored, UpdateRequest, Value, async_trait,
};

use super::damaged_state;
use crate::account::Account;
use crate::claims::private_state::{self, InstanceId};
use crate::claims::{Claim, ManagedObject};
use crate::diagnostics::failure;
use crate::resources::connectivity::consent::Consent;
use crate::resources::endpoint::model::CALLERS;
use crate::resources::privatelink_mapping::NAMESPACES;
use crate::session::Session;

/// The resource `R`, tracked.
pub(crate) struct Tracked<R> {
    resource: R,
    session: Configured<Session>,
    /// What an instance with this state or plan manages.
    objects: fn(&Value) -> Vec<ManagedObject>,
}

impl<R: Resource> Tracked<R> {
    /// Tracks a resource.
    pub(crate) fn new(
        resource: R,
        session: Configured<Session>,
        objects: fn(&Value) -> Vec<ManagedObject>,
    ) -> Self {
        Self { resource, session, objects }
    }

    /// Runs `note` on the account, where it is known.
    fn note(&self, note: impl FnOnce(&Account)) -> Answer<()> {
        if let Some(account) = self.session.require()?.account() {
            note(account);
        }
        Ok(())
    }

    /// The current state for the plan of a deletion, if it differs from the state in the request: Terraform before 1.12 plans
    /// a deletion before it reads. `None` if it cannot be read.
    async fn state_to_delete(&self, request: &DeleteRequest) -> Answer<Option<Value>> {
        let session = self.session.require()?;
        if !session.account().is_some_and(Account::plans_deletions_unread) {
            return Ok(None);
        }
        let DeleteRequest { prior, identity, private } = request;
        let known =
            ReadRequest { state: prior.clone(), identity: identity.clone(), private: private.clone() };
        let found = self.resource.read(&Context::default(), known).await.ok().flatten();
        Ok(found.map(|found| found.state).filter(|state| state != prior))
    }

    async fn checked_plan(
        &self,
        cx: &Context,
        instance: &InstanceId,
        request: PlanRequest,
        plan: Plan,
    ) -> Answer<Plan> {
        let before = request.prior.as_ref().map(self.objects);
        self.plan_claim(cx, (instance, before), &without_imported_lists(&request.config, &plan.state))?;
        self.resource.plan(cx, request, plan).await
    }

    fn destroys(&self) -> Answer<bool> {
        Ok(self.session.require()?.account().is_some_and(|account| account.invocation().destroys()))
    }

    fn plan_claim(
        &self,
        cx: &Context,
        (instance, before): (&InstanceId, Option<Vec<ManagedObject>>),
        planned: &Value,
    ) -> Answer<()> {
        let session = self.session.require()?;
        let Some(account) = session.account() else { return Ok(()) };
        let after = ((self.objects)(planned), Consent::of(planned).reopen);
        let Err(conflict) = account.claims().note_plan(instance, before, after) else { return Ok(()) };
        failure::raise(cx, conflict.planned())
    }
}

#[async_trait]
impl<R: Resource> Resource for Tracked<R> {
    fn type_name(&self) -> &str {
        self.resource.type_name()
    }

    fn schema(&self) -> Schema {
        self.resource.schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        self.resource.identity_schema()
    }

    async fn validate(&self, cx: &Context, config: Value) -> Answer<()> {
        self.resource.validate(cx, config).await
    }

    async fn upgrade(&self, cx: &Context, version: i64, state: serde_json::Value) -> Answer<Value> {
        self.resource.upgrade(cx, version, state).await
    }

    fn normalize(&self, prior: &Value, proposed: Value) -> Value {
        self.resource.normalize(prior, proposed)
    }

    fn is_imported(&self, private: &[u8]) -> bool {
        private_state::is_imported(private)
    }

    /// Gives an instance of an earlier provider version its id.
    async fn read(&self, cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        damaged_state::refuse(self.type_name(), self.identity_schema().as_ref(), &request.state)?;
        let instance = InstanceId::of(&request.private).unwrap_or_else(InstanceId::new);
        let (private, known) = (request.private.clone(), (self.objects)(&request.state));
        let Some(stored) = self.resource.read(cx, request).await? else {
            self.note(|account| account.claims().note_not_found(&known))?;
            return Ok(None);
        };
        let now = (self.objects)(&stored.state);
        self.note(|account| {
            account.claims().note_not_found(&lost_attachments(&known, &now));
            account.claims().note_read(&instance, now);
        })?;
        let stored = with_instance(stored, &private, &instance);
        Ok(Some(if private_state::is_imported(&private) { as_imported(stored) } else { stored }))
    }

    async fn plan(&self, cx: &Context, request: PlanRequest, plan: Plan) -> Answer<Plan> {
        let instance = InstanceId::of(&request.private).unwrap_or_else(|| match &request.prior {
            Some(prior) => InstanceId::of_untracked(&(self.objects)(prior)),
            None => InstanceId::new(),
        });
        let (private, drafted) = (request.private.clone(), plan.clone());
        let plan = match self.checked_plan(cx, &instance, request, plan).await {
            // Terraform discards this plan, makes it only to refresh, and then plans the destroy.
            Err(_) if self.destroys()? => drafted,
            planned => planned?,
        };
        let private = plan.private.unwrap_or(private);
        let session = self.session.require()?;
        let id = session.account().and_then(|account| account.claims().plan_id());
        Ok(Plan { private: Some(private_state::with(&private, &instance, id)), ..plan })
    }

    async fn plan_delete(&self, cx: &Context, mut request: DeleteRequest) -> Answer<Option<Vec<u8>>> {
        let read = self.state_to_delete(&request).await?;
        if let Some(state) = &read {
            request.prior = state.clone();
        }
        let (private, before) = (request.private.clone(), (self.objects)(&request.prior));
        let instance = InstanceId::of(&private).unwrap_or_else(|| InstanceId::of_untracked(&before));
        let reopens = Consent::of(&request.prior).reopen;
        let (session, mut id) = (self.session.require()?, None);
        if let Some(account) = session.account() {
            // A deletion has no conflicts.
            let _ = account.claims().note_plan(&instance, Some(before), (Vec::new(), reopens));
            id = account.claims().plan_id();
        }
        let left = self.resource.plan_delete(cx, request).await?;
        let private = private_state::with(&left.unwrap_or(private), &instance, id);
        Ok(Some(match read {
            Some(state) => private_state::with_read(&private, &self.schema().to_text(&state)),
            None => private,
        }))
    }

    async fn create(&self, cx: &Context, request: CreateRequest) -> Answer<Stored> {
        let instance = InstanceId::of(&request.private).unwrap_or_else(InstanceId::new);
        let private = request.private.clone();
        let stored = self.resource.create(cx, request).await?;
        self.note(|account| account.claims().note_created(&instance, (self.objects)(&stored.state)))?;
        Ok(with_instance(stored, &private, &instance))
    }

    /// Fails if another instance manages the same object: each would undo the changes of the other.
    async fn update(&self, cx: &Context, request: UpdateRequest) -> Answer<Stored> {
        let instance = InstanceId::of(&request.private).unwrap_or_else(InstanceId::new);
        let (before, after) = ((self.objects)(&request.prior), (self.objects)(&request.planned));
        if let Some(account) = self.session.require()?.account()
            && before != after
        {
            let others = account.claims().others_at_update(&request.private, (&before, &after));
            let claim = Claim { before, after: Some(after), reopens: false };
            if let Some(conflict) = others.conflict_with(&claim) {
                return Err(conflict.refused_write().into());
            }
        }
        let private = request.private.clone();
        let stored = self.resource.update(cx, request).await?;
        Ok(with_instance(stored, &private, &instance))
    }

    async fn delete(&self, cx: &Context, mut request: DeleteRequest) -> Answer<()> {
        if let Some(read) =
            private_state::read(&request.private).and_then(|text| self.schema().from_text(&text))
        {
            request.prior = read;
        }
        self.resource.delete(cx, request).await
    }

    async fn import(&self, cx: &Context, key: ImportKey) -> Answer<Stored> {
        self.resource.import(cx, key).await.map(as_imported)
    }

    fn configuration(&self, settable: Value) -> Value {
        self.resource.configuration(settable)
    }

    async fn move_from(&self, cx: &Context, request: MoveRequest) -> Answer<Stored> {
        self.resource.move_from(cx, request).await
    }
}

/// The attachments that an instance managed and that no longer exist: their Namespaces may be deleted.
fn lost_attachments(known: &[ManagedObject], now: &[ManagedObject]) -> Vec<ManagedObject> {
    let attachments = |objects: &[ManagedObject]| objects.iter().find_map(ManagedObject::attachments);
    let (Some((rule, before)), Some((_, after))) = (attachments(known), attachments(now)) else {
        return Vec::new();
    };
    let attachment =
        |namespace: &String| ManagedObject::Attachment { rule: rule.clone(), namespace: namespace.clone() };
    before.difference(&after).map(attachment).collect()
}

/// The planned state without the lists that an import has read and the configuration does not manage.
fn without_imported_lists(config: &Value, planned: &Value) -> Value {
    let lists = [CALLERS, NAMESPACES].into_iter();
    let unmanaged = lists.filter(|name| config.get(name).is_null() && !planned.get(name).is_null());
    unmanaged.fold(planned.clone(), |planned, name| planned.with(name, Value::Null))
}

fn as_imported(stored: Stored) -> Stored {
    let private = private_state::imported(stored.private.as_deref().unwrap_or_default());
    Stored { private: Some(private), ..stored }
}

fn with_instance(stored: Stored, private: &[u8], instance: &InstanceId) -> Stored {
    let private = private_state::with(stored.private.as_deref().unwrap_or(private), instance, None);
    Stored { private: Some(private), ..stored }
}
