//! The changes that make private connections match the policy: rules to create, and for each Namespace the rules to
//! attach and detach, in one request, so that it is neither closed nor opened in between.

use crate::access::deletion::{Deletion, DeletionCause, deleted_rules};
use crate::diagnostic::source::Span;
use crate::evaluate::Reference;
use crate::facts::Facts;
use crate::policy::demand::{Demand, Subject};
use crate::policy::{DeclaredPrivatelink, Policy};
use registry::{RegisteredRule, RuleKind};
use schema::name::NamespaceId;
use schema::permission::Call;
use schema::privatelink::PrivateConnection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The changes of connectivity rules and attachments, in the order in which they are made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectivityChange {
    /// Rules to create.
    pub create: BTreeSet<Rule>,
    /// The changes of attachments, by Namespace id.
    pub attachments: Vec<Attachment>,
    /// Rules to delete, when nothing is attached to them any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delete: Vec<RuleDeletion>,
}

/// A connectivity rule to delete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleDeletion {
    /// The rule.
    pub rule: Rule,
    /// Its id in the registry.
    pub id: String,
    /// Why it is deleted.
    pub cause: DeletionCause,
}

/// A connectivity rule, identified by its connection: an account has one for each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// The rule of a private connection.
    Private {
        /// Its region.
        region: String,
        /// Its id there.
        connection_id: String,
        /// Its project, on GCP.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gcp_project_id: Option<String>,
    },
    /// The public rule of the account.
    Public {},
}

/// The changes of one Namespace's attachments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// The Namespace's id.
    #[schemars(with = "String")]
    pub namespace: NamespaceId,
    /// The rules to attach.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub attach: BTreeSet<Rule>,
    /// The rules to detach.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub detach: BTreeSet<Rule>,
    /// The ids of the rules attached at planning time.
    pub planned_on: BTreeSet<String>,
}

impl ConnectivityChange {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.create.is_empty() && self.attachments.is_empty() && self.delete.is_empty()
    }

    /// The number of changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.create.len() + self.attachments.len() + self.delete.len()
    }
}

impl Rule {
    /// The rule of a private connection.
    #[must_use]
    pub fn of(connection: &PrivateConnection) -> Self {
        let PrivateConnection { region, connection_id, gcp_project_id } = connection.clone();
        Self::Private { region, connection_id, gcp_project_id }
    }

    /// The rule for the registry.
    #[must_use]
    pub fn kind(&self) -> RuleKind {
        match self.clone() {
            Self::Public {} => RuleKind::Public { stable_ips: false },
            Self::Private { region, connection_id, gcp_project_id } => {
                RuleKind::Private(PrivateConnection { region, connection_id, gcp_project_id })
            }
        }
    }

    /// The display name: `vpce-… in aws-us-east-1`.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Public {} => "the public rule".to_owned(),
            Self::Private { region, connection_id, .. } => format!("{connection_id} in {region}"),
        }
    }

    /// The id of a private connection.
    fn connection_id(&self) -> Option<&str> {
        match self {
            Self::Public {} => None,
            Self::Private { connection_id, .. } => Some(connection_id),
        }
    }

    fn held<'f>(&self, facts: &'f Facts) -> Option<&'f RegisteredRule> {
        let kind = self.kind();
        facts.connectivity.rules.values().find(|rule| rule.kind().is_same_connection(&kind))
    }
}

/// The changes with their locations in the policy.
#[derive(Debug)]
pub struct PlannedConnectivity {
    /// The changes.
    pub change: ConnectivityChange,
    /// The blocks that need a rule created or deleted.
    rules: Vec<ConnectionBlock>,
    attachments: Vec<Asked>,
    reopened: Vec<(ConnectionBlock, NamespaceId)>,
    /// The first block, if rules may exist that cannot be read: the changes are unknown then.
    unseen: Option<ConnectionBlock>,
}

