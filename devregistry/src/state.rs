//! All that the registry holds, and the two ways in which it changes: a write is accepted, and operations take effect
//! when their time has come. Time is looked at on access; nothing runs in the background.

use crate::api::operation::AsyncOperation;
use crate::api::{ResourceState, Timestamp};
use crate::caller::Caller;
use crate::clock::{Clock, timestamp};
use crate::endpoint::Endpoint;
use crate::endpoints::Endpoints;
use crate::key::Keys;
use crate::namespace::Namespace;
use crate::operation::{Doom, Ending, Finished, Operation, Operations, Subject};
use crate::principal::Principals;
use crate::refusal;
use crate::resource::Resource;
use crate::settings::Settings;
use crate::table::{Stored, Table};
use prost::{Message, Name};
use schema::limit::Limits;
use schema::name::{AccountId, NamespaceId};
use tonic::Status;

/// The account and everything in it.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) id: AccountId,
    /// The version of the account's own specification.
    pub(crate) version: String,
    pub(crate) limits: Limits,
    pub(crate) namespaces: Table<NamespaceId, Resource<Namespace>>,
    pub(crate) endpoints: Endpoints,
    pub(crate) principals: Principals,
    pub(crate) keys: Keys,
    pub(crate) operations: Operations,
    /// How the operation of the call in progress ends, where a fault says so.
    pub(crate) doom: Option<Doom>,
}

/// A write that was accepted, now or earlier.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// The id of what it changes.
    pub(crate) subject: String,
    pub(crate) operation: AsyncOperation,
}

impl State {
    pub(crate) fn now(&self) -> Timestamp {
        timestamp(self.clock.now())
    }

    /// The principal behind an API key.
    pub(crate) fn caller(&self, key: &str) -> Result<Caller, Status> {
        let (key, owner) = self.keys.owner(key).ok_or_else(refusal::unauthenticated)?;
        let rights = self.principals.rights(owner.kind, &owner.id);
        let rights = rights.ok_or_else(refusal::unauthenticated)?;
        Ok(Caller { kind: owner.kind, id: owner.id.clone(), key: key.to_owned(), rights })
    }

    /// A caller that was authenticated earlier, with what it holds by now.
    pub(crate) fn caller_again(&self, caller: &Caller) -> Result<Caller, Status> {
        let known = self.keys.message(&caller.key).is_some();
        let rights = self.principals.rights(caller.kind, &caller.id).filter(|_| known);
        let rights = rights.ok_or_else(refusal::unauthenticated)?;
        Ok(Caller { rights, ..caller.clone() })
    }

    /// The answer to a request that was accepted before under the same operation id, if it was.
    pub(crate) fn replay<R>(&self, request: &R, id: &str) -> Result<Option<Accepted>, Status>
    where
        R: Message + Name + Default + PartialEq,
    {
        let found = self.operations.replay(request, id, self.settings.reused_operation_id)?;
        Ok(found.map(|operation| self.answer(operation)))
    }

    /// As `replay`, for a subject that is gone and whose permissions can no longer be asked: only who made the request
    /// may repeat it. Anything else is `otherwise`.
    pub(crate) fn replay_gone<R>(
        &self,
        caller: &Caller,
        request: &R,
        id: &str,
        otherwise: Status,
    ) -> Result<Accepted, Status>
    where
        R: Message + Name + Default + PartialEq,
    {
        let own = self.operations.get(id).is_some_and(|operation| operation.by == caller.id);
        if !own {
            return Err(otherwise);
        }
        self.replay(request, id)?.ok_or(otherwise)
    }

