//! The connectivity rules that are attached to a Namespace. The API replaces the whole set, as part of the Namespace's
//! specification: the specification that was read is sent back with only the set patched, so that no other setting is lost.

use crate::client::Registry;
use crate::cloud::namespaces::{attached, registered};
use crate::cloud::request::Request;
use crate::endpoint::ResourceState;
use crate::endpoint::guarded_write::{Idle, MAX_DOUBLINGS, WriteId};
use crate::error::RegistryError;
use crate::json;
use crate::namespace::RegisteredNamespace;
use crate::operation::wait::find_accepted;
use crate::operation::{Operation, OperationError};
use schema::name::NamespaceId;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use thiserror::Error;
use tokio::time::Instant;

const IDS: &str = "connectivityRuleIds";

/// Rules to attach to a Namespace and to detach from it, by id. Others stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttachmentChange {
    /// Rules to attach.
    pub attach: BTreeSet<String>,
    /// Rules to detach.
    pub detach: BTreeSet<String>,
}

/// Why the rules of a Namespace were not changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AttachmentRefused {
    /// Every rule was detached after the plan was made: attaching one would close the Namespace to the internet.
    #[error(
        "namespace `{0}` no longer has a connectivity rule: attaching one now would close it to the internet"
    )]
    WouldLock(NamespaceId),
    /// The other rules were detached after the plan was made: detaching the last one would open the Namespace.
    #[error(
        "namespace `{0}` no longer has another connectivity rule: detaching this one would open it to the internet"
    )]
    WouldOpen(NamespaceId),
    /// Another operation did not end in time. Nothing was sent.
    #[error("another operation is still changing namespace `{id}`: {source}")]
    Busy {
        /// The Namespace.
        id: NamespaceId,
        /// The operation that was awaited.
        source: Box<OperationError>,
    },
    /// The registry refused it, or a call failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl AttachmentChange {
    /// Whether nothing is left to change where these rules are attached.
    #[must_use]
    pub fn is_made(&self, attached: &BTreeSet<String>) -> bool {
        self.applied_to(attached) == *attached
    }

    /// Why the change must not be made where these rules are attached: it would close or open the Namespace, and would not
    /// have done so on `planned_on`.
    #[must_use]
    pub fn refusal(
        &self,
        namespace: &NamespaceId,
        attached: &BTreeSet<String>,
        planned_on: &BTreeSet<String>,
    ) -> Option<AttachmentRefused> {
        self.unplanned_exposure(namespace, attached, planned_on).filter(|_| !self.is_made(attached))
    }

    fn applied_to(&self, attached: &BTreeSet<String>) -> BTreeSet<String> {
        let mut next = attached | &self.attach;
        next.retain(|id| !self.detach.contains(id));
        next
    }

    /// Whether the change closes or opens the Namespace although it would not have done so on `planned_on`.
    fn unplanned_exposure(
        &self,
        namespace: &NamespaceId,
        attached: &BTreeSet<String>,
        planned_on: &BTreeSet<String>,
    ) -> Option<AttachmentRefused> {
        let locks = |from: &BTreeSet<String>| from.is_empty() && !self.applied_to(from).is_empty();
        let opens = |from: &BTreeSet<String>| !from.is_empty() && self.applied_to(from).is_empty();
        if locks(attached) && !locks(planned_on) {
            return Some(AttachmentRefused::WouldLock(namespace.clone()));
        }
        (opens(attached) && !opens(planned_on)).then(|| AttachmentRefused::WouldOpen(namespace.clone()))
    }
}

impl Registry {
    /// The connectivity rules of a Namespace, by id.
    ///
    /// # Errors
    /// Any failure of the call.
    pub async fn attached_rules(&self, namespace: &NamespaceId) -> Result<BTreeSet<String>, RegistryError> {
        Ok(attached(&self.raw_namespace(namespace).await?))
    }

    /// Attaches and detaches connectivity rules, all at once. `None` when there is nothing left to change. `planned_on` is
    /// what was attached when the plan was made: a change that would now close or open the Namespace, and would not have
    /// done so then, is refused. For `operation_id` see [`Registry::update_endpoint_guarded`].
    ///
    /// # Errors
    /// When nothing was changed, and why.
    pub async fn change_attachments(
        &self,
        namespace: &NamespaceId,
        change: &AttachmentChange,
        planned_on: &BTreeSet<String>,
        operation_id: impl Into<WriteId>,
    ) -> Result<Option<Operation>, AttachmentRefused> {
        let decide = |read: &RegisteredNamespace| match change.refusal(namespace, &read.rules, planned_on) {
            Some(refused) => Err(refused),
            None => Ok(change.clone()),
        };
        self.change_attachments_with(namespace, decide, operation_id).await
    }

