//! The effect of the end of an operation on its object, and on objects that depend on it.

use crate::api::ResourceState;
use crate::entities::resource::Resource;
use crate::operations::{Kind, Outcome, Subject};
use crate::state::State;
use crate::storage::table::Table;
use schema::name::{NamespaceId, PrincipalKind};

impl State {
    /// Ends the operation in progress on an object.
    pub(crate) fn finish(&mut self, subject: &Subject, ending: Outcome) {
        let id = &subject.id;
        match subject.kind {
            Kind::Account => self.account.finish(id, ending),
            Kind::ApiKey => self.keys.finish(id, ending),
            Kind::ConnectivityRule => self.rules.finish(id, ending),
            Kind::CustomRole => self.custom_roles.finish(id, ending),
            Kind::Endpoint => self.endpoints.finish(id, ending),
            Kind::Namespace => self.finish_namespace(id, ending),
            Kind::ServiceAccount => {
                self.principals.service_accounts.finish(id, ending);
                self.forget_principal(PrincipalKind::ServiceAccount, id, ending);
            }
            Kind::User => {
                self.principals.users.finish(id, ending);
                self.forget_principal(PrincipalKind::User, id, ending);
            }
            Kind::UserGroup => self.principals.groups.finish(id, ending),
        }
    }

    /// Sets the state of an object, and the operation in progress on it.
    pub(crate) fn mark(&mut self, subject: &Subject, state: ResourceState, operation: &str) {
        let id = &subject.id;
        match subject.kind {
            Kind::Account => self.account.mark(id, state, operation),
            Kind::ApiKey => self.keys.mark(id, state, operation),
            Kind::ConnectivityRule => self.rules.mark(id, state, operation),
            Kind::CustomRole => self.custom_roles.mark(id, state, operation),
            Kind::Endpoint => {
                if let Some(held) = self.endpoints.get_mut(id) {
                    held.mark(state, operation);
                }
            }
            Kind::Namespace => {
                let held = id.parse().ok().and_then(|id: NamespaceId| self.namespaces.get_mut(&id));
                if let Some(held) = held {
                    held.mark(state, operation);
                }
            }
            Kind::ServiceAccount => self.principals.service_accounts.mark(id, state, operation),
            Kind::User => self.principals.users.mark(id, state, operation),
            Kind::UserGroup => self.principals.groups.mark(id, state, operation),
        }
    }

    /// Deleting a Namespace deletes the grants on it, and its own service accounts.
    fn finish_namespace(&mut self, id: &str, ending: Outcome) {
        let Ok(id) = id.parse::<NamespaceId>() else { return };
        if ending == Outcome::Deleted {
            self.namespaces.remove(&id);
            let now = self.now();
            for account in self.principals.remove_grants(&id, now) {
                self.keys.remove_of(PrincipalKind::ServiceAccount, &account);
            }
        } else if let Some(held) = self.namespaces.get_mut(&id) {
            held.end_operation();
            held.content.replicas.finish_transitions();
        }
    }

    /// Deleting a principal deletes its API keys and memberships.
    fn forget_principal(&mut self, kind: PrincipalKind, id: &str, ending: Outcome) {
        if ending != Outcome::Deleted {
            return;
        }
        self.keys.remove_of(kind, id);
        if kind == PrincipalKind::User {
            self.principals.leave_groups(id);
        }
    }
}

impl<C: Clone> Table<String, Resource<C>> {
    /// Ends the operation in progress on a row.
    pub(crate) fn finish(&mut self, id: &String, ending: Outcome) {
        if ending == Outcome::Deleted {
            self.remove(id);
        } else if let Some(held) = self.get_mut(id) {
            held.end_operation();
        }
    }

    /// Sets the state of a row, and the operation in progress on it.
    pub(crate) fn mark(&mut self, id: &String, state: ResourceState, operation: &str) {
        if let Some(held) = self.get_mut(id) {
            held.mark(state, operation);
        }
    }
}