    /// Accepts a write: `change` is made at once, and the operation that it is given finishes when its time has come.
    pub(crate) fn accept(
        &mut self,
        caller: &Caller,
        operation: Operation,
        change: impl FnOnce(&mut Self, &str),
    ) -> Accepted {
        let operation = operation.doomed(self.doom.take());
        let id = operation.id.clone();
        let (now, time) = (self.clock.now(), self.settings.operation_time);
        if operation.makes_its_change() {
            self.operations.start(operation, &caller.id, now, time);
            change(self, &id);
        } else {
            self.mark(&operation.subject.clone(), operation.pretence(), &id);
            self.operations.start(operation, &caller.id, now, time);
        }
        let subject = self.operations.get(&id).map(|operation| operation.subject.id()).unwrap_or_default();
        self.settle();
        let operation = self.operations.get(&id).map(|operation| operation.message(now)).unwrap_or_default();
        Accepted { subject, operation }
    }

    /// Lets every operation take effect that is due.
    pub(crate) fn settle(&mut self) {
        let now = self.clock.now();
        while let Some(Finished { subject, ending, left }) = self.operations.finish_next(now) {
            match &subject {
                Subject::Endpoint(id) => self.endpoints.finish(id, ending),
                Subject::Namespace(id) => {
                    self.finish_namespace(id, ending);
                }
            }
            if let Some(left) = left {
                self.mark(&subject, left, "");
            }
        }
    }

    /// Gives what an operation changes a state, and the operation in progress on it.
    fn mark(&mut self, subject: &Subject, state: ResourceState, operation: &str) {
        match subject {
            Subject::Endpoint(id) => {
                self.endpoints.get_mut(id).into_iter().for_each(|held| held.mark(state, operation));
            }
            Subject::Namespace(id) => {
                self.namespaces.get_mut(id).into_iter().for_each(|held| held.mark(state, operation));
            }
        }
    }

    /// Everything that the state file holds, under its name there.
    pub(crate) fn stored(&mut self) -> [(&'static str, &mut dyn Stored); 7] {
        [
            ("namespace", &mut self.namespaces),
            ("endpoint", &mut self.endpoints),
            ("user", &mut self.principals.users),
            ("service_account", &mut self.principals.service_accounts),
            ("group", &mut self.principals.groups),
            ("key", &mut self.keys),
            ("operation", &mut self.operations),
        ]
    }

    /// Refuses an Endpoint that refers to something that the account does not have, or has a name that another has.
    /// Callers that `before` has were there when they were allowed and are not asked for again.
    pub(crate) fn check_endpoint(
        &self,
        id: &str,
        endpoint: &Endpoint,
        before: Option<&Endpoint>,
    ) -> Result<(), Status> {
        let limit = self.limits.callers_per_endpoint;
        if endpoint.callers.len() > limit {
            let message = format!("an endpoint allows at most {limit} caller namespaces");
            return Err(refusal::refused(self.settings.limit_reached, message));
        }
        let known = |namespace| before.is_some_and(|before| before.callers.contains(namespace));
        let mut named =
            std::iter::once(&endpoint.target).chain(endpoint.callers.iter().filter(|caller| !known(caller)));
        if let Some(unknown) = named.find(|namespace| !self.has_namespace(namespace)) {
            let message = format!("namespace `{unknown}` not found");
            return Err(refusal::refused(self.settings.unknown_namespace, message));
        }
        let holder = self.endpoints.id_of(endpoint.name.as_str());
        if holder.is_some_and(|holder| holder != id) {
            return Err(refusal::taken("nexus endpoint", &endpoint.name));
        }
        Ok(())
    }

    fn finish_namespace(&mut self, id: &NamespaceId, ending: Ending) {
        if ending == Ending::Gone {
            self.namespaces.remove(id);
            self.principals.forget(id, self.now());
        } else if let Some(held) = self.namespaces.get_mut(id) {
            held.settle();
        }
    }

    fn has_namespace(&self, id: &NamespaceId) -> bool {
        self.namespaces.get(id).is_some_and(|namespace| !namespace.leaving())
    }

    fn answer(&self, operation: &Operation) -> Accepted {
        let now = self.clock.now();
        Accepted { subject: operation.subject.id(), operation: operation.message(now) }
    }
}
