//! The format of rows in the state file: protobuf messages, so that a newer version can add fields. Published messages are
//! stored as they are; the others are defined here.

use crate::api::account::AccountSpec;
use crate::api::identity::{ApiKeySpec, Invitation, ServiceAccountSpec, UserGroupSpec, UserSpec};
use crate::api::{ResourceState, Timestamp};
use crate::entities::api_key::Key;
use crate::entities::principal::Principal;
use crate::entities::resource::Resource;
use crate::entities::service_account;
use crate::entities::user;
use crate::entities::user_group;
use crate::storage::table::Record;
use prost::Message;
use schema::limit::Limits;
use schema::name::{AccountId, PrincipalKind};
use std::collections::BTreeMap;

/// A resource with its content.
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

/// A user, service account or group: its specification, and what is not part of it.
#[derive(Clone, PartialEq, Message)]
struct PrincipalRecord {
    #[prost(message, optional, tag = "1")]
    user: Option<UserSpec>,
    #[prost(message, optional, tag = "2")]
    service_account: Option<ServiceAccountSpec>,
    #[prost(message, optional, tag = "3")]
    group: Option<UserGroupSpec>,
    #[prost(btree_map = "string, message", tag = "4")]
    members: BTreeMap<String, Timestamp>,
    #[prost(message, optional, tag = "5")]
    invitation: Option<Invitation>,
}

impl Record for Principal {
    fn to_bytes(&self) -> Vec<u8> {
        let kind = |kind| (self.name.kind == kind).then_some(self);
        let record = PrincipalRecord {
            user: kind(PrincipalKind::User).map(user::spec),
            service_account: kind(PrincipalKind::ServiceAccount).map(service_account::spec),
            group: kind(PrincipalKind::Group).map(user_group::spec),
            members: self.members.clone(),
            invitation: self.invitation,
        };
        record.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let PrincipalRecord { user, service_account, group, members, invitation } =
            PrincipalRecord::decode(bytes).ok()?;
        let principal = match (&user, &service_account, &group) {
            (Some(_), None, None) => user::parse(user.as_ref()),
            (None, Some(_), None) => service_account::parse(service_account.as_ref()),
            (None, None, Some(_)) => user_group::parse(group.as_ref()),
            _ => return None,
        };
        Some(Self { members, invitation, ..principal.ok()? })
    }
}

/// An API key and the digest of its text.
#[derive(Clone, PartialEq, Message)]
struct KeyRecord {
    #[prost(message, required, tag = "1")]
    spec: ApiKeySpec,
    #[prost(bytes = "vec", tag = "2")]
    digest: Vec<u8>,
}

impl Record for Key {
    fn to_bytes(&self) -> Vec<u8> {
        KeyRecord { spec: self.spec.clone(), digest: self.digest.to_vec() }.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let record = KeyRecord::decode(bytes).ok()?;
        Self::parse(Some(record.spec), record.digest.try_into().ok()?).ok()
    }
}

impl Record for AccountSpec {
    fn to_bytes(&self) -> Vec<u8> {
        self.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::decode(bytes).ok()
    }
}

/// The account itself.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AccountRecord {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    /// The secret that the keys of the seed are derived from.
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
    pub(crate) fn new(id: &AccountId, secret: &str, limits: Limits) -> Self {
        let number = |limit: usize| u64::try_from(limit).unwrap_or(u64::MAX);
        Self {
            id: id.to_string(),
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
