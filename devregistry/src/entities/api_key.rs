//! API keys. Only their digests are kept: a look-up by digest does not reveal how much of a guess is right.

use crate::api::ResourceState;
use crate::api::Timestamp;
use crate::api::identity::{ApiKey, ApiKeySpec, OwnerType};
use crate::caller::Caller;
use crate::clock::system_time;
use crate::entities::id;
use crate::entities::resource::Resource;
use crate::operations::Outcome;
use crate::status::{self, bad_request};
use crate::storage::table::{Indexed, Table};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use schema::name::{PrincipalId, PrincipalKind};
use schema::permission::Call;
use schema::secret::Secret;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::time::SystemTime;
use tonic::Status;

/// An API key without its secret.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) owner: Owner,
    pub(crate) spec: ApiKeySpec,
    /// The digest of the secret.
    pub(crate) digest: [u8; 32],
}

/// The owner of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) kind: PrincipalKind,
    pub(crate) id: String,
}

/// All API keys of the account.
#[derive(Debug)]
pub(crate) struct Keys {
    by_id: Table<String, Resource<Key>>,
    by_digest: BTreeMap<[u8; 32], String>,
    /// The secret that the keys of the seed are derived from, so that a restart can print them again.
    pub(crate) secret: Secret,
}

impl Key {
    /// Reads the specification of a key with this digest.
    pub(crate) fn parse(spec: Option<ApiKeySpec>, digest: [u8; 32]) -> Result<Self, Status> {
        let mut spec = spec.ok_or_else(|| bad_request("`spec` is required"))?;
        let owner = owner(&mut spec)?;
        if spec.display_name.is_empty() {
            return Err(bad_request("`spec.display_name` is required"));
        }
        if spec.expiry_time.as_ref().is_some_and(|time| system_time(time).is_none()) {
            return Err(bad_request("`spec.expiry_time` is not a time after 1970"));
        }
        Ok(Self { owner, spec, digest })
    }

    /// Refuses an expiry in the past.
    pub(crate) fn expires_after(&self, now: SystemTime) -> Result<(), Status> {
        if self.expired(now) { Err(bad_request("`spec.expiry_time` is in the past")) } else { Ok(()) }
    }

    /// Reads the specification that replaces this one. The owner cannot change.
    pub(crate) fn replaced_by(&self, spec: Option<ApiKeySpec>) -> Result<Self, Status> {
        let next = Self::parse(spec, self.digest)?;
        if next.owner != self.owner {
            return Err(bad_request("the owner of an API key cannot change"));
        }
        Ok(next)
    }

    fn expired(&self, now: SystemTime) -> bool {
        let expiry = self.spec.expiry_time.as_ref().and_then(system_time);
        expiry.is_some_and(|expiry| expiry <= now)
    }
}

impl Keys {
    /// No keys yet; the keys of the seed are derived from `secret`.
    pub(crate) fn new(secret: Secret) -> Self {
        Self { by_id: Table::default(), by_digest: BTreeMap::new(), secret }
    }

    /// Adds the key of a principal of the seed.
    pub(crate) fn add_seeded(&mut self, name: &PrincipalId, kind: PrincipalKind, id: String, now: Timestamp) {
        let digest = digest(self.seeded(name).expose());
        let owner_type =
            if kind == PrincipalKind::ServiceAccount { OwnerType::ServiceAccount } else { OwnerType::User };
        let spec = ApiKeySpec {
            owner_id: id.clone(),
            owner_type: owner_type.into(),
            display_name: "embedded registry".to_owned(),
            ..ApiKeySpec::default()
        };
        self.insert(id::random(), Resource::seeded(Key { owner: Owner { kind, id }, spec, digest }, now));
    }

    /// The key of a principal of the seed, whether or not it still exists.
    pub(crate) fn seeded(&self, name: &PrincipalId) -> Secret {
        let inner = Sha256::digest(format!("{}\n{name}", self.secret.expose()));
        let outer = Sha256::new().chain_update(self.secret.expose()).chain_update(inner).finalize();
        Secret::new(format!("dev_{}", BASE64_URL_SAFE_NO_PAD.encode(outer)))
    }

    pub(crate) fn insert(&mut self, id: String, key: Resource<Key>) {
        self.by_digest.insert(key.content.digest, id.clone());
        self.by_id.insert(id, key);
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Resource<Key>> {
        self.by_id.get(id)
    }

    /// Every key, by id.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Resource<Key>)> {
        self.by_id.iter()
    }

    /// A mutable key. Its digest must not be changed.
    pub(crate) fn get_mut(&mut self, id: &String) -> Option<&mut Resource<Key>> {
        self.by_id.get_mut(id)
    }

