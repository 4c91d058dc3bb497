//! A Terraform configuration as data, and what it keeps.

use crate::story::Namespace;
use std::collections::{BTreeMap, BTreeSet};

/// A whole configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Configuration {
    pub blocks: Vec<Block>,
    /// What `terraform_data.rollout` is replaced for.
    pub rollout: u32,
    /// Whether that takes a second.
    pub slow: bool,
    /// Addresses of blocks or instances.
    pub moved: Vec<(String, String)>,
    /// Addresses of blocks, and whether their objects are destroyed.
    pub removed: Vec<(String, bool)>,
    /// Addresses of instances, which say themselves what they import.
    pub imports: Vec<String>,
}

/// A `resource` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub name: &'static str,
    pub instances: Instances,
    pub create_before_destroy: bool,
    /// `replace_triggered_by` the rollout.
    pub replaced_by_rollout: bool,
    /// Whether it uses a second configuration of the provider.
    pub alias: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Instances {
    One(Body),
    Count(Vec<Body>),
    ForEach(Vec<(&'static str, Body)>),
}

/// What one instance says.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Endpoint { name: &'static str, target: Namespace, queue: &'static str, callers: Option<Vec<Namespace>> },
    Allowlist { endpoint: EndpointId, callers: Vec<Namespace> },
    Caller { endpoint: EndpointId, namespace: Namespace },
    Mapping { connection: &'static str, namespaces: Option<Vec<Namespace>>, consent: Consent },
    Attachment { rule: RuleId, namespace: Namespace, consent: Consent },
    PublicRule,
}

/// How a resource names an Endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointId {
    /// By an instance's address.
    Of(String),
    /// By the id that an Endpoint of this name has now.
    Literal(&'static str),
    /// By a data source.
    Data(&'static str),
    /// By a data source that waits for the rollout.
    DataLater(&'static str),
}

/// How a resource names a connectivity rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleId {
    Of(String),
    /// By the id that the rule of this connection has now.
    Literal(&'static str),
}

/// What a configuration says of the internet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    pub keep_public: bool,
    pub lockout: bool,
    pub reopen: bool,
}

impl Consent {
    pub const KEEP_PUBLIC: Self = Self { keep_public: true, lockout: true, reopen: true };
    pub const CLOSE: Self = Self { keep_public: false, lockout: true, reopen: true };
}

/// What one instance keeps, by the names of things: references are resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    Endpoint { name: String, target: String, callers: Option<BTreeSet<String>> },
    Allowlist { endpoint: String, callers: BTreeSet<String> },
    Caller { endpoint: String, namespace: String },
    Mapping { rule: String, namespaces: Option<BTreeSet<String>>, keep_public: bool },
    Attachment { rule: String, namespace: String, keep_public: bool },
    PublicRule,
}

impl Kept {
    /// The name of an Endpoint, or the connection of a rule.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Endpoint { name, .. } => Some(name),
            Self::Mapping { rule, .. } => Some(rule),
            _ => None,
        }
    }
}

/// The name of the account's public connectivity rule, beside those of connections.
pub const PUBLIC: &str = "public";

impl Body {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Endpoint { .. } => "temporalnexus_endpoint",
            Self::Allowlist { .. } => "temporalnexus_endpoint_allowlist",
            Self::Caller { .. } => "temporalnexus_endpoint_allowed_caller",
            Self::Mapping { .. } => "temporalnexus_privatelink_mapping",
            Self::Attachment { .. } => "temporalnexus_privatelink_attachment",
            Self::PublicRule => "temporalnexus_public_connectivity_rule",
        }
    }

    /// Whether its Endpoint is known only after the rollout.
    pub fn is_known_later(&self) -> bool {
        matches!(
            self,
            Self::Allowlist { endpoint: EndpointId::DataLater(_), .. }
                | Self::Caller { endpoint: EndpointId::DataLater(_), .. }
        )
    }

    /// The address that it refers to.
    pub fn refers_to(&self) -> Option<&str> {
        match self {
            Self::Allowlist { endpoint: EndpointId::Of(address), .. }
            | Self::Caller { endpoint: EndpointId::Of(address), .. }
            | Self::Attachment { rule: RuleId::Of(address), .. } => Some(address),
            _ => None,
        }
    }

    /// The same, to be changed.
    pub fn refers_to_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Allowlist { endpoint: EndpointId::Of(address), .. }
            | Self::Caller { endpoint: EndpointId::Of(address), .. }
            | Self::Attachment { rule: RuleId::Of(address), .. } => Some(address),
            _ => None,
        }
    }
}

impl Instances {
    pub fn bodies(&self) -> Vec<(String, &Body)> {
        match self {
            Self::One(body) => vec![(String::new(), body)],
            Self::Count(bodies) => {
                bodies.iter().enumerate().map(|(number, body)| (format!("[{number}]"), body)).collect()
            }
            Self::ForEach(bodies) => bodies.iter().map(|(key, body)| (format!("[{key:?}]"), body)).collect(),
        }
    }

