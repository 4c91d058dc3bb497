//! Faults on demand: those that are in effect, and how they change each stage of a call.

pub(crate) mod duration;
pub(crate) mod fault;
pub(crate) mod newer_api;
pub(crate) mod rate;

use crate::api::operation::async_operation::State as OperationState;
use crate::caller::Caller;
use crate::faults::fault::{Fault, Kind, Limits};
use crate::faults::newer_api::NewerApi;
use crate::operations::PlannedFailure;
use crate::state::State;
use crate::status;
use schema::access::NamespacePermission;
use schema::name::NamespaceId;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tonic::Status;

/// The faults in effect, until they are used up or removed.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    armed: Vec<Armed>,
    last: u64,
    delayed: Vec<DelayedPermission>,
}

/// A fault in effect.
#[derive(Clone, Debug)]
pub(crate) struct Armed {
    pub(crate) id: u64,
    pub(crate) fault: Fault,
    /// How often it will still be applied; `None` for no limit.
    pub(crate) left: Option<u64>,
}

/// A permission that was granted and is not in effect yet.
#[derive(Debug)]
struct DelayedPermission {
    principal: String,
    namespace: NamespaceId,
    /// The permission before the grant.
    before: Option<NamespacePermission>,
    until: SystemTime,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        let mut inner = Inner::default();
        faults.into_iter().for_each(|fault| drop(inner.arm(fault)));
        Self(Mutex::new(inner))
    }

    /// Adds a fault.
    pub(crate) fn arm(&self, fault: Fault) -> Armed {
        self.inner().arm(fault)
    }

    /// All faults in effect.
    pub(crate) fn armed(&self) -> Vec<Armed> {
        self.inner().armed.clone()
    }

    /// Removes one fault, or all; `false` when there is none with this id.
    pub(crate) fn disarm(&self, id: Option<u64>) -> bool {
        let mut inner = self.inner();
        let before = inner.armed.len();
        inner.armed.retain(|armed| id.is_some_and(|id| armed.id != id));
        id.is_none() || inner.armed.len() < before
    }

    /// The latency of the call.
    pub(crate) fn latency(&self, rpc: &str) -> Option<Duration> {
        self.find_and_consume(rpc, |kind| match kind {
            Kind::Latency(time) => Some(*time),
            _ => None,
        })
    }

    /// The rate limits in effect. They are never used up.
    pub(crate) fn rate_limits(&self, rpc: &str) -> Option<Limits> {
        let limits = |kind: &Kind| match kind {
            Kind::RateLimits(limits) => Some(*limits),
            _ => None,
        };
        self.inner().find(rpc, limits).map(|(_, limits)| limits)
    }

    /// The error that the call fails with instead of running.
    pub(crate) fn injected_error(&self, rpc: &str) -> Option<Status> {
        self.find_and_consume(rpc, |kind| match kind {
            Kind::Unavailable => Some(Status::unavailable("injected fault: unavailable")),
            Kind::ResourceExhausted { retry_after } => {
                Some(status::resource_exhausted("injected fault: resource exhausted", *retry_after))
            }
            _ => None,
        })
    }

    /// The failure of the operation that a write starts, with the id of the fault, to be consumed once it was applied.
    pub(crate) fn planned_failure(&self, rpc: &str) -> Option<(u64, PlannedFailure)> {
        let planned_failure = |state, reason: &String| Some(PlannedFailure { state, reason: reason.clone() });
        self.inner().find(rpc, |kind| match kind {
            Kind::OperationFails { reason } => planned_failure(OperationState::Failed, reason),
            Kind::OperationRejected { reason } => planned_failure(OperationState::Rejected, reason),
            _ => None,
        })
    }

    /// Counts one application of a fault.
    pub(crate) fn consume(&self, id: u64) {
        self.inner().consume(id);
    }

    /// Whether the connection is closed instead of responding to a write.
    pub(crate) fn drops_connection(&self, rpc: &str) -> bool {
        self.find_and_consume(rpc, |kind| matches!(kind, Kind::DropAfterCommit).then_some(())).is_some()
    }

    /// The unknown fields and values to add to the response.
    pub(crate) fn newer_api(&self, rpc: &str) -> NewerApi {
        NewerApi {
            fields: self
                .find_and_consume(rpc, |kind| matches!(kind, Kind::UnknownFields).then_some(()))
                .is_some(),
            enums: self
                .find_and_consume(rpc, |kind| matches!(kind, Kind::UnknownEnums).then_some(()))
                .is_some(),
        }
    }

    /// Delays the permissions that the current call has granted.
    pub(crate) fn delay_new_permissions(&self, rpc: &str, state: &State) {
        let delay = |kind: &Kind| match kind {
            Kind::PermissionDelay(delay) => Some(*delay),
            _ => None,
        };
        let mut inner = self.inner();
        let Some((id, delay)) = inner.find(rpc, delay) else { return };
        let until = state.clock.now() + delay;
        let grants = state.principals.new_grants();
        if !grants.is_empty() {
            inner.consume(id);
        }
        inner.delayed.extend(grants.into_iter().map(|(principal, namespace, before)| DelayedPermission {
            principal,
            namespace,
            before,
            until,
        }));
    }

    /// Removes delayed permissions from a caller.
    pub(crate) fn remove_delayed(&self, caller: &mut Caller, now: SystemTime) {
        let mut inner = self.inner();
        inner.delayed.retain(|held| held.until > now);
        for held in inner.delayed.iter().rev().filter(|held| held.principal == caller.id) {
            match held.before {
                Some(before) => drop(caller.rights.namespaces.insert(held.namespace.clone(), before)),
                None => drop(caller.rights.namespaces.remove(&held.namespace)),
            }
        }
    }

    fn find_and_consume<T>(&self, rpc: &str, what: impl Fn(&Kind) -> Option<T>) -> Option<T> {
        let mut inner = self.inner();
        let (id, found) = inner.find(rpc, what)?;
        inner.consume(id);
        Some(found)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn arm(&mut self, fault: Fault) -> Armed {
        self.last += 1;
        let armed = Armed { id: self.last, left: fault.times, fault };
        self.armed.push(armed.clone());
        armed
    }

    fn find<T>(&self, rpc: &str, what: impl Fn(&Kind) -> Option<T>) -> Option<(u64, T)> {
        let here = |armed: &&Armed| armed.fault.method.as_ref().is_none_or(|method| method == rpc);
        self.armed.iter().filter(here).find_map(|armed| Some((armed.id, what(&armed.fault.kind)?)))
    }

    fn consume(&mut self, id: u64) {
        let Some(armed) = self.armed.iter_mut().find(|armed| armed.id == id) else { return };
        if let Some(left) = &mut armed.left {
            *left = left.saturating_sub(1);
        }
        self.armed.retain(|armed| armed.left != Some(0));
    }
}
