//! The Endpoints as this process sees them: one listing for all who read, an eye on what we write ourselves, and one
//! writer at a time to each.
//!
//! The listing serves reads and plans. What a write is checked against is read anew, always.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use registry::{RegisteredEndpoint, Registry, RegistryError};
use schema::name::EndpointName;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::local_writes::Ours;
use crate::account::cached::Cached;

/// A listing that is older is asked for again: refreshing thousands of objects takes a while.
const FRESH: Duration = Duration::from_secs(60);

/// The Endpoints of an account.
pub(crate) struct Endpoints {
    registry: Registry,
    listing: Cached<Listing>,
    writes: Mutex<Writes>,
}

/// Every Endpoint, as it was at one time.
struct Listing {
    by_id: BTreeMap<String, Arc<RegisteredEndpoint>>,
    names: BTreeSet<String>,
    asked: Instant,
    /// How many writes of ours had begun or ended when it was asked for.
    after: u64,
}

/// What we have written in this process.
#[derive(Default)]
struct Writes {
    count: u64,
    by_id: BTreeMap<String, Written>,
}

#[derive(Default)]
struct Written {
    /// The number of the last write; listings that were asked for before it do not count for this Endpoint.
    last: u64,
    callers: Ours,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Endpoints {
    /// The Endpoints behind a registry; nothing is asked yet.
    pub(crate) fn new(registry: Registry) -> Self {
        Self { registry, listing: Cached::default(), writes: Mutex::default() }
    }

    /// The Endpoint of an id, by the listing that all reads share. What it lacks, or what we have written to since, is
    /// asked for alone.
    pub(crate) async fn get(&self, id: &str) -> Result<Option<Arc<RegisteredEndpoint>>, RegistryError> {
        let listing = self.listing().await?;
        match listing.by_id.get(id).filter(|_| !self.written_after(id, listing.after)) {
            Some(found) => Ok(Some(Arc::clone(found))),
            None => Ok(self.registry.endpoint(id).await?.map(Arc::new)),
        }
    }

    /// Whether the listing has an Endpoint of this name.
    pub(crate) async fn has_name(&self, name: &EndpointName) -> Result<bool, RegistryError> {
        Ok(self.listing().await?.names.contains(name.as_str()))
    }

    /// Waits for our turn to write to an Endpoint: of those who write to one in the same process, each would only find that
    /// the other moved its version.
    pub(crate) async fn writer(&self, id: &str) -> Writer<'_> {
        let turn = Arc::clone(&self.writes().by_id.entry(id.to_owned()).or_default().turn);
        let turn = turn.lock_owned().await;
        self.note_write(id);
        Writer { endpoints: self, id: id.to_owned(), _turn: turn }
    }

    /// Remembers that an Endpoint is not what a listing until now says.
    pub(crate) fn note_write(&self, id: &str) {
        let mut writes = self.writes();
        writes.count += 1;
        let last = writes.count;
        writes.by_id.entry(id.to_owned()).or_default().last = last;
    }

    /// The allowlist that an Endpoint would have if we had written nothing.
    pub(crate) fn callers_before_ours(&self, found: &RegisteredEndpoint) -> BTreeSet<String> {
        let writes = self.writes();
        let callers = found.callers();
        writes
            .by_id
            .get(found.id())
            .map_or_else(|| callers.clone(), |written| written.callers.undone(&callers))
    }

    async fn listing(&self) -> Result<Arc<Listing>, RegistryError> {
        self.listing.unless(|listing| listing.asked.elapsed() > FRESH, self.list()).await
    }

    /// A registry that does not list its Endpoints for us just leaves each to be asked for.
    async fn list(&self) -> Result<Listing, RegistryError> {
        let (asked, after) = (Instant::now(), self.writes().count);
        let all = match self.registry.endpoints().await {
            Err(error) if error.is_permission_denied() => Vec::new(),
            all => all?,
        };
        let names = all.iter().map(|found| found.name().to_owned()).collect();
        let by_id = all.into_iter().map(|found| (found.id().to_owned(), Arc::new(found))).collect();
        Ok(Listing { by_id, names, asked, after })
    }

    fn written_after(&self, id: &str, count: u64) -> bool {
        self.writes().by_id.get(id).is_some_and(|written| written.last > count)
    }

    fn writes(&self) -> MutexGuard<'_, Writes> {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn to write to one Endpoint; it ends when this is dropped.
pub(crate) struct Writer<'a> {
    endpoints: &'a Endpoints,
    id: String,
    _turn: OwnedMutexGuard<()>,
}

impl Writer<'_> {
    /// The allowlist to expect where a plan saw `planned_on`: with what this process did to it since.
    pub(crate) fn expected(&self, planned_on: &BTreeSet<String>) -> BTreeSet<String> {
        let writes = self.endpoints.writes();
        writes.by_id.get(&self.id).map_or_else(|| planned_on.clone(), |it| it.callers.done(planned_on))
    }

    /// Remembers what we did to the allowlist.
    pub(crate) fn wrote(&self, from: &BTreeSet<String>, to: &BTreeSet<String>) {
        let mut writes = self.endpoints.writes();
        writes.by_id.entry(self.id.clone()).or_default().callers.record(from, to);
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        self.endpoints.note_write(&self.id);
    }
}
