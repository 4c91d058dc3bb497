//! The state of the registry. It changes when a write is accepted, and when an operation takes effect. The clock is checked at
//! each call; there are no background tasks.

mod checks;
pub(crate) mod find;
pub(crate) mod seed;

use crate::api::Timestamp;
use crate::api::account::AccountSpec;
use crate::api::operation::AsyncOperation;
use crate::caller::Caller;
use crate::clock::{Clock, timestamp};
use crate::entities::api_key::{Keys, Owner};
use crate::entities::connectivity_rule::Rule;
use crate::entities::custom_role::Role;
use crate::entities::endpoints::Endpoints;
use crate::entities::namespace::Namespace;
use crate::entities::principal::Principals;
use crate::entities::resource::Resource;
use crate::operations::{Finished, Operation, Operations, PlannedFailure};
use crate::settings::Settings;
use crate::status;
use crate::storage::table::{Stored, Table};
use prost::{Message, Name};
use schema::access::Rights;
use schema::limit::Limits;
use schema::name::{AccountId, NamespaceId};
use tonic::Status;

/// The account and everything in it.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) id: AccountId,
    /// The account's specification, one row with its id as key.
    pub(crate) account: Table<String, Resource<AccountSpec>>,
    pub(crate) limits: Limits,
    pub(crate) namespaces: Table<NamespaceId, Resource<Namespace>>,
    pub(crate) endpoints: Endpoints,
    pub(crate) rules: Table<String, Resource<Rule>>,
    pub(crate) principals: Principals,
    pub(crate) custom_roles: Table<String, Resource<Role>>,
    pub(crate) keys: Keys,
    pub(crate) operations: Operations,
    /// The failure that a fault injects into the operation of the current call.
    pub(crate) planned_failure: Option<PlannedFailure>,
}

/// A write that was accepted, now or earlier.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// The id of the object that it changes.
    pub(crate) subject: String,
    pub(crate) operation: AsyncOperation,
}

impl State {
    pub(crate) fn now(&self) -> Timestamp {
        timestamp(self.clock.now())
    }

    /// The principal behind an API key.
    pub(crate) fn caller(&self, key: &str) -> Result<Caller, Status> {
        let found = self.keys.owner(key, self.clock.now());
        let (key, owner) = found.ok_or_else(status::unauthenticated)?;
        self.caller_with_key(owner, key)
    }

    /// A caller that was authenticated earlier, with its current rights.
    pub(crate) fn refresh_caller(&self, caller: &Caller) -> Result<Caller, Status> {
        let owner = self.keys.owner_of(&caller.key, self.clock.now());
        self.caller_with_key(owner.ok_or_else(status::unauthenticated)?, &caller.key)
    }

    fn caller_with_key(&self, owner: &Owner, key: &str) -> Result<Caller, Status> {
        let grants = self.principals.grants(owner.kind, &owner.id).ok_or_else(status::unauthenticated)?;
        let mut rights = Rights::default();
        grants.iter().for_each(|grant| grant.add_to(&mut rights));
        let roles = grants.iter().flat_map(|grant| grant.custom_roles());
        let custom_roles = roles.filter_map(|id| Some(self.custom_roles.get(id)?.content.clone())).collect();
        let (id, key, account) = (owner.id.clone(), key.to_owned(), self.id.to_string());
        Ok(Caller { kind: owner.kind, id, key, rights, custom_roles, account })
    }

    /// The response to an earlier request with the same operation id, if there was one.
    pub(crate) fn replay<R>(&self, request: &R, id: &str) -> Result<Option<Accepted>, Status>
    where
        R: Message + Name + Default + PartialEq,
    {
        let found = self.operations.replay(request, id, self.settings.reused_operation_id)?;
        Ok(found.map(|operation| self.answer(operation)))
    }

    /// Like `replay`, for an object that was deleted, so that permissions on it cannot be checked: only the principal that
    /// made the request may repeat it. Otherwise the error is `otherwise`.
    pub(crate) fn replay_deleted<R>(
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

    /// Accepts a write: applies `change` at once, and starts its operation.
    pub(crate) fn accept(
        &mut self,
        caller: &Caller,
        operation: Operation,
        change: impl FnOnce(&mut Self, &str),
    ) -> Accepted {
        let operation = operation.with_failure(self.planned_failure.take());
        let id = operation.id.clone();
        let (now, time) = (self.clock.now(), self.settings.operation_time);
        if operation.applies_change() {
            self.operations.start(operation, &caller.id, now, time);
            change(self, &id);
        } else {
            self.mark(&operation.subject.clone(), operation.apparent_state(), &id);
            self.operations.start(operation, &caller.id, now, time);
        }
        let subject = self.operations.get(&id).map(|operation| operation.subject.id.clone());
        self.finish_due_operations();
        let operation = self.operations.get(&id).map(|operation| operation.message(now)).unwrap_or_default();
        Accepted { subject: subject.unwrap_or_default(), operation }
    }

    /// Finishes all operations that are due.
    pub(crate) fn finish_due_operations(&mut self) {
        let now = self.clock.now();
        while let Some(Finished { subject, ending, left }) = self.operations.finish_next(now) {
            self.finish(&subject, ending);
            if let Some(left) = left {
                self.mark(&subject, left, "");
            }
        }
    }

    /// All tables, with their names in the state file.
    pub(crate) fn stored(&mut self) -> [(&'static str, &mut dyn Stored); 10] {
        [
            ("account_spec", &mut self.account),
            ("connectivity_rule", &mut self.rules),
            ("custom_role", &mut self.custom_roles),
            ("namespace", &mut self.namespaces),
            ("endpoint", &mut self.endpoints),
            ("user", &mut self.principals.users),
            ("service_account", &mut self.principals.service_accounts),
            ("group", &mut self.principals.groups),
            ("key", &mut self.keys),
            ("operation", &mut self.operations),
        ]
    }

    fn answer(&self, operation: &Operation) -> Accepted {
        let now = self.clock.now();
        Accepted { subject: operation.subject.id.clone(), operation: operation.message(now) }
    }
}
