//! Writes that check what their plan was made on: they wait for the operation in progress, refuse when a managed attribute
//! was changed, and otherwise retry with the current version as often as other writers change it.

use crate::client::Registry;
use crate::endpoint::RegisteredEndpoint;
use crate::endpoint::change::{EndpointChange, Expectation};
use crate::endpoint::conflict::Conflict;
use crate::error::RegistryError;
use crate::operation::{Operation, OperationError};
use std::future::{Future, pending};
use thiserror::Error;
use tokio::time::Instant;

/// How often the pause after a version conflict doubles: the operation that caused the conflict is awaited anyway.
pub(crate) const MAX_DOUBLINGS: u32 = 2;

/// Why a guarded write was not sent or not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WriteRefused {
    /// The Endpoint no longer exists.
    #[error("endpoint `{0}` no longer exists")]
    Gone(String),
    /// A managed attribute is not what the plan was made on. Nothing was sent.
    #[error("endpoint `{id}` was changed after the plan was made: {conflict}")]
    Conflict {
        /// The Endpoint's id.
        id: String,
        /// The attribute and its values.
        conflict: Conflict,
    },
    /// Another operation did not end in time. Nothing was sent.
    #[error("another operation is still changing endpoint `{id}`: {source}")]
    Busy {
        /// The Endpoint's id.
        id: String,
        /// The operation that was awaited.
        source: Box<OperationError>,
    },
    /// The registry refused it, or a call failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// The Endpoint that a write is for. One that was just read is not read again for the first attempt.
#[derive(Clone, Debug)]
pub enum EndpointRef {
    /// By its id.
    Id(String),
    /// As it was just read.
    Read(Box<RegisteredEndpoint>),
}

impl<T: AsRef<str> + ?Sized> From<&T> for EndpointRef {
    fn from(id: &T) -> Self {
        Self::Id(id.as_ref().to_owned())
    }
}

impl From<RegisteredEndpoint> for EndpointRef {
    fn from(read: RegisteredEndpoint) -> Self {
        Self::Read(Box::new(read))
    }
}

/// The operation ids of a write that is sent again whenever another writer was faster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteId {
    /// An id for each version: a write that is repeated after its change was undone is not taken for the first one.
    PerVersion(String),
    /// This id, and one for each version only after another writer was faster: [`Registry::find_operation`] tells later
    /// whether the write was carried out.
    Exact(String),
}

impl<T: AsRef<str> + ?Sized> From<&T> for WriteId {
    fn from(id: &T) -> Self {
        Self::PerVersion(id.as_ref().to_owned())
    }
}

impl WriteId {
    /// The id of an attempt, counted from 1, to write to a version.
    pub(crate) fn of(&self, attempt: u32, version: &str) -> String {
        match self {
            Self::Exact(id) if attempt == 1 => id.clone(),
            Self::Exact(id) | Self::PerVersion(id) => operation_id_for_version(id, version),
        }
    }
}

impl Registry {
    /// Changes an Endpoint if its managed attributes are what the plan was made on. `None` when there is nothing left to
    /// change. The write carries `operation_id`, by default with a digest of the version that it is for: a retry is recognised,
    /// and a plan that is applied a second time, after its change was undone, is not taken for the first application.
    ///
    /// # Errors
    /// When nothing was changed, and why.
    pub async fn update_endpoint_guarded(
        &self,
        subject: impl Into<EndpointRef>,
        expected: &Expectation,
        change: &EndpointChange,
        operation_id: impl Into<WriteId>,
    ) -> Result<Option<Operation>, WriteRefused> {
        self.guarded(subject.into(), expected, &Write::Update(change), &operation_id.into()).await
    }

    /// Deletes an Endpoint if its managed attributes are what the plan was made on. For `operation_id` see the update.
    ///
    /// # Errors
    /// When nothing was deleted, and why; [`WriteRefused::Gone`] when it no longer exists.
    pub async fn delete_endpoint_guarded(
        &self,
        subject: impl Into<EndpointRef>,
        expected: &Expectation,
        operation_id: impl Into<WriteId>,
    ) -> Result<Operation, WriteRefused> {
        let subject = subject.into();
        let id = subject.id().to_owned();
        let sent = self.guarded(subject, expected, &Write::Delete, &operation_id.into()).await?;
        sent.ok_or(WriteRefused::Gone(id))
    }

    async fn guarded(
        &self,
        subject: EndpointRef,
        expected: &Expectation,
        write: &Write<'_>,
        operation_id: &WriteId,
    ) -> Result<Option<Operation>, WriteRefused> {
        let id = &subject.id().to_owned();
        let mut just_read = subject.read();
        let mut outdated: Option<(String, RegistryError)> = None;
        let mut attempt = 0;
        let deadline = Instant::now() + self.retry_policy().contention_timeout;
        loop {
            attempt += 1;
            let Idle { read, waited } = self.idle_endpoint(id, just_read.take()).await?;
            // A newer version, or an operation that was awaited, explains the refusal: another writer made progress. However
            // many write at once, each of them succeeds eventually.
            let is_unexplained = |(sent, _): &(String, _)| sent == read.resource_version() && !waited;
            if let Some((_, error)) = outdated.take().filter(is_unexplained) {
                return Err(error.into());
            }
            if let Some(conflict) = write.conflict(expected, &read) {
                return Err(WriteRefused::Conflict { id: id.to_owned(), conflict });
            }
            let operation_id = operation_id.of(attempt, read.resource_version());
            match self.write_once(&read, write, &operation_id).await {
                Err(error) if error.problem().may_be_outdated() && Instant::now() < deadline => {
                    tokio::time::sleep(self.retry_policy().backoff(attempt.min(MAX_DOUBLINGS))).await;
                    outdated = Some((read.resource_version().to_owned(), error));
                }
                Err(error) if error.is_not_found() => return Err(self.not_found(id, error).await),
                sent => return Ok(sent?),
            }
        }
    }

