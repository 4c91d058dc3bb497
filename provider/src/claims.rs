//! Which resource instance manages which object of the registry, before and after this run. A destroy deletes an object only
//! if no other instance, and no replacement of the instance itself, manages it. Two instances that manage the same object are
//! a conflict.
//!
//! Terraform's requests carry no resource address. An instance is identified by an id in its private state; the second plan
//! of a replacement carries the private state of the first. [`Records`] hold the claims of the other provider processes.

mod claim;
mod conflict;
mod invocation;
mod object;
pub(crate) mod private_state;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use crate::locks::KeyedLocks;

pub(crate) use claim::Claim;
pub(crate) use conflict::ClaimConflict;
pub(crate) use invocation::Invocation;
pub(crate) use object::{AllowlistOwner, ManagedObject};
pub(crate) use private_state::InstanceId;
pub(crate) use records::Records;
pub use records::Run;

/// How long a create waits for its name or connection to be released before it takes the existing object over. With
/// `create_before_destroy`, Terraform deletes that object only after the create.
pub(crate) const TAKEOVER_AFTER: Duration = Duration::from_secs(3);

/// How long a create waits for a name or connection whose object is being deleted or renamed.
pub(crate) const RELEASE_TIMEOUT: Duration = Duration::from_secs(120);

/// The interval at which a create checks whether its name or connection was released.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The claims of the instances of this process. Those of other processes are read from [`Records`].
pub(crate) struct Claims {
    own: Mutex<BTreeMap<InstanceId, Claim>>,
    /// Ids and names of objects that the registry did not have when instances were read.
    not_found: Mutex<BTreeSet<String>>,
    /// Ids of the objects that this process deletes or has deleted.
    deleting: Mutex<BTreeSet<String>>,
    object_locks: KeyedLocks<String>,
    records: Records,
}

/// What this run is planned to do with an object of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlannedAction {
    /// No instance is known to manage it.
    Unknown,
    /// An instance manages it, and is not known to release it.
    Keep,
    /// It is destroyed, or renamed.
    Release,
    /// It is replaced by an object with the same name or connection.
    Replace,
}

impl Claims {
    /// No claims of this process yet.
    pub(crate) fn new(records: Records) -> Self {
        Self {
            own: Mutex::default(),
            not_found: Mutex::default(),
            deleting: Mutex::default(),
            object_locks: KeyedLocks::default(),
            records,
        }
    }

    /// The id of the plans of this process, for the private state of a planned deletion.
    pub(crate) fn plan_id(&self) -> Option<&str> {
        self.records.id()
    }

    /// Records what an instance manages by its state.
    pub(crate) fn note_read(&self, instance: &InstanceId, before: Vec<ManagedObject>) {
        let mut own = self.own();
        let claim = own.entry(instance.clone()).or_default();
        claim.before = before;
        self.records.append(instance, claim);
    }

    /// Records that the registry no longer has what an instance managed.
    pub(crate) fn note_not_found(&self, objects: &[ManagedObject]) {
        let mut not_found = self.not_found.lock().unwrap_or_else(PoisonError::into_inner);
        not_found.extend(objects.iter().flat_map(ManagedObject::subjects).map(str::to_owned));
    }

    /// Whether a read of this process found that the object with this id or name no longer exists.
    pub(crate) fn was_not_found(&self, subject: &str) -> bool {
        self.not_found.lock().unwrap_or_else(PoisonError::into_inner).contains(subject)
    }

    /// Records what an instance is planned to manage. `before` is `None` if the request has no prior state, as in the second
    /// plan of a replacement.
    ///
    /// # Errors
    /// If another instance is planned to manage the same object.
    pub(crate) fn note_plan(
        &self,
        instance: &InstanceId,
        before: Option<Vec<ManagedObject>>,
        (after, reopens): (Vec<ManagedObject>, bool),
    ) -> Result<(), Box<ClaimConflict>> {
        let claim = {
            let mut own = self.own();
            let claim = own.entry(instance.clone()).or_default();
            if let Some(before) = before {
                claim.before = before;
            }
            claim.after = Some(after);
            claim.reopens |= reopens;
            self.records.append(instance, claim);
            claim.clone()
        };
        let mut others = self.others(instance);
        others.extend(self.records.siblings());
        ClaimConflict::between(&claim, &others).map_or(Ok(()), |found| Err(Box::new(found)))
    }

    /// Records what a new instance manages, once it has an id.
    pub(crate) fn note_created(&self, instance: &InstanceId, objects: Vec<ManagedObject>) {
        let mut own = self.own();
        let claim = own.entry(instance.clone()).or_default();
        claim.after = Some(objects);
        self.records.append(instance, claim);
    }

