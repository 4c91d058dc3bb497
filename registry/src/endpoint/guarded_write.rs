//! Writes that heed what their plan was made on: they wait for the write that is going on, refuse when a managed
//! attribute was changed, and otherwise follow the version as often as others move it.

use crate::client::Registry;
use crate::endpoint::RegisteredEndpoint;
use crate::endpoint::change::EndpointChange;
use crate::endpoint::expectation::{Conflict, Expectation};
use crate::error::RegistryError;
use crate::operation::{Operation, OperationError};
use std::future::{Future, pending};
use thiserror::Error;
use tokio::time::Instant;

/// Pauses after a lost race do not double any further: the operation that won it is awaited anyway.
pub(crate) const DOUBLINGS: u32 = 2;

/// Why a guarded write was not sent, or not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WriteRefused {
    /// The Endpoint does not exist any more.
    #[error("endpoint `{0}` does not exist any more")]
    Gone(String),
    /// A managed attribute is not what the plan was made on. Nothing was sent.
    #[error("endpoint `{id}` was changed by somebody else: {conflict}")]
    Conflict {
        /// The Endpoint's id.
        id: String,
        /// The attribute and its values.
        conflict: Conflict,
    },
    /// Another write did not end in time. Nothing was sent.
    #[error("endpoint `{id}` is still being changed: {source}")]
    Busy {
        /// The Endpoint's id.
        id: String,
        /// What was awaited.
        source: Box<OperationError>,
    },
    /// The registry refused it, or a call failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// The Endpoint that a write is for. One that was read just now is not read again for the first attempt.
#[derive(Clone, Debug)]
pub enum EndpointRef {
    /// By its id.
    Id(String),
    /// As it is.
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

impl Registry {
    /// Changes an Endpoint as long as it is what the plan was made on. `None` when nothing is to be changed any more.
    /// The write carries `operation_id` with a digest of the version that it is for: sent again it is recognised, and a
    /// plan that is applied again after somebody undid it is not taken for its first application.
    ///
    /// # Errors
    /// When nothing was changed, and why.
    pub async fn update_endpoint_guarded(
        &self,
        subject: impl Into<EndpointRef>,
        expected: &Expectation,
        change: &EndpointChange,
        operation_id: &str,
    ) -> Result<Option<Operation>, WriteRefused> {
        self.guarded(subject.into(), expected, &Write::Update(change), operation_id).await
    }

    /// Deletes an Endpoint as long as it is what the plan was made on. For `operation_id` see the update.
    ///
    /// # Errors
    /// When nothing was deleted, and why; [`WriteRefused::Gone`] when somebody else deleted it.
    pub async fn delete_endpoint_guarded(
        &self,
        subject: impl Into<EndpointRef>,
        expected: &Expectation,
        operation_id: &str,
    ) -> Result<Operation, WriteRefused> {
        let subject = subject.into();
        let id = subject.id().to_owned();
        let sent = self.guarded(subject, expected, &Write::Delete, operation_id).await?;
        sent.ok_or(WriteRefused::Gone(id))
    }

    async fn guarded(
        &self,
        subject: EndpointRef,
        expected: &Expectation,
        write: &Write<'_>,
        operation_id: &str,
    ) -> Result<Option<Operation>, WriteRefused> {
        let id = &subject.id().to_owned();
        let mut just_read = subject.read();
        let mut outdated: Option<(String, RegistryError)> = None;
        let mut attempt = 0;
        let give_up = Instant::now() + self.retry_policy().contention_timeout;
        loop {
            attempt += 1;
            let Settled { read, waited } = self.settled_endpoint(id, just_read.take()).await?;
            // A version that moved, or a write that was in front, explains the refusal, and each of them is somebody's
            // progress: however many write at once, all of them get their turn.
            let unmoved = |(sent, _): &(String, _)| sent == read.resource_version() && !waited;
            if let Some((_, error)) = outdated.take().filter(unmoved) {
                return Err(error.into());
            }
            if let Some(conflict) = write.conflict(expected, &read) {
                return Err(WriteRefused::Conflict { id: id.to_owned(), conflict });
            }
            match self.write_once(&read, write, &for_version(operation_id, read.resource_version())).await {
                Err(error) if error.problem().may_be_outdated() && Instant::now() < give_up => {
                    tokio::time::sleep(self.retry_policy().jittered(attempt.min(DOUBLINGS))).await;
                    outdated = Some((read.resource_version().to_owned(), error));
                }
                Err(error) if error.is_not_found() => return Err(self.not_found(id, error).await),
                sent => return Ok(sent?),
            }
        }
    }

    /// What was not found: the Endpoint itself, or the Namespace that it was to be retargeted to.
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

    async fn settled_endpoint(
        &self,
        id: &str,
        just_read: Option<RegisteredEndpoint>,
    ) -> Result<Settled<RegisteredEndpoint>, WriteRefused> {
        let gone = || WriteRefused::Gone(id.to_owned());
        let read = || async move { self.endpoint(id).await?.ok_or_else(gone) };
        let busy = |source| WriteRefused::Busy { id: id.to_owned(), source };
        self.settled(just_read, read, going_on, busy).await
    }

    /// What `read` gives once no write to it is `going_on`, by its operation's id. How another's write ends is not our affair.
    /// Who waited for one may find the next one going on: others wait for the same. An operation that has ended is not awaited
    /// again, should what is read not show it yet. One that does not end in time is what `busy` is for.
    pub(crate) async fn settled<T, E: From<RegistryError>, F: Future<Output = Result<T, E>>>(
        &self,
        mut just_read: Option<T>,
        read: impl Fn() -> F,
        going_on: fn(&T) -> Option<&str>,
        busy: impl Fn(Box<OperationError>) -> E,
    ) -> Result<Settled<T>, E> {
        let (limit, started) = (self.retry_policy().contention_timeout, Instant::now());
        let mut ended: Option<String> = None;
        loop {
            let now = match just_read.take() {
                Some(now) => now,
                None => read().await?,
            };
            let Some(operation) = going_on(&now).filter(|id| Some(*id) != ended.as_deref()) else {
                return Ok(Settled { read: now, waited: ended.is_some() });
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

fn going_on(read: &RegisteredEndpoint) -> Option<&str> {
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

/// What nobody was writing to when it was read.
pub(crate) struct Settled<T> {
    pub(crate) read: T,
    /// Whether another's write was awaited first.
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

/// The id of the write to one version: the same for a repetition, another once the version has moved. A digest keeps it
/// short (FNV-1a: it must only differ, not resist anybody).
pub(crate) fn for_version(operation_id: &str, version: &str) -> String {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    format!("{operation_id}-{:08x}", version.bytes().fold(0x811c_9dc5, mix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_its_own_operation_id() {
        assert_eq!(for_version("op", "a"), "op-e40c292c");
        assert_ne!(for_version("op", "1"), for_version("op", "2"));
    }
}
