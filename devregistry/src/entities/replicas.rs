//! The replicas of a Namespace, one of which is active.

use crate::api::namespace::replica::ReplicaState;
use crate::api::namespace::{NamespaceRegionStatus, Replica, namespace_region_status::State};
use crate::entities::id;
use crate::status::bad_request;
use schema::name::NamespaceId;
use schema::region::region;
use std::collections::{BTreeSet, HashMap};
use tonic::Status;

const MAX_REPLICAS: usize = 2;

/// The replicas of a Namespace, in the order of its specification; those that are being removed come last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Replicas(Vec<Replica>);

impl Replicas {
    /// Replicas in these regions, of which the first is active.
    pub(crate) fn new(regions: &[String]) -> Result<Self, Status> {
        check(regions)?;
        let replica = |region: &String| replica(region, ReplicaState::Active);
        let mut replicas: Vec<Replica> = regions.iter().map(replica).collect();
        if let Some(first) = replicas.first_mut() {
            first.is_primary = true;
        }
        Ok(Self(replicas))
    }

    /// Replicas from the state file.
    pub(crate) fn stored(replicas: Vec<Replica>) -> Self {
        Self(replicas)
    }

    /// Replicas for the state file.
    pub(crate) fn to_store(&self) -> Vec<Replica> {
        self.0.clone()
    }

    /// The regions of all replicas that are not being removed.
    pub(crate) fn regions(&self) -> Vec<String> {
        let staying = self.0.iter().filter(|replica| replica.state() != ReplicaState::Removing);
        staying.map(|replica| replica.region.clone()).collect()
    }

    /// The active region.
    pub(crate) fn active(&self) -> &str {
        let active = self.0.iter().find(|replica| replica.is_primary);
        active.map(|replica| replica.region.as_str()).unwrap_or_default()
    }

    /// Changes the replicas to these regions. The active one cannot be removed.
    pub(crate) fn to_regions(&self, regions: &[String]) -> Result<Self, Status> {
        check(regions)?;
        let remains = |region: &str| regions.iter().any(|kept| kept == region);
        if !remains(self.active()) {
            let message = format!("the active region `{}` of a namespace cannot be removed", self.active());
            return Err(bad_request(message));
        }
        let held = |region: &String| self.0.iter().find(|replica| replica.region == *region).cloned();
        let staying = regions.iter().map(|id| held(id).unwrap_or_else(|| replica(id, ReplicaState::Adding)));
        let removed =
            self.0.iter().filter(|replica| !remains(&replica.region)).cloned().map(|mut replica| {
                replica.set_state(ReplicaState::Removing);
                replica
            });
        Ok(Self(staying.chain(removed).collect()))
    }

    /// Makes the replica in another region active.
    pub(crate) fn failed_over(&self, to: &str) -> Result<Self, Status> {
        if self.0.iter().all(|replica| replica.region != to) {
            let message = format!("the namespace has no replica in region `{}`", to.escape_debug());
            return Err(bad_request(message));
        }
        if self.active() == to {
            return Err(bad_request(format!("nothing to change: the namespace is active in region `{to}`")));
        }
        let mut next = self.clone();
        next.0.iter_mut().for_each(|replica| replica.is_primary = replica.region == to);
        Ok(next)
    }

    /// Ends adding and removing replicas.
    pub(crate) fn finish_transitions(&mut self) {
        self.0.retain(|replica| replica.state() != ReplicaState::Removing);
        self.0.iter_mut().for_each(|replica| replica.set_state(ReplicaState::Active));
    }

    /// The messages of the replicas.
    pub(crate) fn messages(&self, id: &NamespaceId) -> Vec<Replica> {
        let shown = |held: &Replica| {
            let id = id::seeded(&["replica", &id.to_string(), &held.region]);
            Replica { id, ..held.clone() }
        };
        self.0.iter().map(shown).collect()
    }

    /// The status of the regions, for clients of older API versions.
    pub(crate) fn statuses(&self) -> HashMap<String, NamespaceRegionStatus> {
        let status = |replica: &Replica| {
            let state = match replica.state() {
                ReplicaState::Adding => State::Adding,
                ReplicaState::Removing => State::Removing,
                _ if replica.is_primary => State::Active,
                _ => State::Passive,
            };
            let status = NamespaceRegionStatus { state: state.into(), ..NamespaceRegionStatus::default() };
            (replica.region.clone(), status)
        };
        self.0.iter().map(status).collect()
    }
}

fn replica(region: &str, state: ReplicaState) -> Replica {
    Replica { region: region.to_owned(), state: state.into(), ..Replica::default() }
}

fn check(regions: &[String]) -> Result<(), Status> {
    if regions.is_empty() {
        return Err(bad_request("`spec.replicas` must name a region"));
    }
    if let Some(unknown) = regions.iter().find(|id| region(id).is_none()) {
        return Err(bad_request(format!("unknown region `{}`", unknown.escape_debug())));
    }
    let distinct: BTreeSet<&String> = regions.iter().collect();
    if distinct.len() < regions.len() || regions.len() > MAX_REPLICAS {
        return Err(bad_request(format!("a namespace is in at most {MAX_REPLICAS} regions, once in each")));
    }
    Ok(())
}