    /// Lets a new instance take over an object that another instance of the same plan releases and that is not being deleted.
    /// Returns the claim of that instance. The object is then not deleted, unless the takeover is
    /// [abandoned](Self::abandon_takeover).
    pub(crate) fn take_over(
        &self,
        instance: &InstanceId,
        id: &str,
        objects: Vec<ManagedObject>,
    ) -> Option<Claim> {
        let deleting = self.deleting();
        if deleting.contains(id) {
            return None;
        }
        let is_released = |claim: &Claim| {
            let is_planned = claim.planned().iter().any(|it| it.id() == Some(id));
            claim.after.is_some() && !is_planned && claim.before.iter().any(|it| it.id() == Some(id))
        };
        // The plan being applied has both: an instance that releases the object, and a new one with the same name.
        let is_new = |claim: &Claim| {
            let is_it =
                |kept: &ManagedObject| kept.id().is_none() && objects.iter().any(|it| it.has_same_key(kept));
            claim.before.is_empty() && claim.planned().iter().any(is_it)
        };
        let own = self.own().values().find(|claim| is_released(claim)).cloned();
        let released = own.or_else(|| self.records.recent_with_new(is_released, is_new))?;
        self.note_created(instance, objects);
        Some(released)
    }

    /// Undoes [`Self::take_over`].
    pub(crate) fn abandon_takeover(&self, instance: &InstanceId) {
        self.note_created(instance, Vec::new());
    }

    /// Locks the object with this id, to take it over or delete it: a deletion waits for the result of a takeover.
    pub(crate) async fn lock_object(&self, id: &str) -> OwnedMutexGuard<()> {
        self.object_locks.lock(id.to_owned()).await
    }

    /// Locks the object with this id for deletion; it cannot be taken over afterwards. `None` if another instance manages
    /// it.
    pub(crate) async fn begin_deletion(
        &self,
        private: &[u8],
        before: &[ManagedObject],
        id: &str,
    ) -> Option<OwnedMutexGuard<()>> {
        let lock = self.lock_object(id).await;
        let mut deleting = self.deleting();
        if self.others_at_delete(private, before).manages_object(id) {
            return None;
        }
        deleting.insert(id.to_owned());
        Some(lock)
    }

    /// The claims of all other instances, for an instance that is about to be deleted. In a replacement they include the new
    /// instance.
    pub(crate) fn others_at_delete(&self, private: &[u8], before: &[ManagedObject]) -> OtherClaims {
        let Some(instance) = InstanceId::of(private) else { return self.view(None, Vec::new()) };
        let plan = private_state::plan_id(private);
        // In a replacement the new instance has the same id as the one to be deleted.
        let planned = self.records.of_plan(plan.as_deref()).filter(|(by, claim)| {
            *by != instance
                || claim.planned().iter().any(|kept| before.iter().any(|it| it.conflicts_with(kept)))
        });
        self.view(Some(&instance), planned.map(|(_, claim)| claim).collect())
    }

    /// The claims of all other instances, for an instance that is about to be updated. Its plan is found by the change itself,
    /// because the private state of a plan does not reach the apply of an update.
    pub(crate) fn others_at_update(
        &self,
        private: &[u8],
        (before, after): (&[ManagedObject], &[ManagedObject]),
    ) -> OtherClaims {
        let planned = self.records.of_change(before, after);
        self.view(InstanceId::of(private).as_ref(), planned)
    }

    /// What this run is known to do with the object of this id.
    pub(crate) fn planned_action(&self, id: &str) -> PlannedAction {
        let had = |claim: &Claim| claim.before.iter().any(|it| it.id() == Some(id));
        let own = self.own().values().rev().find(|claim| had(claim)).cloned();
        let Some(claim) = own.or_else(|| self.records.recent(had)) else { return PlannedAction::Unknown };
        let (before, after) = (claim.before.iter().find(|it| it.id() == Some(id)), &claim.after);
        let (Some(before), Some(after)) = (before, after) else { return PlannedAction::Keep };
        match after.iter().find(|after| after.has_same_key(before)) {
            Some(after) if after.id() == Some(id) => PlannedAction::Keep,
            Some(_) => PlannedAction::Replace,
            None => PlannedAction::Release,
        }
    }

    /// The name that the Endpoint of this id is planned to have.
    pub(crate) fn planned_name(&self, id: &str) -> Option<String> {
        let is_it = |object: &ManagedObject| object.id() == Some(id);
        let manages = |claim: &Claim| claim.planned().iter().any(is_it);
        let own = self.own().values().find(|claim| manages(claim)).cloned();
        let claim = own.or_else(|| self.records.recent(manages))?;
        claim.planned().iter().find(|object| is_it(object))?.endpoint_name().map(str::to_owned)
    }

    /// Whether an instance of this process is planned to manage the attachment of a rule to a Namespace.
    pub(crate) fn is_attachment_managed(&self, rule: &str, namespace: &str) -> bool {
        self.own().values().flat_map(Claim::planned).any(|object| object.attaches(rule, namespace))
    }

    /// Whether an instance of this run is planned to create the public rule.
    pub(crate) fn plans_public_rule(&self) -> bool {
        let own: Vec<_> = self.own().values().cloned().collect();
        let siblings = self.records.siblings();
        let mut planned = own.iter().chain(&siblings).flat_map(Claim::planned);
        planned.any(|object| matches!(object, ManagedObject::PublicRule { id: None }))
    }