    /// The id and owner of a valid key, by its secret.
    pub(crate) fn owner(&self, text: &str, now: SystemTime) -> Option<(&str, &Owner)> {
        let id = self.by_digest.get(&digest(text))?;
        Some((id.as_str(), self.owner_of(id, now)?))
    }

    /// The owner of a valid key, by its id.
    pub(crate) fn owner_of(&self, id: &str, now: SystemTime) -> Option<&Owner> {
        let key = self.by_id.get(id)?;
        let good = key.state != ResourceState::ActivationFailed && !key.content.spec.disabled;
        (good && !key.content.expired(now)).then_some(&key.content.owner)
    }

    /// Removes the keys of a deleted owner.
    pub(crate) fn remove_of(&mut self, kind: PrincipalKind, id: &str) {
        let own = |key: &Resource<Key>| key.content.owner.kind == kind && key.content.owner.id == id;
        let gone: Vec<String> =
            self.by_id.iter().filter(|(_, key)| own(key)).map(|(id, _)| id.clone()).collect();
        gone.iter().for_each(|id| self.finish(id, Outcome::Deleted));
    }

    /// Ends the operation in progress on a key.
    pub(crate) fn finish(&mut self, id: &String, ending: Outcome) {
        let digest = self.by_id.get(id).map(|key| key.content.digest);
        if let Some(digest) = digest.filter(|_| ending == Outcome::Deleted) {
            self.by_digest.remove(&digest);
        }
        self.by_id.finish(id, ending);
    }

    /// Sets the state of a key, and the operation in progress on it.
    pub(crate) fn mark(&mut self, id: &String, state: ResourceState, operation: &str) {
        self.by_id.mark(id, state, operation);
    }
}

/// The error for a key that does not exist: "not found" only for callers that may read all keys.
pub(crate) fn missing(caller: &Caller, id: &str) -> Status {
    let sees_all = caller.may(Call::ManageAccount);
    if sees_all { status::not_found("API key", id.escape_debug()) } else { status::permission_denied() }
}

/// The message of a key.
pub(crate) fn message(id: &str, key: &Resource<Key>, now: SystemTime) -> ApiKey {
    let idle = key.state == ResourceState::Active;
    let state = if idle && key.content.expired(now) { ResourceState::Expired } else { key.state };
    ApiKey {
        id: id.to_owned(),
        resource_version: key.version.clone(),
        spec: Some(key.content.spec.clone()),
        state: state.into(),
        async_operation_id: key.operation.clone(),
        created_time: Some(key.created),
        last_modified_time: key.modified,
        ..ApiKey::default()
    }
}

/// A new random key: its secret, which is not stored, and its digest.
pub(crate) fn fresh() -> (Secret, [u8; 32]) {
    let text = format!("dev_{}", BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
    let digest = digest(&text);
    (Secret::new(text), digest)
}

/// The owner in a specification. Deprecated fields are converted.
#[expect(deprecated, reason = "clients of old API versions send the type as a word")]
fn owner(spec: &mut ApiKeySpec) -> Result<Owner, Status> {
    let word = std::mem::take(&mut spec.owner_type_deprecated);
    if spec.owner_type() == OwnerType::Unspecified {
        spec.set_owner_type(match word.as_str() {
            "user" => OwnerType::User,
            "service-account" => OwnerType::ServiceAccount,
            _ => return Err(bad_request("`spec.owner_type` is required")),
        });
    }
    let kind = owner_kind(spec.owner_type()).ok_or_else(|| bad_request("unknown `spec.owner_type`"))?;
    if spec.owner_id.is_empty() {
        return Err(bad_request("`spec.owner_id` is required"));
    }
    Ok(Owner { kind, id: spec.owner_id.clone() })
}

/// The kind of principal of an owner type.
pub(crate) fn owner_kind(owner_type: OwnerType) -> Option<PrincipalKind> {
    match owner_type {
        OwnerType::User => Some(PrincipalKind::User),
        OwnerType::ServiceAccount => Some(PrincipalKind::ServiceAccount),
        OwnerType::Unspecified => None,
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

impl Indexed for Keys {
    type Row = Resource<Key>;

    fn table(&self) -> &Table<String, Self::Row> {
        &self.by_id
    }

    fn table_mut(&mut self) -> &mut Table<String, Self::Row> {
        &mut self.by_id
    }

    fn index(&mut self) {
        self.by_digest = self.by_id.iter().map(|(id, key)| (key.content.digest, id.clone())).collect();
    }
}
