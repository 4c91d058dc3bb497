//! The connectivity rules of an account and the Namespaces that they are attached to.

use registry::{RegisteredRule, RuleKind};
use schema::name::NamespaceId;
use schema::privatelink::PrivateConnection;
use std::collections::{BTreeMap, BTreeSet};

/// The connectivity rules of an account and their attachments.
#[derive(Clone, Debug, Default)]
pub struct Connectivity {
    /// The rules, by id.
    pub rules: BTreeMap<String, RegisteredRule>,
    /// Why the list may be incomplete; `None` if it is complete.
    pub incomplete: Option<String>,
    attached: BTreeMap<NamespaceId, BTreeSet<String>>,
}

impl Connectivity {
    /// Adds a rule.
    pub fn insert(&mut self, rule: RegisteredRule) {
        self.rules.insert(rule.id().to_owned(), rule);
    }

    /// Sets the rules attached to a Namespace.
    pub fn attach(&mut self, namespace: NamespaceId, rules: BTreeSet<String>) {
        self.attached.insert(namespace, rules);
    }

    /// Whether the rules attached to a Namespace are known.
    #[must_use]
    pub fn sees(&self, namespace: &NamespaceId) -> bool {
        self.attached.contains_key(namespace)
    }

    /// The rules attached to a Namespace; empty if unknown.
    #[must_use]
    pub fn attached_to(&self, namespace: &NamespaceId) -> &BTreeSet<String> {
        static NOTHING: BTreeSet<String> = BTreeSet::new();
        self.attached.get(namespace).unwrap_or(&NOTHING)
    }

    /// Every Namespace that can be read, with its attached rules.
    pub fn attached(&self) -> impl Iterator<Item = (&NamespaceId, &BTreeSet<String>)> {
        self.attached.iter()
    }

    /// The rule of a private connection.
    #[must_use]
    pub fn private(&self, connection: &PrivateConnection) -> Option<&RegisteredRule> {
        let wanted = RuleKind::Private(connection.clone());
        self.rules.values().find(|rule| rule.kind().is_same_connection(&wanted))
    }

    /// The ids of the existing rules of private connections.
    #[must_use]
    pub fn rules_of<'c>(&self, connections: impl Iterator<Item = &'c PrivateConnection>) -> BTreeSet<&str> {
        let wanted: BTreeSet<_> = connections.map(PrivateConnection::key).collect();
        let rules = self.private_rules().filter(|(_, connection)| wanted.contains(&connection.key()));
        rules.map(|(rule, _)| rule.id()).collect()
    }

    /// The account's one public rule.
    #[must_use]
    pub fn public(&self) -> Option<&RegisteredRule> {
        self.rules.values().find(|rule| matches!(rule.kind(), RuleKind::Public { .. }))
    }

    /// The private rules with their connections.
    pub fn private_rules(&self) -> impl Iterator<Item = (&RegisteredRule, PrivateConnection)> {
        self.rules.values().filter_map(|rule| match rule.kind() {
            RuleKind::Private(connection) => Some((rule, connection)),
            _ => None,
        })
    }
}
