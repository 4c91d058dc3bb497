//! Creating, updating and deleting a mapping. Once the registry has accepted the rule, its id is always saved to the state, and
//! so is every attached Namespace.

use std::collections::BTreeSet;

use ::schema::name::NamespaceId;
use futures_util::StreamExt as _;
use futures_util::stream;
use registry::{Lookup, ResourceState, RuleKind};
use tfplugin::{
    Answer, Context, CreateRequest, DeleteRequest, Diagnostic, Severity, Stored, UpdateRequest, Value,
};
use tokio::time::{Instant, sleep};

use super::delta::{self, AttachmentDelta};
use super::model::{self, NAMESPACES, REACHED};
use super::{plan, validate};
use crate::account::Account;
use crate::claims::{
    InstanceId, ManagedObject, POLL_INTERVAL, PlannedAction, RELEASE_TIMEOUT, TAKEOVER_AFTER,
};
use crate::diagnostics::failure;
use crate::diagnostics::warnings;
use crate::resources::connectivity::apply::{self, Outcome};
use crate::resources::connectivity::consent::{Consent, KEEP_PUBLIC};
use crate::resources::connectivity::desired::Desired;
use crate::resources::connectivity::exposure::Subject;
use crate::resources::connectivity::rule::{self, CreateError, Created};
use crate::resources::connectivity::{list, public_rule};
use crate::timeouts::Operation;
use crate::wait::Wait;

/// The number of concurrent writes: an account allows ten operations in progress.
const CONCURRENT_WRITES: usize = 4;

/// Creates the rule, attaches it, and returns the state.
///
/// A failed attachment is a warning: an error would taint the mapping, and the next apply would delete the rule and open
/// Namespaces, instead of retrying.
pub(super) async fn create(cx: &Context, account: &Account, request: CreateRequest) -> Answer<Stored> {
    let planned = request.planned;
    let (title, wait) = (model::title(&planned), Wait::start(cx, &planned, Operation::Create));
    let kind = RuleKind::Private(validate::connection(&planned)?);
    let mut delta = AttachmentDelta::between(None, &[], &planned);
    let mut writer = Writer { account, wait: &wait, value: &planned, rule: String::new(), public: None };
    writer.keep_public(&delta).await?;
    let mut first_conflict = None;
    let created = loop {
        match rule::create(account, &wait, (&title, &kind)).await {
            Ok(created) => break created,
            Err(CreateError::Exists(_)) => {
                let existing = existing(account, &kind).await;
                let waited = first_conflict.get_or_insert_with(Instant::now).elapsed();
                match existing {
                    Existing::Conflict(error) => return Err(error.into()),
                    Existing::Released(id) if waited >= TAKEOVER_AFTER => {
                        if let Some(detach) = taken_over(account, &request.private, &id, &planned).await {
                            cx.report(warnings::taken_over(&title, "connectivity rule for a connection"));
                            delta.detach = detach;
                            break Created { id, unfinished: None };
                        }
                    }
                    Existing::Released(_) | Existing::NotFound => {}
                }
                if waited >= RELEASE_TIMEOUT || wait.read(sleep(POLL_INTERVAL)).await.is_none() {
                    return Err(plan::not_released(&title, waited).into());
                }
            }
            Err(CreateError::Other(error)) => return Err(error.into()),
        }
    };
    writer.rule = created.id;
    if let Some(unfinished) = &created.unfinished {
        cx.report(rule::outcome(&title, &writer.rule, &wait, unfinished));
        if !delta.attach.is_empty() {
            cx.report(pending(&title, &delta.attach));
        }
        return Ok(writer.state(BTreeSet::new()).await.into());
    }
    let failed = writer
        .apply(cx, &delta, |error| Diagnostic { severity: Severity::Warning, ..finished_later(error) })
        .await;
    Ok(stored(writer.state(&delta.attach - &failed).await))
}