    /// Reads the Namespace and attaches and detaches what `decide` returns for it. After a concurrent write it is asked again,
    /// so that each decision is applied to the version that it was made on. `None` when there is nothing to change. For
    /// `operation_id` see [`Registry::update_endpoint_guarded`].
    ///
    /// # Errors
    /// What `decide` refuses, and why nothing was changed.
    pub async fn change_attachments_with<E: From<AttachmentRefused>>(
        &self,
        namespace: &NamespaceId,
        decide: impl Fn(&RegisteredNamespace) -> Result<AttachmentChange, E>,
        operation_id: impl Into<WriteId>,
    ) -> Result<Option<Operation>, E> {
        let operation_id = operation_id.into();
        let failed = |error: RegistryError| E::from(AttachmentRefused::from(error));
        let mut outdated: Option<(String, RegistryError)> = None;
        let mut attempt = 0;
        let deadline = Instant::now() + self.retry_policy().contention_timeout;
        loop {
            attempt += 1;
            let Idle { read: json, waited } = self.idle_namespace(namespace).await?;
            let version = json::text(&json, "/resourceVersion");
            // A newer version, or an operation that was awaited, explains the refusal: another writer made progress.
            let is_unexplained = |(sent, _): &(String, _)| sent == version && !waited;
            if let Some((_, error)) = outdated.take().filter(is_unexplained) {
                return Err(failed(error));
            }
            let read = registered(&json).map_err(|reason| {
                failed(RegistryError::malformed_response(&format!("read namespace `{namespace}`"), reason))
            })?;
            let read = read.ok_or_else(|| failed(not_a_namespace(namespace)))?;
            let change = decide(&read)?;
            if change.applied_to(&read.rules) == read.rules {
                return Ok(None);
            }
            match self.attach_once(namespace, &change, &json, &operation_id.of(attempt, version)).await {
                Err(error) if error.problem().may_be_outdated() && Instant::now() < deadline => {
                    tokio::time::sleep(self.retry_policy().backoff(attempt.min(MAX_DOUBLINGS))).await;
                    outdated = Some((version.to_owned(), error));
                }
                Err(error) if error.problem().says_nothing_to_change() => return Ok(None),
                sent => return sent.map(Some).map_err(failed),
            }
        }
    }

    async fn attach_once(
        &self,
        namespace: &NamespaceId,
        change: &AttachmentChange,
        read: &Value,
        operation_id: &str,
    ) -> Result<Operation, RegistryError> {
        let action = format!("attach connectivity rules to namespace `{namespace}`");
        let body = json!({
            "spec": patched(read, change),
            "resourceVersion": json::text(read, "/resourceVersion"),
            "asyncOperationId": operation_id,
        });
        let request = Request::post(action.as_str(), &["namespaces", &namespace.to_string()], body)?;
        match self.write(request).await.and_then(|written| written.operation(&action)) {
            // The response was lost, or this is a retry of a write that was applied.
            Err(error) if error.problem().may_be_outdated() || error.problem().says_nothing_to_change() => {
                Ok(find_accepted(self, operation_id, &action).await.ok().flatten().ok_or(error)?)
            }
            answered => answered,
        }
    }

    async fn idle_namespace(&self, namespace: &NamespaceId) -> Result<Idle<Value>, AttachmentRefused> {
        let read = || async move { Ok(self.raw_namespace(namespace).await?) };
        let busy = |source| AttachmentRefused::Busy { id: namespace.clone(), source };
        self.wait_until_idle(None, read, operation_in_progress, busy).await
    }

    async fn raw_namespace(&self, namespace: &NamespaceId) -> Result<Value, RegistryError> {
        let action = format!("read namespace `{namespace}`");
        let request = Request::get(action.as_str(), &["namespaces", &namespace.to_string()])?;
        let mut response = self.send(request).await?;
        let read = response.get_mut("namespace").map(Value::take).unwrap_or_default();
        if json::text(&read, "/namespace") != namespace.to_string() {
            return Err(not_a_namespace(namespace));
        }
        Ok(read)
    }
}

fn operation_in_progress(namespace: &Value) -> Option<&str> {
    let operation = json::text(namespace, "/asyncOperationId");
    let is_in_progress =
        ResourceState::read(namespace.get("state")).is_in_progress() && !operation.is_empty();
    is_in_progress.then_some(operation)
}

fn not_a_namespace(namespace: &NamespaceId) -> RegistryError {
    RegistryError::malformed_response(
        &format!("read namespace `{namespace}`"),
        "it describes another namespace",
    )
}

/// The specification that was read, with only the rules changed; the remaining ones keep their order.
fn patched(read: &Value, change: &AttachmentChange) -> Value {
    let mut spec = read.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    let now = json::list(read, "/spec/connectivityRuleIds").iter().filter_map(Value::as_str);
    let before = attached(read);
    let remaining = now.filter(|id| !change.detach.contains(*id)).map(str::to_owned);
    let new =
        change.attach.iter().filter(|id| !before.contains(*id) && !change.detach.contains(*id)).cloned();
    spec.insert(IDS.to_owned(), json!(remaining.chain(new).collect::<Vec<_>>()));
    Value::Object(spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ids: &[&str]) -> BTreeSet<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    fn change(attach: &[&str], detach: &[&str]) -> AttachmentChange {
        AttachmentChange { attach: set(attach), detach: set(detach) }
    }

    #[test]
    fn only_the_rules_change_and_those_of_others_stay_in_place() {
        let read = json!({ "spec": { "name": "a", "strange": 1, "connectivityRuleIds": ["z", "b", "a"] } });
        let expected = json!({ "name": "a", "strange": 1, "connectivityRuleIds": ["z", "a", "c"] });
        assert_eq!(patched(&read, &change(&["c", "z"], &["b"])), expected);
    }

    #[test]
    fn closing_and_opening_a_namespace_must_have_been_planned() {
        let id: NamespaceId = "orders-prod.a2dd6".parse().unwrap();
        let attach = change(&["new"], &[]);
        assert_eq!(attach.unplanned_exposure(&id, &set(&[]), &set(&[])), None);
        assert_eq!(attach.unplanned_exposure(&id, &set(&["x"]), &set(&["x"])), None);
        let locks = attach.unplanned_exposure(&id, &set(&[]), &set(&["x"]));
        assert_eq!(locks, Some(AttachmentRefused::WouldLock(id.clone())));
        let detach = change(&[], &["old"]);
        assert_eq!(detach.unplanned_exposure(&id, &set(&["old"]), &set(&["old"])), None);
        let opens = detach.unplanned_exposure(&id, &set(&["old"]), &set(&["old", "x"]));
        assert_eq!(opens, Some(AttachmentRefused::WouldOpen(id.clone())));
    }
}
