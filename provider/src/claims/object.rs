//! The objects of a registry that a resource instance can manage.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One of them. An id is `None` until the registry has assigned it. Names of variants and fields are part of the format of
/// [`Records`](super::Records).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ManagedObject {
    /// An Endpoint, without its allowlist.
    Endpoint { id: Option<String>, name: String },
    /// A whole allowlist; `callers` is `None` while they are not known.
    Allowlist { endpoint: String, by: AllowlistOwner, callers: Option<BTreeSet<String>> },
    /// One caller on an allowlist.
    Caller { endpoint: String, namespace: String },
    /// The connectivity rule of a private connection.
    Rule { id: Option<String>, connection: String },
    /// The account's public connectivity rule.
    PublicRule { id: Option<String> },
    /// All attachments of a rule; `namespaces` is `None` while they are not known.
    Attachments { rule: String, namespaces: Option<BTreeSet<String>> },
    /// One attachment of a rule.
    Attachment { rule: String, namespace: String },
}

/// A kind of resource that manages whole allowlists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AllowlistOwner {
    Endpoint,
    Allowlist,
}

impl ManagedObject {
    /// The id that the registry assigned, for objects that have one.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::Endpoint { id, .. } | Self::Rule { id, .. } | Self::PublicRule { id } => id.as_deref(),
            Self::Allowlist { .. }
            | Self::Caller { .. }
            | Self::Attachments { .. }
            | Self::Attachment { .. } => None,
        }
    }

    /// The name of an Endpoint.
    pub(super) fn endpoint_name(&self) -> Option<&str> {
        if let Self::Endpoint { name, .. } = self { Some(name) } else { None }
    }

    /// The ids and names that it refers to.
    pub(super) fn subjects(&self) -> Vec<&str> {
        match self {
            Self::Endpoint { id, name } => id.as_deref().into_iter().chain([name.as_str()]).collect(),
            Self::Rule { id, connection } => id.as_deref().into_iter().chain([connection.as_str()]).collect(),
            Self::PublicRule { id } => id.as_deref().into_iter().collect(),
            Self::Allowlist { endpoint, .. } | Self::Caller { endpoint, .. } => vec![endpoint],
            Self::Attachments { rule, .. } => vec![rule],
            Self::Attachment { rule, namespace } => vec![rule, namespace],
        }
    }

    /// Whether both have the same name or connection, which is unique in a registry.
    pub(super) fn has_same_key(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Endpoint { name, .. }, Self::Endpoint { name: other, .. }) => name == other,
            (Self::Rule { connection, .. }, Self::Rule { connection: other, .. }) => connection == other,
            (Self::PublicRule { .. }, Self::PublicRule { .. }) => true,
            _ => false,
        }
    }

    /// Whether two instances must not manage these two.
    pub(super) fn conflicts_with(&self, other: &Self) -> bool {
        let same_id = self.id().is_some() && self.id() == other.id();
        match (self, other) {
            (Self::Allowlist { endpoint, .. }, Self::Allowlist { endpoint: other, .. })
            | (Self::Allowlist { endpoint, .. }, Self::Caller { endpoint: other, .. })
            | (Self::Caller { endpoint, .. }, Self::Allowlist { endpoint: other, .. }) => endpoint == other,
            (Self::Attachments { rule, .. }, Self::Attachments { rule: other, .. })
            | (Self::Attachments { rule, .. }, Self::Attachment { rule: other, .. })
            | (Self::Attachment { rule, .. }, Self::Attachments { rule: other, .. }) => rule == other,
            (Self::Caller { .. }, Self::Caller { .. })
            | (Self::Attachment { .. }, Self::Attachment { .. }) => self == other,
            _ => same_id || self.has_same_key(other),
        }
    }

    /// The rule and the Namespaces of all its attachments, if they are known.
    pub(crate) fn attachments(&self) -> Option<(String, BTreeSet<String>)> {
        match self {
            Self::Attachments { rule, namespaces: Some(namespaces) } => {
                Some((rule.clone(), namespaces.clone()))
            }
            _ => None,
        }
    }

    /// The rule and the Namespace of a single attachment.
    pub(super) fn attachment(&self) -> Option<(&str, &str)> {
        if let Self::Attachment { rule, namespace } = self { Some((rule, namespace)) } else { None }
    }

    /// The callers of a whole allowlist, if they are known.
    pub(crate) fn callers(&self) -> Option<&BTreeSet<String>> {
        if let Self::Allowlist { callers, .. } = self { callers.as_ref() } else { None }
    }

    /// The callers of an Endpoint that it is known to include.
    pub(super) fn callers_of(&self, endpoint: &str) -> BTreeSet<String> {
        match self {
            Self::Allowlist { endpoint: of, callers: Some(callers), .. } if of == endpoint => callers.clone(),
            Self::Caller { endpoint: of, namespace } if of == endpoint => BTreeSet::from([namespace.clone()]),
            _ => BTreeSet::new(),
        }
    }

    pub(super) fn allows(&self, endpoint: &str, caller: &str) -> bool {
        match self {
            Self::Allowlist { endpoint: kept, callers, .. } => {
                kept == endpoint && callers.as_ref().is_none_or(|callers| callers.contains(caller))
            }
            Self::Caller { endpoint: kept, namespace } => kept == endpoint && namespace == caller,
            _ => false,
        }
    }

    pub(super) fn attaches(&self, rule: &str, to: &str) -> bool {
        match self {
            Self::Attachments { rule: kept, .. } | Self::Attachment { rule: kept, .. } => {
                kept == rule && self.attaches_to(to)
            }
            _ => false,
        }
    }

    pub(super) fn attaches_to(&self, to: &str) -> bool {
        match self {
            Self::Attachments { namespaces, .. } => namespaces.as_ref().is_none_or(|all| all.contains(to)),
            Self::Attachment { namespace, .. } => namespace == to,
            _ => false,
        }
    }
}
