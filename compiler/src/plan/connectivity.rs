//! The changes that make private connections match the policy: rules to create, and for each Namespace the rules to
//! attach and detach, in one request, so that it is neither closed nor opened in between.

use crate::diagnostic::source::Span;
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

/// The changes of connectivity rules and attachments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectivityChange {
    /// Rules to create.
    pub create: BTreeSet<Rule>,
    /// The changes of attachments, by Namespace id.
    pub attachments: Vec<Attachment>,
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
        self.create.is_empty() && self.attachments.is_empty()
    }

    /// The number of changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.create.len() + self.attachments.len()
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

    fn held<'f>(&self, facts: &'f Facts) -> Option<&'f RegisteredRule> {
        let kind = self.kind();
        facts.connectivity.rules.values().find(|rule| rule.kind().is_same_connection(&kind))
    }
}

/// The changes with their locations in the policy.
#[derive(Debug)]
pub struct PlannedConnectivity<'p> {
    /// The changes.
    pub change: ConnectivityChange,
    creates: Vec<&'p DeclaredPrivatelink>,
    attachments: Vec<Asked<'p>>,
    reopened: Vec<(&'p DeclaredPrivatelink, NamespaceId)>,
    /// The first connection, if rules may exist that cannot be read: the changes are unknown then.
    unseen: Option<&'p DeclaredPrivatelink>,
}

/// A Namespace to change, with the first location that requires it.
#[derive(Debug)]
struct Asked<'p> {
    namespace: NamespaceId,
    privatelink: &'p DeclaredPrivatelink,
    span: Span,
    /// Whether its attachments are known; otherwise its changes are unknown.
    is_seen: bool,
}

impl<'p> PlannedConnectivity<'p> {
    /// The permissions that the changes need; if the account's rules cannot be read, the permission to read them.
    #[must_use]
    pub fn demands(&self) -> Vec<Demand<'_>> {
        // Attaching a rule requires looking up its id.
        let read = |privatelink: &'p DeclaredPrivatelink| {
            demand(privatelink, Call::ReadConnectivityRules, privatelink.span)
        };
        if let Some(first) = self.unseen {
            return vec![read(first)];
        }
        let rules = self
            .creates
            .iter()
            .map(|privatelink| demand(privatelink, Call::ManageConnectivityRules, privatelink.span));
        let attached = self.attachments.iter().filter(|asked| asked.is_seen).flat_map(|asked| {
            let call = Call::ManageNamespace(&asked.namespace);
            [read(asked.privatelink), demand(asked.privatelink, call, asked.span)]
        });
        rules.chain(attached).collect()
    }

    /// The Namespaces whose last rule goes, each with the connection that it loses.
    pub fn reopened(&self) -> impl Iterator<Item = (&'p DeclaredPrivatelink, &NamespaceId)> {
        self.reopened.iter().map(|(privatelink, namespace)| (*privatelink, namespace))
    }
}

fn demand<'a>(privatelink: &'a DeclaredPrivatelink, call: Call<'a>, span: Span) -> Demand<'a> {
    let id = privatelink.connection.as_ref().map_or("", |connection| &connection.id.connection_id);
    let instance = Some(&privatelink.instance);
    Demand { call, subject: Subject::Privatelink(id), span: Some(span), instance }
}

/// Compares the policy's private connections, those in scope, with the account. A declared connection is detached from
/// all Namespaces that its block does not list; attachments of other connections are kept.
#[must_use]
pub fn connectivity<'p>(policy: &'p Policy, facts: &Facts) -> PlannedConnectivity<'p> {
    compare(policy.changeable_privatelinks(), facts)
}

/// The number of private connections out of scope that the policy changes.
#[must_use]
pub fn others_connections(policy: &Policy, facts: &Facts) -> usize {
    let others = policy.privatelinks.iter().filter(|privatelink| !policy.may_change(&privatelink.managed_by));
    others.filter(|privatelink| !compare(std::iter::once(*privatelink), facts).change.is_empty()).count()
}

fn compare<'p>(
    privatelinks: impl Iterator<Item = &'p DeclaredPrivatelink>,
    facts: &Facts,
) -> PlannedConnectivity<'p> {
    let mut privatelinks = privatelinks.peekable();
    let mut planned = PlannedConnectivity {
        change: ConnectivityChange::default(),
        creates: Vec::new(),
        attachments: Vec::new(),
        reopened: Vec::new(),
        unseen: privatelinks.peek().copied().filter(|_| facts.connectivity.incomplete.is_some()),
    };
    let mut changes: BTreeMap<NamespaceId, (Attachment, Asked)> = BTreeMap::new();
    for privatelink in privatelinks {
        let Some(connection) = &privatelink.connection else { continue };
        let rule = Rule::of(&connection.id);
        let mut rules = vec![rule.clone()];
        if privatelink.keep_public && !privatelink.namespaces.is_empty() {
            rules.push(Rule::Public {});
        }
        for rule in &rules {
            if rule.held(facts).is_none() && planned.change.create.insert(rule.clone()) {
                planned.creates.push(privatelink);
            }
        }
        for used in &privatelink.namespaces {
            let now = facts.connectivity.attached_to(&used.id);
            let missing = |rule: &&Rule| rule.held(facts).is_none_or(|held| !now.contains(held.id()));
            for rule in rules.iter().filter(missing) {
                let is_seen = facts.connectivity.sees(&used.id);
                let asked = Asked { namespace: used.id.clone(), privatelink, span: used.span, is_seen };
                entry(&mut changes, asked, now).attach.insert(rule.clone());
            }
        }
        detach(privatelink, &rule, facts, &mut changes);
    }
    for (namespace, (attachment, asked)) in changes {
        let left = attachment.planned_on.len().saturating_sub(attachment.detach.len());
        if left == 0 && attachment.attach.is_empty() {
            planned.reopened.push((asked.privatelink, namespace));
        }
        planned.change.attachments.push(attachment);
        planned.attachments.push(asked);
    }
    planned
}

/// A declared connection is attached to the Namespaces that its block lists, and to no other.
fn detach<'p>(
    privatelink: &'p DeclaredPrivatelink,
    rule: &Rule,
    facts: &Facts,
    changes: &mut BTreeMap<NamespaceId, (Attachment, Asked<'p>)>,
) {
    let Some(held) = rule.held(facts) else { return };
    for (namespace, now) in facts.connectivity.attached().filter(|(_, now)| now.contains(held.id())) {
        if !privatelink.namespaces.iter().any(|used| used.id == *namespace) {
            let (namespace, span) = (namespace.clone(), privatelink.span);
            let asked = Asked { namespace, privatelink, span, is_seen: true };
            entry(changes, asked, now).detach.insert(rule.clone());
        }
    }
}

fn entry<'c, 'p>(
    changes: &'c mut BTreeMap<NamespaceId, (Attachment, Asked<'p>)>,
    asked: Asked<'p>,
    now: &BTreeSet<String>,
) -> &'c mut Attachment {
    let fresh = || Attachment {
        namespace: asked.namespace.clone(),
        attach: BTreeSet::new(),
        detach: BTreeSet::new(),
        planned_on: now.clone(),
    };
    let fresh = fresh();
    &mut changes.entry(asked.namespace.clone()).or_insert((fresh, asked)).0
}
