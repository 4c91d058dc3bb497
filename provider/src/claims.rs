//! What each resource instance keeps in the registry, before and after this run. A deletion removes a thing only where no
//! other instance, and no successor of its own, keeps it; two instances that keep one thing contradict each other.
//!
//! No request of Terraform carries an address. An instance is known by a token in the bytes that it keeps beside its state,
//! and the second plan of a replacement carries the bytes of the first. What the other processes of a run claim is in
//! [`Records`].

mod conflict;
mod invocation;
mod object;
pub(crate) mod private_state;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::OwnedMutexGuard;

use crate::locks::Turns;

pub(crate) use conflict::{Contradiction, refusal};
pub(crate) use invocation::Invocation;
pub(crate) use object::{Keeper, Object};
pub(crate) use private_state::Holder;
pub(crate) use records::Records;
pub use records::Run;

/// How long a name or a connection is waited for before the object that has it is taken over: with `create_before_destroy`
/// this run would free it only after the new object is there.
pub(crate) const LEFT_WITHIN: Duration = Duration::from_secs(3);

/// How long a name or a connection is waited for whose object is being deleted or renamed.
pub(crate) const FREED_WITHIN: Duration = Duration::from_secs(120);

/// How often it is looked whether it is free by now.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What one instance keeps, and is planned to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// What it keeps until now, as far as that is known.
    pub(crate) before: Vec<Object>,
    /// What it keeps in the end; `None` while it was read and not planned.
    pub(crate) after: Option<Vec<Object>>,
    /// Whether it agrees to Namespaces being opened to the internet.
    pub(crate) reopens: bool,
}

impl Standing {
    fn keeps(&self) -> &[Object] {
        self.after.as_deref().unwrap_or_default()
    }

    fn joins(&self) -> impl Iterator<Item = &Object> {
        self.keeps().iter().filter(|object| !self.before.contains(object))
    }

    fn leaves(&self) -> impl Iterator<Item = &Object> {
        let after = self.after.as_deref();
        self.before.iter().filter(move |object| after.is_some_and(|after| !after.contains(object)))
    }
}

/// The claims of one process during one walk of Terraform, and those that it finds in the records of others.
pub(crate) struct Claims {
    own: Mutex<BTreeMap<Holder, Standing>>,
    /// What instances kept until the registry was found not to have it any more.
    gone: Mutex<BTreeSet<String>>,
    /// The ids of what is being deleted here, or was.
    deleting: Mutex<BTreeSet<String>>,
    handovers: Turns<String>,
    records: Records,
}

/// What becomes of an object of the registry, by what is known of this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prospect {
    /// No instance is known to keep it.
    Unknown,
    /// An instance keeps it, and nothing says that it gives it up.
    Held,
    /// It is destroyed, or gets another name.
    Leaving,
    /// It is replaced by an instance with the same name or connection.
    Replaced,
}

impl Claims {
    /// No claims yet; those of other processes are looked up in `records`.
    pub(crate) fn new(records: Records) -> Self {
        Self {
            own: Mutex::default(),
            gone: Mutex::default(),
            deleting: Mutex::default(),
            handovers: Turns::default(),
            records,
        }
    }

    /// The id of what is planned here, for the bytes of a planned deletion.
    pub(crate) fn plan_id(&self) -> Option<&str> {
        self.records.id()
    }

    /// Notes what an instance keeps by its state.
    pub(crate) fn read(&self, holder: &Holder, before: Vec<Object>) {
        let mut own = self.own();
        let standing = own.entry(holder.clone()).or_default();
        standing.before = before;
        self.records.append(holder, standing);
    }

    /// Notes that what an instance kept is not there any more.
    pub(crate) fn read_as_gone(&self, objects: &[Object]) {
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        gone.extend(objects.iter().flat_map(Object::subjects).map(str::to_owned));
    }