/// The block that asks for a change: a `privatelink`, a `removed`, or the `account` that deletes what is not managed.
#[derive(Clone, Debug)]
pub struct ConnectionBlock {
    /// The id of the connection.
    pub connection_id: String,
    /// The location of the block.
    pub span: Span,
    /// The block.
    pub instance: Reference,
    /// Whether it deletes the connection.
    pub intent: Intent,
}

/// What a block is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The connection exists.
    Declares,
    /// The connection is deleted.
    Deletes,
}

/// A Namespace to change, with the first location that requires it.
#[derive(Debug)]
struct Asked {
    namespace: NamespaceId,
    block: ConnectionBlock,
    span: Span,
    /// Whether its attachments are known; otherwise its changes are unknown.
    is_seen: bool,
}

impl ConnectionBlock {
    fn declares(privatelink: &DeclaredPrivatelink) -> Self {
        let id = privatelink.connection.as_ref().map(|connection| connection.id.connection_id.clone());
        Self {
            connection_id: id.unwrap_or_default(),
            span: privatelink.span,
            instance: privatelink.instance.clone(),
            intent: Intent::Declares,
        }
    }

    fn deletes(connection_id: &str, span: Span, instance: &Reference) -> Self {
        let (connection_id, instance) = (connection_id.to_owned(), instance.clone());
        Self { connection_id, span, instance, intent: Intent::Deletes }
    }

    fn demand<'a>(&'a self, call: Call<'a>, span: Span) -> Demand<'a> {
        let (subject, instance) = (Subject::Privatelink(&self.connection_id), Some(&self.instance));
        Demand { call, subject, span: Some(span), instance }
    }
}

impl PlannedConnectivity {
    /// The permissions that the changes need; if the account's rules cannot be read, the permission to read them.
    #[must_use]
    pub fn demands(&self) -> Vec<Demand<'_>> {
        // Attaching a rule requires looking up its id.
        fn read(block: &ConnectionBlock) -> Demand<'_> {
            block.demand(Call::ReadConnectivityRules, block.span)
        }
        if let Some(first) = &self.unseen {
            return vec![read(first)];
        }
        let rules = self.rules.iter().map(|block| block.demand(Call::ManageConnectivityRules, block.span));
        let attached = self.attachments.iter().filter(|asked| asked.is_seen).flat_map(|asked| {
            let call = Call::ManageNamespace(&asked.namespace);
            [read(&asked.block), asked.block.demand(call, asked.span)]
        });
        rules.chain(attached).collect()
    }

    /// The Namespaces whose last rule goes, each with the block that takes it: one that deletes it before others.
    pub fn reopened(&self) -> impl Iterator<Item = (&ConnectionBlock, &NamespaceId)> {
        self.reopened.iter().map(|(block, namespace)| (block, namespace))
    }
}

/// Compares the policy's private connections, those in scope, with the account. A declared connection is detached from
/// all Namespaces that its block does not list; attachments of other connections are kept. A connection that the policy
/// deletes is detached from all Namespaces; nobody manages it, so it is in no limited scope.
#[must_use]
pub fn connectivity(policy: &Policy, facts: &Facts) -> PlannedConnectivity {
    let mut planned = Changes::default();
    policy.changeable_privatelinks().for_each(|it| planned.declare(it, facts));
    if policy.scope.is_none() {
        deleted_rules(policy, facts).iter().for_each(|deletion| planned.delete(deletion, facts));
    }
    let declared = policy.changeable_privatelinks().map(ConnectionBlock::declares);
    let removed = policy.removed.iter().filter(|_| policy.scope.is_none());
    let removed = removed.filter_map(|block| {
        Some(ConnectionBlock::deletes(block.connection_id()?, block.span, &block.instance))
    });
    let first = declared.chain(removed).next();
    planned.finish(first.filter(|_| facts.connectivity.incomplete.is_some()))
}

