//! The configured account: its registry, and what plans ask about it again and again, each asked once a process.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use registry::{Lookup, RegisteredEndpoint, Registry, RegistryError};
use schema::access::Rights;
use schema::name::{AccountId, EndpointName, NamespaceId, PrincipalId};

use crate::plan_checks::PlanChecks;

/// An account and its registry.
pub(crate) struct Account {
    registry: Registry,
    checks: PlanChecks,
    id: Cached<Option<AccountId>>,
    namespaces: Cached<BTreeSet<NamespaceId>>,
    identity: Cached<Held>,
    names: Cached<BTreeSet<String>>,
    in_state: Mutex<BTreeSet<String>>,
}

/// Who applies, and what this identity holds.
pub(crate) struct Held {
    pub(crate) identity: PrincipalId,
    /// `None` when the account has no such principal.
    pub(crate) rights: Option<Rights>,
}

impl Account {
    /// The account behind a registry; nothing is asked yet.
    pub(crate) fn new(registry: Registry, checks: PlanChecks) -> Self {
        Self {
            registry,
            checks,
            id: Cached::default(),
            namespaces: Cached::default(),
            identity: Cached::default(),
            names: Cached::default(),
            in_state: Mutex::default(),
        }
    }

    /// Its registry.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// How its plans are checked.
    pub(crate) fn checks(&self) -> &PlanChecks {
        &self.checks
    }

    /// Its id; `None` when the registry does not tell us.
    pub(crate) async fn id(&self) -> Result<Arc<Option<AccountId>>, RegistryError> {
        let ask = async {
            match self.registry.account_id().await {
                Err(error) if error.is_permission_denied() => Ok(None),
                asked => asked.map(Some),
            }
        };
        self.id.get(ask).await
    }

    /// Whether a Namespace exists. The list of all answers for those that it holds, and shows also Namespaces that we
    /// may not read; what it lacks may be new or hidden, so the registry is asked for it alone.
    pub(crate) async fn namespace(&self, id: &NamespaceId) -> Result<Lookup<()>, RegistryError> {
        if self.namespaces.get(self.list_namespaces()).await?.contains(id) {
            return Ok(Lookup::Found(()));
        }
        Ok(match self.registry.namespace(id).await? {
            Lookup::Found(_) => Lookup::Found(()),
            Lookup::Missing => Lookup::Missing,
            Lookup::Hidden(reason) => Lookup::Hidden(reason),
        })
    }

    /// What the identity that applies holds, as it was when first asked.
    pub(crate) async fn held(&self) -> Result<Arc<Held>, RegistryError> {
        self.identity.get(self.ask_held()).await
    }

    /// What it holds now, for a denial that rests on an earlier answer: a grant may have come in between.
    pub(crate) async fn held_since(&self, earlier: &Arc<Held>) -> Result<Arc<Held>, RegistryError> {
        self.identity.after(earlier, self.ask_held()).await
    }

    /// The Endpoint that has a name now. Only a name that the list of all holds is asked for again: that one is free
    /// may change at any moment anyway, and the registry itself has the last word.
    pub(crate) async fn endpoint_named(
        &self,
        name: &EndpointName,
    ) -> Result<Option<RegisteredEndpoint>, RegistryError> {
        if !self.names.get(self.list_names()).await?.contains(name.as_str()) {
            return Ok(None);
        }
        self.registry.endpoint_named(name).await
    }

