//! Which connectivity rules a Namespace has attached. The registry takes the whole set at once, as part of the Namespace's
//! specification: what was read is sent back with only the set patched, so that nothing that others attached or set is lost.

use crate::client::Registry;
use crate::cloud::namespaces::{attached, registered};
use crate::cloud::request::Request;
use crate::endpoint::ResourceState;
use crate::endpoint::guarded_write::{DOUBLINGS, Settled, for_version};
use crate::error::RegistryError;
use crate::json;
use crate::namespace::RegisteredNamespace;
use crate::operation::wait::accepted;
use crate::operation::{Operation, OperationError};
use schema::name::NamespaceId;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use thiserror::Error;
use tokio::time::Instant;

const IDS: &str = "connectivityRuleIds";

/// What to attach to a Namespace and what to detach from it, by id of the rule. What is in neither stays as it is.
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
    /// Every rule was detached since the plan was made: attaching one would close the Namespace to the internet.
    #[error(
        "namespace `{0}` has no connectivity rule any more: attaching one now would close it to the internet"
    )]
    WouldLock(NamespaceId),
    /// The other rules were detached since the plan was made: detaching the last would open the Namespace.
    #[error(
        "namespace `{0}` has no other connectivity rule any more: detaching this one would open it to the internet"
    )]
    WouldOpen(NamespaceId),
    /// Another write did not end in time. Nothing was sent.
    #[error("namespace `{id}` is still being changed: {source}")]
    Busy {
        /// The Namespace.
        id: NamespaceId,
        /// What was awaited.
        source: Box<OperationError>,
    },
    /// The registry refused it, or a call failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl AttachmentChange {
    fn applied_to(&self, attached: &BTreeSet<String>) -> BTreeSet<String> {
        let mut next = attached | &self.attach;
        next.retain(|id| !self.detach.contains(id));
        next
    }

    /// Whether it would close or open the Namespace, where it would not have when `planned_on` was attached.
    fn surprises(
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

    /// Attaches and detaches connectivity rules, all at once. `None` when nothing is to be changed any more. `planned_on`
    /// is what was attached when this was decided: a change that since then has come to close or open the Namespace is
    /// refused. For `operation_id` see [`Registry::update_endpoint_guarded`].
    ///
    /// # Errors
    /// When nothing was changed, and why.
    pub async fn change_attachments(
        &self,
        namespace: &NamespaceId,
        change: &AttachmentChange,
        planned_on: &BTreeSet<String>,
        operation_id: &str,
    ) -> Result<Option<Operation>, AttachmentRefused> {
        let decide = |read: &RegisteredNamespace| match change.surprises(namespace, &read.rules, planned_on) {
            Some(refused) if change.applied_to(&read.rules) != read.rules => Err(refused),
            _ => Ok(change.clone()),
        };
        self.change_attachments_with(namespace, decide, operation_id).await
    }

    /// Attaches and detaches what `decide` says of the Namespace as it is. When somebody else writes in between, it is asked
    /// again: what it decides is what is done, on that very version. `None` when nothing is to be changed. For
    /// `operation_id` see [`Registry::update_endpoint_guarded`].
    ///
    /// # Errors
    /// What `decide` refuses, or when nothing was changed, and why.
    pub async fn change_attachments_with<E: From<AttachmentRefused>>(
        &self,
        namespace: &NamespaceId,
        decide: impl Fn(&RegisteredNamespace) -> Result<AttachmentChange, E>,
        operation_id: &str,
    ) -> Result<Option<Operation>, E> {
        let failed = |error: RegistryError| E::from(AttachmentRefused::from(error));
        let mut outdated: Option<(String, RegistryError)> = None;
        let mut attempt = 0;
        let give_up = Instant::now() + self.retry_policy().contention_timeout;
        loop {
            attempt += 1;
            let Settled { read: json, waited } = self.settled_namespace(namespace).await?;
            let version = json::text(&json, "/resourceVersion");
            // A version that moved, or a write that was in front, explains the refusal: somebody made progress.
            let unmoved = |(sent, _): &(String, _)| sent == version && !waited;
            if let Some((_, error)) = outdated.take().filter(unmoved) {
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
            match self.attach_once(namespace, &change, &json, &for_version(operation_id, version)).await {
                Err(error) if error.problem().may_be_outdated() && Instant::now() < give_up => {
                    tokio::time::sleep(self.retry_policy().jittered(attempt.min(DOUBLINGS))).await;
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
            // A lost answer, or a repetition of a write that was carried out.
            Err(error) if error.problem().may_be_outdated() || error.problem().says_nothing_to_change() => {
                Ok(accepted(self, operation_id, &action).await.ok().flatten().ok_or(error)?)
            }
            answered => answered,
        }
    }

    async fn settled_namespace(&self, namespace: &NamespaceId) -> Result<Settled<Value>, AttachmentRefused> {
        let read = || async move { Ok(self.raw_namespace(namespace).await?) };
        let busy = |source| AttachmentRefused::Busy { id: namespace.clone(), source };
        self.settled(None, read, going_on, busy).await
    }

    async fn raw_namespace(&self, namespace: &NamespaceId) -> Result<Value, RegistryError> {
        let action = format!("read namespace `{namespace}`");
        let request = Request::get(action.as_str(), &["namespaces", &namespace.to_string()])?;
        let mut answer = self.send(request).await?;
        let read = answer.get_mut("namespace").map(Value::take).unwrap_or_default();
        if json::text(&read, "/namespace") != namespace.to_string() {
            return Err(not_a_namespace(namespace));
        }
        Ok(read)
    }
}

fn going_on(namespace: &Value) -> Option<&str> {
    let operation = json::text(namespace, "/asyncOperationId");
    let is_going_on = ResourceState::read(namespace.get("state")).is_in_progress() && !operation.is_empty();
    is_going_on.then_some(operation)
}

fn not_a_namespace(namespace: &NamespaceId) -> RegistryError {
    RegistryError::malformed_response(
        &format!("read namespace `{namespace}`"),
        "it is not about this namespace",
    )
}

/// The specification that was read, with only the rules changed: those that stay keep their order.
fn patched(read: &Value, change: &AttachmentChange) -> Value {
    let mut spec = read.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    let now = json::list(read, "/spec/connectivityRuleIds").iter().filter_map(Value::as_str);
    let before = attached(read);
    let stay = now.filter(|id| !change.detach.contains(*id)).map(str::to_owned);
    let new =
        change.attach.iter().filter(|id| !before.contains(*id) && !change.detach.contains(*id)).cloned();
    spec.insert(IDS.to_owned(), json!(stay.chain(new).collect::<Vec<_>>()));
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
        assert_eq!(attach.surprises(&id, &set(&[]), &set(&[])), None);
        assert_eq!(attach.surprises(&id, &set(&["x"]), &set(&["x"])), None);
        let locks = attach.surprises(&id, &set(&[]), &set(&["x"]));
        assert_eq!(locks, Some(AttachmentRefused::WouldLock(id.clone())));
        let detach = change(&[], &["old"]);
        assert_eq!(detach.surprises(&id, &set(&["old"]), &set(&["old"])), None);
        let opens = detach.surprises(&id, &set(&["old"]), &set(&["old", "x"]));
        assert_eq!(opens, Some(AttachmentRefused::WouldOpen(id.clone())));
    }
}
