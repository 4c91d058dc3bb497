//! The faults in force, and what each stage of a call asks them.

pub(crate) mod duration;
pub(crate) mod fault;
pub(crate) mod newer;
pub(crate) mod rate;

use crate::api::operation::async_operation::State as OperationState;
use crate::caller::Caller;
use crate::faults::fault::{Fault, Kind, Limits};
use crate::faults::newer::Novelties;
use crate::operations::Doom;
use crate::refusal;
use crate::state::State;
use schema::access::NamespacePermission;
use schema::name::NamespaceId;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tonic::Status;

/// Faults that strike until they are used up or taken back.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    armed: Vec<Armed>,
    last: u64,
    held_back: Vec<HeldBack>,
}

/// A fault in force.
#[derive(Clone, Debug)]
pub(crate) struct Armed {
    pub(crate) id: u64,
    pub(crate) fault: Fault,
    /// How often it strikes yet; always, where there is no number.
    pub(crate) left: Option<u64>,
}

/// A permission that was granted and does not count yet.
#[derive(Debug)]
struct HeldBack {
    principal: String,
    namespace: NamespaceId,
    /// What it held before.
    before: Option<NamespacePermission>,
    until: SystemTime,
}

impl Faults {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        let mut inner = Inner::default();
        faults.into_iter().for_each(|fault| drop(inner.arm(fault)));
        Self(Mutex::new(inner))
    }

    /// Brings a fault into force.
    pub(crate) fn arm(&self, fault: Fault) -> Armed {
        self.inner().arm(fault)
    }

    /// Every fault in force.
    pub(crate) fn armed(&self) -> Vec<Armed> {
        self.inner().armed.clone()
    }

    /// Takes one back, or all; false when there is none of this id.
    pub(crate) fn disarm(&self, id: Option<u64>) -> bool {
        let mut inner = self.inner();
        let before = inner.armed.len();
        inner.armed.retain(|armed| id.is_some_and(|id| armed.id != id));
        id.is_none() || inner.armed.len() < before
    }

    /// How long the call waits.
    pub(crate) fn latency(&self, rpc: &str) -> Option<Duration> {
        self.strike(rpc, |kind| match kind {
            Kind::Latency(time) => Some(*time),
            _ => None,
        })
    }

    /// The limits in force. They are not used up.
    pub(crate) fn rate_limits(&self, rpc: &str) -> Option<Limits> {
        let limits = |kind: &Kind| match kind {
            Kind::RateLimits(limits) => Some(*limits),
            _ => None,
        };
        self.inner().find(rpc, limits).map(|(_, limits)| limits)
    }

    /// What the call is refused with instead of running.
    pub(crate) fn refusal(&self, rpc: &str) -> Option<Status> {
        self.strike(rpc, |kind| match kind {
            Kind::Unavailable => Some(Status::unavailable("injected fault: unavailable")),
            Kind::ResourceExhausted { retry_after } => {
                Some(refusal::throttled("injected fault: resource exhausted", *retry_after))
            }
            _ => None,
        })
    }

    /// How the operation of a write ends, with the id of the fault, which is spent when a write has taken it.
    pub(crate) fn doom(&self, rpc: &str) -> Option<(u64, Doom)> {
        let doom = |state, reason: &String| Some(Doom { state, reason: reason.clone() });
        self.inner().find(rpc, |kind| match kind {
            Kind::OperationFails { reason } => doom(OperationState::Failed, reason),
            Kind::OperationRejected { reason } => doom(OperationState::Rejected, reason),
            _ => None,
        })
    }

    /// Counts a fault that has struck.
    pub(crate) fn spend(&self, id: u64) {
        self.inner().spend(id);
    }

    /// Whether the connection ends in place of the answer to a write.
    pub(crate) fn drops(&self, rpc: &str) -> bool {
        self.strike(rpc, |kind| matches!(kind, Kind::DropAfterCommit).then_some(())).is_some()
    }

    /// What the answer has that today's API does not know.
    pub(crate) fn novelties(&self, rpc: &str) -> Novelties {
        Novelties {
            fields: self.strike(rpc, |kind| matches!(kind, Kind::UnknownFields).then_some(())).is_some(),
            enums: self.strike(rpc, |kind| matches!(kind, Kind::UnknownEnums).then_some(())).is_some(),
        }
    }

    /// Looks for permissions that the call in progress has granted, and holds them back.
    pub(crate) fn granted(&self, rpc: &str, state: &State) {
        let delay = |kind: &Kind| match kind {
            Kind::PermissionDelay(delay) => Some(*delay),
            _ => None,
        };
        let mut inner = self.inner();
        let Some((id, delay)) = inner.find(rpc, delay) else { return };
        let until = state.clock.now() + delay;
        let grants = state.principals.fresh_grants();
        if !grants.is_empty() {
            inner.spend(id);
        }
        inner.held_back.extend(grants.into_iter().map(|(principal, namespace, before)| HeldBack {
            principal,
            namespace,
            before,
            until,
        }));
    }

    /// Takes from a caller what it was granted and does not count yet.
    pub(crate) fn hold_back(&self, caller: &mut Caller, now: SystemTime) {
        let mut inner = self.inner();
        inner.held_back.retain(|held| held.until > now);
        for held in inner.held_back.iter().rev().filter(|held| held.principal == caller.id) {
            match held.before {
                Some(before) => drop(caller.rights.namespaces.insert(held.namespace.clone(), before)),
                None => drop(caller.rights.namespaces.remove(&held.namespace)),
            }
        }
    }

    fn strike<T>(&self, rpc: &str, what: impl Fn(&Kind) -> Option<T>) -> Option<T> {
        let mut inner = self.inner();
        let (id, found) = inner.find(rpc, what)?;
        inner.spend(id);
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

    fn spend(&mut self, id: u64) {
        let Some(armed) = self.armed.iter_mut().find(|armed| armed.id == id) else { return };
        if let Some(left) = &mut armed.left {
            *left = left.saturating_sub(1);
        }
        self.armed.retain(|armed| armed.left != Some(0));
    }
}