    /// Remembers that the state of this run holds an Endpoint.
    pub(crate) fn note_in_state(&self, id: &str) {
        self.in_state.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Whether the state of this run is known to hold an Endpoint.
    pub(crate) fn is_in_state(&self, id: &str) -> bool {
        self.in_state.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// A registry that does not list its Namespaces for us just leaves each to be asked for.
    async fn list_namespaces(&self) -> Result<BTreeSet<NamespaceId>, RegistryError> {
        match self.registry.namespaces().await {
            Ok(all) => Ok(all.into_iter().map(|namespace| namespace.id).collect()),
            Err(error) if error.is_permission_denied() => Ok(BTreeSet::new()),
            Err(error) => Err(error),
        }
    }

    async fn ask_held(&self) -> Result<Held, RegistryError> {
        if let Some(other) = &self.checks.apply_as {
            return self.ask_held_by(other).await;
        }
        let identity = self.registry.identity().await?;
        let rights = self.registry.rights(&identity).await?;
        Ok(Held { identity: identity.id, rights: Some(rights) })
    }

    /// One that is not seen among others that are not seen either may hold anything.
    async fn ask_held_by(&self, other: &PrincipalId) -> Result<Held, RegistryError> {
        let principals = self.registry.principals().await?;
        let unseen = || {
            let reason = principals.section(other.kind).incomplete.as_ref()?;
            Some(Rights { may_hold_more: Some(format!("it cannot be seen ({reason})")), ..Rights::default() })
        };
        Ok(Held { identity: other.clone(), rights: principals.rights(other).or_else(unseen) })
    }

    async fn list_names(&self) -> Result<BTreeSet<String>, RegistryError> {
        let all = self.registry.endpoints().await?;
        Ok(all.iter().map(|endpoint| endpoint.name().to_owned()).collect())
    }
}

/// An answer that is asked for once and shared, also by those who come while it is asked for. A failure is shared with
/// those alone, else each of them would be patient in turn with a registry that is down.
struct Cached<T, E = RegistryError> {
    kept: tokio::sync::Mutex<Option<Result<Arc<T>, E>>>,
    /// How often it was asked for.
    asked: AtomicU64,
}

impl<T, E: Clone> Cached<T, E> {
    async fn get(&self, ask: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        self.unless(|_| false, ask).await
    }

    /// A newer answer than `earlier`: of those who doubt the same one, the first asks for all.
    async fn after(&self, earlier: &Arc<T>, ask: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        self.unless(|kept| Arc::ptr_eq(kept, earlier), ask).await
    }

    async fn unless(
        &self,
        doubted: impl Fn(&Arc<T>) -> bool,
        ask: impl Future<Output = Result<T, E>>,
    ) -> Result<Arc<T>, E> {
        let came = self.asked.load(Ordering::Relaxed);
        let mut kept = self.kept.lock().await;
        match &*kept {
            Some(Ok(answer)) if !doubted(answer) => return Ok(Arc::clone(answer)),
            Some(Err(error)) if self.asked.load(Ordering::Relaxed) != came => return Err(error.clone()),
            _ => {}
        }
        let answer = ask.await.map(Arc::new);
        self.asked.fetch_add(1, Ordering::Relaxed);
        kept.insert(answer).clone()
    }
}

impl<T, E> Default for Cached<T, E> {
    fn default() -> Self {
        Self { kept: tokio::sync::Mutex::new(None), asked: AtomicU64::new(0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[tokio::test]
    async fn an_answer_is_asked_for_once_and_doubted_together() {
        let (cached, asked) = (Cached::default(), AtomicU32::new(0));
        let ask = || async {
            tokio::task::yield_now().await;
            Ok::<_, ()>(asked.fetch_add(1, Ordering::Relaxed))
        };
        let (one, two) = tokio::join!(cached.get(ask()), cached.get(ask()));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert!(Arc::ptr_eq(&one, &two));
        let (three, four) = tokio::join!(cached.after(&one, ask()), cached.after(&two, ask()));
        assert_eq!((*three.unwrap(), *four.unwrap(), asked.into_inner()), (1, 1, 2));
    }

    #[tokio::test]
    async fn a_failure_is_shared_by_those_who_waited_for_it_and_not_kept() {
        let (cached, asked) = (Cached::<u32, u32>::default(), AtomicU32::new(0));
        let fail = || async {
            tokio::task::yield_now().await;
            Err(asked.fetch_add(1, Ordering::Relaxed))
        };
        assert_eq!(tokio::join!(cached.get(fail()), cached.get(fail())), (Err(0), Err(0)));
        assert_eq!(cached.get(fail()).await, Err(1));
        assert_eq!(cached.get(async { Ok(7) }).await, Ok(Arc::new(7)));
    }
}
