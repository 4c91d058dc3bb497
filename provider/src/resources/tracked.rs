//! A resource whose instances are known by a token, and whose claims are noted at every step of their life.

use tfplugin::{
    Answer, Configured, Context, CreateRequest, DeleteRequest, IdentitySchema, ImportKey, MoveRequest, Plan,
    PlanRequest, ReadRequest, Resource, Schema, Stored, UpdateRequest, Value, async_trait,
};

use super::damaged_state;
use crate::account::Account;
use crate::claims::private_state::{self, Holder};
use crate::claims::{Object, Standing, refusal};
use crate::diagnostics::failure;
use crate::resources::connectivity::consent::Consent;
use crate::resources::endpoint::model::CALLERS;
use crate::resources::privatelink_mapping::NAMESPACES;
use crate::session::Session;

/// The resource `R`, tracked.
pub(crate) struct Tracked<R> {
    resource: R,
    session: Configured<Session>,
    /// What an instance of this state, or of this plan, keeps.
    objects: fn(&Value) -> Vec<Object>,
}

impl<R: Resource> Tracked<R> {
    /// Tracks a resource.
    pub(crate) fn new(resource: R, session: Configured<Session>, objects: fn(&Value) -> Vec<Object>) -> Self {
        Self { resource, session, objects }
    }

    /// Runs `note` on the account, where it is known.
    fn note(&self, note: impl FnOnce(&Account)) -> Answer<()> {
        if let Some(account) = self.session.require()?.account() {
            note(account);
        }
        Ok(())
    }

