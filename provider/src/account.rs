//! The configured account: its registry, and a cache of what reads and plans need from it.

mod cached;
pub(crate) mod checks;
pub(crate) mod endpoints;
mod local_writes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use registry::{Lookup, RegisteredEndpoint, RegisteredNamespace, RegisteredRule, Registry, RegistryError};
use schema::access::Rights;
use schema::backend::Backend;
use schema::name::{AccountId, EndpointName, NamespaceId, PrincipalId};

use tokio::sync::OwnedMutexGuard;
use tokio::time::sleep;

use crate::claims::{Claims, Invocation, PlannedAction, Records, Run};
use crate::configuration::plan_checks::PlanChecks;
use crate::configuration::self_hosted::Allowlists;
use crate::locks::KeyedLocks;
use cached::Cached;
use endpoints::Endpoints;

/// How often, and at what interval, a plan waits for the claim of another instance: Terraform may read or plan that one later.
pub(crate) const CLAIM_POLLS: u32 = 20;
pub(crate) const CLAIM_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// An account and its registry.
pub(crate) struct Account {
    registry: Registry,
    checks: PlanChecks,
    allowlists: Allowlists,
    id: Cached<Option<AccountId>>,
    namespaces: Cached<BTreeMap<NamespaceId, RegisteredNamespace>>,
    rules: Cached<Vec<RegisteredRule>>,
    identity: Cached<ApplyIdentity>,
    endpoints: Endpoints,
    claims: Claims,
    run: Run,
    namespace_locks: KeyedLocks<NamespaceId>,
    /// The rules that the plans of this run detach, by Namespace.
    detached: Mutex<BTreeMap<NamespaceId, Detachments>>,
}

/// The planned detachments from one Namespace.
#[derive(Clone, Default)]
pub(crate) struct Detachments {
    /// The ids of the rules.
    pub(crate) rules: BTreeSet<String>,
    /// Whether any of the instances that detach a rule allows the Namespace to be opened to the internet.
    pub(crate) reopens: bool,
}

/// The identity that applies, and its rights.
pub(crate) struct ApplyIdentity {
    pub(crate) identity: PrincipalId,
    /// `None` when the account has no such principal.
    pub(crate) rights: Option<Rights>,
}

