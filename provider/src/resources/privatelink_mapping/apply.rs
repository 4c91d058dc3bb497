//! Creating, changing and deleting a mapping. Once the registry has accepted the rule its id reaches the state, and so does
//! every Namespace that was attached, whatever happens then.

use std::collections::BTreeSet;

use ::schema::name::NamespaceId;
use futures_util::StreamExt as _;
use futures_util::stream;
use registry::{Lookup, ResourceState, RuleKind};
use tfplugin::{
    Answer, Context, CreateRequest, DeleteRequest, Diagnostic, Severity, Stored, UpdateRequest, Value,
};
use tokio::time::{Instant, sleep};

use super::delta::{self, Work};
use super::model::{self, NAMESPACES, REACHED};
use super::plan;
use crate::account::Account;
use crate::claims::{FREED_WITHIN, Holder, LEFT_WITHIN, LOOK_AGAIN, Object, Prospect};
use crate::diagnostics::failure;
use crate::diagnostics::warnings;
use crate::resources::connectivity::apply::{self, End};
use crate::resources::connectivity::consent::{Consent, KEEP_PUBLIC};
use crate::resources::connectivity::desired::Wish;
use crate::resources::connectivity::exposure::Subject;
use crate::resources::connectivity::rule::{self, CreateError, Created};
use crate::resources::connectivity::{list, public_rule};
use crate::timeouts::Operation;
use crate::wait::Wait;

/// How many Namespaces are written to at a time: an account may have ten writes under way.
const AT_A_TIME: usize = 4;

/// Creates the rule and attaches it, and gives the state.
///
/// An attachment that fails is a warning: an error would taint the mapping, and the next apply would delete the rule, and
/// open Namespaces by that, instead of finishing.
pub(super) async fn create(cx: &Context, account: &Account, request: CreateRequest) -> Answer<Stored> {
    let planned = request.planned;
    let (title, wait) = (model::title(&planned), Wait::start(cx, &planned, Operation::Create));
    let kind = RuleKind::Private(model::connection(&planned)?);
    let mut work = Work::between(None, &[], &planned);
    let mut writer = Writer { account, wait: &wait, value: &planned, rule: String::new(), public: None };
    writer.keep_public(&work).await?;
    let mut met = None;
    let created = loop {
        match rule::create(account, &wait, (&title, &kind)).await {
            Ok(created) => break created,
            Err(CreateError::Exists(_)) => {
                let existing = existing(account, &kind).await;
                let waited = met.get_or_insert_with(Instant::now).elapsed();
                match existing {
                    Existing::Stays(error) => return Err(error.into()),
                    Existing::Leaving(id) if waited >= LEFT_WITHIN => {
                        if let Some(detach) = taken_over(account, &request.private, &id, &planned).await {
                            cx.report(warnings::taken_over(&title, "connectivity rule for a connection"));
                            work.detach = detach;
                            break Created { id, unfinished: None };
                        }
                    }
                    Existing::Leaving(_) | Existing::Gone => {}
                }
                if waited >= FREED_WITHIN || wait.read(sleep(LOOK_AGAIN)).await.is_none() {
                    return Err(plan::taken_for_now(&title, waited).into());
                }
            }
            Err(CreateError::Other(error)) => return Err(error.into()),
        }
    };
    writer.rule = created.id;
    if let Some(unfinished) = &created.unfinished {
        cx.report(rule::outcome(&title, &writer.rule, &wait, unfinished));
        if !work.attach.is_empty() {
            cx.report(pending(&title, &work.attach));
        }
        return Ok(writer.state(BTreeSet::new()).await.into());
    }
    let failed = writer
        .carry_out(cx, &work, |error| Diagnostic { severity: Severity::Warning, ..finished_later(error) })
        .await;
    Ok(beside(writer.state(&work.attach - &failed).await))
}