    /// Whether another process of the same run has ended: then this one applies what that one planned.
    pub(crate) fn applies_a_plan(&self) -> bool {
        self.records.follows_another_process()
    }

    /// Records that a deletion failed, so that the object may be taken over.
    pub(crate) fn deletion_failed(&self, id: &str) {
        self.deleting().remove(id);
    }

    /// The Namespaces from which instances of the same plan detach a rule that is about to be deleted.
    pub(crate) fn detached_by_others(&self, private: &[u8], rule: &str) -> BTreeSet<String> {
        let claims: Vec<_> = self.of_plan(private).collect();
        let released = claims.iter().flat_map(Claim::released).filter_map(ManagedObject::attachment);
        released.filter(|(of, _)| *of == rule).map(|(_, namespace)| namespace.to_owned()).collect()
    }

    /// Whether an instance that releases an attachment to this Namespace allows it to be opened to the internet.
    pub(crate) fn allows_reopening(&self, namespace: &str, private: &[u8]) -> bool {
        let releases = |claim: &Claim| claim.released().any(|object| object.attaches_to(namespace));
        self.of_plan(private).any(|claim| claim.reopens && releases(&claim))
    }

    /// The claims of this process, and of the plan that the private state of a deletion comes from.
    fn of_plan(&self, private: &[u8]) -> impl Iterator<Item = Claim> {
        let own: Vec<_> = self.own().values().cloned().collect();
        let plan = private_state::plan_id(private);
        let planned: Vec<_> = self.records.of_plan(plan.as_deref()).collect();
        own.into_iter().chain(planned.into_iter().map(|(_, claim)| claim))
    }

    fn view(&self, instance: Option<&InstanceId>, planned: Vec<Claim>) -> OtherClaims {
        let own = self.own();
        let mut claims: Vec<_> =
            own.iter().filter(|(by, _)| Some(*by) != instance).map(|(_, claim)| claim.clone()).collect();
        drop(own);
        claims.extend(planned);
        claims.extend(self.records.siblings());
        OtherClaims(claims)
    }

    fn others(&self, instance: &InstanceId) -> Vec<Claim> {
        self.own().iter().filter(|(by, _)| *by != instance).map(|(_, claim)| claim.clone()).collect()
    }

    fn deleting(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.deleting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(&self) -> MutexGuard<'_, BTreeMap<InstanceId, Claim>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The claims of all instances except one.
pub(crate) struct OtherClaims(Vec<Claim>);

impl OtherClaims {
    /// Whether one of them manages this caller, alone or with the whole allowlist.
    pub(crate) fn manages_caller(&self, endpoint: &str, caller: &str) -> bool {
        self.planned().any(|object| object.allows(endpoint, caller))
    }

    /// Whether one of them manages the whole allowlist.
    pub(crate) fn manages_allowlist(&self, endpoint: &str) -> bool {
        self.planned().any(
            |object| matches!(object, ManagedObject::Allowlist { endpoint: kept, .. } if kept == endpoint),
        )
    }

    /// The callers on an allowlist that they manage as single callers.
    pub(crate) fn single_callers(&self, endpoint: &str) -> BTreeSet<String> {
        let single = |object: &ManagedObject| match object {
            ManagedObject::Caller { endpoint: kept, namespace } if kept == endpoint => {
                Some(namespace.clone())
            }
            _ => None,
        };
        self.planned().filter_map(single).collect()
    }

    /// The callers that they add to an allowlist or remove from it.
    pub(crate) fn changed_callers(&self, endpoint: &str) -> BTreeSet<String> {
        let changes = self.0.iter().flat_map(|claim| claim.released().chain(claim.added()));
        changes.flat_map(|object| object.callers_of(endpoint)).collect()
    }

    /// The callers that they remove from an allowlist.
    pub(crate) fn released_callers(&self, endpoint: &str) -> BTreeSet<String> {
        self.0.iter().flat_map(Claim::released).flat_map(|object| object.callers_of(endpoint)).collect()
    }

    /// Whether one of them manages the attachment of the rule to the Namespace.
    pub(crate) fn manages_attachment(&self, rule: &str, namespace: &str) -> bool {
        self.planned().any(|object| object.attaches(rule, namespace))
    }

    /// Whether one of them manages the Endpoint or the rule with this id.
    pub(crate) fn manages_object(&self, id: &str) -> bool {
        self.planned().any(|object| object.id() == Some(id))
    }

    /// The first conflict between a claim and one of them.
    pub(crate) fn conflict_with(&self, claim: &Claim) -> Option<ClaimConflict> {
        ClaimConflict::between(claim, &self.0)
    }

    fn planned(&self) -> impl Iterator<Item = &ManagedObject> {
        self.0.iter().flat_map(Claim::planned)
    }
}

#[cfg(test)]
mod tests;