/// What a policy changes of the private connections of its base, once the base is applied. A connection that leaves the policy
/// stays in the account with its attachments. Rules have no ids: `planned_on` names what was attached.
#[must_use]
pub fn declared_connectivity(base: &Policy, policy: &Policy) -> ConnectivityChange {
    let (before, after) = (DeclaredRules::of(base), DeclaredRules::of(policy));
    let removed: BTreeSet<_> = policy.removed.iter().filter_map(|block| block.connection_id()).collect();
    let is_removed = |rule: &Rule| rule.connection_id().is_some_and(|id| removed.contains(id));
    let goes = |rule: &Rule, namespace: &NamespaceId| {
        let is_attached = after.attached.get(namespace).is_some_and(|rules| rules.contains(rule));
        (after.rules.contains(rule) && *rule != Rule::Public {} && !is_attached) || is_removed(rule)
    };
    let nothing = BTreeSet::new();
    let namespaces: BTreeSet<_> = before.attached.keys().chain(after.attached.keys()).collect();
    let attachments = namespaces.into_iter().filter_map(|namespace| {
        let was = before.attached.get(namespace).unwrap_or(&nothing);
        let is = after.attached.get(namespace).unwrap_or(&nothing);
        let attach: BTreeSet<_> = is.difference(was).cloned().collect();
        let detach: BTreeSet<_> = was.iter().filter(|rule| goes(rule, namespace)).cloned().collect();
        let planned_on = was.iter().map(Rule::shown).collect();
        let changes = !attach.is_empty() || !detach.is_empty();
        changes.then(|| Attachment { namespace: namespace.clone(), attach, detach, planned_on })
    });
    let delete = before.rules.iter().filter(|rule| is_removed(rule)).map(|rule| RuleDeletion {
        rule: rule.clone(),
        id: String::new(),
        cause: DeletionCause::Removed,
    });
    ConnectivityChange {
        create: after.rules.difference(&before.rules).cloned().collect(),
        attachments: attachments.collect(),
        delete: delete.collect(),
    }
}

/// The rules that a policy declares, and to what it attaches them.
#[derive(Default)]
struct DeclaredRules {
    rules: BTreeSet<Rule>,
    attached: BTreeMap<NamespaceId, BTreeSet<Rule>>,
}

impl DeclaredRules {
    fn of(policy: &Policy) -> Self {
        let mut declared = Self::default();
        for privatelink in &policy.privatelinks {
            let Some(connection) = &privatelink.connection else { continue };
            let mut rules = vec![Rule::of(&connection.id)];
            if privatelink.keep_public && !privatelink.namespaces.is_empty() {
                rules.push(Rule::Public {});
            }
            for used in &privatelink.namespaces {
                declared.attached.entry(used.id.clone()).or_default().extend(rules.iter().cloned());
            }
            declared.rules.extend(rules);
        }
        declared
    }
}

/// The number of private connections out of scope that the policy changes.
#[must_use]
pub fn others_connections(policy: &Policy, facts: &Facts) -> usize {
    let others = policy.privatelinks.iter().filter(|privatelink| !policy.may_change(&privatelink.managed_by));
    let is_changed = |privatelink: &&DeclaredPrivatelink| {
        let mut planned = Changes::default();
        planned.declare(privatelink, facts);
        !planned.finish(None).change.is_empty()
    };
    let deleted = if policy.scope.is_some() { deleted_rules(policy, facts).len() } else { 0 };
    others.filter(is_changed).count() + deleted
}

/// The changes so far.
#[derive(Default)]
struct Changes {
    change: ConnectivityChange,
    rules: Vec<ConnectionBlock>,
    attachments: BTreeMap<NamespaceId, (Attachment, Asked)>,
    /// By Namespace: the first block that deletes one of its rules.
    deleting: BTreeMap<NamespaceId, ConnectionBlock>,
}