/// Takes a rule over that this run would delete only afterwards, and gives the Namespaces that only its mapping until now
/// wanted; `None` where nobody gives it up, or where it is being deleted already.
async fn taken_over(
    account: &Account,
    private: &[u8],
    rule: &str,
    planned: &Value,
) -> Option<BTreeSet<NamespaceId>> {
    let (claims, holder) = (account.claims(), Holder::of(private)?);
    let _turn = claims.hand_over(rule).await;
    let found = account.registry().connectivity_rule(rule).await.ok().flatten()?;
    if found.state() == ResourceState::Deleting {
        return None;
    }
    let objects = super::objects(&planned.clone().with(model::RULE, rule));
    let given_up = claims.take_over(&holder, rule, objects)?;
    let attached = given_up.before.iter().find_map(Object::attachments);
    let attached = attached.map(|(_, namespaces)| namespaces).unwrap_or_default();
    let only_there = attached.iter().filter(|namespace| !claims.is_attached_by_any(rule, namespace));
    Some(only_there.filter_map(|namespace| namespace.parse().ok()).collect())
}

/// Attaches and detaches what changes, and gives the state that was reached.
pub(super) async fn update(cx: &Context, account: &Account, request: UpdateRequest) -> Answer<Stored> {
    let UpdateRequest { prior, planned, private, .. } = request;
    let work = Work::between(Some(&prior), &private, &planned);
    let wait = Wait::start(cx, &planned, Operation::Update);
    let rule = model::rule_id(&prior).to_owned();
    let mut writer = Writer { account, wait: &wait, value: &planned, rule, public: None };
    writer.keep_public(&work).await?;
    let failed = writer.carry_out(cx, &work, |error| error).await;
    let Some(wanted) = model::namespaces(&planned) else {
        // What is left to others was attached by us until now.
        let private = model::namespaces(&prior).map(|had| delta::beside(&had));
        return Ok(Stored { private, ..planned.into() });
    };
    if failed.is_empty() && planned.is_wholly_known() {
        return Ok(planned.into());
    }
    let had = &model::reached_ids(&prior) | &work.detach;
    let reached: BTreeSet<_> =
        wanted.iter().filter(|id| !failed.contains(id)).chain(had.intersection(&failed)).cloned().collect();
    let state = writer.state(reached.clone()).await;
    if failed.is_empty() {
        return Ok(state.into());
    }
    // What failed stays as it was, so that the next plan shows it.
    let kept = prior.get(KEEP_PUBLIC).clone();
    Ok(state.with(NAMESPACES, model::ids(&reached)).with(KEEP_PUBLIC, kept).into())
}

/// Detaches the rule and deletes it. The state stays until both are done.
///
/// What another instance keeps stays: the rule, where its state has it too, or an attachment alone.
pub(super) async fn delete(cx: &Context, account: &Account, request: &DeleteRequest) -> Answer<()> {
    let DeleteRequest { prior, private, .. } = request;
    let objects = super::objects(prior);
    let begun = account.claims().begin_deletion(private, &objects, model::rule_id(prior));
    let Some(_turn) = begun.await else { return Ok(()) };
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
    let work = Work { attach: BTreeSet::new(), detach: model::namespaces(prior).unwrap_or_default() };
    let writer = Writer { account, wait: &wait, value: prior, rule, public: None };
    let failed = writer.carry_out(cx, &work, |error| error).await;
    if !failed.is_empty() {
        let detail =
            format!("It is still attached to {}. It stays in the state; destroy it again.", list(&failed));
        return Err(Diagnostic::error(format!("{title} was not deleted"), detail).into());
    }
    rule::detach_for_others(account, &wait, (&title, &writer.rule), private).await?;
    rule::delete(account, &wait, (&title, &writer.rule)).await
}

/// Writes to the Namespaces of one mapping.
struct Writer<'a> {
    account: &'a Account,
    wait: &'a Wait<'a>,
    /// The plan, or the state when it is destroyed.
    value: &'a Value,
    rule: String,
    /// The id of the public rule, where it is to be attached as well.
    public: Option<String>,
}

