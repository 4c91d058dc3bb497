//! What all objects have in common: a version, a state, and the operation in progress.

use crate::api::{ResourceState, Timestamp};
use crate::entities::id;
use crate::settings::Settings;
use crate::status;
use tonic::Status;

/// An object of the registry, with the data of its kind in `content`.
#[derive(Clone, Debug)]
pub(crate) struct Resource<C> {
    pub(crate) content: C,
    pub(crate) version: String,
    pub(crate) state: ResourceState,
    /// The operation in progress; empty when there is none.
    pub(crate) operation: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Option<Timestamp>,
}

impl<C> Resource<C> {
    /// An object of the seed.
    pub(crate) fn seeded(content: C, created: Timestamp) -> Self {
        Self {
            content,
            version: id::random(),
            state: ResourceState::Active,
            operation: String::new(),
            created,
            modified: None,
        }
    }

    /// An object that `operation` creates.
    pub(crate) fn created_by(operation: &str, content: C, now: Timestamp) -> Self {
        let state = ResourceState::Activating;
        Self { state, operation: operation.to_owned(), ..Self::seeded(content, now) }
    }

    /// Replaces the content, with a new version, by `operation`.
    pub(crate) fn update(&mut self, operation: &str, content: C, now: Timestamp) {
        self.touch(content, now);
        self.state = ResourceState::Updating;
        operation.clone_into(&mut self.operation);
    }

    /// Replaces the content without a new version, by `operation`.
    pub(crate) fn amend(&mut self, operation: &str, content: C, now: Timestamp) {
        self.content = content;
        self.modified = Some(now);
        self.state = ResourceState::Updating;
        operation.clone_into(&mut self.operation);
    }

    /// Replaces the content without an operation.
    pub(crate) fn touch(&mut self, content: C, now: Timestamp) {
        self.content = content;
        self.version = id::random();
        self.modified = Some(now);
    }

    /// Marks the object as being deleted by `operation`.
    pub(crate) fn delete(&mut self, operation: &str) {
        self.state = ResourceState::Deleting;
        operation.clone_into(&mut self.operation);
    }

    /// Ends the operation in progress.
    pub(crate) fn end_operation(&mut self) {
        self.state = ResourceState::Active;
        self.operation.clear();
    }

    /// Sets the state, and the operation in progress.
    pub(crate) fn mark(&mut self, state: ResourceState, operation: &str) {
        self.state = state;
        operation.clone_into(&mut self.operation);
    }

    /// Whether it is being deleted, so that new references to it are refused.
    pub(crate) fn is_deleting(&self) -> bool {
        self.state == ResourceState::Deleting
    }

    /// Refuses a write while another is in progress, or with an outdated version.
    pub(crate) fn accept_write(&self, version: &str, settings: &Settings) -> Result<(), Status> {
        if version.is_empty() {
            return Err(status::bad_request("`resource_version` is required"));
        }
        self.idle()?;
        if version != self.version {
            let message = format!("resource version `{version}` is not the current one, `{}`", self.version);
            return Err(status::with_code(settings.stale_version, message));
        }
        Ok(())
    }

    /// Refuses a write while another is in progress.
    pub(crate) fn idle(&self) -> Result<(), Status> {
        if self.operation.is_empty() {
            return Ok(());
        }
        let message = format!("operation `{}` is still in progress", self.operation);
        Err(status::failed_precondition(message))
    }
}
