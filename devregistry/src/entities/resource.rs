//! What Namespaces, Endpoints and principals have in common: a version, a state, and the operation that changes them.

use crate::api::{ResourceState, Timestamp};
use crate::entities::id;
use crate::refusal;
use crate::settings::Settings;
use tonic::Status;

/// One thing in the registry, with what is its own in `content`.
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
    /// One that has always been there.
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

    /// One that `operation` is creating.
    pub(crate) fn created_by(operation: &str, content: C, now: Timestamp) -> Self {
        let state = ResourceState::Activating;
        Self { state, operation: operation.to_owned(), ..Self::seeded(content, now) }
    }

    /// Takes new content, which is visible at once, while `operation` brings it into effect.
    pub(crate) fn update(&mut self, operation: &str, content: C, now: Timestamp) {
        self.touch(content, now);
        self.state = ResourceState::Updating;
        operation.clone_into(&mut self.operation);
    }

    /// Takes new content that leaves the specification's version as it is, while `operation` brings it into effect.
    pub(crate) fn amend(&mut self, operation: &str, content: C, now: Timestamp) {
        self.content = content;
        self.modified = Some(now);
        self.state = ResourceState::Updating;
        operation.clone_into(&mut self.operation);
    }

    /// Takes new content without an operation.
    pub(crate) fn touch(&mut self, content: C, now: Timestamp) {
        self.content = content;
        self.version = id::random();
        self.modified = Some(now);
    }

    /// Is being removed by `operation`.
    pub(crate) fn delete(&mut self, operation: &str) {
        self.state = ResourceState::Deleting;
        operation.clone_into(&mut self.operation);
    }

    /// The operation in progress is over.
    pub(crate) fn settle(&mut self) {
        self.state = ResourceState::Active;
        self.operation.clear();
    }

    /// Is in a state, by an operation or by none.
    pub(crate) fn mark(&mut self, state: ResourceState, operation: &str) {
        self.state = state;
        operation.clone_into(&mut self.operation);
    }

    /// Whether it is on its way out and counts as gone for whoever would refer to it.
    pub(crate) fn leaving(&self) -> bool {
        self.state == ResourceState::Deleting
    }

    /// Lets a write through that no other is in front of and that was made on the current version.
    pub(crate) fn accept_write(&self, version: &str, settings: &Settings) -> Result<(), Status> {
        if version.is_empty() {
            return Err(refusal::bad_request("`resource_version` is required"));
        }
        self.idle()?;
        if version != self.version {
            let message = format!("resource version `{version}` is not the current one, `{}`", self.version);
            return Err(refusal::refused(settings.stale_version, message));
        }
        Ok(())
    }

    /// Lets a write through that no other is in front of.
    pub(crate) fn idle(&self) -> Result<(), Status> {
        if self.operation.is_empty() {
            return Ok(());
        }
        let message = format!("operation `{}` is still in progress", self.operation);
        Err(refusal::precondition(message))
    }
}