/// Takes over a rule that this run would delete only afterwards, and returns the Namespaces to detach, which only the old
/// mapping manages; `None` if no instance releases the rule, or if it is being deleted.
async fn taken_over(
    account: &Account,
    private: &[u8],
    rule: &str,
    planned: &Value,
) -> Option<BTreeSet<NamespaceId>> {
    let (claims, instance) = (account.claims(), InstanceId::of(private)?);
    let _lock = claims.lock_object(rule).await;
    let found = account.registry().connectivity_rule(rule).await.ok().flatten()?;
    if found.state() == ResourceState::Deleting {
        return None;
    }
    let objects = super::managed_objects(&planned.clone().with(model::RULE, rule));
    let released = claims.take_over(&instance, rule, objects)?;
    let attached = released.before.iter().find_map(ManagedObject::attachments);
    let attached = attached.map(|(_, namespaces)| namespaces).unwrap_or_default();
    let only_there = attached.iter().filter(|namespace| !claims.is_attachment_managed(rule, namespace));
    Some(only_there.filter_map(|namespace| namespace.parse().ok()).collect())
}

/// Attaches and detaches what changes, and returns the resulting state.
pub(super) async fn update(cx: &Context, account: &Account, request: UpdateRequest) -> Answer<Stored> {
    let UpdateRequest { prior, planned, private, .. } = request;
    let delta = AttachmentDelta::between(Some(&prior), &private, &planned);
    let wait = Wait::start(cx, &planned, Operation::Update);
    let rule = model::rule_id(&prior).to_owned();
    let mut writer = Writer { account, wait: &wait, value: &planned, rule, public: None };
    writer.keep_public(&delta).await?;
    let failed = writer.apply(cx, &delta, |error| error).await;
    let Some(desired) = model::namespaces(&planned) else {
        // The attachments are no longer managed.
        let private = model::namespaces(&prior).map(|previous| delta::remember(&previous));
        return Ok(Stored { private, ..planned.into() });
    };
    if failed.is_empty() && planned.is_wholly_known() {
        return Ok(planned.into());
    }
    let previous = &model::reached_ids(&prior) | &delta.detach;
    let reached: BTreeSet<_> = desired
        .iter()
        .filter(|id| !failed.contains(id))
        .chain(previous.intersection(&failed))
        .cloned()
        .collect();
    let state = writer.state(reached.clone()).await;
    if failed.is_empty() {
        return Ok(state.into());
    }
    // A failed change keeps the prior values, so that the next plan shows it.
    let kept = prior.get(KEEP_PUBLIC).clone();
    Ok(state.with(NAMESPACES, model::ids(&reached)).with(KEEP_PUBLIC, kept).into())
}

/// Detaches the rule and deletes it, unless another instance manages it. The state is kept until both are done.
pub(super) async fn delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let DeleteRequest { prior, private, .. } = request;
    let objects = super::managed_objects(prior);
    let begun = account.claims().begin_deletion(private, &objects, model::rule_id(prior));
    let Some(_lock) = begun.await else { return Ok(()) };
    let deleted = delete_rule(cx, account, request).await;
    if deleted.is_err() {
        account.claims().deletion_failed(model::rule_id(prior));
    }
    deleted
}

async fn delete_rule(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let DeleteRequest { prior, private, .. } = request;
    let (title, wait) = (model::title(prior), Wait::start(cx, prior, Operation::Delete));
    let rule = model::rule_id(prior).to_owned();
    let delta =
        AttachmentDelta { attach: BTreeSet::new(), detach: model::namespaces(prior).unwrap_or_default() };
    let writer = Writer { account, wait: &wait, value: prior, rule, public: None };
    let failed = writer.apply(cx, &delta, |error| error).await;
    if !failed.is_empty() {
        let detail =
            format!("It is still attached to {}. It remains in the state; destroy it again.", list(&failed));
        return Err(Diagnostic::error(format!("{title} was not deleted"), detail).into());
    }
    rule::detach_for_others(account, &wait, &writer.rule, private).await?;
    rule::delete(account, &wait, (&title, &writer.rule)).await
}

/// The writes to the Namespaces of one mapping.
struct Writer<'a> {
    account: &'a Account,
    wait: &'a Wait<'a>,
    /// The plan, or the state of a destroy.
    value: &'a Value,
    rule: String,
    /// The id of the public rule, if it is to be attached as well.
    public: Option<String>,
}

