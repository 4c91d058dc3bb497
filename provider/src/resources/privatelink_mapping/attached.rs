//! The Namespaces that a rule is attached to.

use std::collections::{BTreeMap, BTreeSet};

use ::schema::account::Namespace;
use ::schema::name::NamespaceId;
use registry::{Lookup, RegisteredNamespace, RegistryError};

use crate::account::Account;
use crate::resources::connectivity::desired::has_public_rule;

/// Namespaces with a rule; `None` for one that the registry does not show, which is assumed to be unchanged.
#[derive(Debug, Default)]
pub(super) struct Attached(BTreeMap<NamespaceId, Option<RegisteredNamespace>>);

impl Attached {
    /// Reads the Namespaces. One of `last_seen` that the list does not show with the rule is requested by id.
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

    /// Whether each Namespace that the registry shows has a public rule as well.
    pub(super) fn all_public(&self) -> bool {
        self.0.values().flatten().all(has_public_rule)
    }

    /// The Namespaces without their rules.
    pub(super) fn namespaces(&self) -> BTreeMap<NamespaceId, Option<Namespace>> {
        let plain = |found: &Option<RegisteredNamespace>| found.as_ref().map(|found| found.namespace.clone());
        self.0.iter().map(|(id, found)| (id.clone(), plain(found))).collect()
    }
}
