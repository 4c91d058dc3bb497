//! The configured account: its registry, and what plans ask about it again and again, each asked once a process.

mod cached;
pub(crate) mod checks;
pub(crate) mod endpoints;
mod local_writes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use registry::{Lookup, RegisteredEndpoint, RegisteredNamespace, RegisteredRule, Registry, RegistryError};
use schema::access::Rights;
use schema::block::Backend;
use schema::name::{AccountId, EndpointName, NamespaceId, PrincipalId};

use tokio::sync::OwnedMutexGuard;
use tokio::time::sleep;

use crate::claims::{Claims, Invocation, Prospect, Records, Run};
use crate::configuration::plan_checks::PlanChecks;
use crate::locks::Turns;
use crate::resources::connectivity::consent::Consent;
use cached::Cached;
use endpoints::Endpoints;

/// How often, and how far apart, it is looked whether an instance of this run has what stands in the way of a plan.
const LOOKS: u32 = 20;
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// An account and its registry.
pub(crate) struct Account {
    registry: Registry,
    checks: PlanChecks,
    allowlists: Allowlists,
    id: Cached<Option<AccountId>>,
    namespaces: Cached<BTreeMap<NamespaceId, RegisteredNamespace>>,
    rules: Cached<Vec<RegisteredRule>>,
    identity: Cached<Held>,
    endpoints: Endpoints,
    claims: Claims,
    run: Run,
    turns: Turns<NamespaceId>,
    /// Which rules this run detaches from which Namespaces, as far as it is planned.
    detached: Mutex<BTreeMap<NamespaceId, Detached>>,
}

/// What becomes of the allowlists in a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowlists {
    /// The registry keeps and enforces them.
    Kept,
    /// The registry has none: writing one is an error, for nothing would enforce it.
    Refused,
    /// The registry has none, and the configuration, shared with another, may say so all the same.
    Ignored,
}

/// What a run detaches from one Namespace.
#[derive(Clone, Default)]
pub(crate) struct Detached {
    /// The ids of the rules.
    pub(crate) rules: BTreeSet<String>,
    /// Whether any of those who detach agrees to the Namespace being opened.
    pub(crate) reopens: bool,
}

/// Who applies, and what this identity holds.
pub(crate) struct Held {
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
            turns: Turns::default(),
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

    /// Which instance keeps what, by the plans of this run.
    pub(crate) fn claims(&self) -> &Claims {
        &self.claims
    }

    /// What Terraform was asked to do.
    pub(crate) fn invocation(&self) -> Invocation {
        Invocation::of(&self.run)
    }

    /// Whether Terraform plans the deletion of what a configuration has no more before it reads it: so it is before 1.12.
    pub(crate) fn plans_deletions_unread(&self) -> bool {
        self.run.is_before_1_12()
    }

    /// What becomes of an object that stands in the way of a plan. The instance that has it may be read or planned only
    /// after the plan at hand: it gets a moment for that.
    pub(crate) async fn prospect(&self, id: &str) -> Prospect {
        for _ in 0..LOOKS {
            match self.claims.prospect(id) {
                Prospect::Unknown => sleep(LOOK_AGAIN).await,
                known => return known,
            }
        }
        Prospect::Unknown
    }

    /// What kind of registry it has.
    pub(crate) fn backend(&self) -> Backend {
        self.registry.backend()
    }

    /// What becomes of allowlists.
    pub(crate) fn allowlists(&self) -> Allowlists {
        self.allowlists
    }

    /// Its id; `None` when the registry does not tell us.
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

    /// Whether a Namespace exists. The list of all answers for those that it holds, and shows also Namespaces that we
    /// may not read; what it lacks may be new or hidden, so the registry is asked for it alone.
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

    /// The Namespaces that the registry lists for us, with their connectivity rules.
    pub(crate) async fn namespaces(
        &self,
    ) -> Result<Arc<BTreeMap<NamespaceId, RegisteredNamespace>>, RegistryError> {
        self.namespaces.get(self.list_namespaces()).await
    }

    /// One Namespace with its connectivity rules as they are now; from the list where it may not be read alone.
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

    /// The connectivity rule of an id. One that the list of all lacks is asked for alone.
    pub(crate) async fn connectivity_rule(&self, id: &str) -> Result<Option<RegisteredRule>, RegistryError> {
        if let Some(found) = self.connectivity_rules().await?.iter().find(|rule| rule.id() == id) {
            return Ok(Some(found.clone()));
        }
        self.registry.connectivity_rule(id).await
    }

    /// Forgets what was read of Namespaces and connectivity rules, after a write to either.
    pub(crate) async fn forget_connectivity(&self) {
        self.namespaces.forget().await;
        self.rules.forget().await;
    }

    /// For writing to a Namespace: writers of this process take turns.
    pub(crate) async fn turn_on(&self, namespace: &NamespaceId) -> OwnedMutexGuard<()> {
        self.turns.take(namespace.clone()).await
    }

    /// Notes that a rule is planned to be detached from a Namespace, and gives all of those. No plan knows the others.
    pub(crate) fn note_detached(&self, namespace: &NamespaceId, rule: &str, reopens: bool) -> Detached {
        let mut detached = self.detached.lock().unwrap_or_else(PoisonError::into_inner);
        let all = detached.entry(namespace.clone()).or_default();
        all.rules.insert(rule.to_owned());
        all.reopens |= reopens;
        all.clone()
    }

    /// Whether another instance of this run keeps a rule attached to a Namespace. Where nobody agreed to what follows from
    /// detaching it, those that are planned after get a moment to say so.
    pub(crate) async fn is_kept_attached(
        &self,
        rule: &str,
        namespace: &NamespaceId,
        consent: Consent,
    ) -> bool {
        for _ in 0..LOOKS {
            if self.claims.is_attached_by_any(rule, &namespace.to_string()) {
                return true;
            }
            if consent.reopen {
                break;
            }
            sleep(LOOK_AGAIN).await;
        }
        false
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
        match self.endpoints.has_name(name).await? {
            true => self.registry.endpoint_named(name).await,
            false => Ok(None),
        }
    }

    /// A registry that does not list its Namespaces for us just leaves each to be asked for.
    async fn list_namespaces(&self) -> Result<BTreeMap<NamespaceId, RegisteredNamespace>, RegistryError> {
        match self.registry.namespaces_with_rules().await {
            Ok(all) => Ok(all.into_iter().map(|it| (it.namespace.id.clone(), it)).collect()),
            Err(error) if error.is_permission_denied() => Ok(BTreeMap::new()),
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
}