impl Writer<'_> {
    /// Finds or creates the public rule for `keep_public`.
    async fn keep_public(&mut self, delta: &AttachmentDelta) -> Result<(), Diagnostic> {
        if Consent::of(self.value).keep_public && !delta.attach.is_empty() {
            self.public = Some(public_rule::find_or_create(self.account, self.wait, false).await?.id);
        }
        Ok(())
    }

    /// Applies the delta, and returns the Namespaces that failed. `failure` converts the errors to report.
    async fn apply(
        &self,
        cx: &Context,
        delta: &AttachmentDelta,
        failure: impl Fn(Diagnostic) -> Diagnostic,
    ) -> BTreeSet<NamespaceId> {
        let mut writes = Vec::new();
        for namespace in &delta.attach {
            writes.push(self.write(namespace.clone(), self.attach()));
        }
        for namespace in &delta.detach {
            writes.push(self.write(namespace.clone(), self.detach()));
        }
        let outcomes: Vec<_> = stream::iter(writes).buffer_unordered(CONCURRENT_WRITES).collect().await;
        let mut failed = BTreeSet::new();
        for (namespace, outcome) in outcomes {
            match outcome {
                Outcome::Done => {}
                Outcome::InProgress(warning) => cx.report(warning),
                Outcome::Failed(error) => {
                    cx.report(failure(error));
                    failed.insert(namespace);
                }
            }
        }
        failed
    }

    async fn write(&self, namespace: NamespaceId, desired: Desired) -> (NamespaceId, Outcome) {
        let destroys = matches!(desired, Desired::Detach { .. });
        let subject = Subject { namespace: &namespace, admits: Some(&model::admitted(self.value)), destroys };
        let outcome =
            apply::write(self.account, self.wait, (subject, &desired), Consent::of(self.value)).await;
        (namespace, outcome)
    }

    fn attach(&self) -> Desired {
        Desired::Attach { rule: self.rule.clone(), is_public: false, public: self.public.clone() }
    }

    fn detach(&self) -> Desired {
        Desired::Detach { rule: self.rule.clone(), public_too: Consent::of(self.value).keep_public }
    }

    /// The planned state with these Namespaces attached.
    async fn state(&self, reached: BTreeSet<NamespaceId>) -> Value {
        let mut namespaces = std::collections::BTreeMap::new();
        for id in reached {
            // If a Namespace cannot be read, its addresses are missing until the next refresh.
            let found = match self.account.registry().namespace(&id).await {
                Ok(Lookup::Found(namespace)) => Some(namespace),
                _ => None,
            };
            namespaces.insert(id, found);
        }
        let reached = model::reached(&namespaces, self.value);
        self.value.clone().with(model::RULE, self.rule.as_str()).with(REACHED, reached)
    }
}

/// A mapping that does not manage attachments starts without any.
fn stored(state: Value) -> Stored {
    let private = state.get(NAMESPACES).is_null().then(|| delta::remember(&BTreeSet::new()));
    Stored { private, ..state.into() }
}

/// An existing rule for the connection of a new one.
enum Existing {
    /// This run destroys it; its id.
    Released(String),
    /// It no longer exists.
    NotFound,
    /// It is in the way; the error.
    Conflict(Diagnostic),
}

async fn existing(account: &Account, kind: &RuleKind) -> Existing {
    let rules = match account.registry().connectivity_rules().await {
        Ok(rules) => rules,
        Err(error) => return Existing::Conflict(failure::diagnostic(account.registry().address(), &error)),
    };
    let Some(found) = rules.iter().find(|rule| rule.kind().is_same_connection(kind)) else {
        return Existing::NotFound;
    };
    match account.claims().planned_action(found.id()) {
        PlannedAction::Release => Existing::Released(found.id().to_owned()),
        PlannedAction::Replace => Existing::Conflict(plan::replaced(found.id())),
        PlannedAction::Keep | PlannedAction::Unknown => Existing::Conflict(plan::taken(found.id())),
    }
}

fn finished_later(error: Diagnostic) -> Diagnostic {
    let detail = format!(
        "{} The rule was saved to the state, and the next apply retries this Namespace.",
        error.detail
    );
    Diagnostic { detail, ..error }
}

fn pending(title: &str, namespaces: &BTreeSet<NamespaceId>) -> Diagnostic {
    let detail = format!(
        "It is not attached to {}. The next apply attaches it after the rule is ready.",
        list(namespaces)
    );
    Diagnostic::warning(format!("{title} is not attached yet"), detail)
}
