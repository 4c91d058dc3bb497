//! What rows are in the state file: protobuf messages, so that a newer version can add to them. What is published is
//! stored as published; the rest is here.

use crate::api::{ResourceState, Timestamp};
use crate::key::Owner;
use crate::principal::Principal;
use crate::resource::Resource;
use crate::table::Record;
use prost::Message;
use schema::access::{Access, AccountRole, NamespacePermission};
use schema::limit::Limits;
use schema::name::{AccountId, NamespaceId, PrincipalKind};
use std::collections::BTreeMap;

/// A resource around its content.
#[derive(Clone, PartialEq, Message)]
struct HeldRecord {
    #[prost(bytes = "vec", tag = "1")]
    content: Vec<u8>,
    #[prost(string, tag = "2")]
    version: String,
    #[prost(int32, tag = "3")]
    state: i32,
    #[prost(string, tag = "4")]
    operation: String,
    #[prost(message, required, tag = "5")]
    created: Timestamp,
    #[prost(message, optional, tag = "6")]
    modified: Option<Timestamp>,
}

impl<C: Record> Record for Resource<C> {
    fn to_bytes(&self) -> Vec<u8> {
        let record = HeldRecord {
            content: self.content.to_bytes(),
            version: self.version.clone(),
            state: self.state.into(),
            operation: self.operation.clone(),
            created: self.created,
            modified: self.modified,
        };
        record.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let record = HeldRecord::decode(bytes).ok()?;
        Some(Self {
            content: C::from_bytes(&record.content)?,
            version: record.version,
            state: ResourceState::try_from(record.state).ok()?,
            operation: record.operation,
            created: record.created,
            modified: record.modified,
        })
    }
}

/// A user, service account or group.
#[derive(Clone, PartialEq, Message)]
struct PrincipalRecord {
    /// With its kind: `user.ana@acme.example`.
    #[prost(string, tag = "1")]
    name: String,
    /// As in a policy; empty for an account of one Namespace.
    #[prost(string, tag = "2")]
    role: String,
    #[prost(btree_map = "string, string", tag = "3")]
    namespaces: BTreeMap<String, String>,
    #[prost(btree_map = "string, message", tag = "4")]
    members: BTreeMap<String, Timestamp>,
}

impl Record for Principal {
    fn to_bytes(&self) -> Vec<u8> {
        let (role, namespaces) = match &self.access {
            Access::Account { role, namespaces } => (role.name(), namespaces.clone()),
            Access::NamespaceScoped { namespace, permission } => {
                ("", BTreeMap::from([(namespace.clone(), *permission)]))
            }
        };
        let text = |(id, held): (NamespaceId, NamespacePermission)| (id.to_string(), held.name().to_owned());
        let record = PrincipalRecord {
            name: self.name.to_string(),
            role: role.to_owned(),
            namespaces: namespaces.into_iter().map(text).collect(),
            members: self.members.clone(),
        };
        record.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let record = PrincipalRecord::decode(bytes).ok()?;
        let grant =
            |(id, held): (String, String)| Some((id.parse().ok()?, NamespacePermission::from_name(&held)?));
        let mut namespaces: BTreeMap<_, _> =
            record.namespaces.into_iter().map(grant).collect::<Option<_>>()?;
        let access = if record.role.is_empty() {
            let (namespace, permission) = namespaces.pop_first()?;
            Access::NamespaceScoped { namespace, permission }
        } else {
            Access::Account { role: AccountRole::from_name(&record.role)?, namespaces }
        };
        Some(Self { name: record.name.parse().ok()?, access, members: record.members })
    }
}

/// Whose an API key is, and the key's digest.
#[derive(Clone, PartialEq, Message)]
struct KeyRecord {
    #[prost(bool, tag = "1")]
    of_service_account: bool,
    #[prost(string, tag = "2")]
    owner: String,
    #[prost(bytes = "vec", tag = "3")]
    digest: Vec<u8>,
}

impl Record for Owner {
    fn to_bytes(&self) -> Vec<u8> {
        let record = KeyRecord {
            of_service_account: self.kind == PrincipalKind::ServiceAccount,
            owner: self.id.clone(),
            digest: self.digest.to_vec(),
        };
        record.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let record = KeyRecord::decode(bytes).ok()?;
        let kind =
            if record.of_service_account { PrincipalKind::ServiceAccount } else { PrincipalKind::User };
        Some(Self { kind, id: record.owner, digest: record.digest.try_into().ok()? })
    }
}

/// What there is one of.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AccountRecord {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    #[prost(string, tag = "2")]
    pub(crate) version: String,
    /// What the printed keys are derived from.
    #[prost(string, tag = "3")]
    pub(crate) secret: String,
    #[prost(uint64, tag = "4")]
    endpoints: u64,
    #[prost(uint64, tag = "5")]
    callers_per_endpoint: u64,
    #[prost(uint64, tag = "6")]
    privatelinks_per_namespace: u64,
    #[prost(uint64, tag = "7")]
    privatelinks_per_account: u64,
}

impl AccountRecord {
    pub(crate) fn new(id: &AccountId, version: &str, secret: &str, limits: Limits) -> Self {
        let number = |limit: usize| u64::try_from(limit).unwrap_or(u64::MAX);
        Self {
            id: id.to_string(),
            version: version.to_owned(),
            secret: secret.to_owned(),
            endpoints: number(limits.endpoints),
            callers_per_endpoint: number(limits.callers_per_endpoint),
            privatelinks_per_namespace: number(limits.privatelinks_per_namespace),
            privatelinks_per_account: number(limits.privatelinks_per_account),
        }
    }

    pub(crate) fn limits(&self) -> Limits {
        let number = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
        Limits {
            endpoints: number(self.endpoints),
            callers_per_endpoint: number(self.callers_per_endpoint),
            privatelinks_per_namespace: number(self.privatelinks_per_namespace),
            privatelinks_per_account: number(self.privatelinks_per_account),
        }
    }
}
