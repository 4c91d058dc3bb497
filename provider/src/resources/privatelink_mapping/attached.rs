//! Which Namespaces have a rule attached.

use std::collections::{BTreeMap, BTreeSet};

use ::schema::account::Namespace;
use ::schema::name::NamespaceId;
use registry::{Lookup, RegisteredNamespace, RegistryError};

use crate::account::Account;
use crate::resources::connectivity::desired::has_a_public_rule;

/// Namespaces with a rule; `None` for one that the registry does not show, which is taken to be as it was.
#[derive(Debug, Default)]
pub(super) struct Attached(BTreeMap<NamespaceId, Option<RegisteredNamespace>>);

impl Attached {
    /// Those that have it now. One that had it when last seen, and that the list of all does not show with it, is asked for
    /// alone.
    pub(super) async fn read(
        account: &Account,
        rule: &str,
        last_seen: &BTreeSet<NamespaceId>,
    ) -> Result<Self, RegistryError> {
        let listed = account.namespaces().await?;
        let with_it = listed.iter().filter(|(_, namespace)| namespace.rules.contains(rule));
        let mut attached: BTreeMap<_, _> =
            with_it.map(|(id, namespace)| (id.clone(), Some(namespace.clone()))).collect();
        for id in last_seen {
            if attached.contains_key(id) {
                continue;
            }
            match account.namespace_with_rules(id).await? {
                Lookup::Found(found) if found.rules.contains(rule) => {
                    drop(attached.insert(id.clone(), Some(found)))
                }
                Lookup::Hidden(_) => drop(attached.insert(id.clone(), None)),
                Lookup::Found(_) | Lookup::Missing => {}
            }
        }
        Ok(Self(attached))
    }

    /// Their ids.
    pub(super) fn ids(&self) -> BTreeSet<NamespaceId> {
        self.0.keys().cloned().collect()
    }

    /// Whether each of those that can be seen has a public rule too.
    pub(super) fn all_public(&self) -> bool {
        self.0.values().flatten().all(has_a_public_rule)
    }

    /// Them without their rules.
    pub(super) fn namespaces(&self) -> BTreeMap<NamespaceId, Option<Namespace>> {
        let plain = |found: &Option<RegisteredNamespace>| found.as_ref().map(|found| found.namespace.clone());
        self.0.iter().map(|(id, found)| (id.clone(), plain(found))).collect()
    }
}