    /// What a deletion deletes, where Terraform plans it from another state: before 1.12 it reads only after that, and hands
    /// its deletion the state from before. What cannot be read is planned as it was known.
    async fn unread(&self, request: &DeleteRequest) -> Answer<Option<Value>> {
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

    async fn judged(&self, cx: &Context, holder: &Holder, request: PlanRequest, plan: Plan) -> Answer<Plan> {
        let before = request.prior.as_ref().map(self.objects);
        self.plan_claim(cx, (holder, before), &configured(&request.config, &plan.state))?;
        self.resource.plan(cx, request, plan).await
    }

    fn destroys(&self) -> Answer<bool> {
        Ok(self.session.require()?.account().is_some_and(|account| account.invocation().destroys()))
    }

    fn plan_claim(
        &self,
        cx: &Context,
        (holder, before): (&Holder, Option<Vec<Object>>),
        planned: &Value,
    ) -> Answer<()> {
        let session = self.session.require()?;
        let Some(account) = session.account() else { return Ok(()) };
        let after = ((self.objects)(planned), Consent::of(planned).reopen);
        let Err(contradiction) = account.claims().plan(holder, before, after) else { return Ok(()) };
        failure::raise(cx, contradiction.planned())
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

    /// An instance of an earlier version gets its token here.
    async fn read(&self, cx: &Context, request: ReadRequest) -> Answer<Option<Stored>> {
        damaged_state::refuse(self.type_name(), self.identity_schema().as_ref(), &request.state)?;
        let holder = Holder::of(&request.private).unwrap_or_else(Holder::new);
        let (private, known) = (request.private.clone(), (self.objects)(&request.state));
        let Some(stored) = self.resource.read(cx, request).await? else {
            self.note(|account| account.claims().read_as_gone(&known))?;
            return Ok(None);
        };
        let now = (self.objects)(&stored.state);
        self.note(|account| {
            account.claims().read_as_gone(&left_out(&known, &now));
            account.claims().read(&holder, now);
        })?;
        let stored = with_token(stored, &private, &holder);
        Ok(Some(if private_state::is_imported(&private) { as_imported(stored) } else { stored }))
    }

    async fn plan(&self, cx: &Context, request: PlanRequest, plan: Plan) -> Answer<Plan> {
        let holder = Holder::of(&request.private).unwrap_or_else(|| match &request.prior {
            Some(prior) => Holder::of_untracked(&(self.objects)(prior)),
            None => Holder::new(),
        });
        let (private, drafted) = (request.private.clone(), plan.clone());
        let plan = match self.judged(cx, &holder, request, plan).await {
            // What this plans is dropped: Terraform only refreshes by it, and then plans the destroy.
            Err(_) if self.destroys()? => drafted,
            planned => planned?,
        };
        let private = plan.private.unwrap_or(private);
        let session = self.session.require()?;
        let id = session.account().and_then(|account| account.claims().plan_id());
        Ok(Plan { private: Some(private_state::with(&private, &holder, id)), ..plan })
    }

    /// What is deleted is what is there now.
    async fn plan_delete(&self, cx: &Context, mut request: DeleteRequest) -> Answer<Option<Vec<u8>>> {
        let read = self.unread(&request).await?;
        if let Some(state) = &read {
            request.prior = state.clone();
        }
        let (private, before) = (request.private.clone(), (self.objects)(&request.prior));
        let holder = Holder::of(&private).unwrap_or_else(|| Holder::of_untracked(&before));
        let reopens = Consent::of(&request.prior).reopen;
        let (session, mut id) = (self.session.require()?, None);
        if let Some(account) = session.account() {
            // What ends contradicts nothing.
            let _ = account.claims().plan(&holder, Some(before), (Vec::new(), reopens));
            id = account.claims().plan_id();
        }
        let left = self.resource.plan_delete(cx, request).await?;
        let private = private_state::with(&left.unwrap_or(private), &holder, id);
        Ok(Some(match read {
            Some(state) => private_state::with_read(&private, &self.schema().to_text(&state)),
            None => private,
        }))
    }

    async fn create(&self, cx: &Context, request: CreateRequest) -> Answer<Stored> {
        let holder = Holder::of(&request.private).unwrap_or_else(Holder::new);
        let private = request.private.clone();
        let stored = self.resource.create(cx, request).await?;
        self.note(|account| account.claims().made(&holder, (self.objects)(&stored.state)))?;
        Ok(with_token(stored, &private, &holder))
    }

    /// What another instance keeps too is not written: each would undo the other.
    async fn update(&self, cx: &Context, request: UpdateRequest) -> Answer<Stored> {
        let holder = Holder::of(&request.private).unwrap_or_else(Holder::new);
        let (before, after) = ((self.objects)(&request.prior), (self.objects)(&request.planned));
        if let Some(account) = self.session.require()?.account()
            && before != after
        {
            let others = account.claims().at_update(&request.private, (&before, &after));
            let standing = Standing { before, after: Some(after), reopens: false };
            if let Some(contradiction) = others.contradict(&standing) {
                return Err(refusal(&contradiction).into());
            }
        }
        let private = request.private.clone();
        let stored = self.resource.update(cx, request).await?;
        Ok(with_token(stored, &private, &holder))
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

/// The attachments that an instance kept and that are not there any more: their Namespace may be gone.
fn left_out(known: &[Object], now: &[Object]) -> Vec<Object> {
    let attachments = |objects: &[Object]| objects.iter().find_map(Object::attachments);
    let (Some((rule, before)), Some((_, after))) = (attachments(known), attachments(now)) else {
        return Vec::new();
    };
    let attachment =
        |namespace: &String| Object::Attachment { rule: rule.clone(), namespace: namespace.clone() };
    before.difference(&after).map(attachment).collect()
}

/// What is planned, less the lists that an import brought and the configuration leaves to others.
fn configured(config: &Value, planned: &Value) -> Value {
    let left = [CALLERS, NAMESPACES].into_iter();
    let left = left.filter(|name| config.get(name).is_null() && !planned.get(name).is_null());
    left.fold(planned.clone(), |planned, name| planned.with(name, Value::Null))
}

fn as_imported(stored: Stored) -> Stored {
    let private = private_state::imported(stored.private.as_deref().unwrap_or_default());
    Stored { private: Some(private), ..stored }
}

fn with_token(stored: Stored, private: &[u8], holder: &Holder) -> Stored {
    let private = private_state::with(stored.private.as_deref().unwrap_or(private), holder, None);
    Stored { private: Some(private), ..stored }
}