impl Changes {
    fn declare(&mut self, privatelink: &DeclaredPrivatelink, facts: &Facts) {
        let Some(connection) = &privatelink.connection else { return };
        let block = ConnectionBlock::declares(privatelink);
        let rule = Rule::of(&connection.id);
        let mut rules = vec![rule.clone()];
        if privatelink.keep_public && !privatelink.namespaces.is_empty() {
            rules.push(Rule::Public {});
        }
        for rule in &rules {
            if rule.held(facts).is_none() && self.change.create.insert(rule.clone()) {
                self.rules.push(block.clone());
            }
        }
        for used in &privatelink.namespaces {
            let now = facts.connectivity.attached_to(&used.id);
            let missing = |rule: &&Rule| rule.held(facts).is_none_or(|held| !now.contains(held.id()));
            for rule in rules.iter().filter(missing) {
                let is_seen = facts.connectivity.sees(&used.id);
                let (namespace, block) = (used.id.clone(), block.clone());
                let asked = Asked { namespace, block, span: used.span, is_seen };
                self.attachment(asked, now).attach.insert(rule.clone());
            }
        }
        // A declared connection is attached to the Namespaces that its block lists, and to no other.
        if let Some(held) = rule.held(facts) {
            let is_listed =
                |namespace: &NamespaceId| privatelink.namespaces.iter().any(|used| used.id == *namespace);
            self.detach(&rule, held, |namespace| !is_listed(namespace), &block, facts);
        }
    }

    fn delete(&mut self, deletion: &Deletion<(&RegisteredRule, PrivateConnection)>, facts: &Facts) {
        let (held, connection) = &deletion.object;
        let block = ConnectionBlock::deletes(&connection.connection_id, deletion.span, &deletion.instance);
        let rule = Rule::of(connection);
        for namespace in self.detach(&rule, held, |_| true, &block, facts) {
            self.deleting.entry(namespace).or_insert_with(|| block.clone());
        }
        self.change.delete.push(RuleDeletion { rule, id: held.id().to_owned(), cause: deletion.cause });
        self.rules.push(block);
    }

    /// Detaches a rule from the Namespaces that have it.
    fn detach(
        &mut self,
        rule: &Rule,
        held: &RegisteredRule,
        is_unwanted: impl Fn(&NamespaceId) -> bool,
        block: &ConnectionBlock,
        facts: &Facts,
    ) -> Vec<NamespaceId> {
        let attached = facts.connectivity.attached().filter(|(_, now)| now.contains(held.id()));
        let mut detached = Vec::new();
        for (namespace, now) in attached.filter(|(namespace, _)| is_unwanted(namespace)) {
            let (block, span) = (block.clone(), block.span);
            let asked = Asked { namespace: namespace.clone(), block, span, is_seen: true };
            self.attachment(asked, now).detach.insert(rule.clone());
            detached.push(namespace.clone());
        }
        detached
    }

    fn attachment(&mut self, asked: Asked, now: &BTreeSet<String>) -> &mut Attachment {
        let fresh = Attachment {
            namespace: asked.namespace.clone(),
            attach: BTreeSet::new(),
            detach: BTreeSet::new(),
            planned_on: now.clone(),
        };
        &mut self.attachments.entry(asked.namespace.clone()).or_insert((fresh, asked)).0
    }

    fn finish(self, unseen: Option<ConnectionBlock>) -> PlannedConnectivity {
        let Self { change, rules, attachments, mut deleting } = self;
        let (mut change, mut reopened, mut all) = (change, Vec::new(), Vec::new());
        for (namespace, (attachment, asked)) in attachments {
            let left = attachment.planned_on.len().saturating_sub(attachment.detach.len());
            if left == 0 && attachment.attach.is_empty() {
                let block = deleting.remove(&namespace).unwrap_or_else(|| asked.block.clone());
                reopened.push((block, namespace));
            }
            change.attachments.push(attachment);
            all.push(asked);
        }
        PlannedConnectivity { change, rules, attachments: all, reopened, unseen }
    }
}