impl Writer<'_> {
    /// Finds or creates the public rule where that is wanted.
    async fn keep_public(&mut self, work: &Work) -> Result<(), Diagnostic> {
        if Consent::of(self.value).keep_public && !work.attach.is_empty() {
            self.public = Some(public_rule::find_or_create(self.account, self.wait, false).await?.id);
        }
        Ok(())
    }

    /// Writes to all, and gives those that are not as wished; why not is reported as `failure` makes it.
    async fn carry_out(
        &self,
        cx: &Context,
        work: &Work,
        failure: impl Fn(Diagnostic) -> Diagnostic,
    ) -> BTreeSet<NamespaceId> {
        let mut writes = Vec::new();
        for namespace in &work.attach {
            writes.push(self.write(namespace.clone(), self.attach()));
        }
        for namespace in &work.detach {
            writes.push(self.write(namespace.clone(), self.detach()));
        }
        let ends: Vec<_> = stream::iter(writes).buffer_unordered(AT_A_TIME).collect().await;
        let mut failed = BTreeSet::new();
        for (namespace, end) in ends {
            match end {
                End::Done => {}
                End::Going(warning) => cx.report(warning),
                End::Failed(error) => {
                    cx.report(failure(error));
                    failed.insert(namespace);
                }
            }
        }
        failed
    }

    async fn write(&self, namespace: NamespaceId, wish: Wish) -> (NamespaceId, End) {
        let destroys = matches!(wish, Wish::Detach { .. });
        let subject = Subject { namespace: &namespace, lets_in: &model::lets_in(self.value), destroys };
        let end = apply::carry_out(self.account, self.wait, (subject, &wish), Consent::of(self.value)).await;
        (namespace, end)
    }

    fn attach(&self) -> Wish {
        Wish::Attach { rule: self.rule.clone(), is_public: false, public: self.public.clone() }
    }

    fn detach(&self) -> Wish {
        Wish::Detach { rule: self.rule.clone(), public_too: Consent::of(self.value).keep_public }
    }

    /// The planned state once these Namespaces are reached.
    async fn state(&self, reached: BTreeSet<NamespaceId>) -> Value {
        let mut namespaces = std::collections::BTreeMap::new();
        for id in reached {
            // How it is reached is missing where it cannot be read, until the next refresh.
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

/// A mapping that leaves attachments to others starts without any.
fn beside(state: Value) -> Stored {
    let private = state.get(NAMESPACES).is_null().then(|| delta::beside(&BTreeSet::new()));
    Stored { private, ..state.into() }
}

/// A rule for the same connection that stands in the way of a new one.
enum Existing {
    /// This run destroys it; its id.
    Leaving(String),
    /// It is not there any more: it was deleted meanwhile, or is being deleted.
    Gone,
    /// It stays; the error that says so.
    Stays(Diagnostic),
}

async fn existing(account: &Account, kind: &RuleKind) -> Existing {
    let rules = match account.registry().connectivity_rules().await {
        Ok(rules) => rules,
        Err(error) => return Existing::Stays(failure::diagnostic(account.registry().address(), &error)),
    };
    let Some(found) = rules.iter().find(|rule| rule.kind().is_for_the_same(kind)) else {
        return Existing::Gone;
    };
    match account.claims().prospect(found.id()) {
        Prospect::Leaving => Existing::Leaving(found.id().to_owned()),
        Prospect::Replaced => Existing::Stays(plan::replaced(found.id())),
        Prospect::Held | Prospect::Unknown => Existing::Stays(plan::taken(found.id())),
    }
}

fn finished_later(error: Diagnostic) -> Diagnostic {
    let detail =
        format!("{} The rule is in the state, and the next apply tries this Namespace again.", error.detail);
    Diagnostic { detail, ..error }
}

fn pending(title: &str, namespaces: &BTreeSet<NamespaceId>) -> Diagnostic {
    let detail = format!(
        "It is attached to none of {}. Once it is ready, the next apply attaches it.",
        list(namespaces)
    );
    Diagnostic::warning(format!("{title} is not attached yet"), detail)
}