impl Account {
    /// The account behind a registry; nothing is asked yet.
    pub(crate) fn new(registry: Registry, checks: PlanChecks, allowlists: Allowlists, run: &Run) -> Self {
        let records = Records::open(run, &registry.address().to_string());
        Self {
            endpoints: Endpoints::new(registry.clone()),
            registry,
            checks,
            allowlists,
            id: Cached::default(),
            namespaces: Cached::default(),
            rules: Cached::default(),
            identity: Cached::default(),
            claims: Claims::new(records),
            run: run.clone(),
            namespace_locks: KeyedLocks::default(),
            detached: Mutex::default(),
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

    /// Its Endpoints.
    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// Which instance manages which object.
    pub(crate) fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The command that Terraform runs.
    pub(crate) fn invocation(&self) -> Invocation {
        Invocation::of(&self.run)
    }

    /// Whether Terraform plans a deletion before it reads the object, as versions before 1.12 do.
    pub(crate) fn plans_deletions_unread(&self) -> bool {
        self.run.is_before_1_12()
    }

    /// What this run does with an object that conflicts with a plan. Waits a moment, since Terraform may read or plan its
    /// instance later.
    pub(crate) async fn planned_action(&self, id: &str) -> PlannedAction {
        for _ in 0..CLAIM_POLLS {
            match self.claims.planned_action(id) {
                PlannedAction::Unknown => sleep(CLAIM_POLL_INTERVAL).await,
                known => return known,
            }
        }
        PlannedAction::Unknown
    }

    /// The kind of its registry.
    pub(crate) fn backend(&self) -> Backend {
        self.registry.backend()
    }

    /// How allowlists are handled.
    pub(crate) fn allowlists(&self) -> Allowlists {
        self.allowlists
    }

    /// Its id; `None` if the registry does not return it.
    pub(crate) async fn id(&self) -> Result<Arc<Option<AccountId>>, RegistryError> {
        let ask = async {
            if self.backend() == Backend::SelfHosted {
                return Ok(None);
            }
            match self.registry.account_id().await {
                Err(error) if error.is_permission_denied() => Ok(None),
                asked => asked.map(Some),
            }
        };
        self.id.get(ask).await
    }

    /// Whether a Namespace exists. The list of all Namespaces also contains those that the API key may not read. A Namespace
    /// that it lacks may be new or hidden, so it is requested by id.
    pub(crate) async fn namespace(&self, id: &NamespaceId) -> Result<Lookup<()>, RegistryError> {
        if self.namespaces().await?.contains_key(id) {
            return Ok(Lookup::Found(()));
        }
        Ok(match self.registry.namespace(id).await? {
            Lookup::Found(_) => Lookup::Found(()),
            Lookup::Missing => Lookup::Missing,
            Lookup::Hidden(reason) => Lookup::Hidden(reason),
        })
    }

    /// The Namespaces that the registry lists, with their connectivity rules.
    pub(crate) async fn namespaces(
        &self,
    ) -> Result<Arc<BTreeMap<NamespaceId, RegisteredNamespace>>, RegistryError> {
        self.namespaces.get(self.list_namespaces()).await
    }

    /// One Namespace with its current connectivity rules; from the list if it may not be read by id.
    pub(crate) async fn namespace_with_rules(
        &self,
        id: &NamespaceId,
    ) -> Result<Lookup<RegisteredNamespace>, RegistryError> {
        match self.registry.namespace_with_rules(id).await? {
            Lookup::Hidden(reason) => {
                let listed = self.namespaces().await?.get(id).cloned();
                Ok(listed.map_or(Lookup::Hidden(reason), Lookup::Found))
            }
            found => Ok(found),
        }
    }

    /// The connectivity rules of the account.
    pub(crate) async fn connectivity_rules(&self) -> Result<Arc<Vec<RegisteredRule>>, RegistryError> {
        self.rules.get(self.registry.connectivity_rules()).await
    }

    /// The connectivity rule with an id. A rule that the list lacks is requested by id.
    pub(crate) async fn connectivity_rule(&self, id: &str) -> Result<Option<RegisteredRule>, RegistryError> {
        if let Some(found) = self.connectivity_rules().await?.iter().find(|rule| rule.id() == id) {
            return Ok(Some(found.clone()));
        }
        self.registry.connectivity_rule(id).await
    }

    /// Invalidates the cached Namespaces and connectivity rules, after a write to either.
    pub(crate) async fn invalidate_connectivity(&self) {
        self.namespaces.invalidate().await;
        self.rules.invalidate().await;
    }

    /// Locks a Namespace for a write.
    pub(crate) async fn lock_namespace(&self, namespace: &NamespaceId) -> OwnedMutexGuard<()> {
        self.namespace_locks.lock(namespace.clone()).await
    }

    /// Records a planned detachment, and returns all planned detachments from the Namespace: each plan knows only its own.
    pub(crate) fn note_detached(&self, namespace: &NamespaceId, rule: &str, reopens: bool) -> Detachments {
        let mut detached = self.detached.lock().unwrap_or_else(PoisonError::into_inner);
        let all = detached.entry(namespace.clone()).or_default();
        all.rules.insert(rule.to_owned());
        all.reopens |= reopens;
        all.clone()
    }

    /// The identity that applies, as first read.
    pub(crate) async fn apply_identity(&self) -> Result<Arc<ApplyIdentity>, RegistryError> {
        self.identity.get(self.read_apply_identity()).await
    }

    /// The identity that applies, read again: a permission may have been granted since `earlier`.
    pub(crate) async fn apply_identity_after(
        &self,
        earlier: &Arc<ApplyIdentity>,
    ) -> Result<Arc<ApplyIdentity>, RegistryError> {
        self.identity.newer_than(earlier, self.read_apply_identity()).await
    }

    /// The Endpoint with a name. Only a name in the list is requested again: an available name may be taken at any time, and
    /// the registry rejects a duplicate.
    pub(crate) async fn endpoint_named(
        &self,
        name: &EndpointName,
    ) -> Result<Option<RegisteredEndpoint>, RegistryError> {
        match self.endpoints.has_name(name).await? {
            true => self.registry.endpoint_named(name).await,
            false => Ok(None),
        }
    }

    /// Without permission to list Namespaces, the list is empty and each is requested by id.
    async fn list_namespaces(&self) -> Result<BTreeMap<NamespaceId, RegisteredNamespace>, RegistryError> {
        match self.registry.namespaces_with_rules().await {
            Ok(all) => Ok(all.into_iter().map(|it| (it.namespace.id.clone(), it)).collect()),
            Err(error) if error.is_permission_denied() => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }

    async fn read_apply_identity(&self) -> Result<ApplyIdentity, RegistryError> {
        if let Some(other) = &self.checks.apply_as {
            return self.read_principal(other).await;
        }
        let identity = self.registry.identity().await?;
        let rights = self.registry.rights(&identity).await?;
        Ok(ApplyIdentity { identity: identity.id, rights: Some(rights) })
    }

    /// A principal that the API key may not see may have any rights.
    async fn read_principal(&self, other: &PrincipalId) -> Result<ApplyIdentity, RegistryError> {
        let principals = self.registry.principals().await?;
        let hidden = || {
            let reason = principals.section(other.kind).incomplete.as_ref()?;
            Some(Rights { may_hold_more: Some(format!("it cannot be seen ({reason})")), ..Rights::default() })
        };
        Ok(ApplyIdentity { identity: other.clone(), rights: principals.rights(other).or_else(hidden) })
    }
}