    pub fn bodies_mut(&mut self) -> Vec<&mut Body> {
        match self {
            Self::One(body) => vec![body],
            Self::Count(bodies) => bodies.iter_mut().collect(),
            Self::ForEach(bodies) => bodies.iter_mut().map(|(_, body)| body).collect(),
        }
    }
}

impl Block {
    pub fn new(name: &'static str, instances: Instances) -> Self {
        Self { name, instances, create_before_destroy: false, replaced_by_rollout: false, alias: false }
    }

    pub fn one(name: &'static str, body: Body) -> Self {
        Self::new(name, Instances::One(body))
    }

    pub fn created_first(self) -> Self {
        Self { create_before_destroy: true, ..self }
    }

    pub fn rolled_out(self) -> Self {
        Self { replaced_by_rollout: true, ..self }
    }

    pub fn aliased(self) -> Self {
        Self { alias: true, ..self }
    }

    /// The type of the resource; a block without instances has none.
    pub fn kind(&self) -> Option<&'static str> {
        self.instances.bodies().first().map(|(_, body)| body.kind())
    }

    /// Its address; a block without instances has none.
    pub fn address(&self) -> Option<String> {
        Some(format!("{}.{}", self.kind()?, self.name))
    }

    /// Its instances by their addresses.
    pub fn instances(&self) -> Vec<(String, &Body)> {
        let address = self.address().unwrap_or_default();
        self.instances.bodies().into_iter().map(|(key, body)| (format!("{address}{key}"), body)).collect()
    }
}

impl Configuration {
    pub fn of(blocks: &[Block]) -> Self {
        Self { blocks: blocks.to_vec(), rollout: 1, ..Self::default() }
    }

    pub fn rollout(self, rollout: u32) -> Self {
        Self { rollout, ..self }
    }

    /// Every instance by its address.
    pub fn instances(&self) -> BTreeMap<String, &Body> {
        self.blocks.iter().flat_map(Block::instances).collect()
    }

    /// Whether every reference leads to an instance, and what was moved away or removed is not there.
    pub fn is_sound(&self) -> bool {
        let instances = self.instances();
        let lead = |body: &&Body| body.refers_to().is_none_or(|address| instances.contains_key(address));
        let import = |address: &String| instances.contains_key(address);
        let gone = |from: &String| {
            let stays = self.blocks.iter().any(|block| block.address().as_ref() == Some(from));
            !(stays || instances.contains_key(from))
        };
        let gone = self
            .removed
            .iter()
            .map(|(from, _)| from)
            .chain(self.moved.iter().map(|(from, _)| from))
            .all(gone);
        gone && instances.values().all(lead) && self.imports.iter().all(import)
    }

    /// What every instance keeps, by its address.
    pub fn kept(&self) -> BTreeMap<String, Kept> {
        let instances = self.instances();
        instances.iter().map(|(address, body)| (address.clone(), kept(&instances, body))).collect()
    }
}

fn kept(instances: &BTreeMap<String, &Body>, body: &Body) -> Kept {
    match body {
        Body::Endpoint { name, target, queue, callers } => Kept::Endpoint {
            name: (*name).to_owned(),
            target: format!("{target}/{queue}"),
            callers: callers.as_deref().map(set),
        },
        Body::Allowlist { endpoint, callers } => {
            Kept::Allowlist { endpoint: endpoint_name(instances, endpoint), callers: set(callers) }
        }
        Body::Caller { endpoint, namespace } => {
            Kept::Caller { endpoint: endpoint_name(instances, endpoint), namespace: (*namespace).to_owned() }
        }
        Body::Mapping { connection, namespaces, consent } => Kept::Mapping {
            rule: (*connection).to_owned(),
            namespaces: namespaces.as_deref().map(set),
            keep_public: consent.keep_public,
        },
        Body::Attachment { rule, namespace, consent } => Kept::Attachment {
            rule: rule_name(instances, rule),
            namespace: (*namespace).to_owned(),
            keep_public: consent.keep_public,
        },
        Body::PublicRule => Kept::PublicRule,
    }
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn endpoint_name(instances: &BTreeMap<String, &Body>, id: &EndpointId) -> String {
    match id {
        EndpointId::Of(address) => match instances.get(address) {
            Some(Body::Endpoint { name, .. }) => (*name).to_owned(),
            _ => address.clone(),
        },
        EndpointId::Literal(name) | EndpointId::Data(name) | EndpointId::DataLater(name) => {
            (*name).to_owned()
        }
    }
}

fn rule_name(instances: &BTreeMap<String, &Body>, id: &RuleId) -> String {
    match id {
        RuleId::Of(address) => match instances.get(address) {
            Some(Body::Mapping { connection, .. }) => (*connection).to_owned(),
            Some(Body::PublicRule) => PUBLIC.to_owned(),
            _ => address.clone(),
        },
        RuleId::Literal(connection) => (*connection).to_owned(),
    }
}