    /// Whether this process found, while reading, that something with this id or name is gone.
    pub(crate) fn was_read_as_gone(&self, subject: &str) -> bool {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner).contains(subject)
    }

    /// Notes what an instance is planned to keep; `before` is `None` where the request has no prior state, as in the second
    /// plan of a replacement.
    ///
    /// # Errors
    /// When another instance is planned to keep the same.
    pub(crate) fn plan(
        &self,
        holder: &Holder,
        before: Option<Vec<Object>>,
        (after, reopens): (Vec<Object>, bool),
    ) -> Result<(), Box<Contradiction>> {
        let standing = {
            let mut own = self.own();
            let standing = own.entry(holder.clone()).or_default();
            if let Some(before) = before {
                standing.before = before;
            }
            standing.after = Some(after);
            standing.reopens |= reopens;
            self.records.append(holder, standing);
            standing.clone()
        };
        let mut others = self.others(holder);
        others.extend(self.records.siblings());
        Contradiction::between(&standing, &others).map_or(Ok(()), |found| Err(Box::new(found)))
    }

    /// Notes what a new instance keeps now that it has an id.
    pub(crate) fn made(&self, holder: &Holder, objects: Vec<Object>) {
        let mut own = self.own();
        let standing = own.entry(holder.clone()).or_default();
        standing.after = Some(objects);
        self.records.append(holder, standing);
    }

    /// Lets a new instance take over what another one of the same plan gives up and has not begun to delete; gives what that
    /// one kept. From then on it is not deleted, unless the new instance [leaves](Self::leave) it.
    pub(crate) fn take_over(&self, holder: &Holder, id: &str, objects: Vec<Object>) -> Option<Standing> {
        let deleting = self.deleting();
        if deleting.contains(id) {
            return None;
        }
        let is_given_up = |standing: &Standing| {
            let is_kept = standing.keeps().iter().any(|it| it.id() == Some(id));
            standing.after.is_some() && !is_kept && standing.before.iter().any(|it| it.id() == Some(id))
        };
        // The plan that is carried out has both: an instance that gives it up, and a new one of the same name.
        let is_new = |standing: &Standing| {
            let is_it = |kept: &Object| kept.id().is_none() && objects.iter().any(|it| it.is_named_as(kept));
            standing.before.is_empty() && standing.keeps().iter().any(is_it)
        };
        let own = self.own().values().find(|standing| is_given_up(standing)).cloned();
        let given_up = own.or_else(|| self.records.recent_beside(is_given_up, is_new))?;
        self.made(holder, objects);
        Some(given_up)
    }

    /// Takes back that an instance took something over.
    pub(crate) fn leave(&self, holder: &Holder) {
        self.made(holder, Vec::new());
    }

    /// For taking over or deleting the object of this id: a deletion waits for the outcome of a takeover.
    pub(crate) async fn hand_over(&self, id: &str) -> OwnedMutexGuard<()> {
        self.handovers.take(id.to_owned()).await
    }

    /// The turn of an instance to delete the object of this id, which nobody takes over from then on; `None` where another
    /// one keeps it.
    pub(crate) async fn begin_deletion(
        &self,
        private: &[u8],
        before: &[Object],
        id: &str,
    ) -> Option<OwnedMutexGuard<()>> {
        let turn = self.hand_over(id).await;
        let mut deleting = self.deleting();
        if self.at_delete(private, before).keep_object(id) {
            return None;
        }
        deleting.insert(id.to_owned());
        Some(turn)
    }

    /// What all others keep in the end, for an instance that is about to be deleted. In a replacement its own successor
    /// counts among them.
    pub(crate) fn at_delete(&self, private: &[u8], before: &[Object]) -> Others {
        let Some(holder) = Holder::of(private) else { return self.view(None, Vec::new()) };
        let plan = private_state::plan_id(private);
        // What the holder itself is planned to keep, its successor keeps.
        let planned = self.records.of_plan(plan.as_deref()).filter(|(by, standing)| {
            *by != holder || standing.keeps().iter().any(|kept| before.iter().any(|it| it.contradicts(kept)))
        });
        self.view(Some(&holder), planned.map(|(_, standing)| standing).collect())
    }

    /// The same for one that is about to be changed. Its plan is known by the change itself: the bytes of a plan do not
    /// reach the apply of an update.
    pub(crate) fn at_update(&self, private: &[u8], (before, after): (&[Object], &[Object])) -> Others {
        let planned = self.records.of_change(before, after);
        self.view(Holder::of(private).as_ref(), planned)
    }

    /// What is known to become of an object that has this id now.
    pub(crate) fn prospect(&self, id: &str) -> Prospect {
        let held = |standing: &Standing| standing.before.iter().any(|it| it.id() == Some(id));
        let own = self.own().values().rev().find(|standing| held(standing)).cloned();
        let Some(standing) = own.or_else(|| self.records.recent(held)) else { return Prospect::Unknown };
        let (before, after) = (standing.before.iter().find(|it| it.id() == Some(id)), &standing.after);
        let (Some(before), Some(after)) = (before, after) else { return Prospect::Held };
        match after.iter().find(|after| after.is_named_as(before)) {
            Some(after) if after.id() == Some(id) => Prospect::Held,
            Some(_) => Prospect::Replaced,
            None => Prospect::Leaving,
        }
    }

    /// Whether any instance that was planned here keeps a rule attached to a Namespace. What gives the attachment up does not.
    pub(crate) fn is_attached_by_any(&self, rule: &str, namespace: &str) -> bool {
        self.own().values().flat_map(Standing::keeps).any(|object| object.attaches(rule, namespace))
    }

    /// Whether an instance of this run is planned to create the public rule, whose id is not known then.
    pub(crate) fn create_the_public_rule(&self) -> bool {
        let own: Vec<_> = self.own().values().cloned().collect();
        let siblings = self.records.siblings();
        let mut kept = own.iter().chain(&siblings).flat_map(Standing::keeps);
        kept.any(|object| matches!(object, Object::PublicRule { id: None }))
    }

    /// Whether another process of the same run was here before: then this one carries out what that one planned.
    pub(crate) fn follows_a_plan(&self) -> bool {
        self.records.follows_another()
    }

    /// Notes that a deletion failed: what it left may be taken over.
    pub(crate) fn deletion_failed(&self, id: &str) {
        self.deleting().remove(id);
    }

    /// The Namespaces from which instances of the same plan detach a rule that is about to be deleted.
    pub(crate) fn detached_by_others(&self, private: &[u8], rule: &str) -> BTreeSet<String> {
        let standings: Vec<_> = self.of_plan(private).collect();
        let left = standings.iter().flat_map(Standing::leaves).filter_map(Object::attachment);
        left.filter(|(of, _)| *of == rule).map(|(_, namespace)| namespace.to_owned()).collect()
    }

    /// Whether any instance that gives up an attachment to this Namespace agrees to it being opened.
    pub(crate) fn agree_to_reopen(&self, namespace: &str, private: &[u8]) -> bool {
        let opens = |standing: &Standing| standing.leaves().any(|object| object.attaches_to(namespace));
        self.of_plan(private).any(|standing| standing.reopens && opens(&standing))
    }

    /// What all instances keep by this process, and by the plan that the bytes of a deletion come from.
    fn of_plan(&self, private: &[u8]) -> impl Iterator<Item = Standing> {
        let own: Vec<_> = self.own().values().cloned().collect();
        let plan = private_state::plan_id(private);
        let planned: Vec<_> = self.records.of_plan(plan.as_deref()).collect();
        own.into_iter().chain(planned.into_iter().map(|(_, standing)| standing))
    }

    fn view(&self, holder: Option<&Holder>, planned: Vec<Standing>) -> Others {
        let own = self.own();
        let mut standings: Vec<_> =
            own.iter().filter(|(by, _)| Some(*by) != holder).map(|(_, standing)| standing.clone()).collect();
        drop(own);
        standings.extend(planned);
        standings.extend(self.records.siblings());
        Others(standings)
    }

    fn others(&self, holder: &Holder) -> Vec<Standing> {
        self.own().iter().filter(|(by, _)| *by != holder).map(|(_, standing)| standing.clone()).collect()
    }

    fn deleting(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.deleting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(&self) -> MutexGuard<'_, BTreeMap<Holder, Standing>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What all instances but one keep in the end.
pub(crate) struct Others(Vec<Standing>);

impl Others {
    /// Whether one of them keeps this caller on the allowlist.
    pub(crate) fn keep_caller(&self, endpoint: &str, caller: &str) -> bool {
        self.kept().any(|object| object.allows(endpoint, caller))
    }

    /// Whether one of them keeps the whole allowlist.
    pub(crate) fn keep_allowlist(&self, endpoint: &str) -> bool {
        self.kept()
            .any(|object| matches!(object, Object::Allowlist { endpoint: kept, .. } if kept == endpoint))
    }

    /// The callers that they keep on an allowlist, each by itself.
    pub(crate) fn callers_kept_alone(&self, endpoint: &str) -> BTreeSet<String> {
        let alone = |object: &Object| match object {
            Object::Caller { endpoint: kept, namespace } if kept == endpoint => Some(namespace.clone()),
            _ => None,
        };
        self.kept().filter_map(alone).collect()
    }

    /// The callers that they add to an allowlist or remove from it.
    pub(crate) fn callers_in_change(&self, endpoint: &str) -> BTreeSet<String> {
        let changes = self.0.iter().flat_map(|standing| standing.leaves().chain(standing.joins()));
        changes.flat_map(|object| object.callers_of(endpoint)).collect()
    }

    /// Whether one of them keeps the rule attached to the Namespace.
    pub(crate) fn keep_attachment(&self, rule: &str, namespace: &str) -> bool {
        self.kept().any(|object| object.attaches(rule, namespace))
    }

    /// Whether one of them keeps the Endpoint or the rule of an id.
    pub(crate) fn keep_object(&self, id: &str) -> bool {
        self.kept().any(|object| object.id() == Some(id))
    }

    /// The contradiction between what an instance keeps in the end and what one of them does.
    pub(crate) fn contradict(&self, standing: &Standing) -> Option<Contradiction> {
        Contradiction::between(standing, &self.0)
    }

    fn kept(&self) -> impl Iterator<Item = &Object> {
        self.0.iter().flat_map(Standing::keeps)
    }
}

#[cfg(test)]
mod tests;
