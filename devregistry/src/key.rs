//! API keys. Only their digests are kept: a look-up by digest takes the same time however much of a guess is right.

use crate::api::Timestamp;
use crate::api::identity::{ApiKey, ApiKeySpec, OwnerType};
use crate::id;
use crate::resource::Resource;
use crate::table::{Row, Stored, Table, Unreadable};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use schema::name::{PrincipalId, PrincipalKind};
use schema::secret::Secret;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Whose key it is.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub(crate) kind: PrincipalKind,
    pub(crate) id: String,
    /// The digest of the key's text.
    pub(crate) digest: [u8; 32],
}

/// Every key of the account.
#[derive(Debug)]
pub(crate) struct Keys {
    by_id: Table<String, Resource<Owner>>,
    by_digest: BTreeMap<[u8; 32], String>,
    /// What the keys of the seed are derived from, so that a restart can tell them again.
    pub(crate) secret: Secret,
}

impl Keys {
    /// None yet; `secret` is what the keys of the seed are derived from.
    pub(crate) fn new(secret: Secret) -> Self {
        Self { by_id: Table::default(), by_digest: BTreeMap::new(), secret }
    }

    /// Makes the key that a principal of the seed has.
    pub(crate) fn plant(&mut self, name: &PrincipalId, kind: PrincipalKind, id: String, now: Timestamp) {
        let digest = digest(self.planted(name).expose());
        let key = id::random();
        self.by_digest.insert(digest, key.clone());
        self.by_id.insert(key, Resource::seeded(Owner { kind, id, digest }, now));
    }

    /// The key that a principal of the seed has, if it still has it.
    pub(crate) fn planted(&self, name: &PrincipalId) -> Secret {
        let inner = Sha256::digest(format!("{}\n{name}", self.secret.expose()));
        let outer = Sha256::new().chain_update(self.secret.expose()).chain_update(inner).finalize();
        Secret::new(format!("dev_{}", BASE64_URL_SAFE_NO_PAD.encode(outer)))
    }

    /// The id and owner of a key by its text.
    pub(crate) fn owner(&self, text: &str) -> Option<(&str, &Owner)> {
        let id = self.by_digest.get(&digest(text))?;
        self.by_id.get(id).map(|key| (id.as_str(), &key.content))
    }

    /// A key as answers show it.
    pub(crate) fn message(&self, id: &str) -> Option<ApiKey> {
        let key = self.by_id.get(id)?;
        let owner_type = match key.content.kind {
            PrincipalKind::ServiceAccount => OwnerType::ServiceAccount,
            PrincipalKind::User | PrincipalKind::Group => OwnerType::User,
        };
        let spec = ApiKeySpec {
            owner_id: key.content.id.clone(),
            owner_type: owner_type.into(),
            display_name: "embedded registry".to_owned(),
            ..ApiKeySpec::default()
        };
        Some(ApiKey {
            id: id.to_owned(),
            resource_version: key.version.clone(),
            spec: Some(spec),
            state: key.state.into(),
            async_operation_id: key.operation.clone(),
            created_time: Some(key.created),
            last_modified_time: key.modified,
            ..ApiKey::default()
        })
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

impl Stored for Keys {
    fn changed(&self) -> bool {
        self.by_id.changed()
    }

    fn keep(&mut self) {
        self.by_id.keep();
    }

    fn undo(&mut self) {
        if self.changed() {
            self.by_id.undo();
            self.loaded();
        }
    }

    fn has_unsaved(&self) -> bool {
        self.by_id.has_unsaved()
    }

    fn unsaved(&self) -> Vec<Row> {
        self.by_id.unsaved()
    }

    fn saved(&mut self) {
        self.by_id.saved();
    }

    fn load(&mut self, key: &str, bytes: &[u8]) -> Result<(), Unreadable> {
        self.by_id.load(key, bytes)
    }

    fn loaded(&mut self) {
        self.by_digest = self.by_id.iter().map(|(id, key)| (key.content.digest, id.clone())).collect();
    }
}
