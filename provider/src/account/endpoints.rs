//! The Endpoints of an account: a cached list for reads and plans, a record of the writes of this process, and a lock for
//! each Endpoint. A write does not use the list; it reads the Endpoint again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use registry::{RegisteredEndpoint, Registry, RegistryError};
use schema::name::EndpointName;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::cached::Cached;
use super::local_writes::LocalWrites;

/// Maximum age of the list. A refresh of thousands of objects takes a while.
const MAX_AGE: Duration = Duration::from_secs(60);

/// The Endpoints of an account.
pub(crate) struct Endpoints {
    registry: Registry,
    listing: Cached<Listing>,
    writes: Mutex<Writes>,
}

/// All Endpoints at one time.
struct Listing {
    by_id: BTreeMap<String, Arc<RegisteredEndpoint>>,
    names: BTreeSet<String>,
    asked: Instant,
    /// The number of writes of this process when it was requested.
    after: u64,
}

/// The writes of this process.
#[derive(Default)]
struct Writes {
    count: u64,
    by_id: BTreeMap<String, Written>,
}

#[derive(Default)]
struct Written {
    /// The number of the last write; lists that were requested before it are outdated for this Endpoint.
    last: u64,
    callers: LocalWrites,
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl Endpoints {
    /// The Endpoints of a registry; nothing is requested yet.
    pub(crate) fn new(registry: Registry) -> Self {
        Self { registry, listing: Cached::default(), writes: Mutex::default() }
    }

    /// The Endpoint with an id, from the list. One that the list lacks, or that this process has written since, is requested by
    /// id.
    pub(crate) async fn get(&self, id: &str) -> Result<Option<Arc<RegisteredEndpoint>>, RegistryError> {
        let listing = self.listing().await?;
        match listing.by_id.get(id).filter(|_| !self.written_after(id, listing.after)) {
            Some(found) => Ok(Some(Arc::clone(found))),
            None => Ok(self.registry.endpoint(id).await?.map(Arc::new)),
        }
    }

    /// Whether the list has an Endpoint with this name.
    pub(crate) async fn has_name(&self, name: &EndpointName) -> Result<bool, RegistryError> {
        Ok(self.listing().await?.names.contains(name.as_str()))
    }

    /// Locks an Endpoint for a write: concurrent writes of one process would only make each other's version outdated.
    pub(crate) async fn writer(&self, id: &str) -> Writer<'_> {
        let lock = Arc::clone(&self.writes().by_id.entry(id.to_owned()).or_default().lock);
        let lock = lock.lock_owned().await;
        self.note_write(id);
        Writer { endpoints: self, id: id.to_owned(), _lock: lock }
    }

    /// Records a write, which makes earlier lists outdated for the Endpoint.
    pub(crate) fn note_write(&self, id: &str) {
        let mut writes = self.writes();
        writes.count += 1;
        let last = writes.count;
        writes.by_id.entry(id.to_owned()).or_default().last = last;
    }

    /// The allowlist of an Endpoint without the changes that this process made.
    pub(crate) fn callers_before_local_writes(&self, found: &RegisteredEndpoint) -> BTreeSet<String> {
        let writes = self.writes();
        let callers = found.callers();
        writes
            .by_id
            .get(found.id())
            .map_or_else(|| callers.clone(), |written| written.callers.revert_from(&callers))
    }

    async fn listing(&self) -> Result<Arc<Listing>, RegistryError> {
        self.listing.get_unless(|listing| listing.asked.elapsed() > MAX_AGE, self.list()).await
    }

    /// Without permission to list Endpoints, the list is empty and each is requested by id.
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

/// A lock for writing to one Endpoint, until it is dropped.
pub(crate) struct Writer<'a> {
    endpoints: &'a Endpoints,
    id: String,
    _lock: OwnedMutexGuard<()>,
}

impl Writer<'_> {
    /// The allowlist to expect if a plan was made on `planned_on`: with the changes that this process made since.
    pub(crate) fn expected(&self, planned_on: &BTreeSet<String>) -> BTreeSet<String> {
        let writes = self.endpoints.writes();
        writes.by_id.get(&self.id).map_or_else(|| planned_on.clone(), |it| it.callers.apply_to(planned_on))
    }

    /// Records a change of the allowlist.
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