    /// Whether the Endpoint itself was not found, or the Namespace of its new target.
    async fn not_found(&self, id: &str, error: RegistryError) -> WriteRefused {
        match self.endpoint(id).await {
            Ok(None) => WriteRefused::Gone(id.to_owned()),
            _ => error.into(),
        }
    }

    async fn write_once(
        &self,
        read: &RegisteredEndpoint,
        write: &Write<'_>,
        operation_id: &str,
    ) -> Result<Option<Operation>, RegistryError> {
        match write {
            Write::Update(change) => self.update_endpoint(read, change, operation_id).await,
            Write::Delete => self.delete_endpoint(read.id(), read.resource_version(), operation_id).await,
        }
    }

    async fn idle_endpoint(
        &self,
        id: &str,
        just_read: Option<RegisteredEndpoint>,
    ) -> Result<Idle<RegisteredEndpoint>, WriteRefused> {
        let gone = || WriteRefused::Gone(id.to_owned());
        let read = || async move { self.endpoint(id).await?.ok_or_else(gone) };
        let busy = |source| WriteRefused::Busy { id: id.to_owned(), source };
        self.wait_until_idle(just_read, read, operation_in_progress, busy).await
    }

    /// Reads an object until no operation on it is in progress, and returns it. `in_progress` gives the id of that operation,
    /// and its outcome does not matter. After one operation the next may be in progress, as several writers may wait for the
    /// same one. An operation that has ended is not awaited again if the object still names it. `busy` makes the error for one
    /// that does not end in time.
    pub(crate) async fn wait_until_idle<T, E: From<RegistryError>, F: Future<Output = Result<T, E>>>(
        &self,
        mut just_read: Option<T>,
        read: impl Fn() -> F,
        in_progress: fn(&T) -> Option<&str>,
        busy: impl Fn(Box<OperationError>) -> E,
    ) -> Result<Idle<T>, E> {
        let (limit, started) = (self.retry_policy().contention_timeout, Instant::now());
        let mut ended: Option<String> = None;
        loop {
            let now = match just_read.take() {
                Some(now) => now,
                None => read().await?,
            };
            let Some(operation) = in_progress(&now).filter(|id| Some(*id) != ended.as_deref()) else {
                return Ok(Idle { read: now, waited: ended.is_some() });
            };
            let operation = self.operation(operation).await?;
            ended = Some(operation.id.clone());
            match self.await_operation(operation, limit.saturating_sub(started.elapsed()), pending()).await {
                Ok(()) | Err(OperationError::Failed { .. }) => {}
                Err(source) => return Err(busy(Box::new(source))),
            }
        }
    }
}

fn operation_in_progress(read: &RegisteredEndpoint) -> Option<&str> {
    read.operation_id().filter(|_| read.state().is_in_progress())
}

impl EndpointRef {
    fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Read(read) => read.id(),
        }
    }

    fn read(self) -> Option<RegisteredEndpoint> {
        match self {
            Self::Id(_) => None,
            Self::Read(read) => Some(*read),
        }
    }
}

/// An object with no operation in progress when it was read.
pub(crate) struct Idle<T> {
    pub(crate) read: T,
    /// Whether an operation was awaited first.
    pub(crate) waited: bool,
}

/// The two writes on an Endpoint that exists.
enum Write<'a> {
    Update(&'a EndpointChange),
    Delete,
}

impl Write<'_> {
    fn conflict(&self, expected: &Expectation, now: &RegisteredEndpoint) -> Option<Conflict> {
        match self {
            Self::Update(change) => expected.conflict(now, change),
            Self::Delete => expected.conflict(now, &EndpointChange::default()),
        }
    }
}

/// The operation id of a write to one version: the same for a retry, another for another version. A digest of the version
/// keeps it short (FNV-1a: collision resistance is not needed).
fn operation_id_for_version(operation_id: &str, version: &str) -> String {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    format!("{operation_id}-{:08x}", version.bytes().fold(0x811c_9dc5, mix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_its_own_operation_id() {
        assert_eq!(operation_id_for_version("op", "a"), "op-e40c292c");
        assert_ne!(operation_id_for_version("op", "1"), operation_id_for_version("op", "2"));
    }

    #[test]
    fn an_exact_id_is_that_of_the_first_attempt_only() {
        let exact = WriteId::Exact("op".to_owned());
        assert_eq!((exact.of(1, "a"), exact.of(2, "a")), ("op".to_owned(), "op-e40c292c".to_owned()));
        assert_eq!(WriteId::from("op").of(1, "a"), "op-e40c292c");
    }
}
